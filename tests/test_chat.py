"""Conversations: frozen values, sides in order, prefixes, no chat text in a `repr`."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from support import conversations

from grooming_detect import Conversation, Message, Participant, RecordError, Side

if TYPE_CHECKING:
    from collections.abc import Callable

TALK = Conversation(
    "c1",
    (Message("b", "hello"), Message("a", "hi"), Message("b", "how was school"), Message("c", "ok")),
    (Participant("a", 13.0, "NL", connected=True),),
)


def test_sides_stand_in_order_of_first_message() -> None:
    assert [side.sender for side in TALK.sides()] == ["b", "a", "c"]


def test_side_has_only_its_own_messages() -> None:
    assert [message.text for message in Side(TALK, "b").messages()] == ["hello", "how was school"]


def test_side_of_someone_silent_is_empty() -> None:
    assert Side(TALK, "nobody").messages() == ()


def test_conversation_without_messages_has_no_sides() -> None:
    assert Conversation("c1", ()).sides() == ()


@pytest.mark.parametrize(("n", "length"), [(0, 0), (1, 1), (4, 4), (99, 4)])
def test_first_keeps_all_but_later_messages(n: int, length: int) -> None:
    first = TALK.first(n)
    assert first.messages == TALK.messages[:length]
    assert (first.conversation_id, first.participants) == (TALK.conversation_id, TALK.participants)


def test_first_leaves_the_original_alone() -> None:
    TALK.first(1)
    assert len(TALK.messages) == 4


@given(conversations)
def test_every_message_belongs_to_exactly_one_side(conversation: Conversation) -> None:
    parts = [side.messages() for side in conversation.sides()]
    assert sum(map(len, parts)) == len(conversation.messages)
    assert all(parts)


@pytest.mark.parametrize(
    "value", [TALK, TALK.messages[0], TALK.participants[0], TALK.sides()[0]], ids=lambda v: type(v).__name__
)
def test_values_are_frozen_and_hashable(value: Conversation | Message | Participant | Side) -> None:
    for field in fields(value):
        with pytest.raises(FrozenInstanceError):
            setattr(value, field.name, None)
    assert not hasattr(value, "__dict__")
    assert hash(value) == hash(value)


def test_repr_holds_no_chat_text() -> None:
    said = Message("b", "marker-words", datetime(2026, 5, 1, tzinfo=UTC), "m1")
    talk = Conversation("c1", (said,))
    assert "marker-words" not in f"{said!r} {talk!r} {talk.sides()!r}"
    assert repr(said) == (
        "Message(sender='b', timestamp=datetime.datetime(2026, 5, 1, 0, 0, tzinfo=datetime.timezone.utc), message_id='m1')"
    )


@pytest.mark.parametrize(
    ("make", "wording"),
    [
        (lambda: Message("a", None), "no string"),
        (lambda: Message(7, "hi"), "no string"),
        (lambda: Message("a", "hi", "2026-05-01"), "no datetime"),
        (lambda: Participant("a", "14"), "no usable age"),
        (lambda: Participant("a", float("nan")), "no usable age"),
        (lambda: Participant("a", -5), "no usable age"),
    ],
)
def test_what_is_no_message_or_participant_is_one_clear_error(make: Callable[[], object], wording: str) -> None:
    with pytest.raises(RecordError, match=wording):
        make()
