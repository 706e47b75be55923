"""A model and its packs, made ready to run: from what is in memory, or from files, with a cache beside them."""

from __future__ import annotations

import gc
import hashlib
import threading
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from grooming_detect.cache import Cache
from grooming_detect.families import HEARD, RISK, family_of
from grooming_detect.finders import ages, habits, pairs
from grooming_detect.finders.cues import CueFinder
from grooming_detect.finders.tables import CueTable, cue_table
from grooming_detect.finders.words import EVERYDAY, HEARD_TOGETHER, PRESSING, TOGETHER
from grooming_detect.packs import load_pack, pack_hashes, rules_by_label
from grooming_detect.weights import NO_WORDS, Weights

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from grooming_detect.packs import Pack

BUNDLED = "general"
SUGGESTED_BASE = -5.0
SUGGESTED_WORD = 0.8
SUGGESTED_WORDS = {TOGETHER: 2.0, HEARD_TOGETHER: -0.5, EVERYDAY: -2.0, PRESSING: 0.8}
SUGGESTED_REVIEW = 0.15
SUGGESTED_HIGH = 0.60


class Prepared(NamedTuple):
    """What a detector runs on.

    Parameters
    ----------
    model : Weights
        Without its words: they are in the finder.
    suggested : mapping of str to float
        The weights that the packs suggest.
    finder : CueFinder
        Made from the packs and the learned words.
    packs : mapping of str to str
        SHA-256 of each pack, by language, as `pack_hashes` gives them.
    fingerprint : str
        Names packs and learned words: the state of a case means something to the same ones alone.
    """

    model: Weights
    suggested: Mapping[str, float]
    finder: CueFinder
    packs: Mapping[str, str]
    fingerprint: str


_READY: dict[object, tuple[object, Prepared]] = {}  # with what each was made from, so that ids stay what they are
_MOST_READY = 4
_LOCK = threading.RLock()


def prepare(packs: tuple[Pack, ...], weights: Weights | None = None) -> Prepared:
    """Make packs and a model ready; it takes seconds, and detectors share what was made from the very same.

    Parameters
    ----------
    packs : tuple of Pack
        All are on.
    weights : Weights, optional
        The model; by default what the packs suggest.

    Raises
    ------
    ModelError
        If the weights were made for other versions of the packs.
    """
    if weights:
        weights.check_packs(packs)
    suggested = suggested_weights(packs)
    weights = weights or suggested
    key = (*map(id, packs), id(weights.words), id(weights.alike), *weights.packs.items())
    with _LOCK:
        finder = _READY[key][1].finder if key in _READY else CueFinder(_table(packs, weights))
        ready = _ready(packs, weights, suggested, finder)
        _keep(key, (packs, weights), ready)
    return ready


def load(model: Path, packs: tuple[Path, ...]) -> Prepared:
    """The same from files; what was made of the same files before is taken from the cache.

    Parameters
    ----------
    model : Path
        The model's file.
    packs : tuple of Path
        The packs' files.

    Raises
    ------
    ModelError, PackError
        If a file is missing or damaged, or the model was made for other packs.
    """
    try:
        key = tuple(map(_stamp, (model, *packs)))
        with _LOCK, uncollected():
            if key not in _READY:
                cache = Cache((model, *packs))
                _keep(key, None, _kept(cache) or _made(cache, model, packs))
            return _READY[key][1]
    except OSError:  # the readers say better what is wrong
        weights = Weights.read(model)
        return prepare(tuple(map(load_pack, packs)), weights)


def weights_at(model: Path) -> Weights:
    """A model from its file; the same file gives the very same weights, so that what is made of them is shared.

    Raises
    ------
    ModelError
        If it is missing or damaged.
    """
    try:
        return _weights_at(_stamp(model))
    except OSError:
        return Weights.read(model)


@lru_cache(maxsize=2)
def _weights_at(stamp: tuple[Path, int, int, int]) -> Weights:
    return Weights.read(stamp[0])


