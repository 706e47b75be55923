"""Watching: the same as assessing each prefix, whatever is packed away in between; the command loses no alert."""

from __future__ import annotations

import functools
import gc
import io
import json
import multiprocessing
import os
import random
import signal
import sqlite3
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from standins import items
from support import CUE_LINES, PACK, conversations

from grooming_detect import Conversation, Detector, InputError, Message, Participant, RecordError
from grooming_detect.chat import NOBODY
from grooming_detect.cli import main
from grooming_detect.commands import watch as command
from grooming_detect.weights import WordTable

if TYPE_CHECKING:
    from pathlib import Path

DETECTOR = Detector([PACK], shipped=())


@pytest.mark.parametrize("handed_out", [False, True])
@given(conversation=conversations)
def test_watch_says_what_assess_says_of_each_prefix(conversation: Conversation, handed_out: bool) -> None:  # noqa: FBT001
    watch = DETECTOR.watch()
    for n, message in enumerate(conversation.messages, start=1):
        report = watch.add("c1", message)
        assert report in DETECTOR.assess(conversation.first(n))
        assert report.sender == message.sender
        if handed_out:
            state, watch = watch.state("c1"), DETECTOR.watch()
            assert watch.restore(state) == "c1"


def test_made_up_talk_with_ages_and_times_is_the_same_too() -> None:
    for item in items(12):
        chat = item.conversation
        watch = DETECTOR.watch()
        for n, message in enumerate(chat.messages, start=1):
            assert watch.add("c", message, chat.participants).score == next(
                report.score for report in DETECTOR.assess(chat.first(n)) if report.sender == message.sender
            )
            watch.restore(watch.state("c"))


def test_state_holds_no_chat_text() -> None:
    watch = DETECTOR.watch()
    watch.add("c1", Message("a", "zanzibar send me a pic of you zanzibar"))
    assert b"zanzibar" not in watch.state("c1")
    assert b"pic" not in watch.state("c1")


def test_state_does_not_grow_with_the_talk() -> None:
    watch = DETECTOR.watch()
    sizes = []
    for n in range(2_000):
        watch.add("c1", Message("ab"[n % 2], CUE_LINES[n % len(CUE_LINES)]))
        if n in (999, 1_999):
            sizes.append(len(watch.state("c1")))
    assert sizes[1] < sizes[0] * 1.05


def test_who_was_silent_longest_is_evicted_and_can_come_back() -> None:
    put_by: dict[str, bytes] = {}
    watch = DETECTOR.watch(2, put_by.__setitem__)
    for name in ("c1", "c2", "c1", "c3"):
        last = watch.add(name, Message("a", "dont tell your mum"))
    assert list(put_by) == ["c2"]
    assert len(watch) == 2
    assert "c2" not in watch
    watch.restore(put_by.pop("c2"))
    again = watch.add("c2", Message("a", "ok"))
    assert again.score == last.score
    assert list(put_by) == ["c1"]


@pytest.mark.parametrize("state", [b"", b"{}", b"[1]", b'{"format":1}', b"\xff", b"null", b"[" * 100_000])
def test_what_is_no_state_is_refused(state: bytes) -> None:
    with pytest.raises(RecordError, match="state: is not what this library wrote"):
        DETECTOR.watch().restore(state)


def test_state_of_another_detector_is_refused() -> None:
    watch = DETECTOR.watch()
    watch.add("c1", Message("a", "hi"))
    state = watch.state("c1").replace(DETECTOR.fingerprint.encode(), b"0" * 16)
    with pytest.raises(RecordError, match="another version"):
        DETECTOR.watch().restore(state)


def test_packs_in_another_order_make_another_detector() -> None:
    other = replace(PACK, language="xx", rules=PACK.rules[:2], spelling={}, sha256="0" * 64)
    one, two = (Detector(shipped=packs, weights=DETECTOR.weights) for packs in ([PACK, other], [other, PACK]))
    assert one.fingerprint != two.fingerprint


