"""The search over many phrases at once loses nothing: it finds what running every expression one by one finds."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import CUE_LINES, PACK, VOCABULARY, hostile

from grooming_detect.finders.alphabet import ASK, END, OTHER, Alphabet
from grooming_detect.finders.expressions import Phrase, expression, frequencies, spelled, vocabulary
from grooming_detect.finders.lexicon import Lexicon
from grooming_detect.finders.patterns import _OFTEN, Match, PatternSet, tabulated
from grooming_detect.finders.recogniser import Places, matches, program
from grooming_detect.packs import FOLDER, Pack, load_pack
from grooming_detect.phrases import parse_phrase

SHIPPED = load_pack(FOLDER / "en.toml")


def compiled(phrase: Phrase, alphabet: Alphabet) -> re.Pattern[str]:
    """The expression of a phrase by itself."""
    return re.compile(expression(phrase.items, lambda words: f"[{''.join(alphabet.characters(words))}]"))


def searched(*phrases: Phrase) -> tuple[Lexicon, PatternSet]:
    """A lexicon and a set of these phrases alone."""
    lexicon = Lexicon(vocabulary(phrases))
    return lexicon, PatternSet(tabulated(phrases, lexicon.alphabet))


class Both:
    """A pack's phrases, as a set and one by one."""

    def __init__(self, pack: Pack) -> None:
        make = spelled(pack)
        phrases = [make(n, phrase) for n, rule in enumerate(pack.rules) for phrase in rule.phrases]
        self.lexicon = Lexicon(vocabulary(phrases))
        self.table = tabulated(phrases, self.lexicon.alphabet)
        self.patterns = PatternSet(self.table)
        self.naive = [(phrase.rule, compiled(phrase, self.lexicon.alphabet)) for phrase in phrases]

    def one_by_one(self, symbols: str) -> set[Match]:
        return {Match(rule, *hit.span()) for rule, expression in self.naive for hit in expression.finditer(symbols)}


BOTH = Both(PACK)
SHIPPED_BOTH = Both(SHIPPED)
RECOGNISED = [
    (program(expression), naive)
    for expression, (_, naive) in [*zip(SHIPPED_BOTH.table.expressions, SHIPPED_BOTH.naive, strict=True)][::5]
]
shipped_words = st.sampled_from(
    sorted({word for rule in SHIPPED.rules for line in (*rule.fires, *rule.silent) for word in line.split()})
)


@given(st.lists(st.one_of(st.sampled_from(VOCABULARY), st.sampled_from(CUE_LINES)), max_size=25).map(" ".join))
def test_no_match_is_lost_in_talk_full_of_known_words(text: str) -> None:
    symbols = BOTH.lexicon.symbols(text)
    assert set(BOTH.patterns.matches(symbols)) == BOTH.one_by_one(symbols)


@given(st.lists(shipped_words, max_size=25).map(" ".join))
def test_no_match_of_the_shipped_pack_is_lost(text: str) -> None:
    symbols = SHIPPED_BOTH.lexicon.symbols(text)
    assert set(SHIPPED_BOTH.patterns.matches(symbols)) == SHIPPED_BOTH.one_by_one(symbols)


@given(hostile)
def test_no_match_is_lost_in_hostile_text(text: str) -> None:
    for reading in BOTH.lexicon.readings(text):
        assert set(BOTH.patterns.matches(reading.symbols)) == BOTH.one_by_one(reading.symbols)


@given(st.lists(shipped_words, max_size=25).map(" ".join))
def test_what_is_recognised_is_what_an_expression_finds(text: str) -> None:
    symbols = SHIPPED_BOTH.lexicon.symbols(text)
    places = Places(symbols, lambda number: frozenset(SHIPPED_BOTH.table.sets[number]))
    for steps, naive in RECOGNISED:
        assert matches(steps, places) == (naive.search(symbols) is not None)


@pytest.mark.parametrize("text", ["[a-z]", "abc", "«1»*", "«x»"])
def test_what_is_no_expression_of_a_phrase_is_no_program(text: str) -> None:
    with pytest.raises(ValueError, match="no expression of a phrase"):
        program(text)


