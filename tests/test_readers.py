"""Readers: every fault of the input is one line with place, problem and hint, and the good records around it still come."""

from __future__ import annotations

import gzip
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import hostile

from grooming_detect import Conversation, GroomingDetectError, InputError, RecordError
from grooming_detect import readers as module
from grooming_detect.chat import NOBODY
from grooming_detect.readers import jsonl as jsonl_module
from grooming_detect.readers import open_input, read, read_stream, reader_for, readers

if TYPE_CHECKING:
    from pathlib import Path

LAYOUT = 'write one object with "conversation_id" and "messages": [{"sender", "text", "timestamp"?}]'


def record(name: str, *texts: str, **more: object) -> dict[str, Any]:
    return {"conversation_id": name, "messages": [{"sender": "a", "text": text} for text in texts or ("hi",)], **more}


def line(value: object) -> bytes:
    return json.dumps(value).encode() + b"\n"


BEFORE, AFTER = line(record("before")), line(record("after"))


def read_all(raw: bytes, place: str = "f.jsonl") -> tuple[list[str], list[str]]:
    """Ids of what was read, and the words of each fault."""
    items = list(read_stream(reader_for(place), io.BufferedReader(io.BytesIO(raw)), place))  # type: ignore[arg-type]
    good = [item.conversation_id for item in items if isinstance(item, Conversation)]
    return good, [str(item) for item in items if isinstance(item, RecordError)]


def one(message: object) -> dict[str, object]:
    return {"conversation_id": "x", "messages": [message]}


JSON_HINT = "write one whole JSON object a line"
SENDER = "has no sender (give the id of who wrote it; it is left out)"
TEXT = "has no text (give its text as a string; it is read as empty)"
TIME = "has no usable timestamp (write ISO 8601, such as 2026-05-01T18:30:00Z; it is left out)"
HALF = "holds bytes or half a character that is no text (encode it as UTF-8; it is read as a replacement character)"
AGE = "has no usable age (give it as a number of years, or leave it out)"
PEOPLE = 'f.jsonl:2: participants is no list (write [{"id", "age"?}]; they are left out)'
PERSON = "has no id (give the id that messages name as sender)"

