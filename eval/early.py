"""Early warning: how soon risky sides are flagged when conversations come in message by message, and how often in time.

    python eval/synth.py && python eval/early.py

Reads the generator's test split, the validation set and a sample of the consented corpora, prints the tables and writes them
between the marks of `eval/README.md`. What is not at hand is told, and its tables stay as they are.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from page import markdown, written
from rich.progress import track
from study import EXAM, HERE, consented, exam, synthetic

from grooming_detect import Detector
from grooming_detect.evaluate import time
from grooming_detect.evaluate.metrics import share, tidy
from grooming_detect.evaluate.replay import FLAGS, replay
from grooming_detect.evaluate.tables import Section, cell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from study import Part

    from grooming_detect.evaluate.replay import Reading
    from grooming_detect.gold import Labelled

PAGE = HERE / "README.md"
TEST, CORPORA = "test", "corpora"
TITLES = {TEST: "Generator's test split", EXAM: "Validation set", CORPORA: "Consented corpora"}
_EXTORTION = frozenset({"extortion", "sextortion"})  # suites
_SLOW = "slow_approach"  # the suite; in data of another hand, whatever risky talk goes on for days
_DAYS = 2
_DEMANDS = ("payment_demand", "threat_to_share")  # the demand for money; where there is none, the first threat
_REQUESTS = frozenset({"meeting", "camera_request", "photo_request"})
_FEWEST = 10  # cases of which a share is given
_EARLY = 2  # cue lines without which nobody can be expected to see a slow approach
_MEASURES = {
    "flagged": "risky sides flagged at any time",
    "f1": "F1",
    "latency_f1_90": "F-latency, one half at 90 messages",
    "latency_f1_20": "F-latency, one half at 20 messages",
    "erde_5": "ERDE5",
    "erde_50": "ERDE50",
    "first_flag_message": "median messages to the flag",
    "messages_since_first_cue": "… from the first cue line on",
    "cue_lines_seen": "median cue lines to the flag",
    "minutes": "median minutes to the flag",
}


@dataclass(frozen=True, slots=True)
class Watched:
    """A conversation read as it came in, and by when its risky side should have been flagged.

    Parameters
    ----------
    reading : Reading
        When each side was flagged.
    kind : {"extortion", "slow", ""}
        What the targets are set for.
    limit : int or None
        Index of the first demand, or of the first request of a slow approach, if there is one.
    before : int
        Gold cue lines before that message, or in all.
    """

    reading: Reading
    kind: str
    limit: int | None
    before: int

    def in_time(self, band: str) -> bool:
        """Whether the risky side was flagged with the demand or before it; of a slow approach, before the request."""
        flag = next(side for side in self.reading.sides if side.risky).first.get(band)
        last = self.reading.length if self.limit is None else self.limit + (self.kind == "extortion")
        return flag is not None and flag.seen <= last


def watched(detector: Detector, item: Labelled) -> Watched:
    """Read a conversation message by message."""
    kind = kind_of(item)
    limit = _first(item, _REQUESTS)
    if kind == "extortion":
        limit = next((at for family in _DEMANDS if (at := _first(item, frozenset({family}))) is not None), None)
    return Watched(replay(detector, item), kind, limit, sum(map(bool, item.cues[:limit])))


def kind_of(item: Labelled) -> str:
    """Whether a conversation is an extortion, a slow approach, or neither."""
    if item.perpetrator is None:
        return ""
    if item.suite in _EXTORTION:
        return "extortion"
    moments = [message.timestamp for message in item.conversation.messages if message.timestamp]
    days = (max(moments) - min(moments)).days if moments else 0
    slow = item.suite == _SLOW if item.dataset == "synthetic" else days >= _DAYS
    return "slow" if slow else ""


def _first(item: Labelled, families: frozenset[str]) -> int | None:
    """Index of the first message with a gold cue of some families."""
    return next((n for n, cues in enumerate(item.cues) if not families.isdisjoint(cues)), None)


@dataclass(frozen=True, slots=True)
class Target:
    """A share that was set beforehand, or one beside it that explains it.

    Parameters
    ----------
    name : str
        What is counted.
    chosen : callable
        Which conversations are.
    least : float or None
        What is to be reached at review.
    """

    name: str
    chosen: Callable[[Watched], bool]
    least: float | None = None


TARGETS = (
    Target("extortion, flagged with the first demand or before", lambda one: _has(one, "extortion"), 0.90),
    Target("… where a cue line came before the demand", lambda one: _has(one, "extortion") and one.before > 0),
    Target("slow approach, flagged before the first request", lambda one: _has(one, "slow"), 0.60),
    Target("… where two cue lines or more came before it", lambda one: _has(one, "slow") and one.before >= _EARLY),
    Target("slow approach without such a request, flagged", lambda one: one.kind == "slow" and one.limit is None),
)


def _has(one: Watched, kind: str) -> bool:
    return one.kind == kind and one.limit is not None


def warned(ones: Sequence[Watched], band: str) -> dict[str, Any]:
    """The share of conversations that were flagged in time, with Wilson's interval."""
    return share(sum(one.in_time(band) for one in ones), len(ones))


def _cell(found: Mapping[str, Any]) -> str:
    return (
        cell(tidy(found))
        if found["n"] >= _FEWEST
        else f"{found['value'] * found['n']:.0f} of {found['n']}"
        if found["n"]
        else "–"
    )


