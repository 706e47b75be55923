"""Scripts that put no space between words: a run is cut into the words that the packs know.

No word begins with a sign that belongs to the letter before it, nor ends with one that is written before its consonant. So a
run is cut only where letters with all their signs meet: what merely looks like a word in the middle of another is none.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from grooming_detect.text import DENSE, unspaced

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


_FOLLOWING = frozenset("ะาำๅະາຳ")  # Thai and Lao vowels that are written behind their consonant; marks come by their category
_LEADING = frozenset("เแโใไເແໂໃໄ\u17d2")  # those before it, and the Khmer sign that puts the next consonant below


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
    words : iterable of str
        Folded words; those of other scripts are left out.

    Examples
    --------
    >>> [cut.word for cut in Cutter(["ส่ง", "รูป"]).cut("ส่งรูปนะ")]
    ['ส่ง', 'รูป', None]
    """

    def __init__(self, words: Iterable[str]) -> None:
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
        parted = [0]  # where a word may begin
        for end in range(1, len(folded) + 1):
            (unknown, count), start = best[end - 1], end - 1
            cost = (unknown + 1, count)
            if _may_part(folded, end):
                for begin in parted:
                    if folded[begin:end] in self._words and (other := (best[begin][0], best[begin][1] + 1)) < cost:
                        cost, start = other, begin
                parted = [*(begin for begin in parted if begin > end - self._longest), end]
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


def _may_part(run: str, at: int) -> bool:
    """Whether a word may end, and another begin, at a place of a run.

    >>> [at for at in range(1, 7) if _may_part("ส่งเงิน", at)]
    [2, 3, 6]
    """
    if at == len(run):
        return True
    return run[at - 1] not in _LEADING and run[at] not in _FOLLOWING and not unicodedata.category(run[at]).startswith("M")