# What stands on line 2, between two good records, and the words of its fault: nothing of the record can be used.
LOST = {
    "not-json": (b"hello there\n", f"f.jsonl:2: is not JSON at character 1 ({JSON_HINT})"),
    "two-objects": (b'{"a": 1} {"b": 2}\n', f"f.jsonl:2: is not JSON at character 10 ({JSON_HINT})"),
    "cut-off": (line(record("x"))[:-8] + b"\n", f"f.jsonl:2: is cut off ({JSON_HINT})"),
    "cut-in-text": (
        b'{"conversation_id": "x", "messages": [{"sender": "a", "text": "he\n',
        f"f.jsonl:2: is cut off ({JSON_HINT})",
    ),
    "nested": (b"[" * 200_000 + b"\n", f"f.jsonl:2: is not JSON ({JSON_HINT}, without deep nesting)"),
    "huge-number": (
        b'{"conversation_id": ' + b"9" * 5_000 + b"}\n",
        f"f.jsonl:2: is not JSON ({JSON_HINT}, without deep nesting)",
    ),
    "nul-bytes": (b'{"a\x00": 1}\n', f"f.jsonl:2: is not JSON at character 4 ({JSON_HINT})"),
    "latin-1": (b'{"conversation_id": "caf\xe9"}\n', "f.jsonl:2: is not UTF-8 at byte 25 (save the file as UTF-8)"),
    "list": (b"[1]\n", f"f.jsonl:2: is not an object ({LAYOUT})"),
    "text": (b'"hi"\n', f"f.jsonl:2: is not an object ({LAYOUT})"),
    "null": (b"null\n", f"f.jsonl:2: is not an object ({LAYOUT})"),
    "no-id": (line({"messages": [{"sender": "a", "text": "hi"}]}), f"f.jsonl:2: has no conversation_id ({LAYOUT})"),
    "empty-id": (line(record("")), f"f.jsonl:2: has no conversation_id ({LAYOUT})"),
    "id-true": (line({"conversation_id": True, "messages": [1]}), f"f.jsonl:2: has no conversation_id ({LAYOUT})"),
    "id-list": (line({"conversation_id": ["x"], "messages": [1]}), f"f.jsonl:2: has no conversation_id ({LAYOUT})"),
    "no-messages": (line({"conversation_id": "x"}), f"f.jsonl:2: has no messages ({LAYOUT})"),
    "empty-messages": (line({"conversation_id": "x", "messages": []}), f"f.jsonl:2: has no messages ({LAYOUT})"),
    "messages-text": (line({"conversation_id": "x", "messages": "hi"}), f"f.jsonl:2: messages is no list ({LAYOUT})"),
    "messages-object": (line({"conversation_id": "x", "messages": {"a": 1}}), f"f.jsonl:2: messages is no list ({LAYOUT})"),
    "twice": (line(record("before")), "f.jsonl: a conversation_id comes twice (give each conversation an id of its own)"),
}
# The same, where a part of the record is left out and the rest is read.
KEPT = {
    "message-no-object": (one("hi"), f"f.jsonl:2 messages[0]: {SENDER}"),
    "message-null": (one(None), f"f.jsonl:2 messages[0]: {SENDER}"),
    "no-sender": (one({"text": "hi"}), f"f.jsonl:2 messages[0]: {SENDER}"),
    "empty-sender": (one({"sender": "", "text": "hi"}), f"f.jsonl:2 messages[0]: {SENDER}"),
    "sender-list": (one({"sender": ["a"], "text": "hi"}), f"f.jsonl:2 messages[0]: {SENDER}"),
    "no-text": (one({"sender": "a"}), f"f.jsonl:2 messages[0]: {TEXT}"),
    "text-null": (one({"sender": "a", "text": None}), f"f.jsonl:2 messages[0]: {TEXT}"),
    "text-number": (one({"sender": "a", "text": 5}), f"f.jsonl:2 messages[0]: {TEXT}"),
    "text-list": (one({"sender": "a", "text": ["hi"]}), f"f.jsonl:2 messages[0]: {TEXT}"),
    "long-text": (
        one({"sender": "a", "text": "x" * 10_000_000}),
        "f.jsonl:2 messages[0]: has 10,000,000 characters (only the first 100,000 are read; split it)",
    ),
    "surrogate": (one({"sender": "a", "text": "hi \ud800"}), f"f.jsonl:2 messages[0]: {HALF}"),
    "time-word": (one({"sender": "a", "text": "hi", "timestamp": "yesterday"}), f"f.jsonl:2 messages[0]: {TIME}"),
    "time-number": (one({"sender": "a", "text": "hi", "timestamp": 1_700_000_000}), f"f.jsonl:2 messages[0]: {TIME}"),
    "time-impossible": (one({"sender": "a", "text": "hi", "timestamp": "2026-02-30"}), f"f.jsonl:2 messages[0]: {TIME}"),
    "time-list": (one({"sender": "a", "text": "hi", "timestamp": []}), f"f.jsonl:2 messages[0]: {TIME}"),
    "people-object": (record("x", participants={}), PEOPLE),
    "person-no-id": (record("x", participants=[{"age": 13}]), f"f.jsonl:2 participants[0]: {PERSON}"),
    "person-no-object": (record("x", participants=[5]), f"f.jsonl:2 participants[0]: {PERSON}"),
    "age-text": (record("x", participants=[{"id": "a", "age": "13"}]), f"f.jsonl:2 participants[0]: {AGE}"),
    "age-negative": (record("x", participants=[{"id": "a", "age": -1}]), f"f.jsonl:2 participants[0]: {AGE}"),
    "age-true": (record("x", participants=[{"id": "a", "age": True}]), f"f.jsonl:2 participants[0]: {AGE}"),
    "age-nan": (record("x", participants=[{"id": "a", "age": float("nan")}]), f"f.jsonl:2 participants[0]: {AGE}"),
    "age-huge": (record("x", participants=[{"id": "a", "age": 10**400}]), f"f.jsonl:2 participants[0]: {AGE}"),
}  # fmt: skip


@pytest.mark.parametrize(("raw", "wording"), LOST.values(), ids=LOST)
def test_bad_record_is_one_line_and_costs_no_other(raw: bytes, wording: str) -> None:
    assert read_all(BEFORE + raw + AFTER) == (["before", "after"], [wording])


