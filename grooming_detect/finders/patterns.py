"""Phrases compiled for a lexicon: each is a regular expression over symbols, with the words that it cannot do without."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from operator import add
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from grooming_detect.finders.lexicon import ASK, END, Lexicon
from grooming_detect.phrases import Gap, Group, Start, Without, Words, ways
from grooming_detect.text import ASK as ASKS
from grooming_detect.text import END as ENDS
from grooming_detect.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from grooming_detect.packs import Pack
    from grooming_detect.phrases import Item, Sequence

_REMEMBERED = 1 << 18  # pairs of neighbours whose candidates are kept
_ALWAYS = 0  # the number that stands for a set of which every message holds a word
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
    frequency : callable
        How often a message of the language holds one of a set of words, about; one function a pack.
    """

    rule: int
    items: Sequence
    frequency: Callable[[frozenset[str]], float]


def spelled(pack: Pack) -> Callable[[int, Sequence], Phrase]:
    """A function that makes phrases of a pack, with the numbers of their rules, ready for a lexicon."""
    widen = _Widening(spelling(pack))
    rank = {variant: n for n, word in reversed([*enumerate(pack.common)]) for variant in widen.words(frozenset({word}))}
    rank |= dict.fromkeys((ENDS, ASKS), 0)
    frequency = frequencies(rank)
    return lambda rule, phrase: Phrase(rule, widen.sequence(phrase), frequency)


def frequencies(rank: Mapping[str, int]) -> Callable[[frozenset[str]], float]:
    """How often a message holds one of a set of words, about: by Zipf's law, from their rank among the common words."""

    @cache
    def frequency(words: frozenset[str]) -> float:
        return sum(1 / (rank[word] + 5) if word in rank else _SELDOM for word in words)

    return frequency


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


class _Widening:
    """Adds spellings to phrases; what phrases share they still share afterwards."""

    def __init__(self, widen: Callable[[frozenset[str]], frozenset[str]]) -> None:
        self.words = widen
        self._done: dict[int, tuple[Item, Item]] = {}

    def sequence(self, phrase: Sequence) -> Sequence:
        return tuple(map(self._item, phrase))

    def _item(self, item: Item) -> Item:
        done = self._done.get(id(item))
        if done is None:
            done = self._done[id(item)] = (item, self._widened(item))  # the item is kept, so that its id stays its own
        return done[1]

    def _widened(self, item: Item) -> Item:
        if isinstance(item, Words | Without):
            return replace(item, words=self.words(item.words))
        if isinstance(item, Group):
            return Group(tuple(map(self.sequence, item.options)), item.optional)
        return item


def lexicon_of(phrases: Iterable[Phrase], words: Iterable[frozenset[str]] = (), plain: Iterable[str] = ()) -> Lexicon:
    """One lexicon for all words of all phrases, for further words, and for plain ones that no rule asks for."""
    items = {id(item): item for phrase in phrases for item in phrase.items}
    return Lexicon((*words, *(asked for item in items.values() for asked in _word_sets(item))), plain)


def _word_sets(item: Item) -> Iterator[frozenset[str]]:
    if isinstance(item, Words | Without):
        yield item.words
    elif isinstance(item, Group):
        for option in item.options:
            for part in option:
                yield from _word_sets(part)


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


class _Candidate(NamedTuple):
    """A phrase that may match, and the sets, by number, of which a message must hold a word each: the rarest, and others."""

    rarest: int
    others: tuple[int, ...]
    phrase: int


# What a key brings up: the phrases, by the rarest set that they need besides.
_Raised: TypeAlias = "dict[int, tuple[tuple[tuple[int, ...], int], ...]]"


class _Way(NamedTuple):
    """A way in which a phrase can match: its key, and the sets that it needs besides, from the rarest on."""

    key: tuple[frozenset[str], ...]
    needs: tuple[frozenset[str], ...]
    phrase: int


class _Index:
    """The phrases of one pack by what they cannot do without: a pair of neighbours, or a word where they have no pair.

    Parameters
    ----------
    found : iterable of _Way
        The ways of all phrases.
    characters : callable
        The symbols of a set of words.
    numbers : mapping of frozenset of str to int
        The numbers of the sets that have one.
    """

    def __init__(
        self,
        found: Iterable[_Way],
        characters: Callable[[frozenset[str]], frozenset[str]],
        numbers: Mapping[frozenset[str], int],
    ) -> None:
        keyed: dict[tuple[frozenset[str], ...], dict[_Candidate, None]] = {}
        for key, needs, phrase in found:
            rarest, *others = [numbers[words] for words in needs if words in numbers] or [_ALWAYS]
            keyed.setdefault(key, {})[_Candidate(rarest, tuple(others), phrase)] = None
        self.alone: dict[str, list[_Candidate]] = {}
        for key in [key for key in keyed if len(key) == 1]:
            for symbol in characters(key[0]):
                self.alone.setdefault(symbol, []).extend(keyed[key])
        pairs = [key for key in keyed if len(key) > 1]
        self._pairs = [tuple(keyed[key]) for key in pairs]
        self.first, self._second = (self._pairs_of([key[side] for key in pairs], characters) for side in (0, 1))

    @staticmethod
    def _pairs_of(sides: list[frozenset[str]], characters: Callable[[frozenset[str]], frozenset[str]]) -> dict[str, int]:
        """For each symbol the pairs (as bits) in which it may stand on this side."""
        by_set: dict[frozenset[str], int] = {}
        for number, words in enumerate(sides):
            by_set[words] = by_set.get(words, 0) | 1 << number
        found: dict[str, int] = {}
        for words, pairs in by_set.items():
            for symbol in characters(words):
                found[symbol] = found.get(symbol, 0) | pairs
        return found

    def beside(self, first: str, second: str) -> Iterator[_Candidate]:
        """The candidates that two neighbours bring up."""
        pairs = self.first.get(first, 0) & self._second.get(second, 0)
        while pairs:
            lowest = pairs & -pairs
            yield from self._pairs[lowest.bit_length() - 1]
            pairs ^= lowest


