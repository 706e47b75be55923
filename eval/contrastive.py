"""The contrastive nearest-neighbour score of Roblox Sentinel (github.com/Roblox/Sentinel), written anew from its description.

A message's five nearest examples are taken from risky and ordinary ones together; its score is the logarithm of the mean of
``exp(similarity)`` to the risky among them, over that to the ordinary (to the nearest one, where none is among the five). Below
0 it is 0, below the cut-off it is 0. A sender's score is an aggregate over messages; by default (mean - median) / standard
deviation, and 0 below ten messages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from baselines import SEED, Baseline, SideText
from sklearn.feature_extraction.text import TfidfVectorizer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from grooming_detect.evaluate.metrics import Floats

NEAREST = 5
DEFAULT_CUT = 0.1
CUTS = (0.0, 0.02, 0.05, DEFAULT_CUT)
_EXAMPLES, _ORDINARY_TO_RISKY = 2_000, 5  # the second is Sentinel's own
_FEWEST = 10  # messages; its default
_BLOCK = 2_000


def skewness(scores: Floats) -> float:
    """Its default: pattern, not strength.

    >>> skewness(np.array([0.0] * 9 + [1.0])) > 0, skewness(np.ones(3))
    (True, 0.0)
    """
    spread = float(scores.std())
    return float((scores.mean() - np.median(scores)) / spread) if len(scores) >= _FEWEST and spread else 0.0


def top_mean(scores: Floats) -> float:
    """Mean of the three highest."""
    return float(np.sort(scores)[-3:].mean())


def high_percentile(scores: Floats) -> float:
    """90th percentile of those above 0."""
    above = scores[scores > 0]
    return float(np.percentile(above, 90)) if len(above) else 0.0


def highest(scores: Floats) -> float:
    """The highest."""
    return float(scores.max(initial=0.0))


AGGREGATORS: Mapping[str, Callable[[Floats], float]] = {
    "skewness": skewness,
    "top 3": top_mean,
    "p90": high_percentile,
    "max": highest,
}


def contrast(risky: Floats, ordinary: Floats) -> Floats:
    """Scores of messages from their similarities to the examples.

    Parameters
    ----------
    risky, ordinary : ndarray of shape (n_messages, n_examples)
        Cosine similarities to either kind of example.

    Returns
    -------
    ndarray of shape (n_messages,)
        At least 0.

    Examples
    --------
    >>> contrast(np.array([[0.9, 0.2]]), np.array([[0.1, 0.0]])).round(2).tolist()
    [0.53]
    """
    near_risky, near_ordinary = _nearest(risky), _nearest(ordinary)
    bar = -np.sort(-np.concatenate((near_risky, near_ordinary), axis=1), axis=1)[:, NEAREST - 1 : NEAREST]
    bar = bar if bar.size else np.full((len(risky), 1), -np.inf)
    return np.maximum(np.log(_term(near_risky, bar) / _term(near_ordinary, bar)), 0.0)


def _nearest(similar: Floats) -> Floats:
    most = min(NEAREST, similar.shape[1])
    return np.asarray(-np.sort(np.partition(-similar, most - 1, axis=1)[:, :most], axis=1))


def _term(near: Floats, bar: Floats) -> Floats:
    """Mean of the exponentials of those within the common five, or that of the nearest alone."""
    within = near >= bar
    within[:, 0] = True
    return np.asarray((np.exp(near) * within).sum(axis=1) / within.sum(axis=1), float)


class Contrastive(Baseline):
    """Nearest risky against nearest ordinary messages.

    Parameters
    ----------
    embed : callable or None
        From texts to unit vectors; without it TF-IDF vectors are used.
    default : bool
        Keep Sentinel's cut-off and aggregator, instead of choosing.
    """

    def __init__(self, embed: Callable[[Sequence[str]], Floats] | None, *, default: bool = False) -> None:
        super().__init__()
        self._embed = embed
        self._default = default
        self.note = "MiniLM embeddings" if embed else "TF-IDF vectors of words (1,2) instead of embeddings"

    def learn(self, items: Sequence[SideText], labels: NDArray[np.bool_]) -> dict[str, Any]:  # noqa: ARG002  (lines, not sides)
        """Keep examples of both kinds; the candidates are cut-offs and aggregators."""
        cues = sorted({text for item in items for text, cue in zip(item.own, item.cues, strict=True) if cue})
        other = sorted({text for item in items for text in item.own} - set(cues))
        draw = np.random.default_rng(SEED)
        cues = _some(cues, _EXAMPLES, draw)
        other = _some(other, _ORDINARY_TO_RISKY * max(len(cues), 1), draw)
        if not cues or not other:
            raise ValueError("contrastive examples need gold cue lines and ordinary lines")
        if self._embed is None:
            self._vectors = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True).fit([*cues, *other])
        self._risky, self._ordinary = self._vectors_of(cues), self._vectors_of(other)
        if self._default:
            return {f"skewness above {DEFAULT_CUT:g}": (skewness, DEFAULT_CUT)}
        return {f"{name} above {cut:g}": (aggregate, cut) for name, aggregate in AGGREGATORS.items() for cut in CUTS}

    def _vectors_of(self, texts: Sequence[str]) -> Any:  # noqa: ANN401  (dense or sparse)
        return self._embed(texts) if self._embed else self._vectors.transform(texts)

    def features(self, items: Sequence[SideText]) -> list[Floats]:
        """Scores of each side's different messages, before the cut-off."""
        texts = sorted({text for item in items for text in item.own})
        found = np.concatenate(
            [self._contrast(texts[at : at + _BLOCK]) for at in range(0, len(texts), _BLOCK)] or [np.empty(0)]
        )
        score = dict(zip(texts, found.tolist(), strict=True))
        return [np.array([score[text] for text in dict.fromkeys(item.own)]) for item in items]

    def _contrast(self, texts: Sequence[str]) -> Floats:
        vectors = self._vectors_of(texts)
        return contrast(_dense(vectors @ self._risky.T), _dense(vectors @ self._ordinary.T))

    def scored(self, candidate: Any, features: Iterable[Floats]) -> Floats:  # noqa: ANN401
        """One aggregate a side."""
        aggregate, cut = candidate
        return np.array([aggregate(np.where(one < cut, 0.0, one)) for one in features])


def _dense(similar: Any) -> Floats:  # noqa: ANN401
    return np.asarray(similar.toarray() if hasattr(similar, "toarray") else similar, float)


def _some(texts: list[str], most: int, draw: np.random.Generator) -> list[str]:
    """At most so many, drawn without replacement, in order."""
    if len(texts) <= most:
        return texts
    return [texts[n] for n in sorted(draw.choice(len(texts), most, replace=False))]