@pytest.mark.parametrize(("value", "wording"), KEPT.values(), ids=KEPT)
def test_bad_part_is_one_line_and_the_rest_is_read(value: object, wording: str) -> None:
    assert read_all(BEFORE + line(value) + AFTER) == (["before", "x", "after"], [wording])


@pytest.mark.parametrize(("value", "wording"), KEPT.values(), ids=KEPT)
def test_gzipped_file_has_the_same_faults(value: object, wording: str) -> None:
    raw = gzip.compress(BEFORE + line(value) + AFTER)
    assert read_all(raw, "f.jsonl.gz") == (["before", "x", "after"], [wording.replace("f.jsonl", "f.jsonl.gz")])


def first(value: object) -> Conversation:
    return next(item for item in jsonl_module.read(io.BytesIO(line(value)), "f") if isinstance(item, Conversation))


def test_bad_message_keeps_its_place_so_that_indices_stand() -> None:
    good = {"sender": "a", "text": "hi"}
    talk = first({"conversation_id": "x", "messages": [good, {"text": "?"}, good]})
    assert [(message.sender, message.text) for message in talk.messages] == [("a", "hi"), (NOBODY, ""), ("a", "hi")]


def test_long_text_is_read_to_its_limit() -> None:
    assert len(first(one({"sender": "a", "text": "x" * 100_001})).messages[0].text) == 100_000


def test_text_at_the_limit_is_no_fault() -> None:
    assert read_all(line(record("x", "y" * 100_000))) == (["x"], [])


def test_lone_surrogate_becomes_a_replacement_character() -> None:
    talk = first({"conversation_id": "x\ud800", "messages": [{"sender": "a\udfff", "text": "hi \ud800 you"}]})
    assert (talk.conversation_id, talk.messages[0].sender, talk.messages[0].text) == ("x\ufffd", "a\ufffd", "hi \ufffd you")


def test_nul_inside_a_text_is_read() -> None:
    assert first(record("x", "a\x00b")).messages[0].text == "a\x00b"


def test_numbers_stand_for_ids() -> None:
    talk = first(
        {"conversation_id": 5, "messages": [{"sender": 7, "text": "hi", "id": 9}], "participants": [{"id": 7, "age": 13}]}
    )
    assert (talk.conversation_id, talk.messages[0].sender, talk.messages[0].message_id) == ("5", "7", "9")
    assert (talk.participants[0].id, talk.participants[0].age) == ("7", 13.0)


def test_unknown_keys_are_passed_over() -> None:
    assert read_all(line(record("x", label=1, participants=[{"id": "a", "shoe": 4}]))) == (["x"], [])


@pytest.mark.parametrize("raw", [b"", b"\n\n  \n", gzip.compress(b"", mtime=0)])
def test_file_without_conversations_is_a_fault(raw: bytes) -> None:
    assert read_all(raw) == ([], ["f.jsonl: holds no conversation (check that it is the file you meant)"])


def test_blank_lines_are_passed_over_and_counted() -> None:
    assert read_all(b"\n" + BEFORE + b" \r\n" + b"x\n")[1] == [f"f.jsonl:4: is cut off ({JSON_HINT})"]


def test_last_line_needs_no_end_and_windows_ends_are_fine() -> None:
    assert read_all(BEFORE.replace(b"\n", b"\r\n") + AFTER.rstrip()) == (["before", "after"], [])


def test_byte_order_mark_is_passed_over() -> None:
    assert read_all(b"\xef\xbb\xbf" + BEFORE) == (["before"], [])


def test_utf_16_is_named() -> None:
    with pytest.raises(InputError) as caught:
        read_all(BEFORE.decode().encode("utf-16"))
    assert str(caught.value) == "f.jsonl: is UTF-16 (save it as UTF-8)"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le"])
def test_other_encoding_without_a_mark_is_read_rightly_or_a_fault(encoding: str) -> None:
    good, faults = read_all((BEFORE + AFTER).decode().encode(encoding))
    assert set(good) <= {"before", "after"}
    assert good + faults
    assert len(good) == 2 or faults


