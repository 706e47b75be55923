"""Senders with many recipients: made by the same cue injection as the conversations, then ranked.

Each sender has a small repertoire of single lines, risky ones of a bank or ordinary look-alikes, and repeats them, a little
changed, to many. Every conversation is ordinary talk with one to three of these lines in it.

    python eval/actors.py            # figures by kind of sender, from the test hand's lines
    python eval/actors.py --fit      # weights for `grooming_detect.actors.REACH`, from the other hand's lines
"""

from __future__ import annotations

import argparse
import random
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table
from synth import bank, scenarios

from grooming_detect import Conversation, Detector, Message, Participant
from grooming_detect.actors import REACH, ActorWatch
from grooming_detect.learn import AnchoredLogistic

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from synth import Bank

    from grooming_detect.actors import ActorReport

_START = datetime(2025, 1, 6, 15, tzinfo=UTC)
# What the weights are drawn to, before any data.
_EXPECTED = {
    "reach:evidence": 0.6, "reach:strength": 2.0, "reach:same-request": 0.5, "reach:same-families": 0.5,
    "reach:recipients": 0.1,
    "reach:pace": 0.1, "reach:minors": 0.5, "reach:unconnected": 0.5, "reach:countries": 0.2, "reach:nothing-found": -3.0,
}  # fmt: skip
_CHANGES = ("", "", "", " :)", "!", " 🙂", " ok", "...", " today", " please")


def actor(lines: Bank, kind: str, number: int, seed: int = 2026) -> Iterator[Conversation]:
    """All conversations of one made-up sender; the same seed gives the same ones."""
    plan = scenarios()["actor"][kind]
    draw = random.Random(f"{seed}/{lines.language}/{kind}/{number}")  # noqa: S311  (a draw, no secret)
    repertoire = _repertoire(lines, plan, draw)
    sender, days = f"{kind}-{number}", draw.randint(*plan["days"])
    age = _age(plan, "sender", draw)
    for n in range(draw.randint(*plan["recipients"])):
        other = f"{sender}-{n}"
        talk = [(sender if at % 2 == 0 else other, line) for at, line in enumerate(draw.choice(lines.threads))]
        for line in draw.sample(repertoire, k=min(draw.randint(*plan["lines"]), len(repertoire))):
            talk.insert(draw.randint(1, len(talk)), (sender, line + draw.choice(_CHANGES)))
        begin = _START + timedelta(days=draw.uniform(0, days))
        messages = tuple(Message(who, text, begin + timedelta(minutes=3 * at)) for at, (who, text) in enumerate(talk))
        connected = draw.random() < plan["connected"]
        people = Participant(sender, age), Participant(other, _age(plan, "other", draw), connected=connected)
        yield Conversation(f"{sender}/{n}", messages, people)


def _repertoire(lines: Bank, plan: dict[str, Any], draw: random.Random) -> list[str]:
    count = draw.randint(*plan["repertoire"])
    if "families" in plan:
        families = draw.choices(list(plan["families"]), list(plan["families"].values()), k=count)
        return [draw.choice(lines.cues[family]) for family in families]
    pool = [line for suite in plan["suites"] for listed in lines.suites[suite].values() for line in listed]
    return draw.sample(pool, k=min(count, len(pool)))


def _age(plan: dict[str, Any], who: str, draw: random.Random) -> float | None:
    bounds = plan["ages"].get(who)
    return float(draw.randint(*bounds)) if bounds and draw.random() < 0.7 else None  # noqa: PLR2004  (known of most)


def reports_of(detector: Detector, split: str, count: int, kind: str) -> Iterator[ActorReport]:
    """The report of each made-up sender of a kind."""
    for number in track(range(count), description=kind):
        watch = ActorWatch(detector)
        for conversation in actor(bank("en", split), kind, number):
            watch.add(conversation)
        yield watch.report(f"{kind}-{number}")


def fitted(detector: Detector, count: int) -> tuple[dict[str, float], float]:
    """Weights and base from the train hand's senders: drawn to what is expected, and never of another sign."""
    rows, risky = [], []
    for kind, plan in scenarios()["actor"].items():
        for report in reports_of(detector, "validation", count, kind):
            values = {part.feature: part.value for part in report.explanation.contributions}
            rows.append([values.get(label, 0.0) for label in REACH])
            risky.append("families" in plan)
    expected = np.array([_EXPECTED[label] for label in REACH])
    model = AnchoredLogistic(expected, families=np.array(list(REACH)), label_spread=1.0, family_spread=1.0, strength=5.0)
    model.fit(np.array(rows), np.array(risky))
    return dict(zip(REACH, map(float, model.coef_[0]), strict=True)), float(model.intercept_[0])


def measure(detector: Detector, split: str, count: int, kinds: Sequence[str]) -> list[dict[str, Any]]:
    """For each kind of sender: how many were flagged, and how many of their single conversations were."""
    rows = []
    for kind in kinds:
        reports = list(reports_of(detector, split, count, kind))
        bands = [contact.band for report in reports for contact in report.contacts.values()]
        scores = sorted(report.score for report in reports)
        found = {band: sum(report.band == band for report in reports) / count for band in ("high", "review")}
        rows.append(
            {
                "kind": kind,
                **found,
                "median": scores[count // 2],
                "conversations flagged": sum(band != "low" for band in bands) / len(bands),
            }
        )
    return rows


def main() -> int:
    """Make, rank, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--split", choices=("validation", "test"), default="test")
    parser.add_argument("--count", type=int, default=50, help="senders of each kind")
    parser.add_argument("--fit", action="store_true", help="print weights instead of figures")
    parser.add_argument("--model", help="folder of a model (default: the one that ships)")
    arguments = parser.parse_args()
    detector = Detector.load(arguments.model)
    if arguments.fit:
        weights, base = fitted(detector, arguments.count)
        print({label: round(weight, 2) for label, weight in weights.items()}, round(base, 2))
        return 0
    rows = measure(detector, arguments.split, arguments.count, list(scenarios()["actor"]))
    table = Table(*rows[0], box=None)
    for row in rows:
        table.add_row(*(f"{value:.1%}" if isinstance(value, float) else value for value in row.values()))
    Console().print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
