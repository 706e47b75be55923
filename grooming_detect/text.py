"""Text as a matcher needs it: words with their places in the original, and what a disguised word may stand for.

Nothing here rewrites a message. A message is cut into *chunks* (between white space), a chunk into *pieces* (words, sentence
ends, emoji), and each piece keeps its place in the original text. Only the words are normalised, one at a time, so evidence
always quotes the sender's own characters, and a word seen before costs one dictionary look-up.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK = re.compile(r"\S+")
END, ASK = ".", "?"  # how the end of a sentence is written among words

# Marks that only decorate a letter in these scripts; in Thai, Khmer or Tamil they are letters of their own and stay.
_DECORATION = re.compile(
    "[\u00ad\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u1ab0-\u1aff"
    "\u1dc0-\u1dff\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\ufeff"
    "\U0001f3fb-\U0001f3ff]"
)
_SAME_LETTER = str.maketrans("ıأإآٱىةکی", "iاااايهكي")  # Turkish and Arabic letters that people type either way
_APOSTROPHES = re.compile("['`\u00b4\u2018\u2019\u201b\u02bc\u2032\uff07]")
_MARKS = "".join(
    f"{chr(low)}-{chr(high)}"
    for low, high in (
        (0x00AD, 0x00AD), (0x0300, 0x036F), (0x0483, 0x0489), (0x0591, 0x05C7), (0x0610, 0x061A), (0x064B, 0x065F),
        (0x0670, 0x0670), (0x06D6, 0x06ED), (0x0900, 0x0963), (0x0966, 0x0DFF), (0x0E31, 0x0E4E), (0x0EB1, 0x0ECD),
        (0x1000, 0x109F), (0x1780, 0x17D3), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x200B, 0x200F), (0x202A, 0x202E),
        (0x2060, 0x206F), (0x20D0, 0x20FF), (0xFE20, 0xFE2F), (0xFEFF, 0xFEFF),
    )
)  # fmt: skip
# Letters in squares and circles, as far as no compatibility form unfolds them into letters of the alphabet.
_SQUARED = "\U0001f130-\U0001f149\U0001f150-\U0001f169\U0001f170-\U0001f189"
# Scripts that put no space between words; each run is cut by the words that it holds.
_DENSE = "\u0e01-\u0e5b\u0e81-\u0edf\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f"
DENSE = re.compile(f"[{_DENSE}]")
_INVISIBLE = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"  # among letters they part nothing
ARABIC = re.compile("[\u0620-\u064a]")
# Letters of scripts that nobody writes Latin words with.
NO_DISGUISE = re.compile("[\u0590-\u109f\u1100-\u11ff\u1780-\u18ff\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff\uff66-\uff9f]")
# In such a script: a letter with its marks; letters with signs between them, which spell a word as ``p.i.c`` does; a run.
_SYLLABLE = f"[{_DENSE}][\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]{{0,4}}"
_PARTED = r"[.*_·•\-()\[\]{}]"
_SPELLED = f"{_SYLLABLE}(?:{_PARTED}{_SYLLABLE}){{2,}}|{_SYLLABLE}(?:\\({_SYLLABLE}\\)|\\[{_SYLLABLE}\\])(?=[{_DENSE}])"
_BETWEEN = re.compile(_PARTED)
_RUN = f"(?:{_SPELLED}|[{_DENSE}])(?:[{_INVISIBLE}]*(?:{_SPELLED}|[{_DENSE}]))*"
_LETTER = rf"(?:[\w{_MARKS}{_SQUARED}](?<![{_DENSE}]))"
_PIECE = re.compile(
    rf"(?P<dense>{_RUN})|(?P<word>{_LETTER}+(?:['`´‘’ʼ＇]{_LETTER}+)*)|(?P<soft>\.{{2,}}|…)|(?P<end>[.!?。！？؟।॥]+)|"
    r"(?P<flags>[\U0001f1e6-\U0001f1ff]+)|(?P<sign>[^\w\s])"
)
_NO_APOSTROPHE = re.compile("[^'`\u00b4\u2018\u2019\u201b\u02bc\u2032\uff07]+")
_JOINED_ARTICLES = ("وبال", "ولل", "وال", "بال", "فال", "كال", "لل")
_ARTICLE = "ال"
_CLITICS = (*_JOINED_ARTICLES, _ARTICLE, "وب", "ول", "و", "ف", "ب", "ل", "ك", "س", "ه")
_SHORTEST_HOST = 3  # letters of an Arabic word that a clitic may be written to
_SENTENCE = re.compile(rf"(?<=[.!?…。！？؟।॥])\s+|\n+|(?<=[{_DENSE}])\s+(?=[{_DENSE}])")
_SHORTEST_SENTENCE = 3  # chunks
_SHORTEST_DENSE = 12  # characters, in a script that puts spaces between sentences alone
_FIRST = re.compile(rf"[\w$@{_SQUARED}]")
_LAST = re.compile(rf"[\w${_SQUARED}]")
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
_SEPARATORS = re.compile(r"[^\w]|_")

# Emoji and squared letters used as an alphabet; NFKC already unfolds the circled and the mathematical ones.
_EMOJI_LETTERS = str.maketrans(
    {chr(0x1F1E6 + i): chr(97 + i) for i in range(26)}
    | {chr(base + i): chr(97 + i) for base in (0x1F150, 0x1F170) for i in range(26)}
    | {"⭕": "o", "❌": "x", "❎": "x", "✝": "t", "➕": "t", "ℹ": "i", "♏": "m", "💲": "s"}
)
_LEET = {
    "0": "o", "1": "il", "2": "z", "3": "e", "4": "a", "5": "s", "6": "gb", "7": "t", "8": "b", "9": "g", "@": "a",
    "$": "s", "!": "il", "|": "li", "+": "t", "€": "e", "£": "l", "¢": "c", "¡": "i", "¥": "y", "^": "a",
}  # fmt: skip
# Look-alikes that the Unicode table of confusables does not carry over to ASCII.
_LOOKALIKES = dict(zip("кĸтмнвєёяиυηικντχωßłđħøæ", "kktmhbeerunikntxwbldhoa", strict=False))
_MEASURE = re.compile(r"\d+(?:st|nd|rd|th|am|pm|k|m|s|h|x|d|g|p|v\d+|kg|km|cm|mm|gb|mb|mins?|hrs?|yrs?|yo|px|ft|lbs?)$")
_RUNS = re.compile(r"(.)\1+")
_LONG_RUN = re.compile(r"(.)\1\1|(.)\2$")
_TRIPLE = re.compile(r"(.)\1\1")
_SAME = re.compile(r"(.)\1*", re.DOTALL)
_STRETCHED = 3  # times that a character stands in a row where it is stretched
_MOST_VARIANTS = 16
_LONGEST_WORD = 40
_FOLDED_AT_ONCE = 1_000  # characters: bringing many marks on one letter into order takes their number squared


class Piece(NamedTuple):
    """A word, a sentence end or a sign, and where it stands: `text[start:end]`."""

    word: str
    start: int
    end: int


def sentences(text: str) -> list[str]:
    """The sentences of a message that has several, without the shortest; of a message that is one sentence, none.

    They end at a mark with a space behind it, with the line, or at a space of a script that puts none between words.

    >>> sentences("Nice goal on Saturday! Is your mum at home? ok"), sentences("nice goal on saturday")
    (['Nice goal on Saturday!', 'Is your mum at home?'], [])
    >>> sentences("วันนี้ฝนตกหนักมาก รถติดทั้งเมืองเลย")
    ['วันนี้ฝนตกหนักมาก', 'รถติดทั้งเมืองเลย']
    """
    found = _SENTENCE.split(text)
    return [one for one in found if _is_whole(one)] if len(found) > 1 else []


def _is_whole(sentence: str) -> bool:
    """Whether a sentence is long enough to be judged by itself."""
    return len(sentence.split()) >= _SHORTEST_SENTENCE or (
        len(sentence) >= _SHORTEST_DENSE and DENSE.search(sentence) is not None
    )


def fold(word: str) -> str:
    """A word without case, accents, apostrophes, invisible characters and compatibility forms.

    >>> fold("Don’t"), fold("CAFÉ"), fold("𝓼𝓮𝓷𝓭")
    ('dont', 'cafe', 'send')
    """
    if word.isascii():
        return _APOSTROPHES.sub("", word).lower()
    if len(word) > _FOLDED_AT_ONCE:
        return "".join(fold(word[at : at + _FOLDED_AT_ONCE]) for at in range(0, len(word), _FOLDED_AT_ONCE))
    if _FLAG.fullmatch(word):
        return word  # the flag of a country is no word, though its code may look like one
    word = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", word).translate(_EMOJI_LETTERS)).casefold()
    return unicodedata.normalize("NFC", _DECORATION.sub("", word)).translate(_SAME_LETTER)


def chunks(text: str) -> Iterator[Piece]:
    """The runs between white space, with their places: the same runs that ``text.split()`` gives."""
    return (Piece(found[0], found.start(), found.end()) for found in CHUNK.finditer(text))


def pieces(chunk: str) -> Iterator[Piece]:
    """Cut a chunk into folded words, sentence ends (`END`, `ASK`) and single signs; runs of dense scripts come as they stand.

    >>> [piece.word for piece in pieces("secret,ok?🤫")]
    ['secret', ',', 'ok', '?', '🤫']
    """
    for found in _PIECE.finditer(chunk):
        if found.lastgroup == "word":
            yield from _words(found[0], found.start())
        elif found.lastgroup == "dense":
            yield Piece(found[0], found.start(), found.end())
        elif found.lastgroup == "end":
            yield Piece(ASK if any(mark in "?？؟" for mark in found[0]) else END, found.start(), found.end())
        elif found.lastgroup in {"flags", "sign"} and (sign := fold(found[0])):
            yield Piece(sign, found.start(), found.end())


def _words(run: str, offset: int) -> Iterator[Piece]:
    if "_" not in run:
        yield Piece(fold(run), offset, offset + len(run))
        return
    for part in re.finditer(r"[^_]+", run):
        yield Piece(fold(part[0]), offset + part.start(), offset + part.end())


def elided(word: str) -> list[Piece]:
    """The parts of a word with apostrophes in it, as in ``l'école``, with their places.

    >>> [piece.word for piece in elided("l'école")]
    ['l', 'ecole']
    """
    return [Piece(fold(part[0]), part.start(), part.end()) for part in _NO_APOSTROPHE.finditer(word)]


def without_clitics(word: str) -> Iterator[str]:
    """What is left of an Arabic word without the small words that are written as its first letters (and, the, with, for).

    An article among them is tried first as part of the word, then as none.

    >>> list(without_clitics("للصوره"))[:2]
    ['الصوره', 'صوره']
    """
    for prefix in _CLITICS:
        if word.startswith(prefix) and len(word) - len(prefix) >= _SHORTEST_HOST:
            host = word[len(prefix) :]
            if prefix in _JOINED_ARTICLES:
                yield _ARTICLE + host
            yield host


def unspaced(run: str) -> tuple[str, tuple[int, ...]]:
    """A run of a script without spaces, folded, and for each folded character its place in the run.

    A character that is stretched (three times or more) counts once; signs between letters that spell a word count nothing.

    >>> unspaced("นะะะ"), unspaced("รู.ป")
    (('นะ', (0, 1)), ('รูป', (0, 1, 3)))
    """
    folded: list[str] = []
    places: list[int] = []
    for same in _SAME.finditer(run):
        if _BETWEEN.match(same[0]):
            continue
        kept = same[0] if len(same[0]) < _STRETCHED else same[1]
        for place, character in enumerate(kept, same.start()):
            folded += (parts := fold(character))
            places += [place] * len(parts)
    return "".join(folded), tuple(places)


def core(chunk: str) -> str:
    """A chunk without the punctuation around it, that inside it kept.

    >>> core("(p-i-c)!")
    'p-i-c'
    """
    first = _FIRST.search(chunk)
    start, end = first.start() if first else len(chunk), len(chunk)
    while end > start and not _LAST.match(chunk, end - 1):
        end -= 1
    return chunk[start:end]


def stretched(word: str) -> bool:
    """Whether a letter stands three times in a row, or twice at the end.

    >>> stretched("seeecret"), stretched("secrett"), stretched("meet")
    (True, True, False)
    """
    return _LONG_RUN.search(word) is not None


def tripled(word: str) -> bool:
    """Whether a letter stands three times in a row, which no language writes.

    >>> tripled("seeecret"), tripled("secrett")
    (True, False)
    """
    return _TRIPLE.search(word) is not None


def stretches(word: str, other: str) -> bool:
    """Whether `word` is `other` with some letters repeated; both must squeeze to the same.

    >>> stretches("meeet", "meet"), stretches("met", "meet")
    (True, False)
    """
    runs = zip(_SAME.finditer(word), _SAME.finditer(other), strict=True)
    return all(len(long[0]) >= len(short[0]) for long, short in runs)


def squeeze(word: str) -> str:
    """Every run of one letter as a single letter.

    >>> squeeze("seeecreeett")
    'secret'
    """
    return _RUNS.sub(r"\1", word)


def disguises(word: str) -> Iterator[str]:
    """What a strange word may stand for, most likely first: look-alike letters, leetspeak, marks between the letters.

    The caller accepts one only if it is a word that it looks for, so ordinary text is never changed. Measures such as
    ``5pm`` or ``2nd``, plain numbers, and dates, prices and telephone numbers, which hold no letter, stand for nothing else.

    >>> "secret" in disguises("s3cr3t"), "pic" in disguises("p.i.c"), list(disguises("5pm")), list(disguises("12-05"))
    (True, True, [], [])
    """
    if len(word) > _LONGEST_WORD or _MEASURE.match(word.casefold()):
        return
    if NO_DISGUISE.search(word):
        joined = _SEPARATORS.sub("", folded := fold(word))
        if joined != folded and len(joined) > 2 and ARABIC.search(folded):  # noqa: PLR2004  (as below)
            yield joined
        return
    plain = fold(word if word.isascii() else latin(word))
    if not any(letter.isalpha() for letter in plain):
        return
    if plain != word:
        yield plain
    joined = _SEPARATORS.sub("", plain)
    if joined != plain and len(joined) > 2:  # noqa: PLR2004  ("u.s" is no "us")
        yield joined
    for variant in unleet(plain):
        yield variant
        bare = _SEPARATORS.sub("", variant)
        if bare != variant:
            yield bare


def is_leet(word: str) -> bool:
    """Whether there are digits or signs in a word that may stand for letters."""
    return not _LEET.keys().isdisjoint(word)


def unleet(word: str) -> Iterator[str]:
    """Every reading of the digits and signs as letters, few at most; none of a word that has none.

    >>> list(unleet("p1c")), list(unleet("70")), list(unleet("pic"))
    (['pic', 'plc'], ['to'], [])
    """
    if len(word) > _LONGEST_WORD or not is_leet(word):
        return
    readings = [""]
    for letter in word:
        options = _LEET.get(letter, letter)
        readings = [reading + option for reading in readings for option in options][:_MOST_VARIANTS]
    yield from readings


@cache
def _confusables() -> dict[str, str]:
    """Look-alikes of ASCII letters and digits, from the Unicode table that `confusable-homoglyphs` keeps."""
    from confusable_homoglyphs.confusables import confusables_data  # noqa: PLC0415  (0.1 s, and seldom needed)

    table = dict(_LOOKALIKES)
    for character, alternatives in confusables_data.items():
        if len(character) == 1 and not character.isascii():
            for alternative in alternatives:
                if len(alternative["c"]) == 1 and alternative["c"].isascii() and alternative["c"].isalnum():
                    table.setdefault(character, alternative["c"])
    return table


def latin(word: str) -> str:
    """A word with the letters that look like Latin ones as those.

    >>> latin("ѕесrеt")
    'secret'
    """
    return "".join(map(_latin, word))


@cache
def _latin(character: str) -> str:
    if character.isascii():
        return character
    found = _confusables().get(character)
    if found is None:
        folded = fold(character)
        found = _confusables().get(folded, folded) if len(folded) == 1 else folded
    return sys.intern(found)


def swapped(word: str) -> Iterator[str]:
    """The word with two neighbouring letters swapped, the first letter kept.

    >>> "secret" in swapped("secert")
    True
    """
    for i in range(1, len(word) - 1):
        if word[i] != word[i + 1]:
            yield word[:i] + word[i + 1] + word[i] + word[i + 2 :]


def shortened(word: str) -> Iterator[str]:
    """The word with one letter left out, but not the first, which is taken as meant, nor the last, which may be an ending.

    >>> list(shortened("pice"))
    ['pce', 'pie']
    """
    for i in range(1, len(word) - 1):
        yield word[:i] + word[i + 1 :]
