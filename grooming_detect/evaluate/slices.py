"""The same measures on parts of the data: by suite, language, length, known ages; and under disguise."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from grooming_detect.evaluate import sides
from grooming_detect.evaluate.attacks import attack_names, disguised
from grooming_detect.evaluate.bootstrap import DRAWS, SEED, Rate, estimates
from grooming_detect.evaluate.metrics import share
from grooming_detect.evaluate.replay import FLAGS, GRAVEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from grooming_detect.chat import Conversation
    from grooming_detect.detector import Detector
    from grooming_detect.evaluate.bootstrap import Statistic
    from grooming_detect.evaluate.replay import Reading
    from grooming_detect.gold import Labelled
    from grooming_detect.report import RiskReport

_LENGTHS = 10  # points of the curve of score against length
_BLUNT = GRAVEST | {"sexualised_question"}  # families that say openly what is wanted


def parts(readings: Sequence[Reading]) -> dict[str, dict[str, list[Reading]]]:
    """Readings by slice.

    Risky and ordinary readings share the slices of language, length and ages; wording and family are of risky ones alone, and a
    reading counts under each of its gold families.

    Parameters
    ----------
    readings : sequence of Reading
        One a conversation.
    """
    bounds = np.percentile([reading.length for reading in readings] or [0], (25, 50, 75))
    found: dict[str, dict[str, list[Reading]]] = {}
    for reading in readings:
        for dimension, part in (*_of(reading, bounds).items(), *(("family", family) for family in reading.families)):
            found.setdefault(dimension, {}).setdefault(part, []).append(reading)
    return {dimension: dict(sorted(members.items())) for dimension, members in found.items()}


def _of(reading: Reading, bounds: np.ndarray[Any, Any]) -> dict[str, str]:
    quarter = int(np.searchsorted(bounds, reading.length, "left"))
    found = {
        "suite": reading.suite,
        "language": reading.language or "unknown",
        "length": f"quartile {quarter + 1}",
        "ages": "known" if reading.ages else "unknown",
    }
    if reading.risky and reading.families:
        found["wording"] = "some blunt words" if reading.families & _BLUNT else "no blunt words"
    return found


def _statistics(table: sides.Table) -> dict[str, Statistic]:
    found: dict[str, Statistic] = {}
    for band in FLAGS:
        flag = table.flagged[band]
        found[f"recall_{band}"] = Rate(flag & table.risky, table.risky)
        found[f"false_alarms_{band}"] = Rate(flag & ~table.risky, ~table.risky)
    found["mean_score_ordinary"] = Rate(table.score * ~table.risky, ~table.risky)
    return found


def measure(readings: Sequence[Reading], draws: int = DRAWS, seed: int = SEED) -> dict[str, Any]:
    """Recall and false-alarm rate of both bands in each slice, with intervals by conversation.

    Small slices have wide intervals; among so many, some stand out by chance.

    Parameters
    ----------
    readings : sequence of Reading
        One a conversation.
    draws, seed : int
        Of the bootstrap.
    """
    result: dict[str, Any] = {}
    for dimension, members in parts(readings).items():
        for part, own in members.items():
            table = sides.table(own)
            risky = int(table.risky.sum())
            counts = {"conversations": len(own), "risky": risky, "ordinary": len(table.risky) - risky}
            found = estimates(_statistics(table), table.group, draws, seed)
            result.setdefault(dimension, {})[part] = {"n": counts, **found}
    return result


def score_by_length(readings: Sequence[Reading]) -> list[dict[str, Any]]:
    """Mean and highest tenth of the scores of ordinary sides, and the mean of risky ones, by length of the conversation."""
    lengths = np.array([reading.length for reading in readings for _ in reading.sides], float)
    score = np.array([side.score for reading in readings for side in reading.sides], float)
    risky = np.array([side.risky for reading in readings for side in reading.sides], bool)
    if not len(lengths):
        return []
    bounds = np.unique(np.percentile(lengths, np.linspace(0, 100, _LENGTHS + 1)[1:-1]))
    place = np.searchsorted(bounds, lengths, "left")
    return [
        {
            "messages": float(np.median(lengths[here])),
            "n": int(here.sum()),
            "ordinary": _mean(score[here & ~risky]),
            "ordinary_p95": float(np.percentile(score[here & ~risky], 95)) if (here & ~risky).any() else np.nan,
            "risky": _mean(score[here & risky]),
        }
        for here in (place == n for n in np.unique(place))
    ]


def _mean(values: np.ndarray[Any, Any]) -> float:
    return float(values.mean()) if len(values) else np.nan


def attacked(item: Labelled, sender: str, attack: str, seed: int) -> Conversation:
    """The conversation with every message of one sender under a disguise."""
    chat = item.conversation
    messages = [
        replace(one, text=disguised(one.text, attack, f"{seed}/{chat.conversation_id}/{n}")) if one.sender == sender else one
        for n, one in enumerate(chat.messages)
    ]
    return replace(chat, messages=tuple(messages))


def attacks(
    detector: Detector, items: Iterable[tuple[Labelled, str]], seed: int = SEED, tick: Callable[[], None] = lambda: None
) -> dict[str, Any]:
    """Recall and false-alarm rate when one side's messages are disguised, by attack, beside the same sides undisguised.

    Parameters
    ----------
    detector : Detector
        Under test.
    items : iterable of (Labelled, str)
        Conversations and the side that is disguised.
    seed : int
        Of the disguises.
    tick : callable
        Called after each attack.
    """
    sample = list(items)
    result: dict[str, Any] = {"none": _shares([(_of_side(detector, i.conversation, s), s == i.perpetrator) for i, s in sample])}
    for attack in attack_names():
        reports = [
            (_of_side(detector, attacked(item, sender, attack, seed), sender), sender == item.perpetrator)
            for item, sender in sample
        ]
        result[attack] = _shares(reports)
        tick()
    return result


def _of_side(detector: Detector, chat: Conversation, sender: str) -> RiskReport:
    return next(report for report in detector.assess(chat) if report.sender == sender)


def _shares(reports: Sequence[tuple[RiskReport, bool]]) -> Mapping[str, Any]:
    found = {}
    for name, truth in (("recall", True), ("false_alarms", False)):
        own = [report for report, risky in reports if risky is truth]
        found[f"{name}_review"] = share(sum(report.band != "low" for report in own), len(own))
        found[f"{name}_high"] = share(sum(report.band == "high" for report in own), len(own))
    return found
