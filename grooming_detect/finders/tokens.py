"""Rules written as spaCy `Matcher` patterns, for what phrases cannot say (shapes, word lengths, repeated tokens).

No pack that ships uses them, so spaCy is loaded only by packs that do. Each message is then cut into tokens and matched, which
costs about as much as everything else together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from grooming_detect.errors import MissingExtraError, PackError
from grooming_detect.text import chunks, pieces

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from grooming_detect.packs import Cue


class TokenMatch(NamedTuple):
    """A match of a rule, in characters of the text."""

    rule: int
    start: int
    end: int


class TokenRules:
    """Matches the token patterns of some rules.

    Parameters
    ----------
    rules : iterable of (int, Cue)
        Numbers and rules; those without token patterns are passed over.

    Raises
    ------
    PackError
        If spaCy finds a fault in a pattern.
    MissingExtraError
        If spaCy is not installed.
    """

    def __init__(self, rules: Iterable[tuple[int, Cue]]) -> None:
        listed = [(n, rule) for n, rule in rules if rule.tokens]
        self.any = bool(listed)
        self._matcher = None
        if not listed:
            return
        try:
            from spacy.lang.lex_attrs import LEX_ATTRS  # noqa: PLC0415
            from spacy.matcher import Matcher  # noqa: PLC0415  (slow to import, and seldom needed)
            from spacy.vocab import Vocab  # noqa: PLC0415
        except ImportError as error:
            raise MissingExtraError("token patterns", "need the package spacy", "pip install spacy") from error
        self._vocab = Vocab(lex_attr_getters=LEX_ATTRS)
        self._matcher = Matcher(self._vocab, validate=True)
        for n, rule in listed:
            try:
                self._matcher.add(str(n), [list(pattern) for pattern in rule.tokens])
            except (ValueError, KeyError, TypeError) as error:
                place = f"[{rule.family}.{rule.name}] tokens"
                raise PackError(place, "is no spaCy Matcher pattern", "see https://spacy.io/api/matcher#patterns") from error

    def matches(self, text: str) -> Iterator[TokenMatch]:
        """Every match in a message."""
        if self._matcher is None:
            return
        from spacy.tokens import Doc  # noqa: PLC0415  (loaded already)

        places = [
            (chunk.start + piece.start, chunk.start + piece.end) for chunk in chunks(text) for piece in pieces(chunk.word)
        ]
        doc = Doc(self._vocab, words=[text[start:end] for start, end in places])
        for key, first, last in self._matcher(doc):
            yield TokenMatch(int(self._vocab.strings[key]), places[first][0], places[last - 1][1])
