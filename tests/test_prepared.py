"""What is kept for the next start: it gives the same reports, and what is wrong with it changes nothing but the time."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import orjson
import pytest
from hypothesis import given
from support import CUE_LINES, DATA, PACK, chat, conversations, shipping

from grooming_detect import Detector, ModelError, PackError, Weights, cache, prepared
from grooming_detect.finders.cues import CueFinder, CueMemory
from grooming_detect.finders.tables import CueTable, cue_table
from grooming_detect.packs import load_pack
from grooming_detect.weights import WordTable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from grooming_detect.packs import Pack

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
MODEL_ALONE = Weights("kept 1", -2.0, MappingProxyType({"cue:secrecy.hide-from-carers": 2.0}), 0.4, 0.8)
MODEL = replace(MODEL_ALONE, words=WORDS, alike=ALIKE)
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
    assert second.model == first.model
    assert second.languages == ("en-test",)


def test_packs_and_weights_are_read_when_asked_for(kept: Path) -> None:
    loaded(kept)
    detector = loaded(kept)
    assert detector.packs == (PACK,)
    assert detector.weights == MODEL


def test_changed_packs_and_weights_are_not_taken_for_those_that_score(
    kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded(kept)
    detector = loaded(kept)
    Weights("kept 2", -1.0, MODEL.weights, 0.4, 0.8).write(tmp_path / "weights.json")
    changed = tmp_path / "changed.toml"
    changed.write_text((DATA / "small.toml").read_text("utf-8") + "\n# changed\n", "utf-8")
    shipping(monkeypatch, changed)
    with pytest.raises(ModelError, match="has changed"):
        _ = detector.weights
    with pytest.raises(PackError, match="have changed"):
        _ = detector.packs
    assert detector.model.name == "kept 1"


def test_a_relative_folder_is_the_one_that_was_meant(kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b"):
        (tmp_path / name / "m").mkdir(parents=True)
        replace(MODEL, name=name).write(tmp_path / name / "m" / "weights.json")
        os.utime(tmp_path / name / "m" / "weights.json", (1, 1))
    found = []
    for name in ("a", "b"):
        monkeypatch.chdir(tmp_path / name)
        found.append(Detector.load("m"))
    assert [detector.model.name for detector in found] == ["a", "b"]
    assert found[0].weights.name == "a"
    assert kept.exists()


def test_assessing_and_watching_write_nothing(kept: Path) -> None:
    detector = loaded(kept)
    before = {file.name: file.read_bytes() for file in kept.glob("*")}
    assert before
    detector.assess(chat("send me a pic"))
    detector.watch().add("c", chat("send me a pic").messages[0])
    assert {file.name: file.read_bytes() for file in kept.glob("*")} == before


def test_sources_that_changed_meanwhile_are_not_kept(kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def load_and_change(path: Path) -> Pack:
        replace(MODEL, name="other").write(tmp_path / "weights.json")
        return load_pack(path)

    monkeypatch.setattr(prepared, "load_pack", load_and_change)
    assert loaded(kept).model.name == "kept 1"
    assert not kept.exists()


def test_a_file_that_cannot_be_touched_is_used(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    loaded(kept)
    (file,) = kept.glob("*")
    umask = os.umask(0)
    os.umask(umask)
    assert file.stat().st_mode & 0o777 == 0o666 & ~umask  # where others may read what the user writes, they may read this
    monkeypatch.setattr(cache.os, "utime", refuse)
    monkeypatch.setattr(prepared, "load_pack", None)
    assert loaded(kept).model == MODEL_ALONE


def test_a_subclass_is_made_whole(kept: Path) -> None:
    class Mine(Detector):
        def __init__(self, packs: Iterable[Pack | str | Path] = (), weights: Weights | Path | None = None) -> None:
            super().__init__(packs, weights)
            self.mine = True

    for packs in ((), (PACK,)):
        assert Mine.load(kept.parent, packs).mine  # type: ignore[attr-defined]


def test_detectors_of_one_file_share_what_is_made_of_it(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert loaded(kept)._cues is Detector.load(kept.parent)._cues
    shipping(monkeypatch)
    assert Detector.load(kept.parent, [PACK])._cues is Detector.load(kept.parent, [PACK])._cues


@pytest.mark.usefixtures("kept")
def test_detectors_of_the_same_packs_share_what_is_made_of_them() -> None:
    one, same = (Detector([PACK], shipped=()) for _ in range(2))
    for_others = Detector([PACK], replace(one.weights, packs={"fr": "0" * 64}), shipped=())
    assert one._cues is same._cues
    assert one._cues is not for_others._cues  # whose words doubt no rule of a pack that they were not made with


def test_threads_load_different_models_at_once(tmp_path: Path) -> None:
    for name in "abcdef":
        (tmp_path / name).mkdir()
        replace(MODEL, name=name).write(tmp_path / name / "weights.json")
    with ThreadPoolExecutor(8) as pool:
        names = [*"abcdef"] * 4
        assert [detector.model.name for detector in pool.map(Detector.load, [tmp_path / name for name in names])] == names


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
    assert loaded(kept).model.name == "kept 2"
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
            (kept / ".grooming_detect-1.part").write_bytes(b"left by a process that was killed")
            os.utime(kept / ".grooming_detect-1.part", (1, 1))
            (kept / "mine.json").write_text("{}")
        for age, file in enumerate(sorted(kept.glob("grooming*json"), key=lambda file: file.stat().st_mtime)):
            os.utime(file, (age, age))
    names = {orjson.loads(file.read_bytes())["model"]["name"] for file in kept.glob("grooming*")}
    assert names == {"kept 1", "kept 2"}
    assert not (kept / ".grooming_detect-1.part").exists()
    assert (kept / "mine.json").exists()


def test_nothing_is_kept_where_it_cannot_or_must_not_be(kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = reports(loaded(kept))
    (tmp_path / "file").write_text("")
    for place in ("", str(tmp_path / "file")):
        monkeypatch.setenv(cache.VARIABLE, place)
        monkeypatch.chdir(tmp_path)
        before = sorted(tmp_path.iterdir())
        assert reports(loaded(kept)) == wanted
        assert sorted(tmp_path.iterdir()) == before
    assert (tmp_path / "file").read_text() == ""
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "other"))
    monkeypatch.setattr(cache, "_SMALLEST", 1 << 20)  # what is small is soon made
    loaded(kept)
    assert not (tmp_path / "other").exists()


def test_users_own_folder_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(cache.VARIABLE)
    assert "grooming_detect" in str(cache._folder())
