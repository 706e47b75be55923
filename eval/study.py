"""What the stages of the study share: where the data lies, results kept by the hash of what they were made from."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grooming_detect.errors import ProvenanceError
from grooming_detect.gold import labelled
from grooming_detect.provenance import checked_files, load_card

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from grooming_detect.gold import Labelled
    from grooming_detect.provenance import Card

HERE = Path(__file__).parent
PACKAGE = HERE.parent / "grooming_detect"
SPLITS = ("train", "validation", "test")
EXAM = "harbour"


@dataclass(frozen=True, slots=True)
class Part:
    """A dataset, or one split of it.

    Parameters
    ----------
    card : Card
        The dataset.
    path : Path
        Of the card.
    split : str or None
        One split, or all.
    """

    card: Card
    path: Path
    split: str | None = None

    def items(self) -> list[Labelled]:
        """Its conversations."""
        return list(labelled(self.card, self.split))

    def hashes(self) -> dict[str, str]:
        """SHA-256 by file; the files are checked."""
        return {f"{self.card.name} {file.path}": file.sha256 for file, _ in checked_files(self.card, self.split)}


def synthetic(folder: Path) -> dict[str, Part]:
    """The three splits: a folder with a card each, or one card that names all three.

    Raises
    ------
    ProvenanceError
        If there is no such card.
    """
    if (folder / "dataset.toml").is_file():
        card = load_card(folder)
        return {split: Part(card, folder / "dataset.toml", split) for split in SPLITS}
    return {split: Part(load_card(folder / split), folder / split / "dataset.toml") for split in SPLITS}


def consented(folder: Path, say: Callable[[str], None]) -> dict[str, Part]:
    """The consented corpora that are at hand, by name; those that are not are told and left out."""
    return {name: part for name, part in _at_hand(folder, say) if part.card.provenance == "consented"}


def exam(folder: Path, say: Callable[[str], None]) -> dict[str, Part]:
    """The validation set by another hand, if it is at hand."""
    return {name: part for name, part in _at_hand(folder, say) if name == EXAM}


def _at_hand(folder: Path, say: Callable[[str], None]) -> Iterable[tuple[str, Part]]:
    for path in sorted(folder.glob("*.toml")):
        part = Part(load_card(path), path)
        try:
            part.hashes()
        except ProvenanceError as error:
            say(f"left out: {error}")
        else:
            yield part.card.name, part


def code_hash(*paths: Path) -> str:
    """One hash over files, and over all that is in folders, that can change a result."""
    digest = hashlib.sha256()
    files = [file for path in paths for file in (sorted(path.rglob("*")) if path.is_dir() else [path])]
    for file in files:
        if file.suffix in {".py", ".toml", ".json"}:
            digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()


class Kept:
    """Results as JSON in a folder, each under the hash of its inputs: a stage that was done is not done again.

    Parameters
    ----------
    folder : Path
        Made on first use.
    say : callable
        Told what is done and what is taken from the folder.
    """

    def __init__(self, folder: Path, say: Callable[[str], None]) -> None:
        self.folder = folder
        self._say = say

    def stage(self, name: str, inputs: object, make: Callable[[], Any]) -> Any:  # noqa: ANN401  (JSON)
        """The result of a stage, made if need be.

        Parameters
        ----------
        name : str
            Of the stage; may stand in a file name.
        inputs : JSON-able
            All that the result depends on.
        make : callable
            Makes it, as JSON-able values.
        """
        key = hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()[:16]
        path = self.folder / f"{name}-{key}.json"
        if path.is_file():
            self._say(f"{name}: kept from an earlier run")
            return json.loads(path.read_text("utf-8"))
        self._say(f"{name} …")
        text = json.dumps(make(), sort_keys=True)
        self.folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_text(text, "utf-8")
        part.replace(path)
        return json.loads(text)
