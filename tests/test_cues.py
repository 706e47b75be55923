"""The cue finder: what silences a cue, phrases split over messages, exact spans, disguises, text that must stay ordinary."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from support import CUE_LINES, PACK, chat, conversations, findings, hostile, quotes

from grooming_detect import Conversation, Message, Span
from grooming_detect.finders.cues import NEAR, TAIL, CueFinder, CueMemory, merged
from grooming_detect.packs import default_packs

SECRECY, PHOTO, MONEY = "secrecy.hide-from-carers", "photo_request.send-photo", "money_offer.give-money"
HIDE = "dont tell your mum"


@pytest.mark.parametrize(
    ("text", "label", "quote"),
    [
        ("ok but Don’t tell your mum lol", SECRECY, "Don’t tell your mum"),
        ("(don't tell ur mum!)", SECRECY, "don't tell ur mum"),
        ("hey DONT  TELL\tyour\nMUM", SECRECY, "DONT  TELL\tyour\nMUM"),
        ("keep it all secret ok", SECRECY, "keep it all secret"),
        ("so send me a pic of u, ok", PHOTO, "send me a pic of u"),
        ("👍 ill give you $50 👍", MONEY, "ill give you $50"),
        ("ok. meet me there", "meeting.come-over", "meet me"),
        ("are you 13?", "age_probe.how-old", "are you 13?"),
        ("dont 😀 tell 😀 mum", SECRECY, "dont 😀 tell 😀 mum"),
    ],
)
def test_span_quotes_exactly_the_words_of_the_cue(finder: CueFinder, text: str, label: str, quote: str) -> None:
    assert quotes(finder, text) == {label: [quote]}


@pytest.mark.parametrize(
    "disguised",
    [
        "SEND ME A PIC OF YOU", "sénd mé a pïc of yöu", "s3nd me a p1c of y0u", "$end me a p!c of you",
        "s.e.n.d me a p-i-c of you",
        "s_e_n_d me a p*i*c of you", "𝓼𝓮𝓷𝓭 𝓶𝓮 𝓪 𝓹𝓲𝓬 𝓸𝓯 𝔂𝓸𝓾", "ｓｅｎｄ ｍｅ ａ ｐｉｃ ｏｆ ｙｏｕ", "ⓢⓔⓝⓓ me a ⓟⓘⓒ of you",
        "🇸🇪🇳🇩 me a 🅟🅘🅒 of you", "🆂🅴🅽🅳 me a pic of you", "ѕеnd mе а рiс of уоu", "se\u200bnd me a p\u200dic of you",
        "s\u0336e\u0336n\u0336d\u0336 me a pic of you", "send\u00a0me\u3000a pic of you", "sennnd me a piiiic of youuu",
        "send me a pcture of you", "send me a picutre of you", "send me a piccture of you", "s e n d m e a p i c of you",
        "send me a p i c t u r e of you", "send,me,a,pic,of,you", "send/me/a/pic/of/you",
        "send...me a pic of you", "send \u202eme\u202c a pic of you", "send me a pic of ya", "send me a selfie, of yourself",
        "\x00send me\x00 a pic of you",
    ],
)  # fmt: skip
def test_disguised_request_is_found(finder: CueFinder, disguised: str) -> None:
    assert list(quotes(finder, disguised)) == [PHOTO]


def test_request_from_its_end_is_found() -> None:
    english = CueFinder.of([pack for pack in default_packs() if pack.language == "en"])
    assert quotes(english, "uoy fo cip a em dnes")["photo_request.send-your-photo"][0].endswith("cip a em dnes")


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "hello", "how are you", "see you at 5pm", "it costs $50", "£1,000.50 each", "17:30 on 2026-05-01", "3/4",
        "100%",
        "0x5ec2e7 deadbeef", "a1b2c3d4e5f6", "https://example.com/s3cr3t?p=1c", "me@example.com", "C:\\photos\\me",
        "1v1 me", "2nd place",
        "print(send[me])", "keep it up", "secret santa", "that's a nice photo of you", "my mum says hi", "tell your mum",
        "you dont say, mum",
        "wat leuk, tot morgen", "bis morgen dann", "à demain", "hasta mañana", "до завтра", "明天见", "また明日",
        "내일 봐", "พรุ่งนี้เจอกัน",
        "कल मिलते हैं", "أراك غدا", "נתראה מחר", "αύριο", "👍👍👍", "!!!???...", "a b c d e f g", "x x x x", "l o l", "u u u",
    ],
)  # fmt: skip
def test_ordinary_text_has_no_cue(finder: CueFinder, text: str) -> None:
    assert quotes(finder, text) == {}


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/send-me-a-pic-of-you",
        "https://example.com/dont/tell/your/mum",
        "www.example.com/?q=our+secret",
        "dont_tell_mum.png",
    ],
)
def test_words_inside_an_address_quote_only_it(finder: CueFinder, url: str) -> None:
    for found in quotes(finder, url, "ok").values():
        assert all(quote in url for quote in found)


@pytest.mark.parametrize(
    "texts",
    [
        (HIDE + " about the birthday present",),
        ("its a surprise party", HIDE),
        ("b: is it a birthday present", HIDE),
        ("birthday present!", "b: ok", HIDE),
        ("dont tell your", "mum, its a surprise party"),
    ],
)
def test_unless_silences_in_the_message_and_shortly_before(finder: CueFinder, texts: tuple[str, ...]) -> None:
    assert quotes(finder, *texts) == {}


@pytest.mark.parametrize(
    "texts",
    [
        ("b: birthday present", *["b: ok then"] * NEAR, HIDE),  # too long ago
        (HIDE, "birthday present"),  # a finder never looks ahead
        ("birthday", HIDE),
        ("passport", HIDE),  # another rule's
    ],
)
def test_unless_that_is_not_near_silences_nothing(finder: CueFinder, texts: tuple[str, ...]) -> None:
    assert quotes(finder, *texts) == {SECRECY: [HIDE]}


def test_unless_of_one_rule_leaves_the_others(finder: CueFinder) -> None:
    assert quotes(finder, "send me a pic of you for the passport, " + HIDE) == {SECRECY: [HIDE]}


def test_silencing_rule_takes_risk_cues_of_its_message_and_keeps_protective_ones(finder: CueFinder) -> None:
    text = f"never answer messages like {HIDE}. dinner is ready"
    assert set(quotes(finder, text)) == {"quoted_speech.warning", "caregiver_talk.homework"}


def test_silencing_rule_leaves_other_messages_alone(finder: CueFinder) -> None:
    found = quotes(finder, HIDE, "b: never answer messages like that", HIDE)
    assert found == {SECRECY: [HIDE, HIDE], "quoted_speech.warning": ["never answer messages like"]}


@pytest.mark.parametrize(
    ("texts", "spans"),
    [
        (("dont tell", "your mum"), (Span(0, 0, 9), Span(1, 0, 8))),
        (("ok dont", "tell", "your", "mum ok"), (Span(0, 3, 7), Span(1, 0, 4), Span(2, 0, 4), Span(3, 0, 3))),
        (("dont tell", "👍", "mum"), (Span(0, 0, 9), Span(2, 0, 3))),
    ],
)
def test_phrase_split_over_messages_has_a_span_in_each(
    finder: CueFinder, texts: tuple[str, ...], spans: tuple[Span, ...]
) -> None:
    found = [finding for one in findings(finder, chat(*texts)) for finding in one]
    assert [(finding.label, finding.spans) for finding in found] == [(f"cue:{SECRECY}", spans)]


def test_split_phrase_is_reported_with_its_last_message(finder: CueFinder) -> None:
    assert [len(found) for found in findings(finder, chat("dont tell", "your mum"))] == [0, 1]


def test_phrase_is_not_put_together_from_two_senders(finder: CueFinder) -> None:
    assert quotes(finder, "dont tell", "b: your mum") == {}
    assert quotes(finder, "dont tell", "b: what", "your mum") == {}


def test_cue_of_one_message_is_not_found_again_with_the_next(finder: CueFinder) -> None:
    assert [len(found) for found in findings(finder, chat(HIDE, "ok", "sure"))] == [1, 0, 0]


def test_split_phrase_reaches_back_over_few_words_only(finder: CueFinder) -> None:
    rest = " ".join(["word"] * TAIL)
    assert quotes(finder, "keep", f"{rest} secret") == {}


def test_same_cue_twice_in_a_message_is_one_finding_of_two_spans(finder: CueFinder) -> None:
    (found,) = findings(finder, chat(f"{HIDE}, {HIDE}"))
    assert [(finding.label, len(finding.spans)) for finding in found] == [(f"cue:{SECRECY}", 2)]


def test_findings_of_a_message_are_sorted_by_label(finder: CueFinder) -> None:
    (found,) = findings(finder, chat(f"send me a pic of you, {HIDE}, ill give you $5"))
    assert [finding.label.removeprefix("cue:") for finding in found] == [MONEY, PHOTO, SECRECY]


def test_rules_of_one_label_in_two_packs_count_once() -> None:
    (found,) = findings(CueFinder.of([PACK, replace(PACK, sha256="0")]), chat(HIDE))
    assert [finding.spans for finding in found] == [(Span(0, 0, len(HIDE)),)]


def test_two_packs_are_on_at_once() -> None:
    rules = {rule.family: rule for rule in PACK.rules}
    one, other = (replace(PACK, rules=(rules[family],)) for family in ("meeting", "photo_request"))
    assert set(quotes(CueFinder.of([one, other]), "meet me. send me a pic of you")) == {"meeting.come-over", PHOTO}


def test_finder_without_packs_finds_nothing() -> None:
    assert quotes(CueFinder.of([]), *CUE_LINES) == {}


@given(conversations)
def test_spans_slice_the_text_in_order_without_overlap(finder: CueFinder, conversation: Conversation) -> None:
    for index, found in enumerate(findings(finder, conversation)):
        for finding in found:
            assert finding.spans
            assert list(finding.spans) == list(merged(finding.spans))
            for span in finding.spans:
                assert 0 <= span.message <= index
                assert conversation.messages[span.message].sender == conversation.messages[index].sender
                assert 0 <= span.start < span.end <= len(conversation.messages[span.message].text)
            assert finding.spans[-1].message == index


@given(conversations)
def test_what_comes_later_changes_nothing(finder: CueFinder, conversation: Conversation) -> None:
    whole = findings(finder, conversation)
    for n in range(len(conversation.messages)):
        assert findings(finder, conversation.first(n)) == whole[:n]


@given(hostile)
def test_remembering_words_changes_nothing(text: str) -> None:
    once = CueFinder.of([PACK])
    assert findings(once, chat(text, text)) == findings(once, chat(text, text))


def test_memory_stays_small(finder: CueFinder) -> None:
    memory = CueMemory()
    for index in range(1_000):
        finder.see(memory, index, Message("a", "dont tell me you and q r s the weather"))
    assert (len(memory.near), len(memory.run), len(memory.tail)) == (NEAR, TAIL, TAIL)


def test_very_long_message_is_searched_to_its_end(finder: CueFinder) -> None:
    text = "weather " * 100_000 + HIDE
    assert quotes(finder, text) == {SECRECY: [HIDE]}


@pytest.mark.parametrize(
    ("spans", "result"),
    [
        ([], ()),
        ([Span(0, 4, 9), Span(0, 0, 5)], (Span(0, 0, 9),)),
        ([Span(0, 0, 5), Span(0, 5, 9)], (Span(0, 0, 5), Span(0, 5, 9))),
        ([Span(0, 0, 9), Span(0, 2, 3)], (Span(0, 0, 9),)),
        ([Span(1, 0, 5), Span(0, 0, 5)], (Span(0, 0, 5), Span(1, 0, 5))),
    ],
)
def test_overlapping_spans_are_merged(spans: list[Span], result: tuple[Span, ...]) -> None:
    assert merged(spans) == result
