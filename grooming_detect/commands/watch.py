"""`grooming-detect watch`: messages in as they come, an alert out the moment a side enters a band."""

from __future__ import annotations

import json
import os
import select
import signal
import sqlite3
import sys
from contextlib import closing, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from grooming_detect.chat import Conversation
from grooming_detect.commands import add_detector, check_most
from grooming_detect.detector import Detector
from grooming_detect.errors import InputError, OutputError, RecordError
from grooming_detect.readers._records import conversation_of
from grooming_detect.render.jsonl import as_record

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator
    from types import FrameType

    from grooming_detect.report import RiskReport

HELP = "read messages as JSON Lines on standard input, and write an alert when a side enters a band"
_COMMIT_AFTER = 1_000  # messages; sooner whenever no further input is waiting
_CHUNK = 1 << 16  # bytes that are read at once
_LONGEST_LINE = 1 << 24  # bytes
_LAYOUT = 'one message a line: {"conversation_id", "sender", "text", "timestamp"?, "id"?, "participants"?}'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument(
        "--state", metavar="FILE", help="keep what is remembered in this file (SQLite); a restart goes on from it"
    )
    parser.add_argument("--skip-taken", action="store_true", help="pass over the input lines that --state has taken in already")
    parser.add_argument(
        "--most", type=int, default=100_000, metavar="N", help="conversations held in memory (default: 100,000)"
    )
    add_detector(parser)


def run(arguments: argparse.Namespace) -> int:
    """Watch until the input ends or a signal says to stop; see the module."""
    check_most(arguments.most)
    if arguments.skip_taken and not arguments.state:
        raise InputError("--skip-taken", "needs --state", "name the file that says what was taken in")
    detector = Detector.load(arguments.model, arguments.pack)
    with closing(_Store(arguments.state, detector.fingerprint)) if arguments.state else nullcontext() as store:
        watching = _Watching(detector, store, arguments.most)
        skip = store.begin(go_on=arguments.skip_taken) if store else 0
        with _until_told(sys.stdin.fileno()) as source:
            for number, line in enumerate(source.lines(watching.commit), start=1):
                if number > skip and line.strip():
                    watching.take(line, number)
        watching.commit()
    return int(watching.faults > 0)


class _Watching:
    """The run: what was taken in since the last commit. Without a store, conversations beyond `most` are forgotten."""

    def __init__(self, detector: Detector, store: _Store | None, most: int) -> None:
        self._watch = detector.watch(most, self._put_by if store else None)
        self._store = store
        self._touched: dict[str, bytes | None] = {}
        self._lines = self._last = 0
        self.faults = 0

    def take(self, line: bytes, number: int) -> None:
        """One line of input: a bad one costs one line on standard error and nothing else."""
        self._lines += 1
        self._last = number
        try:
            conversation = self._message(line, f"-:{number}")
            if conversation is not None:
                self._read(conversation)
        except RecordError as error:
            self._say(error)
        if self._lines >= _COMMIT_AFTER:
            self.commit()

    def _read(self, conversation: Conversation) -> None:
        name, message = conversation.conversation_id, conversation.messages[0]
        if self._store:
            if name not in self._watch and (state := self._touched.get(name) or self._store.get(name)):
                self._watch.restore(state)
            self._touched[name] = None
        for report in self._watch.alerts(name, message, conversation.participants):
            _print_alert(report, message.message_id)

    def _message(self, line: bytes, place: str) -> Conversation | None:
        if len(line) >= _LONGEST_LINE:
            raise RecordError(place, f"is longer than {_LONGEST_LINE >> 20} MiB", f"write {_LAYOUT}")
        try:
            row: Any = json.loads(line)
        except (ValueError, RecursionError):
            raise RecordError(place, "is not JSON", f"write {_LAYOUT}") from None
        if not isinstance(row, dict):
            raise RecordError(place, "is not an object", f"write {_LAYOUT}")
        record = {key: row.get(key) for key in ("conversation_id", "participants")} | {"messages": [row]}
        found = list(conversation_of(record, place))
        for fault in (item for item in found if isinstance(item, RecordError)):
            self._say(fault)
        last = found[-1]
        return last if isinstance(last, Conversation) else None

    def _say(self, error: RecordError) -> None:
        self.faults += 1
        print(error, file=sys.stderr)

    def _put_by(self, conversation_id: str, state: bytes) -> None:
        self._touched[conversation_id] = state

    def commit(self) -> None:
        """Write down what is remembered, after the alerts that came of it: a crash repeats an alert rather than losing one."""
        if not self._lines:
            return
        sys.stdout.flush()
        if self._store:
            states = {name: state or self._watch.state(name) for name, state in self._touched.items()}
            self._store.put(states, self._last)
            self._touched.clear()
        self._lines = 0


