"""Actors: one sender over many conversations, where no conversation alone says enough."""

from __future__ import annotations

import json
import math
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from support import DATA

from grooming_detect import Conversation, Detector, Message, Participant, actors
from grooming_detect.actors import REACH, ActorWatch, assess_actors
from grooming_detect.cli import main
from grooming_detect.repeats import Lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

START = datetime(2025, 1, 6, 15, tzinfo=UTC)
ASKS = ("can you send me a pic of you", "i can pick you up, if that helps", "i will pay u £20 for the day", "add me on chatbox")
PLAIN = ("the parcel left our store this morning", "thank you for your order, we will write", "it is out of stock until may")


def wrote(sender: str, lines: tuple[str, ...], recipients: int, days: float = 88.0) -> Iterator[Conversation]:
    """One sender, many recipients, one line each beside small talk."""
    for n in range(recipients):
        other, begin = f"{sender}-{n}", START + timedelta(days=days * n / max(recipients - 1, 1))
        texts = (
            (sender, "good afternoon"),
            (other, "hello"),
            (sender, f"{lines[n % len(lines)]}{'!' * (n % 3)}"),
            (other, "ok"),
        )
        messages = tuple(Message(who, text, begin + timedelta(minutes=at)) for at, (who, text) in enumerate(texts))
        yield Conversation(f"{sender}/{n}", messages, (Participant(sender, 52.0, connected=False), Participant(other, 13.0)))


@pytest.fixture(scope="module")
def reports() -> dict[str, actors.ActorReport]:
    detector = Detector([DATA / "small.toml"], shipped=())
    talk = [*wrote("head", ASKS, 131), *wrote("shop", PLAIN, 131), *wrote("few", ASKS, 2)]
    return {report.sender: report for report in assess_actors(talk, detector)}


def test_polite_sender_to_many_is_on_top_though_no_conversation_is(reports: dict[str, actors.ActorReport]) -> None:
    head = reports["head"]
    assert {contact.band for contact in head.contacts.values()} == {"low"}
    assert next(iter(reports)) == "head"
    assert head.band != "low"
    assert head.recipients == 131
    assert reports["shop"].band == "low"
    assert "few" not in reports  # two recipients are no reach


def test_score_is_the_sum_of_its_points(reports: dict[str, actors.ActorReport]) -> None:
    for report in reports.values():
        parts = report.explanation.contributions
        assert {part.feature for part in parts} <= set(REACH)
        logit = report.explanation.base + math.fsum(part.points for part in parts)
        assert report.score == pytest.approx(1 / (1 + math.exp(-logit)), abs=1e-12)


def test_nearly_the_same_line_is_one_line(reports: dict[str, actors.ActorReport]) -> None:
    asked = reports["head"].repeated[0]
    assert asked.risky
    assert len(asked.conversations) == 33
    assert not reports["shop"].repeated[0].risky


def test_reports_hold_no_text(reports: dict[str, actors.ActorReport]) -> None:
    assert "pic" not in repr(reports["head"])


def test_conversation_that_grows_is_the_same_as_one_that_came_whole(detector: Detector) -> None:
    whole, grown = ActorWatch(detector), ActorWatch(detector)
    for conversation in wrote("head", ASKS, 12):
        whole.add(conversation)
        for n in range(1, len(conversation.messages) + 1):
            grown.add(conversation.first(n))
    assert whole.report("head") == grown.report("head")


def test_a_phrase_that_ends_in_a_later_message_counts_however_the_conversation_came(detector: Detector) -> None:
    small = [(sender, text) for text in ("hello there", "how is it", "good match", "well") for sender in ("head", "x")]
    split = [("head", "can you send me"), ("head", "a pic of you"), ("x", "why")]
    whole, grown = ActorWatch(detector), ActorWatch(detector)
    for n in range(4):
        talk = Conversation(f"c{n}", tuple(Message(who.replace("x", f"x{n}"), text) for who, text in small + split))
        whole.add(talk)
        for end in range(1, len(talk.messages) + 1):
            grown.add(talk.first(end))
    assert whole.report("head") == grown.report("head")
    assert whole.report("head").repeated[0].risky


