"""Learning words: from labelled messages to the `WordTable` that finds cues which no rule has seen."""

from __future__ import annotations

from collections import Counter
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from grooming_detect.families import RISK, family_of
from grooming_detect.finders.cues import CueFinder, CueMemory
from grooming_detect.finders.lexicon import ASK, END
from grooming_detect.finders.patterns import spelling
from grooming_detect.finders.words import FEWEST, grams
from grooming_detect.text import chunks, pieces
from grooming_detect.weights import WordTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from grooming_detect.chat import Message
    from grooming_detect.finders.lexicon import Lexicon
    from grooming_detect.packs import Pack

_LEAST = 0.02  # log-odds below which an n-gram is left out
_MOST_FAMILY_GRAMS = 150
_STEM = 5  # letters


class Line(NamedTuple):
    """A message, the risk families that it holds, and how much it counts."""

    message: Message
    families: tuple[str, ...]
    weight: float


def vocabulary(lines: Iterable[Line], packs: Sequence[Pack], fewest: int = 3) -> frozenset[str]:
    """Words that stand in at least `fewest` lines, each in its plain spelling; of rarer ones the stems that do."""
    plain = {variant: word for pack in packs for word, variants in pack.spelling.items() for variant in variants}
    counts: Counter[str] = Counter()
    for line in lines:
        found = {piece.word for chunk in chunks(line.message.text) for piece in pieces(chunk.word)}
        counts.update(plain.get(word, word) for word in found if any(letter.isalpha() for letter in word))
    stems: Counter[str] = Counter()
    for word, count in counts.items():
        if count < fewest and len(word) > _STEM:
            stems[word[:_STEM] + "*"] += count
    return frozenset(word for word, count in (counts + stems).items() if count >= fewest)


def learn_words(lines: Sequence[Line], packs: Sequence[Pack], words: frozenset[str], strength: float = 1.0) -> WordTable:
    """Weights of single words and pairs of neighbours, by logistic regression over messages.

    Parameters
    ----------
    lines : sequence of Line
        Messages with and without cues.
    packs : sequence of Pack
        For the alphabet, and the spelling of words.
    words : frozenset of str
        The vocabulary.
    strength : float
        Inverse of the ridge penalty.

    Returns
    -------
    WordTable
        Its thresholds are not set yet; see `thresholds`.
    """
    finder = CueFinder(packs, WordTable(weights=MappingProxyType(dict.fromkeys(sorted(words), 0.0))))
    readings = [finder.lexicon.symbols(line.message.text) for line in lines]
    matrix, columns = _matrix(readings)
    risky = np.array([bool(line.families) for line in lines])
    weight = np.array([line.weight for line in lines])
    # Rare n-grams tell more than frequent ones: they are penalised less, by their inverse document frequency.
    rarity = np.log(len(lines) / (1 + np.asarray((matrix > 0).sum(axis=0)).ravel())) / np.log(len(lines))
    scaled = matrix @ sparse.diags(rarity)
    model = LogisticRegression(C=strength, max_iter=2_000).fit(scaled, risky, sample_weight=weight)
    named = _names(columns, words, finder.lexicon, packs)
    weights = {
        named[gram]: round(float(value), 4)
        for gram, value in zip(columns, model.coef_[0] * rarity, strict=True)
        if gram in named and abs(value) >= _LEAST
    }
    families = _families(matrix, [line.families for line in lines], columns, named)
    return WordTable(round(float(model.intercept_[0]), 4), MappingProxyType(weights), MappingProxyType(families))


def _matrix(readings: Sequence[str]) -> tuple[sparse.csr_matrix, list[str]]:
    """Counts of n-grams divided by the square root of the message's length, as `WordFinder.margin` adds them up."""
    seen: dict[str, int] = {}
    for reading in readings:
        for symbols in {gram.symbols for gram in grams(reading)}:
            seen[symbols] = seen.get(symbols, 0) + 1
    columns = sorted(gram for gram, count in seen.items() if count > 1)
    place = {gram: n for n, gram in enumerate(columns)}
    rows, cells, values = [], [], []
    for row, reading in enumerate(readings):
        for gram in grams(reading):
            if gram.symbols in place:
                rows.append(row)
                cells.append(place[gram.symbols])
                values.append(len(reading) ** -0.5)
    return sparse.csr_matrix((values, (rows, cells)), shape=(len(readings), len(columns))), columns


def _names(columns: Iterable[str], words: Iterable[str], lexicon: Lexicon, packs: Sequence[Pack]) -> dict[str, str]:
    """Each n-gram of symbols in words, the first word of a class standing for all."""
    widen = spelling(*packs)
    by_symbol = {END: ".", ASK: "?"}

    def known(word: str) -> str:
        return lexicon.alphabet.character(word.removesuffix("*")) or ""

    for word in sorted(words):
        for variant in sorted(widen(frozenset({word}))):
            by_symbol.setdefault(known(variant), word if known(word) == known(variant) else variant)
    return {gram: " ".join(by_symbol[symbol] for symbol in gram) for gram in columns if all(s in by_symbol for s in gram)}


def _families(
    matrix: sparse.csr_matrix,
    families: Sequence[tuple[str, ...]],
    columns: Sequence[str],
    named: dict[str, str],
) -> dict[str, MappingProxyType[str, float]]:
    """For each family the n-grams that tell it from the others: smoothed log-ratios of their counts."""
    counts = sparse.csr_matrix(matrix > 0, dtype=float)
    risky = _sums(counts, np.array([bool(own) for own in families]))
    tables = {}
    for family in sorted(RISK):
        own = _sums(counts, np.array([family in names for names in families]))
        rest = risky - own
        ratio = np.log((own + 0.5) / (own.sum() + 1)) - np.log((rest + 0.5) / (rest.sum() + 1))
        best = [n for n in np.argsort(-np.abs(ratio) * np.sqrt(own + rest))[:_MOST_FAMILY_GRAMS] if columns[n] in named]
        tables[family] = MappingProxyType({named[columns[n]]: round(float(ratio[n]), 3) for n in sorted(best)})
    return tables


def _sums(counts: sparse.csr_matrix, chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
    return np.asarray(counts[chosen].sum(axis=0)).ravel()


class Margins(NamedTuple):
    """Log-odds of messages, by whether a rule finds a risk cue in them."""

    judged: NDArray[np.float64]
    silent: NDArray[np.float64]


def margins(table: WordTable, packs: Sequence[Pack], messages: Iterable[Message]) -> Margins:
    """Log-odds that a table gives, in ascending order; messages of fewer than `FEWEST` words are left out."""
    finder = CueFinder(packs, table)
    rules = CueFinder(packs)
    found: dict[bool, list[float]] = {True: [], False: []}
    for message in messages:
        symbols = finder.lexicon.symbols(message.text)
        if finder.words is not None and len(symbols) >= FEWEST:
            judged = any(family_of(finding.label) in RISK for finding in rules.see(CueMemory(), 0, message))
            found[judged].append(finder.words.margin(symbols))
    return Margins(np.sort(found[True]), np.sort(found[False]))
