"""The detector: the explanation is the score, spans quote the original, stream equals batch, nothing can be edited."""

from __future__ import annotations

import math
from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import CUE_LINES, DATA, PACK, chat, conversations

from grooming_detect import Conversation, Detector, Message, ModelError, PackError, Participant, RiskReport
from grooming_detect.report import BANDS

if TYPE_CHECKING:
    from pathlib import Path

SHIPPED = Detector.load()
moments = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.sampled_from([UTC]))  # noqa: DTZ001
people = st.lists(st.builds(Participant, st.sampled_from(["a", "b"]), st.none() | st.floats(0, 130)), max_size=2).map(tuple)


@st.composite
def whole_conversations(draw: st.DrawFn) -> Conversation:
    """Hostile talk, perhaps with ages and with times in any order."""
    talk = draw(conversations)
    messages = tuple(replace(message, timestamp=draw(st.none() | moments)) for message in talk.messages)
    return replace(talk, messages=messages, participants=draw(people))


def points(report: RiskReport) -> float:
    return math.fsum(part.value * part.weight for part in report.explanation.contributions)


@given(whole_conversations())
def test_score_is_the_sigmoid_of_base_and_points(detector: Detector, talk: Conversation) -> None:
    for report in (*detector.assess(talk), *SHIPPED.assess(talk)):
        logit = report.explanation.base + points(report)
        assert abs(report.score - 1 / (1 + math.exp(-logit))) <= 1e-12
        assert report.score == report.explanation.score
        assert 0 <= report.score <= 1


@given(whole_conversations())
def test_every_span_slices_real_text_of_the_conversation(detector: Detector, talk: Conversation) -> None:
    for report in detector.assess(talk):
        for part in report.explanation.contributions:
            for span, quote in zip(part.spans, part.quotes(talk), strict=True):
                text = talk.messages[span.message].text
                assert 0 <= span.start < span.end <= len(text)
                assert quote == text[span.start : span.end] != ""


@given(whole_conversations())
def test_cues_quote_the_sender_and_what_is_heard_quotes_others(detector: Detector, talk: Conversation) -> None:
    for report in detector.assess(talk):
        for part in report.explanation.contributions:
            senders = {talk.messages[span.message].sender for span in part.spans}
            if part.feature.startswith("cue:"):
                assert senders == {report.sender}
            if part.feature.startswith("heard:"):
                assert senders
                assert report.sender not in senders


@given(whole_conversations())
def test_reports_are_sorted_one_a_sender(detector: Detector, talk: Conversation) -> None:
    reports = detector.assess(talk)
    assert sorted(report.sender for report in reports) == sorted({message.sender for message in talk.messages})
    assert [report.score for report in reports] == sorted((report.score for report in reports), reverse=True)
    for report in reports:
        parts = report.explanation.contributions
        assert [abs(part.points) for part in parts] == sorted((abs(part.points) for part in parts), reverse=True)
        assert len({part.feature for part in parts}) == len(parts)
        assert all(part.points for part in parts)
        assert report.band == detector.weights.band(report.score)


@given(whole_conversations())
def test_what_comes_later_changes_nothing(detector: Detector, talk: Conversation) -> None:
    """Reading one message after the other gives at each point what the batch gives of the talk so far."""
    from grooming_detect.detector import Case  # noqa: PLC0415
    from grooming_detect.finders.ages import given_ages  # noqa: PLC0415

    case = Case(talk.conversation_id, ages=given_ages(talk.participants))
    for n, message in enumerate(talk.messages, start=1):
        detector.read(case, message)
        batch = {report.sender: report for report in detector.assess(talk.first(n))}
        assert {sender: detector.report(case, sender) for sender in batch} == batch


@given(whole_conversations())
def test_assessing_twice_gives_the_same(detector: Detector, talk: Conversation) -> None:
    assert detector.assess(talk) == detector.assess(talk)


@given(whole_conversations())
def test_names_of_the_senders_do_not_matter(detector: Detector, talk: Conversation) -> None:
    names = {"a": "zoë", "b": "(unknown)", "\u202ec": "a"}
    messages = tuple(replace(message, sender=names[message.sender]) for message in talk.messages)
    participants = tuple(replace(person, id=names[person.id]) for person in talk.participants)
    renamed = detector.assess(replace(talk, messages=messages, participants=participants))
    expected = [replace(report, sender=names[report.sender]) for report in detector.assess(talk)]
    assert list(renamed) == expected


def test_cue_has_the_weight_of_its_pack(detector: Detector) -> None:
    (report,) = detector.assess(chat("dont tell your mum"))
    part = next(part for part in report.explanation.contributions if part.feature.startswith("cue:"))
    assert (part.feature, part.value, part.weight, part.points) == ("cue:secrecy.hide-from-carers", 1.0, 1.6, 1.6)
    assert part.quotes(chat("dont tell your mum")) == ("dont tell your mum",)
    assert report.patterns == ("secrecy and isolation",)


def test_more_cues_rank_higher(detector: Detector) -> None:
    reports = detector.assess(chat("b: hello", "dont tell your mum", "b: ok", "ill give you $50"))
    assert [report.sender for report in reports] == ["a", "b"]
    assert reports[0].score > reports[1].score


