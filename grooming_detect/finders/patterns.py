"""Phrases compiled for a lexicon: each is a regular expression over symbols, with the words that it cannot do without."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache, reduce
from math import prod
from operator import add, or_
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from grooming_detect.finders.lexicon import ASK, END, Lexicon
from grooming_detect.phrases import Gap, Group, Start, Without, Words, required
from grooming_detect.text import ASK as ASKS
from grooming_detect.text import END as ENDS
from grooming_detect.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from grooming_detect.packs import Pack
    from grooming_detect.phrases import Item, Need, Sequence

_MOST_BITS = 500  # word sets that have a bit in a message's mask
_Way: TypeAlias = "tuple[int, tuple[frozenset[str], ...], int]"
_MOST_PAIRS = 40  # neighbours of which any may stand, at most, where a pair is looked for
_SELDOM = 0.0005  # frequency that is assumed of a word which is not among the common ones


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
    rank : mapping of str to int
        The most frequent words of the language, and their places in that order.
    """

    rule: int
    items: Sequence
    rank: Mapping[str, int]


def spelled(pack: Pack) -> Callable[[int, Sequence], Phrase]:
    """A function that makes phrases of a pack, with the numbers of their rules, ready for a lexicon."""
    widen = spelling(pack)
    rank = {variant: n for n, word in reversed([*enumerate(pack.common)]) for variant in widen(frozenset({word}))}
    rank |= dict.fromkeys((ENDS, ASKS), 0)
    return lambda rule, phrase: Phrase(rule, _widened(phrase, widen), rank)


def spelling(*packs: Pack) -> Callable[[frozenset[str]], frozenset[str]]:
    """A function that folds words and adds the other ways in which these packs spell them."""
    variants: dict[str, set[str]] = {}
    for pack in packs:
        for word, others in pack.spelling.items():
            variants.setdefault(fold(word), set()).update(map(fold, others))

    @cache
    def widen(words: frozenset[str]) -> frozenset[str]:
        folded = {word if word.startswith("<") else fold(word) for word in words}
        return frozenset(folded.union(*(variants.get(word, ()) for word in folded)))

    return widen


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


def lexicon_of(phrases: Iterable[Phrase], words: Iterable[frozenset[str]] = ()) -> Lexicon:
    """One lexicon for all words of all phrases, and for further words."""
    return Lexicon((*words, *(asked for phrase in phrases for asked in _word_sets(phrase.items))))


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


class _Rated(NamedTuple):
    """Something that a match needs: how rare it is, and its symbols (none if there are too many to look for)."""

    order: tuple[float, str]
    symbols: frozenset[str]


class PatternSet:
    """Many phrases, searched at once.

    A phrase can match in a few ways; each way has word sets that must all occur, and its anchor is the rarest of them. A
    message without any anchor is done with after one set operation; else only phrases that have a way whose anchor occurs,
    and whose other needs are met too, are run. So the cost follows what a message holds, not how many phrases there are, and
    no match is lost.

    Parameters
    ----------
    phrases : iterable of Phrase
        What to look for.
    lexicon : Lexicon
        Made from these phrases, and others perhaps.
    """

    def __init__(self, phrases: Iterable[Phrase], lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._phrases = list(phrases)
        self._expressions: list[re.Pattern[str] | None] = [None] * len(self._phrases)
        rated: dict[int, dict[tuple[frozenset[str], ...], _Rated]] = {}
        ways = [
            (number, self._sets(way, rated.setdefault(id(phrase.rank), {}), phrase.rank))
            for number, phrase in enumerate(self._phrases)
            for way in required(phrase.items)
        ]
        bits = _bits(sets for _, sets in ways)
        self._bits_of = _by_character(bits)
        # For each anchor, by its way's next rarest set (as a bit): the bits of the way's sets that have one, the sets that have
        # none, and the phrase.
        by_anchor: dict[str, dict[int, dict[_Way, None]]] = {}
        for number, sets in ways:
            need = reduce(or_, (bits[symbols] for symbols in sets if symbols in bits), 0)
            second = next((bits[symbols] for symbols in sets[1:] if symbols in bits), 0)
            way = (need, tuple(symbols for symbols in sets[1:] if symbols not in bits), number)
            for symbol in sets[0]:
                by_anchor.setdefault(symbol, {}).setdefault(second, {})[way] = None
        self._by_anchor = {
            symbol: [(bit, list(entries)) for bit, entries in groups.items()] for symbol, groups in by_anchor.items()
        }
        self.anchors = frozenset(self._by_anchor)

    def _sets(
        self, way: Need, rated: dict[tuple[frozenset[str], ...], _Rated], rank: Mapping[str, int]
    ) -> list[frozenset[str]]:
        """What a way needs as sets of symbols and of pairs of symbols, from the rarest on."""
        for need in way:
            if need not in rated:
                rated[need] = self._rated(need, rank)
        return [rated[need].symbols for need in sorted(way, key=lambda need: rated[need].order) if rated[need].symbols]

    def _rated(self, need: tuple[frozenset[str], ...], rank: Mapping[str, int]) -> _Rated:
        found = [self._lexicon.alphabet.characters(words) for words in need]
        frequency = prod(_frequency(words, rank) for words in need)
        if len(found) == 1:
            return _Rated((frequency, min(found[0])), found[0])
        if len(found[0]) * len(found[1]) > _MOST_PAIRS:
            return _Rated((1.0, ""), frozenset())
        symbols = frozenset(first + second for first in found[0] for second in found[1])
        return _Rated((frequency, min(symbols)), symbols)

    def matches(self, symbols: str) -> list[Match]:
        """Every match of every phrase in a reading."""
        present = set(symbols)
        present.update(map(add, symbols, symbols[1:]))
        hot = self.anchors & present
        if not hot:
            return []
        bits_of = self._bits_of
        mask = 0
        for character in present:
            mask |= bits_of.get(character, 0)
        by_anchor = self._by_anchor
        candidates: set[int] = set()
        for symbol in hot:
            for second, ways in by_anchor[symbol]:
                if second & mask == second:
                    for need, rest, number in ways:
                        if need & mask == need and not any(map(present.isdisjoint, rest)):
                            candidates.add(number)
        found: list[Match] = []
        for number in sorted(candidates):
            expression = self._expressions[number] or self._expression(number)
            if expression.search(symbols):
                found += [Match(self._phrases[number].rule, *hit.span()) for hit in expression.finditer(symbols)]
        return found

    def _expression(self, number: int) -> re.Pattern[str]:
        """The expression of a phrase, compiled when it is first needed."""
        expression = self._expressions[number] = compiled(self._phrases[number].items, self._lexicon)
        return expression


def _bits(ways: Iterable[list[frozenset[str]]]) -> dict[frozenset[str], int]:
    """A bit for each of the sets that are asked for most often: so few that a mask of them is a small, quick number."""
    asked = Counter(symbols for sets in ways for symbols in set(sets))
    return {symbols: 1 << n for n, (symbols, _) in enumerate(asked.most_common(_MOST_BITS))}


def _by_character(bits: Mapping[frozenset[str], int]) -> dict[str, int]:
    found: dict[str, int] = {}
    for characters, bit in bits.items():
        for character in characters:
            found[character] = found.get(character, 0) | bit
    return found


def _frequency(words: frozenset[str], rank: Mapping[str, int]) -> float:
    """How often a message holds one of these words, about: by Zipf's law, from their rank among the common words."""
    return sum(1 / (rank[word] + 5) if word in rank else _SELDOM for word in words)
