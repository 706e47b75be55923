"""The alphabet and the readings: a character for a class of words, places that slice the text, with and without memory."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from support import hostile

from grooming_detect.finders import lexicon as module
from grooming_detect.finders.alphabet import ASK, BACKWARD, END, LETTER, OTHER, Alphabet, lexicon_table, number_kinds
from grooming_detect.finders.lexicon import Lexicon

ITEMS = [
    frozenset({"send"}),
    frozenset({"me"}),
    frozenset({"a", "another"}),
    frozenset({"photo", "pic", "picture", "selfie"}),
    frozenset({"secret"}),
    frozenset({"add*"}),
    frozenset({"address"}),
    frozenset({"<money>", "<age>"}),
    frozenset({"<time>"}),
    frozenset({"?"}),
    frozenset({"🤫"}),
]
LEXICON = Lexicon(lexicon_table(ITEMS))
# The same words and characters, but rules ask for each of these so often that a slip or mirror of it is soon believed.
OFTEN = [frozenset({word, f"{word}#{n}"}) for word in ("send", "me", "pic") for n in range(40)]
FREQUENT = Lexicon(lexicon_table([*ITEMS, *OFTEN]))


def known(word: str) -> str:
    character = LEXICON.alphabet.character(word)
    assert character is not None
    return character


LITERAL = Lexicon(lexicon_table(ITEMS))
LITERAL.literal = True


@pytest.mark.parametrize(
    ("word", "kinds"),
    [
        ("14", ("<number>", "<age>")),
        ("8", ("<number>", "<age>")),
        ("17", ("<number>", "<age>")),
        ("7", ("<number>",)),
        ("18", ("<number>", "<adult>")),
        ("89", ("<number>", "<adult>")),
        ("90", ("<number>",)),
        ("2026", ("<number>",)),
        ("$50", ("<number>", "<money>")),
        ("50$", ("<number>", "<money>")),
        ("£1,000", ("<number>", "<money>")),
        ("20k", ("<number>", "<money>")),
        ("50usd", ("<number>", "<money>")),
        ("5pm", ("<number>", "<time>")),
        ("17:30", ("<number>", "<time>")),
        ("14yo", ("<number>", "<age>")),
        ("14f", ("<number>", "<age>")),
        ("word", ()),
        ("", ()),
        ("5th", ()),
        ("٣", ("<number>",)),
        ("9" * 5_000, ("<number>",)),
    ],
)
def test_kinds_of_number(word: str, kinds: tuple[str, ...]) -> None:
    assert number_kinds(word) == kinds


def test_words_of_one_item_share_a_character() -> None:
    assert known("photo") == known("pic") == known("selfie")
    assert known("photo") != known("send")


def test_word_of_two_items_has_a_character_of_its_own() -> None:
    alphabet = Alphabet(lexicon_table([frozenset({"x", "y"}), frozenset({"y", "z"})]))
    assert len({alphabet.character(word) for word in "xyz"}) == 3
    assert alphabet.characters(frozenset({"x", "y"})) == {alphabet.character("x"), alphabet.character("y")}


def test_stem_stands_for_every_word_that_begins_so() -> None:
    stem = LEXICON.alphabet.characters(frozenset({"add*"}))
    assert {known("add"), known("adding"), known("address")} <= stem
    assert LEXICON.alphabet.character("ad") is None


def test_known_word_under_a_stem_is_found_as_both() -> None:
    assert known("address") != known("adding")
    assert known("address") in LEXICON.alphabet.characters(frozenset({"address"}))


def test_unknown_word_has_no_character() -> None:
    assert LEXICON.alphabet.character("weather") is None


def test_question_mark_is_a_sentence_end_too() -> None:
    assert LEXICON.alphabet.characters(frozenset({"."})) == {END, ASK}
    assert LEXICON.alphabet.characters(frozenset({"?"})) == {ASK}


def test_signs_of_no_word_are_apart_from_those_of_words() -> None:
    assert not {OTHER, END, ASK, LETTER, BACKWARD} & set(LEXICON.alphabet.known.values())


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        ("", ""),
        ("weather", OTHER),
        ("weather!", OTHER + END),
        ("weather?!", OTHER + ASK),
        ("q", LETTER),
        ("👍 👎", ""),  # an emoji that no rule knows does not part two words
        ("weather, snow", OTHER * 2),
        ("so...well", OTHER * 2),
    ],
)
def test_text_without_known_words(text: str, symbols: str) -> None:
    assert LEXICON.symbols(text) == symbols


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("secret", "secret"),
        ("SECRET", "secret"),
        ("sécret", "secret"),
        ("seeecreeet", "secret"),
        ("secrettt", "secret"),
        ("s3cr3t", "secret"),
        ("$ecret", "secret"),
        ("s.e.c.r.e.t", "secret"),
        ("s-e-c-r-e-t", "secret"),
        ("s_e_c_r_e_t", "secret"),
        ("ѕесrеt", "secret"),
        ("𝓼𝓮𝓬𝓻𝓮𝓽", "secret"),
        ("ｓｅｃｒｅｔ", "secret"),
        ("ⓢⓔⓒⓡⓔⓣ", "secret"),
        ("🅢🅔🅒🅡🅔🅣", "secret"),
        ("se\u200bcret", "secret"),
        ("s\u0336e\u0336c\u0336r\u0336e\u0336t\u0336", "secret"),
        ("secert", "secret"),
        ("secrret", "secret"),
        ("secrt", "secret"),
        ("secret's", "secret"),
        ("se1fie", "selfie"),
        ("p1c", "pic"),
        ("piiic", "pic"),
        ("🤫", "🤫"),
    ],
)
def test_each_disguise_is_read_as_the_word(text: str, word: str) -> None:
    assert LEXICON.symbols(text) == known(word)


@pytest.mark.parametrize(
    "text",
    [
        "secretary",
        "sec",
        "ecret",
        "meet",
        "pi",
        "p",
        "p12c",
        "12:30",
        "0x5ec2e7",
        "sends",
        "topic",
        "epic",
        "photosynthesis",
        "seance",
        "sacred",
    ],
)
def test_other_words_are_not_taken_for_known_ones(text: str) -> None:
    assert not {known("secret"), known("pic"), known("send")} & set(LEXICON.symbols(text))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("s e c r e t", ["secret"]),
        ("s e n d m e a p i c", ["send", "me", "a", "pic"]),
        ("s. e. c. r. e. t.", ["secret"]),
        ("S E N D", ["send"]),
    ],
)
def test_letters_that_stand_apart_are_put_together(text: str, words: list[str]) -> None:
    expected = "".join(map(known, words))
    readings = [reading.symbols for reading in LEXICON.readings(text)]
    assert any(expected in symbols for symbols in readings)


@pytest.mark.parametrize("text", ["a b c d e f", "x y z", "q r", "plan a b c"])
def test_letters_that_make_no_word_stay_apart(text: str) -> None:
    assert all(known("secret") not in reading.symbols for reading in LEXICON.readings(text))


def test_text_written_backwards_is_read_from_its_end() -> None:
    text = "ok cip a em dnes"
    request = "".join(FREQUENT.alphabet.known[word] for word in ("send", "me", "a", "pic"))
    forward = [reading for reading in FREQUENT.readings(text) if request in reading.symbols]
    assert len(forward) == 1
    places = forward[0].places
    at = forward[0].symbols.index(request)
    assert [text[start:end] for start, end in places[at : at + 4]] == ["dnes", "em", "a", "cip"]


@given(hostile)
def test_every_place_slices_the_text(text: str) -> None:
    for reading in LEXICON.readings(text):
        assert len(reading.symbols) == len(reading.places)
        assert all(0 <= start < end <= len(text) for start, end in reading.places)


@given(hostile)
def test_first_reading_is_what_symbols_says(text: str) -> None:
    assert LEXICON.readings(text)[0].symbols == LEXICON.symbols(text).replace(BACKWARD, "")


@given(hostile)
def test_places_of_the_plain_reading_rise(text: str) -> None:
    places = LEXICON.readings(text)[0].places
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(places))


@given(hostile, hostile)
def test_read_literally_two_texts_follow_each_other(one: str, other: str) -> None:
    assert LITERAL.symbols(f"{one} {other}") == LITERAL.symbols(one) + LITERAL.symbols(other)


@pytest.mark.parametrize("text", ["s3cr3t", "s e c r e t", "secert", "terces", "seeecret", "ѕесrеt"])
def test_read_literally_a_disguise_is_no_word(text: str) -> None:
    assert known("secret") not in LITERAL.symbols(text)


@pytest.mark.parametrize(
    ("chunk", "letters"),
    [("s3cr3t!", "secret"), ("ѕесrеt", "secret"), ("weather", "weather"), ("wеаthеr", "weather"), ("", "")],
)
def test_letters_of_a_chunk_are_those_of_what_it_stands_for(chunk: str, letters: str) -> None:
    assert LEXICON.meant(chunk) == letters
    assert LITERAL.meant(chunk) == chunk


def test_memory_is_bounded_and_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_REMEMBERED", 4)
    small = Lexicon(lexicon_table(ITEMS))
    text = "send me a s3cr3t photo of the weather send"
    for _ in range(3):
        assert small.symbols(text) == LEXICON.symbols(text)
        assert len(small._symbols_of) <= 2


def test_long_chunks_and_runs_without_spaces_are_not_remembered() -> None:
    small = Lexicon(lexicon_table(ITEMS))
    for text in ("x" * 10_000, "ส่งรูปหน่อย", "send"):
        small.symbols(text)
        small.readings(text)
    assert set(small._symbols_of) == set(small._parts_of) == {"send"}


def test_lexicon_without_words_reads_everything_as_other() -> None:
    assert set(Lexicon(lexicon_table([])).symbols("send me a pic")) <= {OTHER, LETTER}


@pytest.mark.parametrize("text", ["secret terces", "terces secret", "dnes send", "otohp photo photo"])
def test_word_beside_its_own_mirror_is_read(text: str) -> None:
    readings = LEXICON.readings(text)
    assert sum(reading.symbols.count(known(word)) for reading in readings for word in ("secret", "send", "photo")) >= 1


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("ส่\u200bง\u200bรู\u200bปหน่อย", "ส่\u200bง\u200bรู\u200bป"),
        ("ส่.ง.รู.ปหน่อย", "ส่.ง.รู.ป"),
        ("ส่(ง)รู[ป]หน่อย", "ส่(ง)รู[ป"),
    ],
)
def test_signs_between_letters_of_a_script_without_spaces(text: str, quoted: str) -> None:
    lexicon = Lexicon(lexicon_table([frozenset({"ส่ง"}), frozenset({"รูป"})]))
    (reading,) = lexicon.readings(text)
    known = [lexicon.alphabet.exact(word) for word in ("ส่ง", "รูป")]
    assert list(reading.symbols[:2]) == known
    assert text[reading.places[0][0] : reading.places[1][1]].rstrip("]") == quoted


def test_marks_in_an_arabic_word_with_its_article() -> None:
    lexicon = Lexicon(lexicon_table([frozenset({"صوره"})]))
    for text in ("صورة", "ص.و.ر.ة", "ص(و)رة", "ال(ص)ورة"):
        assert lexicon.symbols(text) == lexicon.alphabet.exact("صوره"), text


def test_an_abbreviation_in_thai_stays_two_letters() -> None:
    lexicon = Lexicon(lexicon_table([frozenset({"พศ"})]))
    assert (lexicon.alphabet.exact("พศ") or "") not in lexicon.symbols("พ.ศ. 2560")