def test_phrase_is_compiled_once_it_matches_or_was_looked_for_often() -> None:
    make = spelled(PACK)
    lexicon, patterns = searched(make(0, parse_phrase("send ~1 me pic", {})))
    without, with_it = (lexicon.symbols(text) for text in ("send me me me pic", "send me pic"))
    for _ in range(_OFTEN - 1):
        assert patterns.matches(without) == []
        assert patterns._expressions == [None]
    assert patterns.matches(without) == []
    assert patterns._expressions != [None]
    lexicon, patterns = searched(make(0, parse_phrase("send ~1 me pic", {})))
    assert len(patterns.matches(with_it)) == 1
    assert patterns._expressions != [None]


@pytest.mark.parametrize("rule", range(len(PACK.rules)))
def test_every_rule_is_found_by_the_set(rule: int) -> None:
    found = {match.rule for line in PACK.rules[rule].fires for match in BOTH.patterns.matches(BOTH.lexicon.symbols(line))}
    assert rule in found


def test_text_without_anchors_has_no_matches() -> None:
    assert BOTH.patterns.matches(OTHER * 50) == []


def found(phrase: str, text: str, sets: dict[str, tuple[str, ...]] | None = None) -> bool:
    one = Phrase(0, parse_phrase(phrase, sets or {}), frequencies({}))
    lexicon, patterns = searched(one)
    return bool(patterns.matches(lexicon.symbols(text)))


@pytest.mark.parametrize(
    ("phrase", "matching", "other"),
    [
        ("send it", ["send it", "please send it now", "SEND, it"], ["send", "it send", "send. it", "send the it"]),
        ("send (me) it", ["send it", "send me it"], ["send me me it", "send us it"]),
        ("[a cat / dogs] here", ["a cat here", "dogs here"], ["cat here", "here"]),
        (
            "send ~2 now",
            ["send now", "send it now", "send it right now"],
            ["send it off right now", "send. now", "send it? now"],
        ),
        ("send ~0 now", ["send now"], ["send it now"]),
        ("^ send it", ["send it", "ok. send it", "what? send it"], ["please send it"]),
        ("send it ?", ["send it?", "send it ?!"], ["send it", "send it.", "send it now?"]),
        ("send it .", ["send it.", "send it?", "send it!"], ["send it", "send it, ok."]),
        ("!dont send it", ["send it", "please send it"], ["dont send it", "Don’t send it"]),
        ("send !it|that now", ["send now"], ["send it now", "send that now"]),
        ("send !it", ["send", "send them"], ["send it"]),
        ("send*", ["sending", "send", "sender"], ["resend", "sen"]),
        ("have <money>", ["have $5", "have 5k"], ["have 5", "have five"]),
        ("im <age>", ["im 13", "im 14"], ["im 18", "im 7", "im 5pm"]),
        ("im <adult>", ["im 18", "im 45"], ["im 13"]),
        ("at <time>", ["at 5pm", "at 17:30"], ["at 5", "at $5"]),
        ("see <number>", ["see 13", "see $5", "see 5pm", "see 5000"], ["see five"]),
        ("@pet here", ["cat here", "guinea pig here"], ["pig here", "guinea here"]),
    ],
)
def test_phrase_matches_what_it_says(phrase: str, matching: list[str], other: list[str]) -> None:
    sets = {"pet": ("cat", "guinea pig")}
    assert [text for text in matching if not found(phrase, text, sets)] == []
    assert [text for text in other if found(phrase, text, sets)] == []


def test_spelling_of_the_pack_widens_phrases() -> None:
    symbols = BOTH.lexicon.symbols
    assert symbols("you") == symbols("u") == symbols("ya")


def test_gap_ends_at_the_sentence() -> None:
    one = Phrase(0, parse_phrase("send ~3 now", {}), frequencies({}))
    assert f"[^{END}{ASK}]" in compiled(one, searched(one)[0].alphabet).pattern


def test_match_spans_its_words() -> None:
    one = Phrase(7, parse_phrase("send it", {}), frequencies({}))
    lexicon, patterns = searched(one)
    assert patterns.matches(lexicon.symbols("ok send it now")) == [Match(7, 1, 3)]


def test_common_words_change_the_cost_but_no_match() -> None:
    items = parse_phrase("send me it", {})
    for rank in ({}, {"send": 0, "me": 1, "it": 2}, {"it": 0}):
        one = Phrase(0, items, frequencies(rank))
        lexicon, patterns = searched(one)
        assert len(patterns.matches(lexicon.symbols("send me it, send me it"))) == 2
