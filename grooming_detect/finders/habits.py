"""Habits: how a side behaves, whatever its words. Each label is defined in `HABITS`, with its unit and its source."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from grooming_detect.chat import in_utc
from grooming_detect.families import RISK, family_of
from grooming_detect.ledger import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from grooming_detect.chat import Message
    from grooming_detect.report import Finding

SESSION_GAP = 6 * 3600.0  # seconds of silence after which talk is a new session
NIGHT = (22, 6)  # hours, in the zone that the timestamps carry
DEMANDS = frozenset({"photo_request", "camera_request", "meeting", "travel_offer", "dare", "payment_demand", "threat_to_share"})
_DAY = 24 * 60.0
_MOST_SHARED = 4.0
_NAMED = 2  # senders of a family that are known by name: one of them at least is another than the side's


class Habit(NamedTuple):
    """What a habit measures, in which unit, who described it, and its log-odds before any training."""

    meaning: str
    source: str
    suggested: float = 0.0


HABITS: Mapping[str, Habit] = MappingProxyType(
    {
        "habit:breadth": Habit(
            "different risk families found, each as strong as its strongest finding, beyond two, 0 to 5; unit: families / 2",
            "strategies interleave: Lorenzo-Dus et al. 2016",
            0.9,
        ),
        "habit:mutual": Habit(
            "risk families that the others show too, 0 to 4; unit: families, each as strong as the weaker side's findings",
            "grooming runs one way, banter and courtship both: Chiu et al. 2018 on reciprocity",
            -0.4,
        ),
        "habit:pace": Habit(
            "how soon the first demand came: 1 at once, 0.5 after an hour, towards 0 after days; needs timestamps",
            "financial sextortion moves within an hour: Thorn and NCMEC 2024",
            0.3,
        ),
        "habit:persistence": Habit(
            "risk cues after the other had said no; 1, 1.5, 1.75 … for one, two, three",
            "compliance testing: Lorenzo-Dus et al. 2016",
            0.6,
        ),
        "habit:share-of-talk": Habit("share of the characters, beyond one half; 0 to 1", "field practice"),
        "habit:questions": Habit("share of own messages that hold a question mark; 0 to 1", "target probing: O'Connell 2003"),
        "habit:unanswered": Habit("own messages in a row without an answer, the longest run; log2", "field practice"),
        "habit:night": Habit("share of own messages from 22 to 6 o'clock; 0 to 1; needs timestamps", "field practice"),
        "habit:sessions": Habit("times the talk began anew after six hours of silence; log2", "field practice"),
        "habit:length": Habit("own messages; log2", "a probe: it should carry no weight"),
    }
)


@dataclass(slots=True)
class SideHabits:
    """Counters of one sender."""

    messages: int = 0
    characters: int = 0
    questions: int = 0
    night: int = 0
    longest_run: int = 0
    after_refusal: int = 0
    families: dict[str, float] = field(default_factory=dict)  # risk families, and how strong their strongest finding is
    demand: float | None = None  # minutes from first contact to the first demand


@dataclass(slots=True)
class HabitMemory:
    """Counters of a conversation."""

    sides: dict[str, SideHabits] = field(default_factory=dict)
    characters: int = 0
    sessions: int = 0
    run: int = 0
    last_sender: str | None = None
    strongest: dict[str, dict[str, float]] = field(default_factory=dict)  # by risk family the two who showed it most
    refused_by: set[str] = field(default_factory=set)
    first: datetime | None = None
    last: datetime | None = None


def see(memory: HabitMemory, message: Message, findings: Iterable[Finding]) -> None:
    """Count the newest message; constant time."""
    side = memory.sides.get(message.sender)
    if side is None:
        side = memory.sides[message.sender] = SideHabits()
    side.messages += 1
    side.characters += len(message.text)
    memory.characters += len(message.text)
    side.questions += "?" in message.text
    memory.run = memory.run + 1 if memory.last_sender == message.sender else 1
    memory.last_sender = message.sender
    side.longest_run = max(side.longest_run, memory.run)
    moment = None
    if message.timestamp is not None:
        hour = message.timestamp.hour
        side.night += hour >= NIGHT[0] or hour < NIGHT[1]
        moment = in_utc(message.timestamp)
        _see_time(memory, moment)
    if findings:
        _see_findings(memory, side, message.sender, findings, moment)


def _see_time(memory: HabitMemory, moment: datetime) -> None:
    if memory.first is None or memory.last is None:
        memory.first = memory.last = moment
        return
    memory.sessions += (moment - memory.last).total_seconds() > SESSION_GAP
    memory.last = max(memory.last, moment)


def _see_findings(
    memory: HabitMemory, side: SideHabits, sender: str, findings: Iterable[Finding], moment: datetime | None
) -> None:
    families: dict[str, float] = {}
    for finding in findings:
        family = family_of(finding.label)
        families[family] = max(families.get(family, 0.0), finding.strength)
    if "refusal" in families:
        memory.refused_by.add(sender)
    risky = [family for family in families if family in RISK]
    for family in risky:
        side.families[family] = max(side.families.get(family, 0.0), families[family])
        best = memory.strongest.setdefault(family, {})
        best[sender] = side.families[family]
        if len(best) > _NAMED:
            del best[min(best, key=lambda name: best[name])]
    if risky and memory.refused_by - {sender}:
        side.after_refusal += 1
    if side.demand is None and not DEMANDS.isdisjoint(risky) and moment is not None and memory.first is not None:
        side.demand = max((moment - memory.first).total_seconds() / 60, 0.0)


def evidence(memory: HabitMemory, sender: str) -> Iterator[Evidence]:
    """The habits of one side; those of value 0 are left out."""
    side = memory.sides.get(sender)
    if side is None:
        return
    values = {
        "habit:breadth": min(max(sum(side.families.values()) - 2, 0), 5) / 2,
        "habit:mutual": _mutual(memory, sender),
        "habit:pace": 0.0 if side.demand is None else 60 / (60 + min(side.demand, 60 * _DAY)),
        "habit:persistence": 2 - 2.0 ** (1 - side.after_refusal),
        "habit:share-of-talk": max(side.characters / memory.characters - 0.5, 0) * 2 if memory.characters else 0.0,
        "habit:questions": side.questions / side.messages,
        "habit:unanswered": math.log2(side.longest_run),
        "habit:night": side.night / side.messages,
        "habit:sessions": math.log2(1 + memory.sessions),
        "habit:length": math.log2(side.messages),
    }
    yield from (Evidence(label, value, ()) for label, value in values.items() if value)


def _mutual(memory: HabitMemory, sender: str) -> float:
    """How many risk families a sender shares with the others."""
    shared = (
        min(own, max((strength for other, strength in memory.strongest[family].items() if other != sender), default=0.0))
        for family, own in memory.sides[sender].families.items()
    )
    return min(sum(shared), _MOST_SHARED)
