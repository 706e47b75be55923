"""Phrases made ready for a lexicon: widened by the spellings of their pack, and written as regular expressions over symbols."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

from grooming_detect.finders.alphabet import ASK, END, LexiconTable, lexicon_table
from grooming_detect.phrases import Gap, Group, Start, Without, Words
from grooming_detect.text import ASK as ASKS
from grooming_detect.text import END as ENDS
from grooming_detect.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from grooming_detect.packs import Pack
    from grooming_detect.phrases import Item, Sequence

_SELDOM = 0.0005  # frequency that is assumed of a word which is not among the common ones


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


def vocabulary(phrases: Iterable[Phrase], words: Iterable[frozenset[str]] = (), plain: Iterable[str] = ()) -> LexiconTable:
    """The lexicon's table for all words of all phrases, for further words, and for plain ones that no rule asks for."""
    asked = dict.fromkeys(words)
    for item in {id(item): item for phrase in phrases for item in phrase.items}.values():
        _add_word_sets(item, asked)
    return lexicon_table(asked, plain)


def _add_word_sets(item: Item, asked: dict[frozenset[str], None]) -> None:
    if isinstance(item, Words | Without):
        asked[item.words] = None
    elif isinstance(item, Group):
        for option in item.options:
            for part in option:
                _add_word_sets(part, asked)


def expression(phrase: Sequence, any_of: Callable[[frozenset[str]], str]) -> str:
    """The regular expression of a phrase, over symbols.

    Parameters
    ----------
    phrase : Sequence
        Its words folded and widened.
    any_of : callable
        How “one of these words” is written.
    """
    parts = []
    for place, item in enumerate(phrase):
        if isinstance(item, Words):
            parts.append(any_of(item.words))
        elif isinstance(item, Gap):
            parts.append(f"[^{END}{ASK}]{{0,{item.most}}}?")
        elif isinstance(item, Without):
            parts.append(f"(?{'!' if place else '<!'}{any_of(item.words)})")
        elif isinstance(item, Start):
            parts.append(f"(?:^|(?<=[{END}{ASK}]))")
        else:
            options = "|".join(expression(option, any_of) for option in item.options)
            parts.append(f"(?:{_guard(item, any_of)}(?:{options})){'?' if item.optional else ''}")
    return "".join(parts)


def _guard(group: Group, any_of: Callable[[frozenset[str]], str]) -> str:
    """Looks whether any option can begin here at all, which is quicker than to try them one by one."""
    first = _first(Group(group.options, optional=False))
    return f"(?={any_of(first)})" if first and len(group.options) > 1 else ""


def _first(item: Item) -> frozenset[str]:
    """The words with which an item begins; none where that cannot be told."""
    if isinstance(item, Words):
        return item.words
    if isinstance(item, Group) and not item.optional:
        firsts = [_first(option[0]) for option in item.options]
        return frozenset().union(*firsts) if all(firsts) else frozenset()
    return frozenset()
