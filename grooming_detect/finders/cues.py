"""The cue finder: runs the packs' rules over each message, and over phrases split over messages of one sender."""

from __future__ import annotations

from bisect import insort
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Self, TypeAlias

from grooming_detect.families import RISK, family_of
from grooming_detect.finders.alphabet import ASK, BACKWARD, END, OTHER
from grooming_detect.finders.lexicon import Lexicon
from grooming_detect.finders.patterns import Match, PatternSet
from grooming_detect.finders.tables import cue_table
from grooming_detect.finders.tokens import TokenRules
from grooming_detect.finders.words import Judgement, WordFinder
from grooming_detect.report import Finding, Span
from grooming_detect.weights import NO_WORDS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from grooming_detect.chat import Message
    from grooming_detect.finders.tables import CueTable
    from grooming_detect.packs import Pack
    from grooming_detect.weights import WordTable

    Places: TypeAlias = Sequence[tuple[int, int, int]]

NEAR = 2  # messages before a cue in which an `unless` still silences it
_NEAR_WORDS = 64  # of such a message, its last ones
TAIL = 8  # words of a sender's last messages in which a split phrase may begin
_SPLIT = 8  # words of a message in which a split phrase may end
_TELLING = 1.2  # suggested log-odds of a rule that says enough by itself to be looked at when a line goes to many
_SEVERAL = 3  # risk families in one message that no words of everyday people explain away
MOST_BESIDE = 6  # messages of a sender that are kept to be read beside the evidence
_BELIEVED = Judgement(0.0, 1.0, 0.0)  # of a message without learned words


class Earlier(NamedTuple):
    """A message of the run of one sender at the end of a talk: its text, or what is left of it once the text is gone.

    `at` is its index in the conversation; `places` are the words' places, which `text` gives as long as it is kept.
    """

    at: int
    letters: complex
    text: str | None
    places: tuple[tuple[int, int], ...] = ()

    def __repr__(self) -> str:
        """Without the text."""
        return f"Earlier(at={self.at})"


class _Hit(NamedTuple):
    """Where a rule matched, and how far the words of its message let it be believed."""

    span: Span
    belief: float


@dataclass(slots=True)
class CueMemory:
    """What the cue finder keeps of a conversation: the last few messages, and the run of one sender at its end."""

    near: deque[str] = field(default_factory=lambda: deque(maxlen=NEAR), repr=False)
    sender: str | None = None
    tail: str = field(default="", repr=False)
    run: list[Earlier] = field(default_factory=list, repr=False)
    words: dict[str, list[int]] = field(default_factory=dict)  # by sender: words, and those that no pack knows
    beside: dict[str, list[tuple[float, Span]]] = field(default_factory=dict)  # by sender, the plainest first

    def coverage(self, sender: str) -> float:
        """The share of a sender's words that the packs know."""
        words, unknown = self.words.get(sender, (0, 0))
        return 1 - unknown / words if words else 1.0

    def turn_to(self, sender: str) -> None:
        """Where another sender writes than before, a run of messages begins anew."""
        if self.sender != sender:
            self.sender, self.tail = sender, ""
            self.run.clear()

    def keep_beside(self, sender: str, margin: float, span: Span) -> None:
        """A message that is no finding, but more like a cue than unlike one; of each sender the plainest few are kept."""
        kept = self.beside.setdefault(sender, [])
        insort(kept, (round(-margin, 3), span))
        del kept[MOST_BESIDE:]

    def beside_of(self, sender: str) -> tuple[Span, ...]:
        """Those messages of a sender, in order."""
        return tuple(sorted(span for _, span in self.beside.get(sender, ())))


