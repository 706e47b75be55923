"""The detector beside the baselines, on the same sides and the same draws; and the targets that were set beforehand."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from grooming_detect.evaluate.bootstrap import FScore, Less, Ranking, estimates
from grooming_detect.evaluate.metrics import share
from grooming_detect.evaluate.sides import curve
from grooming_detect.evaluate.tables import Section, cell, number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from grooming_detect.evaluate.bootstrap import Statistic
    from grooming_detect.evaluate.metrics import Floats

STRICT = 0.001  # false-alarm rate at which baselines must be beaten
_RATES = (0.01, STRICT)
_SIDES: tuple[tuple[str, str, dict[str, float]], ...] = (
    # measure, bound, by dataset and band
    ("recall", "at least", {"test review": 0.98, "test high": 0.92, "harbour review": 0.95, "harbour high": 0.85}),
    ("false_alarms", "at most", {"test review": 0.05, "test high": 0.01, "harbour review": 0.05, "harbour high": 0.01}),
    ("risky_one_named", "at least", {"test review": 1.0, "harbour review": 1.0}),
)
_BOUNDS = {"at least": operator.ge, "at most": operator.le, "above": operator.gt}
_CORPORA = {"review": 0.005, "high": 0.0002}
_LINES_F3, _ECE = 0.80, 0.03


def _measures(labels: NDArray[np.bool_], scores: Floats, threshold: float) -> dict[str, Statistic]:
    ranking = Ranking(labels, scores)
    flag = scores >= threshold
    return {
        "pr_auc": ranking.pr_auc,
        **{f"recall_at_{rate:g}": ranking.recall_at(rate) for rate in _RATES},
        "f05": FScore(flag & labels, flag, labels, 0.5),
    }


def compared(
    truth: tuple[NDArray[np.bool_], NDArray[np.intp]],
    own: tuple[Floats, float],
    other: tuple[Floats, float],
    draws: int,
) -> dict[str, Any]:
    """A baseline's measures, and by how much the detector's are higher.

    Parameters
    ----------
    truth : (labels, groups)
        Of the sides, each of shape (n_sides,).
    own, other : (scores, threshold)
        Of the detector, and of the baseline; thresholds are those of the best F0.5 on the validation split.
    draws : int
        Of the bootstrap; the same ones for both.
    """
    labels, groups = truth
    ours, theirs = _measures(labels, *own), _measures(labels, *other)
    found = estimates({**theirs, **{f"gain {name}": Less(ours[name], theirs[name]) for name in ours}}, groups, draws)
    return {
        **{name: found[name] for name in theirs},
        "detector_higher_by": {name: found[f"gain {name}"] for name in ours},
        "curve": curve(labels, other[0]),
        "share_of_risky_sides": float(labels.mean()),
    }


def alone(truth: tuple[NDArray[np.bool_], NDArray[np.intp]], scores: tuple[Floats, float], draws: int) -> dict[str, Any]:
    """The same measures of one scorer, compared with nothing."""
    labels, groups = truth
    found = estimates(_measures(labels, *scores), groups, draws)
    return {**found, "curve": curve(labels, scores[0]), "share_of_risky_sides": float(labels.mean())}


def pooled(corpora: Mapping[str, Mapping[str, int]], band: str) -> dict[str, Any]:
    """Share of ordinary sides of all corpora that reach a band, with Wilson's interval."""
    return share(sum(one[band] for one in corpora.values()), sum(one["sides"] for one in corpora.values()))


