"""Phrases compiled for a lexicon: each is a regular expression over symbols, with the words that it cannot do without."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, partial
from itertools import chain, pairwise
from operator import add
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeVar

from grooming_detect.finders.lexicon import ASK, END, Lexicon
from grooming_detect.finders.memo import Memo
from grooming_detect.phrases import Gap, Group, Start, Without, Words, ways
from grooming_detect.text import ASK as ASKS
from grooming_detect.text import END as ENDS
from grooming_detect.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from grooming_detect.packs import Pack
    from grooming_detect.phrases import Item, Sequence

_T = TypeVar("_T")
_NONE: frozenset[int] = frozenset()
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
    def spellings(word: str) -> Collection[str]:
        folded = word if word.startswith("<") else fold(word)
        return (folded, *variants.get(folded, ()))

    @cache
    def widen(words: frozenset[str]) -> frozenset[str]:
        return frozenset(chain.from_iterable(map(spellings, words)))

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
            return type(item)(self.words(item.words))
        if isinstance(item, Group):
            return Group(tuple(map(self.sequence, item.options)), item.optional)
        return item


def lexicon_of(phrases: Iterable[Phrase], words: Iterable[frozenset[str]] = (), plain: Iterable[str] = ()) -> Lexicon:
    """One lexicon for all words of all phrases, for further words, and for plain ones that no rule asks for."""
    asked = dict.fromkeys(words)
    for item in {id(item): item for phrase in phrases for item in phrase.items}.values():
        _add_word_sets(item, asked)
    return Lexicon(asked, plain)


def _add_word_sets(item: Item, asked: dict[frozenset[str], None]) -> None:
    if isinstance(item, Words | Without):
        asked[item.words] = None
    elif isinstance(item, Group):
        for option in item.options:
            for part in option:
                _add_word_sets(part, asked)


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


class _Candidate(NamedTuple):
    """A phrase that may match where a word of each set that it needs is held: the rarest set, in symbols, and the others."""

    rarest: frozenset[str]
    others: tuple[frozenset[str], ...]
    phrase: int


class _Way(NamedTuple):
    """A way in which a phrase can match: its key, and the sets that it needs besides, from the rarest on."""

    key: tuple[frozenset[str], ...]
    needs: tuple[frozenset[str], ...]
    phrase: int


_Rest: TypeAlias = "tuple[tuple[frozenset[str], ...], int]"


class _Rests(dict[str, "list[_Rest]"]):
    """By a symbol of a rarest set: the other sets that are needed, and the phrase.

    Rarest sets have hundreds of symbols, of which few are ever met; what needs one is gathered when it is first asked for.
    """

    def __init__(self, shared: Mapping[frozenset[str], Collection[_Rest]]) -> None:
        super().__init__()
        self._shared = [(rarest, tuple(rest)) for rarest, rest in shared.items()]

    def __missing__(self, symbol: str) -> list[_Rest]:
        found = self[symbol] = [one for rarest, rest in self._shared if symbol in rarest for one in rest]
        return found


class _Raised(NamedTuple):
    """Phrases that a key brings up: the symbols of their rarest sets, and by each of these what they need besides."""

    symbols: frozenset[str]
    rest: _Rests


class _Index:
    """Phrases by what they cannot do without: a pair of neighbours, or a word where they have no pair.

    Parameters
    ----------
    found : iterable of _Way
        The ways of all phrases.
    characters : callable
        The symbols of a set of words.
    """

    def __init__(self, found: Iterable[_Way], characters: Callable[[frozenset[str]], frozenset[str]]) -> None:
        keyed: dict[tuple[frozenset[str], ...], dict[_Candidate, None]] = {}
        for way in found:
            rarest, *others = map(characters, way.needs or way.key)  # what needs nothing else is held by what has its key
            keyed.setdefault(way.key, {})[_Candidate(rarest, tuple(others) if way.needs else (), way.phrase)] = None
        self._alone = _by_symbol(((key[0], tuple(own)) for key, own in keyed.items() if len(key) == 1), characters)
        pairs = [(key, tuple(own)) for key, own in keyed.items() if len(key) > 1]
        self._pairs = [own for _, own in pairs]
        numbered = [[(key[side], number) for number, (key, _) in enumerate(pairs)] for side in (0, 1)]
        self._first, self._second = (
            {symbol: frozenset(numbers) for symbol, numbers in _by_symbol(side, characters).items()} for side in numbered
        )
        self.anchors = self._alone.keys() | self._first.keys()

    def raised(self, key: str) -> Iterator[_Candidate]:
        """What a word alone, or two neighbours, bring up."""
        if len(key) > 1:
            for number in self._first.get(key[0], _NONE) & self._second.get(key[1], _NONE):
                yield from self._pairs[number]
        else:
            for candidates in self._alone.get(key, ()):
                yield from candidates


def _by_symbol(
    found: Iterable[tuple[frozenset[str], _T]], characters: Callable[[frozenset[str]], frozenset[str]]
) -> dict[str, list[_T]]:
    """What belongs to sets of words, by the symbols of these words."""
    by_set: dict[frozenset[str], list[_T]] = {}
    for words, value in found:
        by_set.setdefault(words, []).append(value)
    by_symbol: dict[str, list[_T]] = {}
    for words, values in by_set.items():
        for symbol in characters(words):
            by_symbol.setdefault(symbol, []).extend(values)
    return by_symbol


class PatternSet:
    """Many phrases, searched at once.

    A phrase can match in a few ways; of each way the rarest pair of neighbours is its key (or the rarest word, where it has no
    neighbours). Which phrases a pair of words brings up is worked out when the pair is first seen, and remembered, by each word
    of the rarest set that they need besides; so a message costs a look-up a word, and a few more where a key is known, however
    many phrases there are. Of the phrases brought up only those whose other needs are met are run, and no match is lost.

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
        self._index = _Index((way for number, phrase in enumerate(self._phrases) for way in _keyed(phrase, number)), characters)
        self.anchors = self._index.anchors
        self._all, self._firm = (Memo(partial(self._raise, doubted=doubted), _REMEMBERED) for doubted in (True, False))

    def matches(self, symbols: str, *, doubted: bool = True) -> list[Match]:
        """Every match of every phrase in a reading; of the phrases of doubted rules only where they are asked for."""
        memory = self._all if doubted else self._firm
        keys = [*filter(None, map(memory.__getitem__, map(add, symbols, symbols[1:])))]
        keys += filter(None, map(memory.__getitem__, symbols))
        if not keys:
            return []
        held = frozenset(symbols)
        numbers = {
            phrase
            for rarest, rest in keys
            for symbol in held & rarest
            for others, phrase in rest[symbol]
            if not any(map(held.isdisjoint, others))
        }
        found: list[Match] = []
        for number in sorted(numbers):
            expression = self._expressions[number] or self._expression(number)
            found += [Match(self._phrases[number].rule, *hit.span()) for hit in expression.finditer(symbols)]
        return found

    def _raise(self, key: str, *, doubted: bool) -> _Raised | None:
        """What a word alone, or two neighbours, bring up, if anything."""
        shared: dict[frozenset[str], dict[_Rest, None]] = {}
        for rarest, others, phrase in self._index.raised(key):
            if doubted or phrase not in self._doubted:
                shared.setdefault(rarest, {})[others, phrase] = None
        return _Raised(frozenset().union(*shared), _Rests(shared)) if shared else None

    def _expression(self, number: int) -> re.Pattern[str]:
        """The expression of a phrase, compiled when it is first needed."""
        expression = self._expressions[number] = compiled(self._phrases[number].items, self._lexicon)
        return expression


def _keyed(phrase: Phrase, number: int) -> Iterator[_Way]:
    """The ways of a phrase, keyed by their rarest two neighbours, or their rarest word."""
    frequency = phrase.frequency
    for way in ways(phrase.items):
        sets = sorted({link.words for link in way}, key=frequency)
        pairs = [(first.words, second.words) for first, second in pairwise(way) if second.beside]
        key: tuple[frozenset[str], ...] = min(
            pairs, key=lambda pair: frequency(pair[0]) * frequency(pair[1]), default=(sets[0],)
        )
        yield _Way(key, tuple(words for words in sets if words not in key), number)
