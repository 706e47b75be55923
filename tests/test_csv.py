"""CSV: rows of a conversation together, faults by line, never a row lost to its neighbours."""

from __future__ import annotations

import gzip
import io
from typing import TYPE_CHECKING

import pytest

from grooming_detect import Conversation, InputError, RecordError
from grooming_detect.readers import csv, read_stream

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD = "conversation_id,sender,text,timestamp,id\n"
LAYOUT = 'write one object with "conversation_id" and "messages": [{"sender", "text", "timestamp"?}]'


def read_all(text: str | bytes) -> tuple[list[Conversation], list[str]]:
    raw = text.encode() if isinstance(text, str) else text
    items = list(read_stream(csv, io.BufferedReader(io.BytesIO(raw)), "f.csv"))  # type: ignore[arg-type]
    return [item for item in items if isinstance(item, Conversation)], [
        str(item) for item in items if isinstance(item, RecordError)
    ]


def texts(talks: list[Conversation]) -> dict[str, list[str]]:
    return {talk.conversation_id: [message.text for message in talk.messages] for talk in talks}


def test_rows_become_conversations() -> None:
    talks, faults = read_all(HEAD + "x,a,hi,2026-05-01T18:30:00Z,m1\nx,b,hello,,\ny,a,yes,,\n")
    assert texts(talks) == {"x": ["hi", "hello"], "y": ["yes"]}
    assert faults == []
    first, second = talks[0].messages
    assert (str(first.timestamp), first.message_id, second.timestamp) == ("2026-05-01 18:30:00+00:00", "m1", None)


def test_columns_may_stand_in_any_order_among_others() -> None:
    assert texts(read_all("text,shoe,sender,conversation_id\nhi,4,a,x\n")[0]) == {"x": ["hi"]}


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_quoted_text_may_hold_commas_quotes_and_line_ends(ends: str) -> None:
    talks, faults = read_all(f'{HEAD}x,a,"hi, ""you""\nthere",,\ny,a,ok,,\n'.replace("\n", ends))
    assert texts(talks) == {"x": [f'hi, "you"{ends}there'], "y": ["ok"]}
    assert faults == []


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_plain_gzipped_and_marked_files_are_read(pack: object) -> None:
    assert callable(pack)
    assert texts(read_all(pack(b"\xef\xbb\xbf" + (HEAD + "x,a,hé,,\n").encode()))[0]) == {"x": ["hé"]}


@pytest.mark.parametrize(
    ("row", "wording"),
    [
        ("x,,hi,,", "f.csv:3 messages[0]: has no sender (give the id of who wrote it; it is left out)"),
        ("x,a", "f.csv:3 messages[0]: has no text (give its text as a string; it is read as empty)"),
        (
            "x,a,hi,noon,",
            "f.csv:3 messages[0]: has no usable timestamp (write ISO 8601, such as 2026-05-01T18:30:00Z; it is left out)",
        ),
        (",a,hi,,", f"f.csv:3: has no conversation_id ({LAYOUT})"),
        (
            "x,a," + "y" * 100_001 + ",,",
            "f.csv:3 messages[0]: has 100,001 characters (only the first 100,000 are read; split it)",
        ),
    ],
)
def test_bad_row_is_one_line_and_costs_no_other(row: str, wording: str) -> None:
    talks, faults = read_all(f"{HEAD}before,a,hi,,\n{row}\nafter,a,hi,,\n")
    assert faults == [wording]
    assert {"before": ["hi"], "after": ["hi"]}.items() <= texts(talks).items()


def test_bytes_that_are_no_utf8_are_a_fault_and_replaced() -> None:
    talks, faults = read_all(HEAD.encode() + b"x,a,caf\xe9,,\ny,a,ok,,\n")
    assert texts(talks) == {"x": ["caf\ufffd"], "y": ["ok"]}
    hint = "encode it as UTF-8; it is read as a replacement character"
    assert faults == [f"f.csv:2 messages[0]: holds bytes or half a character that is no text ({hint})"]