def test_a_conversation_is_what_was_last_taken_in(detector: Detector) -> None:
    watch = ActorWatch(detector)
    for conversation in wrote("head", ASKS[:1], 4):
        watch.add(conversation)
    for conversation in wrote("head", PLAIN[:1], 4):
        watch.add(conversation)
    assert not any(line.risky for line in watch.report("head").repeated)


def test_the_order_of_conversations_changes_nothing(detector: Detector) -> None:
    wordings = ("me a nice photo of you now", "a nice photo of you now today because", "a nice photo of you now today", *ASKS)
    talk = [*wrote("head", wordings, 30)]
    reports = set()
    for seed in range(4):
        shuffled = random.Random(seed).sample(talk, len(talk))  # noqa: S311  (a draw, no secret)
        reports.add(repr(assess_actors(shuffled, detector)[0]) + repr(assess_actors(shuffled, detector)[0].repeated))
    assert len(reports) == 1


def test_a_wrong_clock_hides_nobody(detector: Detector) -> None:
    talk = [*wrote("head", ASKS, 40)]
    before, *_ = assess_actors(talk, detector)
    far = Conversation("far", (Message("head", "good afternoon", START + timedelta(days=3000)), Message("y", "hello")))
    after, *_ = assess_actors([*talk, far], detector)
    assert (after.sender, after.score) == (before.sender, before.score)


def test_ordinary_talk_before_and_after_hides_nobody(detector: Detector) -> None:
    talk = [*wrote("head", ASKS, 40)]
    later = [
        replace(one, conversation_id=f"{one.conversation_id}-later", messages=tuple(_moved(one.messages, 400)))
        for one in wrote("head", PLAIN, 60)
    ]
    assert assess_actors([*talk, *later], detector)[0].score == assess_actors(talk, detector)[0].score


def _moved(messages: Iterable[Message], days: int) -> Iterator[Message]:
    return (replace(one, timestamp=one.timestamp and one.timestamp + timedelta(days=days)) for one in messages)


def test_who_does_not_answer_and_is_not_listed_is_somebody(detector: Detector) -> None:
    talk = [Conversation(f"c{n}", (Message("head", "good afternoon"), Message("head", ASKS[0]))) for n in range(12)]
    (report,) = assess_actors(talk, detector)
    assert report.recipients == 12


def test_a_window_is_some_time(detector: Detector) -> None:
    with pytest.raises(ValueError, match="positive"):
        ActorWatch(detector, timedelta(0))
    watch = ActorWatch(detector, timedelta.max)
    for conversation in wrote("head", ASKS, 3):
        watch.add(conversation)
    watch.forget(START)
    assert watch.report("head").recipients == 3


def test_short_lines_are_compared_where_they_hold_a_cue() -> None:
    lines = Lines()
    for n in range(3):
        lines.add(f"c{n}", 0, "send a pic!", risky=True)
        lines.add(f"c{n}", 1, "ok good", risky=False)
    assert [line.at for line in lines.repeated(["c0", "c1", "c2"])] == [("c0", 0)]


def test_a_cue_in_one_conversation_is_none_in_another() -> None:
    lines = Lines()
    lines.add("old", 0, "can you send me a photo of you", risky=True)
    for n in range(3):
        lines.add(f"c{n}", n, "can you send me a photo of your order", risky=False)
    (line,) = lines.repeated(["old", "c0", "c1", "c2"])
    assert (line.asked, line.at) == ({"old"}, ("old", 0))
    lines.forget(["old"])
    (line,) = lines.repeated(["c0", "c1", "c2"])
    assert (line.risky, line.at) == (False, ("c0", 0))


