"""The table of the model card and the README: what share of which sides falls into each band, counted, with intervals.

    python eval/synth.py && python eval/card.py

Writes `models/general/results.json`, and the table made from it between the marks in the card and the README, and the one of
what training found in corpora left out, which the model file holds. What is not at hand (the consented corpora, the validation
set) is told, and its rows keep the counts of the last run.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from page import written
from rich.progress import track

from grooming_detect import Detector
from grooming_detect.errors import ProvenanceError
from grooming_detect.gold import labelled
from grooming_detect.provenance import load_card
from grooming_detect.weights import Unseen, Weights

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from grooming_detect.gold import Labelled

HERE = Path(__file__).parent
MODEL = HERE.parent / "models" / "general"
TABLES = {MODEL / "README.md": "all", HERE.parent / "README.md": "short"}
_Z = 1.96
_SHORT = ("risky", "look-alike", "ordinary")


def wilson(found: int, of: int) -> tuple[float, float]:
    """The 95 % score interval of a share.

    >>> [round(bound, 3) for bound in wilson(9, 10)]
    [0.596, 0.982]
    """
    share, spread = found / of, _Z * _Z / of
    middle, half = share + spread / 2, _Z * (share * (1 - share) / of + spread / (4 * of)) ** 0.5
    return max((middle - half) / (1 + spread), 0.0), min((middle + half) / (1 + spread), 1.0)


def kind_of(item: Labelled, sender: str) -> str:
    """Whether a side is risky, one that sounds like it, or any other."""
    if sender == item.perpetrator:
        return "risky"
    alike = item.perpetrator is None and item.suite not in {"base", item.dataset}
    return "look-alike" if alike and (item.dataset != "synthetic" or sender == "a") else "ordinary"


def counted(detector: Detector, items: Iterable[Labelled]) -> dict[str, dict[str, dict[str, int]]]:
    """Sides by language, kind and band."""
    counts: dict[str, dict[str, dict[str, int]]] = {}
    for item in items:
        for report in detector.assess(item.conversation):
            bands = counts.setdefault(item.language or "other", {}).setdefault(
                kind_of(item, report.sender), {"high": 0, "review": 0, "low": 0}
            )
            bands[report.band] += 1
    return counts


def table(results: dict[str, Any], rows: str) -> str:
    """The table in Markdown: every language, or all of them together."""
    lines = ["| where | language | sides | | `review` or `high` | `high` |", "|---|---|---|---|---|---|"]
    for where, languages in results["counts"].items():
        together = {"all": _sum(languages)} if len(languages) > 1 else {}
        for language, kinds in (together | languages if rows == "all" else together or languages).items():
            for kind in (kind for kind in _SHORT if kind in kinds):
                bands = kinds[kind]
                total = sum(bands.values())
                shares = (_cell(found, total) for found in (bands["review"] + bands["high"], bands["high"]))
                lines.append(f"| {where} | {language} | {kind} | {total:,} | " + " | ".join(shares) + " |")
    return "\n".join(lines) + "\n"


def _sum(languages: dict[str, dict[str, dict[str, int]]]) -> dict[str, dict[str, int]]:
    total: dict[str, dict[str, int]] = {}
    for kinds in languages.values():
        for kind, bands in kinds.items():
            for band, count in bands.items():
                total.setdefault(kind, {"high": 0, "review": 0, "low": 0})[band] += count
    return total


def _cell(found: int, of: int, digits: int = 1) -> str:
    share, low, high = (f"{value:.{digits}%}" for value in (found / of, *wilson(found, of)))
    return f"{found:,} ({share}; {low} to {high})"


def unseen_table(corpora: Mapping[str, Unseen]) -> str:
    """What training found in each corpus when it was left out, and in all, in Markdown."""
    lines = ["| corpus left out | sides | `review` or `high` | `high` |", "|---|---|---|---|"]
    together = {"all": Unseen(*map(sum, zip(*corpora.values(), strict=True)))} if corpora else {}
    for name, found in {**corpora, **together}.items():
        shares = (_cell(count, found.sides, 2) for count in found[1:])
        lines.append(f"| {name} | {found.sides:,} | " + " | ".join(shares) + " |")
    return "\n".join(lines) + "\n"


def with_tables(text: str, results: dict[str, Any], rows: str, unseen: Mapping[str, Unseen]) -> str:
    """A page with the tables between their marks; not every page has that of corpora left out."""
    text = written(text, "results", table(results, rows))
    return written(text, "unseen", unseen_table(unseen)) if "<!-- unseen -->" in text else text


def sets() -> dict[str, tuple[Path, str | None]]:
    """What is measured: a name, the card, and the split."""
    found: dict[str, tuple[Path, str | None]] = {"synthetic test split": (HERE / "data" / "dataset.toml", "test")}
    found["validation set"] = (HERE / "corpora" / "harbour.toml", None)
    corpora = sorted((HERE / "corpora").glob("*.toml"))
    return found | {f"corpus {path.stem}": (path, None) for path in corpora if path.stem != "harbour"}


def main() -> int:
    """Count, and write it down."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", metavar="NAME", help="measure this row alone, such as “synthetic test split”")
    parser.add_argument("--write-only", action="store_true", help="only write the tables anew from results.json")
    path = MODEL / "results.json"
    results: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {"counts": {}}
    arguments = parser.parse_args()
    if not arguments.write_only:
        detector = Detector.load()
        results["model"] = detector.model.name
        for where, (card, split) in sets().items():
            if arguments.only not in (None, where):
                continue
            try:
                items = list(labelled(load_card(card), split))
            except ProvenanceError as error:
                print(f"left out: {error}", file=sys.stderr)
                continue
            results["counts"][where] = counted(detector, track(items, description=where))
        path.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    unseen = Weights.read(MODEL / "weights.json").unseen
    for page, rows in TABLES.items():
        page.write_text(with_tables(page.read_text("utf-8"), results, rows, unseen), "utf-8")
    print(table(results, "all"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
