"""Phrases compiled for a lexicon: each is a regular expression over symbols, with the words that it cannot do without."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache, partial, reduce
from itertools import pairwise, repeat
from operator import add, or_
from typing import TYPE_CHECKING, NamedTuple

from grooming_detect.finders.lexicon import ASK, END, Lexicon
from grooming_detect.phrases import Gap, Group, Start, Without, Words, ways
from grooming_detect.text import ASK as ASKS
from grooming_detect.text import END as ENDS
from grooming_detect.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from grooming_detect.packs import Pack
    from grooming_detect.phrases import Item, Sequence

_REMEMBERED = 1 << 18  # pairs of neighbours whose candidates are kept
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


def spelled(pack: Pack, rank: Mapping[str, int] | None = None) -> Callable[[int, Sequence], Phrase]:
    """A function that makes phrases of a pack, with the numbers of their rules, ready for a lexicon.

    Parameters
    ----------
    pack : Pack
        Whose spellings are added.
    rank : mapping of str to int, optional
        As `ranks` gives it for all packs that are on; by default for this pack alone.
    """
    widen = _Widening(spelling(pack))
    frequency = frequencies(ranks([pack]) if rank is None else rank)
    return lambda rule, phrase: Phrase(rule, widen.sequence(phrase), frequency)


def ranks(packs: Iterable[Pack]) -> dict[str, int]:
    """The rank of the common words in the language in which each is most common: any of them may be the one that is written."""
    found = dict.fromkeys((ENDS, ASKS), 0)
    for pack in packs:
        widen = spelling(pack)
        for rank, word in enumerate(pack.common):
            for variant in widen(frozenset({word})):
                found[variant] = min(rank, found.get(variant, rank))
    return found


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
            parts.append(f"(?:{_guard(item, characters)}(?:{options})){'?' if item.optional else ''}")
    return "".join(parts)


def _guard(group: Group, characters: Callable[[frozenset[str]], frozenset[str]]) -> str:
    """Looks whether any option can begin here at all, which is quicker than to try them one by one."""
    first = _first(Group(group.options, optional=False))
    return f"(?={_class(characters(first))})" if first and len(group.options) > 1 else ""


def _first(item: Item) -> frozenset[str]:
    """The words with which an item begins; none where that cannot be told."""
    if isinstance(item, Words):
        return item.words
    if isinstance(item, Group) and not item.optional:
        firsts = [_first(option[0]) for option in item.options]
        return frozenset().union(*firsts) if all(firsts) else frozenset()
    return frozenset()


def _class(characters: frozenset[str]) -> str:
    return "[" + "".join(sorted(characters)) + "]"


class _Bit(NamedTuple):
    """Where it stands whether a message holds a word of a set: a byte of the message's, and a bit of that byte."""

    byte: int
    mask: int


