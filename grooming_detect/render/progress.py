"""A progress bar on standard error, only where a person can see it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress

if TYPE_CHECKING:
    from collections.abc import Iterable


class Progress:
    """Counts bytes of files that are read one after the other.

    Parameters
    ----------
    paths : iterable of str
        The files, for their sizes; those that are missing count nothing.
    """

    def __init__(self, paths: Iterable[str]) -> None:
        console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._sizes = [Path(path).stat().st_size if Path(path).is_file() else 0 for path in paths]
        self._shown = sys.stderr.isatty() and sum(self._sizes) > 0
        self._bar = RichProgress("assessing", BarColumn(), "{task.percentage:>3.0f}%", TimeRemainingColumn(), console=console)
        self._task = self._bar.add_task("", total=sum(self._sizes))
        self._done = 0
        self._file = 0

    def __enter__(self) -> Self:
        if self._shown:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown:
            self._bar.stop()

    def advance(self, position: int) -> None:
        """Note the position within the file that is being read; -1 when it is done."""
        if position < 0:
            self._done += self._sizes[self._file] if self._file < len(self._sizes) else 0
            self._file += 1
            position = 0
        if self._shown:
            self._bar.update(self._task, completed=self._done + position)

    def say(self, line: str) -> None:
        """A line on standard error, above the bar."""
        if self._shown:
            self._bar.console.print(line, markup=False)
        else:
            print(line, file=sys.stderr)  # noqa: T201  (what the command has to say)
