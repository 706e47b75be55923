"""Families: the names are fixed, and every table that uses them uses names that are there."""

from __future__ import annotations

import pytest

from grooming_detect.families import FAMILIES, HEARD, PATTERNS, PROTECTIVE, RISK, family_of
from grooming_detect.finders.habits import DEMANDS
from grooming_detect.finders.pairs import ADULTS, ANY, MINOR, OLDER, PAIRS, PEERS


def test_there_are_the_families_of_the_design() -> None:
    assert len(RISK) == 25
    assert {"quoted_speech", "disclosure", "refusal", "caregiver_talk", "commerce", "schooling"} <= set(PROTECTIVE)
    assert not set(RISK) & set(PROTECTIVE)


def test_other_tables_name_families_that_are_there() -> None:
    assert {family for members in PATTERNS.values() for family in members} <= set(RISK)
    assert set(HEARD) <= set(FAMILIES)
    assert set(DEMANDS) <= set(RISK)
    assert {family for pair in PAIRS for family in (pair.first, pair.second)} <= {*FAMILIES, ADULTS, ANY, MINOR, OLDER, PEERS}


def test_no_pair_stands_twice() -> None:
    assert len({frozenset((pair.first, pair.second)) for pair in PAIRS}) == len(PAIRS)


@pytest.mark.parametrize("table", [RISK, PROTECTIVE, FAMILIES, PATTERNS, HEARD])
def test_tables_cannot_be_edited(table: object) -> None:
    with pytest.raises(TypeError):
        table["x"] = 1  # type: ignore[index]


@pytest.mark.parametrize(
    ("label", "family"),
    [
        ("cue:secrecy.our-secret", "secrecy"),
        ("heard:refusal.says-no", "refusal"),
        ("habit:pace", ""),
        ("pair:secrecy+meeting", ""),
        ("", ""),
    ],
)
def test_family_of_a_label(label: str, family: str) -> None:
    assert family_of(label) == family