class _Candidate(NamedTuple):
    """A phrase that may match in a message that holds a word of each set it needs: the rarest set, and the others."""

    byte: int
    mask: int
    others: tuple[_Bit, ...]
    phrase: int


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
        The ways of all its phrases.
    characters : callable
        The symbols of a set of words.
    candidate : callable
        What is to be brought up for a way.
    """

    def __init__(
        self,
        found: Iterable[_Way],
        characters: Callable[[frozenset[str]], frozenset[str]],
        candidate: Callable[[_Way], _Candidate],
    ) -> None:
        keyed: dict[tuple[frozenset[str], ...], dict[_Candidate, None]] = {}
        for way in found:
            keyed.setdefault(way.key, {})[candidate(way)] = None
        self.alone: dict[str, list[_Candidate]] = {}
        for key in [key for key in keyed if len(key) == 1]:
            for symbol in characters(key[0]):
                self.alone.setdefault(symbol, []).extend(keyed[key])
        pairs = [key for key in keyed if len(key) > 1]
        self._pairs = [tuple(keyed[key]) for key in pairs]
        self._first, self._second = (_bits_of(enumerate(key[side] for key in pairs), characters) for side in (0, 1))
        self.anchors = self.alone.keys() | self._first.keys()

    def beside(self, pair: str) -> Iterator[_Candidate]:
        """What two neighbours bring up."""
        for number in _places(self._first.get(pair[0], 0) & self._second.get(pair[1], 0)):
            yield from self._pairs[number]


def _bits_of(
    sets: Iterable[tuple[int, frozenset[str]]], characters: Callable[[frozenset[str]], frozenset[str]]
) -> dict[str, int]:
    """For each symbol the sets (their places, as bits) of which it is a word."""
    by_set: dict[frozenset[str], int] = {}
    for place, words in sets:
        by_set[words] = by_set.get(words, 0) | 1 << place
    found: dict[str, int] = {}
    for words, bits in by_set.items():
        for symbol in characters(words):
            found[symbol] = found.get(symbol, 0) | bits
    return found


def _places(bits: int) -> Iterator[int]:
    """The places of the bits that are set."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


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
    doubted : collection of int
        Rules that `matches` leaves out where it is told to.
    """

    def __init__(self, phrases: Iterable[Phrase], lexicon: Lexicon, doubted: Collection[int] = ()) -> None:
        self._lexicon = lexicon
        self._phrases = list(phrases)
        self._expressions: list[re.Pattern[str] | None] = [None] * len(self._phrases)
        characters = cache(lexicon.alphabet.characters)
        self._doubted = {number for number, phrase in enumerate(self._phrases) if phrase.rule in doubted}
        packs: dict[int, list[_Way]] = {}
        frequency: dict[frozenset[str], float] = {}
        for number, phrase in enumerate(self._phrases):
            found = list(_keyed(phrase, number))
            packs.setdefault(id(phrase.frequency), []).extend(found)
            frequency |= {words: phrase.frequency(words) for way in found for words in way.needs}
        by_frequency = sorted(frequency, key=lambda words: -frequency[words])  # so that common words make small numbers
        places = {words: place for place, words in enumerate(by_frequency, start=1)}
        self._holds = _bits_of(((place, words) for words, place in places.items()), characters)
        self._bytes = len(places) // 8 + 1

        def candidate(way: _Way) -> _Candidate:
            bits = [_Bit(places[words] // 8, 1 << places[words] % 8) for words in way.needs]
            rarest, *others = bits or [_Bit(0, 1)]  # what needs nothing needs the bit that every message has
            return _Candidate(*rarest, tuple(others), way.phrase)

        self._indexes = [_Index(found, characters, candidate) for found in packs.values()]
        self.anchors = frozenset().union(*(index.anchors for index in self._indexes))
        self._all, self._firm = (_Memory(partial(self._raise, doubted=doubted)) for doubted in (True, False))

    def matches(self, symbols: str, *, doubted: bool = True) -> list[Match]:
        """Every match of every phrase in a reading; of the phrases of doubted rules only where they are asked for."""
        raised = self._all if doubted else self._firm
        keys = [*filter(None, map(raised.__getitem__, map(add, symbols, symbols[1:])))]
        keys += filter(None, map(raised.__getitem__, symbols))
        if not keys:
            return []
        held = reduce(or_, map(self._holds.get, symbols, repeat(0)), 1).to_bytes(self._bytes, "little")
        numbers = {
            phrase
            for candidates in keys
            for byte, mask, others, phrase in candidates
            if held[byte] & mask
            if all(held[other] & bit for other, bit in others)
        }
        found: list[Match] = []
        for number in sorted(numbers):
            expression = self._expressions[number] or self._expression(number)
            found += [Match(self._phrases[number].rule, *hit.span()) for hit in expression.finditer(symbols)]
        return found

    def _raise(self, key: str, *, doubted: bool) -> tuple[_Candidate, ...]:
        """What a word alone, or two neighbours, bring up in all packs."""
        return tuple(
            candidate
            for index in self._indexes
            for candidate in (index.beside(key) if len(key) > 1 else index.alone.get(key, ()))
            if doubted or candidate.phrase not in self._doubted
        )

    def _expression(self, number: int) -> re.Pattern[str]:
        """The expression of a phrase, compiled when it is first needed."""
        expression = self._expressions[number] = compiled(self._phrases[number].items, self._lexicon)
        return expression


class _Memory(dict[str, tuple[_Candidate, ...]]):
    """What keys bring up, worked out when one is first seen; forgets everything when full."""

    def __init__(self, work_out: Callable[[str], tuple[_Candidate, ...]]) -> None:
        super().__init__()
        self._work_out = work_out

    def __missing__(self, key: str) -> tuple[_Candidate, ...]:
        if len(self) >= _REMEMBERED:
            self.clear()
        found = self[key] = self._work_out(key)
        return found


def _keyed(phrase: Phrase, number: int) -> Iterator[_Way]:
    """The ways of a phrase, keyed by their rarest two neighbours, or their rarest word."""
    frequency = phrase.frequency
    for way in ways(phrase.items):
        pairs = [(first.words, second.words) for first, second in pairwise(way) if second.beside]
        alone = (min((link.words for link in way), key=frequency),)
        key: tuple[frozenset[str], ...] = min(pairs, key=lambda pair: frequency(pair[0]) * frequency(pair[1]), default=alone)
        yield _Way(key, tuple(sorted({link.words for link in way}.difference(key), key=frequency)), number)
