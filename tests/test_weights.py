"""Model files: the same bytes for the same model, whole or refused, and only for the packs that they were made for."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import PACK

from grooming_detect import ModelError, Weights
from grooming_detect.weights import WordTable

if TYPE_CHECKING:
    from pathlib import Path

WEIGHTS = Weights(
    name="m 1",
    base=-4.25,
    weights=MappingProxyType({"cue:secrecy.x": 1.6, "word:ünï": -0.1, "habit:pace": 1e-17}),
    review=0.15,
    high=0.6,
    packs=MappingProxyType({PACK.language: PACK.sha256}),
    source=MappingProxyType({"data": "none"}),
)


WORDS: dict[str, Any] = {"base": 0.0, "hint": 1.0, "strong": 2.0, "weights": {}, "families": {}}


def read_back(table: object, folder: Path) -> Weights:
    path = folder / "weights.json"
    path.write_text(table if isinstance(table, str) else json.dumps(table), "utf-8")
    return Weights.read(path)


def as_table(**changes: object) -> dict[str, Any]:
    table = {"name": "m 1", "base": -4.0, "review": 0.1, "high": 0.5, "packs": {}, "source": {}, "weights": {"a": 1.0}}
    return {**table, **changes}


def test_learned_words_come_back_as_they_were_written(tmp_path: Path) -> None:
    words = WordTable(
        base=-1.0,
        weights=MappingProxyType({"send it": 0.1}),
        apart=MappingProxyType({"send it": 0.3}),
        letters=MappingProxyType({" it": 0.2}),
        families=MappingProxyType({"secrecy": MappingProxyType({"it": 1e-9})}),
        family_letters=MappingProxyType({"secrecy": MappingProxyType({"t ": 0.5})}),
        hint=1.0,
        strong=2.0,
    )
    replace(WEIGHTS, words=words).write(tmp_path / "w.json")
    assert Weights.read(tmp_path / "w.json").words == words


def test_model_comes_back_as_it_was_written(tmp_path: Path) -> None:
    WEIGHTS.write(tmp_path / "w.json")
    assert Weights.read(tmp_path / "w.json") == WEIGHTS


@given(
    st.dictionaries(st.text(max_size=20).filter(str.isprintable), st.floats(allow_nan=False, allow_infinity=False), max_size=20)
)
def test_every_weight_comes_back_exactly(tmp_path_factory: pytest.TempPathFactory, table: dict[str, float]) -> None:
    path = tmp_path_factory.mktemp("w") / "w.json"
    replace(WEIGHTS, weights=table).write(path)
    assert dict(Weights.read(path).weights) == table


def test_order_of_the_table_does_not_change_the_bytes(tmp_path: Path) -> None:
    turned = replace(WEIGHTS, weights=dict(reversed(WEIGHTS.weights.items())))
    WEIGHTS.write(tmp_path / "a")
    turned.write(tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_file_has_one_weight_a_line_by_sorted_label(tmp_path: Path) -> None:
    WEIGHTS.write(tmp_path / "w.json")
    lines = (tmp_path / "w.json").read_text("utf-8").splitlines()
    at = lines.index(' "weights": {')
    assert lines[at + 1 : at + 4] == ['  "cue:secrecy.x": 1.6,', '  "habit:pace": 1e-17,', '  "word:ünï": -0.1']


@pytest.mark.parametrize(
    "table",
    [
        "",
        "{",
        "[]",
        "null",
        "5",
        "\ud7ff",
        as_table(weights=None),
        as_table(weights=[1]),
        as_table(weights={"a": "x"}),
        as_table(weights={"a": None}),
        as_table(weights={"a": float("nan")}),
        as_table(weights={"a": float("inf")}),
        as_table(base=float("-inf")),
        as_table(base=None),
        as_table(review="often"),
        as_table(packs=[]),
        as_table(source="x"),
        as_table(unseen={"talk": [1, 2]}),
        as_table(unseen=["talk"]),
        *(
            {key: value for key, value in as_table().items() if key != left_out}
            for left_out in ("name", "base", "review", "high", "weights")
        ),
        as_table(words=[]),
        as_table(words={"base": 0.0}),
        as_table(words={**WORDS, "weights": {"a": float("nan")}}),
        as_table(words={**WORDS, "base": float("inf")}),
        as_table(words={**WORDS, "families": {"secrecy": {"a": float("-inf")}}}),
        "[" * 100_000,
    ],
    ids=range(30),
)
def test_damaged_file_is_a_model_error(table: object, tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        read_back(table, tmp_path)
    assert str(caught.value) == f"{tmp_path / 'weights.json'}: is no model file (use the file as it was made, or train again)"


def test_file_that_is_no_utf8_is_a_model_error(tmp_path: Path) -> None:
    (tmp_path / "w.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ModelError, match="is no model file"):
        Weights.read(tmp_path / "w.json")


@pytest.mark.parametrize("name", ["missing.json", ""])
def test_missing_file_is_a_model_error(name: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        Weights.read(tmp_path / name)
    assert str(caught.value) == f"{tmp_path / name}: cannot be read (name the folder of a model, or train one)"


def test_table_without_packs_and_source_is_read(tmp_path: Path) -> None:
    table = {key: value for key, value in as_table().items() if key not in {"packs", "source"}}
    assert dict(read_back(table, tmp_path).packs) == {}


@pytest.mark.parametrize(
    ("score", "band"), [(0.0, "low"), (0.1499, "low"), (0.15, "review"), (0.5999, "review"), (0.6, "high"), (1.0, "high")]
)
def test_band_begins_at_its_threshold(score: float, band: str) -> None:
    assert WEIGHTS.band(score) == band


def test_same_packs_are_taken() -> None:
    WEIGHTS.check_packs([PACK])


def test_packs_that_the_model_never_saw_are_taken() -> None:
    WEIGHTS.check_packs([replace(PACK, language="qq", sha256="0")])


def test_other_version_of_a_pack_is_a_model_error() -> None:
    with pytest.raises(ModelError) as caught:
        WEIGHTS.check_packs([replace(PACK, sha256="0" * 64)])
    wording = (
        "m 1: was made for another version of the pack “en-test” (train again, or use the packs that the model ships with)"
    )
    assert str(caught.value) == wording


def test_model_is_frozen(tmp_path: Path) -> None:
    WEIGHTS.write(tmp_path / "w.json")
    model = Weights.read(tmp_path / "w.json")
    with pytest.raises(FrozenInstanceError):
        model.base = 0.0  # type: ignore[misc]
    for table in (model.weights, model.packs, model.source):
        with pytest.raises(TypeError):
            table["x"] = 1  # type: ignore[index]
