"""Cutting and folding text: every piece keeps its place, disguises are undone one by one, ordinary text stands for itself."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import hostile

from grooming_detect.text import DENSE, chunks, core, disguises, fold, pieces, shortened, split_letters, squeeze, typos


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
        ("picuture", "picture", True),
        ("esecret", "secret", False),  # the first letter is taken as meant
        ("secrte", "secret", True),
        ("secrxt", "secret", False),
        ("secret", "secret", False),
    ],
)
def test_typos_are_swaps_and_one_letter_too_many(slip: str, meant: str, seen: bool) -> None:  # noqa: FBT001
    assert (meant in list(typos(slip))) is seen


@given(st.text(alphabet="abcde", min_size=1, max_size=10))
def test_typos_keep_the_first_letter_and_almost_the_length(word: str) -> None:
    for candidate in typos(word):
        assert candidate[:1] == word[:1]
        assert len(candidate) in {len(word), len(word) - 1}
        assert candidate != word


@given(st.text(alphabet="abcde", min_size=1, max_size=10))
def test_shortened_words_lack_one_letter(word: str) -> None:
    assert list(shortened(word)) == [word[:i] + word[i + 1 :] for i in range(1, len(word))]


@pytest.mark.parametrize(
    ("letters", "parts"),
    [
        ("sendapic", ["send", "a", "pic"]),
        ("pic", ["pic"]),
        ("sendx", None),
        ("picpic", ["pic", "pic"]),
        ("apicture", ["a", "picture"]),  # the fewest words win
        ("", []),
    ],
)
def test_letters_are_cut_into_the_fewest_words(letters: str, parts: list[str] | None) -> None:
    known = {"send", "a", "pic", "picture", "ture"}
    assert split_letters(letters, known.__contains__, 7) == parts


@given(st.text(alphabet="ab", max_size=12))
def test_cut_letters_join_to_what_they_were(letters: str) -> None:
    known = {"a", "ab", "bab", "bb"}
    parts = split_letters(letters, known.__contains__, 3)
    assert parts is None or ("".join(parts) == letters and set(parts) <= known)
