"""Evaluation: one pass gives what batch gives, results hold no text, the same input the same numbers."""

from __future__ import annotations

import json
import random
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from standins import CUES, ORDINARY, items, write_card
from support import DATA, PACK, chat, conversations, hostile, shipping

from grooming_detect import Conversation, Detector, Message, ProvenanceError
from grooming_detect.chat import NOBODY
from grooming_detect.cli import main
from grooming_detect.evaluate import Plan, attacks, evaluate, fairness, lines, slices, steps, time
from grooming_detect.evaluate.page import page, sections_of
from grooming_detect.evaluate.plots import Axis, Series, chart
from grooming_detect.evaluate.replay import LineRead, SideRead, replay
from grooming_detect.evaluate.tables import cell, sections
from grooming_detect.gold import Labelled
from grooming_detect.provenance import load_card
from grooming_detect.weights import WordTable

if TYPE_CHECKING:
    from pathlib import Path

    from grooming_detect import RiskReport

DETECTOR = Detector(shipped=[PACK])
PLAN = Plan(draws=50, attacked=6, swapped=4)


@pytest.fixture(scope="module")
def result() -> dict[str, Any]:
    return evaluate(DETECTOR, items(40), PLAN)


def labelled(conversation: Conversation, perpetrator: str | None = None, *cues: tuple[str, ...]) -> Labelled:
    gold = cues or ((),) * len(conversation.messages)
    return Labelled(conversation, perpetrator, "s", "en", gold, "d", "d/c")


@given(conversations)
def test_replay_ends_where_assess_does(conversation: Conversation) -> None:
    reading = replay(DETECTOR, labelled(conversation))
    found = {report.sender: (report.score, report.band) for report in DETECTOR.assess(conversation)}
    assert {side.sender: (side.score, side.band) for side in reading.sides} == found
    for side in reading.sides:
        assert set(side.first) >= {band for band in ("review", "high") if side.in_band(band)}


def test_first_flag_is_the_message_that_reached_the_band() -> None:
    talk = chat("hi", "b: hello", "its our little secret", "send me a pic of u pls", "ill give you $50", "b: no", "ok")
    gold = ((), (), ("secrecy",), ("photo_request",), ("money_offer",), (), ())
    side = replay(DETECTOR, labelled(talk, "a", *gold)).sides[0]
    scores = [max(report.score for report in DETECTOR.assess(talk.first(n)) if report.sender == "a") for n in range(1, 8)]
    wanted = next(n for n, score in enumerate(scores, 1) if score >= DETECTOR.weights.review)
    assert (side.first["review"].seen, side.first["review"].minutes) == (wanted, None)
    assert side.first["review"].cues == wanted - 2


def test_lines_and_spans_are_counted() -> None:
    talk = chat("its our little secret", "b: send me a pic of u pls", "nothing here", "tell nobody at all")
    reading = replay(DETECTOR, labelled(talk, "a", ("secrecy",), (), (), ("secrecy",)))
    found = lines.measure([reading], 10)
    assert found["any_family"]["n"] == {"gold": 2, "found": 2}
    assert found["any_family"]["recall"]["value"] == found["any_family"]["precision"]["value"] == 0.5
    assert found["families"]["secrecy"]["precision"]["value"] == 1.0
    assert found["families"]["photo_request"]["recall"]["value"] is None or np.isnan(
        found["families"]["photo_request"]["recall"]["value"]
    )
    assert 0 < found["tokens"]["iou"]["value"] < 1
    assert found["flagged_sides"]["n"]["gold"] == 2


def test_message_of_nobody_is_no_line() -> None:
    talk = Conversation("c", (Message(NOBODY, "its our little secret"), Message("a", "hi")))
    assert replay(DETECTOR, labelled(talk, None, (), ())).lines == ()


def test_lines_beside_the_evidence_count_where_they_are_shown() -> None:
    sides = (SideRead("a", risky=True, score=0.9, band="high"), SideRead("b", risky=False, score=0.1))
    gold, found, none = frozenset({"secrecy"}), frozenset({"meeting"}), frozenset[str]()
    read = (
        LineRead("a", gold, none, 4, 0, beside=True),
        LineRead("a", none, none, 4, 0, beside=True),
        LineRead("a", gold, found, 4, 2),
        LineRead("b", gold, found, 4, 2),
        LineRead("b", none, found, 4, 2),
    )
    reading = replace(replay(DETECTOR, labelled(chat("hi"), None, ())), sides=sides, lines=read)
    counted = lines.measure([reading], 10)
    assert counted["flagged_sides"]["n"] == {"gold": 3, "found": 3}
    assert counted["flagged_sides"]["recall"]["value"] == pytest.approx(2 / 3)
    assert counted["any_family"]["n"] == {"gold": 3, "found": 3}
    assert counted["any_family"]["precision"]["value"] == pytest.approx(2 / 3)


