"""What a strange word may stand for, and whether the words beside it bear that out.

An unknown word may be a name, and a known one a slip for another. So a word is given *choices*: a mark that says which kind of
disguise it would be, and the word that it would be then. Some marks count in any case; others only in a message that
has more words of their kind, so that a name or a typing error alone changes nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from grooming_detect import text as words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


class _Kind(NamedTuple):
    """The marks of a kind of disguise: what is one in any case, an unknown word that may be one, a known word that may."""

    sure: str
    likely: str
    faint: str


_LEET, _SLIP, _MIRROR = _Kind("=", "#", "-"), _Kind("~", "'", "`"), _Kind("(", ")", "%")
_PLAIN = "+"  # letters in other forms, marks between letters, letters repeated
MARKS = "".join((*_LEET, *_SLIP, *_MIRROR, _PLAIN))
_BORNE = tuple((kind, re.compile(f"[{re.escape(kind.sure + kind.likely)}].")) for kind in (_LEET, _SLIP, _MIRROR))
CHOICE = re.compile(f"((?:[{re.escape(MARKS)}].)+)(.)", re.DOTALL)
_SURE = frozenset({_PLAIN, _LEET.sure, _SLIP.sure, _MIRROR.sure})
_SEEN_THROUGH = _SURE - {_SLIP.sure}
NONE: frozenset[str] = frozenset()

# A word is *asked for* by so many sets of words of rules; the more, the likelier it is that it is meant. A short word is one
# letter away from many others, so more is asked of it. By its letters: from how many sets it is surely meant, or likely.
_SWAPPED = {3: (40, 10), 4: (10, 2), 5: (2, 1)}
_GAP = {3: (10**6, 100), 4: (100, 10), 5: (40, 3)}  # what lacks a letter is more often a word of its own
_REVERSED = {3: (150, 20), 4: (20, 1), 5: (2, 1)}
_ALWAYS = (1, 1)  # of longer words
_SHORTEST = 3
_LONGEST = 40
_SHORTEST_PLURAL = 7  # letters of a word whose last is taken for an ending
# A known word stands for another only if that one is asked for so many times as often.
_SLIP_TIMES, _LEET_TIMES, _MIRROR_TIMES = 4, 4, 4
_SLIP_LEAST = 20
# How likely each slip is, beside a letter too many that is not the same as its neighbour.
_DOUBLED_WEIGHT, _SWAPPED_WEIGHT, _GAP_WEIGHT = 8, 8, 5
_AGES = frozenset(map(str, range(8, 18)))  # these numbers are never letters: rules ask for them
# A kind of disguise is borne out by one word in three of a message, or by two and one in five.
_ALONE, _FEW, _SHARE = 3, 2, 5


class Choice(NamedTuple):
    """A mark, and the word that is meant if it counts."""

    mark: str
    word: str


class _Slip(NamedTuple):
    """A word that may be meant: how likely, beside others, and whether it surely is."""

    score: int
    word: str
    sure: bool


class Forms(NamedTuple):
    """What strange words are looked up in, as plain values.

    Parameters
    ----------
    squeezed : dict of str to list of str
        Known words by what they are without repeated letters, where that is another word.
    gaps : dict of str to str
        The word that lacks a letter, by what is left of it.
    """

    squeezed: dict[str, list[str]]
    gaps: dict[str, str]


def forms(asked: Mapping[str, int]) -> Forms:
    """The forms of known words, given with how many sets of words they are in."""
    squeezed: dict[str, list[str]] = {}
    gaps: dict[str, str] = {}
    for word in sorted(asked, key=lambda word: (asked[word], len(word), word)):
        if (short := words.squeeze(word)) != word:
            squeezed.setdefault(short, []).append(word)
        if word.isalpha() and word.isascii() and asked[word] >= _least(_GAP, word)[1]:
            gaps.update(dict.fromkeys(words.shortened(word), word))
    return Forms(squeezed, gaps)


class Disguises:
    """Guesses which known words strange ones stand for.

    Parameters
    ----------
    asked : mapping of str to int
        The known words, folded, and how many sets of words they are in.
    known_forms : Forms, optional
        Of these words; worked out where they are not at hand.
    """

    def __init__(self, asked: Mapping[str, int], known_forms: Forms | None = None) -> None:
        self._asked = asked
        self._squeezed, self._gaps = known_forms or forms(asked)

    def known(self, word: str) -> list[Choice]:
        """What a known word may stand for where others are disguised.

        >>> Disguises({"won": 1, "now": 90}).known("won")
        [Choice(mark='%', word='now')]
        """
        own = self._asked.get(word, 0)
        if not word.isalpha():
            return self._number(word, own)
        if not _SHORTEST - 1 <= len(word) <= _LONGEST:
            return []
        slip = max(self._slips(word), default=None)
        found = [(_SLIP.faint, slip.word, max(_SLIP_TIMES * own, _SLIP_LEAST))] if slip else []
        if len(word) >= _SHORTEST and (mirror := word[::-1]) in self._asked:
            found.append((_MIRROR.faint, mirror, _MIRROR_TIMES * own))
        return self._first(Choice(mark, other) for mark, other, least in found if self._asked[other] > least)

    def _number(self, word: str, own: int) -> list[Choice]:
        """What a number may stand for."""
        best = None if word in _AGES else self._best(words.unleet(word))
        return [Choice(_LEET.faint, best)] if best and (best in {"a", "i"} or self._asked[best] > _LEET_TIMES * own) else []

    def strange(self, raw: str, folded: str) -> list[Choice]:
        """What an unknown word may stand for, as it is written and folded.

        >>> Disguises({"secret": 1}).strange("seeecret", "seeecret")
        [Choice(mark='+', word='secret')]
        """
        if len(folded) > _LONGEST:
            return []
        singular = folded[:-1] if len(folded) >= _SHORTEST_PLURAL and folded[-1] == "s" else ""
        whole = singular if singular in self._asked else self._best(self._stretched(folded))
        slip = None if whole and (singular or words.tripled(folded)) else max(self._slips(folded), default=None)
        if whole and (slip is None or slip.score <= self._asked[whole] * _DOUBLED_WEIGHT):
            return [Choice(_PLAIN, whole)]
        if not (raw.isascii() and raw.isalpha()):
            if hidden := self.hidden(raw):
                return hidden
            if not folded.isalpha():
                return self._number(folded, 0)
        found = [Choice(_SLIP.sure if slip.sure else _SLIP.likely, slip.word)] if slip else []
        return self._first([*self._mirrors(raw, folded), *found])

    def hidden(self, chunk: str) -> list[Choice]:
        """The word that a chunk with marks or digits among its letters stands for.

        >>> Disguises({"pic": 1}).hidden("p1.c")
        [Choice(mark='=', word='pic')]
        """
        found = list(words.disguises(chunk))
        best = self._best(one for word in found for one in self._near(word))
        if best is None and not chunk.isalpha():  # accents alone are no disguise
            best = self._best(slip.word for word in found for slip in self._slips(word))
        return [Choice(_LEET.sure if words.is_leet(chunk) else _PLAIN, best)] if best else []

    def meant(self, chunk: str) -> str:
        """The letters of a chunk: those of the word that it surely stands for, and look-alikes as what they look like.

        >>> Disguises({"pic": 1}).meant("p1c!")
        'pic'
        """
        inner = words.core(chunk)
        folded = words.fold(inner)
        if folded in self._asked:
            return chunk
        choices = self.strange(inner, folded)
        if choices and choices[0].mark in _SEEN_THROUGH:
            return choices[0].word
        return chunk if chunk.isascii() or words.NO_DISGUISE.search(chunk) else words.latin(chunk)

    def _first(self, choices: Iterable[Choice]) -> list[Choice]:
        """The choices, the likeliest first."""
        return sorted(dict.fromkeys(choices), key=lambda choice: -self._asked[choice.word])

    def _best(self, candidates: Iterable[str]) -> str | None:
        """The word that is asked for most."""
        return max((word for word in candidates if word in self._asked), key=self._asked.__getitem__, default=None)

    def _near(self, word: str) -> Iterator[str]:
        if word in self._asked:
            yield word
        else:
            yield from self._stretched(word)

    def _stretched(self, word: str) -> Iterator[str]:
        if word.isalpha() and words.stretched(word):
            short = words.squeeze(word)
            for candidate in (short, *self._squeezed.get(short, ())):
                if candidate in self._asked and words.stretches(word, candidate):
                    yield candidate

    def _mirrors(self, raw: str, folded: str) -> list[Choice]:
        """The word that a word is from its end; the end of ``dneirf's`` is left where it is."""
        forms = [folded[::-1]]
        if not raw.isalpha() and len(parts := words.elided(raw)) == 2:  # noqa: PLR2004  (what stands before an apostrophe, and after)
            forms += [parts[0].word[::-1] + parts[1].word, *([parts[0].word[::-1]] if parts[1].word == "s" else [])]
        best = self._best(forms)
        if best is None or len(best) < _SHORTEST or not best.isalpha():
            return []
        sure, likely = _least(_REVERSED, best)
        asked = self._asked[best]
        return [Choice(_MIRROR.sure if asked >= sure else _MIRROR.likely if asked >= likely else _MIRROR.faint, best)]

    def _slips(self, word: str) -> Iterator[_Slip]:
        """The words that a word may be a slip for, of those that are asked for often enough."""
        if not (word.isalpha() and word.isascii() and len(word) >= _SHORTEST - 1):
            return
        found = [(self._gaps[word], _GAP, _GAP_WEIGHT)] if word in self._gaps else []
        bare = words.squeeze(word)
        found += [(candidate, _SWAPPED, _SWAPPED_WEIGHT) for candidate in words.swapped(word) if candidate in self._asked]
        found += [
            (candidate, _SWAPPED, _DOUBLED_WEIGHT if len(bare) < len(word) and words.squeeze(candidate) == bare else 1)
            for candidate in words.shortened(word)
            if candidate in self._asked
        ]
        for meant, table, weight in found:
            sure, likely = _least(table, meant)
            if len(meant) >= _SHORTEST and (asked := self._asked[meant]) >= likely:
                yield _Slip(asked * weight, meant, asked >= sure)
        if words.tripled(word):
            yield from self._slips(bare)


