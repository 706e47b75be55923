"""Training: the same data gives the same bytes, the model finds what it learned, and what is missing is told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from standins import items, write_card
from support import DATA, PACK, shipping

from grooming_detect import Detector, ProvenanceError, Weights, training
from grooming_detect.cli import main
from grooming_detect.prepared import suggested_weights
from grooming_detect.provenance import load_card

if TYPE_CHECKING:
    from pathlib import Path

CORPORA = ("talk_en", "more_en")


@pytest.fixture(autouse=True)
def small_pack(monkeypatch: pytest.MonkeyPatch) -> None:
    shipping(monkeypatch, DATA / "small.toml")


@pytest.fixture(scope="module")
def cards(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    place = tmp_path_factory.mktemp("cards")
    ordinary = [[replace(one, suite="base") for one in items(60, seed)[1::2]] for seed in (3, 4)]
    made = write_card(place / "made", {"train": items(60, 1), "validation": items(60, 2), "test": items(4, 5)})
    talk = [
        write_card(place / name, {"ordinary": some}, name, "consented") for name, some in zip(CORPORA, ordinary, strict=True)
    ]
    return [str(path) for path in (made, *talk)]


@pytest.fixture(scope="module")
def model(cards: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("models")
    with pytest.MonkeyPatch.context() as patch:
        shipping(patch, DATA / "small.toml")
        for name in ("first", "second"):
            assert main(["train", "--data", *cards, "--out", str(place / name), "--name", "small 1"]) == 0
    return place


def test_the_same_data_gives_the_same_bytes(model: Path) -> None:
    assert (model / "first" / "weights.json").read_bytes() == (model / "second" / "weights.json").read_bytes()


def test_model_says_what_it_was_made_from_and_what_it_found_in_corpora_left_out(model: Path) -> None:
    weights = Weights.read(model / "first" / "weights.json")
    assert weights.name == "small 1"
    assert sorted(weights.source) == [
        "made-up train.jsonl",
        "made-up validation.jsonl",
        "more_en ordinary.jsonl",
        "talk_en ordinary.jsonl",
    ]
    assert set(weights.unseen) == set(CORPORA)
    for found in weights.unseen.values():
        assert found.sides == 60
        assert found.sides >= found.review >= found.high


def test_model_tells_risky_sides_of_other_conversations_from_the_others(model: Path) -> None:
    trained = Detector(weights=Weights.read(model / "first" / "weights.json"))
    scores: dict[bool, list[float]] = {True: [], False: []}
    for item in items(40, 9):
        for report in trained.assess(item.conversation):
            scores[report.sender == item.perpetrator].append(report.score)
    assert min(scores[True]) > max(scores[False])


def test_no_weight_has_another_sign_than_its_pack_suggests(model: Path) -> None:
    weights = Weights.read(model / "first" / "weights.json").weights
    suggested = suggested_weights([PACK]).weights
    assert set(weights) == set(suggested)
    assert [label for label, weight in weights.items() if weight * suggested[label] < 0] == []


def test_data_without_other_conversations_is_refused(tmp_path: Path) -> None:
    card = write_card(tmp_path, {"train": items(8, 1)[::2], "validation": items(8, 2)})
    with pytest.raises(ProvenanceError, match="train"):
        training.train([load_card(card)], "none", [], lambda _: None)


def test_splits_that_are_not_learned_from_are_told(
    cards: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["train", "--data", cards[0], "--out", str(tmp_path)]) == 0
    assert "not learned from: test" in capsys.readouterr().err
    assert not Weights.read(tmp_path / "weights.json").unseen
