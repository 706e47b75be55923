"""The catalogue of corpora: what there is, under which licence, where to get it; each is opened through `datasets`.

    python eval/data_catalogue.py            # the tables

    from data_catalogue import open_corpus   # with eval/ on the path
    for row in open_corpus("casino_en"):
        ...

A corpus passes the provenance gate before a line of it is read. All come in the columns of `features`, those of the benchmark,
so that they can be put together. Nothing is downloaded, and no corpus is copied.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from grooming_detect.errors import GroomingDetectError, MissingExtraError, ProvenanceError
from grooming_detect.gold import records
from grooming_detect.provenance import DATA_VARIABLE, checked_files, load_card

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grooming_detect.gold import Labelled
    from grooming_detect.provenance import Card

CORPORA = Path(__file__).parent / "corpora"
LABELS = ("ordinary", "risky")
_OFFLINE = ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE")


@cache
def _scratch() -> TemporaryDirectory[str]:
    """Where `datasets` puts its lock files; it goes with the process."""
    return TemporaryDirectory(prefix="grooming-detect-")


def library() -> Any:  # noqa: ANN401  (the package is optional)
    """The package `datasets`, offline, and with a cache that goes with the process.

    Whoever wants it otherwise sets ``HF_HUB_OFFLINE``, ``HF_DATASETS_OFFLINE`` or ``HF_DATASETS_CACHE``, or imports it before.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    """
    if "datasets" not in sys.modules:
        for name in _OFFLINE:
            os.environ.setdefault(name, "1")
        if "HF_DATASETS_CACHE" not in os.environ:
            os.environ["HF_DATASETS_CACHE"] = _scratch().name
    try:
        import datasets  # noqa: PLC0415  (an optional package, and only after the settings above)
    except ImportError as error:
        raise MissingExtraError("Corpora", "need the package datasets", "pip install 'grooming_detect[eval]'") from error
    return datasets


def features() -> Any:  # noqa: ANN401  (the package is optional)
    """The columns of every corpus and of the benchmark, as `datasets.Features`."""
    library()
    from datasets import ClassLabel, Features, Value  # noqa: PLC0415  (an optional package)

    text, place = Value("string"), Value("int32")
    message = {
        "id": text,
        "sender": text,
        "text": text,
        "timestamp": text,  # ISO 8601 with its zone
        "cues": [text],
        "injected": Value("bool"),
        "spans": [[place]],
    }
    return Features(
        {
            **dict.fromkeys(("conversation_id", "pair", "language", "scenario", "suite"), text),
            "label": ClassLabel(names=list(LABELS)),
            "perpetrator": text,
            "onset": place,
            "participants": [{"id": text, "age": Value("float32")}],
            "messages": [message],
        }
    )


def cards() -> dict[str, Card]:
    """Every card of `corpora/` by the name of its corpus.

    Raises
    ------
    ProvenanceError
        If the gate refuses one.
    """
    return {card.name: card for card in map(load_card, sorted(CORPORA.glob("*.toml")))}


def open_corpus(name: str | Path, *, split: str | None = None, streaming: bool = True) -> Any:  # noqa: ANN401  (optional package)
    """A corpus in the columns of `features`, once the gate has found its files to be what its card says.

    Parameters
    ----------
    name : str or Path
        Name of a corpus of the catalogue; or a card, or the folder of one, such as ``eval/data/benchmark``.
    split : str, optional
        One split alone.
    streaming : bool
        A `datasets.IterableDataset` that reads a few conversations at a time; else a `datasets.Dataset` in memory.

    Raises
    ------
    ProvenanceError
        If there is no such corpus, it is not here (the message says where to get it), or the gate refuses it.
    MissingExtraError
        If `datasets` is not installed.

    Examples
    --------
    >>> open_corpus("diaries")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    grooming_detect.errors.ProvenanceError: diaries: is not in the catalogue (there are: casino_en, ...)
    """
    card = _card(name)
    for _ in checked_files(card, split):
        pass
    library()
    from datasets import Dataset, IterableDataset  # noqa: PLC0415  (an optional package)

    if streaming:
        return IterableDataset.from_generator(_rows, features=features(), gen_kwargs={"card": card, "split": split})
    return Dataset.from_list(list(_rows(card, split)), features=features())


def _card(name: str | Path) -> Card:
    if isinstance(name, Path) or len(Path(name).parts) > 1:
        return load_card(name)
    known = cards()
    if name not in known:
        raise ProvenanceError(name, "is not in the catalogue", "there are: " + ", ".join(known))
    return known[name]


def _rows(card: Card, split: str | None) -> Iterator[dict[str, Any]]:
    for item, record in records(card, split):
        yield _row(item, record)


def _row(item: Labelled, record: dict[str, Any]) -> dict[str, Any]:
    """A conversation in the columns of `features`; what a corpus does not have is empty."""
    chat = item.conversation
    return {
        "conversation_id": chat.conversation_id,
        "pair": str(record.get("pair") or chat.conversation_id),
        "language": item.language,
        "scenario": record.get("scenario"),
        "suite": item.suite,
        "label": int(item.perpetrator is not None),
        "perpetrator": item.perpetrator,
        "onset": item.onset,
        "participants": [{"id": person.id, "age": person.age} for person in chat.participants],
        "messages": [
            {
                "id": message.message_id,
                "sender": message.sender,
                "text": message.text,
                "timestamp": message.timestamp and message.timestamp.isoformat(),
                "cues": list(cues),
                "injected": bool(gold.get("injected")),
                "spans": gold.get("spans") or [],
            }
            for message, cues, gold in zip(chat.messages, item.cues, record["messages"], strict=True)
        ],
    }


def state(card: Card) -> str:
    """Whether the files of a corpus are here: "here", "missing", or "other files" than the card describes."""
    try:
        for _ in checked_files(card):
            pass
    except ProvenanceError as error:
        return "missing" if error.problem == "is not there" else "other files"
    return "here"


def tables() -> tuple[Table, Table]:
    """The catalogue, a corpus a row; and where to get each."""
    found, sources = (Table(box=None, pad_edge=False, header_style="bold") for _ in range(2))
    for name in ("name", "provenance", "licence", "languages"):
        found.add_column(name, overflow="fold", no_wrap=name == "name")
    found.add_column("conversations", justify="right", no_wrap=True)
    found.add_column("files", no_wrap=True)
    sources.add_column("name", overflow="fold")
    sources.add_column("where to get it", overflow="fold")
    for card in cards().values():
        count = f"{card.conversations:,}" if card.conversations else "?"
        found.add_row(card.name, card.provenance, card.licence, " ".join(card.languages), count, state(card))
        sources.add_row(card.name, card.source or "ask its contributors")
    return found, sources


def main() -> int:
    """Print the tables."""
    try:
        found, sources = tables()
    except GroomingDetectError as error:
        print(error, file=sys.stderr)
        return 2
    note = f"“here” is beside the card, or in the folder {DATA_VARIABLE}."
    Console(highlight=False).print(found, "", sources, "", note, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
