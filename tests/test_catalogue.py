"""The catalogue: every corpus in the same columns, through the gate, offline, and told where to get it if it is not here."""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from support import ROOT

from grooming_detect import MissingExtraError, ProvenanceError
from grooming_detect.provenance import load_card

if importlib.util.find_spec("datasets") is None:
    pytest.skip("the package datasets is not installed: pip install 'grooming_detect[eval]'", allow_module_level=True)

sys.path.insert(0, str(ROOT / "eval"))

import data_catalogue as catalogue  # type: ignore[import-not-found]

if TYPE_CHECKING:
    from pathlib import Path

CARD = """
[dataset]
name = "{name}"
provenance = "{provenance}"
basis = "made for a test"
contributors = ["nobody"]
licence = "Apache-2.0"
languages = ["en", "fr"]
obtain = "github: nobody/made-up"
hub = "nobody/made-up"
conversations = 2

[[files]]
path = "{name}.jsonl.gz"
sha256 = "{digest}"
split = "ordinary"
"""
RECORDS = (
    {"conversation_id": "made-fr-1", "dataset": "x", "messages": [{"sender": "a", "text": "salut", "timestamp": None}]},
    {
        "conversation_id": "made-en-2",
        "language": "en",
        "label": 1,
        "perpetrator": "b",
        "category": "made up kind",
        "participants": [{"id": "a", "age": 12.5}, {"id": "b"}],
        "messages": [
            {"id": "m1", "sender": "a", "text": "hi", "timestamp": "2025-05-01T18:30:00"},
            {"id": "m2", "sender": "b", "text": "keep it secret", "cues": ["secrecy"]},
        ],
    },
)
EMPTY = {"cues": [], "injected": False, "spans": []}
ROWS = [
    {
        "conversation_id": "made-fr-1",
        "pair": "made-fr-1",
        "language": "fr",
        "scenario": None,
        "suite": "x",
        "label": 0,
        "perpetrator": None,
        "onset": None,
        "participants": [],
        "messages": [{"id": None, "sender": "a", "text": "salut", "timestamp": None, **EMPTY}],
    },
    {
        "conversation_id": "made-en-2",
        "pair": "made-en-2",
        "language": "en",
        "scenario": None,
        "suite": "made up kind",
        "label": 1,
        "perpetrator": "b",
        "onset": 1,
        "participants": [{"id": "a", "age": 12.5}, {"id": "b", "age": None}],
        "messages": [
            {"id": "m1", "sender": "a", "text": "hi", "timestamp": "2025-05-01T18:30:00+00:00", **EMPTY},
            {"id": "m2", "sender": "b", "text": "keep it secret", "timestamp": None, **EMPTY, "cues": ["secrecy"]},
        ],
    },
]


def corpus(folder: Path, name: str = "made_up", provenance: str = "consented", digest: str = "") -> Path:
    raw = gzip.compress("".join(json.dumps(record) + "\n" for record in RECORDS).encode())
    (folder / f"{name}.jsonl.gz").write_bytes(raw)
    text = CARD.format(name=name, provenance=provenance, digest=digest or hashlib.sha256(raw).hexdigest())
    (folder / f"{name}.toml").write_text(text, "utf-8")
    return folder / f"{name}.toml"


