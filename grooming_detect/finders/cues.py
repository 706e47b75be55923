"""The cue finder: runs the packs' rules over each message, and over phrases split over messages of one sender."""

from __future__ import annotations

from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from grooming_detect.families import PROTECTIVE, RISK, family_of
from grooming_detect.finders.lexicon import BACKWARD, LETTER
from grooming_detect.finders.patterns import PatternSet, compiled, lexicon_of, spelled, spelling
from grooming_detect.finders.tokens import TokenRules
from grooming_detect.finders.words import WordFinder
from grooming_detect.report import Finding, Span
from grooming_detect.weights import WordTable

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Iterator, Sequence

    from grooming_detect.chat import Message
    from grooming_detect.finders.patterns import Match, Phrase
    from grooming_detect.packs import Pack

    Hits: TypeAlias = dict[int, list[Span]]
    Places: TypeAlias = Sequence[tuple[int, int, int]]

FIRM = 1.0  # log-odds of a rule whose cue counts even where the words of the message speak against it
NEAR = 2  # messages before a cue in which an `unless` still silences it
TAIL = 8  # words of a sender's last messages in which a split phrase may begin


@dataclass(slots=True)
class CueMemory:
    """What the cue finder keeps of a conversation: the last few messages, and the run of one sender at its end."""

    near: deque[str] = field(default_factory=lambda: deque(maxlen=NEAR))
    sender: str | None = None
    tail: str = ""
    run: list[tuple[int, str]] = field(default_factory=list, repr=False)