def test_what_a_report_shows_beside_the_evidence_is_read_with_its_lines() -> None:
    words = WordTable(weights={"later": 1.0}, letters={"xyz": 1.0}, hint=2.0, strong=4.0, doubt=-2.0, agree=-1.0)
    detector = Detector(shipped=[PACK], weights=replace(DETECTOR.weights, words=words, review=0.1, high=0.9))
    talk = chat("send me a pic of u pls, its our little secret", "see you later", "lunch", "b: later")
    read = replay(detector, labelled(talk, "a", ("secrecy",), (), (), ())).lines
    assert [(line.beside, bool(line.gold), bool(line.found)) for line in read] == [(False, True, True), (True, False, False)]


def test_more_findings_than_a_report_keeps_are_all_seen() -> None:
    talk = chat(*["its our little secret"] * 40)
    assert len(replay(DETECTOR, labelled(talk, "a", *[("secrecy",)] * 40)).lines) == 40


def test_result_is_json_with_sides_and_intervals(result: dict[str, Any]) -> None:
    again = json.loads(json.dumps(result, allow_nan=False))
    assert again == result
    assert result["sides"]["n"] == {"conversations": 40, "sides": 80, "risky_sides": 20, "ordinary_sides": 60}
    for band in ("review", "high"):
        for measure in result["sides"][band].values():
            assert set(measure) == {"value", "low", "high", "n"}
            if measure["low"] is not None:
                assert measure["low"] <= measure["value"] <= measure["high"]
    assert result["sides"]["review"]["recall"]["value"] > 0.5
    assert result["sides"]["review"]["risky_one_named"]["value"] == 1.0
    assert set(result["slices"]) == {"suite", "language", "length", "ages", "wording", "family"}


def test_result_holds_no_text(result: dict[str, Any]) -> None:
    text = json.dumps(result).lower() + page("m", sections_of({"d": result})).lower()
    for line in (*ORDINARY, *(line for _, line in CUES)):
        assert line.lower() not in text
    assert '"c1"' not in text


def test_same_input_gives_same_numbers_in_any_order(result: dict[str, Any]) -> None:
    assert evaluate(DETECTOR, items(40), PLAN) == result
    mixed = items(40)
    random.Random(1).shuffle(mixed)  # noqa: S311
    other = evaluate(DETECTOR, mixed, PLAN)
    assert other["attacks"] == result["attacks"]
    assert other["sides"]["review"]["recall"]["value"] == result["sides"]["review"]["recall"]["value"]


def test_ticks_are_as_many_as_told() -> None:
    ticks: list[int] = []
    evaluate(DETECTOR, items(4), PLAN, lambda: ticks.append(1))
    assert len(ticks) == steps(PLAN, 4)


@pytest.mark.parametrize("chosen", [[], items(2)[1:], items(1), [labelled(chat())]], ids=["none", "ordinary", "risky", "empty"])
def test_any_data_can_be_measured_and_shown(chosen: list[Labelled]) -> None:
    found = evaluate(DETECTOR, chosen, Plan(draws=10, attacked=2, swapped=2))
    json.dumps(found, allow_nan=False)
    assert page("m", sections_of({"d": found})).startswith("<!doctype html>")


def test_flag_before_the_gravest_cue_counts() -> None:
    talk = chat("its our little secret", "send me a pic of u pls", "ill give you $50", "ok. meet me", "b: no")
    soon = replace(DETECTOR.weights, review=0.02, high=0.9999)
    early = replay(Detector(shipped=[PACK], weights=soon), labelled(talk, "a", ("secrecy",), (), (), ("meeting",), ()))
    found = time.measure([early], 10)
    assert found["review"]["before_gravest_cue"]["value"] == 1.0
    assert found["high"]["before_gravest_cue"]["value"] == 0.0
    assert found["review"]["curve"][0] == {"cues": 1, "share": 1.0}


def test_slices_hold_every_conversation_once_a_dimension() -> None:
    readings = [replay(DETECTOR, one) for one in items(23)]
    for dimension, members in slices.parts(readings).items():
        risky = sum(reading.risky for reading in readings)
        wanted = {"wording": risky, "family": sum(len(reading.families) for reading in readings)}.get(dimension, 23)
        assert sum(map(len, members.values())) == wanted


