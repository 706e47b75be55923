"""The gate that all training and evaluation data passes: a card, a lawful basis, and files that are what the card says.

A card is a TOML file::

    [dataset]
    name = "casino_en"
    provenance = "consented"            # or "synthetic"; nothing else is taken
    basis = "paid crowd-workers negotiate camping supplies"
    contributors = ["…"]
    licence = "CC BY 4.0"
    languages = ["en"]
    obtain = "github: kushalchawla/CaSiNo"  # where a researcher gets it
    hub = "kchawla123/casino"           # its name on the Hugging Face hub, if it has one
    conversations = 1030                # how many, if known
    [[files]]
    path = "corpora/casino_en.jsonl.gz" # beside the card, or in the folder GROOMING_DETECT_DATA
    sha256 = "…"
    split = "train"
"""

from __future__ import annotations

import hashlib
import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grooming_detect.errors import ProvenanceError

if TYPE_CHECKING:
    from collections.abc import Iterator

ALLOWED = ("synthetic", "consented")
DATA_VARIABLE = "GROOMING_DETECT_DATA"
_HINT = "see “Data” in CONTRIBUTING.md"
_TEXTS = ("name", "provenance", "basis", "licence")
_LISTS = ("contributors", "languages")
_HUB = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
# Chats of real offenders and decoys, and what was derived from them: never, not even as an option.
_REFUSED = re.compile(
    r"pan[\W_]*(20)?12|panc\b|perverted[\W_]*justice|\bpj[\W_]?(chats?|corpus|logs?)|chat[\W_]*coder|"
    r"(reddit|discord|omegle)[\W_]*(dump|scrape|crawl|logs?)|predator[\W_]*(chats?|logs?|identification)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class DataFile:
    """One file of a dataset.

    Parameters
    ----------
    path : str
        As the card names it.
    sha256 : str
        Of the whole file.
    split : str
        Which split it belongs to.
    """

    path: str
    sha256: str
    split: str


@dataclass(frozen=True, slots=True)
class Card:
    """Whose data a dataset is, and on what basis it may be used.

    Parameters
    ----------
    name, provenance, basis, licence : str
        What it is called; "synthetic" or "consented"; how it was made, or what was consented to; its licence.
    contributors, languages : tuple of str
        Who made it; ISO 639 codes.
    files : tuple of DataFile
        What belongs to it.
    obtain : str
        Where a researcher gets it.
    folder : Path
        Where the card lies.
    hub : str
        Its name on the Hugging Face hub, or empty.
    conversations : int
        How many it has; 0 if the card does not say.
    """

    name: str
    provenance: str
    basis: str
    licence: str
    contributors: tuple[str, ...]
    languages: tuple[str, ...]
    files: tuple[DataFile, ...]
    obtain: str
    folder: Path
    hub: str = ""
    conversations: int = 0

    @property
    def source(self) -> str:
        """Where to get it: on the Hugging Face hub, or as `obtain` says; empty if the card does not say."""
        return "; ".join(filter(None, (self.hub and f"Hugging Face hub: {self.hub}", self.obtain)))

    @property
    def splits(self) -> tuple[str, ...]:
        """The splits that it has, in the order of the card."""
        return tuple(dict.fromkeys(file.split for file in self.files))


def load_card(path: str | Path) -> Card:
    """Read a card and check everything but the files' contents.

    Raises
    ------
    ProvenanceError
        If there is no card, if it lacks something, or if the data is of a kind that is refused.

    Examples
    --------
    >>> load_card("nowhere/dataset.toml")
    Traceback (most recent call last):
        ...
    grooming_detect.errors.ProvenanceError: nowhere/dataset.toml: there is no card (see “Data” in CONTRIBUTING.md)
    """
    path = Path(path)
    path = path / "dataset.toml" if path.is_dir() else path
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ProvenanceError(str(path), "there is no card", _HINT) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProvenanceError(str(path), "the card is not TOML", _HINT) from error
    head = table.get("dataset")
    if not isinstance(head, dict):
        raise ProvenanceError(str(path), "the card has no [dataset] table", _HINT)
    _check_head(str(path), head)
    return Card(
        name=head["name"],
        provenance=head["provenance"],
        basis=head["basis"],
        licence=head["licence"],
        contributors=tuple(head["contributors"]),
        languages=tuple(head["languages"]),
        files=_files(str(path), table.get("files")),
        obtain=str(head.get("obtain", "")),
        folder=path.parent,
        hub=head.get("hub", ""),
        conversations=head.get("conversations", 0),
    )


def _check_head(place: str, head: dict[str, Any]) -> None:
    for key in _TEXTS:
        if not isinstance(head.get(key), str) or not head[key].strip():
            raise ProvenanceError(place, f"the card has no {key}", _HINT)
    for key in _LISTS:
        if not isinstance(head.get(key), list) or not head[key] or not all(isinstance(item, str) for item in head[key]):
            raise ProvenanceError(place, f"the card has no list of {key}", _HINT)
    if _REFUSED.search(" ".join(str(value) for value in head.values())):
        raise ProvenanceError(place, "this dataset is refused", "real offenders' chats and their derivatives are never used")
    if head["provenance"] not in ALLOWED:
        raise ProvenanceError(place, "the provenance is neither synthetic nor consented", "only these two may be used")
    _check_extras(place, head)


def _check_extras(place: str, head: dict[str, Any]) -> None:
    """What a card may leave out, but not get wrong."""
    if "hub" in head and not (isinstance(head["hub"], str) and _HUB.fullmatch(head["hub"])):
        raise ProvenanceError(place, "hub is no name of the Hugging Face hub", "write owner/name, or leave it out")
    if type(head.get("conversations", 0)) is not int:
        raise ProvenanceError(place, "conversations is no number", "write how many there are, or leave it out")


def _files(place: str, listed: object) -> tuple[DataFile, ...]:
    if not isinstance(listed, list) or not listed:
        raise ProvenanceError(place, "the card names no files", "add a [[files]] table with path, sha256 and split")
    files = []
    for entry in listed:
        values = [entry.get(key) for key in ("path", "sha256", "split")] if isinstance(entry, dict) else [None]
        if not all(isinstance(value, str) and value for value in values):
            raise ProvenanceError(place, "a [[files]] table is not whole", "it needs path, sha256 and split")
        if _REFUSED.search(str(values[0])):
            raise ProvenanceError(
                place, "this dataset is refused", "real offenders' chats and their derivatives are never used"
            )
        files.append(DataFile(*map(str, values)))
    return tuple(files)


def checked_files(card: Card, split: str | None = None) -> Iterator[tuple[DataFile, Path]]:
    """The files of a card (or of one of its splits), each only once its hash was found right.

    Raises
    ------
    ProvenanceError
        If there is no such split, a file is missing, or its hash does not match: before a line of it is read.
    """
    chosen = [file for file in card.files if split is None or file.split == split]
    if not chosen:
        raise ProvenanceError(card.name, f"has no split “{split}”", "it has: " + ", ".join(card.splits))
    for file in chosen:
        yield file, _checked(card, file)


def _checked(card: Card, file: DataFile) -> Path:
    shared = os.environ.get(DATA_VARIABLE)
    folders = [card.folder, *([Path(shared)] if shared else [])]
    path = next((folder / file.path for folder in folders if (folder / file.path).is_file()), None)
    if path is None:
        hint = f"get it ({card.source or 'ask its contributors'}) and put it there, or set {DATA_VARIABLE}"
        raise ProvenanceError(f"{card.name} {file.path}", "is not there", hint)
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != file.sha256:
        raise ProvenanceError(f"{card.name} {file.path}", "is not the file that the card describes", "its SHA-256 differs")
    return path
