"""Letters that were written apart, put together to the likeliest words."""

from __future__ import annotations

from math import log2
from typing import TYPE_CHECKING, NamedTuple

from grooming_detect import text as words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_PAIR = 2  # pieces that make a word only if both are letters
_FEWEST = 3  # pieces of one word at least, or everything stays apart
_UNKNOWN = 3.0  # what a letter that belongs to no word costs, beside words at one to three
_WORDS = frozenset("aiu")  # letters that are words by themselves


class Part(NamedTuple):
    """Pieces that belong together, ``pieces[start:end]``, and the word that they make; a single piece stays what it is."""

    start: int
    end: int
    word: str


class Joiner:
    """Puts letters together.

    Parameters
    ----------
    asked : mapping of str to int
        The known words, folded, and how many sets of words they are in: the more, the likelier one is meant.
    """

    def __init__(self, asked: Mapping[str, int]) -> None:
        self._asked = asked
        self._longest = max(map(len, asked), default=1)

    def joined(self, pieces: Sequence[str], *, leet: bool = False) -> list[Part]:
        """Cut pieces into words at the least cost in all.

        Parameters
        ----------
        pieces : sequence of str
            Folded: letters, and, where digits may be letters, what holds digits.
        leet : bool
            Whether they may.

        Examples
        --------
        >>> [part.word for part in Joiner({"send": 9, "me": 9, "pic": 9}).joined([*"sendmeapic"])]
        ['send', 'me', 'a', 'pic']
        """
        best: list[tuple[float, Part | None]] = [(0.0, None)]
        for end, piece in enumerate(pieces, 1):
            found = (best[end - 1][0] + self._price(piece, leet=leet), Part(end - 1, end, piece))
            for start, word, price in self._words(pieces, end, leet=leet):
                if best[start][0] + price < found[0]:
                    found = (best[start][0] + price, Part(start, end, word))
            best.append(found)
        parts = _way(best)
        whole = any(part.end - part.start >= _FEWEST for part in parts)
        return parts if whole else [Part(at, at + 1, piece) for at, piece in enumerate(pieces)]

    def _words(self, pieces: Sequence[str], end: int, *, leet: bool) -> Iterator[tuple[int, str, float]]:
        """The words that several pieces up to `end` may make: where they begin, and what they cost. All within are letters."""
        letters = pieces[end - 1]
        for start in range(end - 2, max(-1, end - 1 - self._longest), -1):
            if end - start > _PAIR and len(pieces[start + 1]) > 1:
                return
            letters = pieces[start] + letters
            if end - start > _PAIR or letters.isalpha():
                yield from ((start, word, price) for word, price in self._meant(letters, leet=leet))

    def _meant(self, letters: str, *, leet: bool) -> Iterator[tuple[str, float]]:
        """The words that letters, some of them perhaps digits, stand for, and what they cost: seldom ones cost more."""
        for word in (letters, *(words.unleet(letters) if leet else ())):
            if word in self._asked and (len(word) > 1 or word in _WORDS):
                yield word, 1 + 2 / (1 + log2(self._asked[word]))

    def _price(self, piece: str, *, leet: bool) -> float:
        """What a piece costs that stays by itself."""
        return min((price for _, price in self._meant(piece, leet=leet)), default=_UNKNOWN * len(piece))


def _way(best: Sequence[tuple[float, Part | None]]) -> list[Part]:
    """The parts that lead to the end."""
    found: list[Part] = []
    while (part := best[found[-1].start if found else len(best) - 1][1]) is not None:
        found.append(part)
    return found[::-1]
