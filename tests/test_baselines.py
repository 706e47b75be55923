"""Baselines and the study: each fits, is tuned on validation alone, scores; stages are kept; nothing written holds text."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from standins import CUES, ORDINARY, items, write_card
from support import PACK, ROOT

from grooming_detect import Detector
from grooming_detect.evaluate.metrics import pr_auc
from grooming_detect.weights import Unseen

sys.path.insert(0, str(ROOT / "eval"))

import baselines  # type: ignore[import-not-found]
import compare  # type: ignore[import-not-found]
import contrastive  # type: ignore[import-not-found]
import run  # type: ignore[import-not-found]
import study  # type: ignore[import-not-found]

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

TRAIN, VALIDATION, TEST = (baselines.side_texts(items(60, seed)) for seed in (1, 2, 3))


@pytest.fixture(autouse=True)
def small_pack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baselines, "default_packs", lambda: (PACK,))


def fitted(one: baselines.Baseline) -> baselines.Baseline:
    return one.fit(*TRAIN).tune(*VALIDATION)


@pytest.mark.parametrize(
    ("name", "least"),
    [("keywords", 0.6), ("two_stage_svm", 0.9), ("char_ngrams", 0.9), ("contrastive_tuned", 0.9), ("message_count", 0.0)],
)
def test_baseline_learns_what_is_there(name: str, least: float) -> None:
    scores = fitted(baselines.baselines()[name]).score(TEST[0])
    assert scores.shape == (len(TEST[0]),)
    assert np.isfinite(scores).all()
    assert pr_auc(TEST[1], scores) >= least


def test_same_data_gives_same_scores() -> None:
    first, second = (fitted(baselines.baselines()["two_stage_svm"]).score(TEST[0]) for _ in range(2))
    assert (first == second).all()


def test_gold_lines_are_not_seen_at_scoring() -> None:
    one = fitted(baselines.baselines()["contrastive_tuned"])
    blind = [baselines.SideText(side.conversation, side.sender, side.own, side.others, ()) for side in TEST[0]]
    assert (one.score(blind) == one.score(TEST[0])).all()


def test_default_contrast_is_not_tuned() -> None:
    one = baselines.baselines()["contrastive"].fit(*TRAIN)
    assert list(one.candidates) == ["skewness above 0.1"]


def test_contrast_needs_both_kinds_of_lines() -> None:
    ordinary = baselines.side_texts(items(8)[1::2])
    with pytest.raises(ValueError, match="gold cue lines"):
        contrastive.Contrastive(None).fit(*ordinary)


def test_contrast_takes_the_nearest_of_both_together() -> None:
    risky, ordinary = np.array([[0.9, 0.8, 0.1]]), np.array([[0.7, 0.2, 0.0]])
    near = (np.exp(0.9) + np.exp(0.8) + np.exp(0.1)) / 3, (np.exp(0.7) + np.exp(0.2)) / 2
    assert contrastive.contrast(risky, ordinary)[0] == pytest.approx(np.log(near[0] / near[1]))
    assert contrastive.contrast(ordinary, risky)[0] == 0


def test_skewness_needs_ten_messages() -> None:
    scores = np.array([0.0] * 8 + [1.0])
    assert contrastive.skewness(scores) == 0
    assert contrastive.skewness(np.append(scores, 0.0)) == pytest.approx(0.1 / 0.3)


def test_embeddings_are_used_where_they_are() -> None:
    def embed(texts: Sequence[str]) -> NDArray[np.float64]:
        return np.array([[len(text), any(line == text for _, line in CUES)] for text in texts], float)

    scores = fitted(baselines.Embeddings(embed)).score(TEST[0])
    assert pr_auc(TEST[1], scores) == pytest.approx(1.0)
    assert contrastive.Contrastive(embed).note == "MiniLM embeddings"


def test_embedder_asks_for_each_text_once() -> None:
    class Model:
        def __init__(self) -> None:
            self.asked: list[str] = []

        def encode(self, texts: list[str], **_: object) -> NDArray[np.float64]:
            self.asked += texts
            return np.array([[len(text), 1.0] for text in texts])

    model = Model()
    embed = baselines.Embedder(model)
    embed(["a", "bb"])
    assert embed(["bb", "a", "bb", "ccc"])[:, 0].tolist() == [2, 1, 2, 3]
    assert model.asked == ["a", "bb", "ccc"]


def test_threshold_is_that_of_the_best_f05() -> None:
    labels, scores = np.array([1, 1, 0, 1, 0], bool), np.array([0.9, 0.8, 0.7, 0.2, 0.1])
    assert baselines.best_threshold(labels, scores) == 0.8


def test_side_texts_do_not_show_text() -> None:
    assert not any(line in repr(TRAIN[0][0]) for line in ORDINARY)


def test_comparison_is_paired() -> None:
    labels, groups = TEST[1], np.arange(len(TEST[1]))
    scores = labels + np.linspace(0, 0.1, len(labels))
    found = compare.compared((labels, groups), (scores, 0.5), (-scores, 0.5), 50)
    assert found["detector_higher_by"]["pr_auc"]["value"] > 0.5
    same = compare.compared((labels, groups), (scores, 0.5), (scores, 0.5), 50)["detector_higher_by"]
    assert {measure["value"] for measure in same.values()} == {0.0}
    assert {measure["high"] for measure in same.values()} == {0.0}


def test_target_judges_estimate_and_interval() -> None:
    estimate = {"value": 0.99, "low": 0.9, "high": 1.0}
    judged = compare._judged("recall", "test", "at least", 0.98, estimate)
    assert (judged["met"], judged["certain"]) == (True, False)
    assert compare._judged("x", "test", "above", 0.0, {"value": 0.0, "low": 0.0, "high": 0.0})["met"] is False
    assert compare._judged("x", "test", "at most", 0.1, {"value": None, "low": None, "high": None})["met"] is None


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("study")
    write_card(place / "data", {split: items(40, seed) for seed, split in enumerate(study.SPLITS)})
    cards = place / "corpora"
    for name, count, provenance in (("talk_en", 20, "consented"), ("harbour", 24, "synthetic")):
        chosen = items(2 * count, 9)[1::2] if provenance == "consented" else items(count, 7)
        (place / name).mkdir()
        card = write_card(cards / name, {"all": chosen}, name, provenance)
        text = card.read_text("utf-8").replace('path = "all', f'path = "{name}/all')
        (cards / f"{name}.toml").write_text(text, "utf-8")
    missing = (cards / "talk_en.toml").read_text("utf-8").replace("talk_en", "gone_en")
    (cards / "gone_en.toml").write_text(missing, "utf-8")
    return place


def never(*_: object, **__: object) -> None:
    raise AssertionError("a stage was done again")


def words(folder: Path, *more: str) -> list[str]:
    named = {"--data": "data", "--corpora": "corpora", "--out": "out", "--kept": "kept"}
    paths = [word for option, name in named.items() for word in (option, str(folder / name))]
    return [*paths, "--draws", "20", "--ordinary", "5", *more]


def test_study_is_whole_resumable_and_without_text(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run.main(words(folder, "--only", "baselines")) == 0
    assert not (folder / "out").exists()
    assert run.main(words(folder)) == 0
    assert "left out: gone_en" in capsys.readouterr().err
    first = (folder / "out" / "results.json").read_bytes()
    results = json.loads(first)
    assert set(results["datasets"]) == {"test", "harbour"}
    assert {corpus: Unseen(**found) for corpus, found in results["corpora"].items()} == Detector.load().weights.unseen
    assert results["baselines"]["char_ngrams"]["datasets"]["harbour"]["detector_higher_by"]
    assert "harbour" not in results["baselines"]["message_count"]["datasets"]
    assert len(results["targets"]) > 20
    assert {path.stem for path in (folder / "out" / "plots").iterdir()} == {
        "precision_recall", "reliability", "early_warning", "score_by_length",
    }  # fmt: skip
    page = folder / "page.md"
    page.write_text("<!-- targets -->\n<!-- end of targets -->\n<!-- baselines -->\n<!-- end of baselines -->\n", "utf-8")
    run.note_on(page, results)
    text = page.read_text("utf-8")
    assert text.count(f", model {results['model']['name']}.") == 3
    assert text.count("| detector |") == 2
    assert "cue lines that reports show, F3" in text
    assert "| above " not in text
    monkeypatch.setattr(run, "measured", never)
    monkeypatch.setattr(run, "_scored", never)
    assert run.main(words(folder)) == 0
    assert (folder / "out" / "results.json").read_bytes() == first
    written = [path for place in ("out", "kept") for path in (folder / place).rglob("*") if path.is_file()]
    for path in written:
        text = path.read_text("utf-8").lower()
        assert not any(line.lower() in text for line in (*ORDINARY, *(line for _, line in CUES))), path.name
