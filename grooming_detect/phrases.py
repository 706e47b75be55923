"""The little language of packs: a phrase says in one line how a cue is worded, in all its variants.

    word            that word, however it is spelled (case, accents, slang and typos are dealt with elsewhere)
    a|b|@set        one of these; ``@set`` is a named list of the pack
    (x y / z)       may stand here or be left out
    [x y / z]       one of these sequences
    ~3              up to three other words, within the sentence
    !a|b            first in a phrase: the word before is none of these; elsewhere: the next word is none of these
    stem*           a word that begins so
    ^  ?  .         start of a sentence, a question mark, any sentence end
    <number> <age> <adult> <money> <time>    kinds of number

A phrase is data: no code runs, nothing backtracks without bound (there is no repetition but ``~n``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

KINDS = ("<number>", "<age>", "<adult>", "<money>", "<time>")
_TOKEN = re.compile(r"[()\[\]/]|[^\s()\[\]/]+")
_GAP = re.compile(r"~(\d)$")
DEEPEST = 8
MOST_WAYS = 32
_CLOSES = {"(": ")", "[": "]"}


class PhraseError(ValueError):
    """A phrase is not well formed; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Words:
    """One word out of these."""

    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Gap:
    """Up to `most` other words of the same sentence."""

    most: int


@dataclass(frozen=True, slots=True)
class Without:
    """No word of these here; as the first item: none of these just before."""

    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Start:
    """The start of a sentence."""


@dataclass(frozen=True, slots=True)
class Group:
    """One of several sequences, or none where `optional`."""

    options: tuple[Sequence, ...]
    optional: bool


Item: TypeAlias = "Words | Gap | Without | Start | Group"
Sequence: TypeAlias = "tuple[Item, ...]"
Need: TypeAlias = "list[tuple[frozenset[str], ...]]"


def parse_phrase(phrase: str, sets: Mapping[str, tuple[str, ...]]) -> Sequence:
    """Read one phrase.

    Parameters
    ----------
    phrase : str
        As written in a pack.
    sets : mapping of str to tuple of str
        The pack's named lists; an entry may have several words.

    Raises
    ------
    PhraseError
        For an unknown set, an unbalanced bracket, or a phrase without a single word that it needs.

    Examples
    --------
    >>> len(parse_phrase("send (me) a pic|photo", {}))
    4
    """
    reader = _Reader(_TOKEN.findall(phrase), sets)
    sequence = reader.sequence(closing=None)
    if not all(required(sequence)):
        raise PhraseError("it needs at least one word that is not optional")
    return sequence


def required(sequence: Sequence) -> list[Need]:
    """What any text that the sequence matches must hold, as alternatives.

    Returns
    -------
    list of list of tuple of frozenset of str
        A match holds, for at least one of the alternatives, all that it lists: a word of a set, or, where two sets are given,
        a word of the one and right behind it a word of the other. At most `MOST_WAYS` alternatives.
    """
    ways: list[Need] = [[]]
    before: frozenset[str] | None = None
    for item in sequence:
        if isinstance(item, Words):
            beside: Need = [(before, item.words)] if before is not None else []
            ways = [[*way, (item.words,), *beside] for way in ways]
        elif isinstance(item, Group) and not item.optional:
            ways = _either(ways, item)
        before = item.words if isinstance(item, Words) else before if isinstance(item, Without) else None
    return ways


def _either(ways: list[Need], group: Group) -> list[Need]:
    """Each way combined with each of the group's; where that makes too many, with one set for all of them."""
    inner = [way for option in group.options for way in required(option)]
    if len(ways) * len(inner) <= MOST_WAYS:
        return [[*before, *after] for before in ways for after in inner]
    if not all(inner):
        return ways
    some = frozenset().union(*(min((need[0] for need in way if len(need) == 1), key=len) for way in inner))
    return [[*way, (some,)] for way in ways]


class _Reader:
    """Recursive descent over the tokens of one phrase."""

    def __init__(self, tokens: list[str], sets: Mapping[str, tuple[str, ...]]) -> None:
        self.tokens = tokens
        self.sets = sets
        self.at = 0
        self.depth = 0

    def sequence(self, closing: str | None) -> Sequence:
        items: list[Item] = []
        while self.at < len(self.tokens) and self.tokens[self.at] not in (closing, "/"):
            items.append(self.item())
        if closing is None and self.at < len(self.tokens):
            raise PhraseError("“/” belongs between brackets")
        return tuple(items)

    def item(self) -> Item:
        part = self.tokens[self.at]
        self.at += 1
        if part in _CLOSES:
            return self.group(_CLOSES[part], optional=part == "(")
        if part in ")]":
            raise PhraseError(f"“{part}” closes nothing")
        if found := _GAP.match(part):
            return Gap(int(found[1]))
        if part == "^":
            return Start()
        if part.startswith("~"):
            raise PhraseError(f"“{part}” is no gap; write ~1 to ~9")
        if part.startswith("!") and len(part) > 1:
            return Without(frozenset(self.single(part[1:])))
        return self.alternatives(part)

    def group(self, closing: str, *, optional: bool) -> Group:
        self.depth += 1
        if self.depth > DEEPEST:
            raise PhraseError(f"brackets stand more than {DEEPEST} deep")
        options: list[Sequence] = []
        while True:
            options.append(self.sequence(closing))
            if self.at == len(self.tokens):
                raise PhraseError(f"“{closing}” is missing")
            self.at += 1
            if self.tokens[self.at - 1] == closing:
                break
        if not all(options):
            raise PhraseError("a bracket with nothing in it")
        self.depth -= 1
        return Group(tuple(options), optional)

    def entries(self, token: str) -> list[str]:
        """The words and set entries that a token such as ``a|@set`` stands for."""
        entries: list[str] = []
        for part in token.split("|"):
            if part.startswith("@"):
                if part[1:] not in self.sets:
                    raise PhraseError(f"there is no set “{part}”")
                entries += self.sets[part[1:]]
            elif part.startswith("<") and part not in KINDS:
                raise PhraseError(f"“{part}” is no kind of number; there are " + " ".join(KINDS))
            elif part and part not in (".", "?") and part.isascii() and not any(letter.isalnum() for letter in part):
                raise PhraseError(f"“{part}” is no word; of the marks only “.” and “?” can be looked for")
            elif part:
                entries.append(part)
            else:
                raise PhraseError("“|” needs a word on either side")
        return entries

    def single(self, token: str) -> list[str]:
        entries = self.entries(token)
        if any(" " in entry for entry in entries):
            raise PhraseError("“!” takes single words only")
        return entries

    def alternatives(self, token: str) -> Words | Group:
        entries = self.entries(token)
        single = frozenset(entry for entry in entries if " " not in entry)
        longer = [entry for entry in entries if " " in entry]
        if not longer:
            return Words(single)
        options: list[Sequence] = [tuple(Words(frozenset({word})) for word in entry.split()) for entry in longer]
        if single:
            options.append((Words(single),))
        return Group(tuple(options), optional=False)
