"""The model: a table with one weight for each label, a base, and the two thresholds of the bands. JSON, never pickle."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from grooming_detect.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from grooming_detect.packs import Pack
    from grooming_detect.report import Band

_HINT = "use the file as it was made, or train again"


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
    """

    name: str
    base: float
    weights: Mapping[str, float] = field(repr=False)
    review: float
    high: float
    packs: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    source: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)

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
            table = json.loads(path.read_text("utf-8"))
            return cls._from_table(table)
        except OSError as error:
            raise ModelError(str(path), "cannot be read", "name the folder of a model, or train one") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelError(str(path), "is no model file", _HINT) from error

    @classmethod
    def _from_table(cls, table: dict[str, Any]) -> Weights:
        weights = {str(label): float(weight) for label, weight in table["weights"].items()}
        base, review, high = (float(table[key]) for key in ("base", "review", "high"))
        if not all(map(math.isfinite, (base, review, high, *weights.values()))):
            raise ValueError("a number is not finite")
        texts = {key: {str(k): str(v) for k, v in table.get(key, {}).items()} for key in ("packs", "source")}
        return cls(
            name=str(table["name"]),
            base=base,
            weights=MappingProxyType(weights),
            review=review,
            high=high,
            packs=MappingProxyType(texts["packs"]),
            source=MappingProxyType(texts["source"]),
        )

    def write(self, path: str | Path) -> None:
        """Write the model file: sorted keys, one weight a line, the same bytes for the same model."""
        table = {
            "name": self.name,
            "base": self.base,
            "review": self.review,
            "high": self.high,
            "packs": dict(self.packs),
            "source": dict(self.source),
            "weights": dict(self.weights),
        }
        Path(path).write_text(json.dumps(table, indent=1, sort_keys=True, ensure_ascii=False) + "\n", "utf-8")

    def check_packs(self, packs: Iterable[Pack]) -> None:
        """Raise `ModelError` if a pack differs from the one that the weights were made for."""
        for pack in packs:
            expected = self.packs.get(pack.language)
            if expected is not None and expected != pack.sha256:
                raise ModelError(
                    self.name,
                    f"was made for another version of the pack “{pack.language}”",
                    "train again, or use the packs that the model ships with",
                )
