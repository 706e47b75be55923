"""Cutting and folding text: every piece keeps its place, disguises are undone one by one, ordinary text stands for itself."""

from __future__ import annotations

import signal
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import hostile

from grooming_detect.text import (
    DENSE,
    chunks,
    core,
    disguises,
    fold,
    is_leet,
    latin,
    pieces,
    shortened,
    squeeze,
    stretched,
    stretches,
    swapped,
    tripled,
    unleet,
)


@pytest.mark.parametrize(
    ("word", "folded"),
    [
        ("SECRET", "secret"),
        ("don't", "dont"),
        ("Don’t", "dont"),
        ("don`t", "dont"),
        ("don´t", "dont"),
        ("donʼt", "dont"),
        ("don＇t", "dont"),
        ("café", "cafe"),
        ("cafe\u0301", "cafe"),
        ("STRASSE", "strasse"),
        ("straße", "strasse"),
        ("se\u200bcret", "secret"),
        ("se\u00adcret", "secret"),
        ("se\u2060cret", "secret"),
        ("s\u0336e\u0336c\u0336", "sec"),
        ("\ufeffhi", "hi"),
        ("\u202ehi\u202c", "hi"),
        ("𝓼𝓮𝓷𝓭", "send"),
        ("𝐒𝐄𝐍𝐃", "send"),
        ("𝚜𝚎𝚗𝚍", "send"),
        ("ｓｅｎｄ", "send"),
        ("ⓢⓔⓝⓓ", "send"),
        ("🅂🄴🄽🄳", "send"),
        ("🅢🅔🅝🅓", "send"),
        ("🆂🅴🅽🅳", "send"),
        ("🇸🇪🇳🇩", "send"),
        ("ﬁne", "fine"),
        ("ǅ", "dz"),
        ("İ", "i"),
        ("ı", "i"),
        ("سـري", "سري"),
        ("سِرّي", "سري"),
        ("أحمد", "احمد"),
        ("नमस्ते", "नमस्ते"),
        ("สวัสดี", "สวัสดี"),
        ("한국", "한국"),
        ("👍🏽", "👍"),
        ("", ""),
    ],
)
def test_fold_takes_off_what_only_decorates(word: str, folded: str) -> None:
    assert fold(word) == folded


@given(hostile)
def test_folding_ascii_letters_is_lower_case(text: str) -> None:
    letters = "".join(letter for letter in text if letter.isascii() and letter.isalpha())
    assert fold(letters) == letters.lower()


@given(hostile)
def test_chunks_are_what_split_gives(text: str) -> None:
    assert [chunk.word for chunk in chunks(text)] == text.split()


def test_chunks_are_what_split_gives_for_every_character() -> None:
    text = "".join(f"a{chr(code)}" for code in range(sys.maxunicode + 1))
    assert [chunk.word for chunk in chunks(text)] == text.split()


@given(hostile)
def test_chunks_slice_the_text(text: str) -> None:
    for word, start, end in chunks(text):
        assert text[start:end] == word
        assert word


@given(hostile)
def test_pieces_slice_their_chunk_in_order(text: str) -> None:
    for chunk in text.split():
        last = 0
        for word, start, end in pieces(chunk):
            assert last <= start < end <= len(chunk)
            run = chunk[start:end]
            assert word in {".", "?", run if DENSE.search(run) else fold(run)}
            last = end


@given(hostile)
def test_pieces_lose_no_letter(text: str) -> None:
    for chunk in text.split():
        covered = {place for piece in pieces(chunk) for place in range(piece.start, piece.end)}
        assert all(place in covered for place, letter in enumerate(chunk) if letter.isalnum())


@pytest.mark.parametrize(
    ("chunk", "words"),
    [
        ("भेजो।", ["भेजो", "."]),
        ("hello", ["hello"]),
        ("don't", ["dont"]),
        ("rock’n’roll", ["rocknroll"]),
        ("ok...sure", ["ok", "sure"]),
        ("ok…sure", ["ok", "sure"]),
        ("what?!", ["what", "?"]),
        ("what!!", ["what", "."]),
        ("end.", ["end", "."]),
        ("什么？", ["什么", "?"]),
        ("ماذا؟", ["ماذا", "?"]),
        ("snake_case", ["snake", "case"]),
        ("__", []),
        ("5pm", ["5pm"]),
        ("🤫", ["🤫"]),
        ("👍🏽", ["👍"]),
        ("hi\u200b!", ["hi", "."]),
    ],
)
def test_pieces_of_a_chunk(chunk: str, words: list[str]) -> None:
    assert [piece.word for piece in pieces(chunk)] == words


@pytest.mark.parametrize(
    ("disguised", "meant"),
    [
        ("s3cr3t", "secret"),
        ("$ecret", "secret"),
        ("s€cret", "secret"),
        ("p1c", "pic"),
        ("p!c", "pic"),
        ("se1fie", "selfie"),
        ("s3lf13", "selfie"),
        ("ph0t0", "photo"),
        ("5ecre7", "secret"),
        ("m@il", "mail"),
        ("p.i.c", "pic"),
        ("p-i-c", "pic"),
        ("p_i_c", "pic"),
        ("p*i*c", "pic"),
        ("se-cret", "secret"),
        ("s-3-cr3t", "secret"),
        ("ѕесrеt", "secret"),
        ("ρic", "pic"),
        ("рhоtо", "photo"),
        ("ѕеcrе7", "secret"),
        ("sécret", "secret"),
    ],
)
def test_disguise_is_seen_through(disguised: str, meant: str) -> None:
    assert meant in list(disguises(disguised))


