"""Lines that one sender wrote to several people, nearly word for word; of the text only hashes are kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from datasketch import MinHash, MinHashLSH

from grooming_detect.text import fold

if TYPE_CHECKING:
    from collections.abc import Collection

_SHORTEST = 12  # letters of a line that is compared
_ALIKE = 0.6  # Jaccard similarity of runs of four letters
_RUN, _HASHES = 4, 64


@dataclass(frozen=True, slots=True)
class RepeatedLine:
    """A line that went to several recipients, nearly word for word.

    Parameters
    ----------
    conversations : tuple of str
        Where it was said.
    at : tuple of (str, int)
        The conversation, of these, and the index of its first appearance: where to read it.
    risky : bool
        Whether it held a risk cue, be it one that a single conversation's score leaves out (`Detector.asks`).
    """

    conversations: tuple[str, ...]
    at: tuple[str, int]
    risky: bool


@dataclass(slots=True)
class _Line:
    """Where a line was said: conversations, each with the message's index; whether it held a risk cue; hashes of it."""

    said: dict[str, int]
    risky: bool
    hashes: MinHash = field(repr=False)


class Lines:
    """The lines of a sender, those that are nearly alike put together.

    Examples
    --------
    >>> lines = Lines()
    >>> lines.add("c1", 0, "Good evening, how was the match?", risky=False)
    >>> lines.add("c2", 3, "good evening! how was the match", risky=False)
    >>> [(line.conversations, line.at) for line in lines.repeated({"c1", "c2"})]
    [(('c1', 'c2'), ('c1', 0))]
    >>> lines.forget({"c1"})
    >>> lines.add("c3", 1, "Good evening, how was the match?", risky=False)
    >>> [(line.conversations, line.at) for line in lines.repeated({"c1", "c2", "c3"})]
    [(('c2', 'c3'), ('c2', 3))]
    """

    def __init__(self) -> None:
        self._index = MinHashLSH(threshold=_ALIKE, num_perm=_HASHES)
        self._lines: dict[int, _Line] = {}
        self._next = 0

    def add(self, conversation_id: str, index: int, text: str, *, risky: bool) -> None:
        """Take in a message; one of few letters says nothing, and is left out."""
        letters = "".join(filter(str.isalnum, fold(text)))
        if len(letters) < _SHORTEST:
            return
        hashes = MinHash(num_perm=_HASHES)
        hashes.update_batch([letters[at : at + _RUN].encode() for at in range(len(letters) - _RUN + 1)])
        likeness = {number: self._lines[number].hashes.jaccard(hashes) for number in sorted(self._index.query(hashes))}
        alike = max(likeness, key=likeness.__getitem__, default=None)
        if alike is None or likeness[alike] < _ALIKE:
            self._index.insert(self._next, hashes)
            self._lines[self._next] = _Line({conversation_id: index}, risky, hashes)
            self._next += 1
            return
        line = self._lines[alike]
        line.risky |= risky
        line.said.setdefault(conversation_id, index)

    def forget(self, conversations: Collection[str]) -> None:
        """Drop what was said nowhere but in these conversations."""
        for number, line in [*self._lines.items()]:
            line.said = {name: index for name, index in line.said.items() if name not in conversations}
            if not line.said:
                self._index.remove(number)
                del self._lines[number]

    def repeated(self, conversations: Collection[str]) -> tuple[RepeatedLine, ...]:
        """The lines that were said in several of these conversations: those with a risk cue first, most repeated first."""
        found = []
        for line in self._lines.values():
            said = [place for place in line.said.items() if place[0] in conversations]
            if len(said) > 1:
                found.append(RepeatedLine(tuple(name for name, _ in said), said[0], line.risky))
        return tuple(sorted(found, key=lambda line: (not line.risky, -len(line.conversations), line.at)))
