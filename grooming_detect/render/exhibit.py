"""A flagged side, cut down to what a person needs to see: the evidence, and the messages around it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from grooming_detect.finders.ages import RELATIONS
from grooming_detect.finders.habits import HABITS
from grooming_detect.finders.pairs import PAIRS
from grooming_detect.finders.words import BESIDE, EVERYDAY, HEARD_TOGETHER, PRESSING, TOGETHER
from grooming_detect.report import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from grooming_detect.chat import Conversation, Message
    from grooming_detect.language import Guess
    from grooming_detect.packs import Cue
    from grooming_detect.report import Contribution, RiskReport

_LEARNED = "Words that are like those of known cue lines, though no rule fits."
_WORDS = {
    EVERYDAY: "How much the words where something was found are like those of parents, friends, coaches or shops, added up.",
    PRESSING: "How much those words are like cues rather than like what parents, friends, coaches or shops write, added up.",
    TOGETHER: "How much plainer the words of all messages are than those of nearly any ordinary message, added up.",
    BESIDE: "Messages that are a little more like cues than not. They count for nothing; read them with the rest.",
    HEARD_TOGETHER: "The other side’s words, added up in the same way: between equals both sound so.",
}
_TITLES = {
    EVERYDAY: "learned words: like those of everyday people",
    PRESSING: "learned words: unlike those of everyday people",
    TOGETHER: "learned words: all messages together",
    BESIDE: "read with the rest",
    HEARD_TOGETHER: "heard · learned words: all messages together",
}
_MEANINGS = {label: habit.meaning for label, habit in HABITS.items()} | {
    label: relation.meaning for label, relation in RELATIONS.items()
}
_REASONS = {
    label: f"{meaning[0].upper()}{meaning[1:]}."
    for label, meaning in ({pair.label: pair.reason for pair in PAIRS} | _MEANINGS).items()
}
AROUND = 3  # messages shown before and after a piece of evidence
MOST_SHOWN = 120
_HEAVY = 10  # contributions that are shown at once
NOT_COVERED = "Most of this sender’s words are in no language that the packs know: a low score says nothing here."
_SPACE = 0x20
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_LONGEST_SHOWN = 2_000  # characters of one message


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of a message in which the same labels hold, or none."""

    text: str = field(repr=False)
    parts: tuple[Contribution, ...]
    closes: tuple[Contribution, ...]  # those whose span ends here: where the mark is named


@dataclass(frozen=True, slots=True)
class Shown:
    """One message of an exhibit; `skipped` messages before it are left out."""

    index: int
    message: Message
    marks: tuple[Mark, ...]
    skipped: int
    shortened: bool


@dataclass(frozen=True, slots=True)
class Exhibit:
    """What is shown of one side.

    Parameters
    ----------
    report : RiskReport
        The report.
    shown : tuple of Shown
        Messages in order.
    length : int
        How many messages the conversation has.
    rest : int
        Messages left out behind the last one shown.
    language : Guess or None
        What language the side seems to be in, if that was asked for.
    """

    report: RiskReport
    shown: tuple[Shown, ...]
    length: int
    rest: int
    language: Guess | None = None

    @property
    def heavy(self) -> tuple[Contribution, ...]:
        """The contributions that are shown at once: the strongest."""
        return self._counting[:_HEAVY] if len(self._counting) > _HEAVY + 1 else self._counting

    @property
    def light(self) -> tuple[Contribution, ...]:
        """The others, which are shown when they are asked for."""
        return self._counting[len(self.heavy) :]

    @property
    def beside(self) -> tuple[Contribution, ...]:
        """What counts for nothing and is shown to be read with the rest."""
        return tuple(part for part in self.report.explanation.contributions if not part.points)

    @property
    def _counting(self) -> tuple[Contribution, ...]:
        return tuple(part for part in self.report.explanation.contributions if part.points)

    def ticks(self) -> tuple[tuple[float, Contribution], ...]:
        """Where in the talk each piece of evidence lies, from 0 (first message) to 1 (last)."""
        last = max(self.length - 1, 1)
        parts = self.report.explanation.contributions
        places = {(span.message / last, n) for n, part in enumerate(parts) for span in part.spans}
        return tuple((place, parts[n]) for place, n in sorted(places))


