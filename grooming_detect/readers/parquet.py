"""Parquet: a conversation a row (``conversation_id``, ``messages``), or a message a row with the columns of CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

from grooming_detect.errors import InputError, MissingExtraError, RecordError
from grooming_detect.readers._records import conversation_of, grouped

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa
    import pyarrow.parquet as pq

    from grooming_detect.chat import Conversation

SUFFIXES = (".parquet",)
_ROWS_AT_ONCE = 256
_READABLE = "text in UTF-8, times from year 1 to 9999"


def read(stream: BinaryIO, place: str) -> Iterator[Conversation | RecordError]:
    """Conversations and faults of a Parquet file, a few rows in memory at a time.

    Raises
    ------
    InputError
        If the file is no Parquet, or has other columns.
    MissingExtraError
        If `pyarrow` is not installed.
    """
    table, damaged = _opened(stream, place)
    if "messages" not in table.schema_arrow.names:
        yield from grouped(lambda: _rows(table, place, damaged), again=True)
        return
    for here, row in _rows(table, place, damaged):
        if isinstance(row, RecordError):
            yield row
        else:
            yield from conversation_of(row, here)


def records(stream: BinaryIO, place: str) -> Iterator[tuple[str, dict[str, Any] | RecordError]]:
    """Rows with all their columns, each with its place: for those who read more of a row than the conversation.

    Raises
    ------
    InputError, MissingExtraError
        As `read` does.
    """
    table, damaged = _opened(stream, place)
    yield from _rows(table, place, damaged)


def _opened(stream: BinaryIO, place: str) -> tuple[pq.ParquetFile, type[Exception]]:
    """The file, and what is raised where it is damaged."""
    try:
        import pyarrow as pa  # noqa: PLC0415  (an optional package)
        from pyarrow.parquet import ParquetFile  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError("Parquet", "needs the package pyarrow", "pip install 'grooming_detect[parquet]'") from error
    try:
        table = ParquetFile(stream)
    except (pa.ArrowException, OSError) as error:
        raise InputError(place, "is no Parquet file", "write it again") from error
    names = set(table.schema_arrow.names)
    if "conversation_id" not in names or not ("messages" in names or {"sender", "text"} <= names):
        raise InputError(place, "has other columns", "conversation_id and messages, or conversation_id, sender and text")
    return table, pa.ArrowException


def _rows(table: pq.ParquetFile, place: str, damaged: type[Exception]) -> Iterator[tuple[str, dict[str, Any] | RecordError]]:
    number = 0
    batches = table.iter_batches(batch_size=_ROWS_AT_ONCE)
    while True:
        try:
            batch = next(batches, None)
        except (damaged, OSError):
            yield place, RecordError(f"{place} row {number + 1}", "the file is damaged from here", "write it again")
            return
        if batch is None:
            return
        for row in _plain(batch, damaged):
            number += 1
            here = f"{place} row {number}"
            yield here, RecordError(here, "holds what cannot be read", _READABLE) if row is None else row


def _plain(batch: pa.RecordBatch, damaged: type[Exception]) -> Iterator[dict[str, Any] | None]:
    """The rows as plain values; None where one cannot be read, which costs no other."""
    try:
        yield from batch.to_pylist()
    except (damaged, ValueError, OverflowError):
        for at in range(batch.num_rows):
            try:
                yield from batch.slice(at, 1).to_pylist()
            except (damaged, ValueError, OverflowError):
                yield None
