"""What was worked out before: a bounded memory that keeps what is asked for again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from grooming_detect.text import DENSE

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")
_LONGEST = 40
_TELLING = re.compile(r"@|\d{5}")  # what an address, or a telephone number, has


def is_brief(chunk: str) -> bool:
    """Whether a chunk of text may be kept: long ones, runs without spaces, addresses and numbers say too much."""
    return len(chunk) <= _LONGEST and not DENSE.search(chunk) and not _TELLING.search(chunk)


class Memo(dict[str, _T]):
    """What was made of the keys that were asked for lately.

    There are two halves. When the younger is full it becomes the older, and what nobody asked for since is forgotten.

    Parameters
    ----------
    make : callable
        Works a value out.
    most : int
        How many are kept.
    keep : callable, optional
        Whether what was made of a key may be kept; by default all may.

    Examples
    --------
    >>> lengths = Memo(len, most=2)
    >>> lengths["photo"], len(lengths)
    (5, 1)
    """

    def __init__(self, make: Callable[[str], _T], most: int, keep: Callable[[str], bool] | None = None) -> None:
        super().__init__()
        self._make = make
        self._half = most // 2
        self._keep = keep
        self._older: dict[str, _T] = {}

    def __repr__(self) -> str:
        """Without the keys, which are words of somebody."""
        return f"Memo({len(self)})"

    def __missing__(self, key: str) -> _T:
        if key in self._older:
            made = self._older[key]
        else:
            made = self._make(key)
            if self._keep and not self._keep(key):
                return made
        if len(self) >= self._half:
            self._older = dict(self)
            self.clear()
        self[key] = made
        return made
