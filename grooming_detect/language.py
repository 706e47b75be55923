"""Which language a text seems to be in: information for the reader of a report. Neither findings nor scores need it.

The library is `py3langid` (0.4 or later), because its one small wheel runs on every platform with numpy alone, holds the model,
reads it without pickle, fetches nothing, and is right on single chat lines more often than fastText's small model.

A guess fails where languages are alike (Indonesian and Javanese, Italian and Venetian) and where one stands in the letters of
another (Arabic or Hindi in Latin letters); mostly there is none then. Of two languages in one text it names one, or none.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from grooming_detect.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from py3langid.langid import LanguageIdentifier

_SURE = 0.6  # share of the probability; of sides with three lines of chat or more, 99.6 in 100 guesses above it are right
_ENOUGH = 2_000  # characters that are looked at
_NO_LANGUAGE = "zxx"
_TAGS = {"ary": "ar", "arz": "ar", "tl": "fil"}  # what the model calls them: what BCP 47 and the packs do
_ONE_PACK = {"ms": "id"}  # languages so near each other that one pack is for both


@dataclass(frozen=True, slots=True)
class Guess:
    """What is shown of a side's language.

    Parameters
    ----------
    tag : str or None
        BCP 47 primary subtag, such as ``"tr"``; None where the text is too short, or the guess unsure.
    covered : bool
        Whether there is a pack for it; True where nothing was guessed.
    """

    tag: str | None
    covered: bool


def language_of(text: str) -> str | None:
    """The language that a text seems to be in.

    Parameters
    ----------
    text : str
        Any text; the first 2,000 characters are looked at.

    Returns
    -------
    str or None
        BCP 47 primary subtag, such as ``"tr"``; None where the text is too short, in no language, or the guess unsure.

    Raises
    ------
    MissingExtraError
        If `py3langid` is not installed.
    """
    ranked: list[tuple[str, float]] = [(_TAGS.get(label, label), share) for label, share in load().rank(text[:_ENOUGH])]
    shares: defaultdict[str, float] = defaultdict(float)
    for tag, share in ranked:
        shares[_pack_of(tag)] += share
    likeliest = max(shares, key=shares.__getitem__)
    if shares[likeliest] < _SURE or likeliest == _NO_LANGUAGE:
        return None
    return next(tag for tag, _ in ranked if _pack_of(tag) == likeliest)


def guess(text: str, languages: Iterable[str]) -> Guess:
    """The language of a text, and whether it is one of those that packs are for (`languages`: their BCP 47 tags)."""
    tag = language_of(text)
    return Guess(tag, tag is None or covers(languages, tag))


def covers(languages: Iterable[str], tag: str) -> bool:
    """Whether packs for these languages cover another.

    >>> covers(["en", "id"], "ms"), covers(["pt-BR"], "pt"), covers(["en"], "sv")
    (True, True, False)
    """
    return _pack_of(tag) in {_pack_of(language.lower().replace("_", "-").partition("-")[0]) for language in languages}


def _pack_of(tag: str) -> str:
    return _ONE_PACK.get(tag, tag)


@cache
def load() -> LanguageIdentifier:
    """The model, read once a process from the installed package (about a second).

    Raises
    ------
    MissingExtraError
        If `py3langid` is not installed.
    """
    try:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415  (an optional package)
    except ImportError as error:
        hint = "pip install 'grooming-detect[language]'"
        raise MissingExtraError("language", "needs the package py3langid", hint) from error
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