def test_nul_bytes_cost_no_other_row() -> None:
    talks, _ = read_all(HEAD + "before,a,hi,,\nx,a,h\x00i,,\nafter,a,hi,,\n")
    assert {"before", "after"} <= set(texts(talks))


@pytest.mark.parametrize("missing", ["conversation_id", "sender", "text"])
def test_missing_column_is_told(missing: str) -> None:
    with pytest.raises(InputError) as caught:
        read_all(HEAD.replace(missing, "other") + "x,a,hi,,\n")
    assert (
        str(caught.value)
        == f"f.csv: has no column “{missing}” (the first row names the columns: conversation_id, sender, text)"
    )


def test_ages_of_senders_are_read() -> None:
    talks, faults = read_all("conversation_id,sender,text,age\nx,a,hi,40\nx,b,yo,\nx,a,so,40\ny,b,hi,old\n")
    assert [[(person.id, person.age) for person in talk.participants] for talk in talks] == [[("a", 40.0)], [("b", None)]]
    assert len(faults) == 1
    assert "has no usable age" in faults[0]


def test_quote_that_is_never_closed_is_a_fault_that_tells_what_it_swallowed() -> None:
    talks, faults = read_all('conversation_id,sender,text\nx,a,hi\nx,b,"5"" wide\ny,a,yo\n')
    assert [[message.text for message in talk.messages] for talk in talks] == [["hi"]]
    assert [fault.partition(" (")[0] for fault in faults] == ["f.csv:3: is no CSV row, with 1 more up to line 4"]


def test_column_that_is_there_twice_is_told() -> None:
    with pytest.raises(InputError, match=r"has the column “text” twice"):
        read_all("conversation_id,sender,text,text\nx,a,hi,\n")


def test_utf_16_is_told() -> None:
    with pytest.raises(InputError, match="is UTF-16"):
        read_all((HEAD + "x,a,hi,,\n").encode("utf-16"))


@pytest.mark.parametrize("text", ["", HEAD])
def test_file_without_rows_is_a_fault(text: str) -> None:
    assert read_all(text) == ([], ["f.csv: holds no conversation (check that it is the file you meant)"])


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_rows_in_order_of_time_are_put_together_by_conversation(pack: Callable[[bytes], bytes]) -> None:
    talks, faults = read_all(pack((HEAD + "x,a,one,,\ny,a,two,,\nx,b,three,,\n,a,four,,\ny,a,five,,\n").encode()))
    assert texts(talks) == {"x": ["one", "three"], "y": ["two", "five"]}
    assert faults == [f"f.csv:5: has no conversation_id ({LAYOUT})"]


def test_rows_of_a_stream_that_cannot_go_back_are_put_together() -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: int) -> int:
            raise io.UnsupportedOperation

    talks = list(csv.read(Pipe((HEAD + "x,a,one,,\ny,a,two,,\nx,a,three,,\n").encode()), "f.csv"))
    assert [len(talk.messages) for talk in talks if isinstance(talk, Conversation)] == [2, 1]


def test_cut_archive_gives_what_it_holds_and_a_fault() -> None:
    raw = gzip.compress((HEAD + "".join(f"c{n},a,hello {n * n},,\n" for n in range(5_000))).encode())
    talks, faults = read_all(raw[: len(raw) // 2])
    assert len(talks) > 100
    assert texts(talks[:2]) == {"c0": ["hello 0"], "c1": ["hello 1"]}
    assert len(faults) == 1
    assert faults[0].endswith(": the archive is damaged from here (pack or download it again)")


def test_archive_damaged_in_its_head_is_told() -> None:
    with pytest.raises(InputError, match=r"^f\.csv: is not CSV"):
        read_all(b"\x1f\x8b" + b"\x00" * 50)
