"""Disguised text: how much recall of cue lines each disguise costs, and what undoing disguises costs plain talk.

    python eval/disguises.py

Reads the test hand's cue lines and a sample of the consented corpora, prints the tables and writes them between the marks of
`eval/README.md`. What is not at hand is told, and its tables stay as they are.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from typing import TYPE_CHECKING

from page import markdown, written
from rich.progress import track
from study import HERE, consented
from synth import bank

from grooming_detect import Detector, Message
from grooming_detect.evaluate.attacks import attack_names, disguised
from grooming_detect.evaluate.metrics import share, tidy
from grooming_detect.evaluate.tables import Section, cell
from grooming_detect.families import RISK, family_of
from grooming_detect.finders.cues import CueFinder, CueMemory

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

PAGE = HERE / "README.md"
ENGLISH = "en"
_MOST_LOST, _MOST_CHANGED = 3.0, 0.001  # points of recall, share of plain messages: what was set beforehand
_FREQUENT = 20  # labels that are listed


def labels(finder: CueFinder, text: str) -> frozenset[str]:
    """What is found in a message that stands alone."""
    return frozenset(finding.label for finding in finder.see(CueMemory(), 0, Message("a", text)))


def recall(finder: CueFinder, lines: Sequence[str], attack: str | None = None) -> float:
    """The share of cue lines in which something risky is found, in percent."""
    texts = lines if attack is None else [disguised(line, attack, f"0/{n}") for n, line in enumerate(lines)]
    return 100 * sum(any(family_of(label) in RISK for label in labels(finder, text)) for text in texts) / len(lines)


def lines_of(language: str) -> list[str]:
    """All cue lines of the test hand."""
    return [line for lines in bank(language, "test").cues.values() for line in lines]


def losses(finder: CueFinder, lines: Sequence[str]) -> tuple[float, dict[str, float]]:
    """Recall of lines as they stand, and what it is under each attack."""
    return recall(finder, lines), {
        name: recall(finder, lines, name)
        for name in track(attack_names(), description="attacks", disable=not sys.stderr.isatty())
    }


def attack_table(plain: float, attacked: Mapping[str, float]) -> Section:
    """One row an attack."""
    rows = [("undisguised", f"{plain:.1f}%", "", "")]
    for name, found in attacked.items():
        lost = plain - found
        rows.append((name.replace("_", " "), f"{found:.1f}%", f"{lost:.1f}", "yes" if lost <= _MOST_LOST else "**no**"))
    return Section("Attacks", "", ("", "recall", "points lost", f"at most {_MOST_LOST:.0f}"), tuple(rows))


def language_table(finder: CueFinder, languages: Iterable[str]) -> Section:
    """One row a language: the mean loss over all attacks, and the worst."""
    rows = []
    for language in languages:
        plain, attacked = losses(finder, lines_of(language))
        lost = {name: plain - found for name, found in attacked.items()}
        worst = max(lost, key=lambda name: lost[name])
        mean = sum(lost.values()) / len(lost)
        rows.append((language, f"{plain:.1f}%", f"{mean:.1f}", f"{lost[worst]:.1f}", worst.replace("_", " ")))
    return Section("Languages", "", ("", "recall undisguised", "points lost, mean", "worst", "by"), tuple(rows))


def change_table(changed: Mapping[str, Sequence[bool]]) -> Section:
    """The share of messages of each corpus whose findings are others because disguises are undone."""
    everything = {**changed, "all": [one for ones in changed.values() for one in ones]}
    rows = [
        (name, f"{len(ones):,}", f"{sum(ones):,}", cell(tidy(share(sum(ones), len(ones))))) for name, ones in everything.items()
    ]
    return Section("Changed", "", ("", "messages", "changed", "share"), tuple(rows))


def family_table(found: Counter[str], messages: int) -> Section:
    """False cues of each risk family in 1,000 messages."""
    families: Counter[str] = Counter()
    for label, count in found.items():
        families[family_of(label)] += count
    rows = [(family, f"{1000 * count / messages:.2f}") for family, count in families.most_common()]
    return Section("Families", "", ("family", "in 1,000 messages"), tuple(rows))


def label_table(found: Counter[str]) -> Section:
    """The labels found most often."""
    rows = [(f"`{label}`", f"{count:,}") for label, count in found.most_common(_FREQUENT)]
    return Section("Labels", "", ("label", "messages"), tuple(rows))


def of_lines(finder: CueFinder, model: str) -> str:
    """The tables of the test hand's cue lines."""
    lines = lines_of(ENGLISH)
    others = sorted({path.name.partition(".")[0] for path in (HERE / "banks").glob("*.test*.toml")} - {ENGLISH})
    intro = f"{len(lines):,} English cue lines of the test hand, model {model}.\n"
    return "\n".join([intro, markdown(attack_table(*losses(finder, lines))), markdown(language_table(finder, others))])


def of_corpora(finder: CueFinder, literal: CueFinder, corpora: Mapping[str, Sequence[str]]) -> str:
    """The tables of plain talk."""
    changed: dict[str, list[bool]] = {}
    found: Counter[str] = Counter()
    for name, texts in corpora.items():
        seen = [labels(finder, text) for text in track(texts, description=name, disable=not sys.stderr.isatty())]
        changed[name] = [one != labels(literal, text) for one, text in zip(seen, texts, strict=True)]
        found.update(label for one in seen for label in one if family_of(label) in RISK)
    messages = sum(map(len, corpora.values()))
    parts = (
        "Messages whose findings change because disguises are undone:\n",
        markdown(change_table(changed)),
        "False cues, by family:\n",
        markdown(family_table(found, messages)),
        f"The {_FREQUENT} most frequent:\n",
        markdown(label_table(found)),
    )
    return "\n".join(parts)


def sample(most: int) -> dict[str, list[str]]:
    """The messages of some conversations of each consented corpus, spread over the whole of it."""
    found = {}
    for name, part in consented(HERE / "corpora", _tell).items():
        items = part.items()
        chosen = items[:: max(1, len(items) // most)][:most]
        found[name] = [message.text for item in chosen for message in item.conversation.messages]
    return found


def cue_finder(detector: Detector) -> CueFinder:
    """A cue finder like the detector's, apart from it."""
    return CueFinder.of(detector.packs, detector.weights.words, frozenset(detector.weights.packs.values()))


def main() -> int:
    """Read, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--ordinary", type=int, default=150, metavar="N", help="conversations of each consented corpus")
    parser.add_argument("--model", help="folder of a model (default: the one that ships)")
    parser.add_argument("--only", choices=("lines", "corpora"), help="make these tables alone")
    arguments = parser.parse_args()
    detector = Detector.load(arguments.model)
    finder = cue_finder(detector)
    tables = {}
    if arguments.only != "corpora":
        tables["lines"] = of_lines(finder, detector.model.name)
    if arguments.only != "lines" and (corpora := sample(arguments.ordinary)):
        literal = cue_finder(detector)
        literal.lexicon.literal = True
        tables["corpora"] = of_corpora(finder, literal, corpora)
    for name, text in tables.items():
        print(text)
        PAGE.write_text(written(PAGE.read_text("utf-8"), f"disguises {name}", text), "utf-8")
    return 0


def _tell(line: str) -> None:
    print(line, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
