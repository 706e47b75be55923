"""One pass over a labelled conversation, message by message: everything that is measured later, and no text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from grooming_detect.case import Case
from grooming_detect.chat import NOBODY, in_utc
from grooming_detect.families import RISK, family_of
from grooming_detect.finders import ages
from grooming_detect.finders.words import BESIDE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from grooming_detect.chat import Conversation, Message
    from grooming_detect.detector import Detector
    from grooming_detect.gold import Labelled
    from grooming_detect.ledger import Tally
    from grooming_detect.report import Band, RiskReport, Span

FLAGS: tuple[Band, Band] = ("review", "high")
# What must not come to pass before somebody looks.
GRAVEST = frozenset({"threat_to_share", "payment_demand", "meeting", "camera_request", "photo_request", "travel_offer"})
_OWN = ("cue:", "word:")  # labels that quote the sender's own words
_TOKEN = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Flag:
    """When a side was first flagged.

    Parameters
    ----------
    seen : int
        Messages of the conversation that had been sent.
    minutes : float or None
        Since the conversation's first message, where both have a time.
    cues : int
        Gold cue lines that had been sent.
    """

    seen: int
    minutes: float | None
    cues: int


@dataclass(slots=True)
class SideRead:
    """One side after the whole conversation, and when it was first flagged on the way.

    Parameters
    ----------
    sender : str
        Whose side.
    risky : bool
        Whether the sender is the perpetrator.
    score : float
        At the end.
    band : {"high", "review", "low"}
        At the end.
    first : dict of str to Flag
        For ``review`` and ``high``, where it was reached at any time.
    """

    sender: str
    risky: bool
    score: float = 0.0
    band: Band = "low"
    first: dict[str, Flag] = field(default_factory=dict)

    def in_band(self, band: str) -> bool:
        """Whether the side ended in a band, or above it."""
        return self.band in FLAGS and FLAGS.index(self.band) >= FLAGS.index(band)


@dataclass(frozen=True, slots=True)
class LineRead:
    """A message that holds a gold cue, or in which one was found, or that a report shows beside those.

    Parameters
    ----------
    sender : str
        Who wrote it.
    gold, found : frozenset of str
        Risk families.
    tokens, marked : int
        Tokens of the message, and those of them that spans cover.
    beside : bool
        Whether the report shows it among the messages to be read with the evidence.
    """

    sender: str
    gold: frozenset[str]
    found: frozenset[str]
    tokens: int
    marked: int
    beside: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What one pass over a conversation leaves behind.

    Parameters
    ----------
    dataset, suite, language : str
        As labelled.
    length : int
        Messages.
    ages : bool
        Whether the ages of all senders are given.
    risky : bool
        Whether there is a perpetrator.
    families : frozenset of str
        Gold risk families.
    onset, gravest : int or None
        Index of the first gold cue, and of the first gold cue of the families in `GRAVEST`.
    sides : tuple of SideRead
        In the order of first messages.
    lines : tuple of LineRead
        In order.
    """

    dataset: str
    suite: str
    language: str
    length: int
    ages: bool
    risky: bool
    families: frozenset[str]
    onset: int | None
    gravest: int | None
    sides: tuple[SideRead, ...]
    lines: tuple[LineRead, ...]


def new_case(conversation: Conversation) -> Case:
    """A case in which nothing was read yet, with the ages that are given."""
    return Case(conversation.conversation_id, ages=ages.given_ages(conversation.participants))


