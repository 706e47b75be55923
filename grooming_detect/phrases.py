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
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

KINDS = ("<number>", "<age>", "<adult>", "<money>", "<time>")
_TOKEN = re.compile(r"[()\[\]/]|[^\s()\[\]/]+")
_GAP = re.compile(r"~(\d)$")
DEEPEST = 8
MOST_WAYS = 16
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


class Link(NamedTuple):
    """A word of a set that a match must hold, and whether it stands right beside the link before."""

    words: frozenset[str]
    beside: bool


Item: TypeAlias = "Words | Gap | Without | Start | Group"
Sequence: TypeAlias = "tuple[Item, ...]"
Way: TypeAlias = "tuple[Link, ...]"
_Open: TypeAlias = "tuple[list[Link], bool]"


def parse_phrase(phrase: str, sets: Mapping[str, tuple[str, ...]], shared: dict[str, Words | Group] | None = None) -> Sequence:
    """Read one phrase.

    Parameters
    ----------
    phrase : str
        As written in a pack.
    sets : mapping of str to tuple of str
        The pack's named lists; an entry may have several words.
    shared : dict of str to Words or Group, optional
        What ``a|b|@set`` was read as before, with the same sets: large sets are kept once, not once a phrase.

    Raises
    ------
    PhraseError
        For an unknown set, an unbalanced bracket, or a phrase without a single word that it needs.

    Examples
    --------
    >>> len(parse_phrase("send (me) a pic|photo", {}))
    4
    """
    reader = _Reader(_TOKEN.findall(phrase), sets, {} if shared is None else shared)
    sequence = reader.sequence(closing=None)
    if not _needs_a_word(sequence):
        raise PhraseError("it needs at least one word that is not optional")
    return sequence


def _needs_a_word(sequence: Sequence) -> bool:
    return any(
        isinstance(item, Words) or (isinstance(item, Group) and not item.optional and all(map(_needs_a_word, item.options)))
        for item in sequence
    )


def ways(sequence: Sequence) -> list[Way]:
    """What any text that the sequence matches must hold, in this order, as alternatives.

    Returns
    -------
    list of tuple of Link
        A match holds, for at least one of the alternatives, a word of each link, one after the other, and no word between two
        of them where the latter is `beside` the former. At most `MOST_WAYS` alternatives.

    Examples
    --------
    >>> [[(sorted(link.words), link.beside) for link in way] for way in ways(parse_phrase("send (me) a pic", {}))]
    [[(['send'], True), (['a'], False), (['pic'], True)]]
    """
    return [tuple(links) for links, _ in _ways(sequence)]


def _ways(sequence: Sequence) -> list[_Open]:
    """Each alternative, and whether what comes next stands right beside it; its list of links is its own, and grows."""
    found: list[_Open] = [([], True)]
    for item in sequence:
        if isinstance(item, Words):
            for links, beside in found:
                links.append(Link(item.words, beside))
            found = [(links, True) for links, _ in found]
        elif isinstance(item, Gap) or (isinstance(item, Group) and item.optional):
            found = [(links, False) for links, _ in found]
        elif isinstance(item, Group):
            found = _either(found, [way for option in item.options for way in _ways(option)])
    return found


def _either(found: list[_Open], inner: list[_Open]) -> list[_Open]:
    """Each way combined with each of a group's; where that makes too many, a group's ways are joined first."""
    if not all(links for links, _ in inner):
        return [(links, False) for links, _ in found]
    if len(found) * len(inner) > MOST_WAYS:
        inner = _joined(inner, MOST_WAYS // len(found))
    return [
        ([*before, after[0]._replace(beside=beside and after[0].beside), *after[1:]], ends)
        for before, beside in found
        for after, ends in inner
    ]


def _joined(found: list[_Open], most: int) -> list[_Open]:
    """At most so many ways, made by joining those that begin alike, or those of several words, or all."""
    alike: tuple[Callable[[list[Link]], object], ...] = (
        lambda links: (links[0].words, len(links) > 1),
        lambda links: len(links) > 1,
    )
    for key in alike:
        groups: dict[object, list[_Open]] = {}
        for way in found:
            groups.setdefault(key(way[0]), []).append(way)
        if len(groups) <= most:
            return [_one(group) for group in groups.values()]
    return [_one(found)]


def _one(found: list[_Open]) -> _Open:
    """What several ways have in common: the sets of their first two words, or of the first where one has no second."""
    length = min(2, *(len(links) for links, _ in found))
    common = [
        Link(frozenset().union(*(links[at].words for links, _ in found)), all(links[at].beside for links, _ in found))
        for at in range(length)
    ]
    return common, all(len(links) == length and beside for links, beside in found)


class _Reader:
    """Recursive descent over the tokens of one phrase."""

    def __init__(self, tokens: list[str], sets: Mapping[str, tuple[str, ...]], shared: dict[str, Words | Group]) -> None:
        self.tokens = tokens
        self.sets = sets
        self.shared = shared
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
        if known := self.shared.get(part):
            return known
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
        known = self.shared[part] = self.alternatives(part)
        return known

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
            if part.isalpha():
                entries.append(part)
            elif part.startswith("@"):
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