def target_table(ones: Sequence[Watched]) -> Section:
    """Who was flagged in time, and whether that is what was set."""
    rows = []
    for target in TARGETS:
        chosen = [one for one in ones if target.chosen(one)]
        review, high = (warned(chosen, band) for band in FLAGS)
        least = "" if target.least is None else f"≥ {target.least:.0%}"
        rows.append((target.name, f"{len(chosen):,}", _cell(review), _cell(high), least, _reached(review, target.least)))
    return Section("In time", "", ("", "n", "`review`", "`high`", "target", "reached"), tuple(rows))


def _reached(found: Mapping[str, Any], least: float | None) -> str:
    if least is None:
        return ""
    if found["n"] < _FEWEST:
        return "too few to say"
    return "yes" if found["value"] >= least else "**no**"


def overall_table(readings: Sequence[Reading]) -> Section:
    """Every measure of time, in both bands."""
    found = tidy(time.measure(readings))
    rows = [(name, *(cell(found[band][key], percent=key == "flagged") for band in FLAGS)) for key, name in _MEASURES.items()]
    rows.append(("ordinary sides flagged at any time", *(_cell(false_alarms(readings, band)) for band in FLAGS)))
    return Section("Overall", "", ("", "`review`", "`high`"), tuple(rows))


def false_alarms(readings: Iterable[Reading], band: str) -> dict[str, Any]:
    """The share of ordinary sides that were flagged at any time."""
    sides = [band in side.first for reading in readings for side in reading.sides if not side.risky]
    return share(sum(sides), len(sides))


def language_table(ones: Sequence[Watched]) -> Section:
    """The measures at review in each language that has enough risky sides."""
    rows = []
    for language in sorted({one.reading.language for one in ones}):
        own = [one for one in ones if one.reading.language == language]
        found = tidy(time.measure([one.reading for one in own])["review"])
        if found["n"]["risky"] >= _FEWEST:
            plain = (cell(found[key], percent=False) for key in ("first_flag_message", "minutes", "latency_f1_90"))
            shares = (_cell(warned([one for one in own if _has(one, kind)], "review")) for kind in ("extortion", "slow"))
            rows.append((language, f"{found['n']['risky']:,}", cell(found["flagged"]), *plain, *shares))
    head = ("", "risky sides", "flagged", "median messages", "median minutes", "F-latency (90)", "extortion", "slow approach")
    return Section("By language, at review", "", head, tuple(rows))


def corpora_table(corpora: Mapping[str, Sequence[Reading]]) -> Section:
    """Ordinary sides that were flagged at any time, by corpus."""
    everything = {**corpora, "all": [reading for readings in corpora.values() for reading in readings]}
    rows = []
    for name, readings in everything.items():
        review, high = (false_alarms(readings, band) for band in FLAGS)
        rows.append((name, f"{len(readings):,}", f"{review['n']:,}", _cell(review), _cell(high)))
    return Section("Flagged at any time", "", ("", "conversations", "sides", "`review`", "`high`"), tuple(rows))


def of_set(detector: Detector, part: Part, name: str) -> str:
    """All tables of one labelled set."""
    items = [item for item in part.items() if item.conversation.messages]
    ones = [watched(detector, item) for item in track(items, description=name)]
    readings = [one.reading for one in ones]
    tables = overall_table(readings), target_table(ones), language_table(ones)
    intro = f"{TITLES[name]}, {len(ones):,} conversations, model {detector.model.name}.\n"
    return "\n".join([intro, *map(markdown, tables)])


def of_split(detector: Detector, folder: Path) -> str:
    """All tables of the generator's test split."""
    return of_set(detector, synthetic(folder)["test"], TEST)


def of_corpora(detector: Detector, parts: Mapping[str, Part], most: int) -> str:
    """The table of a sample of each consented corpus, spread over the whole of it."""
    found = {}
    for name, part in parts.items():
        items = [item for item in part.items() if item.conversation.messages]
        sample = items[:: max(1, len(items) // most)][:most]
        found[name] = [replay(detector, item) for item in track(sample, description=name)]
    intro = f"{TITLES[CORPORA]}, a sample of each, model {detector.model.name}.\n"
    return "\n".join([intro, markdown(corpora_table(found))])


def main() -> int:
    """Read, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", choices=tuple(TITLES), help="read this one alone")
    parser.add_argument("--data", type=Path, default=HERE / "data", help="folder of the generator's splits")
    parser.add_argument("--ordinary", type=int, default=200, metavar="N", help="conversations of each consented corpus")
    parser.add_argument("--model", help="folder of a model (default: the one that ships)")
    arguments = parser.parse_args()
    detector = Detector.load(arguments.model)
    sets: dict[str, Callable[[], str]] = {TEST: partial(of_split, detector, arguments.data)}
    for part in exam(HERE / "corpora", _tell).values():
        sets[EXAM] = partial(of_set, detector, part, EXAM)
    if parts := consented(HERE / "corpora", _tell):
        sets[CORPORA] = partial(of_corpora, detector, parts, arguments.ordinary)
    for name, make in sets.items():
        if arguments.only in (None, name):
            text = make()
            print(text)
            PAGE.write_text(written(PAGE.read_text("utf-8"), f"early {name}", text), "utf-8")
    return 0


def _tell(line: str) -> None:
    print(line, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
