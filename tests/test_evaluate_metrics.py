"""Measures: textbook values, agreement with scikit-learn, and of the weighted forms with the plain ones."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, brier_score_loss, f1_score, fbeta_score

from grooming_detect.evaluate import metrics
from grooming_detect.evaluate.bootstrap import (
    Calibration,
    FScore,
    Median,
    Ranking,
    Rate,
    difference,
    drawn,
    estimates,
)

sides = st.lists(st.tuples(st.booleans(), st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0])), min_size=1, max_size=40)


def columns(rows: list[tuple[bool, float]]) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    return np.array([row[0] for row in rows], bool), np.array([row[1] for row in rows], float)


@given(sides, st.sampled_from([0.5, 1.0, 2.0, 3.0]))
def test_f_beta_is_that_of_scikit_learn(rows: list[tuple[bool, float]], beta: float) -> None:
    labels, scores = columns(rows)
    flag = scores >= 0.5
    precision, recall = (metrics.ratio((flag & labels).sum(), whole.sum()) for whole in (flag, labels))
    ours = FScore(flag & labels, flag, labels, beta)(np.ones((1, len(labels))))[0]
    if flag.any() or labels.any():
        assert ours == pytest.approx(fbeta_score(labels, flag, beta=beta, zero_division=0))
    if flag.any() and labels.any() and (flag & labels).any():
        assert ours == pytest.approx(metrics.f_beta(precision, recall, beta))


@given(sides)
def test_weighted_measures_with_ones_are_the_plain_ones(rows: list[tuple[bool, float]]) -> None:
    labels, scores = columns(rows)
    one = np.ones((1, len(labels)))
    ranking = Ranking(labels, scores)
    if labels.any():
        assert ranking.pr_auc(one)[0] == pytest.approx(average_precision_score(labels, scores))
        assert metrics.pr_auc(labels, scores) == pytest.approx(average_precision_score(labels, scores))
    if labels.any() and not labels.all():
        for rate in (0.2, 0.01):
            assert ranking.recall_at(rate)(one)[0] == pytest.approx(metrics.recall_at_false_alarms(labels, scores, rate))
    assert Calibration(labels.astype(float), scores)(one)[0] == pytest.approx(metrics.ece(labels, scores))
    assert metrics.brier(labels, scores) == pytest.approx(brier_score_loss(labels, scores, pos_label=True))


@given(sides, st.integers(0, 5))
def test_weights_are_repeated_rows(rows: list[tuple[bool, float]], seed: int) -> None:
    labels, scores = columns(rows)
    times = np.random.default_rng(seed).integers(0, 4, len(rows))
    again = np.repeat(np.arange(len(rows)), times)
    weights = times[None, :].astype(float)
    if labels[again].any():
        assert Ranking(labels, scores).pr_auc(weights)[0] == pytest.approx(metrics.pr_auc(labels[again], scores[again]))
    if len(again):
        wanted = metrics.ece(labels[again], scores[again])
        assert Calibration(labels.astype(float), scores)(weights)[0] == pytest.approx(wanted)
        assert Median(scores)(weights)[0] == np.sort(scores[again])[(len(again) - 1) // 2]


def test_measures_are_undefined_without_positives() -> None:
    nothing, score = np.zeros(3, bool), np.array([0.1, 0.2, 0.3])
    assert math.isnan(metrics.pr_auc(nothing, score))
    assert math.isnan(metrics.recall_at_false_alarms(nothing, score, 0.01))
    assert math.isnan(metrics.f_beta(math.nan, math.nan, 1))
    assert math.isnan(metrics.speed([], 0.1))
    assert metrics.tidy(estimates({"x": Rate(nothing, nothing)}, [0, 1, 2], 20)["x"]) == dict.fromkeys(("value", "low", "high"))


def test_published_numbers_of_the_field_notes() -> None:
    assert metrics.latency_p(90) == pytest.approx(0.01234, abs=1e-5)
    assert metrics.penalty([1], metrics.latency_p(20))[0] == 0
    assert metrics.penalty([20, 90], metrics.latency_p(20))[0] == pytest.approx(0.5)
    assert metrics.ppv(1e-4, 0.9, 0.01) == pytest.approx(0.009, abs=1e-4)
    assert metrics.ppv(1e-4, 0.9, 1e-4) == pytest.approx(0.47, abs=0.01)


def test_erde_counts_each_kind_of_side() -> None:
    labels, seen = [1, 1, 0, 0], [1, math.nan, 3, math.nan]
    costs = metrics.erde_costs(labels, seen, 5, false_alarm_cost=0.1)
    assert costs.tolist() == pytest.approx([1 - 1 / (1 + math.exp(-4)), 1.0, 0.1, 0.0])
    assert metrics.erde(labels, seen, 5) == pytest.approx((costs[0] + 1 + 0.5) / 4)
    assert metrics.erde([1], [10_000], 50) == pytest.approx(1.0)


def test_latency_f1_falls_with_delay() -> None:
    early, late = (metrics.latency_f1(0.9, [seen] * 3, 20) for seen in (1, 60))
    assert early == pytest.approx(0.9)
    assert late < 0.2


def test_draws_are_by_conversation_and_by_seed() -> None:
    groups = [0, 0, 1, 2, 2]
    weights = np.concatenate(list(drawn(groups, 200, 1)))
    assert weights.shape == (200, 5)
    assert (weights[:, 0] == weights[:, 1]).all()
    assert (weights[:, [0, 2, 3]].sum(axis=1) == 3).all()
    assert (weights == np.concatenate(list(drawn(groups, 200, 1)))).all()
    assert (weights != np.concatenate(list(drawn(groups, 200, 2)))).any()


def test_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    random = np.random.default_rng(5)
    inside = 0
    for seed in range(60):
        labels = random.random(150) < 0.3
        found = estimates({"share": Rate(labels, np.ones(150))}, np.arange(150), 200, seed)["share"]
        inside += found["low"] <= 0.3 <= found["high"]
    assert inside >= 50


def test_paired_difference_is_narrower_than_the_measures() -> None:
    random = np.random.default_rng(0)
    labels = random.random(300) < 0.4
    noise = random.normal(size=300)
    first, second = Ranking(labels, labels + noise), Ranking(labels, labels + noise + random.normal(size=300) * 0.05)
    gap = difference(first.pr_auc, second.pr_auc, np.arange(300), 300)
    alone = estimates({"x": first.pr_auc}, np.arange(300), 300)["x"]
    assert gap["low"] <= gap["value"] <= gap["high"]
    assert gap["high"] - gap["low"] < (alone["high"] - alone["low"]) / 2


def test_share_without_a_case_has_the_exact_bound() -> None:
    rate = Rate(np.zeros(3000), np.ones(3000))
    found = estimates({"x": rate}, np.arange(3000), 20)["x"]
    assert (found["value"], found["low"]) == (0.0, 0.0)
    assert found["high"] == pytest.approx(0.00123, abs=1e-5)


def test_no_draws_give_no_interval() -> None:
    found = estimates({"x": Rate(np.array([1, 0]), np.ones(2))}, [0, 1], 0)["x"]
    assert metrics.tidy(found) == {"value": 0.5, "low": None, "high": None}


def test_nothing_at_all_is_undefined() -> None:
    assert metrics.tidy(estimates({"x": Rate(np.array([]), np.array([]))}, [])) == {
        "x": {"value": None, "low": None, "high": None}
    }


@given(st.integers(1, 500), st.data())
def test_wilson_holds_the_share(n: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, n))
    low, high = metrics.wilson(hits, n)
    assert 0 <= low <= hits / n <= high <= 1


def test_f1_of_lines_is_that_of_scikit_learn() -> None:
    gold, found = np.array([1, 1, 0, 0, 1], bool), np.array([1, 0, 1, 0, 1], bool)
    assert FScore(gold & found, found, gold, 1.0)(np.ones((1, 5)))[0] == pytest.approx(f1_score(gold, found))
