"""Learned words: n-grams whose weights, added up over one message, speak for a risk cue that no rule has seen.

A rule says what its author thought of; words that were learned from many lines carry over to wordings that nobody wrote down.
They judge one message at a time, so a long ordinary chat does not add up to a risky one. Where no rule found a cue, the
finding is ``word:<family>`` (or ``word:<family>.hint`` below the higher threshold); where one did, the words may agree with it
(``word:agrees``), or doubt it, and then a cue that is weak by itself is dropped. A finding quotes the words that weighed most.
"""

from __future__ import annotations

from itertools import pairwise
from math import sqrt
from typing import TYPE_CHECKING, NamedTuple

from grooming_detect.finders.lexicon import ASK as ASKS
from grooming_detect.finders.lexicon import END as ENDS
from grooming_detect.finders.lexicon import OTHER
from grooming_detect.report import Finding, Span
from grooming_detect.text import ASK, END

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from grooming_detect.finders.lexicon import Lexicon
    from grooming_detect.weights import WordTable

FEWEST = 3  # words in a message that can be judged
AGREES = "word:agrees"
_QUOTED = 3  # n-grams that a finding quotes


class _Gram(NamedTuple):
    """An n-gram in a reading: where it begins, how many words it has, its symbols."""

    at: int
    length: int
    symbols: str


def grams(symbols: str) -> Iterator[_Gram]:
    """Single words and pairs of neighbours, as symbols; unknown words take no part."""
    for at, symbol in enumerate(symbols):
        if symbol != OTHER:
            yield _Gram(at, 1, symbol)
    for at, (first, second) in enumerate(pairwise(symbols)):
        if OTHER not in {first, second}:
            yield _Gram(at, 2, first + second)


class WordFinder:
    """Judges single messages by a table of learned words.

    Parameters
    ----------
    table : WordTable
        What was learned.
    lexicon : Lexicon
        Whose alphabet knows the table's words.
    """

    def __init__(self, table: WordTable, lexicon: Lexicon) -> None:
        self._base, self._hint, self._strong = table.base, table.hint, table.strong
        self._doubt, self._agree = table.doubt, table.agree
        self._lexicon = lexicon
        self._weights = self._by_symbols(table.weights)
        self._families = {family: self._by_symbols(weights) for family, weights in sorted(table.families.items())}

    def _by_symbols(self, weights: Mapping[str, float]) -> dict[str, float]:
        marks = {END: ENDS, ASK: ASKS}

        def known(word: str) -> str | None:
            return marks.get(word) or self._lexicon.alphabet.character(word.removesuffix("*"))

        spelled = ((tuple(known(word) for word in gram.split()), weight) for gram, weight in weights.items())
        return {"".join(part for part in symbols if part): weight for symbols, weight in spelled if all(symbols)}

    def margin(self, symbols: str) -> float:
        """Log-odds that a message holds a cue."""
        weights = self._weights
        total = 0.0
        before = OTHER
        for symbol in symbols:
            total += weights.get(symbol, 0.0)
            total += weights.get(before + symbol, 0.0)
            before = symbol
        return self._base + total / sqrt(len(symbols))

    def doubts(self, symbols: str) -> bool:
        """Whether the words of a message speak against a rule's cue in it."""
        return len(symbols) >= FEWEST and self.margin(symbols) < self._doubt

    def see(self, index: int, text: str, symbols: str, *, judged: bool) -> tuple[Finding, ...]:
        """The finding of a message, if there is one.

        Parameters
        ----------
        index : int
            Index of the message in the conversation.
        text, symbols : str
            The message, and its reading.
        judged : bool
            Whether a rule found a risk cue in it.
        """
        if len(symbols) < FEWEST or not self._weights:
            return ()
        margin = self.margin(symbols)
        if margin < (self._agree if judged else self._hint):
            return ()
        found = list(grams(symbols))
        if judged:
            return (Finding(AGREES, self._spans(index, text, found)),)
        family = max(self._families, key=lambda name: sum(self._families[name].get(gram.symbols, 0.0) for gram in found))
        label = f"word:{family}" if margin >= self._strong else f"word:{family}.hint"
        return (Finding(label, self._spans(index, text, found)),)

    def _spans(self, index: int, text: str, found: list[_Gram]) -> tuple[Span, ...]:
        """The heaviest n-grams, as places in the text."""
        places = self._lexicon.readings(text)[0].places
        heaviest = sorted(found, key=lambda gram: -self._weights.get(gram.symbols, 0.0))[:_QUOTED]
        spans = (Span(index, places[gram.at][0], places[gram.at + gram.length - 1][1]) for gram in heaviest)
        return joined(sorted(span for span in spans if span.start < span.end))


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