class CueFinder:
    """Finds the cues of all packs, one message at a time.

    Parameters
    ----------
    packs : iterable of Pack
        All are on at once; rules of one label count as one.
    table : WordTable, optional
        Learned words, which are asked where no rule finds a risk cue.
    """

    def __init__(self, packs: Iterable[Pack], table: WordTable | None = None) -> None:
        packs = tuple(packs)
        table = table or WordTable()
        listed = [(make, rule) for pack in packs for make in [spelled(pack)] for rule in pack.rules]
        self.rules = tuple(rule for _, rule in listed)
        phrases = [make(n, phrase) for n, (make, rule) in enumerate(listed) for phrase in rule.phrases]
        unless = [make(n, phrase) for n, (make, rule) in enumerate(listed) for phrase in rule.unless]
        widen = spelling(*packs)
        learned = (widen(frozenset({word})) for word in sorted(table.vocabulary()))
        self.lexicon = lexicon_of(phrases + unless, learned, (word for pack in packs for word in pack.common))
        self.words = WordFinder(table, self.lexicon) if table.weights else None
        self._patterns = PatternSet(phrases, self.lexicon)
        self._tokens = TokenRules(enumerate(self.rules))
        self._always = self._tokens.any
        self._anchors = self._patterns.anchors | {LETTER, BACKWARD}
        self._weak = {rule.label for rule in self.rules if 0 < rule.weight < FIRM}
        self._silencers = {rule.label for rule in self.rules if rule.silences}
        self._unless: dict[int, list[Phrase]] = {}
        for phrase in unless:
            self._unless.setdefault(phrase.rule, []).append(phrase)
        self._compiled: dict[int, list[re.Pattern[str]]] = {}

    def see(self, memory: CueMemory, index: int, message: Message) -> Sequence[Finding]:
        """Findings of the newest message; `memory` is brought up to date.

        Parameters
        ----------
        memory : CueMemory
            Of this conversation, made as ``CueMemory()`` before its first message.
        index : int
            Index of the message in the conversation.
        message : Message
            The message itself.
        """
        symbols = self.lexicon.symbols(message.text)
        if memory.sender != message.sender:
            memory.sender, memory.tail = message.sender, ""
            memory.run.clear()
        joined = memory.tail + symbols
        silent = self._anchors.isdisjoint(joined) and not self._always
        findings = () if silent else self._find(memory, index, message.text, symbols)
        if self.words is not None and not any(finding.label in self._silencers for finding in findings):
            judged = any(family_of(finding.label) in RISK for finding in findings)
            forward = symbols.replace(BACKWARD, "")
            if judged and self.words.doubts(forward):
                findings = tuple(finding for finding in findings if finding.label not in self._weak)
            findings = (*findings, *self.words.see(index, message.text, forward, judged=judged))
        memory.near.append(symbols)
        memory.run.append((index, message.text))
        memory.tail = joined.replace(BACKWARD, "")[-TAIL:]
        del memory.run[:-TAIL]
        return findings

    def _find(self, memory: CueMemory, index: int, text: str, symbols: str) -> Sequence[Finding]:
        hits: Hits = {}
        if BACKWARD in symbols or self.lexicon.stands_apart(symbols):
            for reading in self.lexicon.readings(text):
                _collect(hits, self._patterns.matches(reading.symbols), [(index, *place) for place in reading.places])
        elif matches := self._patterns.matches(symbols):
            _collect(hits, matches, self._places(index, text))
        for match in self._tokens.matches(text):
            hits.setdefault(match.rule, []).append(Span(index, match.start, match.end))
        if memory.tail:
            self._split(hits, memory, index, text)
        return self._findings(hits, (memory.tail + symbols, *memory.near)) if hits else ()

    def _split(self, hits: Hits, memory: CueMemory, index: int, text: str) -> None:
        """Phrases that begin in the sender's messages just before and end in this one."""
        before = [place for earlier in memory.run for place in self._places(*earlier)][-len(memory.tail) :]
        tail = memory.tail[len(memory.tail) - len(before) :]
        joined = tail + self.lexicon.symbols(text).replace(BACKWARD, "")
        crossing = [match for match in self._patterns.matches(joined) if match.start < len(tail) < match.end]
        if crossing:
            _collect(hits, crossing, [*before, *self._places(index, text)])

    def _places(self, index: int, text: str) -> list[tuple[int, int, int]]:
        return [(index, *place) for place in self.lexicon.readings(text)[0].places]

    def _findings(self, hits: Hits, near: Sequence[str]) -> Sequence[Finding]:
        """One finding a label, after `unless` and the silencing rules have had their say."""
        kept = {rule: spans for rule, spans in hits.items() if not self._is_silenced(rule, near)}
        if any(self.rules[rule].silences for rule in kept):
            kept = {rule: spans for rule, spans in kept.items() if self.rules[rule].family in PROTECTIVE}
        by_label: dict[str, list[Span]] = {}
        for rule, spans in kept.items():
            by_label.setdefault(self.rules[rule].label, []).extend(spans)
        return tuple(Finding(label, merged(by_label[label])) for label in sorted(by_label))

    @contextmanager
    def loosened(self, rule: int, number: int) -> Iterator[None]:
        """One `unless` of a rule out of force for a while, to see whether anything needs it."""
        whole = self._unless[rule]
        self._unless[rule] = whole[:number] + whole[number + 1 :]
        self._compiled.pop(rule, None)
        try:
            yield
        finally:
            self._unless[rule] = whole
            self._compiled.pop(rule, None)

    def _is_silenced(self, rule: int, near: Sequence[str]) -> bool:
        if rule not in self._unless:
            return False
        if rule not in self._compiled:
            self._compiled[rule] = [compiled(phrase.items, self.lexicon) for phrase in self._unless[rule]]
        return any(expression.search(symbols) for expression in self._compiled[rule] for symbols in near)


def _collect(hits: Hits, matches: Iterable[Match], places: Places) -> None:
    """Enter each match as one span a message, from its first word to its last."""
    for match in matches:
        by_message: dict[int, tuple[int, int]] = {}
        for index, start, end in places[match.start : match.end]:
            first, last = by_message.get(index, (start, end))
            by_message[index] = (min(first, start), max(last, end))
        hits.setdefault(match.rule, []).extend(Span(index, *ends) for index, ends in by_message.items())


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Spans in order, those that overlap made one.

    >>> merged([Span(0, 4, 9), Span(0, 0, 5)])
    (Span(message=0, start=0, end=9),)
    """
    result: list[Span] = []
    for span in sorted(spans):
        if result and result[-1].message == span.message and span.start < result[-1].end:
            result[-1] = Span(span.message, result[-1].start, max(result[-1].end, span.end))
        else:
            result.append(span)
    return tuple(result)
