"""Cue lines: which messages of a perpetrator were seen for what they are, by family, and how the quoted words cover them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from grooming_detect.evaluate.bootstrap import DRAWS, SEED, FScore, Rate, estimates
from grooming_detect.families import RISK
from grooming_detect.finders.words import BESIDE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from grooming_detect.evaluate.bootstrap import Statistic
    from grooming_detect.evaluate.replay import LineRead, Reading

_BETA = 3.0  # PAN 2012, problem 2: a missed line is worse than a superfluous one


@dataclass(frozen=True, slots=True)
class Counts:
    """Lines, or tokens, of each conversation, shape (n_conversations,).

    Parameters
    ----------
    right, found, gold : ndarray of float
        Found and gold; found; gold.
    """

    right: NDArray[np.float64]
    found: NDArray[np.float64]
    gold: NDArray[np.float64]

    def statistics(self) -> dict[str, Statistic]:
        """Precision, recall, F1 and F3."""
        return {
            "precision": Rate(self.right, self.found),
            "recall": Rate(self.right, self.gold),
            "f1": FScore(self.right, self.found, self.gold, 1.0),
            "f3": FScore(self.right, self.found, self.gold, _BETA),
        }


def count(readings: Sequence[Reading], among: Callable[[Reading], Iterator[LineRead]], family: str | None = None) -> Counts:
    """Lines by conversation: those of one family, or of any.

    Parameters
    ----------
    readings : sequence of Reading
        One a conversation.
    among : callable
        Which lines of a reading count.
    family : str, optional
        By default any family will do, whichever it is.
    """
    rows = np.zeros((len(readings), 3))
    for n, reading in enumerate(readings):
        for line in among(reading):
            gold = bool(line.gold) if family is None else family in line.gold
            found = bool(line.found) if family is None else family in line.found
            rows[n] += (gold and found, found, gold)
    return Counts(*rows.T)


def everywhere(reading: Reading) -> Iterator[LineRead]:
    """Every line, whoever wrote it: what packs and words find."""
    yield from reading.lines


def flagged(reading: Reading) -> Iterator[LineRead]:
    """Lines as a moderator gets them: what is shown counts on flagged sides alone, what was missed counts on all.

    Shown are the lines in which something was found, and those to be read with them, which are of any family.
    """
    shown = {side.sender for side in reading.sides if side.in_band("review")}
    for line in reading.lines:
        if line.sender not in shown:
            yield replace(line, found=frozenset(), marked=0)
        else:
            yield replace(line, found=line.found | {BESIDE}) if line.beside else line


def tokens(readings: Sequence[Reading]) -> Counts:
    """Tokens of gold cue messages against tokens that spans cover.

    Gold is a whole message, a span the phrase in it: precision says whether quotes lie where the cues are, recall how much of
    the messages they cover, which is not meant to be all.
    """
    rows = np.zeros((len(readings), 3))
    for n, reading in enumerate(readings):
        for line in reading.lines:
            rows[n] += (line.marked * bool(line.gold), line.marked, line.tokens * bool(line.gold))
    return Counts(*rows.T)


def measure(readings: Sequence[Reading], draws: int = DRAWS, seed: int = SEED) -> dict[str, Any]:
    """Precision, recall, F1 and F3 of cue lines, with intervals by conversation.

    Parameters
    ----------
    readings : sequence of Reading
        One a conversation.
    draws, seed : int
        Of the bootstrap.

    Returns
    -------
    dict
        ``any_family`` and ``flagged_sides`` (any family), ``families``, and ``tokens`` (overlap, with ``iou``).
    """
    present = sorted(set[str]().union(*(line.gold | line.found for reading in readings for line in reading.lines)))
    parts = {
        "any_family": count(readings, everywhere),
        "flagged_sides": count(readings, flagged),
        "tokens": tokens(readings),
        **{f"families/{family}": count(readings, everywhere, family) for family in present if family in RISK},
    }
    named: dict[tuple[str, str], Statistic] = {
        (part, name): one for part, counts in parts.items() for name, one in counts.statistics().items()
    }
    covered = parts["tokens"]
    named["tokens", "iou"] = Rate(covered.right, covered.found + covered.gold - covered.right)
    found = estimates({"|".join(key): one for key, one in named.items()}, np.arange(len(readings)), draws, seed)
    result: dict[str, Any] = {"families": {}}
    for (part, name), estimate in zip(named, found.values(), strict=True):
        place, _, family = part.partition("/")
        target = result[place].setdefault(family, {}) if family else result.setdefault(place, {})
        target[name] = estimate
        target["n"] = {"gold": int(parts[part].gold.sum()), "found": int(parts[part].found.sum())}
    return result