@pytest.mark.parametrize("name", attacks.attack_names())
@given(text=hostile, seed=st.text(max_size=3))
def test_attacks_are_deterministic_on_any_text(name: str, text: str, seed: str) -> None:
    assert attacks.disguised(text, name, seed) == attacks.disguised(text, name, seed)


@pytest.mark.parametrize("name", attacks.attack_names())
def test_attacks_change_what_people_write(name: str) -> None:
    lines_of = [line for _, line in CUES]
    assert any(attacks.disguised(line, name, "1") != line for line in lines_of)


def test_attack_leaves_the_other_side_alone() -> None:
    one = items(1)[0]
    changed = slices.attacked(one, "a", "leet", 1)
    for before, after in zip(one.conversation.messages, changed.messages, strict=True):
        assert (before.text == after.text) or before.sender == "a"


def test_unknown_attack_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        attacks.disguised("hello", "shouting", "1")


def test_fairness_sees_a_detector_that_minds() -> None:
    class Unfair(Detector):
        def assess(self, conversation: Conversation) -> tuple[RiskReport, ...]:
            named = any("deshawn" in message.text for message in conversation.messages)
            reports = super().assess(conversation)
            return tuple(replace(report, score=0.9, band="high") for report in reports) if named else reports

    sample = [(one, "a") for one in items(8)]
    unfair = fairness.measure(Unfair(shipped=[PACK]), sample)["names"]
    assert unfair["groups"]["african_american"]["false_alarms"]["change"] == 1.0
    assert unfair["gap"]["false_alarms"] == 1.0
    fair = fairness.measure(DETECTOR, sample)["names"]
    assert fair["gap"] == {"recall": 0.0, "false_alarms": 0.0, "mean_score": 0.0}


def test_fairness_leaves_other_languages_out() -> None:
    sample = [(replace(one, language="fr"), "a") for one in items(2)]
    assert fairness.measure(DETECTOR, sample)["names"]["groups"]["arabic"]["n"] == 0


def test_page_is_closed_and_escaped(result: dict[str, Any]) -> None:
    html = page("<m>", sections_of({'"><script>x': result}))
    assert "default-src 'none'; style-src 'sha256-" in html
    assert "<script" not in html
    assert " style=" not in html
    assert not re.search(r"(src|href)=", html)
    assert "&lt;m&gt;" in html


def test_chart_carries_its_style_only_alone() -> None:
    axis, lines_of = Axis("x"), [Series("s", ((0.0, 0.5), (2.0, -1.0)), dots=True)]
    assert "<style>" in chart("t", axis, axis, lines_of, standalone=True)
    assert "<style>" not in chart("t", axis, axis, lines_of)


def test_cells_say_what_is_not_defined() -> None:
    assert cell(None) == cell({"value": None, "low": None, "high": None}) == "–"
    assert cell({"value": 0.25, "low": None, "high": None}) == "25.0 %"


def test_every_row_has_as_many_cells_as_its_head(result: dict[str, Any]) -> None:
    for section in sections("d", result):
        assert {len(row) for row in section.rows} == {len(section.head)}, section.title


def test_command_measures_a_card(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    shipping(monkeypatch)  # the small pack alone, which loads at once
    card = write_card(tmp_path, {"test": items(12), "train": items(3)})
    out, html = tmp_path / "r.json", tmp_path / "r.html"
    words = ["evaluate", str(card), "--split", "test", "--pack", str(DATA / "small.toml"), "--draws", "20", "--quick"]
    assert main([*words, "--out", str(out), "--html", str(html)]) == 0
    first = out.read_bytes()
    found = json.loads(first)
    assert found["datasets"]["made-up test"]["sides"]["n"]["conversations"] == 12
    assert found["datasets"]["made-up test"]["dataset"]["files"] == {"test.jsonl": load_card(card).files[0].sha256}
    assert "At a glance" in capsys.readouterr().out
    assert main([*words, "--out", str(out)]) == 0
    assert out.read_bytes() == first


def test_command_refuses_data_without_a_card_or_basis(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shipping(monkeypatch)
    assert main(["evaluate", str(tmp_path)]) == 2
    assert "there is no card" in capsys.readouterr().err
    card = write_card(tmp_path, {"test": items(2)})
    (tmp_path / "test.jsonl").write_text("{}\n", "utf-8")
    with pytest.raises(ProvenanceError):
        list(load_card(tmp_path / "other"))  # type: ignore[call-overload]
    assert main(["evaluate", str(card)]) == 2
    assert "is not the file" in capsys.readouterr().err
