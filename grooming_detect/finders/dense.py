"""Scripts that put no space between words: a run is cut into the words that the packs know."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from grooming_detect.text import DENSE, unspaced

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Cut(NamedTuple):
    """A word of a run, or a stretch that holds none (`word` is None), and where it stands: ``run[start:end]``."""

    word: str | None
    start: int
    end: int


class Cutter:
    """Cuts runs so that as few characters as possible belong to no word, and then into as few words as possible.

    It fails where the packs do not know the ordinary words around a cue, and one of those ends as the cue's word begins.

    Parameters
    ----------
    words : mapping of str to object
        Folded words; those of other scripts are left out.

    Examples
    --------
    >>> [cut.word for cut in Cutter({"ส่ง": 1, "รูป": 1}).cut("ส่งรูปนะ")]
    ['ส่ง', 'รูป', None]
    """

    def __init__(self, words: Mapping[str, object]) -> None:
        dense = [word for word in words if DENSE.match(word)]
        self._words = frozenset(dense)
        self._longest = max(map(len, dense), default=0)
        starts = "".join(sorted({word[0] for word in dense}))
        self._starts = re.compile(f"[{re.escape(starts)}]") if starts else None

    def cut(self, run: str) -> Iterator[Cut]:
        """The words of a run, and what stands between them, in order."""
        if self._starts is None or not self._starts.search(run):
            yield Cut(None, 0, len(run))
            return
        folded, places = unspaced(run)
        ends = [*places, len(run)]
        at = 0
        for start, end in self._words_in(folded):
            if start > at:
                yield Cut(None, ends[at], ends[start])
            yield Cut(folded[start:end], ends[start], ends[end])
            at = end
        if at < len(folded):
            yield Cut(None, ends[at], len(run))

    def _words_in(self, folded: str) -> list[tuple[int, int]]:
        """Where the words of the best cut begin and end."""
        best: list[tuple[int, int]] = [(0, 0)]  # of each prefix: characters in no word, and words
        came: list[int] = [0]
        for end in range(1, len(folded) + 1):
            (unknown, count), start = best[end - 1], end - 1
            cost = (unknown + 1, count)
            for begin in range(max(0, end - self._longest), end):
                if folded[begin:end] in self._words and (other := (best[begin][0], best[begin][1] + 1)) < cost:
                    cost, start = other, begin
            best.append(cost)
            came.append(start)
        found = []
        end = len(folded)
        while end:
            start = came[end]
            if folded[start:end] in self._words:
                found.append((start, end))
            end = start
        return found[::-1]