def _stamp(path: Path) -> tuple[Path, int, int, int]:
    """A file as it stands; after a change the stamp is another."""
    found = path.stat()
    return path.resolve(), found.st_mtime_ns, found.st_size, found.st_ino


def _ready(packs: tuple[Pack, ...], weights: Weights, suggested: Weights, finder: CueFinder) -> Prepared:
    return Prepared(
        bare(weights), suggested.weights, finder, MappingProxyType(pack_hashes(packs)), _fingerprint(packs, weights, finder)
    )


def bare(weights: Weights) -> Weights:
    """A model without its learned words."""
    return replace(weights, words=NO_WORDS, alike=NO_WORDS)


def _kept(cache: Cache) -> Prepared | None:
    """What the cache holds, if it holds it whole."""
    plain: Any = cache.read()
    try:
        return plain and Prepared(
            model=Weights.from_table(plain["model"]),
            suggested=MappingProxyType(plain["suggested"]),
            finder=CueFinder(CueTable.from_plain(plain["cues"])),
            packs=MappingProxyType(plain["packs"]),
            fingerprint=plain["fingerprint"],
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _made(cache: Cache, model: Path, paths: tuple[Path, ...]) -> Prepared:
    weights = Weights.read(model)
    packs = tuple(map(load_pack, paths))
    weights.check_packs(packs)
    table = _table(packs, weights)
    ready = _ready(packs, weights, suggested_weights(packs), CueFinder(table))
    plain = {"model": ready.model.as_table(), "suggested": dict(ready.suggested), "cues": table.as_plain()}
    cache.write({**plain, "packs": dict(ready.packs), "fingerprint": ready.fingerprint})
    return ready


def _table(packs: tuple[Pack, ...], weights: Weights) -> CueTable:
    known = frozenset(weights.packs.values()) if weights.packs else None
    with uncollected():
        return cue_table(packs, weights.words, known, weights.alike)


def _keep(key: object, made_from: object, ready: Prepared) -> None:
    _READY.pop(key, None)
    while len(_READY) >= _MOST_READY:
        del _READY[next(iter(_READY))]
    _READY[key] = (made_from, ready)


def _fingerprint(packs: Iterable[Pack], weights: Weights, finder: CueFinder) -> str:
    codes = finder.lexicon.alphabet.known  # which a state holds: they depend on the order of the packs, too
    made_of = [pack_hashes(packs), codes, weights.words.as_table(), weights.alike.as_table(), weights.name]
    return hashlib.sha256(orjson.dumps(made_of, option=orjson.OPT_SORT_KEYS | orjson.OPT_SERIALIZE_NUMPY)).hexdigest()[:16]


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the garbage collector: it takes its time over millions of objects of packs, which all stay."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def bundled_model() -> Path:
    """The folder of the model that ships: in the installed package, or beside it in a source tree."""
    package = Path(__file__).parent
    return next((place for place in (package / "models", package.parent / "models") if place.is_dir()), package) / BUNDLED


def suggested_weights(packs: Iterable[Pack]) -> Weights:
    """The table that packs, habits and pairs themselves suggest, before any training.

    >>> from grooming_detect.packs import default_packs
    >>> suggested_weights(default_packs()).base
    -5.0
    """
    packs = tuple(packs)
    table = {label: rule.weight for label, rule in rules_by_label(packs).items()}
    table |= {label.replace("cue:", "heard:", 1): HEARD[family_of(label)] for label in table if family_of(label) in HEARD}
    table |= {label: habit.suggested for label, habit in habits.HABITS.items()}
    table |= {label: relation.suggested for label, relation in ages.RELATIONS.items()}
    table |= pairs.SUGGESTED
    table |= {f"word:{family}": SUGGESTED_WORD for family in RISK} | SUGGESTED_WORDS
    return Weights(
        name="suggested " + ", ".join(f"{pack.language} {pack.version}" for pack in packs),
        base=SUGGESTED_BASE,
        weights=MappingProxyType(table),
        review=SUGGESTED_REVIEW,
        high=SUGGESTED_HIGH,
        packs=MappingProxyType(pack_hashes(packs)),
    )
