"""Phrases compiled for a lexicon: each is a regular expression over symbols, with the words that it cannot do without."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from grooming_detect.finders.lexicon import ASK, END, Lexicon
from grooming_detect.phrases import Gap, Group, Start, Without, Words, required
from grooming_detect.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from grooming_detect.packs import Pack
    from grooming_detect.phrases import Item, Sequence

_COMMON = 1_000  # a word set with a very common word counts as so many words when an anchor is chosen


class Match(NamedTuple):
    """Where a rule matched: a stretch of symbols, end exclusive."""

    rule: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Phrase:
    """A parsed phrase of a rule, its words folded and widened by the pack's spellings.

    Parameters
    ----------
    rule : int
        Number of the rule.
    items : Sequence
        The phrase.
    common : frozenset of str
        Very frequent words of the language.
    """

    rule: int
    items: Sequence
    common: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Pattern:
    rule: int
    find: Callable[[str], Iterator[re.Match[str]]]
    need: int  # bits of the word sets that must all be present


def spelled(rule: int, pack: Pack, phrase: Sequence) -> Phrase:
    """A phrase of a pack, ready for a lexicon."""
    variants = {fold(word): frozenset(map(fold, others)) for word, others in pack.spelling.items()}

    def widen(words: frozenset[str]) -> frozenset[str]:
        folded = {word if word.startswith("<") else fold(word) for word in words}
        return frozenset(folded.union(*(variants.get(word, ()) for word in folded)))

    return Phrase(rule, _widened(phrase, widen), frozenset(map(fold, pack.common)))


def _widened(phrase: Sequence, widen: Callable[[frozenset[str]], frozenset[str]]) -> Sequence:
    items: list[Item] = []
    for item in phrase:
        if isinstance(item, Words):
            items.append(Words(widen(item.words)))
        elif isinstance(item, Without):
            items.append(Without(widen(item.words)))
        elif isinstance(item, Group):
            items.append(Group(tuple(_widened(option, widen) for option in item.options), item.optional))
        else:
            items.append(item)
    return tuple(items)


def lexicon_of(phrases: Iterable[Phrase]) -> Lexicon:
    """One lexicon for all words of all phrases."""
    return Lexicon(words for phrase in phrases for words in _word_sets(phrase.items))


def _word_sets(phrase: Sequence) -> Iterator[frozenset[str]]:
    for item in phrase:
        if isinstance(item, Words | Without):
            yield item.words
        elif isinstance(item, Group):
            for option in item.options:
                yield from _word_sets(option)


def compiled(phrase: Sequence, lexicon: Lexicon) -> re.Pattern[str]:
    """The regular expression of a phrase, over the lexicon's symbols."""
    return re.compile(_expression(phrase, lexicon.alphabet.characters))


def _expression(phrase: Sequence, characters: Callable[[frozenset[str]], frozenset[str]]) -> str:
    parts = []
    for place, item in enumerate(phrase):
        if isinstance(item, Words):
            parts.append(_class(characters(item.words)))
        elif isinstance(item, Gap):
            parts.append(f"[^{END}{ASK}]{{0,{item.most}}}?")
        elif isinstance(item, Without):
            parts.append(f"(?{'!' if place else '<!'}{_class(characters(item.words))})")
        elif isinstance(item, Start):
            parts.append(f"(?:^|(?<=[{END}{ASK}]))")
        else:
            options = "|".join(_expression(option, characters) for option in item.options)
            parts.append(f"(?:{options}){'?' if item.optional else ''}")
    return "".join(parts)


def _class(characters: frozenset[str]) -> str:
    return "[" + "".join(sorted(characters)) + "]"


class PatternSet:
    """Many phrases, searched at once.

    Every phrase has an anchor, its rarest word set. A message without any anchor is done with after one set operation; else
    only phrases whose anchor occurs, and whose other needs are met too, are run. So the cost follows what a message holds,
    not how many phrases there are, and no match is lost.

    Parameters
    ----------
    phrases : iterable of Phrase
        What to look for.
    lexicon : Lexicon
        Made from these phrases, and others perhaps.
    """

    def __init__(self, phrases: Iterable[Phrase], lexicon: Lexicon) -> None:
        self._characters = lexicon.alphabet.characters
        self._bits: dict[frozenset[str], int] = {}
        self._by_anchor: dict[str, list[_Pattern]] = {}
        for phrase in phrases:
            self._add(phrase, compiled(phrase.items, lexicon))
        self._needs_of: dict[str, int] = {}
        for characters, bit in self._bits.items():
            for character in characters:
                self._needs_of[character] = self._needs_of.get(character, 0) | 1 << bit
        self.anchors = frozenset(self._by_anchor)

    def _add(self, phrase: Phrase, expression: re.Pattern[str]) -> None:
        needs = required(phrase.items)
        need = 0
        for words in needs:
            need |= 1 << self._bits.setdefault(self._characters(words), len(self._bits))
        anchor = min(needs, key=lambda words: len(words) + _COMMON * len(words & phrase.common))
        pattern = _Pattern(phrase.rule, expression.finditer, need)
        for character in self._characters(anchor):
            self._by_anchor.setdefault(character, []).append(pattern)

    def matches(self, symbols: str) -> list[Match]:
        """Every match of every phrase in a reading."""
        present = set(symbols)
        hot = self.anchors & present
        if not hot:
            return []
        mask = 0
        needs_of = self._needs_of
        for character in present:
            mask |= needs_of.get(character, 0)
        found: list[Match] = []
        for character in hot:
            for pattern in self._by_anchor[character]:
                if pattern.need & mask == pattern.need:
                    found += [Match(pattern.rule, *hit.span()) for hit in pattern.find(symbols)]
        return found
