"""Writing files whole or not at all."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from grooming_detect.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def written_whole(path: str | Path) -> Iterator[IO[str]]:
    """A text file (UTF-8) that gets its final name only once it is complete.

    It is written beside the final name, then renamed; after a fault or an interruption nothing half-written is left.

    Raises
    ------
    OutputError
        If the folder cannot be written to, or the disk is full.
    """
    path = Path(path)
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    except OSError as error:
        raise OutputError(str(path), f"cannot be written: {error.strerror}", "name a folder that you may write to") from error
    part = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        umask = os.umask(0)
        os.umask(umask)
        part.chmod(0o666 & ~umask)
        part.replace(path)
    except OSError as error:
        raise OutputError(str(path), f"cannot be written: {error.strerror}", "make room, or name another place") from error
    finally:
        part.unlink(missing_ok=True)
