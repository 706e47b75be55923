"""Packs: every example of every shipped pack holds, every `unless` is needed, every fault is told in these very words."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from support import DATA, PACK, quotes

from grooming_detect import PackError
from grooming_detect.families import FAMILIES, PROTECTIVE, RISK
from grooming_detect.finders.cues import CueFinder
from grooming_detect.finders.proof import failures, labels
from grooming_detect.packs import (
    FOLDER,
    UNREVIEWED,
    Pack,
    Rule,
    default_packs,
    load_pack,
    pack_hashes,
    rules_by_label,
    unreviewed,
)

if TYPE_CHECKING:
    from pathlib import Path

# A family of a reviewed pack has so many lines of either kind. Packs that nobody reviewed yet may have fewer.
FEWEST_FIRES = FEWEST_SILENT = 10

SHIPPED = [load_pack(path) for folder in (FOLDER, UNREVIEWED) for path in sorted(folder.glob("*.toml"))]
PACKS = [*SHIPPED, PACK]
FINDERS: dict[str, CueFinder] = {}


def finder(pack: Pack) -> CueFinder:
    """Made when first needed: a pack takes a second."""
    if pack.sha256 not in FINDERS:
        FINDERS[pack.sha256] = CueFinder.of([pack])
    return FINDERS[pack.sha256]


@pytest.mark.parametrize(
    ("pack", "rule"),
    [pytest.param(pack, rule, id=f"{pack.language}-{rule.family}.{rule.name}") for pack in PACKS for rule in pack.rules],
)
def test_rule_fires_is_silent_and_needs_each_unless(pack: Pack, rule: Rule) -> None:
    assert list(failures(pack, rule, finder(pack))) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"fires": ("nothing of the kind",)}, "does not fire on “nothing of the kind”"),
        ({"silent": PACK.rules[0].fires[:1]}, f"is not silent on “{PACK.rules[0].fires[0]}”"),
    ],
)
def test_proof_that_does_not_hold_is_told(change: dict[str, tuple[str, ...]], sentence: str) -> None:
    rule = replace(PACK.rules[0], **change)
    broken = replace(PACK, rules=(rule, *PACK.rules[1:]))
    assert sentence in list(failures(broken, rule, CueFinder.of([broken])))


def test_unless_that_no_line_needs_is_told() -> None:
    rule = next(rule for rule in PACK.rules if rule.unless)
    broken = replace(rule, silent=("see you",))
    pack = replace(PACK, rules=tuple(broken if one is rule else one for one in PACK.rules))
    assert any("unless" in sentence for sentence in failures(pack, broken, CueFinder.of([pack])))


@pytest.mark.parametrize(
    ("pack", "family"),
    [
        pytest.param(pack, family, id=f"{pack.language}-{family}")
        for pack in SHIPPED
        if pack.reviewed
        for family in dict.fromkeys(rule.family for rule in pack.rules)
    ],
)
def test_reviewed_family_is_well_proven(pack: Pack, family: str) -> None:
    rules = [rule for rule in pack.rules if rule.family == family]
    assert len({line for rule in rules for line in rule.fires}) >= FEWEST_FIRES
    assert len({line for rule in rules for line in rule.silent}) >= FEWEST_SILENT


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.language)
def test_rules_are_well_kept(pack: Pack) -> None:
    assert [label for label, count in Counter(rule.label for rule in pack.rules).items() if count > 1] == []
    for rule in pack.rules:
        assert rule.family in FAMILIES
        assert rule.why.endswith("."), rule.label
        assert (rule.weight <= 0) if rule.family in PROTECTIVE else (rule.weight >= 0), rule.label
        assert not set(rule.fires) & set(rule.silent), rule.label
        assert all(len(line.split()) <= 15 for line in rule.fires), f"{rule.label}: at most 15 words, see content.md"


@pytest.mark.parametrize("pack", SHIPPED, ids=lambda pack: pack.language)
def test_pack_is_named_after_its_language(pack: Pack) -> None:
    assert ((FOLDER if pack.reviewed else UNREVIEWED) / f"{pack.language}.toml").is_file()


def test_default_packs_are_the_reviewed_ones() -> None:
    assert list(default_packs()) == [pack for pack in SHIPPED if pack.reviewed]


@pytest.mark.parametrize("language", sorted(unreviewed()))
def test_unreviewed_pack_is_asked_for_by_its_language(language: str) -> None:
    pack = load_pack(language)
    assert (pack.language, pack.reviewed) == (language, False)
    assert {rule.family for rule in pack.rules} >= set(RISK)


def test_families_of_risk_and_protection_are_apart() -> None:
    assert not set(RISK) & set(PROTECTIVE)
    assert set(FAMILIES) == set(RISK) | set(PROTECTIVE)


def test_sha256_is_of_the_file() -> None:
    assert PACK.sha256 == hashlib.sha256((DATA / "small.toml").read_bytes()).hexdigest()


def test_repr_of_a_rule_holds_no_example() -> None:
    assert "lol" not in repr(PACK)


def test_of_a_label_in_several_packs_the_first_rule_stands() -> None:
    heavier = replace(PACK, rules=tuple(replace(rule, why="Other.") for rule in PACK.rules))
    assert rules_by_label([PACK, heavier]) == {rule.label: rule for rule in PACK.rules}


HEAD = '[pack]\nlanguage = "qq"\nversion = "1"\n'
RULE = """[secrecy.x]
why = "W."
weight = 1.0
phrases = ["a b"]
fires = ["a b"]
silent = ["c"]
"""
HINT = "see “Packs” in CONTRIBUTING.md"
KEYS = "keys are: fires, phrases, silences, silent, tokens, unless, weight, why"
LISTED = "write it as [“one”, “two”], nothing empty"
NUMBER = "a number of log-odds up to 8, for example 1.2"
SIGN = "protective families lower a score, others raise it"
EXAMPLE = 'for example language = "en", version = "2026.1"'


def swapped(old: str, new: str) -> str:
    assert old in RULE
    return HEAD + RULE.replace(old, new)


FAULTS = {
    "no-language": ('[pack]\nversion = "1"\n', f"p.toml [pack]: has no language ({EXAMPLE})"),
    "no-version": ('[pack]\nlanguage = "qq"\n', f"p.toml [pack]: has no version ({EXAMPLE})"),
    "version-a-number": ('[pack]\nlanguage = "qq"\nversion = 1\n', f"p.toml [pack]: has no version ({EXAMPLE})"),
    "no-head": (RULE, f"p.toml [pack]: has no language ({EXAMPLE})"),
    "head-no-table": ("pack = 1\n", f"p.toml [pack]: is not a table ({HINT})"),
    "sets-no-table": ("sets = 1\n" + HEAD, f"p.toml [sets]: is not a table ({HINT})"),
    "spelling-no-table": ("spelling = 1\n" + HEAD, f"p.toml [spelling]: is not a table ({HINT})"),
    "set-no-list": (HEAD + '[sets]\na = "b"\n', f"p.toml [sets] a: is not a list of text ({LISTED})"),
    "set-order": (
        HEAD + '[sets]\na = ["@b"]\nb = ["c"]\n',
        "p.toml [sets] a: uses “@b”, which does not stand above it (move it up)",
    ),
    "spelling-empty-word": (HEAD + '[spelling]\nyou = [" "]\n', f"p.toml [spelling] you: is not a list of text ({LISTED})"),
    "family": (HEAD + "[secrets.x]\n", f"p.toml [secrets]: is no cue family (use one of: {', '.join(FAMILIES)})"),
    "family-no-table": ("secrecy = 1\n" + HEAD, "p.toml [secrecy]: is not a table (write rules as [secrecy.name])"),
    "rule-no-table": (HEAD + "[secrecy]\nx = 1\n", "p.toml [secrecy.x]: is not a table (write the rule as [secrecy.x])"),
    "unknown-key": (swapped("why", "reason"), f"p.toml [secrecy.x]: has an unknown key “reason” ({KEYS})"),
    "no-why": (swapped('why = "W."\n', ""), "p.toml [secrecy.x]: has no why (say in one sentence what the cue means)"),
    "empty-why": (swapped('"W."', '""'), "p.toml [secrecy.x]: has no why (say in one sentence what the cue means)"),
    "no-phrases": (
        swapped('phrases = ["a b"]\n', ""),
        "p.toml [secrecy.x]: has neither phrases nor tokens (give at least one of them)",
    ),
    "no-fires": (
        swapped('fires = ["a b"]\n', ""),
        "p.toml [secrecy.x]: has no fires (give at least one line that proves the rule)",
    ),
    "no-silent": (
        swapped('silent = ["c"]\n', ""),
        "p.toml [secrecy.x]: has no silent (give at least one line that proves the rule)",
    ),
    "phrases-no-list": (
        swapped('phrases = ["a b"]', 'phrases = "a b"'),
        f"p.toml [secrecy.x] phrases: is not a list of text ({LISTED})",
    ),
    "empty-fires": (swapped('fires = ["a b"]', 'fires = [""]'), f"p.toml [secrecy.x] fires: is not a list of text ({LISTED})"),
    "no-weight": (swapped("weight = 1.0\n", ""), f"p.toml [secrecy.x]: has no usable weight ({NUMBER})"),
    "weight-a-text": (swapped("1.0", '"1"'), f"p.toml [secrecy.x]: has no usable weight ({NUMBER})"),
    "weight-true": (swapped("1.0", "true"), f"p.toml [secrecy.x]: has no usable weight ({NUMBER})"),
    "weight-nan": (swapped("1.0", "nan"), f"p.toml [secrecy.x]: has no usable weight ({NUMBER})"),
    "weight-inf": (swapped("1.0", "inf"), f"p.toml [secrecy.x]: has no usable weight ({NUMBER})"),
    "weight-heavy": (swapped("1.0", "8.1"), f"p.toml [secrecy.x]: has no usable weight ({NUMBER})"),
    "weight-negative": (swapped("1.0", "-1.0"), f"p.toml [secrecy.x]: has a weight of the wrong sign ({SIGN})"),
    "weight-positive": (
        swapped("secrecy.x", "refusal.x"),
        f"p.toml [refusal.x]: has a weight of the wrong sign ({SIGN})",
    ),
    "phrase": (
        swapped('["a b"]\nfires', '["a @b"]\nfires'),
        f"p.toml [secrecy.x] phrases “a @b”: there is no set “@b” ({HINT})",
    ),
    "unless": (swapped("silent", 'unless = ["(a"]\nsilent'), f"p.toml [secrecy.x] unless “(a”: “)” is missing ({HINT})"),
}


@pytest.mark.parametrize(("text", "wording"), FAULTS.values(), ids=FAULTS)
def test_fault_in_a_pack_is_told_in_these_words(text: str, wording: str, tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(PackError) as caught:
        load_pack(path)
    assert str(caught.value) == wording


def test_broken_toml_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text(HEAD + "why = \n", "utf-8")
    with pytest.raises(PackError, match=r"p\.toml: is not TOML: .*line 4.* \(mend the line that it names\)$"):
        load_pack(path)


def test_rule_that_comes_twice_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text(HEAD + RULE + RULE, "utf-8")
    with pytest.raises(PackError, match=r"is not TOML: .*line 10"):
        load_pack(path)


@pytest.mark.parametrize(
    ("raw", "wording"),
    [(b"\xff\xfe", "{}: is not UTF-8 (save it as UTF-8)"), (None, "{}: cannot be read (check the path and the permissions)")],
)
def test_unreadable_pack_is_told_in_these_words(raw: bytes | None, wording: str, tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    if raw is not None:
        path.write_bytes(raw)
    with pytest.raises(PackError) as caught:
        load_pack(path)
    assert str(caught.value) == wording.format(path)


@pytest.mark.parametrize(
    "line",
    ['tokens = "x"', "tokens = [1]", "tokens = [[1]]", 'tokens = [[{"NO_SUCH_KEY" = "x"}]]', 'silences = "no"'],
)
def test_rule_with_a_wrong_value_is_a_fault(line: str, tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text(HEAD + RULE + line + "\n", "utf-8")
    with pytest.raises(PackError):
        CueFinder.of([load_pack(path)])


@pytest.mark.parametrize("line", ["common = 5", 'reviewed = "no"'])
def test_head_with_a_wrong_value_is_a_fault(line: str, tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text(f"{HEAD}{line}\n{RULE}", "utf-8")
    with pytest.raises(PackError):
        load_pack(path)


def test_set_may_use_the_sets_above_it(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text(HEAD + '[sets]\na = ["b"]\nc = ["@a", "d"]\n' + RULE.replace('["a b"]\nfires', '["@c x"]\nfires'), "utf-8")
    assert labels(CueFinder.of([load_pack(path)]), "b x") == labels(CueFinder.of([load_pack(path)]), "d x") == {"cue:secrecy.x"}


def test_rule_of_token_patterns_fires_with_exact_spans(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    pattern = 'tokens = [[{LOWER = "code"}, {IS_DIGIT = true}]]'
    path.write_text(HEAD + RULE.replace('phrases = ["a b"]', pattern).replace('fires = ["a b"]', 'fires = ["code 5"]'), "utf-8")
    finder = CueFinder.of([load_pack(path)])
    assert quotes(finder, "my (CODE 77)!", "code word") == {"secrecy.x": ["CODE 77"]}


def test_packs_of_one_language_have_hashes_of_their_own() -> None:
    other = replace(PACK, sha256="0")
    assert pack_hashes([PACK, other]) == {"en-test": PACK.sha256, "en-test#2": "0"}
