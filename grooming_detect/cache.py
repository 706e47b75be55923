"""What takes long to make from packs and models, kept in a file: the next start is quicker. It holds no chat text.

The files are JSON, in the user's folder for caches or in the one that ``GROOMING_DETECT_CACHE`` names; where that is empty,
nothing is kept. A file that is missing, damaged or cannot be written changes nothing but the time that a start takes.
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
import unicodedata
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from grooming_detect.errors import OutputError
from grooming_detect.files import written_whole

if TYPE_CHECKING:
    from collections.abc import Iterable

VARIABLE = "GROOMING_DETECT_CACHE"
_NAME = "grooming_detect-"  # what else is in the folder is left alone
_MOST = 6  # files that are kept
_SMALLEST = 1 << 20  # bytes of sources; of less a value is soon made again
_STALE = 3_600  # seconds after which a file that was never finished goes


def _hashed(paths: Iterable[Path]) -> bytes:
    digest = hashlib.sha256(f"{sys.version_info[:2]} {unicodedata.unidata_version}".encode())
    for path in paths:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.digest()


_CODE = sorted(Path(__file__).parent.rglob("*.py"))
_CODE_HASH = _hashed(_CODE)  # as it was when it was imported, which is the code that runs


class Cache:
    """One value, kept by all that it was made from.

    Parameters
    ----------
    sources : iterable of Path
        Files that it was made from. The library's own code counts as well.

    Raises
    ------
    OSError
        If one of the files cannot be read.
    """

    def __init__(self, sources: Iterable[Path]) -> None:
        self._sources = tuple(sources)
        self._hash = _hashed(self._sources)
        worth_it = _CODE and sum(path.stat().st_size for path in self._sources) >= _SMALLEST
        self._folder = _folder() if worth_it else None

    @property
    def _path(self) -> Path | None:
        key = hashlib.sha256(_CODE_HASH + self._hash).hexdigest()
        return self._folder / f"{_NAME}{key}.json" if self._folder else None

    def read(self) -> Any:  # noqa: ANN401  (JSON)
        """The value, or None where it is not at hand."""
        path = self._path
        if path is None:
            return None
        try:
            value = orjson.loads(path.read_bytes())
        except (OSError, ValueError):
            return None
        with suppress(OSError):
            os.utime(path)  # it is used: others go first
        return value

    def write(self, value: object) -> None:
        """Keep a value of plain JSON, unless the sources are others by now; the least recently used files go."""
        path, folder = self._path, self._folder
        if path is None or folder is None:
            return
        text = orjson.dumps(value).decode()
        with suppress(OSError, OutputError):
            if _hashed(self._sources) == self._hash:
                folder.mkdir(parents=True, exist_ok=True)
                with written_whole(path) as stream:
                    stream.write(text)
                _tidy(folder)


def _tidy(folder: Path) -> None:
    """Let the least recently used files go, and those that a killed process left."""
    kept = sorted(folder.glob(f"{_NAME}*.json"), key=_used, reverse=True)
    stale = (part for part in folder.glob(f".{_NAME}*.part") if _used(part) < time.time() - _STALE)
    for old in (*kept[_MOST:], *stale):
        old.unlink(missing_ok=True)


def _used(path: Path) -> float:
    """When a file was last used; one that another process took away meanwhile counts as the oldest."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _folder() -> Path | None:
    """Where files are kept; None where nothing is to be."""
    named = os.environ.get(VARIABLE)
    if named is not None:
        return Path(named) if named else None
    from platformdirs import user_cache_path  # noqa: PLC0415  (seldom needed)

    own = user_cache_path("grooming_detect", appauthor=False)
    return own if own.is_absolute() else None  # without a home there is none
