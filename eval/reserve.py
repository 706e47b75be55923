"""Writers that no model has learned: how many sides with look-alike lines, or cue lines, of the `reserve` banks are flagged.

    python eval/reserve.py

Each side writes five lines of one suite (or of any risk families) among ordinary talk of two. Nothing was learned from these
writers, nor any band set on them. Writes the table between the marks of `eval/README.md`.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from page import markdown, written
from synth import HERE, bank

from grooming_detect import Conversation, Detector, Message
from grooming_detect.evaluate.metrics import share
from grooming_detect.evaluate.tables import Section, cell

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PAGE = HERE / "README.md"
_LINES = 5  # of a side; the last one of a suite has the rest besides
_ROUNDS = 3  # how often each line is dealt


def languages() -> list[str]:
    """Those that have a reserve."""
    return sorted({path.name.split(".")[0] for path in Path(HERE, "banks").glob("*.reserve*.toml")})


def dealt(lines: Sequence[str], threads: Sequence[Sequence[str]], draw: random.Random) -> Iterator[Conversation]:
    """Conversations in which `a` writes some of the lines, until each was dealt so many times."""
    hands = max(len(lines) // _LINES, 1)
    for _ in range(_ROUNDS):
        order = draw.sample(lines, len(lines))
        for hand in range(hands):
            talk = [("ab"[turn % 2], text) for turn, text in enumerate(draw.choice(threads))]
            for line in order[hand * _LINES : (hand + 1) * _LINES if hand < hands - 1 else None]:
                talk.insert(draw.randint(1, len(talk)), ("a", line))
            yield Conversation("", tuple(Message(sender, text) for sender, text in talk))


def flagged(detector: Detector, language: str) -> dict[str, Counter[str]]:
    """Sides of the reserve by band: those of look-alike lines, and those of cue lines where there are any."""
    reserve, threads = bank(language, "reserve"), bank(language, "validation").threads
    pools = {suite: [*chain.from_iterable(families.values())] for suite, families in sorted(reserve.suites.items())}
    counts = {"look-alike": Counter[str](), "risky": Counter[str]()}
    if reserve.cues:
        pools[""] = [*chain.from_iterable(reserve.cues.values())]
    for suite, lines in pools.items():
        draw = random.Random(f"{language}/{suite}")  # noqa: S311  (a draw, no secret)
        for conversation in dealt(lines, threads, draw):
            band = next(report.band for report in detector.assess(conversation) if report.sender == "a")
            counts["look-alike" if suite else "risky"][band] += 1
    return {kind: found for kind, found in counts.items() if found}


def reserve_table(detector: Detector) -> Section:
    """A row for each language and kind of side, and one for all look-alikes but the English."""
    rows, elsewhere = [], Counter[str]()
    for language in languages():
        for kind, found in flagged(detector, language).items():
            rows.append(_row(language, kind, found))
            if kind == "look-alike" and language != "en":
                elsewhere += found
    rows.append(_row("all but en", "look-alike", elsewhere))
    return Section("Reserve", "", ("language", "sides", "n", "`review` or `high`", "`high`"), tuple(rows))


def _row(language: str, kind: str, found: Counter[str]) -> tuple[str, ...]:
    n = found.total() / _ROUNDS  # what is dealt anew is not seen anew: intervals are those of one round
    review, high = ((found.total() - found["low"]) / _ROUNDS, found["high"] / _ROUNDS)
    return language, kind, f"{found.total():,}", cell(share(review, n)), cell(share(high, n))


def main() -> int:
    """Deal, assess, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", help="folder of a model (default: the one that ships)")
    detector = Detector.load(parser.parse_args().model)
    table = f"Model {detector.model.name}.\n\n{markdown(reserve_table(detector))}"
    print(table)
    PAGE.write_text(written(PAGE.read_text("utf-8"), "reserve", table), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