def _least(table: Mapping[int, tuple[int, int]], word: str) -> tuple[int, int]:
    return table.get(len(word), _ALWAYS)


def chosen(symbols: str, ends: str) -> frozenset[str]:
    """The marks that count in a message, given as symbols with their choices.

    Parameters
    ----------
    symbols : str
        Of the message; before the character of a word come its choices, each a mark and a character.
    ends : str
        The characters that are no words.
    """
    found, total = _SURE, 0
    for kind, borne in _BORNE:
        count = len(set(borne.findall(symbols)))  # a name that comes twice is one
        if not count:
            continue
        total = total or len(CHOICE.sub("x", symbols)) - sum(map(symbols.count, ends))
        if count * _ALONE >= total or (count >= _FEW and count * _SHARE >= total):
            found |= set(kind)
    return found


def settled(symbols: str, marks: frozenset[str]) -> str:
    """The symbols with each word as the first of its choices whose mark counts, or as it stands."""
    return CHOICE.sub(lambda choices: choices[0][taken(choices[1], marks)], symbols)


def taken(choices: str, marks: frozenset[str]) -> int:
    """Where the character of the first choice is whose mark counts; where none does, the place after them all."""
    return next((place + 1 for place in range(0, len(choices), 2) if choices[place] in marks), len(choices))


def is_leet(marks: frozenset[str]) -> bool:
    """Whether digits stand for letters throughout a message, by the marks that count in it."""
    return _LEET.faint in marks


def is_simple(marks: frozenset[str]) -> bool:
    """Whether every word can be settled by itself: the message is neither in leetspeak nor written from its end."""
    return _LEET.faint not in marks and _MIRROR.faint not in marks


def is_mirrored(symbols: str, marks: frozenset[str], total: int) -> bool:
    """Whether one in three of a message's words, or more, may be written from its end."""
    return _MIRROR.faint in marks and sum(map(symbols.count, _MIRROR)) * _ALONE >= total
