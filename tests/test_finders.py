"""Ages, habits and pairs: each label on the smallest talk that shows it, and on one that only looks like it."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import conversations

from grooming_detect import Conversation, Finding, Message, Participant, Span
from grooming_detect.finders import ages, habits, pairs
from grooming_detect.ledger import MOST_SPANS, Evidence

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("own", "other", "labels"),
    [
        (40, 13, ["adult-to-minor"]),
        (18, 12, ["adult-to-minor"]),
        (18, 17, ["peers"]),
        (14, 13, ["peers"]),
        (40, 30, ["both-adults"]),
        (13, 40, ["minor-to-adult"]),
        (None, 13, ["minor-heard"]),
        (None, 40, []),
        (40, None, []),
        (None, None, []),
        (17, 9, []),
    ],
)
def test_known_ages_make_one_label(own: int | None, other: int | None, labels: list[str]) -> None:
    memory = ages.given_ages([Participant("a", own), Participant("b", other)])
    assert [found.label.removeprefix("habit:ages.") for found in ages.evidence(memory, "a")] == labels


def stated(memory: ages.AgeMemory, sender: str, text: str, name: str = "im") -> None:
    ages.see(memory, Message(sender, text), [Finding(f"cue:stated_age.{name}", (Span(0, 0, len(text)),))])


def test_stated_age_counts_and_is_quoted() -> None:
    memory = ages.given_ages([Participant("a", 40)])
    stated(memory, "b", "im 13")
    assert list(ages.evidence(memory, "a")) == [Evidence("habit:ages.adult-to-minor", 1.0, (Span(0, 0, 5),))]


def test_age_below_the_known_one_is_a_label_of_its_own() -> None:
    memory = ages.given_ages([Participant("a", 40), Participant("b", 13)])
    stated(memory, "a", "im 15")
    assert "habit:ages.claimed-younger" in {found.label for found in ages.evidence(memory, "a")}


def test_honest_age_is_no_claim() -> None:
    memory = ages.given_ages([Participant("a", 15), Participant("b", 14)])
    stated(memory, "a", "im 15")
    assert [found.label for found in ages.evidence(memory, "a")] == ["habit:ages.peers"]


@pytest.mark.parametrize(
    ("words", "kind", "age"),
    [
        ("im 13", "minor", 13.0),
        ("im thirteen", "minor", 13.0),
        ("1m 13 y3ars 0ld", "minor", 13.0),
        ("dlo sraey 31 mi", "minor", 13.0),
        ("not 18 yet", "minor", 17.0),
        ("born in 2009", "minor", 13.0),
        ("", "minor", 13.0),
        ("im 31", "adult", 31.0),
        ("52 mi", "adult", 52.0),
        ("im twenty", "adult", 20.0),
        ("im thirty five", "adult", 30.0),
        ("a grown man", "adult", None),
        ("in year 8", "school-year", 13.0),
        ("in year 2", "school-year", 13.0),
        ("seconda media", "school-year", 13.0),
    ],
)
def test_age_in_words(words: str, kind: str, age: float | None) -> None:
    assert ages.stated_age(words, kind) == age


@given(
    st.lists(st.tuples(st.sampled_from("abcde"), st.integers(8, 40), st.booleans()), max_size=12),
)
def test_youngest_other_is_found_whatever_comes_first(told: list[tuple[str, int, bool]]) -> None:
    memory = ages.given_ages([])
    given, stated_by = {}, {}
    for index, (name, age, known) in enumerate(told):
        if known:
            memory.give([Participant(name, age)])
            given.setdefault(name, age)
        else:
            ages.see(
                memory,
                Message(name, f"im {age}"),
                [Finding(f"cue:stated_age.{'minor' if age < ages.ADULT else 'adult'}", (Span(index, 0, 5),))],
            )
            stated_by.setdefault(name, age)
    known_ages = stated_by | given
    for name in "abcde":
        others = [age for other, age in known_ages.items() if other != name]
        assert next((age for age, other in memory.youngest if other != name), None) == min(others, default=None)
        assert memory.of(name) == known_ages.get(name)
        assert ages.AgeMemory(memory.given, memory.stated) == memory


def test_evidence_of_a_crowd_stays_short() -> None:
    memory = ages.given_ages([])
    for number in range(100):
        stated(memory, f"p{number}", "im 13")
    (found,) = ages.evidence(memory, "p7")
    assert len(found.spans) == MOST_SPANS


def test_of_a_sender_the_first_age_that_is_told_counts() -> None:
    memory = ages.given_ages([Participant("a", 14), Participant("a", 40)])
    memory.give([Participant("a", 50), Participant("b", 13)])
    assert memory.given == {"a": 14, "b": 13}


@pytest.mark.parametrize(("name", "age"), [("minor", 13.0), ("school-year", 13.0), ("adult", None)])
def test_who_says_an_age_that_cannot_be_read_is_still_a_minor(name: str, age: float | None) -> None:
    memory = ages.AgeMemory()
    stated(memory, "b", "tredici anni", name)
    assert {sender: known for sender, (known, _) in memory.stated.items()} == ({} if age is None else {"b": age})


def habits_of(*messages: Message, sender: str = "a", findings: dict[int, str] | None = None) -> dict[str, float]:
    memory = habits.HabitMemory()
    for index, message in enumerate(messages):
        label = (findings or {}).get(index)
        habits.see(memory, message, [Finding(f"cue:{label}.x", ())] if label else [])
    return {found.label.removeprefix("habit:"): found.value for found in habits.evidence(memory, sender)}


def said(sender: str, text: str = "ok", minutes: float | None = None) -> Message:
    return Message(sender, text, None if minutes is None else NOON + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("families", "value"),
    [(["secrecy"] * 3, 0), (["secrecy", "meeting"], 0), (["secrecy", "meeting", "dare"], 0.5), (sorted(habits.RISK)[:20], 2.5)],
)
def test_breadth_counts_families_beyond_the_second(families: list[str], value: float) -> None:
    found = habits_of(*[said("a")] * len(families), findings=dict(enumerate(families)))
    assert found.get("breadth", 0) == value


@pytest.mark.parametrize(("minutes", "value"), [(0, 1.0), (60, 0.5), (180, 0.25), (-5, 1.0)])
def test_pace_halves_after_an_hour(minutes: float, value: float) -> None:
    assert habits_of(said("b", minutes=0), said("a", minutes=minutes), findings={1: "meeting"})["pace"] == value


def test_pace_needs_times() -> None:
    assert "pace" not in habits_of(said("b"), said("a"), findings={1: "meeting"})


def test_persistence_is_asking_on_after_a_no_of_the_other() -> None:
    messages = [said("a"), said("b"), said("a"), said("a")]
    asked = {0: "meeting", 1: "refusal", 2: "meeting", 3: "meeting"}
    assert habits_of(*messages, findings=asked)["persistence"] == 1.5
    assert "persistence" not in habits_of(*messages, sender="b", findings=asked)
    assert "persistence" not in habits_of(said("a"), said("a"), findings={0: "refusal", 1: "meeting"})


def test_habits_of_a_plain_talk() -> None:
    found = habits_of(said("a", "hi?", 0), said("a", "you?", 1), said("b", "ok", 2), said("a", "ok", 600))
    assert found == pytest.approx(
        {
            "share-of-talk": (9 / 11 - 0.5) * 2,
            "questions": 2 / 3,
            "unanswered": 1.0,
            "night": 1 / 3,
            "sessions": 1.0,
            "length": math.log2(3),
        }
    )


def test_silent_sender_has_no_habits() -> None:
    assert habits_of(said("b")) == {}


@given(conversations)
def test_habits_are_finite_and_known(talk: Conversation) -> None:
    for sender in {message.sender for message in talk.messages}:
        found = {f"habit:{name}": value for name, value in habits_of(*talk.messages, sender=sender).items()}
        assert set(found) <= set(habits.HABITS)
        assert all(math.isfinite(value) and value > 0 for value in found.values())


def paired(*found: Evidence) -> dict[str, tuple[float, tuple[Span, ...]]]:
    rank = {"cue:secrecy.x": 2.0, "cue:photo_request.x": 0.5, "cue:threat_to_share.x": 1.0}
    return {pair.label: (pair.value, pair.spans) for pair in pairs.evidence(found, rank)}


SECRECY = Evidence("cue:secrecy.x", 1.0, (Span(3, 0, 4),))
PHOTO = Evidence("cue:photo_request.x", 1.0, (Span(1, 0, 4),))


def test_pair_is_as_strong_as_the_weaker_and_quotes_both() -> None:
    assert paired(SECRECY, PHOTO) == {"pair:secrecy+photo_request": (0.5, (Span(1, 0, 4), Span(3, 0, 4)))}


@pytest.mark.parametrize(
    "found",
    [
        (),
        (SECRECY,),
        (SECRECY, Evidence("heard:photo_request.x", 1.0, ())),  # the other's words make no pair
        (SECRECY, Evidence("cue:photo_request.unknown", 1.0, ())),
        (SECRECY, Evidence("cue:flattery.x", 1.0, ())),  # not a pair of the table
    ],
)
def test_one_half_is_no_pair(found: tuple[Evidence, ...]) -> None:
    assert paired(*found) == {}


@pytest.mark.parametrize("label", ["habit:ages.adult-to-minor", "habit:ages.minor-heard"])
def test_minor_on_the_other_side_makes_a_pair(label: str) -> None:
    assert paired(SECRECY, Evidence(label, 1.0, ())) == {"pair:secrecy+minor": (1.0, SECRECY.spans)}


@given(st.lists(st.floats(0, 2), min_size=1, max_size=20))
def test_pair_is_bounded_in_value_and_places(values: list[float]) -> None:
    many = [Evidence("cue:secrecy.x", value, tuple(Span(n, 0, 1) for n in range(30))) for value in values]
    found = paired(*many, PHOTO)
    assert all(0 < value <= 1 and len(spans) <= MOST_SPANS for value, spans in found.values())
