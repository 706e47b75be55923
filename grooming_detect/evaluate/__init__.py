"""Measuring a detector on labelled conversations: one pass over each, then every table of the study. No text in any result."""

from __future__ import annotations

import hashlib
import heapq
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from grooming_detect.evaluate import fairness, lines, sides, slices, time
from grooming_detect.evaluate.attacks import attack_names
from grooming_detect.evaluate.bootstrap import DRAWS, SEED
from grooming_detect.evaluate.metrics import tidy
from grooming_detect.evaluate.replay import Reading, replay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from grooming_detect.detector import Detector
    from grooming_detect.gold import Labelled

__all__ = ["Plan", "evaluate", "steps"]


@dataclass(frozen=True, slots=True)
class Plan:
    """How thorough an evaluation is.

    Parameters
    ----------
    draws : int
        Bootstrap draws; 0 for no intervals.
    seed : int
        Of the draws, the disguises and the samples.
    attacked, swapped : int
        Risky, and as many ordinary, conversations for the disguises and for the fairness swaps; 0 leaves them out.
    """

    draws: int = DRAWS
    seed: int = SEED
    attacked: int = 150
    swapped: int = 100


def steps(plan: Plan, conversations: int = 0) -> int:
    """How often `evaluate` will call its `tick`."""
    groups = sum(len(groups) for kinds in (fairness.LINES, fairness.SWAPS) for groups in kinds.values())
    return conversations + len(attack_names()) * bool(plan.attacked) + groups * bool(plan.swapped)


@dataclass(slots=True)
class _Sample:
    """A few conversations of each kind, chosen by a hash of their ids: the same ones whatever the order."""

    most: int
    seed: int
    heaps: dict[bool, list[tuple[int, int, Labelled]]] = field(default_factory=lambda: {True: [], False: []})

    def take(self, item: Labelled, number: int) -> None:
        name = f"{self.seed}/{item.dataset}/{item.conversation.conversation_id}"
        rank = -int.from_bytes(hashlib.sha256(name.encode(errors="replace")).digest()[:8])
        heap = self.heaps[item.perpetrator is not None]
        heapq.heappush(heap, (rank, -number, item))
        if len(heap) > self.most:
            heapq.heappop(heap)

    def first(self, most: int) -> list[tuple[Labelled, str]]:
        """Conversations with the side to look at: the perpetrator, or whoever spoke first."""
        chosen = [entry[2] for heap in self.heaps.values() for entry in sorted(heap, key=lambda e: e[:2], reverse=True)[:most]]
        return [(item, item.perpetrator or item.conversation.messages[0].sender) for item in chosen]


def evaluate(
    detector: Detector,
    items: Iterable[Labelled],
    plan: Plan | None = None,
    tick: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """Everything that is measured on labelled conversations, as JSON-able values without any chat text.

    Parameters
    ----------
    detector : Detector
        Under test.
    items : iterable of Labelled
        Conversations with their gold; read once, and not kept but for small samples. Those without messages are left out.
    plan : Plan, optional
        How thorough.
    tick : callable
        Called after each conversation, disguise and swap; `steps` says how often in all.

    Returns
    -------
    dict
        ``model``, ``bands``, ``plan``, ``sides``, ``lines``, ``time``, ``slices``, ``score_by_length``, ``attacks``,
        ``fairness``. Every measure is a dict with ``value``, ``low`` and ``high`` (95 %), None where it is not defined.

    Examples
    --------
    >>> from grooming_detect import Conversation, Detector, Message
    >>> from grooming_detect.gold import Labelled
    >>> chat = Conversation("c1", (Message("a", "nice goal today"), Message("b", "thx")))
    >>> result = evaluate(Detector.load(), [Labelled(chat, None, "team", "en", ((), ()), "made up", "c1")], Plan(draws=10))
    >>> result["sides"]["n"]["ordinary_sides"], result["sides"]["review"]["recall"]["value"]
    (2, None)
    """
    plan = plan or Plan()
    sample = _Sample(max(plan.attacked, plan.swapped), plan.seed)
    plain: dict[str, Any] = tidy(_measured(detector, _readings(detector, items, sample, tick), sample, plan, tick))
    return plain


def _readings(detector: Detector, items: Iterable[Labelled], sample: _Sample, tick: Callable[[], None]) -> list[Reading]:
    readings = []
    for number, item in enumerate(items):
        if item.conversation.messages:
            readings.append(replay(detector, item))
            sample.take(item, number)
        tick()
    return readings


def _measured(
    detector: Detector, readings: list[Reading], sample: _Sample, plan: Plan, tick: Callable[[], None]
) -> dict[str, Any]:
    model = detector.model
    return {
        "model": model.name,
        "bands": {"review": model.review, "high": model.high},
        "plan": {"draws": plan.draws, "seed": plan.seed, "attacked": plan.attacked, "swapped": plan.swapped},
        "sides": sides.measure(readings, plan.draws, plan.seed),
        "lines": lines.measure(readings, plan.draws, plan.seed),
        "time": time.measure(readings, plan.draws, plan.seed),
        "slices": slices.measure(readings, plan.draws, plan.seed),
        "score_by_length": slices.score_by_length(readings),
        "attacks": slices.attacks(detector, sample.first(plan.attacked), plan.seed, tick) if plan.attacked else {},
        "fairness": fairness.measure(detector, sample.first(plan.swapped), tick) if plan.swapped else {},
    }
