"""`grooming-detect evaluate`: carded datasets in, tables with intervals out."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from grooming_detect import __version__
from grooming_detect.commands import add_detector, check_files
from grooming_detect.detector import Detector
from grooming_detect.files import written_whole
from grooming_detect.gold import labelled
from grooming_detect.provenance import checked_files, load_card

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from grooming_detect.evaluate import Plan
    from grooming_detect.provenance import Card

HELP = "measure a model on carded datasets, with intervals"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument(
        "cards", nargs="+", metavar="CARD", help="dataset.toml, or its folder; synthetic or consented data only"
    )
    parser.add_argument("--split", metavar="S", help="measure this split alone (default: all that a card names)")
    add_detector(parser)
    parser.add_argument("--out", metavar="FILE", help="write all numbers as JSON")
    parser.add_argument("--html", metavar="FILE", help="write tables and pictures as one HTML page")
    parser.add_argument("--draws", type=int, default=1000, metavar="N", help="bootstrap draws (default: 1000; 0: no intervals)")
    parser.add_argument("--quick", action="store_true", help="leave out disguises and fairness swaps")


def run(arguments: argparse.Namespace) -> int:
    """Evaluate; see the module."""
    from grooming_detect.evaluate import Plan  # noqa: PLC0415  (NumPy is slow to import)

    check_files((arguments.out, arguments.html), arguments.cards)
    detector = Detector.load(arguments.model, arguments.pack)
    cards = [load_card(path) for path in arguments.cards]
    sample = {"attacked": 0, "swapped": 0} if arguments.quick else {}
    plan = Plan(draws=max(arguments.draws, 0), **sample)
    results = {_name(card, arguments.split): measured(detector, card, arguments.split, plan) for card in cards}
    if arguments.out:
        with written_whole(arguments.out) as stream:
            stream.write(as_json({"version": __version__, "model": identity(detector), "datasets": results}))
    if arguments.html:
        from grooming_detect.evaluate.page import page, sections_of  # noqa: PLC0415  (not needed without a page)

        with written_whole(arguments.html) as stream:
            stream.write(page(detector.model.name, sections_of(results)))
    show(results)
    for path in filter(None, (arguments.out, arguments.html)):
        print(f"written: {path}", file=sys.stderr)
    return 0


def _name(card: Card, split: str | None) -> str:
    return f"{card.name} {split}" if split else card.name


def as_json(value: object) -> str:
    """Sorted keys and no times: the same bytes for the same numbers."""
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def identity(detector: Detector) -> dict[str, Any]:
    """The model by its name and the packs by their hashes."""
    model = detector.model
    return {
        "name": model.name,
        "review": model.review,
        "high": model.high,
        "packs": dict(detector.pack_hashes),
        "source": dict(model.source),
    }


def measured(detector: Detector, card: Card, split: str | None, plan: Plan) -> dict[str, Any]:
    """One dataset evaluated, with what it is and the hashes of its files.

    Parameters
    ----------
    detector : Detector
        Under test.
    card : Card
        What it is tested on.
    split : str or None
        One split, or all.
    plan : Plan
        How thorough.

    Raises
    ------
    ProvenanceError
        If the gate refuses the data.
    """
    from rich.console import Console  # noqa: PLC0415  (rich is slow to import)
    from rich.progress import Progress  # noqa: PLC0415

    from grooming_detect.evaluate import evaluate, steps  # noqa: PLC0415  (NumPy is slow to import)

    items = list(labelled(card, split))
    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task(_name(card, split), total=steps(plan, len(items)))
        result = evaluate(detector, items, plan, lambda: progress.advance(task))
    files = {file.path: file.sha256 for file, _ in checked_files(card, split)}
    about = {"name": card.name, "provenance": card.provenance, "licence": card.licence, "split": split or "all", "files": files}
    return {**result, "dataset": about}


def show(results: Mapping[str, Mapping[str, Any]]) -> None:
    """Print the tables."""
    from rich.console import Console  # noqa: PLC0415  (rich is slow to import)
    from rich.table import Table  # noqa: PLC0415

    from grooming_detect.evaluate import tables  # noqa: PLC0415

    console = Console(highlight=False)
    every: Sequence[tables.Section] = [
        tables.turned(tables.summary(results)),
        *(section for name, result in results.items() for section in tables.sections(name, result)),
    ]
    for section in every:
        table = Table(
            box=None, pad_edge=False, header_style="bold", title=section.title, title_justify="left", title_style="bold"
        )
        for n, name in enumerate(section.head):
            table.add_column(name, justify="right" if n else "left", overflow="fold")
        for row in section.rows:
            table.add_row(*row)
        console.print(table)
        console.print(section.note + "\n" if section.note else "", style="dim")
    console.print("Measured on synthetic and consented data only, never on real cases. A person must decide.", style="dim")
