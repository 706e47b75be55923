"""A case: what is remembered of a conversation while it is being read, and the same as bytes, without its text."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from grooming_detect.errors import RecordError
from grooming_detect.finders.ages import AgeMemory
from grooming_detect.finders.cues import CueMemory, Earlier
from grooming_detect.finders.habits import HabitMemory, SideHabits
from grooming_detect.ledger import Ledger, Tally
from grooming_detect.report import Span

if TYPE_CHECKING:
    from collections.abc import Iterable

_FORMAT = 4
_COUNTERS = ("characters", "sessions", "run", "last_sender", "strongest")  # of habits, as they stand


@dataclass(slots=True)
class Case:
    """A conversation while it is being read: what the finders remember and what they found so far.

    Its size grows with the number of senders, not with the talk: of messages only the last few are remembered, as codes of the
    words that rules know, and of evidence the first places of each label.
    """

    conversation_id: str
    length: int = 0
    cues: CueMemory = field(default_factory=CueMemory)
    ledger: Ledger = field(default_factory=Ledger)
    ages: AgeMemory = field(default_factory=AgeMemory)
    habits: HabitMemory = field(default_factory=HabitMemory)
    told: dict[str, str] = field(default_factory=dict)  # the highest band that was told of each sender

    def to_bytes(self, made_by: str) -> bytes:
        """The case as JSON, once the finder has let go of the text (`CueFinder.forget`).

        Parameters
        ----------
        made_by : str
            Names the detector that read it: codes of words mean something to that one alone.
        """
        cues, habits = self.cues, self.habits
        state = {
            "format": _FORMAT,
            "made_by": made_by,
            "conversation_id": self.conversation_id,
            "length": self.length,
            "told": self.told,
            "near": [*cues.near],
            "sender": cues.sender,
            "tail": cues.tail,
            "run": [[one.at, one.letters.real, one.letters.imag, one.places] for one in cues.run],
            "words": cues.words,
            "beside": {sender: [[margin, at.message, at.end] for margin, at in kept] for sender, kept in cues.beside.items()},
            "sides": {
                sender: {label: [tally.count, *_flat(tally.spans)] for label, tally in tallies.items()}
                for sender, tallies in self.ledger.sides.items()
            },
            "everyone": self.ledger.everyone,
            "first": self.ledger.first,
            "given": self.ages.given,
            "stated": {sender: [age, *span] for sender, (age, at) in self.ages.stated.items() for span in [_flat([at])]},
            "habits": {name: getattr(habits, name) for name in _COUNTERS},
            "refused_by": sorted(habits.refused_by),
            "seen": [None if moment is None else moment.isoformat() for moment in (habits.first, habits.last)],
            "counts": {
                sender: [getattr(side, one.name) for one in fields(SideHabits)] for sender, side in habits.sides.items()
            },
        }
        return json.dumps(state, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")

    @classmethod
    def from_bytes(cls, state: bytes, made_by: str) -> Self:
        """The case that `to_bytes` wrote.

        Raises
        ------
        RecordError
            If the bytes are no such state, or another detector made them.
        """
        try:
            held = json.loads(state.decode("utf-8", "surrogatepass"))
            if (held["format"], held["made_by"]) == (_FORMAT, made_by):
                return cls._restored(held)
        except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
            raise RecordError("state", "is not what this library wrote", "give the bytes back unchanged") from None
        raise RecordError("state", "was made by another version, model or set of packs", "begin those cases anew")

    @classmethod
    def _restored(cls, held: dict[str, Any]) -> Self:
        case = cls(held["conversation_id"], held["length"], told=held["told"])
        case.cues = CueMemory(sender=held["sender"], tail=held["tail"], words=held["words"])
        case.cues.near.extend(held["near"])
        case.cues.beside = {
            sender: [(margin, Span(message, 0, end)) for margin, message, end in kept]
            for sender, kept in held["beside"].items()
        }
        case.cues.run = [
            Earlier(at, complex(real, count), None, tuple((start, end) for start, end in places))
            for at, real, count, places in held["run"]
        ]
        sides = {
            sender: {label: Tally(count, _spans(flat)) for label, (count, *flat) in tallies.items()}
            for sender, tallies in held["sides"].items()
        }
        case.ledger = Ledger(sides, held["everyone"], held["first"])
        stated = {sender: (age, _spans(flat)[0]) for sender, (age, *flat) in held["stated"].items()}
        case.ages = AgeMemory(held["given"], stated)
        first, last = (None if moment is None else datetime.fromisoformat(moment) for moment in held["seen"])
        counts = {sender: SideHabits(*values) for sender, values in held["counts"].items()}
        case.habits = HabitMemory(counts, refused_by=set(held["refused_by"]), first=first, last=last, **held["habits"])
        return case


def _flat(spans: Iterable[Span]) -> list[int]:
    return [number for span in spans for number in (span.message, span.start, span.end)]


def _spans(flat: list[int]) -> list[Span]:
    numbers = iter(flat)
    return [Span(*three) for three in zip(numbers, numbers, numbers, strict=True)]