def test_words_that_were_learned_anew_make_another_detector() -> None:
    weights = replace(DETECTOR.weights, words=WordTable(letters=MappingProxyType({"pi": 0.5})))
    assert Detector([PACK], weights, shipped=()).fingerprint != DETECTOR.fingerprint


def test_no_room_is_refused() -> None:
    with pytest.raises(ValueError, match="most is below 1"):
        DETECTOR.watch(0)


def test_alert_comes_once_a_band() -> None:
    watch = DETECTOR.watch()
    lines = [*CUE_LINES[:40], "ok"] * 2
    alerts = [found.band for line in lines for found in watch.alerts("c1", Message("a", line), [Participant("a", 40)])]
    assert alerts in (["review", "high"], ["high"])


# --- the command


def rows(count: int) -> list[dict[str, Any]]:
    """Messages of many conversations, mixed as they come in."""
    chats = [item.conversation for item in items(count)]
    longest = max(len(chat.messages) for chat in chats)
    return [
        {"conversation_id": chat.conversation_id, "id": f"{chat.conversation_id}/{n}", "sender": chat.messages[n].sender}
        | {"text": chat.messages[n].text, "participants": [{"id": one.id, "age": one.age} for one in chat.participants]}
        for n in range(longest)
        for chat in chats
        if n < len(chat.messages)
    ]


def watched(monkeypatch: pytest.MonkeyPatch, source: bytes, *options: str) -> tuple[int, str, str]:
    """Exit code, alerts and complaints of the command over an input."""
    monkeypatch.setattr(command.Detector, "load", lambda *_: DETECTOR)
    out, err = io.StringIO(), io.StringIO()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(source)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", err)
        code = main(["watch", *options])
        monkeypatch.undo()
    os.waitpid(child, 0)
    return code, out.getvalue(), err.getvalue()


def lines_of(records: list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def test_command_alerts_as_the_class_does(monkeypatch: pytest.MonkeyPatch) -> None:
    records = rows(30)
    code, out, err = watched(monkeypatch, lines_of(records))
    watch = DETECTOR.watch()
    expected = [
        (record["id"], report.band)
        for record in records
        for report in watch.alerts(
            record["conversation_id"],
            Message(record["sender"], record["text"]),
            [Participant(one["id"], one["age"]) for one in record["participants"]],
        )
    ]
    assert [(alert["message_id"], alert["band"]) for alert in map(json.loads, out.splitlines())] == expected
    assert expected
    assert (code, err) == (0, "")


def test_bad_lines_cost_a_line_each(monkeypatch: pytest.MonkeyPatch) -> None:
    good = lines_of([{"conversation_id": "c", "sender": "a", "text": line} for line in CUE_LINES])
    source = b'{"cut\n[]\n{"conversation_id": "c"}\n\n' + good + b'{"conversation_id": "x", "sender": "a", "text": 5}'
    code, out, err = watched(monkeypatch, source)
    assert code == 1
    assert [line.split(" ")[0] for line in err.splitlines()][:2] == ["-:1:", "-:2:"]
    assert len(err.splitlines()) == 4
    assert out


def test_state_of_another_model_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    state = str(tmp_path / "state.db")
    assert watched(monkeypatch, lines_of(rows(1)), "--state", state)[0] == 0
    monkeypatch.setitem(vars(DETECTOR), "fingerprint", "other")
    code, _, err = watched(monkeypatch, b"", "--state", state)
    assert code == 2
    assert "another version" in err


def test_second_process_on_a_state_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command.sqlite3, "connect", functools.partial(sqlite3.connect, timeout=0.1))
    path = str(tmp_path / "state.db")
    first = command._Store(path, "x")
    first.put({"c": b"state"}, 1)
    with pytest.raises(InputError, match=r"state\.db: cannot be used for --state: database is locked"):
        command._Store(path, "x")
    first.close()
    assert command._Store(path, "x").get("c") == b"state"


