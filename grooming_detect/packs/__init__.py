"""Cue packs: one TOML file a language, found by listing this folder. A rule is data with its own proof.

::

    [pack]
    language = "en"
    version = "2026.1"
    [sets]                                 # named word lists, used as @photo
    photo = ["photo", "pic", "selfie"]
    [spelling]                             # other ways to write a word
    you = ["u", "ya"]
    [secrecy.hide-from-carers]             # family.name
    why = "Asks that the contact be hidden from carers."
    weight = 1.6                           # log-odds before any training
    phrases = ["dont tell ~1 @carers"]     # see grooming_detect.phrases
    unless = ["birthday present"]          # silences the rule when near
    fires = ["ok but Don’t tell your mum lol"]
    silent = ["tell your mum hi"]
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grooming_detect.errors import PackError
from grooming_detect.families import FAMILIES, PROTECTIVE
from grooming_detect.phrases import PhraseError, parse_phrase

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from grooming_detect.phrases import Group, Words
    from grooming_detect.phrases import Sequence as Phrase

FOLDER = Path(__file__).parent
UNREVIEWED = FOLDER / "unreviewed"  # packs that nobody who speaks the language has looked at; on only where asked for
_TEXT_LISTS = ("phrases", "unless", "fires", "silent")
_KEYS = {"why", "weight", "tokens", "silences", *_TEXT_LISTS}
_HINT = "see “Packs” in CONTRIBUTING.md"
_HEAVIEST = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """What a rule stands for, without its phrases and its proof.

    Parameters
    ----------
    family, name : str
        Together they are the label, ``cue:<family>.<name>``.
    why : str
        One sentence for the person who reads a report.
    weight : float
        Log-odds that the pack suggests before any training; negative for protective families.
    tokens : tuple of tuple of dict
        spaCy `Matcher` patterns, for what phrases cannot say.
    silences : bool
        Whether a match takes the risk cues of its message out of the score (quotation, disclosure).
    """

    family: str
    name: str
    why: str
    weight: float
    tokens: Sequence[Sequence[dict[str, Any]]] = ()
    silences: bool = False

    @property
    def label(self) -> str:
        """``cue:<family>.<name>``."""
        return f"cue:{self.family}.{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Cue):
    """One cue: how it is worded, why it matters, and the lines that prove it.

    Parameters
    ----------
    phrases, unless : tuple of tuple of Item
        Parsed phrases: any of the first is a match, unless one of the second is near.
    fires, silent : tuple of str
        Lines on which the rule must, and must not, fire.
    """

    phrases: tuple[Phrase, ...]
    unless: tuple[Phrase, ...]
    fires: tuple[str, ...] = field(repr=False)
    silent: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Pack:
    """All rules of one language.

    Parameters
    ----------
    language, version : str
        From the file's ``[pack]`` table.
    rules : tuple of Rule
        In the order of the file.
    spelling : mapping of str to tuple of str
        A word and the other ways in which people write it.
    common : tuple of str
        The most frequent words, in that order: poor anchors for a search. Where words are written without spaces, runs are cut
        by them too.
    sha256 : str
        Of the file.
    reviewed : bool
        Whether a speaker of the language went through it; if not, the pack is used only when asked for.
    """

    language: str
    version: str
    rules: tuple[Rule, ...]
    spelling: Mapping[str, tuple[str, ...]]
    common: tuple[str, ...]
    sha256: str
    reviewed: bool = True


def load_pack(path: str | Path) -> Pack:
    """Read and check one pack file.

    Parameters
    ----------
    path : str or Path
        A TOML file, or the language of one of the packs that ship `unreviewed`.

    Raises
    ------
    PackError
        With the file, the table or line, what is wrong and what to do.

    Examples
    --------
    >>> load_pack(FOLDER / "en.toml").language
    'en'
    """
    path = pack_path(path)
    try:
        raw = path.read_bytes()
        table = tomllib.loads(raw.decode())
    except OSError as error:
        raise PackError(str(path), "cannot be read", "check the path and the permissions") from error
    except UnicodeDecodeError as error:
        raise PackError(str(path), "is not UTF-8", "save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise PackError(str(path), f"is not TOML: {error}", "mend the line that it names") from error
    return _Loader(path.name, table).pack(hashlib.sha256(raw).hexdigest())


def shipped_paths() -> tuple[Path, ...]:
    """The files of the reviewed packs that ship with the library.

    >>> "en" in [path.stem for path in shipped_paths()]
    True
    """
    return tuple(sorted(FOLDER.glob("*.toml")))


@cache
def default_packs() -> tuple[Pack, ...]:
    """Every reviewed pack that ships with the library, by language; read once a process.

    >>> "en" in [pack.language for pack in default_packs()]
    True
    """
    return tuple(map(load_pack, shipped_paths()))


@cache
def unreviewed() -> frozenset[str]:
    """The languages of the packs that ship without being on: each is asked for by its language, as in `load_pack("ja")`.

    >>> "ja" in unreviewed()
    True
    """
    return frozenset(path.stem for path in UNREVIEWED.glob("*.toml"))


def pack_hashes(packs: Iterable[Pack]) -> dict[str, str]:
    """The SHA-256 of each pack, by language; a second pack of a language goes by ``en#2``, and so on."""
    hashes: dict[str, str] = {}
    for pack in packs:
        number = 1 + sum(name.partition("#")[0] == pack.language for name in hashes)
        hashes[pack.language if number == 1 else f"{pack.language}#{number}"] = pack.sha256
    return hashes


