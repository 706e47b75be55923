"""The little language of packs: what each sign parses to, and the words of each fault."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grooming_detect.phrases import MOST_WAYS, Gap, Group, PhraseError, Start, Without, Words, parse_phrase, ways

SETS = {"photo": ("photo", "pic"), "people": ("mum", "best friend"), "long": ("blue app",)}


def words(*options: str) -> Words:
    return Words(frozenset(options))


@pytest.mark.parametrize(
    ("phrase", "items"),
    [
        ("word", (words("word"),)),
        ("send it", (words("send"), words("it"))),
        ("a|b", (words("a", "b"),)),
        ("@photo", (words("photo", "pic"),)),
        ("a|@photo", (words("a", "photo", "pic"),)),
        ("x ~0 y", (words("x"), Gap(0), words("y"))),
        ("x ~9 y", (words("x"), Gap(9), words("y"))),
        ("^ x", (Start(), words("x"))),
        ("x ?", (words("x"), words("?"))),
        ("x .", (words("x"), words("."))),
        ("stem*", (words("stem*"),)),
        ("<money>|<age>", (words("<money>", "<age>"),)),
        ("!a|b x", (Without(frozenset("ab")), words("x"))),
        ("x !@photo y", (words("x"), Without(frozenset({"photo", "pic"})), words("y"))),
        ("x (y)", (words("x"), Group(((words("y"),),), optional=True))),
        ("x(y)", (words("x"), Group(((words("y"),),), optional=True))),
        ("[a b / c]", (Group(((words("a"), words("b")), (words("c"),)), optional=False),)),
        ("x (a / b c)", (words("x"), Group(((words("a"),), (words("b"), words("c"))), optional=True))),
        ("[a (b)]", (Group(((words("a"), Group(((words("b"),),), optional=True)),), optional=False),)),
        ("@people", (Group(((words("best"), words("friend")), (words("mum"),)), optional=False),)),
        ("@long", (Group(((words("blue"), words("app")),), optional=False),)),
        ("  x   y  ", (words("x"), words("y"))),
    ],
)
def test_phrase_parses_to(phrase: str, items: tuple[object, ...]) -> None:
    assert parse_phrase(phrase, SETS) == items


@pytest.mark.parametrize(
    ("phrase", "problem"),
    [
        ("", "it needs at least one word that is not optional"),
        ("(a)", "it needs at least one word that is not optional"),
        ("~2", "it needs at least one word that is not optional"),
        ("^ !a", "it needs at least one word that is not optional"),
        ("[(a) / (b)]", "it needs at least one word that is not optional"),
        ("send @pics", "there is no set “@pics”"),
        ("send a|@", "there is no set “@”"),
        ("send (me", "“)” is missing"),
        ("[a / b", "“]” is missing"),
        ("x (a ]", "“]” closes nothing"),
        ("x )", "“)” closes nothing"),
        ("x ]", "“]” closes nothing"),
        ("a / b", "“/” belongs between brackets"),
        ("x ()", "a bracket with nothing in it"),
        ("x (a / )", "a bracket with nothing in it"),
        ("a| b", "“|” needs a word on either side"),
        ("x !", "“!” is no word; of the marks only “.” and “?” can be looked for"),
        ("|a", "“|” needs a word on either side"),
        ("a||b", "“|” needs a word on either side"),
        ("!@people x", "“!” takes single words only"),
    ],
)
def test_fault_in_a_phrase_is_named(phrase: str, problem: str) -> None:
    with pytest.raises(PhraseError) as caught:
        parse_phrase(phrase, SETS)
    assert str(caught.value) == problem


@pytest.mark.parametrize("phrase", ["x ~12 y", "x ~ y", "x ~a y", "x <mony>", "x <> y"])
def test_misspelt_sign_is_a_fault(phrase: str) -> None:
    with pytest.raises(PhraseError):
        parse_phrase(phrase, SETS)


def test_phrase_error_is_a_value_error() -> None:
    assert issubclass(PhraseError, ValueError)


@pytest.mark.parametrize(
    ("phrase", "needs"),
    [
        ("a b|c", [[{"a"}, {"b", "c"}]]),
        ("a (b) ~3 c", [[{"a"}, {"c"}]]),
        ("!x a", [[{"a"}]]),
        ("a [b c|d / e]", [[{"a"}, {"b"}, {"c", "d"}], [{"a"}, {"e"}]]),
        ("a [b / (c)]", [[{"a"}]]),
        ("a ?", [[{"a"}, {"?"}]]),
    ],
)
def test_required_words_are_those_no_match_is_without(phrase: str, needs: list[list[set[str]]]) -> None:
    assert [[set(link.words) for link in way] for way in ways(parse_phrase(phrase, SETS))] == needs


@pytest.mark.parametrize(
    ("phrase", "beside"),
    [("a b c", [True, True, True]), ("a (x) b", [True, False]), ("a ~2 b c", [True, False, True]), ("a [b c] d", [True] * 4)],
)
def test_links_know_whether_they_stand_beside_the_one_before(phrase: str, beside: list[bool]) -> None:
    assert [[link.beside for link in way] for way in ways(parse_phrase(phrase, SETS))] == [beside]


def test_ways_to_match_stay_few() -> None:
    assert len(ways(parse_phrase("[a / b / c] " * 20, {}))) <= MOST_WAYS


@given(st.text(alphabet="ab |/()[]~2!^?.@<>*", max_size=30))
def test_any_text_parses_or_is_a_phrase_error(phrase: str) -> None:
    with contextlib.suppress(PhraseError):
        assert all(ways(parse_phrase(phrase, {})))


@pytest.mark.parametrize("phrase", ["(" * 5_000 + "a" + ")" * 5_000, "[" * 5_000])
def test_deep_nesting_is_a_phrase_error(phrase: str) -> None:
    with pytest.raises(PhraseError):
        parse_phrase(phrase, {})
