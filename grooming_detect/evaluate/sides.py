"""Sides: who is flagged, how well the scores rank, whether they are probabilities, and what that means for a queue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from grooming_detect.evaluate.bootstrap import (
    DRAWS,
    SEED,
    Calibration,
    FScore,
    Ranking,
    Rate,
    estimates,
)
from grooming_detect.evaluate.metrics import FALSE_ALARM_RATES, PREVALENCES, alerts, ppv, reliability
from grooming_detect.evaluate.replay import FLAGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from grooming_detect.evaluate.bootstrap import Statistic
    from grooming_detect.evaluate.metrics import Floats
    from grooming_detect.evaluate.replay import Reading

_CURVE = 80  # points kept of a precision-recall curve


@dataclass(frozen=True, slots=True)
class Table:
    """Sides as columns, each of shape (n_sides,).

    Parameters
    ----------
    group : ndarray of int
        The conversation.
    risky : ndarray of bool
        Truth.
    score : ndarray of float
        At the end.
    flagged : dict of str to ndarray of bool
        Whether the side ended in the band or above, for ``review`` and ``high``.
    ever : dict of str to ndarray of bool
        Whether it was there at any time.
    harmful : ndarray of bool
        Whether the conversation has a perpetrator.
    share : ndarray of float
        One over the number of the conversation's sides: sums over them count conversations.
    """

    group: NDArray[np.intp]
    risky: NDArray[np.bool_]
    score: Floats
    flagged: dict[str, NDArray[np.bool_]]
    ever: dict[str, NDArray[np.bool_]]
    harmful: NDArray[np.bool_]
    share: Floats


def table(readings: Iterable[Reading]) -> Table:
    """The sides of many readings."""
    rows = [(n, reading, side) for n, reading in enumerate(readings) for side in reading.sides]
    return Table(
        group=np.array([n for n, _, _ in rows], np.intp),
        risky=np.array([side.risky for _, _, side in rows], bool),
        score=np.array([side.score for _, _, side in rows], float),
        flagged={band: np.array([side.in_band(band) for _, _, side in rows], bool) for band in FLAGS},
        ever={band: np.array([band in side.first for _, _, side in rows], bool) for band in FLAGS},
        harmful=np.array([reading.risky for _, reading, _ in rows], bool),
        share=np.array([1 / len(reading.sides) for _, reading, _ in rows], float),
    )


def band_statistics(sides: Table, band: str) -> dict[str, Statistic]:
    """What a band catches, and what it takes along.

    Parameters
    ----------
    sides : Table
        The sides.
    band : {"review", "high"}
        Flagged means in this band or above.
    """
    flag, ever, risky = sides.flagged[band], sides.ever[band], sides.risky
    return {
        "precision": Rate(flag & risky, flag),
        "recall": Rate(flag & risky, risky),
        "f05": FScore(flag & risky, flag, risky, 0.5),
        "f1": FScore(flag & risky, flag, risky, 1.0),
        "false_alarms": Rate(flag & ~risky, ~risky),
        "false_alarms_ordinary_conversations": Rate(flag & ~sides.harmful, ~sides.harmful),
        "false_alarms_beside_risky": Rate(flag & ~risky & sides.harmful, ~risky & sides.harmful),
        "false_alarms_at_any_time": Rate(ever & ~risky, ~risky),
        "risky_one_named": Rate(*_named(sides, flag)),
        **queue_statistics(sides, band),
    }


def _named(sides: Table, flag: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Of the risky conversations in which somebody is flagged: in which the perpetrator alone has the highest score."""
    count = int(sides.group.max(initial=-1)) + 1
    anyone = np.bincount(sides.group, flag, count)[sides.group] > 0
    others = np.full(count, -np.inf)
    np.maximum.at(others, sides.group[~sides.risky], sides.score[~sides.risky])
    among = sides.risky & anyone
    return among & (sides.score > others[sides.group]), among


def queue_statistics(sides: Table, band: str) -> dict[str, Statistic]:
    """Precision of alerts, and alerts per 10,000 conversations, at prevalences other than that of the test data."""
    flag = sides.flagged[band]
    risky = Rate(flag * sides.harmful, sides.share * sides.harmful)
    ordinary = Rate(flag * ~sides.harmful, sides.share * ~sides.harmful)
    recall, false_alarms = Rate(flag & sides.risky, sides.risky), Rate(flag & ~sides.harmful, ~sides.harmful)
    found: dict[str, Statistic] = {}
    for prevalence in PREVALENCES:
        found[f"ppv_{prevalence:.0e}"] = Ppv(prevalence, recall, false_alarms)
        found[f"alerts_{prevalence:.0e}"] = Alerts(prevalence, risky, ordinary)
    return found