def test_cut_archive_gives_what_it_holds_and_a_fault() -> None:
    raw = gzip.compress(b"".join(line(record(str(n), "hello" * n)) for n in range(500)))
    good, faults = read_all(raw[: len(raw) // 2], "f.jsonl.gz")
    assert good == [str(n) for n in range(len(good))]
    assert len(good) > 10
    assert faults == [f"f.jsonl.gz:{len(good) + 1}: the archive is damaged from here (pack or download it again)"]


def test_damaged_archive_is_a_fault() -> None:
    raw = bytearray(gzip.compress(b"".join(line(record(str(n))) for n in range(500))))
    raw[len(raw) // 2] ^= 0xFF
    _, faults = read_all(bytes(raw), "f.jsonl.gz")
    assert faults[-1].endswith("the archive is damaged from here (pack or download it again)")


def test_gzip_is_known_by_its_first_bytes_not_by_its_name() -> None:
    assert read_all(gzip.compress(BEFORE), "f.jsonl") == (["before"], [])


def test_line_that_is_too_long_costs_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl_module, "LONGEST_LINE", 200)
    good, faults = read_all(BEFORE + line(record("x", "y" * 1_000)) + AFTER)
    assert good == ["before", "after"]
    assert faults == ["f.jsonl:2: is longer than 512 MiB (split the conversation)"]


def test_hundred_thousand_messages_are_one_conversation() -> None:
    raw = line({"conversation_id": "x", "messages": [{"sender": "ab"[n % 2], "text": "ok"} for n in range(100_000)]})
    (talk,) = read_stream(reader_for("f.jsonl"), io.BytesIO(raw), "f.jsonl")
    assert isinstance(talk, Conversation)
    assert len(talk.messages) == 100_000


def test_ids_are_remembered_for_a_while_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_REMEMBERED_IDS", 2)
    assert read_all(b"".join(line(record(name)) for name in "abca"))[0] == ["a", "b", "c", "a"]
    assert read_all(b"".join(line(record(name)) for name in "abb"))[0] == ["a", "b"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | hostile,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["sender", "text", "timestamp", "id", "age"]), inner)
    ),
    max_leaves=8,
)


@given(json_values, json_values, json_values)
def test_any_record_is_read_or_a_fault(name: object, messages: object, people: object) -> None:
    raw = line({"conversation_id": name, "messages": messages, "participants": people})
    items = list(read_stream(reader_for("f.jsonl"), io.BytesIO(raw + AFTER), "f.jsonl"))
    assert isinstance(items[-1], Conversation)
    assert all("\n" not in str(item) for item in items if isinstance(item, RecordError))


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_a_fault(raw: bytes) -> None:
    for name in ("f.jsonl", "f.csv", "f.parquet"):
        try:
            read_all(raw, name)
        except GroomingDetectError as error:
            assert "\n" not in str(error)  # noqa: PT017  (either way is right)


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("-", ".jsonl"),
        ("a.jsonl", ".jsonl"),
        ("A.JSONL", ".jsonl"),
        ("a.jsonl.gz", ".jsonl"),
        ("a.csv.gz", ".csv"),
        ("a.parquet", ".parquet"),
    ],
)
def test_reader_goes_by_the_ending(name: str, suffix: str) -> None:
    assert reader_for(name) is readers()[suffix]


@pytest.mark.parametrize("name", ["a.txt", "jsonl", "a.jsonl.zip", "a.json"])
def test_unknown_ending_is_told_with_those_that_are_known(name: str) -> None:
    with pytest.raises(InputError) as caught:
        reader_for(name)
    endings = ".csv, .csv.gz, .jsonl, .jsonl.gz, .parquet"
    assert str(caught.value) == f"{name}: is of no known format (use a file that ends in {endings})"


def test_missing_file_is_told() -> None:
    with pytest.raises(InputError) as caught:
        list(read("missing.jsonl"))
    assert str(caught.value) == "missing.jsonl: is not there (check the name)"


def test_folder_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "d.jsonl"
    folder.mkdir()
    with pytest.raises(InputError) as caught:
        list(read(folder))
    assert str(caught.value) == f"{folder}: cannot be opened: Is a directory (check that it is a file you may read)"


def test_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(b"x\n" + BEFORE))
    monkeypatch.setattr("sys.stdin", stdin)
    assert open_input("-") is stdin.buffer
    fault, talk = read_stream(reader_for("-"), stdin.buffer, "-")
    assert str(fault) == f"standard input:1: is cut off ({JSON_HINT})"
    assert isinstance(talk, Conversation)
