"""Time: how early a side is flagged when its conversation comes in message by message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from grooming_detect.evaluate.bootstrap import DRAWS, SEED, FScore, Median, Rate, estimates
from grooming_detect.evaluate.metrics import ERDE_POINTS, REFERENCE_LENGTHS, erde_costs, latency_p, penalty
from grooming_detect.evaluate.replay import FLAGS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grooming_detect.evaluate.bootstrap import Statistic
    from grooming_detect.evaluate.metrics import Floats
    from grooming_detect.evaluate.replay import Reading, SideRead

_MOST_CUES = 12  # gold cue lines on the early-warning curve
_QUARTILES = (25, 50, 75)


class _Flags:
    """First flags of one band as columns: `nan` where there was none."""

    def __init__(self, readings: Sequence[Reading], band: str) -> None:
        rows = [(n, reading, side) for n, reading in enumerate(readings) for side in reading.sides]
        self.group = np.array([n for n, _, _ in rows], np.intp)
        self.risky = np.array([side.risky for _, _, side in rows], bool)
        self.seen = np.array([_seen(side, band) for _, _, side in rows], float)
        self.minutes = np.array([_minutes(side, band) for _, _, side in rows], float)
        self.cues = np.array([side.first[band].cues if band in side.first else np.nan for _, _, side in rows], float)
        self.onset = np.array([np.nan if reading.onset is None else reading.onset for _, reading, _ in rows], float)
        self.gravest = np.array([np.nan if reading.gravest is None else reading.gravest for _, reading, _ in rows], float)
        self.right = self.risky & ~np.isnan(self.seen)

    def of_right(self, column: Floats) -> Floats:
        """A column on true alarms alone."""
        return np.where(self.right, column, np.nan)


def _seen(side: SideRead, band: str) -> float:
    return side.first[band].seen if band in side.first else np.nan


def _minutes(side: SideRead, band: str) -> float:
    minutes = side.first[band].minutes if band in side.first else None
    return np.nan if minutes is None else minutes


def _statistics(flags: _Flags) -> dict[str, Statistic]:
    """Measures of one band."""
    graver = flags.risky & ~np.isnan(flags.gravest)
    with np.errstate(invalid="ignore"):
        before, by = flags.seen <= flags.gravest, flags.seen <= flags.gravest + 1
    f1 = FScore(flags.right, ~np.isnan(flags.seen), flags.risky, 1.0)
    found: dict[str, Statistic] = {
        "flagged": Rate(flags.right, flags.risky),
        "first_flag_message": Median(flags.of_right(flags.seen)),
        "messages_since_first_cue": Median(flags.of_right(flags.seen - flags.onset)),
        "cue_lines_seen": Median(flags.of_right(flags.cues)),
        "minutes": Median(flags.of_right(flags.minutes)),
        "before_gravest_cue": Rate(graver & before, graver),
        "by_gravest_cue": Rate(graver & by, graver),
        "f1": f1,
    }
    for o in ERDE_POINTS:
        found[f"erde_{o}"] = Rate(erde_costs(flags.risky, flags.seen, o), np.ones(len(flags.seen)))
    for length in REFERENCE_LENGTHS:
        late = Median(penalty(flags.of_right(flags.seen), latency_p(length)))
        found[f"latency_f1_{length}"] = _weighted(f1, late)
    return found


def _weighted(f1: Statistic, late: Statistic) -> Statistic:
    """F1 times speed, see `metrics.latency_f1`."""
    return lambda weights: np.asarray(f1(weights) * (1 - late(weights)))


def early_warning(flags: _Flags) -> list[dict[str, float]]:
    """Share of risky sides flagged by the time that so many gold cue lines had been sent, wherever those lie."""
    total = int(flags.risky.sum())
    within = [int(np.sum(flags.cues[flags.right] <= cues)) for cues in range(1, _MOST_CUES + 1)]
    return [{"cues": n, "share": hits / total} for n, hits in enumerate(within, 1)] if total else []


def _quartiles(column: NDArray[np.float64]) -> list[float]:
    kept = column[~np.isnan(column)]
    return [float(value) for value in np.percentile(kept, _QUARTILES)] if len(kept) else []


def measure(readings: Sequence[Reading], draws: int = DRAWS, seed: int = SEED) -> dict[str, Any]:
    """How early sides are flagged, for each band, with intervals by conversation.

    A flag counts from the first message after which the band was reached, whatever came later. Counting messages is unfair
    between chatty and terse people: see ``minutes`` and ``cue_lines_seen`` beside it.

    Parameters
    ----------
    readings : sequence of Reading
        One a conversation.
    draws, seed : int
        Of the bootstrap.

    Returns
    -------
    dict
        ``review`` and ``high``: measures, quartiles of the first flag in messages and in minutes, and the curve.
    """
    result: dict[str, Any] = {}
    for band in FLAGS:
        flags = _Flags(readings, band)
        counts = {"risky": int(flags.risky.sum()), "flagged": int(flags.right.sum()), "sides": len(flags.seen)}
        result[band] = {
            "n": counts,
            **estimates(_statistics(flags), flags.group, draws, seed),
            "first_flag_quartiles": _quartiles(flags.of_right(flags.seen)),
            "minutes_quartiles": _quartiles(flags.of_right(flags.minutes)),
            "curve": early_warning(flags),
        }
    return result
