"""The command line: exit codes, outputs whole or not there, the same bytes for any number of jobs."""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import re
import subprocess
import sys
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from support import CUE_LINES, DATA, VOCABULARY, shipping

from grooming_detect import Weights, __version__
from grooming_detect.cli import command_names, main, parser

PACK = ["--pack", str(DATA / "small.toml")]
HIDE, PHOTO = "dont tell your mum", "send me a pic of you"


def record(name: str, *texts: str) -> dict[str, Any]:
    return {"conversation_id": name, "messages": [{"sender": "ab"[n % 2], "text": text} for n, text in enumerate(texts)]}


def written(path: Path, *records: object) -> str:
    lines = [value if isinstance(value, str) else json.dumps(value) for value in records]
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return str(path)


@pytest.fixture(autouse=True)
def without_shipped_packs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line is tested with the small pack alone; the packs that ship take seconds to load, each time."""
    shipping(monkeypatch)


@pytest.fixture
def model(tmp_path: Path) -> list[str]:
    """A model in which one cue is a review and two are high."""
    weights = {"cue:secrecy.hide-from-carers": 2.0, "cue:photo_request.send-photo": 2.0}
    Weights("test 1", -2.0, MappingProxyType(weights), 0.4, 0.8).write(tmp_path / "weights.json")
    return [*PACK, "--model", str(tmp_path)]


@pytest.fixture
def chats(tmp_path: Path) -> str:
    """Three conversations: b high, a review, both low."""
    return written(
        tmp_path / "chats.jsonl",
        record("quiet", "see you at practice", "ok"),
        record("review", HIDE, "ok"),
        record("high", "hello", f"{HIDE}. {PHOTO}"),
    )


def reports(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def ranked(path: Path) -> list[tuple[str, str, str]]:
    return [(report["conversation_id"], report["sender"], report["band"]) for report in reports(path)]


def test_good_input_is_exit_0_and_ranked_by_risk(chats: str, model: list[str], tmp_path: Path) -> None:
    assert main(["assess", chats, *model, "--out", str(tmp_path / "out")]) == 0
    assert ranked(tmp_path / "out")[:2] == [("high", "b", "high"), ("review", "a", "review")]
    scores = [report["score"] for report in reports(tmp_path / "out")]
    assert len(scores) == 6
    assert scores == sorted(scores, reverse=True)


def test_summary_tells_what_was_read(chats: str, model: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["assess", chats, *model]) == 0
    shown = capsys.readouterr()
    assert "3 conversations, 6 messages, 6 sides: 1 high, 1 review, 4 low" in " ".join(shown.out.split())
    assert "A person must decide." in " ".join(shown.out.split())
    assert shown.err == ""


@pytest.mark.parametrize(("band", "count"), [("high", 1), ("review", 2), ("low", 6)])
def test_band_leaves_lower_sides_out(chats: str, model: list[str], tmp_path: Path, band: str, count: int) -> None:
    assert main(["assess", chats, *model, "--band", band, "--out", str(tmp_path / "out")]) == 0
    assert len(reports(tmp_path / "out")) == count


@pytest.mark.parametrize("quotes", [True, False])
def test_words_are_in_the_output_only_when_asked_for(chats: str, model: list[str], tmp_path: Path, quotes: bool) -> None:  # noqa: FBT001
    main(["assess", chats, *model, "--out", str(tmp_path / "out"), *["--quotes"] * quotes])
    assert (HIDE in (tmp_path / "out").read_text("utf-8")) is quotes


def test_page_shows_flagged_sides_only(
    chats: str, model: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["assess", chats, *model, "--html", str(tmp_path / "out.html")]) == 0
    page = (tmp_path / "out.html").read_text("utf-8")
    assert page.count("<details") == 2
    assert page.index("<bdi>high</bdi>") < page.index("<bdi>review</bdi>")
    assert "quiet" not in page.partition("What could not be read")[0]
    assert f"written: {tmp_path / 'out.html'}" in capsys.readouterr().err


@pytest.mark.parametrize(("most", "count"), [("1", 1), ("9", 2)])
def test_page_holds_the_highest_sides_when_there_are_more(
    chats: str, model: list[str], tmp_path: Path, most: str, count: int
) -> None:
    main(["assess", chats, *model, "--html", str(tmp_path / "out.html"), "--most", most])
    page = (tmp_path / "out.html").read_text("utf-8")
    assert page.count("<details") == count
    assert "<bdi>high</bdi>" in page


@pytest.mark.parametrize("command", ["assess", "actors"])
def test_no_sides_at_all_are_no_number(chats: str, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, chats, "--most", "0"]) == 2
    assert capsys.readouterr().err == "grooming-detect: --most: is 0 (name a number from 1 on)\n"


def test_two_jobs_give_the_same_bytes_as_one(model: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # the processes load what ships
    chance = random.Random(7)  # noqa: S311  (no secret)
    talks = [record(f"c{n}", *chance.choices([*CUE_LINES, *VOCABULARY], k=chance.randrange(1, 120))) for n in range(120)]
    chats = written(tmp_path / "many.jsonl", *talks[:60], "not json", *talks[60:])
    for jobs in ("1", "2"):
        outputs = ["--out", str(tmp_path / f"out{jobs}"), "--html", str(tmp_path / f"html{jobs}")]
        assert main(["assess", chats, *model, "--quotes", "--jobs", jobs, *outputs]) == 1
    assert len(reports(tmp_path / "out1")) > 200
    for kind in ("out", "html"):
        assert (tmp_path / f"{kind}1").read_bytes() == (tmp_path / f"{kind}2").read_bytes()


def test_several_files_are_one_queue(chats: str, model: list[str], tmp_path: Path) -> None:
    (tmp_path / "more.csv.gz").write_bytes(gzip.compress(f"conversation_id,sender,text\nx,c,{HIDE}\nx,c,{PHOTO}\n".encode()))
    assert (
        main(["assess", chats, str(tmp_path / "more.csv.gz"), *model, "--band", "review", "--out", str(tmp_path / "out")]) == 0
    )
    assert sorted(ranked(tmp_path / "out")) == [("high", "b", "high"), ("review", "a", "review"), ("x", "c", "high")]


BAD = ["not json", json.dumps(record("x"))[:-5], "[]", "{}", json.dumps({"conversation_id": "x"}), "\x00", "[" * 99_999]


def test_bad_records_are_exit_1_and_the_good_ones_are_assessed(
    model: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chats = written(tmp_path / "chats.jsonl", record("before", HIDE), *BAD, record("after", HIDE))
    assert main(["assess", chats, *model, "--out", str(tmp_path / "out")]) == 1
    assert [name for name, _, _ in ranked(tmp_path / "out")] == ["before", "after"]
    lines = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("written:")]
    assert len(lines) == len(BAD)
    for number, line in enumerate(lines, start=2):
        assert re.fullmatch(rf"{re.escape(chats)}:{number}: .+ \(.+\)", line)


def test_page_lists_the_sides_that_could_not_be_read(model: list[str], tmp_path: Path) -> None:
    foreign = [record(name, "Καλημέρα, τι κάνεις σήμερα;", HIDE) for name in ("first", "second", "third")]
    chats = written(tmp_path / "chats.jsonl", record("known", HIDE), *foreign)
    assert main(["assess", chats, *model, "--html", str(tmp_path / "page.html"), "--most", "2"]) == 0
    text = (tmp_path / "page.html").read_text("utf-8")
    assert re.findall(r"<li><b><bdi>(.*?)</bdi></b> in <bdi>(.*?)</bdi> <small>0%", text) == [("a", "first"), ("a", "second")]
    assert "2 of 3 are listed" in text


def test_message_that_mirrors_itself_costs_nothing(model: list[str], tmp_path: Path) -> None:
    chats = written(tmp_path / "chats.jsonl", record("x", "photo otohp secret terces", HIDE))
    assert main(["assess", chats, *model]) == 0


UNUSABLE = {
    "none.jsonl": (None, 2, "is not there (check the name)"),
    "chats.txt": (b"x", 2, "is of no known format (use a file that ends in .csv, .csv.gz, .jsonl, .jsonl.gz, .parquet)"),
    "utf16.jsonl": (b"\xff\xfex\0", 2, "is UTF-16 (save it as UTF-8)"),
    "no.parquet": (b"x", 2, "is no Parquet file (write it again)"),
    "empty.jsonl": (b"", 1, "holds no conversation (check that it is the file you meant)"),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_unusable_file_is_told_and_the_others_are_assessed(
    chats: str, model: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    content, code, wording = UNUSABLE[name]
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    assert main(["assess", str(path), chats, *model, "--out", str(tmp_path / "out")]) == code
    assert f"{path}: {wording}" in capsys.readouterr().err.splitlines()
    assert len(reports(tmp_path / "out")) == 6


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["assess"],
        ["assess", "x.jsonl", "--band", "top"],
        ["assess", "x.jsonl", "--jobs", "many"],
        ["judge"],
        ["assess", "x", "--nope"],
    ],
)
def test_unusable_arguments_are_exit_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: grooming-detect" in capsys.readouterr().err


@pytest.mark.parametrize("jobs", ["0", "1.5", "1e9"])
def test_impossible_number_of_jobs_is_exit_2(chats: str, jobs: str) -> None:
    try:
        code: object = main(["assess", chats, "--jobs", jobs])
    except SystemExit as error:
        code = error.code
    assert code == 2


@pytest.mark.parametrize(
    ("arguments", "wording"),
    [
        (["--pack", "none.toml"], "grooming-detect: none.toml: cannot be read (check the path and the permissions)"),
        (["--model", "none"], "grooming-detect: none/weights.json: cannot be read (name the folder of a model, or train one)"),
        (["--out", "none/out"], "grooming-detect: none/out: cannot be written (name a file in a folder that is there)"),
        (["--html", "none/out"], "grooming-detect: none/out: cannot be written (name a file in a folder that is there)"),
        (["--html", "."], "grooming-detect: .: cannot be written (name a file in a folder that is there)"),
    ],
)
def test_what_cannot_be_used_is_exit_2_in_one_line(
    chats: str, capsys: pytest.CaptureFixture[str], arguments: list[str], wording: str
) -> None:
    assert main(["assess", chats, *arguments]) == 2
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", wording + "\n")


@pytest.mark.skipif(os.getuid() == 0, reason="root may write anywhere")
@pytest.mark.parametrize("output", ["--out", "--html"])
def test_folder_that_may_not_be_written_to_is_exit_2(chats: str, tmp_path: Path, output: str) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    assert main(["assess", chats, output, str(tmp_path / "closed" / "out")]) == 2
    assert list((tmp_path / "closed").iterdir()) == []


def test_output_that_is_no_plain_file_is_not_replaced(chats: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reading = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert main(["assess", chats, "--out", str(tmp_path / "pipe")]) in {0, 2}
    finally:
        os.close(reading)
    assert (tmp_path / "pipe").is_fifo()


def test_same_file_for_both_outputs_is_exit_2(chats: str, tmp_path: Path) -> None:
    assert main(["assess", chats, "--out", str(tmp_path / "o"), "--html", str(tmp_path / "o")]) == 2


def test_input_is_never_overwritten(chats: str) -> None:
    before = Path(chats).read_bytes()
    assert main(["assess", chats, "--out", chats]) == 2
    assert Path(chats).read_bytes() == before


def test_failure_in_the_middle_leaves_no_output(chats: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("grooming_detect.commands.assess._assess", stop)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert main(["assess", chats, "--out", str(tmp_path / "out"), "--html", str(tmp_path / "html")]) == 130
    assert sorted(path.name for path in tmp_path.iterdir()) == names


def test_standard_input_is_read(
    model: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = json.dumps(record("x", HIDE)) + "\nnot json\n"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw.encode())))
    assert main(["assess", "-", *model, "--out", str(tmp_path / "out")]) == 1
    assert ranked(tmp_path / "out") == [("x", "a", "review")]
    assert "standard input:2: is not JSON at character 1" in capsys.readouterr().err


def test_installed_command_works_from_a_pipe(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "grooming_detect.cli", "assess", "-", *PACK, "--out", str(tmp_path / "out")]
    done = subprocess.run(command, input=json.dumps(record("x", HIDE)) + "\n", text=True, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, f"written: {tmp_path / 'out'}\n")
    assert "1 conversations" in done.stdout or "1 conversation," in done.stdout


def test_reader_that_goes_away_is_no_traceback(tmp_path: Path) -> None:
    chats = written(tmp_path / "chats.jsonl", *(record(f"c{n}", HIDE) for n in range(50)))
    command = f"{sys.executable} -m grooming_detect.cli assess {chats} | true"
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr


def test_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out == f"grooming-detect {__version__}\n"


@pytest.mark.parametrize("name", command_names())
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        parser().parse_args([name, "--help"])
    assert caught.value.code == 0
    assert f"usage: grooming-detect {name}" in capsys.readouterr().out
