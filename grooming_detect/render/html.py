"""The report as one HTML file: nothing remote, no script, every word escaped."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from grooming_detect.render.exhibit import NOT_COVERED, reason_of, title_of, visible, way, worth

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jinja2 import Environment

    from grooming_detect.packs import Cue
    from grooming_detect.render.exhibit import Exhibit
    from grooming_detect.report import RiskReport

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Totals:
    """What a run read.

    Parameters
    ----------
    conversations, messages, sides, faults : int
        How many.
    bands : mapping of str to int
        Sides in each band.
    model : str
        The model's name.
    uncovered : int
        Sides of which most words are in no language that the packs know.
    unread : sequence of RiskReport
        The first of these that are in `low`: on the page nothing but this list tells of them.
    """

    conversations: int
    messages: int
    sides: int
    faults: int
    bands: Mapping[str, int]
    model: str
    uncovered: int = 0
    unread: Sequence[RiskReport] = ()


@cache
def _templates() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415  (not needed to assess)

    environment = Environment(
        loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"title_of": title_of, "visible": visible, "way": way, "worth": worth}
    return environment


def rendered(template: str, **values: object) -> str:
    """A page with the common style in it, which its Content-Security-Policy names by hash."""
    style = (_FOLDER / "report.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return _templates().get_template(template).render(style=style, digest=digest, **values)


def page(exhibits: Sequence[Exhibit], totals: Totals, rules: Mapping[str, Cue]) -> str:
    """The whole page.

    Parameters
    ----------
    exhibits : sequence of Exhibit
        The queue, highest risk first.
    totals : Totals
        What the run read.
    rules : mapping of str to Cue
        Rules by label, for the reasons.
    """
    return rendered(
        "report.html.j2",
        exhibits=exhibits,
        totals=totals,
        reason_of=lambda feature: reason_of(feature, rules),
        not_covered=NOT_COVERED,
    )
