"""What takes long to make from packs and models, kept in a file: the next start is quicker. It holds no chat text.

The files are JSON, in the user's folder for caches or in the one that ``GROOMING_DETECT_CACHE`` names; where that is empty,
nothing is kept. A file that is missing, damaged or cannot be written changes nothing but the time that a start takes.
"""

from __future__ import annotations

import hashlib
import os
import sys
import unicodedata
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable

VARIABLE = "GROOMING_DETECT_CACHE"
_NAME = "grooming_detect-"  # what else is in the folder is left alone
_MOST = 4  # files that are kept
_SMALLEST = 1 << 20  # bytes of sources; of less a value is soon made again


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
        sources = tuple(sources)
        digest = hashlib.sha256(f"{sys.version_info[:2]} {unicodedata.unidata_version}".encode())
        for path in (*sorted(Path(__file__).parent.rglob("*.py")), *sources):
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        self._folder = _folder() if sum(path.stat().st_size for path in sources) >= _SMALLEST else None
        self._path = self._folder / f"{_NAME}{digest.hexdigest()}.json" if self._folder else None

    def read(self) -> Any:  # noqa: ANN401  (JSON)
        """The value, or None where it is not at hand."""
        if self._path is None:
            return None
        try:
            value = orjson.loads(self._path.read_bytes())
            os.utime(self._path)  # it is used: others go first
        except (OSError, ValueError):
            return None
        return value

    def write(self, value: object) -> None:
        """Keep a value of plain JSON; the least recently used files go."""
        if self._folder is None or self._path is None:
            return
        data = orjson.dumps(value)
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            part = self._path.with_suffix(f".{os.getpid()}.part")
            part.write_bytes(data)
            part.replace(self._path)
            for old in sorted(self._folder.glob(f"{_NAME}*"), key=lambda path: -path.stat().st_mtime)[_MOST:]:
                old.unlink()  # parts that a killed process left, too


def _folder() -> Path | None:
    """Where files are kept; None where nothing is to be."""
    named = os.environ.get(VARIABLE)
    if named is not None:
        return Path(named) if named else None
    from platformdirs import user_cache_path  # noqa: PLC0415  (seldom needed)

    own = user_cache_path("grooming_detect", appauthor=False)
    return own if own.is_absolute() else None  # without a home there is none
