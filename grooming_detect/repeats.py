"""Lines that one sender wrote to several people, nearly word for word; of the text only hashes are kept."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from datasketch import MinHash, MinHashLSH

from grooming_detect.text import fold

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

_SHORTEST = 12  # letters of a line that is compared run by run; of shorter ones those with a risk cue, letter by letter
_ALIKE = 0.6  # Jaccard similarity of runs of four letters, as the hashes estimate it
_RUN, _HASHES = 4, 64
_BANDS = (10, 6)  # of the index, for `_ALIKE`: bands of so many hashes


class Place(NamedTuple):
    """Where a line was said: a message of a conversation."""

    conversation: str
    message: int


@dataclass(frozen=True, slots=True)
class RepeatedLine:
    """A line that went to several recipients, nearly word for word.

    Parameters
    ----------
    conversations : tuple of str
        Where it was said.
    at : Place
        The first message of these to read, one with a risk cue if any has one.
    asked : frozenset of str
        Those of the conversations in which it held a risk cue, be it one that a single conversation's score leaves out
        (`Detector.is_telling`).
    """

    conversations: tuple[str, ...]
    at: Place
    asked: frozenset[str]

    @property
    def risky(self) -> bool:
        """Whether it held a risk cue anywhere."""
        return bool(self.asked)


@dataclass(slots=True)
class _Line:
    """One wording: where it was said, and whether it held a risk cue there; hashes of it, unless it is short."""

    said: dict[str, tuple[int, bool]]
    hashes: MinHash | None = field(repr=False)


class Lines:
    """The lines of a sender, those that are nearly alike put together, in whichever order they came.

    Examples
    --------
    >>> lines = Lines()
    >>> lines.add("c1", 0, "Good evening, how was the match?", risky=False)
    >>> lines.add("c2", 3, "good evening! how was the match", risky=False)
    >>> [(line.conversations, line.at) for line in lines.repeated(["c1", "c2"])]
    [(('c1', 'c2'), Place(conversation='c1', message=0))]
    >>> lines.forget(["c1"])
    >>> lines.repeated(["c1", "c2"])
    ()
    """

    def __init__(self) -> None:
        self._index = MinHashLSH(num_perm=_HASHES, params=_BANDS)
        self._lines: dict[int, _Line] = {}
        self._by_conversation: dict[str, set[int]] = {}

    def add(self, conversation_id: str, index: int, text: str, *, risky: bool) -> None:
        """Take in a message; one of few letters says nothing, unless it holds a risk cue."""
        letters = "".join(sign for sign in fold(text) if sign.isalnum() or unicodedata.category(sign).startswith("M"))
        long = len(letters) >= _SHORTEST
        if not long and not (risky and letters):
            return
        key = hash(letters)
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = _Line({}, _hashes(letters) if long else None)
            if line.hashes is not None:
                self._index.insert(key, line.hashes)
        known = line.said.get(conversation_id)
        if known is None or (risky and not known[1]):
            line.said[conversation_id] = index, risky
        self._by_conversation.setdefault(conversation_id, set()).add(key)

    def forget(self, conversations: Iterable[str]) -> None:
        """Drop what was said in these conversations."""
        for name in conversations:
            for key in self._by_conversation.pop(name, ()):
                line = self._lines[key]
                del line.said[name]
                if not line.said:
                    if line.hashes is not None:
                        self._index.remove(key)
                    del self._lines[key]

    def repeated(self, conversations: Collection[str]) -> tuple[RepeatedLine, ...]:
        """The lines that were said in several of these conversations: those with a risk cue first, most repeated first.

        Parameters
        ----------
        conversations : collection of str
            In the order in which they are to be named and read.
        """
        found = []
        for group in self._alike():
            said: dict[str, tuple[int, bool]] = {}
            for line in group:
                for name, place in line.said.items():
                    said[name] = min(said.get(name, place), place, key=lambda one: (not one[1], one[0]))
            names = tuple(name for name in conversations if name in said)
            if len(names) > 1:
                asked = frozenset(name for name in names if said[name][1])
                first = next((name for name in names if name in asked), names[0])
                found.append(RepeatedLine(names, Place(first, said[first][0]), asked))
        return tuple(sorted(found, key=lambda line: (not line.risky, -len(line.conversations), line.at)))

    def _alike(self) -> Iterator[list[_Line]]:
        """The wordings in groups: each is nearly alike to another of its group."""
        left = dict(self._lines)
        while left:
            _, first = left.popitem()
            group, waiting = [first], [first]
            while waiting:
                hashes = waiting.pop().hashes
                for key in () if hashes is None else self._index.query(hashes):
                    other = left.get(key)
                    if other is not None and other.hashes is not None and other.hashes.jaccard(hashes) >= _ALIKE:
                        del left[key]
                        group.append(other)
                        waiting.append(other)
            yield group


def _hashes(letters: str) -> MinHash:
    hashes = MinHash(num_perm=_HASHES)
    hashes.update_batch([letters[at : at + _RUN].encode() for at in range(len(letters) - _RUN + 1)])
    return hashes