def test_without_state_nothing_is_kept_beyond_the_room(monkeypatch: pytest.MonkeyPatch) -> None:
    put: list[str] = []
    monkeypatch.setattr(command._Store, "put", lambda *_: put.append("state"))
    code, out, _ = watched(monkeypatch, lines_of(rows(30)), "--most", "2")
    assert code == 0
    assert put == []
    code, with_room, _ = watched(monkeypatch, lines_of(rows(30)))
    assert len(out.splitlines()) < len(with_room.splitlines())


def test_no_room_is_exit_2(monkeypatch: pytest.MonkeyPatch) -> None:
    code, _, err = watched(monkeypatch, b"", "--most", "0")
    assert code == 2
    assert "--most: is 0" in err


def test_unusable_state_file_is_one_clear_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "no.db").write_text("this is no database, " * 100)
    code, _, err = watched(monkeypatch, b"", "--state", str(tmp_path / "no.db"))
    assert code == 2
    assert "cannot be used for --state" in err


def _child(source: str, state: str, out: str) -> None:
    """One run of the command in a process of its own, from one file and to the end of another."""
    command.Detector.load = classmethod(lambda *_: DETECTOR)  # type: ignore[method-assign,assignment]
    command._COMMIT_AFTER = 20
    os.dup2(os.open(source, os.O_RDONLY), 0)
    with open(out, "a", encoding="utf-8") as sys.stdout:  # noqa: PTH123
        sys.stdin = open(0, "rb", closefd=False)  # type: ignore[assignment]  # noqa: SIM115
        os._exit(main(["watch", "--state", state, "--skip-taken", "--most", "7"]))


def test_store_that_was_cut_off_while_it_was_made_is_taken_up_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cut = []
    for statements in range(1, 10):
        left = statements

        class Cut(sqlite3.Connection):
            def execute(self, *told: Any) -> sqlite3.Cursor:  # noqa: ANN401  (whatever SQLite takes)
                nonlocal left
                left -= 1
                if left < 0:
                    raise KeyboardInterrupt
                return super().execute(*told)

        path = str(tmp_path / f"{statements}.db")
        monkeypatch.setattr(command.sqlite3, "connect", functools.partial(sqlite3.connect, factory=Cut))
        try:
            command._Store(path, "made by")
        except KeyboardInterrupt:
            cut.append(statements)
        monkeypatch.undo()
        gc.collect()  # closes what was cut off
        assert command._Store(path, "made by").begin(go_on=True) == 0
    assert len(cut) > 5
    assert len(cut) < 9


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_stopped_at_any_moment_it_loses_no_alert(tmp_path: Path, sign: signal.Signals) -> None:
    records = rows(60)
    source = tmp_path / "messages.jsonl"
    source.write_bytes(lines_of(records))
    fork = multiprocessing.get_context("fork")

    def run(state: str, out: str, after: float | None) -> None:
        process = fork.Process(target=_child, args=(str(source), str(tmp_path / state), str(tmp_path / out)))
        process.start()
        if after is not None:
            time.sleep(after)
            os.kill(process.pid or 0, sign)
        process.join()

    def told(out: str) -> set[tuple[str, str, float]]:
        alerts = map(json.loads, filter(str.strip, (tmp_path / out).read_text("utf-8").splitlines()))
        return {(alert["message_id"], alert["band"], alert["score"]) for alert in alerts}

    run("whole.db", "whole.jsonl", None)
    draw = random.Random(7)  # noqa: S311
    for _ in range(12):
        run("cut.db", "cut.jsonl", draw.uniform(0.01, 0.12))
    run("cut.db", "cut.jsonl", None)
    assert told("whole.jsonl") == told("cut.jsonl")
    assert told("whole.jsonl")


def test_one_message_with_three_plain_cues_is_flagged() -> None:
    watch = Detector.load().watch()
    watch.add("c1", Message("a", "well played today"))
    asked = Message("a", "send me a pic of you, and don't tell your mum, are you home alone?")
    assert [alert.sender for alert in watch.alerts("c1", asked)] == ["a"]