class _Store:
    """Cases by conversation in an SQLite file, written in one transaction with the number of input lines taken in."""

    def __init__(self, path: str, fingerprint: str) -> None:
        self._path = path
        try:
            self._database = sqlite3.connect(path, isolation_level=None)
            tables = {name for (name,) in self._database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if tables and not {"cases", "run"} <= tables:
                raise InputError(path, "is another program's database", "name a new file, or one of this command")
            self._database.execute("PRAGMA locking_mode = EXCLUSIVE")  # of two processes one would overwrite the other's
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("BEGIN IMMEDIATE")  # killed in the middle, it must not look like another program's
            self._database.execute("CREATE TABLE IF NOT EXISTS cases (conversation TEXT PRIMARY KEY, state BLOB) WITHOUT ROWID")
            self._database.execute("CREATE TABLE IF NOT EXISTS run (key TEXT PRIMARY KEY, value) WITHOUT ROWID")
            self._database.execute("INSERT OR IGNORE INTO run VALUES ('made_by', ?), ('lines', 0)", (fingerprint,))
            self._database.execute("COMMIT")
            made_by = self._value("made_by")
        except sqlite3.Error as error:
            raise InputError(path, f"cannot be used for --state: {error}", "name a new file, or one of this command") from None
        if made_by != fingerprint:
            raise InputError(path, "was made by another version, model or set of packs", "name a new file")

    def _value(self, key: str) -> Any:  # noqa: ANN401  (whatever SQLite holds)
        return self._database.execute("SELECT value FROM run WHERE key = ?", (key,)).fetchone()[0]

    def begin(self, *, go_on: bool) -> int:
        """How many lines of the input were taken in before; of a new input none."""
        with self._guarded():
            if not go_on:
                self._database.execute("UPDATE run SET value = 0 WHERE key = 'lines'")
            return int(self._value("lines"))

    def get(self, conversation_id: str) -> bytes | None:
        """The state of a conversation, if there is one."""
        with self._guarded():
            rows = self._database.execute("SELECT state FROM cases WHERE conversation = ?", (conversation_id,))
            return next((bytes(state) for (state,) in rows), None)

    def put(self, states: dict[str, bytes], taken: int) -> None:
        """Write states, and up to which line the input was taken in: all or nothing."""
        with self._guarded():
            self._database.execute("BEGIN IMMEDIATE")
            self._database.executemany("INSERT OR REPLACE INTO cases VALUES (?, ?)", states.items())
            self._database.execute("UPDATE run SET value = ? WHERE key = 'lines'", (taken,))
            self._database.execute("COMMIT")

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Raises `OutputError` where the file cannot be used, as where another process writes to it."""
        try:
            yield
        except sqlite3.Error as error:
            hint = "one process a file; run it again with --skip-taken"
            raise OutputError(self._path, f"cannot be used: {error}", hint) from None

    def close(self) -> None:
        self._database.close()


class _Stopped(Exception):  # noqa: N818  (no error: a signal came while waiting)
    """A signal said to stop."""


class _Source:
    """Lines of a file descriptor, until it ends or a signal comes; a line that was begun when the signal came is not lost."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._stop = False
        self._waiting = False

    def told(self, *_: int | FrameType | None) -> None:
        """The signal handler: at once while waiting, else after the line at hand."""
        self._stop = True
        if self._waiting:
            raise _Stopped

    def lines(self, before_waiting: Callable[[], None]) -> Iterator[bytes]:
        """Every line without its end, blank ones too; `before_waiting` is called when no further input is at hand."""
        held = bytearray()  # of the line at hand; what is too long of it is left out
        while chunk := self._chunk(before_waiting):
            *ends, rest = chunk.split(b"\n")
            for end in ends:
                line = bytes(held + end[: _LONGEST_LINE - len(held)])
                held.clear()
                yield line
                if self._stop:
                    return
            held += rest[: _LONGEST_LINE - len(held)]
        if held and not self._stop:
            yield bytes(held)

    def _chunk(self, before_waiting: Callable[[], None]) -> bytes:
        if not select.select([self._descriptor], [], [], 0)[0]:
            before_waiting()
        try:
            self._waiting = True
            return b"" if self._stop else os.read(self._descriptor, _CHUNK)
        except _Stopped:
            return b""
        finally:
            self._waiting = False


@contextmanager
def _until_told(descriptor: int) -> Iterator[_Source]:
    """A source that ends at SIGINT and SIGTERM."""
    source = _Source(descriptor)
    before = {number: signal.signal(number, source.told) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield source
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _print_alert(report: RiskReport, message_id: str | None) -> None:
    record = {"message_id": message_id, **as_record(report)}
    sys.stdout.write(json.dumps(record) + "\n")  # in ASCII, whatever the output is encoded in
    sys.stdout.flush()