@pytest.fixture(autouse=True)
def made_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A catalogue of one corpus, and no others at hand."""
    corpus(tmp_path)
    monkeypatch.setattr(catalogue, "CORPORA", tmp_path)
    monkeypatch.delenv("GROOMING_DETECT_DATA", raising=False)


def test_a_corpus_is_streamed_in_the_declared_columns() -> None:
    opened = catalogue.open_corpus("made_up")
    assert type(opened).__name__ == "IterableDataset"
    assert opened.features == catalogue.features()
    assert list(opened) == list(opened) == ROWS


def test_a_corpus_in_memory_is_the_same() -> None:
    opened = catalogue.open_corpus("made_up", split="ordinary", streaming=False)
    assert opened.features == catalogue.features()
    assert opened.column_names == list(catalogue.features())
    assert list(opened) == ROWS


def test_a_card_may_be_named_by_its_path(tmp_path: Path) -> None:
    other = tmp_path / "else"
    other.mkdir()
    path = corpus(other, "another")
    assert list(catalogue.open_corpus(path)) == list(catalogue.open_corpus(str(path))) == ROWS


def test_a_missing_corpus_says_where_to_get_it(tmp_path: Path) -> None:
    (tmp_path / "made_up.jsonl.gz").unlink()
    with pytest.raises(ProvenanceError) as caught:
        catalogue.open_corpus("made_up")
    assert str(caught.value) == (
        "made_up made_up.jsonl.gz: is not there (get it (Hugging Face hub: nobody/made-up; github: nobody/made-up) "
        "and put it there, or set GROOMING_DETECT_DATA)"
    )


def test_an_unknown_name_is_told_with_those_that_are_known() -> None:
    with pytest.raises(ProvenanceError) as caught:
        catalogue.open_corpus("diaries")
    assert str(caught.value) == "diaries: is not in the catalogue (there are: made_up)"


def test_what_the_gate_refuses_is_not_opened(tmp_path: Path) -> None:
    with pytest.raises(ProvenanceError, match="has no split “test”"):
        catalogue.open_corpus("made_up", split="test")
    corpus(tmp_path, digest="0" * 64)
    with pytest.raises(ProvenanceError, match="SHA-256 differs"):
        catalogue.open_corpus("made_up")
    corpus(tmp_path, provenance="scraped")
    with pytest.raises(ProvenanceError, match="neither synthetic nor consented"):
        catalogue.open_corpus("made_up")


def test_a_file_that_changes_while_it_is_open_is_refused(tmp_path: Path) -> None:
    opened = catalogue.open_corpus("made_up")
    (tmp_path / "made_up.jsonl.gz").write_bytes(b"other")
    with pytest.raises(ProvenanceError, match="SHA-256 differs"):
        list(opened)


def test_the_tables_say_what_is_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    corpus(tmp_path, "changed", digest="0" * 64)
    corpus(tmp_path, "gone")
    (tmp_path / "gone.jsonl.gz").unlink()
    assert catalogue.main() == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "changed consented Apache-2.0 en fr 2 other files" in lines
    assert "gone consented Apache-2.0 en fr 2 missing" in lines
    assert "made_up consented Apache-2.0 en fr 2 here" in lines
    assert "gone Hugging Face hub: nobody/made-up; github: nobody/made-up" in lines


def test_a_refused_card_ends_the_listing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    corpus(tmp_path, provenance="scraped")
    assert catalogue.main() == 2
    assert "neither synthetic nor consented" in capsys.readouterr().err


def test_a_missing_package_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(MissingExtraError) as caught:
        catalogue.open_corpus("made_up")
    assert str(caught.value) == "Corpora: need the package datasets (pip install 'grooming_detect[eval]')"


def test_nothing_is_fetched_and_nothing_left_behind(tmp_path: Path) -> None:
    home, scratch = tmp_path / "home", tmp_path / "scratch"
    home.mkdir()
    scratch.mkdir()
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT / 'eval')!r})\n"
        "import socket\n"
        "def refuse(*_, **__): raise AssertionError('network')\n"
        "socket.getaddrinfo = socket.socket.connect = refuse\n"
        f"import data_catalogue; rows = list(data_catalogue.open_corpus({str(tmp_path / 'made_up.toml')!r}))\n"
        "import os; print(len(rows), os.environ['HF_HUB_OFFLINE'], os.environ['HF_DATASETS_OFFLINE'])\n"
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "XDG_"))}
    environment = {**kept, "HOME": str(home), "TMPDIR": str(scratch), "HF_HUB_OFFLINE": "0"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout == "2 0 1\n"
    assert [*home.rglob("*"), *scratch.rglob("*")] == []


def test_a_card_may_give_a_name_on_the_hub(tmp_path: Path) -> None:
    card = load_card(tmp_path / "made_up.toml")
    assert (card.hub, card.conversations) == ("nobody/made-up", 2)
    text = (tmp_path / "made_up.toml").read_text("utf-8")
    (tmp_path / "made_up.toml").write_text(text.replace('hub = "nobody/made-up"\nconversations = 2\n', ""), "utf-8")
    card = load_card(tmp_path / "made_up.toml")
    assert (card.hub, card.conversations, card.source) == ("", 0, "github: nobody/made-up")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('hub = "nobody/made-up"', 'hub = "made-up"', "hub is no name of the Hugging Face hub"),
        ('hub = "nobody/made-up"', 'hub = "https://example.com/nobody/made-up"', "hub is no name of the Hugging Face hub"),
        ('hub = "nobody/made-up"', 'hub = ""', "hub is no name of the Hugging Face hub"),
        ('hub = "nobody/made-up"', "hub = 7", "hub is no name of the Hugging Face hub"),
        ('hub = "nobody/made-up"', 'hub = "nobody/pan12"', "this dataset is refused"),
        ("conversations = 2", 'conversations = "many"', "conversations is no number"),
        ("conversations = 2", "conversations = true", "conversations is no number"),
    ],
)
def test_what_a_card_may_leave_out_it_may_not_get_wrong(tmp_path: Path, old: str, new: str, problem: str) -> None:
    path = tmp_path / "made_up.toml"
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    with pytest.raises(ProvenanceError) as caught:
        load_card(path)
    assert caught.value.problem == problem


@pytest.mark.parametrize("path", sorted((ROOT / "eval" / "corpora").glob("*.toml")), ids=lambda path: path.stem)
def test_every_card_says_what_it_is_and_where_to_get_it(path: Path) -> None:
    card = load_card(path)
    assert (card.name, card.splits != ()) == (path.stem, True)
    assert card.conversations > 0
    assert card.source
