"""Ages: given by the platform or stated by the writers, and what they make of a side.

`habit:ages.*` labels, all with value 1 where they hold; unit: years. Sources: the participants' known ages, and what a rule of
the family `stated_age` found in the writer's own words. They fail where nobody says an age, and where a stated age is a lie:
a platform's own knowledge is therefore preferred, and a stated age far below it is a label of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from heapq import nsmallest
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from grooming_detect.ledger import MOST_SPANS, Evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from grooming_detect.chat import Message, Participant
    from grooming_detect.report import Finding, Span

ADULT = 18
PEER_GAP = 3  # years between minors that still counts as like age
CLAIM_GAP = 4  # years that a claimed age may lie below the known one
_FEW = 2  # of whom the youngest are kept
_PUPIL = 13.0  # years that are taken for a child or pupil who gives none that can be read
_MINOR, _GROWN_UP = range(5, ADULT), range(ADULT, 100)
_PUPILS = range(8, ADULT)
_GRADE_TO_AGE = 5  # a child in school year n is about n + 5 years old
_NUMBER = re.compile(r"(?<!\d)\d{1,2}(?!\d)")
_NAMES = ("eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen")
_GROWN_NAMES = {"eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60}
_WORDS = {name: number for number, name in enumerate(_NAMES, start=8)} | _GROWN_NAMES | {"seventy": 70, "eighty": 80}


class Relation(NamedTuple):
    """What the ages of two sides say, and its log-odds before any training."""

    meaning: str
    suggested: float


RELATIONS: Mapping[str, Relation] = MappingProxyType(
    {
        "habit:ages.adult-to-minor": Relation("an adult writes to a minor, by the ages given or said", 0.8),
        "habit:ages.minor-heard": Relation("the other side gave a minor's age; this side's age is not known", 0.4),
        "habit:ages.claimed-younger": Relation("claims a minor's age, years below the known age", 2.0),
        "habit:ages.both-adults": Relation("all ages given or said are those of adults", -2.5),
        "habit:ages.peers": Relation("of like age with the youngest minor here, by the ages given or said", -0.9),
        "habit:ages.minor-to-adult": Relation("a minor writes to adults, by the ages given or said", -1.0),
    }
)


@dataclass(slots=True)
class AgeMemory:
    """Ages by sender, as given and as stated, with the words that stated them."""

    given: dict[str, float] = field(default_factory=dict)
    stated: dict[str, tuple[float, Span]] = field(default_factory=dict)
    youngest: list[tuple[float, str]] = field(init=False)  # the two whose ages are lowest: one of them is another than a sender

    def __post_init__(self) -> None:
        """Look for the youngest."""
        self._rank()

    def _rank(self) -> None:
        known = {name: age for name, (age, _) in self.stated.items()} | self.given
        self.youngest = nsmallest(_FEW, ((age, name) for name, age in known.items()))

    def give(self, participants: Iterable[Participant]) -> None:
        """Take in what a platform knows; of each sender the first that is told counts."""
        news = {person.id: person.age for person in reversed(tuple(participants)) if person.age is not None}
        if not news.keys() <= self.given.keys():
            self.given = news | self.given
            self._rank()

    def state(self, sender: str, age: float, span: Span) -> None:
        """Take in what a sender says; the first that is said counts, and what a platform knows above all."""
        self.stated[sender] = (age, span)
        if sender not in self.given:
            self.youngest = nsmallest(_FEW, [*self.youngest, (age, sender)])

    def of(self, sender: str) -> float | None:
        """The age of a sender, if it is known."""
        return self.given.get(sender, self.stated[sender][0] if sender in self.stated else None)


def given_ages(participants: Iterable[Participant]) -> AgeMemory:
    """The memory that a conversation begins with."""
    memory = AgeMemory()
    memory.give(participants)
    return memory


def see(memory: AgeMemory, message: Message, findings: Iterable[Finding]) -> None:
    """Note an age that the newest message states; the first one stands."""
    for finding in findings:
        if finding.label.startswith("cue:stated_age.") and message.sender not in memory.stated:
            span = finding.spans[-1]
            kind = finding.label.removeprefix("cue:stated_age.")
            age = stated_age(message.text[span.start : span.end], kind)
            if age is not None:
                memory.state(message.sender, age, span)


def stated_age(words: str, kind: str) -> float | None:
    """The age in a phrase such as “im 13” or, by school year, “year 8”.

    Of a minor whose age cannot be read a usual one is taken; of an adult none: that all are adults is said only of known ages.
    The rule that found the phrase knows whether it speaks of a minor or an adult; of the numbers in it the first counts that
    fits, also where it is written from its end. School years are counted from the age of six, as in Britain; in other countries
    this is a year or two off, which matters less than that somebody goes to school.

    Parameters
    ----------
    words : str
        The phrase, as it was written.
    kind : str
        Name of the rule: ``minor``, ``adult`` or ``school-year``.

    Examples
    --------
    >>> stated_age("im 13", "minor"), stated_age("in year 8", "school-year"), stated_age("thirteen", "minor")
    (13.0, 13.0, 13.0)
    >>> stated_age("1m 13 y3ars", "minor"), stated_age("31 mi", "minor"), stated_age("not 18 yet", "minor")
    (13.0, 13.0, 17.0)
    """
    digits = _NUMBER.findall(words)
    numbers = [*map(int, digits), *(_WORDS[word] for word in words.casefold().split() if word in _WORDS)]
    if kind == "school-year":
        return float(next((number + _GRADE_TO_AGE for number in numbers if number + _GRADE_TO_AGE in _PUPILS), _PUPIL))
    numbers += (int(number[::-1]) for number in digits)
    if kind == "adult":
        return next((float(number) for number in numbers if number in _GROWN_UP), None)
    return float(next((number for number in numbers if number in _MINOR), ADULT - 1 if ADULT in numbers else _PUPIL))


def evidence(memory: AgeMemory, sender: str) -> Iterator[Evidence]:
    """What the ages make of one sender's side."""
    label = _relation(memory.of(sender), next((age for age, name in memory.youngest if name != sender), None))
    if label is not None:
        said = islice(memory.stated.items(), MOST_SPANS)
        yield Evidence(f"habit:ages.{label}", 1.0, tuple(sorted(span for name, (_, span) in said if name not in memory.given)))
    if sender in memory.given and sender in memory.stated:
        claimed, span = memory.stated[sender]
        if claimed < ADULT and memory.given[sender] >= max(ADULT, claimed + CLAIM_GAP):
            yield Evidence("habit:ages.claimed-younger", 1.0, (span,))


def _relation(own: float | None, youngest: float | None) -> str | None:
    """What the age of a sender and that of the youngest other make of a side."""
    if youngest is None:
        return None
    if youngest >= ADULT:
        return None if own is None else "both-adults" if own >= ADULT else "minor-to-adult"
    if own is None:
        return "minor-heard"
    if own >= ADULT and own - youngest > PEER_GAP - 1:
        return "adult-to-minor"
    return "peers" if abs(own - youngest) <= PEER_GAP else None