class CueFinder:
    """Finds the cues of all packs, one message at a time.

    Parameters
    ----------
    table : CueTable
        The packs and the learned words; `CueFinder.of` takes these themselves.

    Attributes
    ----------
    cues : tuple of Cue
        What it looks for.
    lexicon : Lexicon
        Reads the messages.
    words : WordFinder or None
        Judges them by learned words.
    """

    def __init__(self, table: CueTable) -> None:
        self.cues = table.cues
        self._doubted = table.doubted
        self.lexicon = Lexicon(table.lexicon)
        self.words, self._alike = (
            WordFinder(one, self.lexicon) if one.weights or one.apart else None for one in (table.words, table.alike)
        )
        self._patterns = PatternSet(table.patterns, {n for n, doubted in enumerate(table.doubted) if doubted})
        self._tokens = TokenRules(enumerate(table.cues))
        self._silencers = {cue.label for cue in table.cues if cue.silences}
        self._anchors = self._patterns.anchors | {BACKWARD}

    @classmethod
    def of(
        cls,
        packs: Iterable[Pack],
        words: WordTable = NO_WORDS,
        known: Collection[str] | None = None,
        alike: WordTable = NO_WORDS,
    ) -> Self:
        """A finder for some packs and learned words: see `cue_table`."""
        return cls(cue_table(packs, words, known, alike))

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
        text = message.text
        symbols = self.lexicon.symbols(text)
        memory.turn_to(message.sender)
        words = memory.words.setdefault(message.sender, [0, 0])
        words[0] += len(symbols) - symbols.count(END) - symbols.count(ASK)
        words[1] += symbols.count(OTHER)
        letters = self.words.letters(text) if self.words else 0j
        judgement = self.words.judge(symbols, letters, text) if self.words else _BELIEVED
        hits: dict[int, list[_Hit]] = {}
        if self._tokens.any or not self._anchors.isdisjoint(symbols):
            self._find(hits, index, text, symbols, judgement.belief)
        if memory.tail and len(symbols) <= _SPLIT:
            self._split(hits, memory, Earlier(index, letters, text), symbols)
        findings = self._findings(hits, (memory.tail + symbols, *memory.near)) if hits else ()
        if judgement.strength and self.words and not self._silenced(findings):
            family = self._heaviest(hits)
            findings = (*findings, *self.words.find(index, text, symbols, judgement, family))
        risky = len({family_of(finding.label) for finding in findings} & RISK.keys())
        if self._alike and 0 < risky < _SEVERAL and BACKWARD not in symbols:
            findings = (*findings, *self._alike.find_everyday(index, text, symbols))
        if not risky and self.words and judgement.margin > self.words.even and not self._silenced(findings):
            memory.keep_beside(message.sender, judgement.margin, Span(index, 0, len(text)))
        memory.near.append(symbols[-_NEAR_WORDS:])
        memory.run.append(Earlier(index, letters, text))
        memory.tail = (memory.tail + symbols).replace(BACKWARD, "")[-TAIL:]
        del memory.run[:-TAIL]
        return findings

    def is_telling(self, text: str) -> bool:
        """Whether a telling rule finds a risk cue in a message by itself, whatever the learned words say of it."""
        symbols = self.lexicon.symbols(text)
        hits: dict[int, list[_Hit]] = {}
        self._find(hits, 0, text, symbols, belief=1.0)
        self._findings(hits, (symbols,))  # drops the hits that are silenced
        return any(cue.weight >= _TELLING and cue.family in RISK for cue in map(self.cues.__getitem__, hits))

    def forget(self, memory: CueMemory) -> None:
        """Let go of the text of the last messages; of each the places of its last words are kept, which is enough."""
        memory.run = [
            one._replace(text=None, places=tuple(place[1:] for place in self._places(one)[-TAIL:])) for one in memory.run
        ]

    def _find(self, hits: dict[int, list[_Hit]], index: int, text: str, symbols: str, belief: float) -> None:
        if BACKWARD in symbols:
            # What is written from its end has no words to be judged by.
            for reading in self.lexicon.readings(text):
                _collect(hits, self._patterns.matches(reading.symbols), [(index, *place) for place in reading.places], 1.0)
        elif matches := self._patterns.matches(symbols, doubted=belief > 0):
            _collect(hits, matches, self._places(Earlier(index, 0j, text)), belief)
        for match in self._tokens.matches(text):
            hits.setdefault(match.rule, []).append(_Hit(Span(index, match.start, match.end), belief))

    def _split(self, hits: dict[int, list[_Hit]], memory: CueMemory, newest: Earlier, symbols: str) -> None:
        """Phrases that begin in the sender's messages just before and end in this one."""
        joined = memory.tail + symbols.replace(BACKWARD, "")
        start = len(memory.tail)
        letters = newest.letters + sum(earlier.letters for earlier in memory.run)
        belief = self.words.judge(joined, letters).belief if self.words else 1.0
        found = self._patterns.matches(joined, doubted=belief > 0)
        crossing = [match for match in found if match.start < start < match.end]
        if not crossing:
            return
        before = [place for earlier in memory.run for place in self._places(earlier)][-start:]
        missing = start - len(before)
        crossing = [Match(rule, first - missing, last - missing) for rule, first, last in crossing if first >= missing]
        _collect(hits, crossing, [*before, *self._places(newest)], belief)

    def _places(self, message: Earlier) -> list[tuple[int, int, int]]:
        places = message.places if message.text is None else self.lexicon.readings(message.text)[0].places
        return [(message.at, *place) for place in places]

    def _findings(self, hits: dict[int, list[_Hit]], near: Sequence[str]) -> Sequence[Finding]:
        """One finding a label, after `unless`, the silencing rules and the learned words have had their say."""
        for rule in [rule for rule in hits if self._patterns.is_silenced(rule, near)]:
            del hits[rule]
        if any(self.cues[rule].silences for rule in hits):
            for rule in [rule for rule in hits if self.cues[rule].family in RISK]:
                del hits[rule]
        by_label: dict[str, list[_Hit]] = {}
        for rule, found in hits.items():
            believed = found if self._doubted[rule] else [hit._replace(belief=1.0) for hit in found]
            by_label.setdefault(self.cues[rule].label, []).extend(believed)
        risky = len({self.cues[rule].family for rule in hits} & RISK.keys())
        return tuple(
            Finding(label, merged(hit.span for hit in found), _backed(max(hit.belief for hit in found), risky))
            for label, found in sorted(by_label.items())
        )

    def _silenced(self, findings: Sequence[Finding]) -> bool:
        return any(finding.label in self._silencers for finding in findings)

    def _heaviest(self, hits: dict[int, list[_Hit]]) -> str | None:
        """The family of the heaviest risk cue among the hits."""
        risky = [self.cues[rule] for rule in hits if self.cues[rule].family in RISK]
        return max(risky, key=lambda rule: (rule.weight, rule.label)).family if risky else None

    @contextmanager
    def loosened(self, rule: int, number: int) -> Iterator[None]:
        """One `unless` of a rule out of force for a while, to see whether anything needs it."""
        unless = self._patterns.unless
        whole = unless[rule]
        unless[rule] = whole[:number] + whole[number + 1 :]
        try:
            yield
        finally:
            unless[rule] = whole


def _collect(hits: dict[int, list[_Hit]], matches: Iterable[Match], places: Places, belief: float) -> None:
    """Enter each match as one span a message, from its first word to its last."""
    for match in matches:
        by_message: dict[int, tuple[int, int]] = {}
        for index, start, end in places[match.start : match.end]:
            first, last = by_message.get(index, (start, end))
            by_message[index] = (min(first, start), max(last, end))
        hits.setdefault(match.rule, []).extend(_Hit(Span(index, *ends), belief) for index, ends in by_message.items())


def _backed(belief: float, families: int) -> float:
    """How far a cue is believed in a message with cues of so many families: each is one more that would have to be wrong.

    >>> _backed(0.5, 1), _backed(0.5, 3), _backed(1.0, 0)
    (0.5, 0.875, 1.0)
    """
    return 1.0 - (1.0 - belief) ** max(families, 1)


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
