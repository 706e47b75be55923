"""Senders with many recipients: made by the same cue injection as the conversations, then ranked.

Each sender has a small repertoire of single lines, risky ones of a bank or ordinary look-alikes, and repeats them, a little
changed, to many. Every conversation is ordinary talk with a few of these lines in it, or none. From sender to sender the
language changes, and what the platform tells of people: ages and who was a contact before, one of the two, or neither.

    python eval/actors.py            # figures by kind of sender, from the test hand's lines; also into `eval/README.md`
    python eval/actors.py --fit      # weights for `grooming_detect.actors.REACH`, from other hands' lines
"""

from __future__ import annotations

import argparse
import random
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from joblib import Parallel, delayed
from page import markdown, written
from sklearn.utils.class_weight import compute_sample_weight
from synth import bank, languages, scenarios

from grooming_detect import Conversation, Detector, Message, Participant
from grooming_detect.actors import REACH, ActorWatch
from grooming_detect.evaluate.metrics import share
from grooming_detect.evaluate.tables import Section, cell
from grooming_detect.learn import AnchoredLogistic

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from synth import Bank

    from grooming_detect.actors import ActorReport

Row: TypeAlias = tuple[str, ...]
PAGE = Path(__file__).parent / "README.md"
_HEAD = ("kind", "senders", "flagged", "`high`", "median score", "of their conversations flagged by themselves")
_START = datetime(2025, 1, 6, 15, tzinfo=UTC)
# What the weights are drawn to, before any data.
_EXPECTED = {
    "reach:evidence": 0.6, "reach:strength": 2.0, "reach:same-request": 0.5, "reach:asked": 2.0,
    "reach:same-families": 0.5, "reach:recipients": 0.1,
    "reach:pace": 0.1, "reach:minors": 0.5, "reach:unconnected": 0.5, "reach:countries": 0.2, "reach:nothing-found": -3.0,
}  # fmt: skip
_TOLD = ({"age", "connected"}, {"age"}, {"connected"}, set[str]())  # what is known of people, by turns
_CHANGES = ("", "", "", " :)", "!", " 🙂", " ok", "...", " today", " please")


def actor(lines: Bank, kind: str, number: int, seed: int = 2026) -> Iterator[Conversation]:
    """All conversations of one made-up sender; the same seed gives the same ones."""
    plan, told = scenarios()["actor"][kind], _TOLD[number % len(_TOLD)]
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
        connected, other_age = draw.random() < plan["connected"], _age(plan, "other", draw)
        people = (
            Participant(sender, age if "age" in told else None, connected=connected if "connected" in told else None),
            Participant(other, other_age if "age" in told else None),
        )
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


def reports_of(model: str | None, split: str, count: int, kind: str) -> list[ActorReport]:
    """The report of each made-up sender of a kind."""
    detector, spoken, found = Detector.load(model), languages(split), []
    for number in range(count):
        watch = ActorWatch(detector)
        for conversation in actor(bank(spoken[number % len(spoken)], split), kind, number):
            watch.add(conversation)
        found.append(watch.report(f"{kind}-{number}"))
    return found


def all_reports(model: str | None, split: str, count: int) -> dict[str, list[ActorReport]]:
    """Those of all kinds."""
    kinds = list(scenarios()["actor"])
    several = Parallel(n_jobs=-1)(delayed(reports_of)(model, split, count, kind) for kind in kinds)
    return dict(zip(kinds, several, strict=True))


def is_risky(kind: str) -> bool:
    """Whether a kind of sender draws its lines from risk families."""
    return "families" in scenarios()["actor"][kind]


def is_known(kind: str) -> bool:
    """Whether a platform knows a kind of account, and so would leave it out."""
    return bool(scenarios()["actor"][kind].get("known"))


def fitted(reports: Mapping[str, Sequence[ActorReport]]) -> tuple[dict[str, float], float]:
    """Weights and base from some senders: drawn to what is expected, and never of another sign.

    Risky and ordinary senders count the same together: how many kinds of each are made says nothing about how many there are.
    """
    told = [(kind, report) for kind, several in reports.items() if not is_known(kind) for report in several]
    values = [{part.feature: part.value for part in report.explanation.contributions} for _, report in told]
    rows = np.array([[found.get(label, 0.0) for label in REACH] for found in values])
    expected = np.array([_EXPECTED[label] for label in REACH])
    model = AnchoredLogistic(expected, families=np.array(list(REACH)), label_spread=1.0, family_spread=1.0, strength=5.0)
    y = np.array([is_risky(kind) for kind, _ in told])
    model.fit(rows, y, sample_weight=compute_sample_weight("balanced", y))
    return dict(zip(REACH, map(float, model.coef_[0]), strict=True)), float(model.intercept_[0])


def measured(reports: Mapping[str, Sequence[ActorReport]]) -> list[Row]:
    """For each kind of sender, and for risky and ordinary kinds together: how many were flagged, and in which band."""
    rows, together = [], {"all risky": _Counts(), "all ordinary": _Counts()}
    for kind, several in reports.items():
        own = _Counts()
        for report in several:
            own.add(report)
            if not is_known(kind):
                together["all risky" if is_risky(kind) else "all ordinary"].add(report)
        rows.append(own.row(kind))
    return [*rows, *(counts.row(name) for name, counts in together.items())]


@dataclass(slots=True)
class _Counts:
    """Senders, and their single conversations, by whether they were flagged."""

    scores: list[float] = field(default_factory=list)
    flagged: int = 0
    high: int = 0
    conversations: int = 0
    alone: int = 0  # conversations that were flagged by themselves

    def add(self, report: ActorReport) -> None:
        """Count one sender."""
        self.scores.append(report.score)
        self.flagged += report.band != "low"
        self.high += report.band == "high"
        self.conversations += len(report.contacts)
        self.alone += sum(contact.band != "low" for contact in report.contacts.values())

    def row(self, name: str) -> Row:
        """The row of the table."""
        senders = len(self.scores)
        shares = (cell(share(found, senders)) for found in (self.flagged, self.high))
        middle, alone = f"{median(self.scores):.3f}", f"{self.alone / self.conversations:.1%}"
        return name.replace("_", " "), f"{senders:,}", *shares, middle, alone


def main() -> int:
    """Make, rank, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--split", choices=("validation", "test"), default="test")
    parser.add_argument("--count", type=int, default=50, help="senders of each kind")
    parser.add_argument("--fit", action="store_true", help="print weights instead of figures")
    parser.add_argument("--model", help="folder of a model (default: the one that ships)")
    arguments = parser.parse_args()
    split = "validation" if arguments.fit else arguments.split
    reports = all_reports(arguments.model, split, arguments.count)
    if arguments.fit:
        weights, base = fitted(reports)
        print({label: round(weight, 2) for label, weight in weights.items()}, round(base, 2))
        return 0
    text = markdown(Section("Actors", "", _HEAD, tuple(measured(reports))))
    print(text)
    if split == "test":
        name = Detector.load(arguments.model).model.name
        text = f"Model {name}, lines of the test hands of {len(languages('test'))} languages.\n\n{text}"
        PAGE.write_text(written(PAGE.read_text("utf-8"), "actors", text), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