def pack_path(pack: str | Path) -> Path:
    """The file of a pack, which may be asked for by its language where it ships `unreviewed`."""
    return UNREVIEWED / f"{pack}.toml" if str(pack) in unreviewed() else Path(pack)


def rules_by_label(packs: Iterable[Pack]) -> dict[str, Rule]:
    """Every rule under its label; of a label that several languages share, the first."""
    rules: dict[str, Rule] = {}
    for pack in packs:
        for rule in pack.rules:
            rules.setdefault(rule.label, rule)
    return rules


class _Loader:
    """Turns a TOML table into a pack, and says exactly where it cannot."""

    def __init__(self, name: str, table: dict[str, Any]) -> None:
        self.name = name
        self.table = table
        self.sets: dict[str, tuple[str, ...]] = {}
        self.read: dict[str, Words | Group] = {}

    def pack(self, sha256: str) -> Pack:
        head = self.section("pack")
        for key in ("language", "version"):
            if not isinstance(head.get(key), str):
                raise self.fault("[pack]", f"has no {key}", 'for example language = "en", version = "2026.1"')
        self.read_sets()
        spelling = {word: self.words(f"[spelling] {word}", variants) for word, variants in self.section("spelling").items()}
        rules = tuple(
            self.rule(family, name, body)
            for family, names in self.table.items()
            if family not in {"pack", "sets", "spelling"}
            for name, body in self.family(family, names).items()
        )
        common = head.get("common", "")
        if not isinstance(common, str):
            raise self.fault("[pack]", "common is no text", "write the words with spaces between them")
        reviewed = self.flag("[pack]", head, "reviewed", default=True)
        return Pack(head["language"], head["version"], rules, spelling, tuple(common.split()), sha256, reviewed)

    def section(self, name: str) -> dict[str, Any]:
        table = self.table.get(name, {})
        if not isinstance(table, dict):
            raise self.fault(f"[{name}]", "is not a table", _HINT)
        return table

    def read_sets(self) -> None:
        """A set may use the sets above it."""
        for name, entries in self.section("sets").items():
            words: list[str] = []
            for entry in self.words(f"[sets] {name}", entries):
                if not entry.startswith("@"):
                    words.append(entry)
                elif entry[1:] in self.sets:
                    words += self.sets[entry[1:]]
                else:
                    raise self.fault(f"[sets] {name}", f"uses “{entry}”, which does not stand above it", "move it up")
            self.sets[name] = tuple(words)

    def family(self, family: str, names: object) -> dict[str, Any]:
        if family not in FAMILIES:
            raise self.fault(f"[{family}]", "is no cue family", "use one of: " + ", ".join(FAMILIES))
        if not isinstance(names, dict):
            raise self.fault(f"[{family}]", "is not a table", f"write rules as [{family}.name]")
        return names

    def rule(self, family: str, name: str, body: object) -> Rule:
        where = f"[{family}.{name}]"
        if not isinstance(body, dict):
            raise self.fault(where, "is not a table", f"write the rule as {where}")
        if unknown := sorted(set(body) - _KEYS):
            raise self.fault(where, f"has an unknown key “{unknown[0]}”", "keys are: " + ", ".join(sorted(_KEYS)))
        lists = {key: self.words(f"{where} {key}", body.get(key, [])) for key in _TEXT_LISTS}
        self.check_proof(where, body, lists)
        return Rule(
            family=family,
            name=name,
            why=body["why"],
            weight=self.weight(where, family, body.get("weight")),
            phrases=self.phrases(where, "phrases", lists["phrases"]),
            unless=self.phrases(where, "unless", lists["unless"]),
            tokens=self.tokens(where, body.get("tokens", [])),
            fires=lists["fires"],
            silent=lists["silent"],
            silences=self.flag(where, body, "silences", default=False),
        )

    def check_proof(self, where: str, body: dict[str, Any], lists: dict[str, tuple[str, ...]]) -> None:
        if not isinstance(body.get("why"), str) or not body["why"]:
            raise self.fault(where, "has no why", "say in one sentence what the cue means")
        if not lists["phrases"] and not body.get("tokens"):
            raise self.fault(where, "has neither phrases nor tokens", "give at least one of them")
        for key in ("fires", "silent"):
            if not lists[key]:
                raise self.fault(where, f"has no {key}", "give at least one line that proves the rule")

    def weight(self, where: str, family: str, weight: object) -> float:
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not abs(weight) <= _HEAVIEST:
            raise self.fault(where, "has no usable weight", f"a number of log-odds up to {_HEAVIEST:g}, for example 1.2")
        if (family in PROTECTIVE and weight > 0) or (family not in PROTECTIVE and weight < 0):
            raise self.fault(where, "has a weight of the wrong sign", "protective families lower a score, others raise it")
        return float(weight)

    def phrases(self, where: str, key: str, phrases: tuple[str, ...]) -> tuple[Phrase, ...]:
        parsed = []
        for phrase in phrases:
            try:
                parsed.append(parse_phrase(phrase, self.sets, self.read))
            except PhraseError as error:
                raise self.fault(f"{where} {key} “{phrase}”", str(error), _HINT) from error
        return tuple(parsed)

    def tokens(self, where: str, patterns: object) -> tuple[tuple[dict[str, Any], ...], ...]:
        """SpaCy checks them in full, where they are used."""
        listed: list[Any] = patterns if isinstance(patterns, list) else [None]
        if not all(isinstance(pattern, list) and pattern and all(isinstance(t, dict) for t in pattern) for pattern in listed):
            raise self.fault(
                f"{where} tokens", "is no list of patterns", 'for example tokens = [[{LOWER = "pic"}, {IS_DIGIT = true}]]'
            )
        return tuple(tuple(pattern) for pattern in listed)

    def flag(self, where: str, table: dict[str, Any], key: str, *, default: bool) -> bool:
        value = table.get(key, default)
        if not isinstance(value, bool):
            raise self.fault(where, f"{key} is neither true nor false", "write it without quotes")
        return value

    def words(self, where: str, value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(word, str) and word.strip() for word in value):
            raise self.fault(where, "is not a list of text", "write it as [“one”, “two”], nothing empty")
        return tuple(value)

    def fault(self, where: str, problem: str, hint: str) -> PackError:
        return PackError(f"{self.name} {where}", problem, hint)