def exhibit(conversation: Conversation, report: RiskReport, language: Guess | None = None) -> Exhibit:
    """Cut a conversation down to the evidence and its surroundings."""
    evidence = sorted({span.message for part in report.explanation.contributions for span in part.spans})
    length = len(conversation.messages)
    wanted = sorted({n for at in evidence for n in range(at - AROUND, at + AROUND + 1) if 0 <= n < length})[:MOST_SHOWN]
    shown, before = [], -1
    for index in wanted:
        text = conversation.messages[index].text
        marks = tuple(_marks(text[:_LONGEST_SHOWN], index, report.explanation.contributions))
        shown.append(Shown(index, conversation.messages[index], marks, index - before - 1, len(text) > _LONGEST_SHOWN))
        before = index
    return Exhibit(report, tuple(shown), length, length - before - 1, language)


def _marks(text: str, index: int, parts: Sequence[Contribution]) -> Iterator[Mark]:
    """The text cut where a span begins or ends."""
    # These stand where others do already; learned words are named once a message, however scattered they stand.
    named = [part for part in parts if not part.feature.startswith(("pair:", TOGETHER, PRESSING))]
    spans = [(span, part) for part in named for span in part.spans if span.message == index]
    last = {part.feature: span for span, part in spans}
    cuts = sorted({0, len(text), *(min(edge, len(text)) for span, _ in spans for edge in (span.start, span.end))})
    for start, end in pairwise(cuts):
        here = Span(index, start, end)
        covering = [(span, part) for span, part in spans if span.start <= here.start and here.end <= span.end]
        closing = tuple(
            part
            for span, part in covering
            if span.end == here.end and (span == last[part.feature] or not part.feature.startswith("word:"))
        )
        yield Mark(text[start:end], tuple(part for _, part in covering), closing)


def visible(text: str) -> str:
    r"""The text with control characters as their pictures, so that none of them acts on a terminal or a page.

    >>> visible("a\x1b[2J")
    'a␛[2J'
    """
    return _CONTROL.sub(lambda found: chr(0x2400 + ord(found[0])) if ord(found[0]) < _SPACE else "\ufffd", text)


def title_of(feature: str) -> str:
    """A label in words.

    >>> title_of("cue:photo_request.send-photo"), title_of("heard:refusal.says-no"), title_of("pair:secrecy+photo_request")
    ('photo request: send photo', 'heard · refusal: says no', 'secrecy with photo request')
    """
    if feature in _TITLES:
        return _TITLES[feature]
    kind, _, name = feature.partition(":")
    if kind == "pair":
        return name.replace("+", " with ").replace("_", " ")
    words = name.replace(".", ": ").replace("_", " ").replace("-", " ")
    if kind == "reach":
        return words
    if kind == "word":
        return f"learned words: {words}"
    return words if kind == "cue" else f"{kind} · {words}"


def way(points: float) -> str:
    """Which way points count, as the style sheet names it.

    >>> way(0.3), way(-0.3), way(0.0)
    ('more', 'less', 'beside')
    """
    return "more" if points > 0 else "less" if points < 0 else "beside"


def worth(part: Contribution) -> str:
    """The points of a contribution as its marks say them: where it lies in several messages, they count once for all.

    >>> from grooming_detect.report import Contribution
    >>> worth(Contribution("cue:secrecy.x", 1.0, 1.5, (Span(0, 0, 2),)))
    '+1.50'
    >>> worth(Contribution("cue:secrecy.x", 1.0, 1.5, (Span(0, 0, 2), Span(4, 0, 2))))
    '+1.50 in all'
    """
    if not part.points:
        return ""
    several = len({span.message for span in part.spans}) > 1
    return f"{part.points:+.2f}{' in all' if several else ''}"


def reason_of(feature: str, rules: Mapping[str, Cue]) -> str:
    """Why a label matters, in one sentence, as far as a pack says so."""
    kind, _, name = feature.partition(":")
    if feature in _WORDS:
        return _WORDS[feature]
    if kind == "word":
        return _LEARNED
    if kind in {"pair", "habit"}:
        return _REASONS.get(feature, "")
    rule = rules.get(f"cue:{name}")
    return "" if rule is None else rule.why if kind == "cue" else f"Said by the other side: {rule.why}"
