"""What strange words may stand for: which disguise, how sure that is, when a message bears it out, and what stays itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import hostile

from grooming_detect.finders.apart import Joiner
from grooming_detect.finders.disguise import CHOICE, MARKS, Choice, Disguises, chosen, is_leet, is_mirrored

ASKED = {"secret": 30, "photo": 500, "now": 210, "won": 2, "meet": 93, "met": 12, "send": 330, "so": 358, "the": 270, "50": 1}
DISGUISES = Disguises(ASKED)
ENDS = ";?"


@pytest.mark.parametrize(
    ("word", "choice"),
    [
        ("seeecret", Choice("+", "secret")),
        ("secrett", Choice("+", "secret")),
        ("ѕесrеt", Choice("+", "secret")),
        ("s3cret", Choice("=", "secret")),
        ("ph0t0", Choice("=", "photo")),
        ("secert", Choice("~", "secret")),  # a swap
        ("secrret", Choice("~", "secret")),  # a letter twice
        ("scret", Choice("~", "secret")),  # a letter left out
        ("terces", Choice("(", "secret")),
        ("dnes", Choice("(", "send")),
        ("phot0os", None),
        ("secretary", None),
        ("secrets", Choice("+", "secret")),
        ("sends", None),  # an ending is no slip
        ("5pm", None),
        ("12-05", None),
        ("0x5ec2e7", None),
        ("x" * 50, None),
        ("weather", None),
    ],
)
def test_unknown_word_may_stand_for_a_known_one(word: str, choice: Choice | None) -> None:
    found = DISGUISES.strange(word, word)
    assert found[:1] == ([choice] if choice else [])


@pytest.mark.parametrize(
    ("word", "choices"),
    [
        ("won", [Choice("%", "now")]),  # much rarer than its mirror
        ("now", []),
        ("met", [Choice("`", "meet")]),
        ("50", [Choice("-", "so")]),
        ("15", []),  # an age
        ("photo", []),
        ("a", []),
    ],
)
def test_known_word_stands_for_another_only_if_that_is_far_likelier(word: str, choices: list[Choice]) -> None:
    assert DISGUISES.known(word) == choices


def test_likelier_slip_is_preferred() -> None:
    both = Disguises({"your": 312, "you": 440})
    assert both.strange("yuor", "yuor")[0].word == "your"
    assert both.strange("yoru", "yoru")[0].word == "your"


@pytest.mark.parametrize("chunk", ["secret!", "weather", "photo"])
def test_letters_of_ordinary_words_are_their_own(chunk: str) -> None:
    assert DISGUISES.meant(chunk) == chunk


def test_slip_keeps_its_letters() -> None:
    assert DISGUISES.meant("secert") == "secert"


@given(hostile)
def test_any_text_gives_choices_of_known_words(text: str) -> None:
    for chunk in text.split():
        choices = [*DISGUISES.known(chunk), *DISGUISES.strange(chunk, chunk), *DISGUISES.hidden(chunk)]
        assert all(mark in MARKS and word in ASKED for mark, word in choices)


@pytest.mark.parametrize(
    ("symbols", "counts"),
    [
        ("xxxx", ""),
        ("#axxxx", ""),  # one word in four is a name, perhaps
        ("#axxxx;", ""),
        ("#axx", "-"),
        ("#ax#bxxxxxxxx", "-"),  # two in ten
        ("#ax#bxxxxxxxxxx", ""),
        ("#ax#axxxxx", ""),  # the same name twice
        ("-ax-bx", ""),  # known words bear nothing out
        ("'axx", "`"),
        (")axx", "%"),
    ],
)
def test_others_of_a_kind_bear_it_out(symbols: str, counts: str) -> None:
    marks = chosen(symbols, ENDS)
    assert set("+=~(") <= marks
    assert {mark for mark in "-`%" if mark in marks} == set(counts)
    assert is_leet(marks) is (counts == "-")


def test_message_written_from_its_end() -> None:
    symbols = "(ax(bx"
    assert is_mirrored(symbols, chosen(symbols, ENDS), 6)
    assert not is_mirrored(symbols, chosen(symbols, ENDS), 7)
    assert not is_mirrored("xx", chosen("xx", ENDS), 2)


def test_choice_is_marks_with_their_characters_and_what_stands() -> None:
    assert [found.groups() for found in CHOICE.finditer("x=a'bcy")] == [("=a'b", "c")]


@pytest.mark.parametrize(
    ("pieces", "leet", "words"),
    [
        ([*"secret"], False, ["secret"]),
        ([*"sendphoto"], False, ["send", "photo"]),
        ([*"xsendy"], False, ["x", "send", "y"]),
        ([*"sendsophoto"], False, ["send", "so", "photo"]),
        ([*"so"], False, ["s", "o"]),  # too little to tell
        (["s3c", "r", "3t"], True, ["secret"]),
        (["s3c", "r", "3t"], False, ["s3c", "r", "3t"]),
        (["s", "3nd", "ph0t0"], True, ["s", "3nd", "ph0t0"]),  # two words that are whole stay two
        ([], False, []),
    ],
)
def test_letters_apart_are_put_together(pieces: list[str], leet: bool, words: list[str]) -> None:  # noqa: FBT001
    assert [part.word for part in Joiner(ASKED).joined(pieces, leet=leet)] == words


@given(st.lists(st.text(alphabet="sendow35", min_size=1, max_size=3), max_size=12), st.booleans())
def test_parts_follow_each_other(pieces: list[str], leet: bool) -> None:  # noqa: FBT001
    parts = Joiner(ASKED).joined(pieces, leet=leet)
    assert [end for _, end, _ in parts[:-1]] == [start for start, _, _ in parts[1:]]
    assert not pieces or (parts[0].start, parts[-1].end) == (0, len(pieces))
