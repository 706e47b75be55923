"""The vocabulary of all packs as an alphabet: a message becomes a short string with one character a word.

Words that no rule tells apart share a character, so a rule is a small regular expression over characters, and telling which
rules can match at all is a set operation. A chunk of text is resolved once and remembered; disguises are undone here, and
only when the outcome is a word that some rule looks for.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from grooming_detect import text as words
from grooming_detect.finders.dense import Cutter
from grooming_detect.phrases import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

OTHER, END, ASK, LETTER, BACKWARD = "x", ";", "?", "l", "<"
_FIRST = 0x100  # symbols of words begin here, beyond everything that means something to a regular expression
_SURROGATES = range(0xD800, 0xE000)
_REMEMBERED = 1 << 17
_LONGEST_REMEMBERED = 40
_SHORTEST_TYPO = 6
_SHORTEST_BACKWARD = 4
_LONGEST_ELIDED = 6
_NUMBER = re.compile(
    r"(?P<pre>[$€£¥₹₺₱฿₩])?(?P<n>\d+(?:[.,:]\d+)*)(?P<unit>k|[$€£¥₹₺₱฿₩]|usd|eur|gbp|php|idr|rp|tl|rs|bucks|quid|am|pm|h|yo|yrs?|m|f)?$"
)
_MONEY_UNITS = {"k", "usd", "eur", "gbp", "php", "idr", "rp", "tl", "rs", "bucks", "quid", *"$€£¥₹₺₱฿₩"}
_CHILD, _ADULT = range(8, 18), range(18, 90)


class Symbol(NamedTuple):
    """One character of a reading, and where its word stands in the text."""

    character: str
    start: int
    end: int


class Reading(NamedTuple):
    """A way to read a message: its symbols, and where each of them stands."""

    symbols: str
    places: tuple[tuple[int, int], ...]


def number_kinds(word: str) -> tuple[str, ...]:
    """Which kinds of number a folded word is.

    >>> number_kinds("14"), number_kinds("$50"), number_kinds("word")
    (('<number>', '<age>'), ('<number>', '<money>'), ())
    """
    found = _NUMBER.match(word)
    if found is None:
        return ()
    unit = found["unit"] or ""
    if found["pre"] or unit in _MONEY_UNITS:
        return ("<number>", "<money>")
    if unit in {"am", "pm", "h"} or ":" in found["n"]:
        return ("<number>", "<time>")
    whole = int(found["n"]) if found["n"].isdecimal() and len(found["n"]) < 4 else 0  # noqa: PLR2004  (no age has four digits)
    if whole in _CHILD:
        return ("<number>", "<age>")
    return ("<number>", "<adult>") if whole in _ADULT else ("<number>",)


class Alphabet:
    """One character for each class of words that no item of any rule tells apart.

    Parameters
    ----------
    items : iterable of frozenset of str
        The sets of folded words that rules ask for. ``stem*`` stands for every word that begins so.
    """

    def __init__(self, items: Iterable[frozenset[str]]) -> None:
        asked: dict[str, set[int]] = {kind: set() for kind in KINDS}
        for number, item in enumerate(dict.fromkeys(items)):
            for word in sorted(item):  # in an order that is the same in every process
                asked.setdefault(word, set()).add(number)
        self._of: dict[str, str] = {}
        self.known: dict[str, str] = {}
        self._stems: dict[str, str] = {}
        classes: dict[frozenset[int], str] = {}

        def character(members: set[str]) -> str:
            """The character of a word that all these members of items stand for."""
            key = frozenset().union(*(asked[member] for member in members))
            found = classes.setdefault(key, _symbol(len(classes)))
            for member in members:
                if found not in self._of.get(member, ""):
                    self._of[member] = self._of.get(member, "") + found
            return found

        stems = {word[:-1] for word in asked if _is_stem(word)}
        for word in asked:
            if word in (words.END, words.ASK) or word in KINDS:
                continue
            stem = word[:-1] if _is_stem(word) else word
            covering = [f"{stem[:end]}*" for end in range(1, len(stem) + 1) if stem[:end] in stems]
            target = self.known if stem == word else self._stems
            target[stem] = character({word, *covering, *number_kinds(stem)})
        self._shortest_stem = min(map(len, self._stems), default=0)
        self._longest_stem = max(map(len, self._stems), default=0)
        samples = ("5000", "14", "30", "$5", "5pm")
        self._number_characters = {number_kinds(sample): character(set(number_kinds(sample))) for sample in samples}

    def characters(self, item: frozenset[str]) -> frozenset[str]:
        """The characters of all words in an item."""
        marks = {END, ASK} if words.END in item else {ASK} if words.ASK in item else set()
        return frozenset().union(marks, *(self._of.get(word, "") for word in item))

    def exact(self, word: str) -> str | None:
        """The character of a folded word or number that rules look for as it stands, or None."""
        found = self.known.get(word)
        if found is None and (word[:1].isdigit() or not word[:1].isalnum()):
            kinds = number_kinds(word)
            return self._number_characters[kinds] if kinds else None
        return found

    def character(self, word: str) -> str | None:
        """The character of a folded word: as it stands, or by the longest stem that it begins with."""
        found = self.exact(word)
        return self.stem(word) if found is None else found

    def stem(self, word: str) -> str | None:
        """The character of the longest stem that a folded word begins with, or None."""
        for length in range(min(len(word), self._longest_stem), self._shortest_stem - 1, -1):
            found = self._stems.get(word[:length])
            if found is not None:
                return found
        return None


def _symbol(number: int) -> str:
    """The symbol of the class with this number; surrogates are left out, so that readings can be written down."""
    code = _FIRST + number
    return chr(code if code < _SURROGATES.start else code + len(_SURROGATES))


def _is_stem(word: str) -> bool:
    return len(word) > 1 and word.endswith("*")


class Lexicon:
    """Turns text into symbols.

    Parameters
    ----------
    items : iterable of frozenset of str
        The sets of folded words that rules ask for.
    plain : iterable of str
        Ordinary words of scripts without spaces, so that runs are cut at the right places.
    """

    def __init__(self, items: Iterable[frozenset[str]], plain: Iterable[str] = ()) -> None:
        self.alphabet = Alphabet(items)
        known = self.alphabet.known
        self._cutter = Cutter({**dict.fromkeys(map(words.fold, plain)), **known})
        longer = [word for word in known if len(word) >= _SHORTEST_TYPO and word.isalpha()]
        self._slips = {slip: word for word in longer for slip in words.shortened(word) if slip not in known}
        self._squeezed: dict[str, list[str]] = {}
        for word in sorted(known, key=len, reverse=True):
            self._squeezed.setdefault(words.squeeze(word), []).append(word)
        self._backward = {
            word[::-1]: word for word in known if len(word) >= _SHORTEST_BACKWARD and word.isalpha() and word[::-1] not in known
        }
        self._longest = max(map(len, known), default=1)
        self._symbols_of = _Memo(self._resolved)
        self._places_of = _Memo(self._resolve)
        single = {self.alphabet.character(letter) or LETTER for letter in map(chr, range(ord("a"), ord("z") + 1))}
        self._apart = re.compile(f"(?:[{''.join(single)}][{END}{ASK}]?){{3,}}")

    def symbols(self, text: str) -> str:
        """The message, one character a word; the places are found by `readings`, only when they are wanted."""
        symbols_of = self._symbols_of
        return "".join([symbols_of[chunk] for chunk in text.split()])

    def stands_apart(self, symbols: str) -> bool:
        """Whether three or more letters in a row stand apart, with one among them that is no word."""
        return LETTER in symbols and self._apart.search(symbols) is not None

    def readings(self, text: str) -> list[Reading]:
        """All ways to read a message: as it stands, with letters put together again, and from its end."""
        plain = self._plain(text)
        readings = [_reading(plain)]
        symbols = self.symbols(text)
        if self.stands_apart(symbols):
            readings.append(_reading(self._joined(text, plain)))
        if BACKWARD in symbols:
            turned = _reading(self._plain(text[::-1]))
            mirrored = tuple((len(text) - end, len(text) - start) for start, end in turned.places)
            readings.append(Reading(turned.symbols, mirrored))
        return readings

    def _plain(self, text: str) -> list[Symbol]:
        """The symbols of a message, with their places; that a word stands backward is left out."""
        return [
            Symbol(symbol.character, chunk.start + symbol.start, chunk.start + symbol.end)
            for chunk in words.chunks(text)
            for symbol in self._places_of[chunk.word]
            if symbol.character != BACKWARD
        ]

    def _joined(self, text: str, symbols: list[Symbol]) -> Iterator[Symbol]:
        """Letters that stand apart, put together as far as they make words."""
        at = 0
        for found in self._apart.finditer("".join(symbol.character for symbol in symbols)):
            run = [symbol for symbol in symbols[found.start() : found.end()] if symbol.character not in (END, ASK)]
            if any(symbol.end - symbol.start != 1 for symbol in run):
                continue
            letters = "".join(words.fold(text[symbol.start : symbol.end]) for symbol in run)
            parts = words.split_letters(letters, self._is_word, self._longest) if len(letters) == len(run) else None
            if parts is None:
                continue
            yield from symbols[at : found.start()]
            done = 0
            for part in parts:
                first, last = run[done], run[done + len(part) - 1]
                yield Symbol(self.alphabet.character(part) or OTHER, first.start, last.end)
                done += len(part)
            at = found.end()
        yield from symbols[at:]

    def _is_word(self, word: str) -> bool:
        return word in self.alphabet.known and (len(word) > 1 or word in "aiu")

    def _resolved(self, chunk: str) -> str:
        return "".join(symbol.character for symbol in self._resolve(chunk))

    def _resolve(self, chunk: str) -> list[Symbol]:
        """The symbols of one chunk: as one word if it is one (or hides one), else piece by piece."""
        folded = words.fold(chunk)
        character = self.alphabet.exact(folded)
        if character is not None:
            return [Symbol(character, 0, len(chunk))]
        parts = list(words.pieces(chunk))
        inner = "" if words.DENSE.search(chunk) else words.core(chunk)
        start = chunk.find(inner)
        if inner and len([part for part in parts if start <= part.start < start + len(inner)]) > 1:
            hidden = self._hidden(inner)
            if hidden is not None:
                outside = [part for part in parts if part.start >= start + len(inner)]
                return [Symbol(hidden, start, start + len(inner)), *self._marks(outside)]
        return [symbol for part in parts for symbol in self._word(chunk, part)]

    @staticmethod
    def _marks(parts: Iterable[words.Piece]) -> Iterator[Symbol]:
        for part in parts:
            if part.word in (words.END, words.ASK):
                yield Symbol(ASK if part.word == words.ASK else END, part.start, part.end)

    def _word(self, chunk: str, part: words.Piece) -> Iterator[Symbol]:
        if part.word in (words.END, words.ASK):
            yield from self._marks([part])
            return
        if not part.word:
            return
        if words.DENSE.match(part.word):
            done = 0
            for cut in self._cutter.cut(chunk[part.start : part.end]):
                if cut.start < done:
                    continue  # a sign that stands for several words is one place in the text
                done = cut.end
                known = cut.word and self.alphabet.exact(cut.word)
                yield Symbol(known or OTHER, part.start + cut.start, part.start + cut.end)
            return
        character = self.alphabet.exact(part.word)
        if character is None and not any(letter.isalnum() for letter in part.word):
            return  # an emoji or a sign that no rule knows does not part two words
        if character is None:
            turned = self._backward.get(part.word)
            if turned is not None:
                yield Symbol(BACKWARD, part.start, part.start)
                character = self.alphabet.exact(turned)
        if character is None:
            yield from self._strange(chunk[part.start : part.end], part)
        else:
            yield Symbol(character, part.start, part.end)

    def _strange(self, raw: str, part: words.Piece) -> list[Symbol]:
        """The symbols of a word that no rule knows as it stands: what it may be a form of, or no word of any rule."""
        character = self._guess(raw, part.word) or self.alphabet.stem(part.word) or self._host(part.word)
        if character is None and (elided := self._elided(raw)):
            return [Symbol(symbol, part.start + start, part.start + end) for symbol, start, end in elided]
        if character is None:
            character = LETTER if len(part.word) == 1 and part.word.isalpha() else OTHER
        return [Symbol(character, part.start, part.end)]

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

    def _hidden(self, chunk: str) -> str | None:
        """The character of a word that a chunk with marks or digits among its letters stands for."""
        for candidate in words.disguises(chunk):
            character = self._near(candidate)
            if character is not None:
                return character
        return None

    def _guess(self, raw: str, folded: str) -> str | None:
        """The character of the word that an unknown one stands for: inflected, stretched, disguised, mistyped."""
        if len(folded) > _LONGEST_REMEMBERED or words.NO_DISGUISE.search(folded):
            return None
        if folded.endswith("s") and any(mark in raw for mark in "'’"):
            owner = self.alphabet.exact(folded[:-1])
            if owner is not None:
                return owner
        plain = raw.isascii() and raw.isalpha()
        return self._near(folded) or (None if plain else self._hidden(raw)) or self._mistyped(folded)

    def _near(self, word: str) -> str | None:
        """A word itself, or the word that it is a stretched form of."""
        character = self.alphabet.exact(word)
        if character is not None or not _stretched(word):
            return character
        for candidate in self._squeezed.get(words.squeeze(word), ()):
            if _stretches(word, candidate):
                return self.alphabet.known[candidate]
        return None

    def _mistyped(self, word: str) -> str | None:
        if len(word) < _SHORTEST_TYPO - 1 or not word.isalpha():
            return None
        if word in self._slips:
            return self.alphabet.known[self._slips[word]]
        for candidate in words.typos(word):
            if len(candidate) >= _SHORTEST_TYPO and candidate in self.alphabet.known:
                return self.alphabet.known[candidate]
        return None


_Resolved = TypeVar("_Resolved")


class _Memo(dict[str, _Resolved]):
    """What the chunks seen so far stand for: not of long ones, nor of runs without spaces; forgets everything when full."""

    def __init__(self, resolve: Callable[[str], _Resolved]) -> None:
        super().__init__()
        self._resolve = resolve

    def __missing__(self, chunk: str) -> _Resolved:
        resolved = self._resolve(chunk)
        if len(chunk) <= _LONGEST_REMEMBERED and not words.DENSE.search(chunk):
            if len(self) >= _REMEMBERED:
                self.clear()
            self[chunk] = resolved
        return resolved


def _reading(symbols: Iterable[Symbol]) -> Reading:
    symbols = list(symbols)
    return Reading("".join(symbol.character for symbol in symbols), tuple((symbol.start, symbol.end) for symbol in symbols))


_LONG_RUN = re.compile(r"(.)\1\1|(.)\2$")
_RUN = re.compile(r"(.)\1*")


def _stretched(word: str) -> bool:
    return _LONG_RUN.search(word) is not None


def _stretches(word: str, candidate: str) -> bool:
    """Whether `word` is `candidate` with some letters repeated; both squeeze to the same."""
    runs = zip(_RUN.finditer(word), _RUN.finditer(candidate), strict=True)
    return all(len(long[0]) >= len(short[0]) for long, short in runs)