def test_only_the_window_counts(detector: Detector) -> None:
    watch = ActorWatch(detector, timedelta(days=10))
    for conversation in wrote("head", ASKS, 50, days=100.0):
        watch.add(conversation)
    assert watch.report("head").recipients == 5


def test_what_is_said_before_a_crowd_does_not_count(detector: Detector) -> None:
    watch = ActorWatch(detector)
    watch.add(Conversation("class", tuple(Message(f"s{n}", "send me a pic of u") for n in range(20))))
    assert watch.senders() == []


def test_a_conversation_that_others_join_does_not_count_any_more(detector: Detector) -> None:
    watch = ActorWatch(detector)
    for conversation in wrote("head", ASKS, 4):
        watch.add(conversation)
    joined = next(wrote("head", ASKS, 4))
    crowd = tuple(Message(f"guest{n}", "hello all") for n in range(3))
    watch.add(Conversation(joined.conversation_id, (*joined.messages, *crowd)))
    assert sorted(watch.report("head").contacts) == ["head/1", "head/2", "head/3"]
    assert watch.senders() == ["head"]


def test_one_recipient_of_many_conversations_is_one(detector: Detector) -> None:
    watch = ActorWatch(detector)
    for n in range(16):
        watch.add(Conversation(f"c{n}", (Message("a", ASKS[0], START), Message(f"b{n % 3}", "ok", START))))
    values = {part.feature: part.value for part in watch.report("a").explanation.contributions}
    assert values["reach:pace"] == values["reach:same-request"] == values["reach:recipients"] == math.log2(3)


def test_recipients_before_the_window_make_no_actor(detector: Detector) -> None:
    assert assess_actors(wrote("head", ASKS, 3, days=20), detector, timedelta(days=1)) == ()


@pytest.mark.parametrize(("connected", "share"), [(None, None), (True, None), (False, 1.0)])
def test_who_was_no_contact_before_is_told_by_the_senders_own_flag(
    detector: Detector,
    connected: bool | None,  # noqa: FBT001  (as the platform tells it)
    share: float | None,
) -> None:
    talk = [
        replace(one, participants=(Participant("head", connected=connected), Participant("x", connected=not connected)))
        for one in wrote("head", ASKS, 3)
    ]
    (report, *_) = assess_actors(talk, detector)
    assert {part.feature: part.value for part in report.explanation.contributions}.get("reach:unconnected") == share


def test_lines_that_only_share_a_little_are_two() -> None:
    lines = Lines()
    for n, text in enumerate(
        ["the quick brown fox jumps over a dog", "the quick brown cat sleeps under a tree", "Quick brown fox jumps over a dog"]
    ):
        lines.add(f"c{n}", 0, text, risky=False)
    assert [line.conversations for line in lines.repeated(["c0", "c1", "c2"])] == [("c0", "c2")]


def test_unknown_sender_is_a_key_error(detector: Detector) -> None:
    with pytest.raises(KeyError):
        ActorWatch(detector).report("nobody")


def record(conversation: Conversation) -> str:
    messages = [
        {"sender": one.sender, "text": one.text, "timestamp": one.timestamp and one.timestamp.isoformat()}
        for one in conversation.messages
    ]
    people = [{"id": one.id, "age": one.age, "connected": one.connected} for one in conversation.participants]
    return json.dumps({"conversation_id": conversation.conversation_id, "participants": people, "messages": messages}) + "\n"