def test_side_that_anothers_words_raise_is_told() -> None:
    shipped = Detector.load()
    chat = Conversation("c1", (Message("a", "send me a pic of you, are you home alone?"), Message("b", "im 12")))
    before, after = (next(one.score for one in shipped.assess(chat.first(n)) if one.sender == "a") for n in (1, 2))
    assert after > before
    detector = Detector((), replace(shipped.weights, review=(before + after) / 2, high=0.99))
    watch = detector.watch()
    assert [[one.sender for one in watch.alerts("c1", message)] for message in chat.messages] == [[], ["a"]]


def test_ages_that_come_later_are_taken_in() -> None:
    watch = DETECTOR.watch()
    watch.add("c1", Message("a", CUE_LINES[0]))
    late = watch.add("c1", Message("a", CUE_LINES[1]), [Participant("a", 41), Participant("b", 12)])
    chat = Conversation("c1", tuple(Message("a", line) for line in CUE_LINES[:2]), (Participant("a", 41), Participant("b", 12)))
    assert late.score == DETECTOR.assess(chat)[0].score


def test_message_of_nobody_is_no_side() -> None:
    chat = Conversation("c1", (Message("a", CUE_LINES[0]), Message(NOBODY, CUE_LINES[1]), Message("b", "ok")))
    assert {report.sender for report in DETECTOR.assess(chat)} == {"a", "b"} == {side.sender for side in chat.sides()}
    assert DETECTOR.watch().alerts("c1", Message(NOBODY, CUE_LINES[1])) == ()


def test_moments_with_and_without_a_zone_are_compared() -> None:
    moments = datetime(2026, 5, 1, 18, 30, tzinfo=UTC), datetime(2026, 5, 1, 18, 31)  # noqa: DTZ001  (as some callers have it)
    assert len(DETECTOR.assess(Conversation("c1", tuple(Message("a", "hi", moment) for moment in moments)))) == 1


def test_time_that_went_by_is_that_of_the_clock_on_the_wall_nowhere() -> None:
    zone = ZoneInfo("Europe/Berlin")  # where this night was an hour shorter
    moments = datetime(2026, 3, 29, 0, tzinfo=zone), datetime(2026, 3, 29, 6, 30, tzinfo=zone)
    chat = Conversation("c1", tuple(map(Message, "aa", ("hi", CUE_LINES[1]), moments)))
    watch = DETECTOR.watch()
    watch.add("c1", chat.messages[0])
    watch.restore(watch.state("c1"))
    report = watch.add("c1", chat.messages[1])
    assert report == DETECTOR.assess(chat)[0]
    assert DETECTOR.case(chat).habits.sessions == 0


@pytest.mark.parametrize("zones", [(None, UTC), (UTC, None), (None, None)])
def test_demand_at_a_moment_without_a_zone(zones: tuple[tzinfo | None, tzinfo | None]) -> None:
    moments = (datetime(2026, 5, 1, 10 + hour, tzinfo=zone) for hour, zone in enumerate(zones))
    case = DETECTOR.case(Conversation("c1", tuple(map(Message, "aa", ("hi", "send me a pic of u pls"), moments))))
    assert case.habits.sides["a"].demand == 60.0


def test_line_that_is_too_long_is_one_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "_LONGEST_LINE", 1_000)
    long = json.dumps({"pad": "x" * 200_000, "conversation_id": "c", "sender": "a", "text": "hi"}).encode() + b"\n"
    code, _, err = watched(monkeypatch, long + lines_of([{"conversation_id": "c", "sender": "a", "text": "hi"}]))
    assert (code, err.count("\n")) == (1, 1)
    assert "is longer than" in err


def test_nothing_of_a_case_that_can_be_read_stands_in_its_repr() -> None:
    case = DETECTOR.case(Conversation("c1", (Message("a", "meet me at the zanzibar"), Message("a", "tell nobody"))))
    symbols = {symbol for text in case.cues.near for symbol in text}
    shown = repr(case) + repr(case.cues.run)
    assert symbols
    assert symbols.isdisjoint(shown)
    assert "zanzibar" not in shown
