"""Fairness by counterfactual: whether the score moves when the sender has another name, gender, faith or dialect.

Two kinds of change. A *line* puts one ordinary sentence about the sender before the first message; it is compared with the same
place taken by a neutral sentence. A *swap* exchanges words throughout the sender's messages. English only: others need lists of
their own. It sees what words do, not what moderators do with the result.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from grooming_detect.evaluate.metrics import share

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from grooming_detect.chat import Conversation
    from grooming_detect.detector import Detector
    from grooming_detect.gold import Labelled
    from grooming_detect.report import RiskReport

    Change = Callable[[Conversation, str], Conversation]

NEUTRAL = "im left handed btw"
# One ordinary sentence a group. Names are common given names and nobody's in particular.
LINES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "names": {
            "english": "its oliver here btw",
            "african_american": "its deshawn here btw",
            "arabic": "its ahmed here btw",
            "chinese": "its xiaoming here btw",
            "polish": "its agnieszka here btw",
            "south_asian": "its priya here btw",
            "spanish": "its guadalupe here btw",
            "yoruba": "its oluwaseun here btw",
        },
        "gender": {
            "female": "im female btw",
            "male": "im male btw",
            "nonbinary": "im nonbinary btw",
            "trans": "im trans btw",
        },
        "orientation": {
            "bisexual": "im bi btw",
            "gay": "im gay btw",
            "lesbian": "im a lesbian btw",
            "straight": "im straight btw",
        },
        "religion": {
            "atheist": "im an atheist btw",
            "buddhist": "im buddhist btw",
            "christian": "im christian btw",
            "hindu": "im hindu btw",
            "jewish": "im jewish btw",
            "muslim": "im muslim btw",
            "sikh": "im sikh btw",
        },
        "disability": {
            "autistic": "im autistic btw",
            "blind": "im nearly blind btw",
            "deaf": "im deaf btw",
            "depression": "i have depression btw",
            "wheelchair": "i use a wheelchair btw",
        },
    }
)
SWAPS: Mapping[str, Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "pronouns": {
            "she_for_he": {"he": "she", "him": "her", "his": "her", "boy": "girl", "boys": "girls", "man": "woman"},
            "he_for_she": {"she": "he", "her": "him", "hers": "his", "girl": "boy", "girls": "boys", "woman": "man"},
            "they": {"he": "they", "she": "they", "him": "them", "her": "them", "boy": "kid", "girl": "kid"},
        },
        "dialect": {
            "african_american": {
                "isnt": "aint", "isn't": "aint", "don't": "don", "dont": "don", "with": "wit", "that": "dat", "them": "dem",
                "the": "da", "going": "finna", "brother": "bruh", "your": "yo", "my": "ma",
            },
            "american": {
                "mum": "mom", "mums": "moms", "football": "soccer", "holiday": "vacation", "mobile": "cell", "maths": "math",
            },
            "british": {
                "mom": "mum", "moms": "mums", "soccer": "football", "vacation": "holiday", "cell": "mobile", "math": "maths",
            },
            "scottish": {
                "not": "no", "dont": "dinnae", "don't": "dinnae", "little": "wee", "yes": "aye", "know": "ken", "mum": "maw",
                "your": "yer", "you": "ye", "my": "ma", "to": "tae", "cant": "cannae", "can't": "cannae",
            },
            "west_african": {
                "the": "de", "that": "dat", "them": "dem", "is": "na", "want": "wan", "dont": "no dey", "don't": "no dey",
                "please": "abeg",
            },
        },
    }
)  # fmt: skip
_WORD = re.compile(r"\w+(?:['’]\w+)*")


def with_line(chat: Conversation, sender: str, line: str) -> Conversation:
    """The conversation with a sentence of the sender's put before the first message of theirs.

    >>> from grooming_detect import Conversation, Message
    >>> [message.sender for message in with_line(Conversation("c", (Message("a", "hi"),)), "a", "hello").messages]
    ['a', 'a']
    """
    place = next(n for n, message in enumerate(chat.messages) if message.sender == sender)
    added = replace(chat.messages[place], text=line)
    return replace(chat, messages=(*chat.messages[:place], added, *chat.messages[place:]))


def with_words(chat: Conversation, sender: str, words: Mapping[str, str]) -> Conversation:
    """The conversation with words of the sender's exchanged, whatever their case.

    >>> from grooming_detect import Conversation, Message
    >>> with_words(Conversation("c", (Message("a", "Ask mum"),)), "a", {"mum": "mom"}).messages[0].text
    'Ask mom'
    """

    def changed(text: str) -> str:
        return _WORD.sub(lambda word: words.get(word[0].lower().replace("’", "'"), word[0]), text)

    messages = [replace(one, text=changed(one.text)) if one.sender == sender else one for one in chat.messages]
    return replace(chat, messages=tuple(messages))


@dataclass(frozen=True, slots=True)
class _Scored:
    """One side before and after a change."""

    risky: bool
    before: RiskReport
    after: RiskReport


def _of(detector: Detector, chat: Conversation, sender: str) -> RiskReport:
    return next(report for report in detector.assess(chat) if report.sender == sender)


def _changed(
    detector: Detector, sample: Sequence[tuple[Labelled, str]], bases: Sequence[RiskReport], change: Change
) -> list[_Scored]:
    found = []
    for (item, sender), before in zip(sample, bases, strict=True):
        chat = change(item.conversation, sender)
        after = before if chat == item.conversation else _of(detector, chat, sender)
        found.append(_Scored(sender == item.perpetrator, before, after))
    return found


def _summary(scored: Sequence[_Scored]) -> dict[str, Any]:
    """Change of scores, and of the shares that reach `review`, risky and ordinary apart."""
    moves = np.array([one.after.score - one.before.score for one in scored])
    result: dict[str, Any] = {
        "n": len(scored),
        "mean_change": float(moves.mean()) if len(moves) else np.nan,
        "largest_change": float(np.abs(moves).max(initial=0.0)),
        "changed_band": share(sum(one.after.band != one.before.band for one in scored), len(scored)),
    }
    for name, risky in (("recall", True), ("false_alarms", False)):
        kept = [one for one in scored if one.risky is risky]
        before, after = (sum(report.band != "low" for report in reports) for reports in _columns(kept))
        rate = share(after, len(kept))
        result[name] = {**rate, "change": (after - before) / len(kept) if kept else np.nan}
    return result


def _columns(scored: Sequence[_Scored]) -> tuple[list[RiskReport], list[RiskReport]]:
    return [one.before for one in scored], [one.after for one in scored]


def _gaps(groups: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """Highest less lowest value among the groups."""
    spans = {}
    for name in ("recall", "false_alarms"):
        values = [group[name]["value"] for group in groups.values()]
        spans[name] = max(values) - min(values)
    means = [group["mean_change"] for group in groups.values()]
    return {**spans, "mean_score": max(means) - min(means)}


def measure(
    detector: Detector, items: Iterable[tuple[Labelled, str]], tick: Callable[[], None] = lambda: None
) -> dict[str, Any]:
    """Change of scores, recall and false-alarm rate for each group of each kind.

    Parameters
    ----------
    detector : Detector
        Under test.
    items : iterable of (Labelled, str)
        Conversations and the side that is changed; those that are not English are left out.
    tick : callable
        Called after each group.

    Returns
    -------
    dict
        By kind: ``groups`` (each with ``n``, ``mean_change``, ``largest_change``, ``changed_band``, ``recall`` and
        ``false_alarms`` in band review) and ``gap`` between the groups.
    """
    sample = [(item, sender) for item, sender in items if item.language in {"en", ""}]
    plain = [_of(detector, item.conversation, sender) for item, sender in sample]
    neutral = [_of(detector, with_line(item.conversation, sender, NEUTRAL), sender) for item, sender in sample]
    result: dict[str, Any] = {}
    changes: list[tuple[str, str, list[RiskReport], Change]] = [
        *((kind, group, neutral, _line(line)) for kind, groups in LINES.items() for group, line in groups.items()),
        *((kind, group, plain, _swap(words)) for kind, groups in SWAPS.items() for group, words in groups.items()),
    ]
    for kind, group, bases, change in changes:
        part = result.setdefault(kind, {"groups": {}})
        part["groups"][group] = _summary(_changed(detector, sample, bases, change))
        tick()
    for part in result.values():
        part["gap"] = _gaps(part["groups"])
    return result


def _line(line: str) -> Change:
    return lambda chat, sender: with_line(chat, sender, line)


def _swap(words: Mapping[str, str]) -> Change:
    return lambda chat, sender: with_words(chat, sender, words)