@dataclass(frozen=True, slots=True)
class Ppv:
    """Share of alerts that are right at a prevalence; see `metrics.ppv`.

    Parameters
    ----------
    prevalence : float
        Share of risky sides.
    recall, false_alarms : Rate
        As measured.
    """

    prevalence: float
    recall: Rate
    false_alarms: Rate

    def __call__(self, weights: Floats) -> Floats:
        """The measure of each draw, shape (draws,)."""
        pairs = zip(self.recall(weights), self.false_alarms(weights), strict=True)
        return np.array([ppv(self.prevalence, float(hit), float(wrong)) for hit, wrong in pairs])

    def exact(self, value: float) -> tuple[float, float] | None:
        """Without a false alarm in the test data the lower end rests on how many could have hidden."""
        recall = float(self.recall(np.ones((1, len(self.recall.hits))))[0])
        return (ppv(self.prevalence, recall, self.false_alarms.unseen), 1.0) if value == 1.0 else None


@dataclass(frozen=True, slots=True)
class Alerts:
    """Alerts per 10,000 conversations at a prevalence; see `metrics.alerts`.

    Parameters
    ----------
    prevalence : float
        Share of risky conversations.
    risky, ordinary : Rate
        Flagged sides per risky and per ordinary conversation.
    """

    prevalence: float
    risky: Rate
    ordinary: Rate

    def __call__(self, weights: Floats) -> Floats:
        """The measure of each draw, shape (draws,)."""
        pairs = zip(self.risky(weights), self.ordinary(weights), strict=True)
        return np.array([alerts(self.prevalence, float(right), float(wrong)) for right, wrong in pairs])

    def exact(self, value: float) -> tuple[float, float] | None:
        """Without a false alarm in the test data the upper end rests on how many could have hidden."""
        right, wrong = (float(rate(np.ones((1, len(rate.hits))))[0]) for rate in (self.risky, self.ordinary))
        return (value, alerts(self.prevalence, right, self.ordinary.unseen)) if wrong == 0.0 else None


def score_statistics(risky: NDArray[np.bool_], score: Floats) -> dict[str, Statistic]:
    """Measures of the scores alone, which any scorer has.

    Parameters
    ----------
    risky : ndarray of bool, shape (n_sides,)
        Truth.
    score : ndarray of shape (n_sides,)
        Between 0 and 1 for the calibration to mean anything.
    """
    ranking = Ranking(risky, score)
    return {
        "pr_auc": ranking.pr_auc,
        **{f"recall_at_{rate:g}": ranking.recall_at(rate) for rate in FALSE_ALARM_RATES},
        "brier": Rate((score - risky) ** 2, np.ones(len(score))),
        "ece": Calibration(risky.astype(float), score),
    }


def curve(risky: NDArray[np.bool_], score: Floats) -> list[dict[str, float]]:
    """Precision and recall at falling thresholds, thinned to some dozens of points; empty without risky sides."""
    order = np.argsort(-score, kind="stable")
    hits = np.cumsum(risky[order])
    if not len(order) or not hits[-1]:
        return []
    ends = np.flatnonzero(np.r_[score[order][1:] != score[order][:-1], True])
    kept = ends[np.unique(np.linspace(0, len(ends) - 1, min(_CURVE, len(ends))).round().astype(int))]
    return [
        {"threshold": float(score[order][end]), "precision": hits[end] / (end + 1), "recall": hits[end] / hits[-1]}
        for end in kept
    ]


def measure(readings: Sequence[Reading], draws: int = DRAWS, seed: int = SEED) -> dict[str, Any]:
    """All measures of sides, with intervals by conversation.

    Parameters
    ----------
    readings : sequence of Reading
        One a conversation.
    draws, seed : int
        Of the bootstrap.

    Returns
    -------
    dict
        ``n``, ``scores``, ``review``, ``high``, and the curves.
    """
    sides = table(readings)
    named: dict[tuple[str, str], Statistic] = {
        (band, name): one for band in FLAGS for name, one in band_statistics(sides, band).items()
    }
    named |= {("scores", name): one for name, one in score_statistics(sides.risky, sides.score).items()}
    found = estimates({"/".join(key): one for key, one in named.items()}, sides.group, draws, seed)
    result: dict[str, Any] = {
        "n": {
            "conversations": len(readings),
            "sides": len(sides.risky),
            "risky_sides": int(sides.risky.sum()),
            "ordinary_sides": int((~sides.risky).sum()),
        }
    }
    for key, estimate in found.items():
        part, name = key.split("/")
        statistic = named[part, name]
        count = int(np.count_nonzero(statistic.among)) if isinstance(statistic, Rate) else len(sides.risky)
        result.setdefault(part, {})[name] = {**estimate, "n": count}
    result["curves"] = {
        "precision_recall": curve(sides.risky, sides.score),
        "reliability": reliability(sides.risky, sides.score),
    }
    return result
