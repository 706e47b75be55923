"""The line banks: a test hand that shares no line with the others, complete, and within what text may stand here."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from grooming_detect.families import RISK

FOLDER = Path(__file__).parents[1] / "eval" / "banks"
LANGUAGES = sorted({path.name.split(".")[0] for path in FOLDER.glob("*.toml")})
ALIKE = 0.6  # Jaccard similarity of runs of four letters from which two lines count as near-duplicates
FEWEST = {"en": {"train": 60, "test": 40}}
FEWEST_ELSEWHERE = 15
BANKS = sorted({tuple(path.name.split(".")[:2]) for path in FOLDER.glob("*.toml")})


def tables(language: str, hand: str) -> list[dict[str, Any]]:
    return [tomllib.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob(f"{language}.{hand}*.toml"))]


# A reserve may be of ordinary lines alone; every other bank, and a reserve with any cue, is to be whole.
WHOLE = [
    (language, hand)
    for language, hand in BANKS
    if hand != "reserve" or any("cues" in table for table in tables(language, hand))
]


def lines(language: str, hand: str) -> list[str]:
    found: list[str] = []
    for table in tables(language, hand):
        for families in (table.get("cues", {}), *table.get("lookalikes", {}).values()):
            found += [line for listed in families.values() for line in listed]
    return found


def runs(line: str) -> frozenset[str]:
    letters = re.sub(r"\W+", " ", line.casefold()).strip()
    return frozenset(letters[at : at + 4] for at in range(max(len(letters) - 3, 1)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_hands_share_no_near_duplicate(language: str) -> None:
    train = [(line, runs(line)) for hand in ("train", "validation", "reserve") for line in lines(language, hand)]
    test = [(line, runs(line)) for line in lines(language, "test")]
    holding: dict[str, list[int]] = {}
    for number, (_, parts) in enumerate(train):
        for part in parts:
            holding.setdefault(part, []).append(number)
    found = []
    for line, parts in test:
        shared: dict[int, int] = {}
        for number in (number for part in parts for number in holding.get(part, ())):
            shared[number] = shared.get(number, 0) + 1
        found += [
            (line, train[number][0])
            for number, count in shared.items()
            if count / (len(parts) + len(train[number][1]) - count) > ALIKE
        ]
    assert found == []


@pytest.mark.parametrize(("language", "hand"), WHOLE)
def test_bank_is_whole(language: str, hand: str) -> None:
    cues: dict[str, list[str]] = {}
    suites: dict[str, int] = {}
    for table in tables(language, hand):
        for family, listed in table.get("cues", {}).items():
            cues.setdefault(family, []).extend(listed)
        for suite, families in table.get("lookalikes", {}).items():
            suites[suite] = suites.get(suite, 0) + sum(map(len, families.values()))
    least = FEWEST.get(language, {}).get(hand, FEWEST_ELSEWHERE)
    assert set(cues) == set(RISK)
    assert {family: len(listed) for family, listed in cues.items() if len(listed) < least} == {}
    assert {suite: count for suite, count in suites.items() if count < least} == {}
    assert len(suites) >= 22
    assert sum(len(table.get("talk", {}).get("threads", ())) for table in tables(language, hand)) >= 12


@pytest.mark.parametrize(("language", "hand"), BANKS)
def test_cue_lines_are_short(language: str, hand: str) -> None:
    listed = [line for table in tables(language, hand) for lines in table.get("cues", {}).values() for line in lines]
    assert [line for line in listed if len(line.split()) > 15] == []
