"""The findings of a conversation, added up: for each sender how strong each label's findings are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from grooming_detect.families import family_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from grooming_detect.report import Finding, Span

MOST_SPANS = 12  # pieces of evidence kept for one label: enough to read, and bounded in a stream

_FIRST = 2  # senders of a label that are known by name


class Evidence(NamedTuple):
    """How strong the findings of one label are, and where they stand."""

    label: str
    value: float
    spans: tuple[Span, ...]


@dataclass(slots=True)
class Tally:
    """How often a label was found (each finding counts as much as it is believed), and the first places."""

    count: float = 0.0
    spans: list[Span] = field(default_factory=list)


@dataclass(slots=True)
class Ledger:
    """Tallies by sender and label, in the order of each sender's first message.

    For what a sender heard there are counts over all senders, and the tallies of the first two who showed a label: one of them
    at least is another than the sender. So a side costs the same in a talk of two and in a crowd.
    """

    sides: dict[str, dict[str, Tally]] = field(default_factory=dict)
    everyone: dict[str, float] = field(default_factory=dict)
    first: dict[str, list[str]] = field(default_factory=dict)

    def add(self, sender: str, findings: Iterable[Finding]) -> None:
        """Enter the findings of one message."""
        tallies = self.sides[sender]
        for finding in findings:
            label = finding.label
            if label not in tallies and len(senders := self.first.setdefault(label, [])) < _FIRST:
                senders.append(sender)
            self.everyone[label] = self.everyone.get(label, 0.0) + finding.strength
            _enter(tallies, finding)

    def own(self, sender: str, rank: Mapping[str, float]) -> Iterator[Evidence]:
        """What a sender's own words hold, label by label.

        The findings of a family count 1, 1/2, 1/4 … of their weights, the heaviest label's first: a family says its thing
        once, and saying it ten times is no ten times the risk. So a long ordinary chat does not drift upward.

        Parameters
        ----------
        sender : str
            Whose side.
        rank : mapping of str to float
            The weight of each label as the packs suggest it, which settles the order within a family.
        """
        tallies = self.sides.get(sender, {})
        counts = {label: tally.count for label, tally in tallies.items()}
        for label, value in _saturated(counts, rank):
            yield Evidence(label, value, tuple(tallies[label].spans))

    def heard(self, sender: str, rank: Mapping[str, float]) -> Iterator[Evidence]:
        """What the others' words hold, as ``heard:`` labels, weighed in the same way."""
        own = self.sides.get(sender, {})
        if len(self.sides) == 1 or not self.everyone:
            return
        none = Tally()
        counts = {
            label: count - own.get(label, none).count for label, count in self.everyone.items() if self._others(label, sender)
        }
        for label, value in _saturated(counts, rank):
            spans = (span for other in self.first[label] if other != sender for span in self.sides[other][label].spans)
            yield Evidence("heard:" + label.partition(":")[2], value, tuple(sorted(spans)[:MOST_SPANS]))

    def _others(self, label: str, sender: str) -> bool:
        """Whether anybody but the sender showed a label."""
        return any(other != sender for other in self.first[label])


def _enter(tallies: dict[str, Tally], finding: Finding) -> None:
    tally = tallies.get(finding.label)
    if tally is None:
        tally = tallies[finding.label] = Tally()
    tally.count += finding.strength
    room = MOST_SPANS - len(tally.spans)
    if room > 0:
        tally.spans.extend(finding.spans[:room])


def _saturated(counts: Mapping[str, float], rank: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    used: dict[str, float] = {}
    for label in sorted(counts, key=lambda label: (-abs(rank.get(label, 0.0)), label)):
        family = family_of(label)
        before = used.get(family, 0.0)
        used[family] = before + counts[label]
        yield label, 2.0 ** (1 - before) - 2.0 ** (1 - used[family])
