"""`grooming-detect check-pack`: a pack's form, its examples, and what it finds in ordinary talk."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

from grooming_detect.chat import Conversation
from grooming_detect.families import FAMILIES
from grooming_detect.finders.cues import CueFinder, CueMemory
from grooming_detect.finders.proof import failures
from grooming_detect.packs import load_pack
from grooming_detect.readers import read

if TYPE_CHECKING:
    import argparse

    from grooming_detect.packs import Pack

HELP = "check a cue pack: its form, its examples, and how often it fires on ordinary talk"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("packs", nargs="+", metavar="PACK", help="a TOML file")
    parser.add_argument("--plain", nargs="+", default=[], metavar="FILE", help="ordinary talk: cues per 1,000 messages by rule")


def run(arguments: argparse.Namespace) -> int:
    """Check every pack; see the module."""
    failed = 0
    for path in arguments.packs:
        pack = load_pack(path)
        finder = CueFinder.of([pack])
        found = [(rule, sentence) for rule in pack.rules for sentence in failures(pack, rule, finder)]
        for rule, sentence in found:
            print(f"{path} [{rule.family}.{rule.name}]: {sentence}")
        failed += len(found)
        _print_counts(pack)
        if arguments.plain:
            _print_plain(finder, arguments.plain)
    return 1 if failed else 0


def _print_counts(pack: Pack) -> None:
    print(f"{pack.language} {pack.version}: {len(pack.rules)} rules; rules, fires and silent by family:")
    by_family = {family: [rule for rule in pack.rules if rule.family == family] for family in FAMILIES}
    for family, rules in by_family.items():
        if rules:
            fires, silent = (len({line for rule in rules for line in getattr(rule, key)}) for key in ("fires", "silent"))
            print(f"  {family:20} {len(rules):4} {fires:5} {silent:5}")
    if none := [family for family, rules in by_family.items() if not rules]:
        print(f"  without a rule: {', '.join(none)}")


def _print_plain(finder: CueFinder, paths: list[str]) -> None:
    """Cues per 1,000 messages, most frequent first, with the indexes of three messages to look at (no chat text)."""
    counts: Counter[str] = Counter()
    places: dict[str, list[str]] = {}
    messages = 0
    for path in paths:
        for item in read(path):
            if not isinstance(item, Conversation):
                print(item, file=sys.stderr)
                continue
            memory = CueMemory()
            messages += len(item.messages)
            for index, message in enumerate(item.messages):
                for finding in finder.see(memory, index, message):
                    counts[finding.label] += 1
                    places.setdefault(finding.label, []).append(f"{item.conversation_id}:{index}")
    print(f"on {messages:,} ordinary messages, cues per 1,000:")
    for label, count in counts.most_common():
        print(f"  {label:50} {1000 * count / max(messages, 1):8.3f}   {' '.join(places[label][:3])}")
