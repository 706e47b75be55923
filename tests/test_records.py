"""From records to conversations: every form of ISO 8601, and rows put together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grooming_detect import Conversation, RecordError
from grooming_detect.readers._records import conversation_of, grouped, parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Iterator

EVENING = "2026-05-01T18:30:00+00:00"


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-05-01T18:30:00Z", EVENING),
        ("2026-05-01T18:30:00z", EVENING),
        ("2026-05-01t18:30:00Z", EVENING),
        ("2026-05-01 18:30:00Z", EVENING),
        ("2026-05-01 18:30:00 +00:00", EVENING),
        (" 2026-05-01T18:30:00Z ", EVENING),
        ("2026-05-01T18:30:00", EVENING),
        ("2026-05-01T18:30", EVENING),
        ("2026-05-01T18:30Z", EVENING),
        ("2026-05-01T18", "2026-05-01T18:00:00+00:00"),
        ("2026-05-01T18Z", "2026-05-01T18:00:00+00:00"),
        ("20260501T183000Z", EVENING),
        ("20260501T1830", EVENING),
        ("2026-05-01T20:30:00+02:00", "2026-05-01T20:30:00+02:00"),
        ("2026-05-01T20:30:00+0200", "2026-05-01T20:30:00+02:00"),
        ("2026-05-01T20:30:00+02", "2026-05-01T20:30:00+02:00"),
        ("2026-05-01T20:30:00-05:30", "2026-05-01T20:30:00-05:30"),
        ("2026-05-01T20:30:00−05:30", "2026-05-01T20:30:00-05:30"),
        ("2026-05-01T18:30:00.5Z", "2026-05-01T18:30:00.500000+00:00"),
        ("2026-05-01T18:30:00,5Z", "2026-05-01T18:30:00.500000+00:00"),
        ("2026-05-01T18:30:00.123456789Z", "2026-05-01T18:30:00.123456+00:00"),
        ("2026-05-01", "2026-05-01T00:00:00+00:00"),
        ("20260501", "2026-05-01T00:00:00+00:00"),
        ("2026-05", "2026-05-01T00:00:00+00:00"),
        ("2026", "2026-01-01T00:00:00+00:00"),
        ("2026-W18-5", "2026-05-01T00:00:00+00:00"),
        ("2026W185", "2026-05-01T00:00:00+00:00"),
        ("2026-W18", "2026-04-27T00:00:00+00:00"),
        ("2026-W18-5T18:30", EVENING),
        ("2026-121", "2026-05-01T00:00:00+00:00"),
        ("2026121", "2026-05-01T00:00:00+00:00"),
        ("2026-121T18:30:00Z", EVENING),
        ("2026-05-01T24:00:00Z", "2026-05-02T00:00:00+00:00"),
        ("2026-12-31T24:00", "2027-01-01T00:00:00+00:00"),
        ("20260501T240000Z", "2026-05-02T00:00:00+00:00"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00+00:00"),
        ("20161231T235960Z", "2017-01-01T00:00:00+00:00"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00+00:00"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59+00:00"),
    ],
)
def test_timestamp_is_read_in_any_form(written: str, moment: str) -> None:
    assert parse_timestamp(written).isoformat() == moment


@pytest.mark.parametrize(
    "value",
    ["x", "", "2026-13-01", "2026-02-30", "2026-366", "2026-000", "2026-W54-1", "2026-05-01T25:00", "2026-05-01T18:61",
     "18:30", "01/05/2026", "1 May 2026", "1777660200", "2026-05-01T24:30:00Z", "2026-05-01T18:30:00+99:00", None, 5, 5.0, [],
     "2026-05-01T18:30:00Z and more", "9" * 50],
)  # fmt: skip
def test_anything_else_is_a_value_error(value: object) -> None:
    with pytest.raises((ValueError, OverflowError)):
        parse_timestamp(value)


def test_datetime_is_taken_and_gets_a_zone() -> None:
    east = timezone(timedelta(hours=2))
    assert parse_timestamp(datetime(2026, 5, 1, 18, 30)).isoformat() == EVENING  # noqa: DTZ001
    assert parse_timestamp(datetime(2026, 5, 1, tzinfo=east)).tzinfo is east


@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-5, minutes=-30))])))
def test_what_python_writes_comes_back(moment: datetime) -> None:
    assert parse_timestamp(moment.isoformat()) == moment
    assert parse_timestamp(str(moment)) == moment


@given(st.text(alphabet="0123456789-:TWZ+. ,", max_size=30))
def test_any_text_is_a_moment_with_a_zone_or_no_record_is_lost(text: str) -> None:
    items = list(
        conversation_of({"conversation_id": "x", "messages": [{"sender": "a", "text": "hi", "timestamp": text}]}, "f:1")
    )
    assert isinstance(items[-1], Conversation)
    moment = items[-1].messages[0].timestamp
    assert moment is None or moment.tzinfo is not None
    assert [str(item).partition(" (")[0] for item in items[:-1]] in ([], ["f:1 messages[0]: has no usable timestamp"])


@pytest.mark.parametrize("value", [None, "", "missing"])
def test_message_may_have_no_timestamp(value: str | None) -> None:
    message = {"sender": "a", "text": "hi"} | ({} if value == "missing" else {"timestamp": value})
    (talk,) = conversation_of({"conversation_id": "x", "messages": [message]}, "f:1")
    assert isinstance(talk, Conversation)
    assert talk.messages[0].timestamp is None


def test_faults_come_before_the_conversation_that_they_are_in() -> None:
    items = list(conversation_of({"conversation_id": "x", "messages": [{"text": "hi"}, {"sender": "a"}]}, "f:1"))
    assert [type(item) for item in items] == [RecordError, RecordError, Conversation]


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        ({"id": "a", "age": 13}, (13.0, None, None)),
        ({"id": "a", "age": 0}, (0.0, None, None)),
        ({"id": "a", "age": 13.5, "country": "NL", "connected": False}, (13.5, "NL", False)),
        ({"id": "a", "country": 5, "connected": "yes"}, (None, None, None)),
    ],
)
def test_what_is_known_of_a_participant(person: dict[str, object], expected: tuple[object, ...]) -> None:
    (talk,) = conversation_of(
        {"conversation_id": "x", "messages": [{"sender": "a", "text": "hi"}], "participants": [person]}, "f"
    )
    assert isinstance(talk, Conversation)
    (known,) = talk.participants
    assert (known.age, known.country, known.connected) == expected


@pytest.mark.parametrize("again", [True, False])
def test_rows_of_a_conversation_are_put_together(again: bool) -> None:  # noqa: FBT001
    fault = RecordError("f:3", "is no CSV row", "mend it")
    names = ["x", "x", None, "y", "x"]
    rows = [
        (f"f:{n}", fault if name is None else {"conversation_id": name, "sender": "a", "text": str(n)})
        for n, name in enumerate(names, start=1)
    ]
    items = list(grouped(lambda: iter(rows), again=again))
    talks = [(item.conversation_id, [m.text for m in item.messages]) for item in items if isinstance(item, Conversation)]
    assert talks == [("x", ["1", "2", "5"]), ("y", ["4"])]
    assert items[0] is fault


def test_no_rows_are_no_conversations() -> None:
    assert list(grouped(lambda: iter(()), again=True)) == []


def test_one_conversation_is_held_at_a_time_where_rows_stand_together() -> None:
    read = 0

    def rows() -> Iterator[tuple[str, dict[str, Any] | RecordError]]:
        nonlocal read
        for read in range(10):
            yield "f", {"conversation_id": str(read // 2), "sender": "a", "text": "hi"}

    next(grouped(rows, again=True))
    assert read == 2