class PatternSet:
    """Many phrases, searched at once.

    A phrase can match in a few ways; of each way the rarest pair of neighbours is its key (or the rarest word, where it has no
    neighbours). Which phrases a pair of words brings up is worked out when the pair is first seen, and remembered; so a message
    costs one look-up a word, however many phrases there are. Of the phrases brought up only those whose other needs are met
    are run, and no match is lost.

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
        characters = cache(lexicon.alphabet.characters)
        packs: dict[int, list[_Way]] = {}
        for number, phrase in enumerate(self._phrases):
            packs.setdefault(id(phrase.frequency), []).extend(_keyed(phrase, number))
        asked = dict.fromkeys(way.needs[0] for found in packs.values() for way in found if way.needs)
        numbers = {words: number for number, words in enumerate(asked, start=_ALWAYS + 1)}
        holds: dict[str, set[int]] = {}
        for words, number in numbers.items():
            for symbol in characters(words):
                holds.setdefault(symbol, set()).add(number)
        self._holds = {symbol: frozenset(found) for symbol, found in holds.items()}
        indexes = [_Index(found, characters, numbers) for found in packs.values()]
        self._beside = _Neighbours(indexes)
        self._alone = {
            symbol: _raised(one for index in indexes for one in index.alone.get(symbol, ()))
            for symbol in dict.fromkeys(symbol for index in indexes for symbol in index.alone)
        }
        self.anchors = frozenset(self._alone).union(*(index.first for index in indexes))

    def matches(self, symbols: str) -> list[Match]:
        """Every match of every phrase in a reading."""
        raised = [*filter(None, map(self._beside.__getitem__, map(add, symbols, symbols[1:])))]
        raised += filter(None, map(self._alone.get, symbols))
        if not raised:
            return []
        holds = {_ALWAYS}.union(*filter(None, map(self._holds.get, symbols)))
        numbers = {
            number
            for groups in raised
            for rarest in holds.intersection(groups)
            for others, number in groups[rarest]
            if holds.issuperset(others)
        }
        found: list[Match] = []
        for number in sorted(numbers):
            expression = self._expressions[number] or self._expression(number)
            found += [Match(self._phrases[number].rule, *hit.span()) for hit in expression.finditer(symbols)]
        return found

    def _expression(self, number: int) -> re.Pattern[str]:
        """The expression of a phrase, compiled when it is first needed."""
        expression = self._expressions[number] = compiled(self._phrases[number].items, self._lexicon)
        return expression


class _Neighbours(dict[str, "_Raised | None"]):
    """What two neighbouring symbols bring up; forgets everything when full."""

    def __init__(self, indexes: list[_Index]) -> None:
        super().__init__()
        self._indexes = indexes

    def __missing__(self, pair: str) -> _Raised | None:
        if len(self) >= _REMEMBERED:
            self.clear()
        found = self[pair] = _raised(one for index in self._indexes for one in index.beside(*pair))
        return found


def _raised(candidates: Iterable[_Candidate]) -> _Raised | None:
    """Candidates by the rarest set that they need; None where there are none."""
    groups: dict[int, dict[tuple[tuple[int, ...], int], None]] = {}
    for rarest, others, phrase in candidates:
        groups.setdefault(rarest, {})[others, phrase] = None
    return {rarest: tuple(found) for rarest, found in groups.items()} or None


def _keyed(phrase: Phrase, number: int) -> Iterator[_Way]:
    """The ways of a phrase, keyed by their rarest two neighbours, or their rarest word."""
    frequency = phrase.frequency
    for way in ways(phrase.items):
        pairs = [(first.words, second.words) for first, second in pairwise(way) if second.beside]
        alone = (min((link.words for link in way), key=frequency),)
        key: tuple[frozenset[str], ...] = min(pairs, key=lambda pair: frequency(pair[0]) * frequency(pair[1]), default=alone)
        yield _Way(key, tuple(sorted({link.words for link in way}.difference(key), key=frequency)), number)