def test_command_writes_the_queue_and_the_page(
    detector: Detector, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Detector, "load", lambda *_: detector)
    chats, out, page = tmp_path / "chats.jsonl", tmp_path / "actors.jsonl", tmp_path / "actors.html"
    talk = [*wrote("head", ASKS, 131), *wrote("shop <b>", PLAIN, 9)]
    chats.write_text("".join(map(record, talk)) + "{\n", "utf-8")
    assert main(["actors", str(chats), "--out", str(out), "--html", str(page)]) == 1  # one bad line
    rows = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [row["sender"] for row in rows] == ["head", "shop <b>"]
    assert rows[0]["band"] != "low"
    assert "send me a pic" not in out.read_text("utf-8")
    html = page.read_text("utf-8")
    assert "can you send me a pic of you" in html
    assert "131 recipients" in html
    assert REACH["reach:same-request"].meaning in html
    assert "<script" not in html
    captured = capsys.readouterr()
    assert "head" in captured.out
    assert "chats.jsonl:141: is cut off" in captured.err


def test_an_id_of_another_file_is_told_and_left_out(
    detector: Detector, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Detector, "load", lambda *_: detector)
    one, two, page = tmp_path / "one.jsonl", tmp_path / "two.jsonl", tmp_path / "actors.html"
    one.write_text("".join(map(record, wrote("head", ASKS, 40))), "utf-8")
    shop = [replace(talk, conversation_id=f"head/{n}") for n, talk in enumerate(wrote("shop", PLAIN, 40))]
    two.write_text("".join(map(record, shop)), "utf-8")
    assert main(["actors", str(one), str(two), "--html", str(page)]) == 1
    assert "two.jsonl: a conversation_id comes twice" in capsys.readouterr().err
    assert "can you send me a pic of you" in page.read_text("utf-8")
    assert "parcel" not in page.read_text("utf-8")


def test_what_lies_before_the_window_is_forgotten(detector: Detector) -> None:
    watch = ActorWatch(detector, timedelta(days=30))
    for conversation in wrote("head", ASKS, 12):
        watch.add(conversation)
    before = watch.report("head")
    watch.forget(START + timedelta(days=88, hours=1))
    after = watch.report("head")
    assert after.contacts == before.contacts  # the report looks no further back anyway
    assert after.score == before.score
    assert after.repeated == before.repeated
    assert {line.at.conversation for line in after.repeated} <= set(after.contacts)
    watch.forget(START.replace(tzinfo=None) + timedelta(days=500))
    with pytest.raises(KeyError):
        watch.report("head")


def test_conversations_without_timestamps_are_not_forgotten(detector: Detector) -> None:
    watch = ActorWatch(detector)
    for n in range(3):
        watch.add(Conversation(f"c{n}", (Message("a", ASKS[0]), Message(f"b{n}", "no"))))
    watch.forget(START)
    assert watch.report("a").recipients == 3


@pytest.fixture(scope="module")
def shipped() -> Detector:
    return Detector.load()


@pytest.mark.parametrize(
    ("line", "flagged"), [("can you send me a photo of you", True), ("please send me your homework", False)]
)
def test_a_plain_request_that_many_strangers_get_counts_though_words_doubt_it(
    shipped: Detector,
    line: str,
    flagged: bool,  # noqa: FBT001  (what is expected)
) -> None:
    (report, *_) = assess_actors(wrote("x", (line,), 40), shipped)
    assert shipped.is_telling(line) is report.repeated[0].risky is flagged
    assert (report.band != "low") is flagged
    told = {part.feature for part in report.explanation.contributions}
    assert ("reach:same-request" in told) is flagged


def test_a_request_to_known_adults_or_contacts_is_none_to_strangers(detector: Detector) -> None:
    def asked(age: float | None, connected: bool | None) -> float:  # noqa: FBT001  (as the platform tells it)
        talk = [
            replace(one, participants=(Participant("head", connected=connected), replace(one.participants[1], age=age)))
            for one in wrote("head", ASKS[:1], 8)
        ]
        (report, *_) = assess_actors(talk, detector)
        return {part.feature: part.value for part in report.explanation.contributions}.get("reach:same-request", 0.0)

    assert asked(13, connected=False) == asked(None, connected=None) == 3.0
    assert asked(30, connected=False) == asked(13, connected=True) == 0.0
