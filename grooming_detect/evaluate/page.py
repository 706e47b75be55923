"""Results as one HTML page: tables and pictures, nothing remote, no script."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grooming_detect.evaluate import plots, tables

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jinja2 import Template

    from grooming_detect.evaluate.tables import Section

_FOLDER = Path(__file__).parent


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415  (not needed to measure)

    environment = Environment(
        loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("page.html.j2")


def page(model: str, sections: Sequence[Section]) -> str:
    """The whole page.

    Parameters
    ----------
    model : str
        The model's name.
    sections : sequence of Section
        Tables and pictures, in order.
    """
    style = (_FOLDER / "page.css").read_text("utf-8") + plots.STYLE
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return _template().render(model=model, sections=sections, style=style, digest=digest)


def pictures(results: Mapping[str, Mapping[str, Any]]) -> Section:
    """The pictures of some datasets, as a section without a table."""
    labelled = {name: result for name, result in results.items() if result["sides"]["n"]["risky_sides"]}
    curves = {name: result["sides"]["curves"]["precision_recall"] for name, result in labelled.items()}
    drawn = [plots.score_by_length(results)]
    if labelled:
        drawn = [plots.precision_recall(curves), plots.reliability(labelled), plots.early_warning(labelled), *drawn]
    return tables.Section("Pictures", "", (), (), "".join(drawn))


def sections_of(results: Mapping[str, Mapping[str, Any]]) -> list[Section]:
    """Summary, pictures, then every table of every dataset."""
    every = [section for name, result in results.items() for section in tables.sections(name, result)]
    return [tables.summary(results), pictures(results), *every]
