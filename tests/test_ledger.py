"""The ledger: a family saturates, evidence is bounded, each side's words count for it alone and are heard by the others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grooming_detect import Finding, Span
from grooming_detect.ledger import MOST_SPANS, Ledger

RANK = {"cue:secrecy.strong": 2.0, "cue:secrecy.weak": 0.5, "cue:meeting.x": 1.0}


def ledger(*entries: tuple[str, str]) -> Ledger:
    """A ledger of one finding a message: who, and which label."""
    book = Ledger()
    for index, (sender, label) in enumerate(entries):
        book.sides.setdefault(sender, {})
        book.add(sender, [Finding(label, (Span(index, 0, 4),))])
    return book


def values(book: Ledger, sender: str) -> dict[str, float]:
    return {evidence.label: evidence.value for evidence in book.own(sender, RANK)}


@pytest.mark.parametrize(("times", "value"), [(1, 1.0), (2, 1.5), (3, 1.75), (10, 2 - 2**-9)])
def test_each_further_finding_counts_half(times: int, value: float) -> None:
    assert values(ledger(*[("a", "cue:secrecy.strong")] * times), "a") == {"cue:secrecy.strong": value}


def test_labels_of_a_family_share_its_room_heaviest_first() -> None:
    book = ledger(("a", "cue:secrecy.weak"), ("a", "cue:secrecy.strong"), ("a", "cue:meeting.x"))
    assert values(book, "a") == {"cue:secrecy.strong": 1.0, "cue:secrecy.weak": 0.5, "cue:meeting.x": 1.0}


@given(st.lists(st.sampled_from(sorted(RANK)), max_size=60))
def test_family_never_counts_more_than_two(labels: list[str]) -> None:
    found = values(ledger(("a", "cue:meeting.x"), *(("a", label) for label in labels)), "a")
    for family in ("secrecy", "meeting"):
        assert 0 <= sum(value for label, value in found.items() if family in label) <= 2
    assert all(value >= 0 for value in found.values())


@given(st.lists(st.sampled_from(sorted(RANK)), min_size=1, max_size=30), st.randoms())
def test_order_of_findings_does_not_change_values(labels: list[str], random: object) -> None:
    mixed = list(labels)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert values(ledger(*(("a", label) for label in mixed)), "a") == values(ledger(*(("a", label) for label in labels)), "a")


def test_sides_count_apart() -> None:
    book = ledger(("a", "cue:meeting.x"), ("b", "cue:secrecy.weak"))
    assert values(book, "a") == {"cue:meeting.x": 1.0}
    assert values(book, "b") == {"cue:secrecy.weak": 1.0}


def test_evidence_keeps_the_first_places_only() -> None:
    book = ledger(*[("a", "cue:meeting.x")] * (MOST_SPANS + 5))
    (evidence,) = book.own("a", RANK)
    assert [span.message for span in evidence.spans] == list(range(MOST_SPANS))


def test_finding_of_many_pieces_is_cut_to_the_room() -> None:
    book = Ledger({"a": {}})
    book.add("a", [Finding("cue:meeting.x", tuple(Span(n, 0, 1) for n in range(MOST_SPANS * 2)))])
    assert len(next(book.own("a", RANK)).spans) == MOST_SPANS


def test_label_without_a_rank_comes_last_in_its_family() -> None:
    book = ledger(("a", "cue:secrecy.unknown"), ("a", "cue:secrecy.weak"))
    assert values(book, "a") == {"cue:secrecy.weak": 1.0, "cue:secrecy.unknown": 0.5}


def test_words_of_the_others_are_heard() -> None:
    book = ledger(("a", "cue:meeting.x"), ("b", "cue:secrecy.weak"), ("c", "cue:secrecy.weak"))
    heard = {evidence.label: (evidence.value, [span.message for span in evidence.spans]) for evidence in book.heard("a", RANK)}
    assert heard == {"heard:secrecy.weak": (1.5, [1, 2])}


def test_own_words_are_not_heard() -> None:
    book = ledger(("a", "cue:meeting.x"), ("b", "cue:meeting.x"))
    (heard,) = book.heard("a", RANK)
    assert (heard.value, [span.message for span in heard.spans]) == (1.0, [1])


def test_sender_alone_hears_nothing() -> None:
    assert list(ledger(("a", "cue:meeting.x")).heard("a", RANK)) == []


def test_what_is_heard_has_places_even_when_the_own_words_came_first() -> None:
    book = ledger(*[("a", "cue:meeting.x")] * (MOST_SPANS + 1), ("b", "cue:meeting.x"))
    (heard,) = book.heard("a", RANK)
    assert [span.message for span in heard.spans] == [MOST_SPANS + 1]
