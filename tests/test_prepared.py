"""What is kept for the next start: it gives the same reports, and what is wrong with it changes nothing but the time."""

from __future__ import annotations

import os
from types import MappingProxyType
from typing import TYPE_CHECKING

import orjson
import pytest
from hypothesis import given
from support import CUE_LINES, DATA, PACK, chat, conversations, shipping

from grooming_detect import Detector, ModelError, Weights, cache, prepared
from grooming_detect.finders.cues import CueFinder, CueMemory
from grooming_detect.finders.tables import CueTable, cue_table
from grooming_detect.weights import WordTable

if TYPE_CHECKING:
    from pathlib import Path

WORDS = WordTable(
    base=-2.0,
    weights=MappingProxyType({"send": 3.0, "secret": 2.0, "send me": 1.0, "weather": -2.0}),
    letters=MappingProxyType({" pi": 1.0, "tell": 0.5}),
    families=MappingProxyType({"secrecy": {"secret": 1.0}, "photo_request": {"send": 1.0}}),
    family_letters=MappingProxyType({"secrecy": {"ecr": 1.0}}),
    strong=1.0,
    agree=1.0,
)
ALIKE = WordTable(base=0.5, apart=MappingProxyType({"send pic": -1.0}), letters=MappingProxyType({" ok": -1.0}))
MODEL = Weights("kept 1", -2.0, MappingProxyType({"cue:secrecy.hide-from-carers": 2.0}), 0.4, 0.8, words=WORDS, alike=ALIKE)
TABLE = cue_table([PACK], WORDS, None, ALIKE)
TAKEN_UP = CueTable.from_plain(orjson.loads(orjson.dumps(TABLE.as_plain())))
BOTH = CueFinder(TABLE), CueFinder(TAKEN_UP)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for the cache; small files are worth keeping here, and nothing stays in memory."""
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setattr(cache, "_SMALLEST", 0)
    monkeypatch.setattr(prepared, "_READY", {})
    shipping(monkeypatch, DATA / "small.toml")
    MODEL.write(tmp_path / "weights.json")
    return tmp_path / "cache"


def loaded(kept: Path) -> Detector:
    """A detector as a new process would load it."""
    prepared._READY.clear()
    return Detector.load(kept.parent)


def reports(detector: Detector) -> list[object]:
    return [detector.assess(chat(line, "b: ok", line)) for line in CUE_LINES]


@given(conversations)
def test_a_table_from_json_finds_the_same(conversation: object) -> None:
    ours, theirs = CueMemory(), CueMemory()
    for index, message in enumerate(conversation.messages):  # type: ignore[attr-defined]
        assert BOTH[0].see(ours, index, message) == BOTH[1].see(theirs, index, message)


def test_a_table_from_json_is_the_same() -> None:
    assert orjson.dumps(TAKEN_UP.as_plain()) == orjson.dumps(TABLE.as_plain())
    assert TAKEN_UP.cues == TABLE.cues
    assert TAKEN_UP.lexicon.known == TABLE.lexicon.known


def test_second_start_reads_no_pack_and_reports_the_same(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = loaded(kept)
    monkeypatch.setattr(prepared, "load_pack", None)
    second = loaded(kept)
    assert second._cues is not first._cues
    assert reports(second) == reports(first) == reports(Detector(weights=MODEL))
    assert second.fingerprint == first.fingerprint == Detector(weights=MODEL).fingerprint
    assert second.suggested == first.suggested
    assert second.rules == first.rules
    assert second.model == "kept 1"


def test_packs_and_weights_are_read_when_asked_for(kept: Path) -> None:
    loaded(kept)
    detector = loaded(kept)
    assert detector.packs == (PACK,)
    assert detector.weights == MODEL


def test_what_is_kept_holds_no_wording_that_was_assessed(kept: Path) -> None:
    loaded(kept).assess(chat("zebrastripes send me a pic"))
    (file,) = kept.glob("*")
    assert b"zebrastripes" not in file.read_bytes()


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"{}", b"null", b'{"model": 1}', b"\xff"])
def test_damaged_file_is_made_anew(kept: Path, damage: bytes) -> None:
    first = reports(loaded(kept))
    (file,) = kept.glob("*")
    whole = file.read_bytes()
    file.write_bytes(damage)
    assert reports(loaded(kept)) == first
    assert file.read_bytes() == whole


def test_another_model_or_pack_is_another_file(kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded(kept)
    Weights("kept 2", -1.0, MODEL.weights, 0.4, 0.8).write(tmp_path / "weights.json")
    assert loaded(kept).model == "kept 2"
    changed = tmp_path / "changed.toml"
    changed.write_text((DATA / "small.toml").read_text("utf-8") + "\n# changed\n", "utf-8")
    shipping(monkeypatch, changed)
    loaded(kept)
    assert len(list(kept.glob("*.json"))) == 3


def test_a_model_for_other_packs_is_refused_each_time(kept: Path, tmp_path: Path) -> None:
    packs = MappingProxyType({"en-test": "0" * 64})
    Weights("kept 3", -2.0, MODEL.weights, 0.4, 0.8, packs=packs).write(tmp_path / "weights.json")
    for _ in range(2):
        with pytest.raises(ModelError, match="another version"):
            loaded(kept)
    assert not list(kept.glob("*"))


def test_least_recently_used_files_go(kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_MOST", 2)
    for number in range(3):
        Weights(f"kept {number}", -2.0, MODEL.weights, 0.4, 0.8).write(tmp_path / "weights.json")
        loaded(kept)
        if number == 0:
            (kept / "grooming_detect-0.1.part").write_bytes(b"left by a process that was killed")
            (kept / "mine.json").write_text("{}")
        for age, file in enumerate(sorted(kept.glob("grooming*"), key=lambda file: file.stat().st_mtime)):
            os.utime(file, (age, age))
    names = {orjson.loads(file.read_bytes())["model"]["name"] for file in kept.glob("grooming*")}
    assert names == {"kept 1", "kept 2"}
    assert (kept / "mine.json").exists()


def test_nothing_is_kept_where_it_cannot_or_must_not_be(kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = reports(loaded(kept))
    (tmp_path / "file").write_text("")
    for place in ("", str(tmp_path / "file")):
        monkeypatch.setenv(cache.VARIABLE, place)
        assert reports(loaded(kept)) == wanted
    assert (tmp_path / "file").read_text() == ""
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "other"))
    monkeypatch.setattr(cache, "_SMALLEST", 1 << 20)  # what is small is soon made
    loaded(kept)
    assert not (tmp_path / "other").exists()


def test_users_own_folder_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(cache.VARIABLE)
    assert "grooming_detect" in str(cache._folder())
