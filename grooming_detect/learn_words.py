"""Learning words: from labelled messages to the `WordTable` that judges messages."""

from __future__ import annotations

from collections import Counter
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from grooming_detect.families import RISK
from grooming_detect.finders.cues import CueFinder, CueMemory
from grooming_detect.finders.lexicon import ASK, END, OTHER
from grooming_detect.finders.patterns import spelling
from grooming_detect.finders.words import FEWEST, apart, count_apart, grams, parts
from grooming_detect.text import chunks, fold, pieces
from grooming_detect.weights import WordTable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from grooming_detect.chat import Message
    from grooming_detect.finders.lexicon import Lexicon
    from grooming_detect.packs import Pack

_LEAST = 0.02  # log-odds below which an n-gram is left out
_FEWEST_LINES = 3  # that hold a part of a word, or a pair of words that stand apart, which is learned
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
    """One kind of feature of all lines: its counts over the square root of how many a line has, scaled, by what, and names.

    Rare features tell more than frequent ones and are penalised less: scaled by inverse document frequency.
    """

    matrix: sparse.csr_matrix
    rarity: NDArray[np.float64]
    names: list[str]

    def weights(self, values: NDArray[np.float64], least: float) -> dict[str, float]:
        """What coefficients weigh, by name, of features that have one and weigh more than so much."""
        named = zip(self.names, values * self.rarity, strict=True)
        return {name: round(float(value), 3) for name, value in named if name and abs(value) > least}


def learn_words(lines: Sequence[Line], packs: Sequence[Pack], words: frozenset[str], strength: float = 1.0) -> WordTable:
    """Weights of words, of pairs of words and of parts of words, by logistic regression over messages.

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
    risky = np.array([bool(line.families) for line in lines])
    kinds = _kinds([line.message.text for line in lines], risky, lexicon)
    weight = np.array([line.weight for line in lines])
    model = LogisticRegression(C=strength, max_iter=2_000)
    model.fit(sparse.hstack([kind.matrix for kind in kinds]).tocsr(), risky, sample_weight=weight)
    named = _names([*kinds[0].names, *kinds[1].names], words, lexicon, packs)
    kinds = [kind._replace(names=[named.get(gram, "") for gram in kind.names]) for kind in kinds[:2]] + kinds[2:]
    values = np.split(model.coef_[0], np.cumsum([len(kind.names) for kind in kinds])[:-1])
    weights, between, letters = (kind.weights(own, _LEAST) for kind, own in zip(kinds, values, strict=True))
    families, family_letters = _told([kinds[0], kinds[2]], risky, [line.families for line in lines if line.families])
    return WordTable(
        base=round(float(model.intercept_[0]), 4),
        weights=MappingProxyType(weights),
        apart=MappingProxyType(between),
        letters=MappingProxyType(letters),
        families=families,
        family_letters=family_letters,
    )


def _kinds(texts: Sequence[str], risky: NDArray[np.bool_], lexicon: Lexicon) -> list[_Features]:
    """Words and neighbours, pairs of words that stand apart, and parts of words, of all lines.

    Parts with a letter that no cue has are left out: they would only say that a line is in a script of which no cue is known.
    """
    symbols = {text: lexicon.symbols(text) for text in texts}
    written = frozenset(" ").union(*(fold(text) for text, holds in zip(texts, risky, strict=True) if holds))

    def known(text: str) -> Iterator[str]:
        return (pair for pair in apart(symbols[text]) if OTHER not in pair)

    def runs(text: str) -> Iterator[str]:
        return (part for chunk in text.split() for part in parts(chunk))

    def familiar(text: str) -> Iterator[str]:
        return (part for part in runs(text) if written.issuperset(part))

    return [
        _features(texts, lambda text: grams(symbols[text]), lambda text: len(symbols[text]), fewest=2),
        _features(texts, known, lambda text: count_apart(len(symbols[text])), fewest=_FEWEST_LINES),
        _features(texts, familiar, lambda text: sum(1 for _ in runs(text)), fewest=_FEWEST_LINES),
    ]


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
    matrix = sparse.csr_matrix((values, (rows, cells)), shape=(len(texts), len(names)))
    rarity = np.log(len(texts) / (1 + np.asarray((matrix > 0).sum(axis=0)).ravel())) / np.log(len(texts))
    return _Features(matrix @ sparse.diags(rarity), rarity, names)


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


_ByFamily: TypeAlias = "MappingProxyType[str, Mapping[str, float]]"


def _told(
    kinds: Sequence[_Features], risky: NDArray[np.bool_], families: Sequence[tuple[str, ...]]
) -> tuple[_ByFamily, _ByFamily]:
    """For each family what tells its lines from those of the others best, by logistic regression of one against the rest."""
    matrix = sparse.hstack([kind.matrix for kind in kinds]).tocsr()[risky]
    found: tuple[dict[str, Mapping[str, float]], dict[str, Mapping[str, float]]] = ({}, {})
    for family in sorted(RISK):
        own = np.array([family in names for names in families])
        if 0 < own.sum() < len(own):
            model = LogisticRegression(C=4.0, class_weight="balanced", solver="liblinear", random_state=0).fit(matrix, own)
            values = np.split(model.coef_[0], [len(kinds[0].names)])
            least = min(_next(part * kind.rarity) for kind, part in zip(kinds, values, strict=True))
            for table, kind, part in zip(found, kinds, values, strict=True):
                table[family] = MappingProxyType(kind.weights(part, max(least, _LEAST)))
    return MappingProxyType(found[0]), MappingProxyType(found[1])


def _next(values: NDArray[np.float64]) -> float:
    """The size of the largest value beyond those that are kept."""
    return float(np.sort(np.abs(values))[::-1][: _MOST_FAMILY_GRAMS + 1][-1]) if len(values) else np.inf


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
