"""Intervals by drawing conversations with replacement: what belongs to one conversation is drawn together.

A statistic takes weights of shape (draws, rows), how often each row was drawn, and gives one value a draw. With weights of one
it is the measure itself, so the estimate and its interval come from one definition. Seeded and vectorised.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from grooming_detect.evaluate.metrics import BINS, Floats, bin_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Statistic: TypeAlias = Callable[[Floats], Floats]
DRAWS = 1_000
SEED = 2026
LEVEL = 95.0  # percent
_CELLS = 4_000_000  # weights held at once
_FEWEST = 0.5  # share of draws in which a measure must be defined for its interval to be given


@dataclass(frozen=True, slots=True)
class Sum:
    """Weighted sum of a column.

    >>> Sum(np.array([1.0, 2.0]))(np.ones((1, 2))).tolist()
    [3.0]
    """

    column: NDArray[Any]

    def __call__(self, weights: Floats) -> Floats:
        """The measure of each draw, shape (draws,)."""
        return np.asarray(weights @ self.column.astype(float))


@dataclass(frozen=True, slots=True)
class Rate:
    """``Σ hits / Σ among``: a share where both are 0 or 1 for each row, a mean where `among` is 1.

    Parameters
    ----------
    hits, among : ndarray of shape (n_rows,)
        What is counted, and among what. `nan` where nothing is among.
    """

    hits: NDArray[Any]
    among: NDArray[Any]

    def __call__(self, weights: Floats) -> Floats:
        """The measure of each draw, shape (draws,)."""
        return _divided(Sum(self.hits)(weights), Sum(self.among)(weights))

    @property
    def unseen(self) -> float:
        """One-sided 97.5 % bound (Clopper-Pearson) on a share of which no case was seen: ``1 - 0.025^(1/n)``."""
        n = float(np.count_nonzero(self.among))
        return 1.0 - 0.025 ** (1.0 / n) if n else np.nan

    def exact(self, value: float) -> tuple[float, float] | None:
        """The interval where drawing cannot give one: all or nothing was seen."""
        return {0.0: (0.0, self.unseen), 1.0: (1.0 - self.unseen, 1.0)}.get(value)


@dataclass(frozen=True, slots=True)
class FScore:
    """F-beta of flags against labels; see `metrics.f_beta`.

    Parameters
    ----------
    right, flagged, positive : ndarray of shape (n_rows,)
        True positives, flags and positives of each row: booleans or counts.
    beta : float
        How much more recall counts than precision.
    """

    right: NDArray[Any]
    flagged: NDArray[Any]
    positive: NDArray[Any]
    beta: float

    def __call__(self, weights: Floats) -> Floats:
        """The measure of each draw, shape (draws,)."""
        squared = self.beta**2
        below = squared * Sum(self.positive)(weights) + Sum(self.flagged)(weights)
        return _divided((1 + squared) * Sum(self.right)(weights), below)


class Ranking:
    """Measures of the order of scores. Equal scores are one step.

    Parameters
    ----------
    labels, scores : array-like of shape (n_rows,)
        Truth and scores.
    """

    def __init__(self, labels: ArrayLike, scores: ArrayLike) -> None:
        score = np.asarray(scores, float)
        self._order = np.argsort(-score, kind="stable")
        ordered = score[self._order]
        self._starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(score) else np.array([], np.intp)
        self._truth = np.asarray(labels, float)[self._order]

    def _steps(self, weights: Floats) -> tuple[Floats, Floats]:
        """Risky and ordinary rows at or above each distinct score, shape (draws, steps)."""
        ordered = weights[:, self._order]
        risky = np.add.reduceat(ordered * self._truth, self._starts, axis=1).cumsum(axis=1)
        return risky, np.add.reduceat(ordered, self._starts, axis=1).cumsum(axis=1) - risky

    def pr_auc(self, weights: Floats) -> Floats:
        """Average precision; see `metrics.pr_auc`."""
        risky, ordinary = self._steps(weights)
        gained = np.diff(risky, axis=1, prepend=0.0)
        return _divided((gained * _divided(risky, risky + ordinary, 0.0)).sum(axis=1), risky[:, -1])

    def recall_at(self, rate: float) -> Statistic:
        """Recall at a false-alarm rate; see `metrics.recall_at_false_alarms`."""

        def statistic(weights: Floats) -> Floats:
            risky, ordinary = self._steps(weights)
            within = ordinary <= rate * ordinary[:, -1:] + 1e-9
            return _divided((risky * within).max(axis=1), risky[:, -1])

        return statistic


@dataclass(frozen=True, slots=True)
class Calibration:
    """Expected calibration error; see `metrics.ece`.

    Parameters
    ----------
    labels, scores : ndarray of shape (n_rows,)
        Truth and scores.
    """

    labels: NDArray[Any]
    scores: Floats

    def __call__(self, weights: Floats) -> Floats:
        """The measure of each draw, shape (draws,)."""
        gap = (self.labels - self.scores)[:, None] * (bin_of(self.scores)[:, None] == np.arange(BINS))
        return _divided(np.abs(weights @ gap).sum(axis=1), weights.sum(axis=1))


@dataclass(frozen=True, slots=True)
class Median:
    """Lower median of a column over the rows that have a value; `nan` rows are left out.

    >>> Median(np.array([3.0, np.nan, 1.0, 2.0]))(np.ones((1, 4))).tolist()
    [2.0]
    """

    column: Floats

    def __call__(self, weights: Floats) -> Floats:
        """The measure of each draw, shape (draws,)."""
        kept = np.flatnonzero(~np.isnan(self.column))
        if not len(kept):
            return np.full(len(weights), np.nan, float)
        kept = kept[np.argsort(self.column[kept], kind="stable")]
        summed = weights[:, kept].cumsum(axis=1)
        place = (summed >= summed[:, -1:] / 2).argmax(axis=1)
        return np.asarray(np.where(summed[:, -1] > 0, self.column[kept][place], np.nan), float)


@dataclass(frozen=True, slots=True)
class Less:
    """One statistic less another, draw by draw; see `difference`.

    Parameters
    ----------
    first, second : Statistic
        Over the same rows.
    """

    first: Statistic
    second: Statistic

    def __call__(self, weights: Floats) -> Floats:
        """The difference of each draw, shape (draws,)."""
        return self.first(weights) - self.second(weights)


def _divided(part: Floats, whole: Floats, otherwise: float = np.nan) -> Floats:
    result: Floats = np.full(np.shape(part), otherwise, float)
    np.divide(part, whole, out=result, where=whole != 0)
    return result


def drawn(groups: ArrayLike, draws: int = DRAWS, seed: int = SEED) -> Iterator[Floats]:
    """How often each row is drawn when groups are drawn with replacement, in blocks of shape (some draws, n_rows).

    Parameters
    ----------
    groups : array-like of int, shape (n_rows,)
        The conversation of each row.
    draws, seed : int
        How many draws; the same seed gives the same draws.
    """
    _, place = np.unique(np.asarray(groups), return_inverse=True)
    count = int(place.max(initial=-1)) + 1
    random = np.random.default_rng(seed)
    block = max(1, min(draws, _CELLS // max(len(place), 1)))
    for start in range(0, draws if count else 0, block):
        rows = min(block, draws - start)
        chosen = random.integers(0, count, (rows, count)) + count * np.arange(rows)[:, None]
        times = np.bincount(chosen.ravel(), minlength=rows * count).reshape(rows, count)
        yield times[:, place].astype(float)


def estimates(
    statistics: Mapping[str, Statistic], groups: ArrayLike, draws: int = DRAWS, seed: int = SEED
) -> dict[str, dict[str, float]]:
    """Each measure with its 95 % percentile interval, all from the same draws.

    A share of which no case (or nothing else) was seen has no spread to draw from; its interval is the exact one. For measures
    at very low false-alarm rates the interval is only as good as the few highest ordinary sides.

    Parameters
    ----------
    statistics : mapping of str to Statistic
        Over rows.
    groups : array-like of int, shape (n_rows,)
        The conversation of each row.
    draws, seed : int
        See `drawn`.

    Returns
    -------
    dict of str to dict
        ``value``, ``low`` and ``high``; `nan` where it is not defined.

    Examples
    --------
    >>> always = Rate(np.array([1, 1, 1, 1]), np.ones(4))
    >>> found = estimates({"share": always}, [0, 0, 1, 2])["share"]
    >>> found["value"], round(found["low"], 2), found["high"]
    (1.0, 0.4, 1.0)
    """
    rows = len(np.asarray(groups))
    if not rows:
        return {name: dict.fromkeys(("value", "low", "high"), np.nan) for name in statistics}
    values = {name: float(statistic(np.ones((1, rows)))[0]) for name, statistic in statistics.items()}
    sampled: dict[str, list[Floats]] = {name: [] for name in statistics}
    for weights in drawn(groups, draws, seed):
        for name, statistic in statistics.items():
            sampled[name].append(statistic(weights))
    return {name: _estimate(statistics[name], values[name], sampled[name]) for name in statistics}


def _estimate(statistic: Statistic, value: float, sampled: list[Floats]) -> dict[str, float]:
    low, high = _percentiles(np.concatenate(sampled) if sampled else np.array([]))
    exact = getattr(statistic, "exact", None)
    low, high = (exact and exact(value)) or (low, high)
    return {"value": value, "low": low, "high": high}


def _percentiles(sample: Floats) -> tuple[float, float]:
    defined = sample[~np.isnan(sample)]
    if not len(defined) or len(defined) < _FEWEST * len(sample):
        return np.nan, np.nan
    low, high = np.percentile(defined, [(100 - LEVEL) / 2, (100 + LEVEL) / 2])
    return float(low), float(high)


def difference(
    first: Statistic, second: Statistic, groups: ArrayLike, draws: int = DRAWS, seed: int = SEED
) -> dict[str, float]:
    """Paired difference ``first - second`` on the same draws, with its interval.

    The two are compared on the same conversations, so what they share cancels. An interval that does not hold 0 is no proof for
    other data than this.

    >>> one, two = Rate(np.array([1, 1, 0]), np.ones(3)), Rate(np.array([1, 0, 0]), np.ones(3))
    >>> round(difference(one, two, [0, 1, 2])["value"], 4)
    0.3333
    """
    return estimates({"": Less(first, second)}, groups, draws, seed)[""]
