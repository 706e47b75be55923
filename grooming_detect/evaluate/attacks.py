"""Disguises that people put on words, to see how much of the recall survives them. Deterministic by seed.

They are the ones that the library undoes or ought to; the list is public knowledge and holds nothing that a filter's user
would not have seen. Each takes a text and a source of randomness and gives a text.
"""

from __future__ import annotations

import random
import re
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Attack = Callable[[str, random.Random], str]

_WORD = re.compile(r"[^\W\d_]{3,}")
_LETTER = re.compile(r"[^\W\d_]")
_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_HOMOGLYPHS = str.maketrans("aceiopxysjABCEHKMOPTX", "асеіорхуѕјАВСЕНКМОРТХ")
_LEET = str.maketrans("aeiostAEIOST", "431057431057")
_EMOJI = {ord("a") + n: 0x1F170 + n for n in range(26)} | {ord("A") + n: 0x1F170 + n for n in range(26)}
_HALF = 0.5
_SOME = 0.35


def _words(change: Callable[[str, random.Random], str], share: float = 1.0) -> Attack:
    """Change a share of the words of three letters or more."""

    def attack(text: str, draw: random.Random) -> str:
        return _WORD.sub(lambda word: change(word[0], draw) if draw.random() < share else word[0], text)

    return attack


def _joined(mark: str) -> Attack:
    return _words(lambda word, _: mark.join(word), _HALF)


def full_width(text: str, _: random.Random) -> str:
    """Compatibility forms, which NFKC folds back."""
    return text.translate(_FULL_WIDTH)


def homoglyph(text: str, _: random.Random) -> str:
    """Every letter that has a Cyrillic twin as that twin."""
    return text.translate(_HOMOGLYPHS)


def partial_homoglyph(text: str, draw: random.Random) -> str:
    """Some of them."""
    return "".join(sign.translate(_HOMOGLYPHS) if draw.random() < _SOME else sign for sign in text)


def leet(text: str, draw: random.Random) -> str:
    """Digits for most of the vowels, s and t."""
    return "".join(sign.translate(_LEET) if draw.random() < 1 - _SOME else sign for sign in text)


def mixed_case(text: str, draw: random.Random) -> str:
    """Letters at random in either case."""
    return "".join(sign.upper() if draw.random() < _HALF else sign.lower() for sign in text)


def emoji_letters(text: str, draw: random.Random) -> str:
    """Some words in squared letters."""
    return _words(lambda word, _: word.translate(_EMOJI), _SOME)(text, draw)


def _bracketed(word: str, draw: random.Random) -> str:
    place = draw.randrange(1, len(word))
    return f"{word[:place]}({word[place]}){word[place + 1 :]}"


def _stretched(word: str, draw: random.Random) -> str:
    place = draw.randrange(len(word))
    return word[:place] + word[place] * draw.randint(3, 5) + word[place + 1 :]


def _mistyped(word: str, draw: random.Random) -> str:
    place = draw.randrange(1, len(word) - 1)
    before, here, after = word[:place], word[place], word[place + 1 :]
    return draw.choice((before + after, before + here + here + after, before + after[0] + here + after[1:]))


ATTACKS: Mapping[str, Attack] = MappingProxyType(
    {
        "full_width": full_width,
        "homoglyph": homoglyph,
        "partial_homoglyph": partial_homoglyph,
        "leet": leet,
        "spaced": _joined(" "),
        "dotted": _joined("."),
        "bracketed": _words(_bracketed, _HALF),
        "zero_width": lambda text, _: _LETTER.sub(lambda sign: sign[0] + "\u200b", text),
        "stretched": _words(_stretched, _HALF),
        "reversed": _words(lambda word, _: word[::-1], _SOME),
        "emoji_letters": emoji_letters,
        "mixed_case": mixed_case,
        "typos": _words(_mistyped, _SOME),
    }
)
STACKS: tuple[tuple[str, str], ...] = (
    ("leet", "spaced"),
    ("partial_homoglyph", "zero_width"),
    ("mixed_case", "dotted"),
    ("typos", "stretched"),
    ("typos", "leet"),
    ("bracketed", "partial_homoglyph"),
    ("stretched", "full_width"),
)


def disguised(text: str, attack: str, seed: str) -> str:
    """A text under one attack, or under several joined by ``+``, the first applied first.

    Parameters
    ----------
    text : str
        Of one message.
    attack : str
        A name in `ATTACKS`, or several.
    seed : str
        The same seed gives the same text.

    Raises
    ------
    KeyError
        If there is no such attack.

    Examples
    --------
    >>> disguised("send it", "full_width", "1"), disguised("SEND it", "leet", "2")
    ('ｓｅｎｄ ｉｔ', '53ND i7')
    """
    draw = random.Random(f"{seed}/{attack}")  # noqa: S311  (a draw, no secret)
    for name in attack.split("+"):
        text = ATTACKS[name](text, draw)
    return text


def attack_names() -> tuple[str, ...]:
    """Every attack, then every stack of two."""
    return (*ATTACKS, *("+".join(stack) for stack in STACKS))
