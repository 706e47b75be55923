"""The cue families: fixed names that data, packs, models, reports and evaluation all use."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

RISK: Mapping[str, str] = MappingProxyType(
    {
        "photo_request": "asks for a picture of the other",
        "camera_request": "asks to turn on or stay on camera",
        "money_offer": "offers or sends money",
        "gift_offer": "offers gifts, game currency, gift cards or tips",
        "travel_offer": "offers or pays travel, lodging or a pick-up",
        "meeting": "proposes to meet in person",
        "secrecy": "asks to keep it from others",
        "trace_deletion": "asks to delete or hide the chat",
        "isolation": "turns the other from parents or friends",
        "platform_switch": "moves to a private, encrypted or vanishing channel",
        "age_probe": "asks the age",
        "supervision_check": "asks who is near, or who reads the phone",
        "flattery": "gives special praise",
        "relationship_claim": "claims a special bond, or declares love",
        "sexualised_question": "asks about kissing, dating or clothes",
        "dare": "sets a dare or a task for the camera",
        "threat_to_share": "threatens to spread a picture or a secret",
        "payment_demand": "demands money, cards or more pictures",
        "urgency": "sets a countdown, a deadline or pressure of time",
        "authority": "uses a role: coach, teacher, talent scout, moderator",
        "age_deception": "claims or revises an age or identity, or dodges proof",
        "personal_probe": "asks for school, street, routine or whose phone it is",
        "compliance_test": "uses guilt, small tests or reverse psychology",
        "age_gap_talk": "names, minimises or normalises the age difference",
        "access_request": "asks a third person for access to a child",
    }
)
PROTECTIVE: Mapping[str, str] = MappingProxyType(
    {
        "quoted_speech": "quotes, teaches or reports what somebody might say",
        "disclosure": "tells what happened, or asks for help",
        "refusal": "says no, or shows discomfort",
        "caregiver_talk": "looks after a child of the own family or in care",
        "commerce": "buys, sells or serves customers",
        "schooling": "runs a lesson, a trip, a team or a club in the open",
        "stated_age": "says how old the writer is, or which school year",
        "adult_life": "speaks of work, rent, own children and other adult matters",
    }
)
FAMILIES: Mapping[str, str] = MappingProxyType({**RISK, **PROTECTIVE})

# What it says of a sender that the *others* say such things, in log-odds before any training.
HEARD: Mapping[str, float] = MappingProxyType(
    {
        "threat_to_share": -2.0,
        "payment_demand": -1.0,
        "photo_request": -0.4,
        "camera_request": -0.4,
        "secrecy": -0.4,
        "supervision_check": -0.4,
        "refusal": 0.4,
        "disclosure": -1.0,
        "quoted_speech": -0.6,
        "schooling": -0.2,
        "adult_life": -0.2,
        "caregiver_talk": -0.2,
    }
)

# Which families make up a pattern, so that a queue can send an extortion in progress ahead of a slow approach.
PATTERNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "sextortion": ("threat_to_share", "payment_demand"),
        "livestream coercion": ("camera_request", "dare"),
        "image request": ("photo_request",),
        "paid travel or meeting": ("travel_offer", "meeting"),
        "money and gifts": ("money_offer", "gift_offer"),
        "secrecy and isolation": ("secrecy", "trace_deletion", "isolation", "platform_switch", "supervision_check"),
        "false peer": ("age_deception",),
        "authority": ("authority",),
        "access to a child": ("access_request",),
    }
)


def family_of(label: str) -> str:
    """The family that a label belongs to, or an empty string.

    >>> family_of("cue:secrecy.our-secret"), family_of("word:secrecy"), family_of("habit:pace")
    ('secrecy', 'secrecy', '')
    """
    kind, _, name = label.partition(":")
    return name.partition(".")[0] if kind in {"cue", "word", "heard"} else ""
