"""Learning words: from labelled messages to the `WordTable` that judges messages."""

from __future__ import annotations

from collections import Counter
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from grooming_detect.families import RISK
from grooming_detect.finders.cues import CueFinder, CueMemory
from grooming_detect.finders.lexicon import ASK, END
from grooming_detect.finders.patterns import spelling
from grooming_detect.finders.words import FEWEST, grams, parts
from grooming_detect.text import chunks, pieces
from grooming_detect.weights import WordTable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from grooming_detect.chat import Message
    from grooming_detect.finders.lexicon import Lexicon
    from grooming_detect.packs import Pack

_LEAST = 0.02  # log-odds below which an n-gram is left out
_FEWEST_LINES = 3  # that hold a part of a word which is learned
_MOST_FAMILY_GRAMS = 400  # n-grams, and as many parts of words, that tell a family from the others
_STEM = 5  # letters


class Line(NamedTuple):
    """A message, the risk families that it holds, how much it counts, and its language."""

    message: Message
    families: tuple[str, ...]
    weight: float
    language: str = ""


def balanced(lines: Sequence[Line]) -> list[Line]:
    """The lines, those without cues weighted so that they outweigh the others alike in every language.

    Else the words of a language of which little ordinary talk is at hand would themselves speak for risk.
    """
    mass: dict[str, list[float]] = {}
    for line in lines:
        mass.setdefault(line.language, [0.0, 0.0])[bool(line.families)] += line.weight
    shares = {language: ordinary / risky for language, (ordinary, risky) in mass.items() if ordinary and risky}
    most = max(shares.values(), default=1.0)
    return [
        line
        if line.families or line.language not in shares
        else line._replace(weight=line.weight * most / shares[line.language])
        for line in lines
    ]


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


class _Features(NamedTuple):
    """One kind of feature of all lines: their counts over the square root of how many a line has, and what the columns are."""

    matrix: sparse.csr_matrix
    names: list[str]

    def scaled(self) -> tuple[sparse.csr_matrix, NDArray[np.float64]]:
        """Rare features tell more than frequent ones and are penalised less: scaled by inverse document frequency."""
        lines = self.matrix.shape[0]
        rarity = np.log(lines / (1 + np.asarray((self.matrix > 0).sum(axis=0)).ravel())) / np.log(lines)
        return self.matrix @ sparse.diags(rarity), rarity


def learn_words(lines: Sequence[Line], packs: Sequence[Pack], words: frozenset[str], strength: float = 1.0) -> WordTable:
    """Weights of words, of pairs of neighbours and of parts of words, by logistic regression over messages.

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
        Its thresholds are not set yet.
    """
    lexicon = CueFinder(packs, WordTable(weights=MappingProxyType(dict.fromkeys(sorted(words), 0.0)))).lexicon
    kinds = _kinds([line.message.text for line in lines], lexicon)
    scaled, rarities = zip(*(kind.scaled() for kind in kinds), strict=True)
    matrix, rarity = sparse.hstack(scaled).tocsr(), np.concatenate(rarities)
    risky = np.array([bool(line.families) for line in lines])
    weight = np.array([line.weight for line in lines])
    model = LogisticRegression(C=strength, max_iter=2_000).fit(matrix, risky, sample_weight=weight)
    named = _names(kinds[0].names, words, lexicon, packs)
    names = [*(named.get(gram, "") for gram in kinds[0].names), *kinds[1].names]
    middle = len(kinds[0].names)
    weights, letters = _split(names, model.coef_[0] * rarity, middle, lambda value: abs(value) >= _LEAST)
    families = _families(matrix[risky], [line.families for line in lines if line.families], rarity)
    told = {family: _told(names, own, middle) for family, own in families.items()}
    return WordTable(
        base=round(float(model.intercept_[0]), 4),
        weights=MappingProxyType(weights),
        letters=MappingProxyType(letters),
        families=MappingProxyType({family: MappingProxyType(own[0]) for family, own in told.items()}),
        family_letters=MappingProxyType({family: MappingProxyType(own[1]) for family, own in told.items()}),
    )


def _kinds(texts: Sequence[str], lexicon: Lexicon) -> tuple[_Features, _Features]:
    """The n-grams of words and the parts of words of all lines."""
    return (
        _features(texts, lambda text: grams(lexicon.symbols(text)), lambda text: len(lexicon.symbols(text)), fewest=2),
        _features(texts, _parts, lambda text: sum(1 for _ in _parts(text)), fewest=_FEWEST_LINES),
    )


def _parts(text: str) -> Iterator[str]:
    return (part for chunk in text.split() for part in parts(chunk))


def _features(
    texts: Sequence[str], features: Callable[[str], Iterator[str]], length: Callable[[str], int], fewest: int
) -> _Features:
    """Counts of features divided by the square root of a line's length, as `WordFinder.judge` adds them up."""
    seen: Counter[str] = Counter()
    for text in texts:
        seen.update(set(features(text)))
    names = sorted(name for name, count in seen.items() if count >= fewest)
    place = {name: n for n, name in enumerate(names)}
    rows, cells, values = [], [], []
    for row, text in enumerate(texts):
        share = max(length(text), 1) ** -0.5
        for name, count in Counter(features(text)).items():
            if name in place:
                rows.append(row)
                cells.append(place[name])
                values.append(count * share)
    return _Features(sparse.csr_matrix((values, (rows, cells)), shape=(len(texts), len(names))), names)


def _split(
    names: Sequence[str], values: NDArray[np.float64], middle: int, kept: Callable[[float], bool]
) -> tuple[dict[str, float], dict[str, float]]:
    """Named weights of n-grams and of parts of words."""
    found: tuple[dict[str, float], dict[str, float]] = ({}, {})
    for n, (name, value) in enumerate(zip(names, values, strict=True)):
        if name and kept(value):
            found[n >= middle][name] = round(float(value), 3)
    return found


def _told(names: Sequence[str], values: NDArray[np.float64], middle: int) -> tuple[dict[str, float], dict[str, float]]:
    """The weights that tell a family best, of either kind."""
    least = [
        np.sort(np.abs(part))[::-1][: _MOST_FAMILY_GRAMS + 1][-1] for part in (values[:middle], values[middle:]) if len(part)
    ]
    return _split(names, values, middle, lambda value: abs(value) > max(min(least), _LEAST))


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
    matrix: sparse.csr_matrix, families: Sequence[tuple[str, ...]], rarity: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    """For each family what tells its lines from those of the others, by logistic regression of one against the rest."""
    tables = {}
    for family in sorted(RISK):
        own = np.array([family in names for names in families])
        if 0 < own.sum() < len(own):
            model = LogisticRegression(C=4.0, class_weight="balanced", solver="liblinear", random_state=0).fit(matrix, own)
            tables[family] = model.coef_[0] * rarity
    return tables


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
            judged = any(is_risk(finding.label) for finding in rules.see(CueMemory(), 0, message))
            found[judged].append(finder.words.judge(symbols, finder.words.letters(message.text)).margin)
    return Margins(np.sort(found[True]), np.sort(found[False]))


def is_risk(label: str) -> bool:
    """Whether a label belongs to a risk family."""
    return label.partition(":")[2].partition(".")[0] in RISK
