"""Ages: given by the platform or stated by the writers, and what they make of a side.

`habit:ages.*` labels, all with value 1 where they hold; unit: years. Sources: the participants' known ages, and what a rule of
the family `stated_age` found in the writer's own words. They fail where nobody says an age, and where a stated age is a lie:
a platform's own knowledge is therefore preferred, and a stated age far below it is a label of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from grooming_detect.ledger import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from grooming_detect.chat import Message, Participant
    from grooming_detect.report import Finding, Span

ADULT = 18
PEER_GAP = 3  # years between minors that still counts as like age
CLAIM_GAP = 4  # years that a claimed age may lie below the known one
_ADULT_LABEL = "cue:stated_age.adult"
_PUPIL = 13.0  # years that are taken for a child or pupil who gives none that can be read
_PUPILS = range(8, ADULT)
_GRADE_TO_AGE = 5  # a child in school year n is about n + 5 years old
_NUMBER = re.compile(r"\d{1,2}")
_NAMES = ("eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen")
_WORDS = {name: number for number, name in enumerate(_NAMES, start=8)}


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


def given_ages(participants: Iterable[Participant]) -> AgeMemory:
    """The memory that a conversation begins with."""
    return AgeMemory({person.id: person.age for person in participants if person.age is not None})


def see(memory: AgeMemory, message: Message, findings: Iterable[Finding]) -> None:
    """Note an age that the newest message states; the first one stands."""
    for finding in findings:
        if finding.label.startswith("cue:stated_age.") and message.sender not in memory.stated:
            span = finding.spans[-1]
            age = stated_age(message.text[span.start : span.end], by_year="school" in finding.label)
            if age is None and finding.label != _ADULT_LABEL:
                age = _PUPIL
            if age is not None:
                memory.stated[message.sender] = (age, span)


def stated_age(words: str, *, by_year: bool) -> float | None:
    """The age in a phrase such as “im 13” or, by school year, “year 8”; None where it gives no number, or no pupil's year.

    School years are counted from the age of six, as in Britain; in other countries this is a year or two off, which matters
    less than that somebody goes to school.

    >>> stated_age("im 13", by_year=False), stated_age("in year 8", by_year=True), stated_age("thirteen", by_year=False)
    (13.0, 13.0, 13.0)
    """
    found = _NUMBER.search(words)
    number = int(found[0]) if found else next((_WORDS[word] for word in words.casefold().split() if word in _WORDS), None)
    if number is None or not by_year:
        return None if number is None else float(number)
    return float(number + _GRADE_TO_AGE) if number + _GRADE_TO_AGE in _PUPILS else None


def evidence(memory: AgeMemory, sender: str) -> Iterator[Evidence]:
    """What the ages make of one sender's side."""
    if not memory.given and not memory.stated:
        return
    own = memory.given.get(sender, memory.stated[sender][0] if sender in memory.stated else None)
    ages = {name: age for name, (age, _) in memory.stated.items()} | memory.given
    others = [age for name, age in ages.items() if name != sender]
    label = _relation(own, others)
    if label is not None:
        spans = tuple(sorted(span for name, (_, span) in memory.stated.items() if name not in memory.given))
        yield Evidence(f"habit:ages.{label}", 1.0, spans)
    if sender in memory.given and sender in memory.stated:
        claimed, span = memory.stated[sender]
        if claimed < ADULT and memory.given[sender] >= max(ADULT, claimed + CLAIM_GAP):
            yield Evidence("habit:ages.claimed-younger", 1.0, (span,))


def _relation(own: float | None, others: list[float]) -> str | None:
    if not others:
        return None
    youngest = min(others)
    if youngest >= ADULT:
        return None if own is None else "both-adults" if own >= ADULT else "minor-to-adult"
    if own is None:
        return "minor-heard"
    if own >= ADULT and own - youngest > PEER_GAP - 1:
        return "adult-to-minor"
    return "peers" if abs(own - youngest) <= PEER_GAP else None
