"""The proof of a pack: every rule fires on its `fires`, keeps silent on its `silent`, and needs each `unless` that it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grooming_detect.chat import Message
from grooming_detect.finders.cues import CueFinder, CueMemory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grooming_detect.packs import Pack, Rule


def labels(finder: CueFinder, line: str) -> frozenset[str]:
    """What a finder sees in a line that stands alone."""
    return frozenset(finding.label for finding in finder.see(CueMemory(), 0, Message("a", line)))


def failures(pack: Pack, rule: Rule, finder: CueFinder) -> Iterator[str]:
    """What of a rule's proof does not hold, one sentence each; the lines of a pack are no chat, so they are quoted.

    Parameters
    ----------
    pack, rule : Pack, Rule
        The rule, and the pack that it stands in.
    finder : CueFinder
        Made from this pack alone.
    """
    for line in rule.fires:
        if rule.label not in labels(finder, line):
            yield f"does not fire on “{line}”"
    for line in rule.silent:
        if rule.label in labels(finder, line):
            yield f"is not silent on “{line}”"
    for number in range(len(rule.unless)):
        with finder.loosened(pack.rules.index(rule), number):
            if not any(rule.label in labels(finder, line) for line in rule.silent):
                yield f"no line in silent needs the unless number {number + 1}"