def targets(results: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each target with what was reached; `met` by the estimate, `certain` by the whole interval.

    Parameters
    ----------
    results : mapping
        With ``datasets``, ``corpora`` and ``baselines``; what is missing is left out.
    """
    return [_judged(*entry) for entry in _entries(results)]


def _judged(what: str, where: str, bound: str, target: float, estimate: Mapping[str, Any]) -> dict[str, Any]:
    value, low, high = estimate["value"], estimate["low"], estimate["high"]
    reached = _BOUNDS[bound]
    worst = high if bound == "at most" else low
    met, certain = (None if one is None or np.isnan(one) else bool(reached(one, target)) for one in (value, worst))
    ends = {"value": value, "low": low, "high": high}
    return {"what": what, "where": where, "bound": bound, "target": target, **ends, "met": met, "certain": certain}


_Entry = tuple[str, str, str, float, "Mapping[str, Any]"]


def _entries(results: Mapping[str, Any]) -> Iterator[_Entry]:
    datasets = results["datasets"]
    for measure, bound, goals in _SIDES:
        for key, goal in goals.items():
            name, band = key.split()
            if name in datasets:
                yield f"{measure.replace('_', ' ')}, {band}", name, bound, goal, datasets[name]["sides"][band][measure]
    for band, goal in _CORPORA.items() if results["corpora"] else ():
        yield f"ordinary sides in {band}", "corpora left out of training", "at most", goal, pooled(results["corpora"], band)
    for name, result in datasets.items():
        yield "cue lines that reports show, F3", name, "at least", _LINES_F3, result["lines"]["flagged_sides"]["f3"]
        yield "cue lines found on any side, F3", name, "at least", _LINES_F3, result["lines"]["any_family"]["f3"]
    if "test" in datasets:
        yield "calibration, ECE", "test", "at most", _ECE, datasets["test"]["sides"]["scores"]["ece"]
    yield from _gains(results["baselines"])


def _gains(baselines: Mapping[str, Any]) -> Iterator[_Entry]:
    gains = [
        (baseline.replace("_", " "), name, found["detector_higher_by"])
        for baseline, result in baselines.items()
        for name, found in result.get("datasets", {}).items()
        if "detector_higher_by" in found
    ]
    for baseline, name, gain in gains:
        for measure in ("pr_auc", f"recall_at_{STRICT:g}"):
            yield f"{measure.replace('_', ' ')} above {baseline}", name, "above", 0.0, gain[measure]


def target_table(judged: Sequence[Mapping[str, Any]]) -> Section:
    """The targets as a table."""
    words = {True: "yes", False: "no", None: "–"}
    rows = tuple(
        (
            one["what"],
            one["where"],
            f"{one['bound']} {number(one['target'])}",
            cell(one, percent=False),
            words[one["met"]],
            words[one["certain"]],
        )
        for one in judged
    )
    note = "“Met” by the estimate; “certain” if the whole 95 % interval meets it."
    return Section("Targets", note, ("", "where", "target", "reached", "met", "certain"), rows)


def baseline_table(results: Mapping[str, Any], name: str) -> Section:
    """Detector and baselines on one dataset."""
    head = ("", "PR-AUC", "recall at 1 %", "recall at 0.1 %", "F0.5", "detector higher: PR-AUC", "… recall at 0.1 %", "setting")
    rows = [
        ("detector", *_cells(results["detector"][name]), "", "", "") if name in results["detector"] else ("detector", *[""] * 7)
    ]
    for baseline, result in results["baselines"].items():
        found = result.get("datasets", {}).get(name)
        if found is None:
            rows.append((baseline.replace("_", " "), *["–"] * 6, result.get("skipped", "")))
            continue
        gain = found.get("detector_higher_by", {})
        gains = (cell(gain.get(key), percent=False) for key in ("pr_auc", f"recall_at_{STRICT:g}"))
        setting = result["chosen"] if gain else f"{result['chosen']}; chance is {number(found['share_of_risky_sides'])}"
        rows.append((baseline.replace("_", " "), *_cells(found), *gains, setting))
    note = (
        "Trained on the same data, tuned on the validation split, tested once. The last two are probes: near chance is right."
    )
    return Section(f"{name}: baselines", note, head, tuple(rows))


def _cells(found: Mapping[str, Any]) -> Iterator[str]:
    for key in ("pr_auc", *(f"recall_at_{rate:g}" for rate in _RATES), "f05"):
        yield cell(found[key], percent=key.startswith("recall"))


def corpora_table(corpora: Mapping[str, Mapping[str, int]]) -> Section:
    """False alarms on each consented corpus."""

    def row(name: str, some: Mapping[str, Mapping[str, int]]) -> tuple[str, ...]:
        sides = sum(one["sides"] for one in some.values())
        return name, f"{sides:,}", *(cell(pooled(some, band)) for band in _CORPORA)

    rows = [row(name, {name: one}) for name, one in corpora.items()]
    note = "Ordinary talk of consenting people, judged in training by words and weights that never saw the corpus."
    head = ("", "sides", "review or high", "high")
    return Section("Consented corpora: false alarms", note, head, (*rows, row("all", corpora)) if rows else ())
