"""The line banks: a test hand that shares no line with the others, complete, and within what text may stand here."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer

from grooming_detect.families import RISK

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDER = Path(__file__).parents[1] / "eval" / "banks"
LANGUAGES = sorted({path.name.split(".")[0] for path in FOLDER.glob("*.toml")})
ALIKE = 0.6  # Jaccard similarity of runs of four letters from which two lines count as near-duplicates
BLOCK = 200  # lines that are compared at once
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
    train = [line for hand in ("train", "validation", "reserve") for line in lines(language, hand)]
    assert near_duplicates(lines(language, "test"), train) == []


def near_duplicates(some: Sequence[str], others: Sequence[str]) -> list[tuple[str, str]]:
    """The pairs of lines of which more than `ALIKE` of the runs of letters are in both."""
    counter = CountVectorizer(analyzer=runs, binary=True, dtype=np.int32).fit([*some, *others])
    mine, theirs = counter.transform(some), counter.transform(others)
    sizes = np.asarray(theirs.sum(axis=1)).ravel()
    found = []
    for start in range(0, len(some), BLOCK):
        rows = mine[start : start + BLOCK]
        shared = (rows @ theirs.T).tocoo()
        either = np.asarray(rows.sum(axis=1)).ravel()[shared.row] + sizes[shared.col] - shared.data
        alike = np.flatnonzero(shared.data > ALIKE * either)
        found += [(some[start + shared.row[n]], others[shared.col[n]]) for n in alike]
    return found


def test_near_duplicates_are_found() -> None:
    lines = ["send me a picture of you", "nice weather today", "Send me the picture of you!"]
    assert near_duplicates(lines[:2], lines[2:]) == [(lines[0], lines[2])]


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
