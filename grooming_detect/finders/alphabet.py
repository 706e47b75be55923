"""The vocabulary of all packs as an alphabet: words that no rule tells apart share a character."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from grooming_detect import text as words
from grooming_detect.finders.disguise import Forms, forms
from grooming_detect.phrases import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable

OTHER, END, ASK, LETTER, BACKWARD = "x", ";", "?", "l", "<"
_FIRST = 0x10000  # symbols of words begin here, beyond everything for which a regular expression would make a table
_NUMBER = re.compile(
    r"(?P<pre>[$€£¥₹₺₱฿₩])?(?P<n>\d+(?:[.,:]\d+)*)(?P<unit>k|[$€£¥₹₺₱฿₩]|usd|eur|gbp|php|idr|rp|tl|rs|bucks|quid|am|pm|h|yo|yrs?|m|f)?$"
)
_MONEY_UNITS = {"k", "usd", "eur", "gbp", "php", "idr", "rp", "tl", "rs", "bucks", "quid", *"$€£¥₹₺₱฿₩"}
_NUMBERS = ("5000", "14", "30", "$5", "5pm")  # one of each kind
_CHILD, _ADULT = range(8, 18), range(18, 90)


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


class LexiconTable(NamedTuple):
    """What a lexicon knows, as plain values, so that it can be kept and need not be worked out again.

    Parameters
    ----------
    asked : dict of str to int
        The words, and in how many sets each is.
    known, stems : dict of str to str
        The symbol of each word, and of each stem.
    several : dict of str to str
        The symbols of what stands for more words than itself.
    numbers : list of (list of str, str)
        Kinds that a number may have at once, and their symbol.
    plain : list of str
        Further words of scripts without spaces.
    forms : Forms
        What `Disguises` looks up.
    """

    asked: dict[str, int]
    known: dict[str, str]
    stems: dict[str, str]
    several: dict[str, str]
    numbers: list[tuple[list[str], str]]
    plain: list[str]
    forms: Forms


def lexicon_table(items: Iterable[frozenset[str]], plain: Iterable[str] = ()) -> LexiconTable:
    """The table of the words of some sets.

    Parameters
    ----------
    items : iterable of frozenset of str
        The sets of folded words that rules ask for. ``stem*`` stands for every word that begins so.
    plain : iterable of str
        Ordinary words of scripts without spaces, so that runs are cut at the right places.
    """
    classes = _Classes(items)
    known: dict[str, str] = {}
    stems: dict[str, str] = {}
    begins = {word[:-1] for word in classes.asked if _is_stem(word)}
    for word in classes.asked:
        if word in (words.END, words.ASK) or word in KINDS:
            continue
        stem = word[:-1] if _is_stem(word) else word
        covering = [f"{stem[:end]}*" for end in range(1, len(stem) + 1) if stem[:end] in begins]
        target = known if stem == word else stems
        target[stem] = classes.character({word, *covering, *number_kinds(stem)})
    numbers = [(list(kinds), classes.character(set(kinds))) for kinds in map(number_kinds, _NUMBERS)]
    asked = {word: len(classes.asked[word]) for word in known}
    return LexiconTable(
        asked=asked,
        known=known,
        stems=stems,
        several={word: own for word, own in classes.symbols.items() if own != known.get(word)},
        numbers=numbers,
        plain=sorted({folded for folded in map(words.fold, plain) if words.DENSE.match(folded)}),
        forms=forms(asked),
    )


class _Classes:
    """Gives a character to each class of words that no item tells apart."""

    def __init__(self, items: Iterable[frozenset[str]]) -> None:
        self.asked: dict[str, set[int]] = {kind: set() for kind in KINDS}
        for number, item in enumerate(dict.fromkeys(items)):
            for word in sorted(item):  # in an order that is the same in every process
                self.asked.setdefault(word, set()).add(number)
        self.symbols: dict[str, str] = {}
        self._classes: dict[frozenset[int], str] = {}

    def character(self, members: set[str]) -> str:
        """The character of a word that all these members of items stand for."""
        key = frozenset().union(*(self.asked[member] for member in members))
        found = self._classes.setdefault(key, _symbol(len(self._classes)))
        for member in members:
            if found not in self.symbols.get(member, ""):
                self.symbols[member] = self.symbols.get(member, "") + found
        return found


class Alphabet:
    """One character for each class of words that no item of any rule tells apart.

    Parameters
    ----------
    table : LexiconTable
        The words.
    """

    def __init__(self, table: LexiconTable) -> None:
        self.known = table.known
        self._stems = table.stems
        self._several = table.several
        self._shortest_stem = min(map(len, self._stems), default=0)
        self._longest_stem = max(map(len, self._stems), default=0)
        self._number_characters = {tuple(kinds): symbol for kinds, symbol in table.numbers}

    def characters(self, item: frozenset[str]) -> frozenset[str]:
        """The characters of all words in an item."""
        marks = {END, ASK} if words.END in item else {ASK} if words.ASK in item else set()
        return frozenset().union(marks, *(self._several.get(word) or self.known.get(word, "") for word in item))

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
    """The symbol of the class with this number."""
    return chr(_FIRST + number)


def _is_stem(word: str) -> bool:
    return len(word) > 1 and word.endswith("*")
