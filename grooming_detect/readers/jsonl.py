"""JSON Lines, plain or gzipped: one conversation a line, read one line at a time."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from grooming_detect.errors import InputError, RecordError
from grooming_detect.readers._records import conversation_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grooming_detect.chat import Conversation

SUFFIXES = (".jsonl", ".jsonl.gz")
LONGEST_LINE = 1 << 29  # bytes; a million messages fit well
_GZIP = b"\x1f\x8b"
_BOM, _UTF16 = b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff")


def read(stream: BinaryIO, place: str) -> Iterator[Conversation | RecordError]:
    """Conversations and faults of a JSONL file; blank lines are passed over."""
    for here, record in records(stream, place):
        if isinstance(record, RecordError):
            yield record
        else:
            yield from conversation_of(record, here)


def records(stream: BinaryIO, place: str) -> Iterator[tuple[str, Any]]:
    """What each line holds, or its fault, with the line's place."""
    for number, line in lines(stream, place):
        here = f"{place}:{number}"
        if isinstance(line, RecordError):
            yield here, line
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            record = _fault(here, line, error)
        yield here, record


def _fault(place: str, line: bytes, error: Exception) -> RecordError:
    """What is wrong with a line, without a word of it."""
    if isinstance(error, UnicodeDecodeError):
        return RecordError(place, f"is not UTF-8 at byte {error.start + 1}", "save the file as UTF-8")
    if isinstance(error, json.JSONDecodeError):
        cut = error.pos >= len(line.decode("utf-8", "replace").rstrip()) - 1
        what = "is cut off" if cut else f"is not JSON at character {error.pos + 1}"
        return RecordError(place, what, "write one whole JSON object a line")
    return RecordError(place, "is not JSON", "write one whole JSON object a line, without deep nesting")


def unzipped(stream: BinaryIO) -> BinaryIO:
    """The stream itself, or what it holds if it is gzipped."""
    head = stream.peek(2)[:2] if hasattr(stream, "peek") else b""
    return cast("BinaryIO", gzip.GzipFile(fileobj=stream)) if head == _GZIP else stream


def lines(stream: BinaryIO, place: str) -> Iterator[tuple[int, bytes | RecordError]]:
    """Numbered lines of bytes, blank ones left out; a line that is too long, or the end of a broken archive, is a fault.

    Raises
    ------
    InputError
        If the file is UTF-16.
    """
    source = unzipped(stream)
    number = 0
    while True:
        number += 1
        try:
            line = source.readline(LONGEST_LINE)
        except (EOFError, OSError, zlib.error):
            yield number, RecordError(f"{place}:{number}", "the archive is damaged from here", "pack or download it again")
            return
        if not line:
            return
        if number == 1:
            if line.startswith(_UTF16):
                raise InputError(place, "is UTF-16", "save it as UTF-8")
            line = line.removeprefix(_BOM)
        if len(line) >= LONGEST_LINE and not line.endswith(b"\n"):
            while (rest := source.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
                pass
            yield number, RecordError(f"{place}:{number}", "is longer than 512 MiB", "split the conversation")
        elif line.strip():
            yield number, line
