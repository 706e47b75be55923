"""Learned words: how much the words of a message, all together, are like those of known cue lines.

A rule says what its author thought of; words and parts of words that were learned from many lines carry over to wordings that
nobody wrote down, to inflections and to slips. They judge one message at a time, so a long ordinary chat does not add up to a
risky one. Of a message of several sentences they judge the whole and the sentence that is most like a cue, half and half: what
else stands in the message does not hide a request. Their judgement, a `margin` in log-odds, does two things. It says how far a
rule's cue is to be believed: a cue counts in full where the words agree, in part where they do not, and not at all where they
all speak against it. And it is a finding of its own, ``word:<family>``, in which the words that weighed most are quoted. Where
the words are plainer than those of nearly any ordinary message, the rest adds up over a side's messages as ``word:together``.

A second table was learned from cue lines and from those that only sound like them: what parents, friends, coaches or shops
write. It is asked where something risky was found: what speaks for such people adds up as ``word:everyday``, and what speaks
against them as ``word:pressing``; not where cues of several families come together, which no such line has taught it.

A message whose words speak for a cue rather than against it, but too faintly for a finding, tells nothing of its sender: in
ordinary talk there are as many. On a side that is flagged for other reasons it is often part of the same, and so the plainest
are shown there as ``word:beside``, without points.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache, cached_property
from itertools import chain, pairwise, repeat
from math import sqrt
from operator import add
from typing import TYPE_CHECKING, NamedTuple

from grooming_detect.finders.alphabet import ASK as ASKS
from grooming_detect.finders.alphabet import END as ENDS
from grooming_detect.finders.alphabet import OTHER
from grooming_detect.finders.memo import Memo, is_brief
from grooming_detect.report import Finding, Span
from grooming_detect.text import ASK, CHUNK, DENSE, END, fold, sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from grooming_detect.finders.alphabet import Alphabet
    from grooming_detect.finders.lexicon import Lexicon
    from grooming_detect.weights import WordTable

FEWEST = 2  # words in a message that can be judged
_LENGTHS = range(2, 6)  # letters of a part of a word
_DISTANCES = range(2, 6)  # places from one word to another that are paired though they are no neighbours
_LONGEST_CHUNK = 100  # letters of a chunk that are looked at
_REMEMBERED = 1 << 18
_QUOTED = 3  # chunks that a finding quotes
_PLAIN = 8.0  # log-odds beyond `strong` that count 1 as `TOGETHER`
TOGETHER = "word:together"  # what the words of several messages say beyond what each is a finding for
HEARD_TOGETHER = "heard:together"  # the same of what the others write
EVERYDAY = "word:everyday"  # how far words are those of people who only sound alike
PRESSING = "word:pressing"  # how far they are those of cues
BESIDE = "word:beside"  # messages of a flagged side to be read with the rest; they count for nothing
_EVERYDAY = 4.0  # log-odds either way that count 1 as one of these


def grams(symbols: str) -> Iterator[str]:
    """Single words and pairs of neighbours, as symbols; unknown words take no part."""
    yield from (symbol for symbol in symbols if symbol != OTHER)
    yield from (first + second for first, second in pairwise(symbols) if OTHER not in {first, second})


def apart(symbols: str) -> Iterator[str]:
    """Pairs of words with one to four others between.

    >>> list(apart("abcd"))
    ['ac', 'bd', 'ad']
    """
    return chain.from_iterable(map(add, symbols, symbols[distance:]) for distance in _DISTANCES)


@cache
def count_apart(length: int) -> int:
    """How many such pairs a message of so many words has.

    >>> count_apart(4)
    3
    """
    return sum(max(length - distance, 0) for distance in _DISTANCES)


def parts(chunk: str) -> list[str]:
    """The parts of a chunk: every run of two to five letters of it, its edges written as spaces.

    >>> parts("Hi")[:4]
    [' h', 'hi', 'i ', ' hi']
    """
    letters = _edged(chunk)
    return [letters[at : at + length] for length in _LENGTHS for at in range(len(letters) - length + 1)]


def count_parts(chunk: str) -> int:
    """How many parts a chunk has.

    >>> count_parts("Hi"), len(parts("Hi"))
    (6, 6)
    """
    letters = len(_edged(chunk))
    return sum(max(letters - length + 1, 0) for length in _LENGTHS)


def _edged(chunk: str) -> str:
    return f" {fold(chunk)[:_LONGEST_CHUNK]} "


class Judgement(NamedTuple):
    """What the words of a message say.

    Log-odds, how far a cue is to be believed, how strong a finding they are themselves, and how far they go beyond a full one.
    """

    margin: float
    belief: float
    strength: float
    beyond: float = 0.0


def in_symbols(table: WordTable, alphabet: Alphabet) -> WordTable:
    """The same table with symbols for its words; without those that the alphabet does not know."""

    @cache
    def symbol(word: str) -> str:
        return {END: ENDS, ASK: ASKS}.get(word) or alphabet.character(word.removesuffix("*")) or ""

    def spelled(weights: Mapping[str, float]) -> dict[str, float]:
        found = ((list(map(symbol, gram.split())), weight) for gram, weight in weights.items())
        return {"".join(symbols): weight for symbols, weight in found if all(symbols)}

    families = {family: spelled(weights) for family, weights in table.families.items()}
    return replace(table, weights=spelled(table.weights), apart=spelled(table.apart), families=families)


class WordFinder:
    """Judges single messages by a table of learned words.

    Parameters
    ----------
    table : WordTable
        What was learned, `in_symbols` of the lexicon.
    lexicon : Lexicon
        Which reads the messages.
    """

    def __init__(self, table: WordTable, lexicon: Lexicon) -> None:
        self._table = table
        self._lexicon = lexicon
        self._letters = Memo(self._weighed, _REMEMBERED, is_brief)

    @property
    def even(self) -> float:
        """The log-odds of a message whose words speak neither for a cue nor against one."""
        return self._table.base

    @cached_property
    def _known(self) -> frozenset[str]:
        """The letters in which cues were written."""
        return frozenset(filter(str.isalpha, chain.from_iterable(self._table.letters)))

    @cached_property
    def _families(self) -> dict[str, list[tuple[str, float]]]:
        """By n-gram, the families that it speaks for and how much; made when a finding is first named."""
        return _turned(self._table.families)

    @cached_property
    def _family_letters(self) -> dict[str, list[tuple[str, float]]]:
        """The same by part of a word."""
        return _turned(self._table.family_letters)

    def _weighed(self, chunk: str) -> complex:
        """The weights of a chunk's parts, added up, and (as the imaginary part) how many parts it has.

        One number for both, so that a message's are added up in a single pass. A disguised chunk has those of what it means.
        """
        if DENSE.search(chunk) and self._known.isdisjoint(chunk.casefold()):
            return complex(0.0, count_parts(chunk))  # of a script in which nobody wrote a cue
        found = parts(self._lexicon.meant(chunk))
        return complex(sum(map(self._table.letters.get, found, repeat(0.0))), len(found))

    def letters(self, text: str) -> complex:
        """The weights of the parts of all words, added up, and how many there are."""
        return sum(map(self._letters.__getitem__, text.split()))

    def judge(self, symbols: str, letters: complex, text: str = "") -> Judgement:
        """What the words say, from a message's reading and its `letters`; with its `text`, from its sentences too."""
        table = self._table
        if len(symbols) < FEWEST or not letters.imag:
            return Judgement(table.base, 1.0, 0.0)
        margin = self._margin(symbols, letters)
        if cut := sentences(text):
            plainest = max(self._margin(self._lexicon.symbols(one), self.letters(one)) for one in cut)
            margin = (margin + max(margin, plainest)) / 2
        belief, strength = _share(margin, table.doubt, table.agree), _share(margin, table.hint, table.strong)
        return Judgement(margin, belief, strength, max(margin - table.strong, 0.0) / _PLAIN)

    def _margin(self, symbols: str, letters: complex) -> float:
        """The log-odds of a run of words."""
        table = self._table
        if not symbols or not letters.imag:
            return table.base
        get = table.weights.get
        total = sum(map(get, symbols, repeat(0.0))) + sum(map(get, map(add, symbols, symbols[1:]), repeat(0.0)))
        margin = table.base + total / sqrt(len(symbols)) + letters.real / sqrt(letters.imag)
        if table.apart and (count := count_apart(len(symbols))):
            margin += sum(map(table.apart.get, apart(symbols), repeat(0.0))) / sqrt(count)
        return margin

    def find(self, index: int, text: str, symbols: str, judgement: Judgement, family: str | None) -> Iterator[Finding]:
        """The findings of a message that its words have judged, named after the rule's family, or after what they are like.

        Parameters
        ----------
        index : int
            Index of the message in the conversation.
        text, symbols : str
            The message, and its reading.
        judgement : Judgement
            As `judge` gave it.
        family : str or None
            Of a rule that found a cue in the message.
        """
        family = family or self._family(text, symbols)
        if family is None:
            return  # the table knows none
        spans = self._spans(index, text)
        yield Finding(f"word:{family}", spans, judgement.strength)
        if judgement.beyond:
            yield Finding(TOGETHER, spans, judgement.beyond)

    def find_everyday(self, index: int, text: str, symbols: str) -> Iterator[Finding]:
        """What in a message speaks for people who only sound alike, or against them, by a table learned from theirs."""
        margin = self.judge(symbols, self.letters(text)).margin
        if margin:
            label, sign = (EVERYDAY, -1) if margin < 0 else (PRESSING, 1)
            yield Finding(label, self._spans(index, text, sign), abs(margin) / _EVERYDAY)

    def _family(self, text: str, symbols: str) -> str | None:
        totals: dict[str, float] = dict.fromkeys(self._table.families, 0.0)
        found = list(grams(symbols))
        letters = [part for chunk in text.split() for part in parts(self._lexicon.meant(chunk))]
        for table, names in ((self._families, found), (self._family_letters, letters)):
            share = 1 / sqrt(max(len(names), 1))
            for name in names:
                for family, weight in table.get(name, ()):
                    totals[family] += weight * share
        return max(totals, key=lambda name: totals[name], default=None)

    def _spans(self, index: int, text: str, sign: int = 1) -> tuple[Span, ...]:
        """The chunks that weighed most, as places in the text; with a `sign` of -1 those that weighed most against a cue."""
        found = [(sign * self._weight(chunk[0]), Span(index, chunk.start(), chunk.end())) for chunk in CHUNK.finditer(text)]
        heaviest = sorted(found, key=lambda one: -one[0])[:_QUOTED]
        return joined(sorted(span for _, span in heaviest))

    def _weight(self, chunk: str) -> float:
        return self._letters[chunk].real + sum(map(self._table.weights.get, self._lexicon.symbols(chunk), repeat(0.0)))


def _turned(tables: Mapping[str, Mapping[str, float]]) -> dict[str, list[tuple[str, float]]]:
    """Tables by family turned into one, by what they weigh."""
    found: dict[str, list[tuple[str, float]]] = {}
    for family, weights in sorted(tables.items()):
        for name, weight in weights.items():
            found.setdefault(name, []).append((family, weight))
    return found


def _share(value: float, low: float, high: float) -> float:
    """How far a value has come from `low` to `high`, from 0 to 1."""
    return min(max((value - low) / (high - low), 0.0), 1.0) if high > low else float(value >= high)


def joined(spans: list[Span]) -> tuple[Span, ...]:
    """Sorted spans of one message, those that overlap or touch made one.

    >>> joined([Span(0, 0, 4), Span(0, 5, 9), Span(0, 20, 22)])
    (Span(message=0, start=0, end=9), Span(message=0, start=20, end=22))
    """
    result: list[Span] = []
    for span in spans:
        if result and result[-1].message == span.message and span.start <= result[-1].end + 1:
            result[-1] = Span(span.message, result[-1].start, max(result[-1].end, span.end))
        else:
            result.append(span)
    return tuple(result)
