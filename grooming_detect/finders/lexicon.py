"""A message becomes a short string with one character a word.

So a rule is a small regular expression over characters, and telling which rules can match at all is a set operation. A chunk of
text is resolved once and remembered; disguises are undone here, and only when the outcome is a word that some rule looks for.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from grooming_detect import text as words
from grooming_detect.finders import disguise
from grooming_detect.finders.alphabet import ASK, BACKWARD, END, LETTER, OTHER, Alphabet
from grooming_detect.finders.apart import Joiner
from grooming_detect.finders.dense import Cutter
from grooming_detect.finders.disguise import CHOICE, Disguises
from grooming_detect.finders.memo import Memo, is_brief

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from grooming_detect.finders.alphabet import LexiconTable
    from grooming_detect.finders.disguise import Choice

_REMEMBERED = 1 << 18
_PLACES_REMEMBERED = 1 << 15
_LONGEST_ELIDED = 6
_FEWEST_APART = 3  # letters that stand apart and may be a word


class Symbol(NamedTuple):
    """One character of a reading, and where its word stands in the text."""

    character: str
    start: int
    end: int


class Reading(NamedTuple):
    """A way to read a message: its symbols, and where each of them stands."""

    symbols: str
    places: tuple[tuple[int, int], ...]


class Lexicon:
    """Turns text into symbols.

    Parameters
    ----------
    table : LexiconTable
        The words that rules ask for, as `lexicon_table` makes it.

    Attributes
    ----------
    literal : bool
        Whether every word is read as it stands, to see what undoing disguises is good for; to be set before anything is read.
    """

    def __init__(self, table: LexiconTable) -> None:
        self.alphabet = Alphabet(table)
        known = table.known
        self._cutter = Cutter([*table.plain, *known])
        self._disguises = Disguises(table.asked, table.forms)
        self._joiner = Joiner(table.asked)
        self.literal = False
        self._parts_of = Memo(lambda chunk: tuple(self._resolve(chunk)), _PLACES_REMEMBERED, is_brief)
        self._symbols_of = Memo(self._characters, _REMEMBERED, is_brief)
        single = {LETTER, *(character for word, character in known.items() if len(word) == 1 and word.isalpha())}
        apart = f"(?:[{''.join(sorted(single))}][{END}{ASK}]?){{{_FEWEST_APART}}}"
        self._marked = re.compile(f"[{re.escape(disguise.MARKS)}]")
        self._apart = re.compile(apart)

    def symbols(self, text: str) -> str:
        """The message, one character a word; the places are found by `readings`, only when they are wanted."""
        symbols_of = self._symbols_of
        found = "".join([symbols_of[chunk] for chunk in text.split()])
        marks = self._marks(found)
        found = disguise.settled(found, marks) if marks else found
        return found if self._is_simple(found, marks) else "".join([symbol.character for symbol in self._read(text)])

    def readings(self, text: str) -> list[Reading]:
        """All ways to read a message: with its disguises undone, and from its end if it seems to be written so."""
        plain = self._read(text)
        readings = [_reading(plain)]
        if len(readings[0].symbols) < len(plain):
            turned = _reading(self._read(text[::-1]))
            mirrored = tuple((len(text) - end, len(text) - start) for start, end in turned.places)
            readings.append(Reading(turned.symbols, mirrored))
        return readings

    def meant(self, chunk: str) -> str:
        """The letters of a chunk, those of the word that it stands for where that is sure."""
        return chunk if self.literal else self._disguises.meant(chunk)

    def cut(self, run: str) -> list[str]:
        """The words that are known in a run of a script without spaces, and what stands between them, folded."""
        return [cut.word or words.fold(run[cut.start : cut.end]) for cut in self._cutter.cut(run)]

    def _read(self, text: str) -> list[Symbol]:
        """The symbols of a message, with their places, after the words have been weighed against each other."""
        parts_of = self._parts_of
        found = [
            Symbol(character, at + start, at + end)
            for chunk, at, _ in words.chunks(text)
            for character, start, end in parts_of[chunk]
        ]
        symbols = "".join([symbol.character for symbol in found])
        marks = self._marks(symbols)
        settled = list(_settled(found, symbols, marks)) if marks else found
        if self._is_simple("".join([symbol.character for symbol in settled]), marks):
            return settled
        settled = list(self._joined(text, settled, leet=disguise.is_leet(marks)))
        total = sum(symbol.character not in (END, ASK) for symbol in settled)
        return [*([Symbol(BACKWARD, 0, 0)] if disguise.is_mirrored(symbols, marks, total) else []), *settled]

    def _marks(self, symbols: str) -> frozenset[str]:
        """The marks that count in a message; none where no word has a choice."""
        return disguise.chosen(symbols, END + ASK) if self._marked.search(symbols) else disguise.NONE

    def _is_simple(self, symbols: str, marks: frozenset[str]) -> bool:
        """Whether nothing is left to undo in a message, once its words are settled."""
        return self.literal or (disguise.is_simple(marks) and not self._apart.search(symbols))

    def _joined(self, text: str, symbols: Iterable[Symbol], *, leet: bool) -> Iterator[Symbol]:
        """Letters that stand apart, put together as far as they make words; ``p1c t u r3`` too where digits are letters."""
        run: list[Symbol] = []
        for symbol in symbols:
            raw = text[symbol.start : symbol.end]
            single = len(raw) == 1 and raw.isalnum() and not words.DENSE.match(raw)
            if single or (leet and raw.isascii() and words.is_leet(raw)) or (run and symbol.character in (END, ASK)):
                run.append(symbol)
            else:
                yield from self._together(text, run, leet=leet)
                run = []
                yield symbol
        yield from self._together(text, run, leet=leet)

    def _together(self, text: str, run: Sequence[Symbol], *, leet: bool) -> Iterator[Symbol]:
        """A run of such letters; the sentence ends between those of one word are left out."""
        pieces = [symbol for symbol in run if symbol.character not in (END, ASK)]
        letters = [words.fold(text[piece.start : piece.end]) for piece in pieces]
        single = sum(map(str.isalpha, letters))
        enough = len(letters) >= _FEWEST_APART and single >= (1 if leet else _FEWEST_APART)
        parts = self._joiner.joined(letters, leet=leet) if enough else ()
        last = 0
        for part in parts:
            if part.end - part.start > 1:
                first, final = pieces[part.start], pieces[part.end - 1]
                yield from run[last : run.index(first, last)]
                yield Symbol(self.alphabet.exact(part.word) or OTHER, first.start, final.end)
                last = run.index(final, last) + 1
        yield from run[last:]

    def _characters(self, chunk: str) -> str:
        return "".join([part.character for part in self._parts_of[chunk]])

    def _resolve(self, chunk: str) -> list[Symbol]:
        """The symbols of one chunk, as one word if it is one (or hides one), else piece by piece; with the choices of each."""
        folded = words.fold(chunk)
        character = self.alphabet.exact(folded)
        if character is not None:
            return self._choices(character, self._known(folded), 0, len(chunk))
        parts = list(words.pieces(chunk))
        found = [symbol for part in parts for symbol in self._word(chunk, part)]
        inner = "" if words.DENSE.search(chunk) else words.core(chunk)
        start = chunk.find(inner)
        end = start + len(inner)
        within = [part.word for part in parts if start <= part.start < end]
        if len(within) > 1 and (whole := self._whole(inner, within, start, found)):
            return [*whole, *self._ends(part for part in parts if part.start >= end)]
        return found

    def _whole(self, inner: str, within: Iterable[str], start: int, found: Iterable[Symbol]) -> list[Symbol]:
        """What several pieces are as one word: one that rules know, or, if the pieces are strange, one that marks hide."""
        end = start + len(inner)
        exact = self.alphabet.exact(words.fold(inner))
        if exact is not None:
            return [Symbol(exact, start, end)]
        strange = any(len(word) == 1 and word.isalnum() for word in within) or any(
            symbol.character == OTHER for symbol in found
        )
        if not strange or self.literal:
            return []
        hidden = self._disguises.hidden(inner)
        stands = next(filter(None, map(self._host, words.disguises(inner))), OTHER) if not hidden else OTHER
        return self._choices(stands, hidden, start, end) if hidden or stands != OTHER else []

    def _known(self, folded: str) -> list[Choice]:
        return [] if self.literal else self._disguises.known(folded)

    def _choices(self, stands: str, choices: Iterable[Choice], start: int, end: int) -> list[Symbol]:
        """What a word may be, each with its mark before it, and last what it is as it stands; all at one place."""
        found = ((mark, self.alphabet.exact(word)) for mark, word in choices)
        others = [character for mark, other in found if other and other != stands for character in (mark, other)]
        return [Symbol(character, start, end) for character in (*others, stands)]

    @staticmethod
    def _ends(parts: Iterable[words.Piece]) -> Iterator[Symbol]:
        for part in parts:
            if part.word in (words.END, words.ASK):
                yield Symbol(ASK if part.word == words.ASK else END, part.start, part.end)

    def _word(self, chunk: str, part: words.Piece) -> Iterable[Symbol]:
        """The symbols of a piece of a chunk."""
        if not part.word:
            return ()
        if part.word in (words.END, words.ASK):
            return self._ends([part])
        if words.DENSE.match(part.word):
            return self._cut(chunk, part)
        character = self.alphabet.exact(part.word)
        if character is not None:
            return self._choices(character, self._known(part.word), part.start, part.end)
        if not any(letter.isalnum() for letter in part.word):
            return ()  # an emoji or a sign that no rule knows does not part two words
        return self._strange(chunk[part.start : part.end], part)

    def _cut(self, chunk: str, part: words.Piece) -> Iterator[Symbol]:
        """The symbols of a run of a script without spaces."""
        done = 0
        for cut in self._cutter.cut(chunk[part.start : part.end]):
            if cut.start < done:
                continue  # a sign that stands for several words is one place in the text
            done = cut.end
            known = cut.word and self.alphabet.exact(cut.word)
            yield Symbol(known or OTHER, part.start + cut.start, part.start + cut.end)

    def _strange(self, raw: str, part: words.Piece) -> list[Symbol]:
        """The symbols of a word that no rule knows as it stands: what it may be a form of, or no word of any rule."""
        folded = part.word
        if folded.endswith("s") and any(mark in raw for mark in "'’＇") and (owner := self.alphabet.exact(folded[:-1])):
            return [Symbol(owner, part.start, part.end)]
        choices = [] if self.literal else self._disguises.strange(raw, folded)
        stands = self.alphabet.stem(folded) or self._host(folded)
        if not stands and not choices and (elided := self._elided(raw)):
            return [Symbol(symbol, part.start + start, part.start + end) for symbol, start, end in elided]
        if not stands:
            stands = LETTER if len(folded) == 1 and folded.isalpha() else OTHER
        return self._choices(stands, choices, part.start, part.end)

    def _host(self, word: str) -> str | None:
        """The character of the word that Arabic clitics are written to."""
        if not words.ARABIC.match(word):
            return None
        return next((found for host in words.without_clitics(word) if (found := self.alphabet.character(host))), None)

    def _elided(self, raw: str) -> list[Symbol]:
        """The two words of ``l'ecole``, where the second is one that rules look for; else nothing."""
        parts = words.elided(raw)
        if len(parts) != 2 or len(parts[0].word) > _LONGEST_ELIDED or len(parts[1].word) <= 1:  # noqa: PLR2004  (two words)
            return []
        second = self.alphabet.character(parts[1].word)
        first = self.alphabet.character(parts[0].word) or OTHER
        return [Symbol(first, *parts[0][1:]), Symbol(second, *parts[1][1:])] if second else []


def _settled(found: Sequence[Symbol], symbols: str, marks: frozenset[str]) -> Iterator[Symbol]:
    """Each word as the first of its choices whose mark counts, or as it stands."""
    at = 0
    for choices in CHOICE.finditer(symbols):
        yield from found[at : choices.start()]
        yield found[choices.start() + disguise.taken(choices[1], marks)]
        at = choices.end()
    yield from found[at:]


def _reading(symbols: Iterable[Symbol]) -> Reading:
    """The reading that symbols make; that the words seem to be written from their ends is left out."""
    symbols = [symbol for symbol in symbols if symbol.character != BACKWARD]
    return Reading("".join(symbol.character for symbol in symbols), tuple((symbol.start, symbol.end) for symbol in symbols))
