"""The actor view: each sender's conversations over time, the reach, and the lines that went to many."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from grooming_detect.actors import REACH
from grooming_detect.render.html import rendered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grooming_detect.actors import ActorReport, Contact
    from grooming_detect.repeats import Place

_MOST_LINES = 12
_TALLEST = 6.0  # log-odds above the base at which a conversation stands as high as the time line
_LONGEST_SHOWN = 400


class _Dot(NamedTuple):
    """A conversation on the time line: where it began from 0 to 1, how much evidence it holds from 0 to 1, and its band."""

    place: float
    height: float
    band: str
    name: str


def actors_page(reports: Sequence[ActorReport], texts: Mapping[Place, str], senders: int) -> str:
    """The whole page.

    Parameters
    ----------
    reports : sequence of ActorReport
        The queue, highest risk first.
    texts : mapping of Place to str
        The words of the repeated lines, by conversation and message.
    senders : int
        How many were looked at.
    """
    cases = [
        {
            "report": report,
            "dots": _dots(report.contacts),
            "span": _span(report.contacts),
            "lines": [(line, texts.get(line.at, "")[:_LONGEST_SHOWN]) for line in report.repeated[:_MOST_LINES]],
            "more": max(len(report.repeated) - _MOST_LINES, 0),
        }
        for report in reports
    ]
    return rendered("actors.html.j2", cases=cases, senders=senders, reach=REACH)


def _dots(contacts: Mapping[str, Contact]) -> list[_Dot]:
    """In the order of their beginning; by rank where no times are known."""
    known = {name: contact.first.timestamp() for name, contact in contacts.items() if contact.first is not None}
    ordered = sorted(contacts, key=lambda name: (known.get(name, 0.0), name))
    start, end = (min(known.values()), max(known.values())) if known else (0.0, 0.0)
    return [
        _Dot(
            (known[name] - start) / (end - start) if name in known and end > start else n / max(len(ordered) - 1, 1),
            min(max(contacts[name].excess / _TALLEST, 0.0), 1.0),
            contacts[name].band,
            name,
        )
        for n, name in enumerate(ordered)
    ]


def _span(contacts: Mapping[str, Contact]) -> tuple[str, str]:
    """First and last day."""
    moments = sorted(moment for contact in contacts.values() for moment in (contact.first, contact.last) if moment is not None)
    return (f"{moments[0]:%Y-%m-%d}", f"{moments[-1]:%Y-%m-%d}") if moments else ("", "")
