"""Renderings: the page runs nothing and fetches nothing, its points add up, lines come back, files are whole or not there."""

from __future__ import annotations

import base64
import hashlib
import html
import io
import json
import os
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from support import CUE_LINES, chat, conversations, hostile

from grooming_detect import Contribution, Conversation, Detector, Explanation, Message, OutputError, RiskReport, Span
from grooming_detect.files import written_whole
from grooming_detect.finders.ages import RELATIONS
from grooming_detect.finders.habits import HABITS
from grooming_detect.finders.words import BESIDE, EVERYDAY, HEARD_TOGETHER, PRESSING, TOGETHER
from grooming_detect.render.exhibit import AROUND, MOST_SHOWN, exhibit, reason_of, title_of
from grooming_detect.render.html import Totals, page
from grooming_detect.render.jsonl import RankedLines, as_line, as_record
from grooming_detect.render.terminal import queue_table

if TYPE_CHECKING:
    from pathlib import Path

HIDE = "dont tell your mum"


class Page(HTMLParser):
    """All tags of a page, and the text in each."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def shown(detector: Detector, *talks: Conversation) -> str:
    """The page of all sides of these talks."""
    exhibits = [exhibit(talk, report) for talk in talks for report in detector.assess(talk)]
    totals = Totals(len(talks), 1, len(exhibits), 0, {"high": 0, "review": 0, "low": len(exhibits)}, detector.weights.name)
    return page(exhibits, totals, detector.rules)


def test_page_forbids_everything_remote_and_all_scripts(detector: Detector) -> None:
    text = shown(detector, chat(HIDE))
    (policy,) = [attrs["content"] for tag, attrs in Page(text).tags if attrs.get("http-equiv") == "Content-Security-Policy"]
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert text.index("Content-Security-Policy") < text.index("<style>")


@given(st.lists(hostile, max_size=3))
def test_page_has_no_script_and_refers_to_nothing(detector: Detector, texts: list[str]) -> None:
    talk = chat(HIDE, *texts, *HOSTILE_MARKUP, name="<script src=//example.com>")
    text = shown(detector, talk)
    for tag, attrs in Page(text).tags:
        assert tag not in {
            "script",
            "iframe",
            "img",
            "link",
            "object",
            "embed",
            "form",
            "base",
            "a",
            "audio",
            "video",
            "b onclick",
        }
        assert not {name for name in attrs if name.startswith("on") or name in {"src", "href", "srcset", "style", "action"}}
    assert "url(" not in text.partition("</style>")[0]
    assert "@import" not in text.partition("</style>")[0]


HOSTILE_MARKUP = (
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "</mark></li><script>",
    "&lt;script&gt;",
    "{{ 7*7 }}",
    "]]>",
)


@pytest.mark.parametrize("text", HOSTILE_MARKUP)
@pytest.mark.parametrize("place", ["text", "sender", "name"])
def test_hostile_markup_is_shown_as_it_was_written(detector: Detector, text: str, place: str) -> None:
    sender = text if place == "sender" else "a"
    messages = (Message(sender, HIDE), Message(sender, text if place == "text" else "ok"))
    read = Page(shown(detector, Conversation(text if place == "name" else "c1", messages)))
    assert text in "".join(read.texts)


def test_sender_and_conversation_cannot_turn_the_line_around(detector: Detector) -> None:
    name, sender = "\u202eeman", "\u202eredne"
    text = shown(detector, Conversation(name, (Message(sender, HIDE),)))
    assert f"<bdi>{sender}</bdi>" in text
    assert f"<bdi>{name}</bdi>" in text
    assert 'dir="auto"' in text


def test_control_characters_are_shown_as_pictures(detector: Detector) -> None:
    text = shown(detector, chat(f"\x00\x1b[31m {HIDE}"))
    assert "␀␛[31m" in text
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f]", text)


@given(conversations)
def test_page_is_utf8_and_shows_the_evidence(detector: Detector, talk: Conversation) -> None:
    clean = Conversation("c1", tuple(Message(m.sender, m.text.encode("utf-8", "replace").decode()) for m in talk.messages))
    shown(detector, clean).encode()


def numbers(cells: list[str]) -> list[float]:
    return [float(cell.replace("\u2212", "-")) for cell in cells]


@pytest.mark.parametrize(
    "texts", [(HIDE,), (HIDE, "ill give you $50", HIDE), ("dinner is ready",), tuple(CUE_LINES)], ids=range(4)
)
def test_points_on_the_page_add_up_before_your_eyes(detector: Detector, texts: tuple[str, ...]) -> None:
    text = shown(detector, chat(*texts))
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", text, re.DOTALL)
    points = numbers([cell for row in rows for cell in re.findall(r"<td>([+-][\d.]+)</td>\s*$", row.strip())])
    (report,) = detector.assess(chat(*texts))
    *parts, total = points
    assert len(parts) == 1 + len(report.explanation.contributions)
    assert sum(parts) == pytest.approx(total, abs=0.005 * (len(parts) + 1))
    assert f"{report.score:.1%}" in text


@pytest.mark.parametrize(("parts", "folded"), [(9, 0), (11, 0), (12, 2), (30, 20)])
def test_what_counts_less_is_folded_and_still_adds_up(detector: Detector, parts: int, folded: int) -> None:
    talk = chat(HIDE)
    (report,) = detector.assess(talk)
    counting = tuple(Contribution(f"cue:secrecy.n{n}", 1.0, 3 / 1.1**n, ()) for n in range(parts))
    case = exhibit(talk, replace(report, explanation=Explanation(-4.0, (*counting, Contribution(BESIDE, 1.0, 0.0, ())))))
    text = page([case], Totals(1, 1, 1, 0, {"high": 1, "review": 0, "low": 0}, "m 1"), detector.rules)
    assert case.heavy + case.light == counting
    assert len(case.light) == folded
    assert (f"{folded} that count less, together" in text) == bool(folded)
    assert text.count(f"<td>{sum(part.points for part in case.light):+.2f}</td>") == bool(folded)


def test_page_marks_the_evidence_with_its_cue_and_points(detector: Detector) -> None:
    text = shown(detector, chat(f"ok {HIDE} lol"))
    (report,) = detector.assess(chat(f"ok {HIDE} lol"))
    (part,) = (part for part in report.explanation.contributions if part.feature.startswith("cue:"))
    assert re.search(rf"<mark [^>]*>{HIDE}</mark>", text)
    assert html.escape(f"{title_of(part.feature)} {part.points:+.2f}") in text
    assert detector.rules[part.feature].why in text


def test_points_that_lie_in_several_messages_are_said_to_count_once(detector: Detector) -> None:
    talk = chat(HIDE, "nice weather", HIDE)
    (report,) = detector.assess(talk)
    (part,) = (part for part in report.explanation.contributions if part.feature.startswith("cue:"))
    assert shown(detector, talk).count(f">{title_of(part.feature)} {part.points:+.2f} in all</span>") == 2


def test_what_only_adds_up_is_not_named_in_the_messages(detector: Detector) -> None:
    talk = chat(HIDE)
    (report,) = detector.assess(talk)
    added = [Contribution(label, 1.0, 0.5, (Span(0, 0, 4),)) for label in (TOGETHER, PRESSING, EVERYDAY)]
    explanation = replace(report.explanation, contributions=(*report.explanation.contributions, *added))
    (message,) = exhibit(talk, replace(report, explanation=explanation)).shown
    named = {part.feature for mark in message.marks for part in mark.parts}
    assert EVERYDAY in named
    assert named.isdisjoint({TOGETHER, PRESSING})


def test_messages_to_be_read_with_the_rest_are_marked_and_count_for_nothing(detector: Detector) -> None:
    talk = chat(HIDE, "see you there")
    (report,) = detector.assess(talk)
    explanation = report.explanation
    beside = Contribution(BESIDE, 1.0, 0.0, (Span(1, 0, 13),))
    flagged = replace(report, explanation=replace(explanation, contributions=(*explanation.contributions, beside)))
    text = page([exhibit(talk, flagged)], Totals(1, 2, 1, 0, {"high": 0, "review": 1, "low": 0}, "m 1"), detector.rules)
    assert '<mark class="beside" title="read with the rest ">see you there</mark>' in text
    assert reason_of(BESIDE, detector.rules) in text
    assert "+0.00" not in text


def test_page_without_cases_says_so(detector: Detector) -> None:
    text = page([], Totals(1, 2, 2, 3, {"high": 0, "review": 0, "low": 2}, "m 1"), detector.rules)
    assert "No side reached" in text
    assert "<b>3</b> faults" in text
    assert "Never tested on real cases" in text


@given(conversations)
def test_marks_of_a_message_are_its_text(detector: Detector, talk: Conversation) -> None:
    for report in detector.assess(talk):
        for message in exhibit(talk, report).shown:
            text = talk.messages[message.index].text
            assert "".join(mark.text for mark in message.marks) == text[: len(text) if not message.shortened else 2_000]


def test_exhibit_shows_the_evidence_and_what_stands_around(detector: Detector) -> None:
    talk = chat(*["weather"] * 20, HIDE, *["weather"] * 20)
    (report,) = detector.assess(talk)
    case = exhibit(talk, report)
    assert [message.index for message in case.shown] == list(range(20 - AROUND, 20 + AROUND + 1))
    assert (case.shown[0].skipped, case.rest, case.length) == (20 - AROUND, 20 - AROUND, 41)
    assert (0.5, report.explanation.contributions[0]) in case.ticks()


def test_exhibit_of_a_long_talk_stays_short(detector: Detector) -> None:
    talk = chat(*CUE_LINES * 20)
    assert len(exhibit(talk, detector.assess(talk)[0]).shown) <= MOST_SHOWN


@pytest.mark.parametrize(
    ("feature", "title"),
    [
        ("cue:photo_request.send-photo", "photo request: send photo"),
        ("heard:refusal.says-no", "heard · refusal: says no"),
        ("habit:share-of-talk", "habit · share of talk"),
        ("pair:secrecy+photo_request", "secrecy with photo request"),
        ("word:secrecy", "learned words: secrecy"),
        (PRESSING, "learned words: unlike those of everyday people"),
    ],
)
def test_label_in_words(feature: str, title: str) -> None:
    assert title_of(feature) == title


def test_reason_is_that_of_the_rule_also_when_heard(detector: Detector) -> None:
    why = "Asks that the contact be hidden from carers."
    for kind, reason in (("cue", why), ("heard", f"Said by the other side: {why}"), ("habit", "")):
        assert reason_of(f"{kind}:secrecy.hide-from-carers", detector.rules) == reason


def test_what_ages_say_has_a_reason() -> None:
    assert reason_of("habit:ages.adult-to-minor", {}) == "An adult writes to a minor, by the ages given or said."
    assert all(reason_of(label, {}) for label in (*RELATIONS, *HABITS, TOGETHER, HEARD_TOGETHER, EVERYDAY, PRESSING))


def report_of(record: dict[str, object]) -> RiskReport:
    """A report from what was written of it."""
    table = json.loads(json.dumps(record))
    parts = [
        Contribution(
            part["feature"],
            part["value"],
            part["weight"],
            tuple(Span(s["message"], s["start"], s["end"]) for s in part["spans"]),
        )
        for part in table["explanation"]["contributions"]
    ]
    explanation = Explanation(table["explanation"]["base"], tuple(parts))
    rest = [table[key] for key in ("conversation_id", "sender", "score", "band")]
    return RiskReport(*rest, tuple(table["patterns"]), explanation, table["model"], table["coverage"])


@given(conversations)
def test_report_comes_back_from_its_line(detector: Detector, talk: Conversation) -> None:
    for report in detector.assess(talk):
        line = as_line(report)
        assert line.count("\n") == 1
        assert line.endswith("\n")
        back = report_of(json.loads(line))
        assert back == report
        assert back.explanation.score == report.score
        points = [part["points"] for part in json.loads(line)["explanation"]["contributions"]]
        assert points == [part.points for part in report.explanation.contributions]


def test_line_has_the_keys_of_the_design_and_no_chat_text(detector: Detector) -> None:
    talk = chat(HIDE)
    (report,) = detector.assess(talk)
    record = as_record(report)
    assert list(record) == ["conversation_id", "sender", "score", "band", "patterns", "model", "coverage", "explanation"]
    assert list(record["explanation"]) == ["base", "contributions"]
    assert list(record["explanation"]["contributions"][0]) == ["feature", "value", "weight", "points", "spans"]
    assert record["explanation"]["contributions"][0]["spans"] == [{"message": 0, "start": 0, "end": len(HIDE)}]
    assert "your mum" not in as_line(report)


def test_quotes_are_the_words_of_the_spans(detector: Detector) -> None:
    talk = chat(f"ok {HIDE} lol")
    record = as_record(detector.assess(talk)[0], talk)
    spans = [span for part in record["explanation"]["contributions"] for span in part["spans"]]
    assert [span["quote"] for span in spans] == [HIDE] * len(spans) != []


scored = st.lists(st.tuples(st.floats(0, 1), st.text(alphabet='ab {}"\\é☃', max_size=8)), max_size=60)


@given(scored, st.integers(0, 60))
def test_lines_ranked_on_disk_are_those_sorted_in_memory(items: list[tuple[float, str]], at_once: int) -> None:
    with RankedLines(at_once) as ranked:
        for score, text in items:
            ranked.add(score, text + "\n")
        assert list(ranked) == [text + "\n" for _, text in sorted(items, key=lambda item: -item[0])]


def test_ranked_lines_with_odd_line_ends_come_back() -> None:
    with RankedLines(0) as ranked:
        for n, text in enumerate(("a\u2028b\n", "c\u0085d\n", "e\rf\n")):
            ranked.add(-n, text)
        assert list(ranked) == ["a\u2028b\n", "c\u0085d\n", "e\rf\n"]


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def write_and_fail(path: Path, error: BaseException) -> None:
    with written_whole(path) as stream:
        stream.write("half")
        raise error


def test_file_is_written_whole(tmp_path: Path) -> None:
    with written_whole(tmp_path / "out") as stream:
        stream.write("héllo\n")
        assert not (tmp_path / "out").exists()
    assert (tmp_path / "out").read_bytes() == "héllo\n".encode()
    assert names(tmp_path) == ["out"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_after_a_failure_nothing_is_left(error: type[BaseException], tmp_path: Path) -> None:
    with pytest.raises(error):
        write_and_fail(tmp_path / "out", error())
    assert names(tmp_path) == []


def test_after_a_failure_the_old_file_stands(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("old")
    with pytest.raises(ValueError, match="stop"):
        write_and_fail(tmp_path / "out", ValueError("stop"))
    assert (tmp_path / "out").read_text() == "old"


def test_full_disk_is_an_output_error_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OutputError) as caught:
        write_and_fail(tmp_path / "out", OSError(28, "No space left on device"))
    wording = "cannot be written: No space left on device (make room, or name another place)"
    assert str(caught.value) == f"{tmp_path / 'out'}: {wording}"
    assert names(tmp_path) == []


def test_missing_folder_is_an_output_error(tmp_path: Path) -> None:
    path = tmp_path / "none" / "out"
    with pytest.raises(OutputError) as caught:
        write_and_fail(path, ValueError())
    assert str(caught.value) == f"{path}: cannot be written: No such file or directory (name a folder that you may write to)"


def test_written_file_may_be_read_by_those_the_umask_allows(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        with written_whole(tmp_path / "out"):
            pass
    finally:
        os.umask(before)
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("sender", ["[bold]a[/bold]", "[link=https://example.com]x[/link]", "[/]"])
def test_terminal_shows_names_as_they_are(detector: Detector, sender: str) -> None:
    console = Console(file=io.StringIO(), width=200)
    console.print(queue_table(detector.assess(Conversation("c1", (Message(sender, HIDE),)))))
    assert isinstance(console.file, io.StringIO)
    assert sender in console.file.getvalue()
    assert "secrecy: hide from carers" in console.file.getvalue()


def test_terminal_gets_no_control_characters(detector: Detector) -> None:
    console = Console(file=io.StringIO(), width=200)
    console.print(queue_table(detector.assess(Conversation("c\x1b[2J", (Message("a\x1b]0;x\x07", HIDE),)))))
    assert isinstance(console.file, io.StringIO)
    assert not {"\x1b", "\x07"} & set(console.file.getvalue())
