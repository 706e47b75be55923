"""Pairs: findings that mean more, or less, together than the sum of the two. Few, named, each with its reason."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from grooming_detect.families import RISK, family_of
from grooming_detect.finders.words import TOGETHER
from grooming_detect.ledger import MOST_SPANS, Evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from grooming_detect.report import Span

MINOR = "minor"  # stands for: the other is known or heard to be a minor, and the sender is no peer
ADULTS, OLDER, PEERS = "both-adults", "minor-to-adult", "peers"  # stand for the ages of the two
ANY = "any"  # stands for all risk families together, as many as there are, and what learned words say beyond them
_MOST_FAMILIES = 5.0  # risk families beyond which more of them change nothing
_LEARNED = 0.5  # learned words say less surely than a rule which family they stand for
_AGES = {
    "habit:ages.adult-to-minor": MINOR,
    "habit:ages.minor-heard": MINOR,
    "habit:ages.both-adults": ADULTS,
    "habit:ages.minor-to-adult": OLDER,
    "habit:ages.peers": PEERS,
}


class Pair(NamedTuple):
    """Two families (or what stands for one), why they count together, and the log-odds before any training."""

    first: str
    second: str
    reason: str
    suggested: float

    @property
    def label(self) -> str:
        """``pair:<first>+<second>``."""
        return f"pair:{self.first}+{self.second}"


PAIRS: tuple[Pair, ...] = (
    Pair("secrecy", "photo_request", "a picture that nobody may know of", 1.0),
    Pair("secrecy", "camera_request", "a camera that nobody may know of", 1.0),
    Pair("secrecy", "meeting", "a meeting that nobody may know of", 1.0),
    Pair("secrecy", "money_offer", "money that nobody may know of", 0.9),
    Pair("secrecy", "gift_offer", "a gift that nobody may know of", 0.7),
    Pair("secrecy", "travel_offer", "a journey that nobody may know of", 1.0),
    Pair("secrecy", "relationship_claim", "a bond that nobody may know of", 0.7),
    Pair("secrecy", "isolation", "closed off on both sides", 0.7),
    Pair("secrecy", "platform_switch", "away from where others can see", 0.7),
    Pair("secrecy", "authority", "a role that asks for silence", 0.8),
    Pair("photo_request", "money_offer", "a picture for money", 1.0),
    Pair("photo_request", "gift_offer", "a picture for a gift", 0.8),
    Pair("photo_request", "supervision_check", "a picture while nobody is near", 0.8),
    Pair("photo_request", "authority", "a role used to get pictures", 0.7),
    Pair("camera_request", "gift_offer", "paid to be on camera", 0.9),
    Pair("camera_request", "money_offer", "paid to be on camera", 0.9),
    Pair("camera_request", "dare", "told what to do on camera", 1.0),
    Pair("camera_request", "supervision_check", "on camera while nobody is near", 0.8),
    Pair("dare", "gift_offer", "paid for dares", 0.8),
    Pair("dare", "money_offer", "paid for dares", 0.8),
    Pair("meeting", "supervision_check", "a meeting while nobody is near", 0.7),
    Pair("meeting", "travel_offer", "brought to a meeting", 0.4),
    Pair("platform_switch", "supervision_check", "to another channel, while nobody looks", 0.5),
    Pair("platform_switch", "age_probe", "asked for the age, then moved away", 0.4),
    Pair("threat_to_share", "payment_demand", "extortion", 1.5),
    Pair("threat_to_share", "urgency", "extortion against the clock", 1.0),
    Pair("threat_to_share", "secrecy", "extortion, and silence about it", 0.8),
    Pair("isolation", "relationship_claim", "away from others, towards oneself", 0.7),
    Pair("age_gap_talk", "relationship_claim", "a bond in spite of the years", 0.8),
    Pair("age_deception", "photo_request", "a false peer who wants pictures", 0.7),
    Pair("trace_deletion", "secrecy", "silence, and no traces", 0.6),
    Pair("photo_request", MINOR, "asks a minor for pictures", 0.6),
    Pair("camera_request", MINOR, "asks a minor on camera", 0.6),
    Pair("travel_offer", MINOR, "pays a minor's travel", 0.6),
    Pair("meeting", MINOR, "wants to meet a minor", 0.5),
    Pair("money_offer", MINOR, "money for a minor", 0.5),
    Pair("gift_offer", MINOR, "gifts for a minor", 0.3),
    Pair("secrecy", MINOR, "silence asked of a minor", 0.8),
    Pair("flattery", MINOR, "special praise for a minor", 0.4),
    Pair("relationship_claim", MINOR, "a bond with a minor", 0.7),
    Pair("sexualised_question", MINOR, "asks a minor about kissing and the like", 0.8),
    Pair("quoted_speech", ANY, "all of it among talk that quotes or teaches", -0.3),
    Pair("disclosure", ANY, "all of it among talk about what happened, or about help", -0.3),
    Pair("caregiver_talk", ANY, "all of it among the talk of those who look after a child", -0.3),
    Pair("commerce", ANY, "all of it among buying, selling and service", -0.3),
    Pair("schooling", ANY, "all of it among lessons, trips or a club in the open", -0.3),
    Pair(ADULTS, ANY, "all of it between adults", -0.3),
    Pair(OLDER, ANY, "all of it from a minor to an adult", -0.3),
    Pair(PEERS, ANY, "all of it between minors of like age", -0.3),
)
_COUNTED = {*RISK, family_of(TOGETHER)}
_BY_FIRST = {first: tuple(pair for pair in PAIRS if pair.first == first) for first in {pair.first for pair in PAIRS}}
SUGGESTED: Mapping[str, float] = MappingProxyType({pair.label: pair.suggested for pair in PAIRS})


def evidence(found: Iterable[Evidence], rank: Mapping[str, float]) -> Iterator[Evidence]:
    """The pairs that hold, given all other evidence of a side.

    A family's strength is its values weighed by how telling each label is (1 log-odds or more counts in full), at most 1. A
    pair is as strong as the weaker of the two, and quotes both; one with `ANY` is as strong as the first, times the strengths
    of all risk families and of `TOGETHER`, and quotes the first.
    """
    strength: dict[str, float] = {}
    spans: dict[str, list[Span]] = {}
    for label, value, places in found:
        family = _AGES.get(label) or (family_of(label) if label.startswith(("cue:", "word:")) else "")
        if family:
            telling = 1.0 if label in _AGES else min(abs(rank.get(label, 0.0)), 1.0)
            telling *= _LEARNED if label.startswith("word:") else 1.0
            strength[family] = min(strength.get(family, 0.0) + value * telling, 1.0)
            spans.setdefault(family, []).extend(places)
    breadth = min(sum(value for family, value in strength.items() if family in _COUNTED), _MOST_FAMILIES)
    for pair in (pair for family in strength for pair in _BY_FIRST.get(family, ())):
        if pair.second == ANY:
            value, quoted = strength[pair.first] * breadth, {*spans[pair.first][:MOST_SPANS]}
        else:
            value = min(strength[pair.first], strength.get(pair.second, 0.0))
            quoted = {*spans[pair.first][: MOST_SPANS // 2], *spans[pair.second][: MOST_SPANS // 2]} if value > 0 else set()
        if value > 0:
            yield Evidence(pair.label, value, tuple(sorted(quoted)))
