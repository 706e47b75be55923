"""The measures, one function each: formula, source, and when it misleads. Numbers and arrays in, numbers out; no chats.

Labels are 1 for a risky side and 0 for an ordinary one; scores lie between 0 and 1. Where a measure is not defined (no
positives, nothing flagged) it is `nan`, which results write as null.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats: TypeAlias = NDArray[np.float64]
BINS = 10  # of the reliability curve
ERDE_POINTS = (5, 50)
REFERENCE_LENGTHS = (90, 20)  # messages after which latency-weighted F1 counts one half
PREVALENCES = (1e-3, 1e-4, 1e-5)
FALSE_ALARM_RATES = (0.01, 0.001, 0.0002)


def ratio(part: float, whole: float) -> float:
    """``part / whole``, or `nan` when there is nothing to divide by.

    >>> ratio(1, 4), ratio(1, 0)
    (0.25, nan)
    """
    return part / whole if whole else math.nan


def f_beta(precision: float, recall: float, beta: float) -> float:
    """F-beta: ``(1 + b²) P R / (b² P + R)``.

    Beta 0.5 for authors (precision counts more), 3 for lines (recall counts more): PAN 2012. It says nothing of calibration,
    and moves with the share of positives in the test data.

    >>> round(f_beta(0.5, 1.0, 0.5), 4), round(f_beta(0.5, 1.0, 3), 4)
    (0.5556, 0.9091)
    """
    return ratio((1 + beta**2) * precision * recall, beta**2 * precision + recall)


def pr_auc(labels: ArrayLike, scores: ArrayLike) -> float:
    """Area under the precision-recall curve, as average precision: ``Σ (R_n - R_(n-1)) P_n`` (scikit-learn's).

    It fails as a comparison between test sets whose share of positives differs: chance level is that share.

    Parameters
    ----------
    labels, scores : array-like of shape (n_sides,)
        Truth and scores.

    >>> round(pr_auc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]), 4)
    0.8333
    """
    from sklearn.metrics import average_precision_score  # noqa: PLC0415  (slow to import)

    return float(average_precision_score(labels, scores)) if np.any(np.asarray(labels)) else math.nan


def recall_at_false_alarms(labels: ArrayLike, scores: ArrayLike, rate: float) -> float:
    """Highest recall that a threshold can have with at most `rate` of the ordinary sides above it.

    With fewer than ``1 / rate`` ordinary sides it allows no false alarm at all, and is as shaky as the highest ordinary score.

    >>> recall_at_false_alarms([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], 0.01)
    0.5
    """
    truth, score = np.asarray(labels, bool), np.asarray(scores, float)
    ordinary = np.sort(score[~truth])[::-1]
    allowed = math.floor(rate * len(ordinary) + 1e-9)
    bar = ordinary[allowed] if allowed < len(ordinary) else -math.inf
    return ratio(float(np.sum(score[truth] > bar)), float(truth.sum()))


def brier(labels: ArrayLike, scores: ArrayLike) -> float:
    """Brier score: the mean of ``(p - y)²``; lower is better (Brier 1950).

    It mixes calibration and discrimination, and is small for any cautious scorer where positives are rare.

    >>> round(brier([0, 1], [0.1, 0.7]), 4)
    0.05
    """
    return float(np.mean((np.asarray(scores, float) - np.asarray(labels, float)) ** 2))


def bin_of(scores: ArrayLike, bins: int = BINS) -> NDArray[np.intp]:
    """Which of the equally wide bins each score falls into; 1.0 belongs to the last.

    >>> bin_of([0.0, 0.05, 0.1, 1.0]).tolist()
    [0, 0, 1, 9]
    """
    return np.minimum((np.asarray(scores, float) * bins).astype(np.intp), bins - 1)


def reliability(labels: ArrayLike, scores: ArrayLike, bins: int = BINS) -> list[dict[str, float]]:
    """Reliability curve: for each bin that holds a side, the mean score, the share of risky sides, and how many sides.

    It holds for the mix of the test data; at another prevalence the same scores are not calibrated.

    >>> reliability([0, 1], [0.02, 0.97])[1]
    {'score': 0.97, 'share': 1.0, 'n': 1}
    """
    truth, score = np.asarray(labels, float), np.asarray(scores, float)
    place = bin_of(score, bins)
    return [
        {"score": float(score[inside].mean()), "share": float(truth[inside].mean()), "n": int(inside.sum())}
        for inside in (place == n for n in range(bins))
        if inside.any()
    ]


def ece(labels: ArrayLike, scores: ArrayLike, bins: int = BINS) -> float:
    """Expected calibration error: ``Σ (n_b / n) |share_b - score_b|`` over equally wide bins.

    It depends on the number of bins, and is biased upward in small samples.

    >>> round(ece([0, 1], [0.1, 0.7]), 4)
    0.2
    """
    curve = reliability(labels, scores, bins)
    total = sum(point["n"] for point in curve)
    return ratio(sum(point["n"] * abs(point["share"] - point["score"]) for point in curve), total)


def ppv(prevalence: float, recall: float, false_alarms: float) -> float:
    """Share of alerts that are right: ``π R / (π R + (1 - π) F)``.

    It assumes that recall and false-alarm rate in use are those of the test; look-alike suites make F larger than ordinary talk
    does.

    >>> round(ppv(1e-4, 0.9, 0.01), 4), round(ppv(1e-4, 0.9, 0.0001), 2)
    (0.0089, 0.47)
    """
    right = prevalence * recall
    return ratio(right, right + (1 - prevalence) * false_alarms)


def alerts(prevalence: float, risky: float, ordinary: float, conversations: int = 10_000) -> float:
    """Alerts expected in so many conversations: ``N (π a + (1 - π) b)``.

    Parameters
    ----------
    prevalence : float
        Share of conversations that are risky.
    risky, ordinary : float
        Flagged sides per risky and per ordinary conversation.
    conversations : int
        How many.

    >>> round(alerts(1e-3, 0.95, 0.002), 2)
    29.48
    """
    return conversations * (prevalence * risky + (1 - prevalence) * ordinary)


def late_cost(seen: ArrayLike, o: float) -> Floats:
    """Cost of a true alarm after `seen` messages: ``1 - 1 / (1 + e^(k - o))`` (Losada and Crestani 2016).

    >>> late_cost([1, 5, 50], 5).round(3).tolist()
    [0.018, 0.5, 1.0]
    """
    away = np.clip(np.asarray(seen, float) - o, -500, 500)
    return np.asarray(1 - 1 / (1 + np.exp(away)), float)


def erde_costs(labels: ArrayLike, seen: ArrayLike, o: float, false_alarm_cost: float | None = None) -> Floats:
    """What each side costs under ERDE: false alarm `c_fp`, miss 1, late alarm `late_cost`, silence on an ordinary side 0.

    Parameters
    ----------
    labels : array-like of shape (n_sides,)
        Truth.
    seen : array-like of shape (n_sides,)
        Messages of the conversation at the first flag; `nan` where there was none.
    o : float
        Messages after which an alarm counts as late.
    false_alarm_cost : float, optional
        By default the share of positives, as in eRisk's own code.
    """
    truth, k = np.asarray(labels, bool), np.asarray(seen, float)
    flagged = ~np.isnan(k)
    wrong = ratio(truth.sum(), truth.size) if false_alarm_cost is None else false_alarm_cost
    late = late_cost(np.where(flagged, k, 0.0), o)
    return np.where(truth, np.where(flagged, late, 1.0), np.where(flagged, wrong, 0.0))


def erde(labels: ArrayLike, seen: ArrayLike, o: float, false_alarm_cost: float | None = None) -> float:
    """Early risk detection error: the mean of `erde_costs`; lower is better (Losada and Crestani 2016; eRisk).

    It is nearly a step at `o`, so it cannot be compared between sets in which risk begins at other places; and it depends on
    the share of positives through the cost of a false alarm.

    >>> round(erde([1, 1, 0, 0], [3, float("nan"), 2, float("nan")], 5), 4)
    0.4048
    """
    return float(np.mean(erde_costs(labels, seen, o, false_alarm_cost)))


def latency_p(length: float) -> float:
    """The `p` with which `penalty` is one half at `length` messages: ``ln 3 / (L - 1)``.

    >>> round(latency_p(90), 5)
    0.01234
    """
    return math.log(3) / (length - 1)


def penalty(seen: ArrayLike, p: float) -> Floats:
    """Penalty of an alarm after `seen` messages: ``-1 + 2 / (1 + e^(-p (k - 1)))`` (Sadeque, Xu and Bethard 2018).

    >>> penalty([1, 90], latency_p(90)).round(3).tolist()
    [0.0, 0.5]
    """
    return np.asarray(-1 + 2 / (1 + np.exp(-p * (np.asarray(seen, float) - 1))), float)


def speed(seen: Sequence[float], p: float) -> float:
    """One minus the median penalty of the true alarms; `nan` if there are none.

    >>> round(speed([1, 1, 90], latency_p(90)), 3)
    1.0
    """
    return 1 - float(np.median(penalty(seen, p))) if len(seen) else math.nan


def latency_f1(f1: float, seen: Sequence[float], length: float) -> float:
    """Latency-weighted F1: ``F1 * speed`` (eRisk; Vogt, Leser and Akbik 2021).

    It ignores how soon *false* alarms come, looks at the median alone, and counts messages: it is unfair across chatty and
    terse people. Give it for more than one reference length.

    >>> round(latency_f1(0.9, [1, 20, 400], 20), 3)
    0.45
    """
    return f1 * speed(seen, latency_p(length))


def wilson(hits: float, n: float, z: float = 1.959964) -> tuple[float, float]:
    """Wilson's 95 % interval of a share; `nan` for both ends if there is nothing to count.

    It takes the cases as independent; sides of one conversation are not quite.

    >>> [round(end, 3) for end in wilson(0, 100)]
    [0.0, 0.037]
    """
    if not n:
        return math.nan, math.nan
    middle = (hits + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * math.sqrt(hits * (n - hits) / n + z * z / 4)
    return max(middle - half, 0.0) if hits else 0.0, min(middle + half, 1.0) if hits < n else 1.0


def share(hits: float, n: float) -> dict[str, Any]:
    """A share with its Wilson interval and its `n`, as results give it.

    >>> share(1, 2)["value"]
    0.5
    """
    low, high = wilson(hits, n)
    return {"value": ratio(hits, n), "low": low, "high": high, "n": int(n)}


def tidy(value: object) -> Any:  # noqa: ANN401  (JSON)
    """The same result as plain JSON: six significant digits, no `nan`, no NumPy types.

    >>> tidy({"a": np.float64(1 / 3), "b": (math.nan, np.int64(2))})
    {'a': 0.333333, 'b': [None, 2]}
    """
    if isinstance(value, dict):
        return {str(key): tidy(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [tidy(entry) for entry in value]
    if isinstance(value, (float, np.floating)):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return int(value) if isinstance(value, np.integer) else value
