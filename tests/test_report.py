"""Reports: points add up, the explanation is the score, spans quote the original, nothing can be edited."""

from __future__ import annotations

import math
from dataclasses import FrozenInstanceError, fields

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import chat

from grooming_detect import Contribution, Explanation, Finding, RiskReport, Span
from grooming_detect.report import BANDS, sigmoid

finite = st.floats(-20, 20)
contributions = st.builds(Contribution, st.just("cue:secrecy.x"), st.floats(0, 2), finite, st.just(()))


@given(finite, st.lists(contributions, max_size=40))
def test_explanation_is_the_score(base: float, parts: list[Contribution]) -> None:
    explanation = Explanation(base, tuple(parts))
    total = base + sum(part.value * part.weight for part in parts)
    assert explanation.logit == pytest.approx(total, abs=1e-9)
    assert explanation.score == pytest.approx(sigmoid(total), abs=1e-12)


@given(st.lists(contributions, max_size=40), st.randoms())
def test_score_does_not_depend_on_the_order_of_contributions(parts: list[Contribution], random: object) -> None:
    mixed = list(parts)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert Explanation(-5.0, tuple(mixed)).score == Explanation(-5.0, tuple(parts)).score


@pytest.mark.parametrize(("logit", "score"), [(0.0, 0.5), (800.0, 1.0), (-800.0, 0.0), (1e308, 1.0), (-1e308, 0.0)])
def test_sigmoid_is_safe_at_the_ends(logit: float, score: float) -> None:
    assert sigmoid(logit) == score


@given(st.floats(-700, 700))
def test_sigmoid_is_symmetric(logit: float) -> None:
    assert sigmoid(logit) + sigmoid(-logit) == pytest.approx(1.0, abs=1e-15)


@given(finite, finite)
def test_sigmoid_rises(low: float, high: float) -> None:
    low, high = sorted((low, high))
    assert sigmoid(low) <= sigmoid(high)
    assert sigmoid(low) == pytest.approx(1 / (1 + math.exp(-low)), rel=1e-12)


@pytest.mark.parametrize(("value", "weight", "points"), [(1.5, 2.0, 3.0), (1.0, -0.5, -0.5), (0.0, 8.0, 0.0)])
def test_points_are_value_times_weight(value: float, weight: float, points: float) -> None:
    assert Contribution("cue:secrecy.x", value, weight, ()).points == points


def test_span_quotes_original_characters() -> None:
    talk = chat("hi", "KEEP it a 𝓼𝓮𝓬𝓻𝓮𝓽 ok")
    assert Span(1, 10, 16).quote(talk) == "𝓼𝓮𝓬𝓻𝓮𝓽"


def test_contribution_quotes_each_span_in_order() -> None:
    part = Contribution("cue:secrecy.x", 1.0, 1.0, (Span(0, 0, 2), Span(1, 3, 6)))
    assert part.quotes(chat("hi all", "so our thing")) == ("hi", "our")


def test_spans_sort_by_message_then_place() -> None:
    assert sorted([Span(1, 0, 3), Span(0, 5, 9), Span(0, 5, 6)]) == [Span(0, 5, 6), Span(0, 5, 9), Span(1, 0, 3)]


def test_bands_stand_from_high_to_low() -> None:
    assert BANDS == ("high", "review", "low")


EXPLANATION = Explanation(-5.0, (Contribution("cue:secrecy.x", 1.0, 1.6, (Span(0, 0, 2),)),))
REPORT = RiskReport("c1", "a", EXPLANATION.score, "low", ("secrecy and isolation",), EXPLANATION, "m 1")


@pytest.mark.parametrize(
    "value",
    [REPORT, EXPLANATION, EXPLANATION.contributions[0], Span(0, 0, 2), Finding("cue:secrecy.x", ())],
    ids=lambda value: type(value).__name__,
)
def test_values_are_frozen_and_hashable(value: RiskReport | Explanation | Contribution | Span | Finding) -> None:
    for field in fields(value):
        with pytest.raises(FrozenInstanceError):
            setattr(value, field.name, None)
    assert not hasattr(value, "__dict__")
    assert hash(value) == hash(value)


@pytest.mark.parametrize("name", ["points", "logit", "score"])
def test_sums_cannot_be_set(name: str) -> None:
    holder = EXPLANATION if hasattr(EXPLANATION, name) else EXPLANATION.contributions[0]
    with pytest.raises((AttributeError, TypeError)):  # Python 3.11 says TypeError for a property of a class with slots
        setattr(holder, name, 1.0)
