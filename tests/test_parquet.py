"""Parquet: a conversation a row or a message a row; damaged files and missing packages are told."""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from grooming_detect import Conversation, InputError, MissingExtraError, RecordError
from grooming_detect.readers import parquet, read, read_stream

if TYPE_CHECKING:
    from pathlib import Path

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


def raw(columns: dict[str, object], **options: object) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink, **options)
    return sink.getvalue()


def read_all(data: bytes) -> tuple[list[Conversation], list[str]]:
    items = list(read_stream(parquet, io.BytesIO(data), "f.parquet"))
    return [item for item in items if isinstance(item, Conversation)], [
        str(item) for item in items if isinstance(item, RecordError)
    ]


def test_conversation_a_row() -> None:
    messages = [[{"sender": "a", "text": "hi"}, {"sender": "b", "text": "yo"}], [{"sender": "a", "text": "ok"}]]
    talks, faults = read_all(raw({"conversation_id": ["x", "y"], "messages": messages}))
    assert [(talk.conversation_id, [m.text for m in talk.messages]) for talk in talks] == [("x", ["hi", "yo"]), ("y", ["ok"])]
    assert faults == []


def test_message_a_row_with_real_timestamps() -> None:
    moment = datetime(2026, 5, 1, 18, 30, tzinfo=UTC)
    columns = {
        "conversation_id": ["x", "x", "y"],
        "sender": list("aba"),
        "text": ["hi", "yo", "ok"],
        "timestamp": [moment, None, moment],
    }
    talks, faults = read_all(raw(columns))
    assert [(talk.conversation_id, [m.text for m in talk.messages]) for talk in talks] == [("x", ["hi", "yo"]), ("y", ["ok"])]
    assert talks[0].messages[0].timestamp == moment
    assert faults == []


def test_timestamps_without_a_zone_are_taken_as_utc() -> None:
    columns = {"conversation_id": ["x"], "sender": ["a"], "text": ["hi"], "timestamp": [datetime(2026, 5, 1, 18, 30)]}  # noqa: DTZ001
    assert read_all(raw(columns))[0][0].messages[0].timestamp == datetime(2026, 5, 1, 18, 30, tzinfo=UTC)


def test_bad_row_is_one_line_and_costs_no_other() -> None:
    messages = [[{"sender": "a", "text": "hi"}], [], [{"sender": "a", "text": None}], None, [{"sender": "a", "text": "ok"}]]
    talks, faults = read_all(raw({"conversation_id": list("vwxyz"), "messages": messages}))
    layout = 'write one object with "conversation_id" and "messages": [{"sender", "text", "timestamp"?}]'
    assert [talk.conversation_id for talk in talks] == ["v", "x", "z"]
    assert faults == [
        f"f.parquet row 2: has no messages ({layout})",
        "f.parquet row 3 messages[0]: has no text (give its text as a string; it is read as empty)",
        f"f.parquet row 4: has no messages ({layout})",
    ]


def test_values_that_cannot_be_read_cost_their_rows_alone() -> None:
    text = pa.array([b"hi", b"\xff\xfe", b"yo"], pa.binary()).cast(pa.binary())
    text = pa.Array.from_buffers(pa.string(), 3, text.buffers())
    moments = pa.array([0, 0, 2**55], pa.timestamp("ms", tz="UTC"))
    columns = {"conversation_id": ["x", "y", "z"], "sender": list("aaa"), "text": text}
    for more, good in (({}, ["x", "z"]), ({"timestamp": moments}, ["x"])):
        talks, faults = read_all(raw(columns | more))
        assert [talk.conversation_id for talk in talks] == good
        assert [fault.partition(": ")[2].partition(" (")[0] for fault in faults] == ["holds what cannot be read"] * (
            3 - len(good)
        )


def test_age_that_is_a_list_is_a_fault() -> None:
    talks, faults = read_all(raw({"conversation_id": ["x"], "sender": ["a"], "text": ["hi"], "age": [[13]]}))
    assert [talk.participants[0].age for talk in talks] == [None]
    assert len(faults) == 1


def test_conversation_id_that_is_a_list_is_a_fault() -> None:
    talks, faults = read_all(raw({"conversation_id": [["x"], ["x"]], "sender": list("ab"), "text": ["hi", "yo"]}))
    assert (talks, len(faults)) == ([], 1)


def test_many_rows_come_in_order_over_batches() -> None:
    count = parquet._ROWS_AT_ONCE * 2 + 3
    columns = {
        "conversation_id": [f"c{n // 3}" for n in range(count)],
        "sender": ["a"] * count,
        "text": [str(n) for n in range(count)],
    }
    talks, faults = read_all(raw(columns, row_group_size=100))
    assert [int(message.text) for talk in talks for message in talk.messages] == list(range(count))
    assert faults == []


@pytest.mark.parametrize("columns", [{"a": [1]}, {"conversation_id": ["x"]}, {"conversation_id": ["x"], "text": ["hi"]}])
def test_other_columns_are_told(columns: dict[str, object]) -> None:
    with pytest.raises(InputError) as caught:
        read_all(raw(columns))
    assert (
        str(caught.value) == "f.parquet: has other columns (conversation_id and messages, or conversation_id, sender and text)"
    )


@pytest.mark.parametrize("data", [b"", b"PAR1", b"hello there, this is no parquet", b"PAR1" + b"\x00" * 100 + b"PAR1"])
def test_file_that_is_no_parquet_is_told(data: bytes) -> None:
    with pytest.raises(InputError) as caught:
        read_all(data)
    assert str(caught.value) == "f.parquet: is no Parquet file (write it again)"


def test_file_without_rows_is_a_fault() -> None:
    empty = pa.array([], pa.string())
    found = read_all(raw({"conversation_id": empty, "sender": empty, "text": empty}))
    assert found == ([], ["f.parquet: holds no conversation (check that it is the file you meant)"])


def test_damaged_pages_are_a_fault_after_what_could_be_read() -> None:
    count = 2_000
    columns = {
        "conversation_id": [f"c{n}" for n in range(count)],
        "sender": ["a"] * count,
        "text": [f"text {n}" for n in range(count)],
    }
    whole = raw(columns, row_group_size=500, compression="gzip", use_dictionary=False)
    cut = bytearray(whole)
    cut[len(whole) // 2 : len(whole) // 2 + 200] = b"\x00" * 200
    talks, faults = read_all(bytes(cut))
    assert 0 < len(talks) < count
    assert faults[-1].endswith(": the file is damaged from here (write it again)")


def test_missing_package_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "f.parquet").write_bytes(b"PAR1")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError) as caught:
        list(read(tmp_path / "f.parquet"))
    assert str(caught.value) == "Parquet: needs the package pyarrow (pip install 'grooming_detect[parquet]')"
