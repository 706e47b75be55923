"""The provenance gate: only carded, synthetic or consented data is opened, and only if it is what its card says."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from grooming_detect import ProvenanceError
from grooming_detect.gold import labelled
from grooming_detect.provenance import checked_files, load_card

if TYPE_CHECKING:
    from pathlib import Path

CARD = """
[dataset]
name = "{name}"
provenance = "{provenance}"
basis = "made for a test"
contributors = ["nobody"]
licence = "Apache-2.0"
languages = ["en"]

[[files]]
path = "chats.jsonl"
sha256 = "{digest}"
split = "train"
"""
RECORD = {
    "conversation_id": "c1",
    "perpetrator": "a",
    "suite": "made up",
    "pair": "p1",
    "messages": [{"sender": "a", "text": "hello", "cues": []}, {"sender": "a", "text": "a line", "cues": ["secrecy"]}],
}


GOOD = (json.dumps(RECORD) + "\n").encode()


def dataset(
    folder: Path, *, name: str = "made up", provenance: str = "synthetic", digest: str | None = None, raw: bytes = GOOD
) -> Path:
    (folder / "chats.jsonl").write_bytes(raw)
    (folder / "dataset.toml").write_text(
        CARD.format(name=name, provenance=provenance, digest=digest or hashlib.sha256(raw).hexdigest()), "utf-8"
    )
    return folder


def test_carded_synthetic_data_is_read_with_its_gold(tmp_path: Path) -> None:
    (item,) = labelled(load_card(dataset(tmp_path)))
    assert (item.perpetrator, item.suite, item.cues, item.onset) == ("a", "made up", ((), ("secrecy",)), 1)
    assert item.group == "made up/p1"


def test_data_without_a_card_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProvenanceError, match="there is no card"):
        load_card(tmp_path)


def test_another_provenance_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProvenanceError, match="neither synthetic nor consented"):
        load_card(dataset(tmp_path, provenance="scraped"))


@pytest.mark.parametrize(
    "name",
    ["PAN-2012", "pan12 sexual predator task", "PANC", "Perverted-Justice logs", "ChatCoder2", "Discord dump", "pj_chats"],
)
def test_refused_names_are_refused_however_they_are_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(ProvenanceError, match="is refused"):
        load_card(dataset(tmp_path, name=name))


def test_a_file_that_is_not_what_the_card_says_is_not_opened(tmp_path: Path) -> None:
    card = load_card(dataset(tmp_path, digest="0" * 64))
    with pytest.raises(ProvenanceError, match="SHA-256 differs"):
        list(labelled(card))


def test_a_line_that_is_not_json_is_told_without_a_word_of_it(tmp_path: Path) -> None:
    card = load_card(dataset(tmp_path, raw=GOOD + b'{"messages": x "a private line"}\n'))
    with pytest.raises(ProvenanceError, match=r"made up:2: is not JSON at character \d+") as caught:
        list(labelled(card))
    assert caught.value.__context__ is None
    assert "private" not in repr(caught.value)


def test_a_missing_file_says_how_to_get_it(tmp_path: Path) -> None:
    card = load_card(dataset(tmp_path))
    (tmp_path / "chats.jsonl").unlink()
    with pytest.raises(ProvenanceError, match="get it"):
        list(checked_files(card))


def test_an_unknown_split_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProvenanceError, match="has no split “test”"):
        list(checked_files(load_card(dataset(tmp_path)), "test"))
