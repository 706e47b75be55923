"""Labelled conversations: what training and evaluation read, always through the provenance gate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grooming_detect.chat import Conversation
from grooming_detect.errors import ProvenanceError, RecordError
from grooming_detect.provenance import checked_files
from grooming_detect.readers import jsonl, parquet
from grooming_detect.readers._records import conversation_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from grooming_detect.provenance import Card


@dataclass(frozen=True, slots=True)
class Labelled:
    """A conversation and what is known of it.

    Parameters
    ----------
    conversation : Conversation
        As the detector sees it.
    perpetrator : str or None
        The risky sender, if there is one. Every other sender is ordinary.
    suite : str
        The kind of risky or ordinary talk.
    language : str
        ISO 639 code, or empty.
    cues : tuple of tuple of str
        Gold cue families of each message.
    dataset : str
        Name of the dataset.
    group : str
        What must not be parted by a split: a synthetic pair, else the conversation.
    alike : tuple of bool
        Whether each message is known to sound like a cue without being one.
    """

    conversation: Conversation
    perpetrator: str | None
    suite: str
    language: str
    cues: tuple[tuple[str, ...], ...]
    dataset: str
    group: str
    alike: tuple[bool, ...] = ()

    @property
    def onset(self) -> int | None:
        """Index of the first message that holds a gold cue."""
        return next((n for n, families in enumerate(self.cues) if families), None)


def labelled(card: Card, split: str | None = None) -> Iterator[Labelled]:
    """The labelled conversations of a dataset (or of one split); records without a label are ordinary.

    Raises
    ------
    ProvenanceError
        If the gate refuses the data, or a record is bad: what is measured must be whole.
    """
    for item, _ in records(card, split):
        yield item


def records(card: Card, split: str | None = None) -> Iterator[tuple[Labelled, dict[str, Any]]]:
    """The same, each with its record as it stands in the file: JSON Lines, or Parquet with a conversation a row.

    Raises
    ------
    ProvenanceError
        As `labelled` does.
    MissingExtraError
        If the file is Parquet, and `pyarrow` is not installed.
    """
    for _, path in checked_files(card, split):
        for place, record in _raw(path, card.name):
            if isinstance(record, RecordError):
                raise ProvenanceError(place, record.problem, "mend the dataset and its card")
            for item in conversation_of(record, place):
                if not isinstance(item, Conversation):
                    raise ProvenanceError(item.place, item.problem, "mend the dataset and its card")
                yield _labelled(item, record, card), record


def _raw(path: Path, name: str) -> Iterator[tuple[str, dict[str, Any] | RecordError]]:
    """The records of a file, each with its place."""
    with path.open("rb") as stream:
        reader = parquet if path.name.endswith(parquet.SUFFIXES) else jsonl
        yield from reader.records(stream, name)


def _labelled(conversation: Conversation, record: dict[str, Any], card: Card) -> Labelled:
    perpetrator = record.get("perpetrator")
    if perpetrator is not None and all(message.sender != perpetrator for message in conversation.messages):
        place, hint = f"{card.name} {conversation.conversation_id}", "name one who wrote a message, or null"
        raise ProvenanceError(place, "the perpetrator wrote nothing", hint)
    return Labelled(
        conversation,
        perpetrator,
        str(record.get("suite") or record.get("category") or record.get("dataset") or card.name),
        str(record.get("language") or _language(conversation.conversation_id, card)),
        tuple(tuple(message.get("cues") or ()) for message in record["messages"]),
        card.name,
        f"{card.name}/{record.get('pair') or conversation.conversation_id}",
        tuple(bool(message.get("resembles")) for message in record["messages"]),
    )


def _language(conversation_id: str, card: Card) -> str:
    """The dataset's only language, or that which a part of the id names, as in ``chats-fr-12``."""
    named = card.languages if len(card.languages) == 1 else [p for p in conversation_id.split("-") if p in card.languages]
    return named[0] if named else ""
