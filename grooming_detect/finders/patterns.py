"""The phrases of all rules, searched at once: regular expressions over symbols, found by the words that each cannot do without.

What the search needs stands in a `PatternTable` of plain values, so that it can be kept and need not be worked out again.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache, partial
from itertools import pairwise
from operator import add
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from grooming_detect.finders.expressions import expression
from grooming_detect.finders.memo import Memo
from grooming_detect.finders.recogniser import Places, matches, program
from grooming_detect.phrases import ways

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from grooming_detect.finders.alphabet import Alphabet
    from grooming_detect.finders.expressions import Phrase
    from grooming_detect.finders.recogniser import Program

_REMEMBERED = 1 << 18  # pairs of neighbours whose candidates are kept
_OFTEN = 12  # times that a phrase is looked for until compiling it pays, though it matched nothing so far
_SET = re.compile(r"«(\d+)»")


class Match(NamedTuple):
    """Where a rule matched: a stretch of symbols, end exclusive."""

    rule: int
    start: int
    end: int


class PatternTable(NamedTuple):
    """Phrases as plain values. Sets of symbols, phrases and keys go by their numbers.

    Parameters
    ----------
    sets : list of str
        The symbols of each set.
    rules, expressions : list of int, list of str
        The rule of each phrase, and its regular expression, in which ``«7»`` stands for one symbol of set 7.
    unless : list of (int, str)
        Rules and expressions of what silences them.
    candidates : list of list of list of int
        What each key brings up: a phrase, the rarest set that it needs, and the others.
    alone, first, second : dict of str to list of int
        By symbol, the keys that it is by itself, or those of which it is the first or the second of two neighbours.
    """

    sets: list[str]
    rules: list[int]
    expressions: list[str]
    unless: list[tuple[int, str]]
    candidates: list[list[list[int]]]
    alone: dict[str, list[int]]
    first: dict[str, list[int]]
    second: dict[str, list[int]]


class _Way(NamedTuple):
    """A way in which a phrase can match: its key, and the sets that it needs besides, from the rarest on."""

    key: tuple[frozenset[str], ...]
    needs: tuple[frozenset[str], ...]
    phrase: int


def tabulated(phrases: Iterable[Phrase], alphabet: Alphabet, unless: Iterable[Phrase] = ()) -> PatternTable:
    """The table of some phrases, and of those that silence their rules.

    Parameters
    ----------
    phrases, unless : iterable of Phrase
        What to look for, and what silences a rule near.
    alphabet : Alphabet
        Of their words, and others perhaps.
    """
    phrases = list(phrases)
    numbers: dict[str, int] = {}

    @cache
    def number(words: frozenset[str]) -> int:
        return numbers.setdefault("".join(sorted(alphabet.characters(words))), len(numbers))

    def written(phrase: Phrase) -> str:
        return expression(phrase.items, lambda words: f"«{number(words)}»")

    keys: dict[tuple[int, ...], dict[tuple[int, ...], None]] = {}
    for way in (way for place, phrase in enumerate(phrases) for way in _keyed(phrase, place)):
        rarest, *others = map(number, way.needs or way.key)  # what needs nothing else is held by what has its key
        candidate = (way.phrase, rarest, *(others if way.needs else ()))
        keys.setdefault(tuple(map(number, way.key)), {})[candidate] = None
    expressions = [written(phrase) for phrase in phrases]
    silencing = [(phrase.rule, written(phrase)) for phrase in unless]
    sets = list(numbers)
    return PatternTable(
        sets=sets,
        rules=[phrase.rule for phrase in phrases],
        expressions=expressions,
        unless=silencing,
        candidates=[list(map(list, found)) for found in keys.values()],
        alone=_by_symbol(((key[0], place) for place, key in enumerate(keys) if len(key) == 1), sets),
        first=_by_symbol(((key[0], place) for place, key in enumerate(keys) if len(key) > 1), sets),
        second=_by_symbol(((key[1], place) for place, key in enumerate(keys) if len(key) > 1), sets),
    )


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


def _by_symbol(found: Iterable[tuple[int, int]], sets: Sequence[str]) -> dict[str, list[int]]:
    """What belongs to sets, by the symbols of these."""
    by_symbol: dict[str, list[int]] = {}
    for number, value in found:
        for symbol in sets[number]:
            by_symbol.setdefault(symbol, []).append(value)
    return by_symbol


_Rest: TypeAlias = "tuple[tuple[frozenset[str], ...], int]"


class _Rests(dict[str, "list[_Rest]"]):
    """By a symbol of a rarest set: the other sets that are needed, and the phrase.

    Rarest sets have hundreds of symbols, of which few are ever met; what needs one is gathered when it is first asked for.
    """

    def __init__(self, shared: Mapping[int, Collection[tuple[int, ...]]], set_of: Callable[[int], frozenset[str]]) -> None:
        super().__init__()
        self._shared = [(set_of(rarest), tuple(rest)) for rarest, rest in shared.items()]
        self._set_of = set_of

    def __missing__(self, symbol: str) -> list[_Rest]:
        met = (one for rarest, rest in self._shared if symbol in rarest for one in rest)
        found = self[symbol] = [(tuple(map(self._set_of, others)), phrase) for phrase, *others in met]
        return found


class _Raised(NamedTuple):
    """Phrases that a key brings up: the symbols of their rarest sets, and by each of these what they need besides."""

    symbols: frozenset[str]
    rest: _Rests


class PatternSet:
    """Many phrases, searched at once.

    A phrase can match in a few ways; of each way the rarest pair of neighbours is its key (or the rarest word, where it has no
    neighbours). Which phrases a pair of words brings up is worked out when the pair is first seen, and remembered, by each word
    of the rarest set that they need besides; so a message costs a look-up a word, and a few more where a key is known, however
    many phrases there are. Of the phrases brought up only those whose other needs are met are run, and no match is lost.

    Parameters
    ----------
    table : PatternTable
        What to look for, as `tabulated` makes it.
    doubted : collection of int
        Rules that `matches` leaves out where it is told to.
    """

    def __init__(self, table: PatternTable, doubted: Collection[int] = ()) -> None:
        self._table = table
        self._doubted = {number for number, rule in enumerate(table.rules) if rule in doubted}
        self._expressions: list[re.Pattern[str] | None] = [None] * len(table.rules)
        self._programs: dict[int, Program] = {}
        self._looked: Counter[int] = Counter()
        self.unless: dict[int, list[str]] = {}
        for rule, silencer in table.unless:
            self.unless.setdefault(rule, []).append(silencer)
        self._set = cache(lambda number: frozenset(table.sets[number]))
        self._first, self._second = (
            cache(lambda symbol, by_symbol=by_symbol: frozenset(by_symbol.get(symbol, ())))
            for by_symbol in (table.first, table.second)
        )
        self._silencer = cache(self._compiled)
        self.anchors = table.alone.keys() | table.first.keys()
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
        places = Places(symbols, self._set)
        for number in sorted(numbers):
            pattern = self._expressions[number] or self._expression(number, places)
            if pattern is not None:
                found += [Match(self._table.rules[number], *hit.span()) for hit in pattern.finditer(symbols)]
        return found

    def is_silenced(self, rule: int, near: Iterable[str]) -> bool:
        """Whether what silences a rule stands in any of some readings."""
        return any(self._silencer(one).search(symbols) for one in self.unless.get(rule, ()) for symbols in near)

    def _raise(self, key: str, *, doubted: bool) -> _Raised | None:
        """What a word alone, or two neighbours, bring up, if anything."""
        keys = self._first(key[0]) & self._second(key[1]) if len(key) > 1 else self._table.alone.get(key, ())
        shared: dict[int, dict[tuple[int, ...], None]] = {}
        for phrase, rarest, *others in (candidate for number in keys for candidate in self._table.candidates[number]):
            if doubted or phrase not in self._doubted:
                shared.setdefault(rarest, {})[phrase, *others] = None
        return _Raised(frozenset().union(*map(self._set, shared)), _Rests(shared, self._set)) if shared else None

    def _expression(self, number: int, places: Places) -> re.Pattern[str] | None:
        """The expression of a phrase, compiled when it first matches or was looked for often; before that None."""
        self._looked[number] += 1
        if self._looked[number] < _OFTEN:
            steps = self._programs.get(number)
            if steps is None:
                steps = self._programs[number] = program(self._table.expressions[number])
            if not matches(steps, places):
                return None
        self._programs.pop(number, None)
        pattern = self._expressions[number] = self._compiled(self._table.expressions[number])
        return pattern

    def _compiled(self, text: str) -> re.Pattern[str]:
        return re.compile(_SET.sub(lambda found: f"[{self._table.sets[int(found[1])]}]", text))
