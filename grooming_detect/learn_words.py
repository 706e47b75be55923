"""Learning words: from labelled messages to the `WordTable` that judges messages."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from joblib import Parallel, delayed
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from grooming_detect.chat import Message
from grooming_detect.families import RISK
from grooming_detect.finders.alphabet import ASK, END, OTHER
from grooming_detect.finders.cues import CueFinder, CueMemory
from grooming_detect.finders.expressions import spelling
from grooming_detect.finders.words import FEWEST, apart, count_apart, count_parts, grams, parts
from grooming_detect.text import DENSE, chunks, fold, pieces, sentences
from grooming_detect.weights import WordTable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from grooming_detect.finders.lexicon import Lexicon
    from grooming_detect.packs import Pack

_LEAST = 0.1  # log-odds below which an n-gram is left out
_FEWEST_LINES = 3  # that hold a part of a word which is learned
_MOST_FAMILY_GRAMS = 400  # n-grams, and as many parts of words, that tell a family from the others
_STEM = 5  # letters
_OUTWEIGH = 1.5  # weight of the lines without cues over that of the cues
_TOLERANCE = 1e-5  # of the regression; where it stops sooner, words of unseen talk weigh by chance


class Line(NamedTuple):
    """A message, the risk families that it holds, how much it counts, its language, and the corpus of talk that it is of."""

    message: Message
    families: tuple[str, ...]
    weight: float
    language: str = ""
    corpus: str = ""


def balance(lines: Sequence[Line]) -> NDArray[np.float64]:
    """How much each line counts: those without cues outweigh the others in every language, by `_OUTWEIGH` at the least.

    Else the words of a language of which little ordinary talk is at hand would themselves speak for risk.
    """
    weight = np.array([line.weight for line in lines])
    risky = np.array([bool(line.families) for line in lines])
    languages = np.array([line.language for line in lines])
    for language in np.unique(languages):
        cues, others = ((languages == language) & of for of in (risky, ~risky))
        if cues.any() and others.any():
            weight[others] *= max(_OUTWEIGH * weight[cues].sum() / weight[others].sum(), 1.0)
    return weight


def vocabulary(lines: Iterable[Line], packs: Sequence[Pack], fewest: int = 3) -> frozenset[str]:
    """Words that stand in at least `fewest` lines, each in its plain spelling; of rarer ones the stems that do.

    Runs of a script without spaces are cut at the words that the packs know; what stands between these is taken for words.
    """
    plain = {variant: word for pack in packs for word, variants in pack.spelling.items() for variant in variants}
    lexicon = CueFinder.of(packs).lexicon
    counts: Counter[str] = Counter()
    for line in lines:
        runs = (piece.word for chunk in chunks(line.message.text) for piece in pieces(chunk.word))
        found = {word for run in runs for word in _words_of(run, lexicon)}
        counts.update(plain.get(word, word) for word in found if any(letter.isalpha() for letter in word))
    stems: Counter[str] = Counter()
    for word, count in counts.items():
        if count < fewest and len(word) > _STEM:
            stems[word[:_STEM] + "*"] += count
    return frozenset(word for word, count in (counts + stems).items() if count >= fewest)


def _words_of(run: str, lexicon: Lexicon) -> list[str]:
    """A word, or the words of a run of a script without spaces, whose single letters say nothing."""
    return [word for word in lexicon.cut(run) if len(word) > 1] if DENSE.match(run) else [run]


class Learned(NamedTuple):
    """A table of words, and for each corpus of ordinary talk the one that was learned without it.

    What a table says of talk that it was learned from is no measure of what it says of other talk: there it errs far more.
    """

    table: WordTable
    without: Mapping[str, WordTable]


def learn_words(lines: Sequence[Line], packs: Sequence[Pack], words: frozenset[str], strength: float = 1.0) -> Learned:
    """Weights of words, neighbours and parts of words that tell cues from other talk, by logistic regression over messages.

    The sentences of messages are learned from beside them: all of those without a cue; and of each with one the sentence that
    a first regression, which has seen none of these, finds most like a cue.

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
    Learned
        Thresholds are not set yet.
    """
    everything, cut = _with_sentences(lines)
    learner = _Learner(everything, packs, words)
    kinds = [learner.grams(), learner.parts()]
    families, family_letters = learner.told(kinds, len(lines))
    within = frozenset(chain.from_iterable(cut))
    told = [row for row in range(len(everything)) if row not in within]
    told += learner.plainest(kinds, strength, told, cut)

    def table(corpus: str | None) -> WordTable:
        rows = [row for row in told if everything[row].corpus != corpus]
        base, (weights, letters) = learner.fitted(kinds, strength, rows, balance([everything[row] for row in rows]))
        return WordTable(base=base, weights=weights, letters=letters, families=families, family_letters=family_letters)

    corpora = sorted({line.corpus for line in lines} - {""})
    whole, *without = Parallel(n_jobs=-1, prefer="threads")(delayed(table)(corpus) for corpus in (None, *corpora))
    return Learned(whole, dict(zip(corpora, without, strict=True)))


def _with_sentences(lines: Sequence[Line]) -> tuple[list[Line], list[range]]:
    """The lines and then their sentences, which together weigh as much; and where those of each line with a cue are."""
    everything, cut = [*lines], []
    for line in lines:
        found = [line._replace(message=Message("", one)) for one in sentences(line.message.text)]
        if line.families and found:
            cut.append(range(len(everything), len(everything) + len(found)))
        everything += found if line.families else [one._replace(weight=line.weight / len(found)) for one in found]
    return everything, cut


def learn_alike(lines: Sequence[Line], packs: Sequence[Pack], words: frozenset[str], strength: float = 1.0) -> WordTable:
    """The same from cues and what only sounds like them; words that stand apart take part in pairs.

    Other talk is far more than what sounds like cues: learned from both, words would say little of these two.
    """
    learner = _Learner(lines, packs, words)
    kinds = [learner.grams(), learner.pairs(), learner.parts()]
    base, (weights, apart, letters) = learner.fitted(kinds, strength, range(len(lines)), [line.weight for line in lines])
    return WordTable(base=base, weights=weights, apart=apart, letters=letters)


class _Features(NamedTuple):
    """One kind of feature of all lines: its counts over the square root of how many a line has, scaled, by what, and names.

    Rare features tell more than frequent ones and are penalised less: scaled by inverse document frequency.
    """

    matrix: sparse.csr_matrix
    rarity: NDArray[np.float64]
    names: list[str]

    def weights(self, values: NDArray[np.float64], least: float, most: int | None = None) -> Mapping[str, float]:
        """What coefficients weigh, by name, of features that have one and weigh more than so much; the heaviest, so many."""
        named = zip(self.names, values * self.rarity, strict=True)
        found = [(name, round(float(value), 3)) for name, value in named if name and abs(value) > least]
        return MappingProxyType(dict(sorted(found, key=lambda one: -abs(one[1]))[:most]))


class _Learner:
    """Lines as features, and what regressions make of these."""

    def __init__(self, lines: Sequence[Line], packs: Sequence[Pack], words: frozenset[str]) -> None:
        self._lines = lines
        lexicon = CueFinder.of(packs, WordTable(weights=MappingProxyType(dict.fromkeys(sorted(words), 0.0)))).lexicon
        self._symbols = [lexicon.symbols(line.message.text) for line in lines]
        self._words = _words_of_symbols(words, lexicon, packs)
        self._risky = np.array([bool(line.families) for line in lines])

    def grams(self) -> _Features:
        """Words and neighbours."""
        found = _features(lambda n: grams(self._symbols[n]), [len(symbols) for symbols in self._symbols], fewest=2)
        return self._in_words(found)

    def pairs(self) -> _Features:
        """Words that stand apart."""
        lengths = [count_apart(len(symbols)) for symbols in self._symbols]

        def known(n: int) -> Iterator[str]:
            return (pair for pair in apart(self._symbols[n]) if OTHER not in pair)

        return self._in_words(_features(known, lengths, fewest=2))

    def parts(self) -> _Features:
        """Parts of words, as far as they are in letters that cues are written in; those of other scripts say nothing."""
        texts = [line.message.text.split() for line in self._lines]
        told = frozenset(" ").union(
            *(fold(chunk) for line, text in zip(self._lines, texts, strict=True) if line.families for chunk in text)
        )

        def runs(n: int) -> Iterator[str]:
            return (part for chunk in texts[n] for part in parts(chunk) if told.issuperset(part))

        return _features(runs, [sum(map(count_parts, text)) for text in texts], fewest=_FEWEST_LINES)

    def fitted(
        self, kinds: Sequence[_Features], strength: float, rows: Sequence[int], weight: ArrayLike
    ) -> tuple[float, list[Mapping[str, float]]]:
        """The intercept, and for each kind what its features weigh; learned from some of the lines, each with its weight."""
        model = self._regression(_stacked(kinds), strength, rows, weight)
        return round(float(model.intercept_[0]), 4), _weights(kinds, model.coef_[0], _LEAST)

    def plainest(
        self, kinds: Sequence[_Features], strength: float, rows: Sequence[int], cut: Sequence[Sequence[int]]
    ) -> list[int]:
        """Of each of many lists of lines the one that is most like a cue, by a regression over other lines."""
        matrix = _stacked(kinds)
        model = self._regression(matrix, strength, rows, balance([self._lines[row] for row in rows]))
        margin = model.decision_function(matrix)
        return [max(some, key=margin.__getitem__) for some in cut]

    def _regression(
        self, matrix: sparse.csr_matrix, strength: float, rows: Sequence[int], weight: ArrayLike
    ) -> LogisticRegression:
        model = LogisticRegression(C=strength, max_iter=2_000, tol=_TOLERANCE)
        return model.fit(matrix[rows], self._risky[rows], sample_weight=np.asarray(weight))

    def told(self, kinds: Sequence[_Features], most: int) -> list[Mapping[str, Mapping[str, float]]]:
        """For each kind, by family, what tells its lines, of the first so many, from the others: one against the rest."""
        matrix = _stacked(kinds)[:most][self._risky[:most]]
        families = [line.families for line in self._lines[:most] if line.families]
        found: dict[str, list[Mapping[str, float]]] = {}
        for family in sorted(RISK):
            own = np.array([family in names for names in families])
            if 0 < own.sum() < len(own):
                model = LogisticRegression(C=4.0, class_weight="balanced", solver="liblinear", random_state=0).fit(matrix, own)
                found[family] = _weights(kinds, model.coef_[0], _LEAST, _MOST_FAMILY_GRAMS)
        return [MappingProxyType({family: weights[n] for family, weights in found.items()}) for n in range(len(kinds))]

    def _in_words(self, features: _Features) -> _Features:
        """The same, named by words; the names of features with a symbol that stands for none are left empty."""
        named = ([self._words.get(symbol, "") for symbol in gram] for gram in features.names)
        return features._replace(names=[" ".join(words) if all(words) else "" for words in named])


def _features(features: Callable[[int], Iterator[str]], lengths: Sequence[int], fewest: int) -> _Features:
    """Counts of features divided by the square root of a line's length, as `WordFinder.judge` adds them up."""
    lines = len(lengths)
    seen: Counter[str] = Counter()
    for row in range(lines):
        seen.update(set(features(row)))
    names = sorted(name for name, count in seen.items() if count >= fewest)
    place = {name: n for n, name in enumerate(names)}
    rows, cells, values = [], [], []
    for row, length in enumerate(lengths):
        share = max(length, 1) ** -0.5
        for name, count in Counter(features(row)).items():
            if name in place:
                rows.append(row)
                cells.append(place[name])
                values.append(count * share)
    matrix = sparse.csr_matrix((values, (rows, cells)), shape=(lines, len(names)))
    rarity = np.log(lines / (1 + np.asarray((matrix > 0).sum(axis=0)).ravel())) / np.log(lines)
    return _Features(matrix @ sparse.diags(rarity), rarity, names)