@pytest.mark.parametrize(
    "word",
    [
        "5pm",
        "2nd",
        "100",
        "10k",
        "4x",
        "3d",
        "50kg",
        "12mins",
        "20ft",
        "1v1",
        "12-05",
        "12.50",
        "555-0199",
        "hello",
        "secret",
        "秘密",
        "секрет" * 7,
        "a" * 41,
        "สวัสดี",
        "سر",
    ],
)
def test_ordinary_word_stands_for_nothing_else(word: str) -> None:
    assert list(disguises(word)) == []


@given(st.text(alphabet="01!@$35.-_aсе|", max_size=60))
def test_readings_of_a_disguise_are_few(word: str) -> None:
    assert len(list(disguises(word))) <= 40


@given(hostile)
def test_disguises_never_fail(text: str) -> None:
    assert all(isinstance(reading, str) for chunk in text.split() for reading in disguises(chunk))


@pytest.mark.parametrize(
    ("chunk", "inner"),
    [
        ("(p-i-c)!", "p-i-c"),
        ("“secret”", "secret"),
        ("...", ""),
        ("$ecret!", "$ecret"),
        ("@home", "@home"),
        ("5$", "5$"),
        ("a", "a"),
    ],
)
def test_core_drops_only_outer_punctuation(chunk: str, inner: str) -> None:
    assert core(chunk) == inner


@pytest.mark.parametrize(
    ("word", "squeezed"), [("seeecreeett", "secret"), ("aa", "a"), ("", ""), ("abab", "abab"), ("👍👍", "👍")]
)
def test_squeeze_leaves_one_of_a_run(word: str, squeezed: str) -> None:
    assert squeeze(word) == squeezed


@given(hostile)
def test_squeezing_twice_changes_nothing(text: str) -> None:
    assert squeeze(squeeze(text)) == squeeze(text)


@pytest.mark.parametrize(
    ("slip", "meant", "seen"),
    [
        ("secert", "secret", True),
        ("esecret", "secret", False),  # the first letter is taken as meant
        ("escret", "secret", False),
        ("secrte", "secret", True),
        ("secret", "secret", False),
    ],
)
def test_swaps_are_of_neighbours(slip: str, meant: str, seen: bool) -> None:  # noqa: FBT001
    assert (meant in list(swapped(slip))) is seen


@given(st.text(alphabet="abcde", min_size=1, max_size=10))
def test_swapped_words_keep_the_first_letter_and_all_others(word: str) -> None:
    for candidate in swapped(word):
        assert candidate[0] == word[0]
        assert sorted(candidate) == sorted(word)
        assert candidate != word


@given(st.text(alphabet="abcde", min_size=1, max_size=10))
def test_shortened_words_lack_one_letter_within(word: str) -> None:
    assert list(shortened(word)) == [word[:i] + word[i + 1 :] for i in range(1, len(word) - 1)]


@pytest.mark.parametrize(
    ("word", "long", "triple"),
    [("seeecret", True, True), ("secrett", True, False), ("meet", False, False), ("hmmm", True, True), ("", False, False)],
)
def test_stretched_words(word: str, long: bool, triple: bool) -> None:  # noqa: FBT001
    assert stretched(word) is long
    assert tripled(word) is triple


@pytest.mark.parametrize(("word", "other", "is_it"), [("meeet", "meet", True), ("met", "meet", False), ("meet", "meet", True)])
def test_stretching_only_repeats(word: str, other: str, is_it: bool) -> None:  # noqa: FBT001
    assert stretches(word, other) is is_it


@pytest.mark.parametrize(("word", "meant"), [("p1c", ["pic", "plc"]), ("70", ["to"]), ("pic", []), ("5", ["s"])])
def test_digits_read_as_letters(word: str, meant: list[str]) -> None:
    assert list(unleet(word)) == meant
    assert is_leet(word) is bool(meant)


@pytest.mark.parametrize(("word", "meant"), [("ѕесrеt", "secret"), ("secret", "secret"), ("ρic", "pic")])
def test_lookalikes_are_read_as_latin(word: str, meant: str) -> None:
    assert latin(word) == meant


def test_flag_of_a_country_is_no_word() -> None:
    assert fold("🇺🇸") == "🇺🇸"
    assert [piece.word for piece in pieces("hi🇺🇸")] == ["hi", "🇺🇸"]
    assert [piece.word for piece in pieces("🇸🇪🇳🇩")] == ["send"]


@pytest.mark.parametrize(
    "chunk",
    [
        "a" + "." * 200_000 + "a",
        "ก" + "\u0e31" * 200_000,
        "ก" + "\u0e38\u0e48" * 100_000,
        "a" + "\u0315\u0300" * 100_000,
        "1" * 200_000,
    ],
    ids=["dots", "one mark", "two marks", "accents", "digits"],
)
def test_no_chunk_takes_time_that_grows_with_its_square(chunk: str) -> None:
    signal.alarm(60)  # it takes a second; what grows with the square takes many minutes
    try:
        assert fold(chunk)
        assert len(core(chunk)) <= len(chunk)
        assert list(pieces(chunk))
        assert list(unleet(chunk)) == []
    finally:
        signal.alarm(0)


def test_squared_letters_are_one_word() -> None:
    assert [piece.word for piece in pieces("🅢🅔🅝🅓!")] == ["send", "."]
    assert core("(🅢🅔🅝🅓)") == "🅢🅔🅝🅓"
