"""What a run shows on a terminal: the head of the queue, and how many sides fell into each band."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from grooming_detect.render.exhibit import title_of, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from grooming_detect.actors import ActorReport
    from grooming_detect.report import RiskReport

_STYLE = {"high": "bold red", "review": "yellow", "low": "dim"}
_PARTS = 3


def queue_table(reports: Iterable[RiskReport]) -> Table:
    """Reports as a table, in the order given, with the strongest reasons of each."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("score", justify="right")
    table.add_column("band")
    table.add_column("conversation", overflow="fold")
    table.add_column("sender", overflow="fold")
    table.add_column("strongest evidence", overflow="fold")
    for report in reports:
        parts = report.explanation.contributions[:_PARTS]
        table.add_row(
            f"{report.score:.1%}",
            Text(report.band, _STYLE[report.band]),
            Text(visible(report.conversation_id)),
            Text(visible(report.sender)),
            Text((", ".join(f"{title_of(part.feature)} {part.points:+.1f}" for part in parts) or "–") + _caveat(report)),
        )
    return table


def show_actors(reports: Sequence[ActorReport], summary: str) -> None:
    """Print the head of the actor queue and a line that sums the run up."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("score", "band", "sender", "recipients", "strongest reasons"):
        table.add_column(name, justify="right" if name in {"score", "recipients"} else "left", overflow="fold")
    for report in reports:
        parts = report.explanation.contributions[:_PARTS]
        reasons = ", ".join(f"{title_of(part.feature)} {part.points:+.1f}" for part in parts)
        band = Text(report.band, _STYLE[report.band])
        table.add_row(f"{report.score:.1%}", band, Text(visible(report.sender)), str(report.recipients), Text(reasons or "–"))
    _print(table if reports else None, summary)


def show_queue(reports: Iterable[RiskReport], summary: str) -> None:
    """Print the head of the queue and a line that sums the run up."""
    listed = list(reports)
    _print(queue_table(listed) if listed else None, summary)


def _print(table: Table | None, summary: str) -> None:
    console = Console(highlight=False)
    if table is not None:
        console.print(table)
    console.print(Text(summary))
    console.print(Text("A score is about a pattern of messages, not a verdict on a person. A person must decide.", "dim"))


def _caveat(report: RiskReport) -> str:
    return "" if report.covered else f" ({report.coverage:.0%} of the words known)"