def test_protective_cue_lowers_the_score(detector: Detector) -> None:
    (plain,), (protected,) = detector.assess(chat("see you")), detector.assess(chat("dinner is ready"))
    assert protected.score < plain.score
    assert protected.patterns == ()


def test_conversation_without_messages_has_no_report(detector: Detector) -> None:
    assert detector.assess(Conversation("c1", ())) == ()


def test_message_without_text_is_assessed(detector: Detector) -> None:
    (report,) = detector.assess(chat(""))
    assert report.band == "low"


def test_ordinary_talk_of_any_length_does_not_drift_upward(detector: Detector) -> None:
    line = ("see you at practice", "b: yes see you there")
    short, long = (max(report.score for report in detector.assess(chat(*line * times))) for times in (2, 500))
    assert long <= short + 0.01


def test_weights_replace_what_the_pack_suggests(detector: Detector) -> None:
    own = replace(detector.weights, name="own 1", base=0.0, weights={"cue:secrecy.hide-from-carers": -3.0}, packs={})
    (report,) = Detector([PACK], own, shipped=()).assess(chat("dont tell your mum"))
    assert report.model == "own 1"
    assert report.explanation.base == 0.0
    assert {part.feature: part.weight for part in report.explanation.contributions}["cue:secrecy.hide-from-carers"] == -3.0


def test_weight_of_zero_takes_a_label_out(detector: Detector) -> None:
    weights = replace(detector.weights, weights={"cue:secrecy.hide-from-carers": 0.0}, packs={})
    (report,) = Detector([PACK], weights, shipped=()).assess(chat("dont tell your mum"))
    assert "cue:secrecy.hide-from-carers" not in {part.feature for part in report.explanation.contributions}


@pytest.mark.parametrize("pack", [DATA / "small.toml", str(DATA / "small.toml"), PACK], ids=["path", "text", "pack"])
def test_own_pack_stands_beside_those_that_ship(pack: object) -> None:
    with_own = Detector(packs=[pack])  # type: ignore[list-item]
    assert [other.language for other in with_own.packs] == [*(other.language for other in SHIPPED.packs), "en-test"]
    assert "cue:meeting.come-over" in {part.feature for part in with_own.assess(chat("meet me"))[0].explanation.contributions}


def test_faulty_pack_is_refused(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text("x")
    with pytest.raises(PackError):
        Detector(packs=[tmp_path / "p.toml"])


def test_weights_of_other_packs_are_refused() -> None:
    weights = replace(SHIPPED.weights, packs={"en": "0" * 64})
    with pytest.raises(ModelError, match="was made for another version of the pack “en”"):
        Detector(weights=weights)


def test_weights_of_another_version_of_an_own_pack_are_refused() -> None:
    weights = replace(SHIPPED.weights, packs={PACK.language: "0" * 64})
    with pytest.raises(ModelError):
        Detector(packs=[PACK], weights=weights)


def test_missing_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        Detector.load(tmp_path / "none")


def test_written_model_loads_and_scores_the_same(tmp_path: Path) -> None:
    SHIPPED.weights.write(tmp_path / "weights.json")
    talk = chat("send me a pic of you", "b: no", "dont tell your mum")
    assert Detector.load(tmp_path).assess(talk) == SHIPPED.assess(talk)


def test_nothing_handed_out_can_be_edited(detector: Detector) -> None:
    (report,) = detector.assess(chat("dont tell your mum"))
    with pytest.raises(FrozenInstanceError):
        report.score = 0.0  # type: ignore[misc]
    assert isinstance(report.patterns, tuple)
    assert isinstance(report.explanation.contributions, tuple)
    assert all(isinstance(part.spans, tuple) for part in report.explanation.contributions)
    with pytest.raises(TypeError):
        detector.weights.weights["cue:secrecy.hide-from-carers"] = 0.0  # type: ignore[index]


def test_table_of_the_caller_can_change_without_changing_the_detector() -> None:
    table = {"cue:meeting.come-over": 5.0}
    own = Detector([PACK], replace(SHIPPED.weights, weights=MappingProxyType(table)))
    before = own.assess(chat("meet me"))
    table["cue:meeting.come-over"] = -5.0
    assert own.assess(chat("meet me")) == before


def test_thirty_thousand_short_messages_are_one_report_a_side(detector: Detector) -> None:
    start = datetime(2026, 5, 1, tzinfo=UTC)
    messages = tuple(Message("ab"[n % 2], "dont tell your mum", start + timedelta(seconds=n)) for n in range(30_000))
    reports = detector.assess(Conversation("c1", messages))
    assert len(reports) == 2
    assert all(len(part.spans) < 20 for report in reports for part in report.explanation.contributions)
    assert {report.band for report in reports} <= set(BANDS)


def test_own_pack_may_be_of_a_language_that_ships() -> None:
    own = replace(PACK, language="en")
    (report,) = Detector(packs=[own]).assess(chat("meet me"))
    assert "cue:meeting.come-over" in {part.feature for part in report.explanation.contributions}


def test_talk_in_words_that_no_pack_knows_says_so(detector: Detector) -> None:
    known, unknown = (detector.assess(chat(text))[0] for text in (" ".join(CUE_LINES[:5]), "今日は学校に行きました 楽しかった"))
    assert known.coverage > unknown.coverage
    assert not unknown.covered
    assert detector.assess(chat("?!"))[0].covered  # no words, nothing unknown
