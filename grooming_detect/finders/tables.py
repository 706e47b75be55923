"""All that the cue finder needs, as plain values: made from packs and learned words, which takes long, and so kept."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, NamedTuple

from grooming_detect.families import RISK
from grooming_detect.finders.alphabet import Alphabet, LexiconTable
from grooming_detect.finders.disguise import Forms
from grooming_detect.finders.expressions import ranks, spelled, spelling, vocabulary
from grooming_detect.finders.patterns import PatternTable, tabulated
from grooming_detect.finders.words import in_symbols
from grooming_detect.packs import Cue
from grooming_detect.weights import NO_WORDS, WordTable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from grooming_detect.packs import Pack, Rule


class CueTable(NamedTuple):
    """What the cue finder is made from.

    Parameters
    ----------
    cues : tuple of Cue
        Of all packs, in order; phrases go by their places here.
    doubted : tuple of bool
        Which of them learned words may speak against.
    lexicon : LexiconTable
        The words of all phrases, and those that were learned.
    patterns : PatternTable
        The phrases.
    words, alike : WordTable
        Learned words that tell cues from ordinary talk, and from what only sounds like them; in symbols.
    """

    cues: tuple[Cue, ...]
    doubted: tuple[bool, ...]
    lexicon: LexiconTable
    patterns: PatternTable
    words: WordTable
    alike: WordTable

    def as_plain(self) -> dict[str, Any]:
        """Values that JSON knows."""
        lexicon = self.lexicon._asdict() | {"forms": self.lexicon.forms._asdict()}
        return {
            "cues": list(map(asdict, self.cues)),
            "doubted": self.doubted,
            "lexicon": lexicon,
            "patterns": self.patterns._asdict(),
            "words": self.words.as_table(),
            "alike": self.alike.as_table(),
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> CueTable:
        """The inverse of `as_plain`; raises `KeyError` or `TypeError` for anything else. Tables are taken as they are."""
        lexicon = plain["lexicon"]
        return cls(
            cues=tuple(Cue(**cue | {"tokens": tuple(map(tuple, cue["tokens"]))}) for cue in plain["cues"]),
            doubted=tuple(plain["doubted"]),
            lexicon=LexiconTable(**lexicon | {"forms": Forms(**lexicon["forms"])}),
            patterns=PatternTable(**plain["patterns"]),
            words=WordTable(**plain["words"]),
            alike=WordTable(**plain["alike"]),
        )


def cue_table(
    packs: Iterable[Pack],
    words: WordTable = NO_WORDS,
    known: Collection[str] | None = None,
    alike: WordTable = NO_WORDS,
) -> CueTable:
    """The table of some packs and learned words.

    Parameters
    ----------
    packs : iterable of Pack
        All are on at once; rules of one label count as one.
    words : WordTable, optional
        Learned words. Where they all speak against a cue, rules of risk families are not even searched for.
    known : collection of str, optional
        SHA-256 of the packs that the words were learned with; by default all. A rule of another pack is believed whatever the
        words say: they have never heard of it.
    alike : WordTable, optional
        Learned words that tell cues from what only sounds like them.
    """
    packs = tuple(packs)
    rank = ranks(packs)
    listed = [(make, rule, pack.sha256) for pack in packs for make in [spelled(pack, rank)] for rule in pack.rules]
    phrases = [make(n, phrase) for n, (make, rule, _) in enumerate(listed) for phrase in rule.phrases]
    unless = [make(n, phrase) for n, (make, rule, _) in enumerate(listed) for phrase in rule.unless]
    widen = spelling(*packs)
    learned = (widen(frozenset({word})) for word in sorted(words.vocabulary() | alike.vocabulary()))
    lexicon = vocabulary(phrases + unless, learned, (word for pack in packs for word in pack.common))
    alphabet = Alphabet(lexicon)
    return CueTable(
        cues=tuple(_cue(rule) for _, rule, _ in listed),
        doubted=tuple(rule.family in RISK and (known is None or sha256 in known) for _, rule, sha256 in listed),
        lexicon=lexicon,
        patterns=tabulated(phrases, alphabet, unless),
        words=in_symbols(words, alphabet),
        alike=in_symbols(alike, alphabet),
    )


def _cue(rule: Rule) -> Cue:
    """A rule without its phrases and its proof."""
    return Cue(**{field.name: getattr(rule, field.name) for field in fields(Cue)})
