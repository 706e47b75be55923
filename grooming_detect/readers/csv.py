"""CSV, plain or gzipped: one message a row, those of a conversation in order of sending.

Columns: ``conversation_id``, ``sender``, ``text``; ``timestamp``, ``id``, and ``age`` (of the sender, in years) where there are
any. Others are ignored.
"""

from __future__ import annotations

import csv
import io
import zlib
from typing import TYPE_CHECKING, Any, BinaryIO

from grooming_detect.errors import InputError, RecordError
from grooming_detect.readers._records import grouped
from grooming_detect.readers.jsonl import unzipped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grooming_detect.chat import Conversation

SUFFIXES = (".csv", ".csv.gz")
_NEEDED = ("conversation_id", "sender", "text")
_READ = (*_NEEDED, "timestamp", "id", "message_id", "age")
_LONGEST_FIELD = 1 << 27


def read(stream: BinaryIO, place: str) -> Iterator[Conversation | RecordError]:
    """Conversations and faults of a CSV file.

    Raises
    ------
    InputError
        If a needed column is missing.
    """
    csv.field_size_limit(_LONGEST_FIELD)
    yield from grouped(lambda: _rows(stream, place), again=stream.seekable())


def _rows(stream: BinaryIO, place: str) -> Iterator[tuple[str, dict[str, Any] | RecordError]]:
    """All rows by column, each with its place, from the beginning where the stream can go back there."""
    if stream.seekable():
        stream.seek(0)
    # Bytes that are no UTF-8 become lone surrogates, which the record then names as its fault.
    text = io.TextIOWrapper(unzipped(stream), "utf-8-sig", errors="surrogateescape", newline="")
    try:
        yield from _by_column(csv.DictReader(text, strict=True), place)
    finally:
        text.detach()  # else the stream is closed with it


def _by_column(table: csv.DictReader[str], place: str) -> Iterator[tuple[str, dict[str, Any] | RecordError]]:
    try:
        names = table.fieldnames or _NEEDED
    except (csv.Error, EOFError, OSError, zlib.error) as error:
        raise InputError(place, "is not CSV", "save it as comma-separated values in UTF-8") from error
    if any("\0" in name for name in names):
        raise InputError(place, "is UTF-16", "save it as UTF-8")
    if twice := [name for name in _READ if names.count(name) > 1]:
        raise InputError(place, f"has the column “{twice[0]}” twice", "name each column once")
    if missing := [name for name in _NEEDED if name not in names]:
        raise InputError(place, f"has no column “{missing[0]}”", "the first row names the columns: " + ", ".join(_NEEDED))
    while True:
        began = table.reader.line_num
        try:
            row = next(table, None)
        except csv.Error:
            here, more = f"{place}:{began + 1}", table.reader.line_num - began - 1
            problem = "is no CSV row" + (f", with {more} more up to line {table.reader.line_num}" if more > 0 else "")
            yield here, RecordError(here, problem, "quote the text, and double the quotes in it")
            continue
        except (EOFError, OSError, zlib.error):
            here = f"{place}:{table.line_num}"
            yield here, RecordError(here, "the archive is damaged from here", "pack or download it again")
            return
        if row is None:
            return
        yield f"{place}:{table.line_num}", row