def replay(detector: Detector, item: Labelled) -> Reading:
    """Read a conversation as it would come in live, and note what there is to measure.

    After each message its sender is reported on, as `watch` does; after the last one every side is, as `assess` does. A side
    whose score rises through another's words is so noticed with its own next message.

    Parameters
    ----------
    detector : Detector
        Under test.
    item : Labelled
        The conversation and its gold.
    """
    chat = item.conversation
    case = new_case(chat)
    gold = tuple(RISK.keys() & families for families in item.cues)
    sides = {side.sender: SideRead(side.sender, side.sender == item.perpetrator) for side in chat.sides()}
    news = _News()
    lines: dict[int, LineRead] = {}
    cues = 0
    for n, message in enumerate(chat.messages):
        detector.read(case, message)
        if message.sender == NOBODY:
            continue
        cues += bool(gold[n])
        report = detector.report(case, message.sender)
        _note(sides[message.sender], report, Flag(n + 1, _minutes(chat, n), cues))
        if (found := _found(dict(news.of(message.sender, case.ledger.sides[message.sender])))) or gold[n]:
            lines[n] = _line(message, gold[n], found, n)
    last = Flag(len(chat.messages), _minutes(chat, len(chat.messages) - 1), cues)
    for side in sides.values():
        report = detector.report(case, side.sender)
        side.score, side.band = report.score, report.band
        _note(side, report, last)
        for n in _beside(report):
            lines[n] = replace(lines.get(n) or _line(chat.messages[n], gold[n], {}, n), beside=True)
    return _reading(item, gold, tuple(sides.values()), tuple(lines[n] for n in sorted(lines)))


def _reading(item: Labelled, gold: Sequence[set[str]], sides: tuple[SideRead, ...], lines: tuple[LineRead, ...]) -> Reading:
    aged = {person.id for person in item.conversation.participants if person.age is not None}
    return Reading(
        dataset=item.dataset,
        suite=item.suite,
        language=item.language,
        length=len(item.conversation.messages),
        ages=aged >= {side.sender for side in sides},
        risky=item.perpetrator is not None,
        families=frozenset[str]().union(*gold),
        onset=next((n for n, families in enumerate(gold) if families), None),
        gravest=next((n for n, families in enumerate(gold) if not GRAVEST.isdisjoint(families)), None),
        sides=sides,
        lines=lines,
    )


class _News:
    """What was found with the latest message: the ledger against what it held before."""

    def __init__(self) -> None:
        self._before: dict[tuple[str, str], tuple[float, int]] = {}

    def of(self, sender: str, tallies: Mapping[str, Tally]) -> Iterator[tuple[str, tuple[Span, ...]]]:
        for label, tally in tallies.items():
            count, spans = self._before.get((sender, label), (0, 0))
            if tally.count > count:
                self._before[sender, label] = tally.count, len(tally.spans)
                yield label, tuple(tally.spans[spans:])


def _note(side: SideRead, report: RiskReport, flag: Flag) -> None:
    for band in FLAGS[: FLAGS.index(report.band) + 1 if report.band in FLAGS else 0]:
        side.first.setdefault(band, flag)


def _minutes(chat: Conversation, n: int) -> float | None:
    start, now = (chat.messages[place].timestamp if chat.messages else None for place in (0, n))
    return (in_utc(now) - in_utc(start)).total_seconds() / 60 if start and now else None


def _found(news: Mapping[str, tuple[Span, ...]]) -> Mapping[str, tuple[Span, ...]]:
    """The risk cues among what was found."""
    return {label: spans for label, spans in news.items() if family_of(label) in RISK and label.startswith(_OWN)}


def _beside(report: RiskReport) -> Iterator[int]:
    """The messages that a report shows to be read with the evidence."""
    yield from (span.message for part in report.explanation.contributions if part.feature == BESIDE for span in part.spans)


def _line(message: Message, gold: Collection[str], found: Mapping[str, tuple[Span, ...]], index: int) -> LineRead:
    tokens = [match.span() for match in _TOKEN.finditer(message.text)]
    spans = [(span.start, span.end) for own in found.values() for span in own if span.message == index]
    marked = sum(any(start < right and left < end for start, end in spans) for left, right in tokens)
    return LineRead(message.sender, frozenset(gold), frozenset(map(family_of, found)), len(tokens), marked)
