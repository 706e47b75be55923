"""False cues of foreign packs: what the packs of other languages find in a language's ordinary talk.

    python eval/foreign.py

Reads the consented corpora by language, each with all default packs but its own, and writes the table between the marks of
`eval/README.md`.
"""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

from disguises import labels
from page import markdown, written
from rich.progress import track
from study import HERE, consented

from grooming_detect.evaluate.tables import Section
from grooming_detect.families import RISK, family_of
from grooming_detect.finders.cues import CueFinder
from grooming_detect.packs import default_packs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PAGE = HERE / "README.md"
_MOST = 6_000  # messages of each language
_WORST = 3  # labels that are named


def by_language() -> dict[str, list[str]]:
    """Messages of the consented corpora by language, of conversations spread over the whole of each."""
    texts: dict[str, list[list[str]]] = {}
    for part in consented(HERE / "corpora", lambda line: print(line, file=sys.stderr)).values():
        for item in part.items():
            texts.setdefault(item.language, []).append([message.text for message in item.conversation.messages])
    found = {}
    for language, chats in texts.items():
        every = max(1, sum(map(len, chats)) // _MOST)
        found[language] = [text for chat in chats[::every] for text in chat]
    return found


def foreign_table(texts: Mapping[str, Sequence[str]]) -> Section:
    """One row a language: risky findings in 1,000 messages, and of weight 1 or more, and the most frequent rules."""
    packs = default_packs()
    rows = []
    for language, messages in sorted(texts.items()):
        foreign = [pack for pack in packs if pack.language != language]
        finder = CueFinder.of(foreign)
        weights = {rule.label: rule.weight for rule in finder.cues}
        found: Counter[str] = Counter()
        strong = 0
        for text in track(messages, description=language, disable=not sys.stderr.isatty()):
            risky = [label for label in labels(finder, text) if family_of(label) in RISK]
            found.update(risky)
            strong += any(weights[label] >= 1 for label in risky)
        worst = ", ".join(f"`{label}` {count}" for label, count in found.most_common(_WORST))
        often = [f"{1000 * count / len(messages):.2f}" for count in (found.total(), strong)]
        rows.append((language or "other", f"{len(messages):,}", *often, worst))
    return Section("Foreign packs", "", ("language", "messages", "false cues", "strong", "most frequent"), tuple(rows))


def main() -> int:
    """Read, print, write."""
    texts = by_language()
    if not texts:
        print("No corpora here: set GROOMING_DETECT_DATA.", file=sys.stderr)
        return 2
    table = markdown(foreign_table(texts))
    print(table)
    PAGE.write_text(written(PAGE.read_text("utf-8"), "foreign", table), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
