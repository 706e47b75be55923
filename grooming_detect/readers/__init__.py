"""Readers: one module a format, found by listing this folder. A reader yields conversations, and each fault as a value.

A module has ``SUFFIXES``, the endings of its files, and ``read(stream, place)``, which yields `Conversation` and `RecordError`
in the order of the file, so that a bad record never costs the good ones around it.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections import OrderedDict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol, TypeAlias, cast

from grooming_detect.chat import Conversation
from grooming_detect.errors import InputError, RecordError

if TYPE_CHECKING:
    from collections.abc import Iterator

Read: TypeAlias = "Conversation | RecordError"
_REMEMBERED_IDS = 1 << 16


class Reader(Protocol):
    """What a module of this folder offers."""

    SUFFIXES: tuple[str, ...]

    def read(self, stream: BinaryIO, place: str) -> Iterator[Read]:
        """Conversations and faults of one open file."""
        ...


@cache
def readers() -> dict[str, Reader]:
    """Every reader by the endings that it takes.

    >>> sorted(readers())
    ['.csv', '.csv.gz', '.jsonl', '.jsonl.gz', '.parquet']
    """
    found: dict[str, Reader] = {}
    for module in pkgutil.iter_modules(__path__):
        if not module.name.startswith("_"):
            reader = cast("Reader", importlib.import_module(f"{__name__}.{module.name}"))
            found |= dict.fromkeys(reader.SUFFIXES, reader)
    return found


def reader_for(path: str | Path) -> Reader:
    """The reader for a file, by its name; ``-`` is JSONL.

    Raises
    ------
    InputError
        If no reader takes such a file.
    """
    name = ".jsonl" if str(path) == "-" else Path(path).name.lower()
    for suffix in sorted(readers(), key=len, reverse=True):
        if name.endswith(suffix):
            return readers()[suffix]
    raise InputError(str(path), "is of no known format", "use a file that ends in " + ", ".join(sorted(readers())))


def open_input(path: str | Path) -> BinaryIO:
    """The file (or standard input for ``-``), open for reading.

    Raises
    ------
    InputError
        If it is missing or cannot be read.
    """
    if str(path) == "-":
        return sys.stdin.buffer
    try:
        return Path(path).open("rb")
    except FileNotFoundError as error:
        raise InputError(str(path), "is not there", "check the name") from error
    except OSError as error:
        raise InputError(str(path), f"cannot be opened: {error.strerror}", "check that it is a file you may read") from error


def read(path: str | Path) -> Iterator[Read]:
    """Read one file, one conversation at a time.

    Parameters
    ----------
    path : str or Path
        A file of a known format, or ``-`` for JSONL on standard input.

    Yields
    ------
    Conversation or RecordError
        In the order of the file. A conversation whose id stood shortly before is a fault.

    Raises
    ------
    InputError
        If the file cannot be read at all.

    Examples
    --------
    >>> next(read("missing.jsonl"))
    Traceback (most recent call last):
        ...
    grooming_detect.errors.InputError: missing.jsonl: is not there (check the name)
    """
    reader = reader_for(path)
    with open_input(path) as stream:
        yield from read_stream(reader, stream, str(path))


def read_stream(reader: Reader, stream: BinaryIO, place: str, known: OrderedDict[str, None] | None = None) -> Iterator[Read]:
    """What a reader gives of an open file, and a fault for each conversation id that comes again.

    Ids are remembered for the last 65,536 conversations, so memory does not grow with the file. Who keeps all conversations
    anyway gives a mapping for the ids that are `known`, which may be those of other files too: it holds them all.
    """
    place = "standard input" if place == "-" else place
    seen = OrderedDict[str, None]() if known is None else known
    empty = True
    for item in reader.read(stream, place):
        empty = False
        if isinstance(item, Conversation):
            if item.conversation_id in seen:
                yield RecordError(place, "a conversation_id comes twice", "give each conversation an id of its own")
                continue
            seen[item.conversation_id] = None
            if known is None and len(seen) > _REMEMBERED_IDS:
                seen.popitem(last=False)
        yield item
    if empty:
        yield RecordError(place, "holds no conversation", "check that it is the file you meant")
