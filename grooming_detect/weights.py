"""The model: a table with one weight for each label, a base, and the two thresholds of the bands. JSON, never pickle."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from grooming_detect.errors import ModelError
from grooming_detect.files import written_whole
from grooming_detect.packs import pack_hashes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from grooming_detect.packs import Pack
    from grooming_detect.report import Band

_HINT = "use the file as it was made, or train again"


@dataclass(frozen=True, slots=True)
class WordTable:
    """Weights of words, of pairs of words, and of parts of words.

    The log-odds of a message are `base`, plus the `weights` of its words and neighbours divided by the square root of how many
    words it has, plus what it has `apart`, and the `letters` of its parts of words, each divided by the square root of how many
    those are.

    Parameters
    ----------
    base : float
        Log-odds of a message in which nothing is known.
    weights, apart, letters : mapping of str to float
        Log-odds of each word and each two neighbours, of two words with a few others between, and of each part of a word.
    families, family_letters : mapping of str to mapping of str to float
        For each family, how much an n-gram, or a part of a word, speaks for it rather than for another.
    hint, strong : float
        Log-odds between which the words of a message become a finding of strength 0 to 1.
    doubt, agree : float
        Log-odds between which a rule's cue in the message is believed not at all to fully.
    """

    base: float = 0.0
    weights: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    apart: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    letters: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    families: Mapping[str, Mapping[str, float]] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    family_letters: Mapping[str, Mapping[str, float]] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    hint: float = 0.0
    strong: float = 0.0
    doubt: float = 0.0
    agree: float = 0.0

    def vocabulary(self) -> frozenset[str]:
        """Every word that occurs alone or in a pair."""
        return frozenset(word for table in (self.weights, self.apart) for gram in table for word in gram.split())

    def as_table(self) -> dict[str, Any]:
        """Plain values for a model file."""
        return {
            "base": self.base,
            "hint": self.hint,
            "strong": self.strong,
            "doubt": self.doubt,
            "agree": self.agree,
            "weights": dict(self.weights),
            "apart": dict(self.apart),
            "letters": dict(self.letters),
            "families": {family: dict(weights) for family, weights in self.families.items()},
            "family_letters": {family: dict(weights) for family, weights in self.family_letters.items()},
        }

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> WordTable:
        """The inverse of `as_table`; raises `KeyError`, `TypeError` or `ValueError` for anything else."""
        families, family_letters = (
            MappingProxyType({str(name): MappingProxyType(_numbers(own)) for name, own in table[key].items()})
            for key in ("families", "family_letters")
        )
        numbers = _numbers({key: table[key] for key in ("base", "hint", "strong", "doubt", "agree")})
        return cls(
            weights=MappingProxyType(_numbers(table["weights"])),
            apart=MappingProxyType(_numbers(table.get("apart", {}))),
            letters=MappingProxyType(_numbers(table["letters"])),
            families=families,
            family_letters=family_letters,
            base=numbers["base"],
            hint=numbers["hint"],
            strong=numbers["strong"],
            doubt=numbers["doubt"],
            agree=numbers["agree"],
        )


NO_WORDS = WordTable()


class Unseen(NamedTuple):
    """Ordinary sides of a corpus, judged by words and weights that never saw it; `review` counts those in `high` too."""

    sides: int
    review: int
    high: int


def _numbers(table: Mapping[str, Any]) -> dict[str, float]:
    """The same with values that are finite floats; a model has a million of them."""
    numbers = dict(zip(table, map(float, table.values()), strict=True))
    if not all(map(math.isfinite, numbers.values())):
        raise ValueError("a number is not finite")
    return numbers


@dataclass(frozen=True, slots=True)
class Weights:
    """A model, whole: nothing else decides a score.

    Parameters
    ----------
    name : str
        Name and version, as reports give it.
    base : float
        Log-odds of a side without findings.
    weights : mapping of str to float
        Log-odds for each label at value 1.
    review, high : float
        Scores from which a side belongs to the band.
    packs : mapping of str to str
        Language and SHA-256 of each pack that the weights were made for.
    source : mapping of str to str
        What it was made from, and how.
    unseen : mapping of str to Unseen
        What training found in each corpus of ordinary talk when it was left out.
    words : WordTable
        Learned words that tell cues from ordinary talk, none by default.
    alike : WordTable
        Learned words that tell cues from what only sounds like them, none by default.
    """

    name: str
    base: float
    weights: Mapping[str, float] = field(repr=False)
    review: float
    high: float
    packs: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    source: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    unseen: Mapping[str, Unseen] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    words: WordTable = field(default=NO_WORDS, repr=False)
    alike: WordTable = field(default=NO_WORDS, repr=False)

    def band(self, score: float) -> Band:
        """The band that a score falls into."""
        if score >= self.high:
            return "high"
        return "review" if score >= self.review else "low"

    @classmethod
    def read(cls, path: str | Path) -> Weights:
        """Read a model file. Reading runs no code.

        Raises
        ------
        ModelError
            If it is missing, damaged, or holds anything but finite numbers.
        """
        path = Path(path)
        try:
            return cls.from_table(orjson.loads(path.read_bytes()))
        except OSError as error:
            raise ModelError(str(path), "cannot be read", "name the folder of a model, or train one") from error
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ModelError(str(path), "is no model file", _HINT) from error

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> Weights:
        """The inverse of `as_table`; raises `KeyError`, `TypeError`, `ValueError` or `AttributeError` for anything else."""
        weights = _numbers(table["weights"])
        base, review, high = _numbers({key: table[key] for key in ("base", "review", "high")}).values()
        texts = {key: {str(k): str(v) for k, v in table.get(key, {}).items()} for key in ("packs", "source")}
        return cls(
            name=str(table["name"]),
            base=base,
            weights=MappingProxyType(weights),
            review=review,
            high=high,
            packs=MappingProxyType(texts["packs"]),
            source=MappingProxyType(texts["source"]),
            unseen=MappingProxyType({str(name): Unseen(*map(int, counts)) for name, counts in table.get("unseen", {}).items()}),
            words=WordTable.from_table(table["words"]) if "words" in table else NO_WORDS,
            alike=WordTable.from_table(table["alike"]) if "alike" in table else NO_WORDS,
        )

    def as_table(self) -> dict[str, Any]:
        """Plain values for a model file."""
        return {
            "name": self.name,
            "base": self.base,
            "review": self.review,
            "high": self.high,
            "packs": dict(self.packs),
            "source": dict(self.source),
            "unseen": {corpus: list(found) for corpus, found in self.unseen.items()},
            "weights": dict(self.weights),
            "words": self.words.as_table(),
            "alike": self.alike.as_table(),
        }

    def write(self, path: str | Path) -> None:
        """Write the model file, whole or not at all: sorted keys, one weight a line, the same bytes for the same model.

        Raises
        ------
        OutputError
            If it cannot be written.
        """
        with written_whole(path) as stream:
            stream.write(json.dumps(self.as_table(), indent=1, sort_keys=True, ensure_ascii=False) + "\n")

    def check_packs(self, packs: Iterable[Pack]) -> None:
        """Raise `ModelError` if a pack differs from the one that the weights were made for."""
        for name, found in pack_hashes(packs).items():
            if self.packs.get(name, found) != found:
                raise ModelError(
                    self.name,
                    f"was made for another version of the pack “{name}”",
                    "train again, or use the packs that the model ships with",
                )