def _stacked(kinds: Sequence[_Features]) -> sparse.csr_matrix:
    return sparse.hstack([kind.matrix for kind in kinds]).tocsr()


def _weights(
    kinds: Sequence[_Features], values: NDArray[np.float64], least: float, most: int | None = None
) -> list[Mapping[str, float]]:
    """What the coefficients of all kinds together weigh, kind by kind."""
    own = np.split(values, np.cumsum([len(kind.names) for kind in kinds])[:-1])
    return [kind.weights(part, least, most) for kind, part in zip(kinds, own, strict=True)]


def _words_of_symbols(words: Iterable[str], lexicon: Lexicon, packs: Sequence[Pack]) -> dict[str, str]:
    """The word of each symbol, the first of a class standing for all."""
    widen = spelling(*packs)
    by_symbol = {END: ".", ASK: "?"}

    def known(word: str) -> str:
        return lexicon.alphabet.character(word.removesuffix("*")) or ""

    for word in sorted(words):
        for variant in sorted(widen(frozenset({word}))):
            by_symbol.setdefault(known(variant), word if known(word) == known(variant) else variant)
    return by_symbol


def margins(table: WordTable, packs: Sequence[Pack], messages: Iterable[Message]) -> NDArray[np.float64]:
    """Log-odds that a table gives, in ascending order; messages of fewer than `FEWEST` words are left out."""
    finder = CueFinder.of(packs, table)
    found: list[float] = []
    for message in messages:
        symbols = finder.lexicon.symbols(message.text)
        if finder.words is not None and len(symbols) >= FEWEST:
            found.append(finder.words.judge(symbols, finder.words.letters(message.text), message.text).margin)
    return np.sort(found)


def with_cues(packs: Sequence[Pack], messages: Iterable[Message]) -> list[Message]:
    """The messages in which a rule finds a risk cue."""
    rules = CueFinder.of(packs)
    return [message for message in messages if any(is_risk(found.label) for found in rules.see(CueMemory(), 0, message))]


def is_risk(label: str) -> bool:
    """Whether a label belongs to a risk family."""
    return label.partition(":")[2].partition(".")[0] in RISK
