"""Chat text never reaches an error, a `repr` or a log: a marker is put into messages, and everything is provoked."""

from __future__ import annotations

import csv
import io
import json
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from support import DATA, PACK

from grooming_detect import Conversation, Detector, GroomingDetectError, Message, errors
from grooming_detect.cli import main
from grooming_detect.detector import Case
from grooming_detect.finders.cues import CueFinder, CueMemory
from grooming_detect.readers import read
from grooming_detect.render.exhibit import exhibit
from grooming_detect.render.jsonl import as_line

if TYPE_CHECKING:
    from pathlib import Path

MARKER = "zebrafish"
TEXT = f"dont tell your mum about the {MARKER}"
GOOD: dict[str, Any] = {"conversation_id": "x", "messages": [{"sender": "a", "text": TEXT}]}
LINE = json.dumps(GOOD)


def message(**changes: object) -> str:
    return json.dumps({"conversation_id": "x", "messages": [{"sender": "a", "text": TEXT, **changes}]})


BAD_LINES = [
    TEXT,
    LINE[:-3],
    LINE[:-20],
    LINE + LINE,
    LINE.replace('"sender"', "sender"),
    LINE.replace("dont", "dont\\x"),
    LINE.replace("dont", "dont\t"),
    json.dumps(TEXT),
    json.dumps([TEXT]),
    json.dumps({"conversation_id": "x", "messages": TEXT}),
    json.dumps({"conversation_id": "x", "messages": {TEXT: TEXT}}),
    json.dumps({"conversation_id": [TEXT], "messages": [TEXT]}),
    json.dumps({"conversation_id": "x", "messages": [TEXT]}),
    json.dumps({"conversation_id": "x", "messages": [{"sender": [TEXT], "text": TEXT}]}),
    message(text=[TEXT]),
    message(text={"body": TEXT}),
    message(text=TEXT + "\ud800"),
    message(text=TEXT * 10_000),
    message(timestamp=TEXT),
    message(timestamp=[TEXT]),
    json.dumps({**GOOD, "participants": TEXT}),
    json.dumps({**GOOD, "participants": [TEXT]}),
    json.dumps({**GOOD, "participants": [{"id": "a", "age": TEXT}]}),
]
RAW_LINES = [*(line.encode() for line in BAD_LINES), LINE.encode("latin-1").replace(b"dont", b"\xe9"), b"\x00" + LINE.encode()]


def everything_of(error: BaseException | None) -> str:
    """All that a log could show of an error: its words, arguments, causes."""
    shown = []
    while error is not None:
        shown.append(f"{error} {error!r} {vars(error)}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return " ".join(shown)


@pytest.mark.parametrize("raw", RAW_LINES, ids=range(len(RAW_LINES)))
def test_fault_of_a_record_holds_no_chat_text(raw: bytes, tmp_path: Path) -> None:
    path = tmp_path / "f.jsonl"
    path.write_bytes(raw + b"\n" + LINE.encode() + b"\n")
    faults = [item for item in read(path) if isinstance(item, GroomingDetectError)]
    assert faults
    assert not any(MARKER in everything_of(fault) for fault in faults)


@pytest.mark.parametrize(
    "rows",
    [[["x", "", TEXT]], [["", "a", TEXT]], [["x", "a", TEXT * 10_000]]],
    ids=["sender", "id", "long"],
)
def test_fault_of_a_csv_row_holds_no_chat_text(rows: list[list[str]], tmp_path: Path) -> None:
    sheet = io.StringIO()
    csv.writer(sheet).writerows([["conversation_id", "sender", "text"], *rows])
    (tmp_path / "f.csv").write_text(sheet.getvalue(), "utf-8")
    faults = [item for item in read(tmp_path / "f.csv") if isinstance(item, GroomingDetectError)]
    assert faults
    assert not any(MARKER in everything_of(fault) for fault in faults)


@pytest.mark.parametrize("name", ["f.csv", "f.parquet", "f.jsonl.gz", "f.csv.gz", "f.txt"])
def test_file_of_another_kind_shows_none_of_its_text(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(f"{TEXT}\n{TEXT}\n")
    try:
        shown = [everything_of(item) for item in read(tmp_path / name) if isinstance(item, GroomingDetectError)]
    except GroomingDetectError as error:
        shown = [everything_of(error)]
    assert shown
    assert MARKER not in " ".join(shown)


def test_no_value_shows_chat_text_in_its_repr(detector: Detector) -> None:
    talk = Conversation("x", (Message("a", TEXT), Message("a", f"{MARKER} dont tell"), Message("a", f"mum {MARKER}")))
    case, memory = Case("x"), CueMemory()
    found: list[object] = []
    for index, said in enumerate(talk.messages):
        detector.read(case, said)
        found.append(CueFinder.of([PACK]).see(memory, index, said))
    reports = detector.assess(talk)
    assert reports[0].explanation.contributions
    exhibits = [exhibit(talk, report) for report in reports]
    values = (
        talk,
        talk.sides(),
        talk.messages,
        reports,
        case,
        memory,
        found,
        exhibits,
        detector,
        detector.weights,
        as_line(reports[0]),
    )
    for value in values:
        assert MARKER not in f"{value!r} {value}"


def test_nothing_is_logged(detector: Detector, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    with caplog.at_level(logging.DEBUG):
        detector.assess(Conversation("x", (Message("a", TEXT),)))
    assert caplog.text == ""
    assert capfd.readouterr() == ("", "")


def test_command_line_shows_no_chat_text(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "f.jsonl"
    lines = [LINE.replace('"x"', f'"c{n}"').encode() for n in range(3)]
    path.write_bytes(b"\n".join([*RAW_LINES, *lines]) + b"\n")
    with caplog.at_level(logging.DEBUG):
        assert main(["assess", str(path), "--pack", str(DATA / "small.toml"), "--out", str(tmp_path / "out")]) == 1
    shown = capfd.readouterr()
    assert MARKER not in shown.out + shown.err + caplog.text + (tmp_path / "out").read_text("utf-8")
    assert "secrecy" in (tmp_path / "out").read_text("utf-8")


def test_example_lines_of_a_pack_are_not_in_its_repr() -> None:
    rule = replace(PACK.rules[0], fires=(MARKER,), silent=(MARKER,))
    assert MARKER not in repr(replace(PACK, rules=(rule,)))


ERRORS = [
    value
    for value in vars(errors).values()
    if isinstance(value, type) and issubclass(value, GroomingDetectError) and value is not GroomingDetectError
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_every_error_is_one_line_and_has_a_builtin_type(error: type[GroomingDetectError]) -> None:
    raised = error("place", "problem", "hint")
    assert str(raised) == "place: problem (hint)"
    assert (raised.place, raised.problem, raised.hint) == ("place", "problem", "hint")
    assert isinstance(raised, ValueError | OSError | ImportError)
