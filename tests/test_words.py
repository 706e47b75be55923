"""Learned words, as the bundled model has them: they quote the text itself, in any disguise, and leave quoted speech alone."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import PACK, chat, findings

from grooming_detect import Detector
from grooming_detect.finders.cues import CueFinder, CueMemory
from grooming_detect.finders.words import BESIDE, EVERYDAY, PRESSING, TOGETHER
from grooming_detect.report import Span
from grooming_detect.weights import WordTable

WORDS = (
    "send",
    "me",
    "a",
    "photo",
    "of",
    "you",
    "secret",
    "tell",
    "parents",
    "alone",
    "the",
    "xq",
    "please",
    "otohp",
    "terces",
    "🤫",
)


HALF_BELIEVED = WordTable(
    weights=MappingProxyType({"tell": 0.001, "plain": 8.0}),
    letters=MappingProxyType({"xyz": 1.0}),
    families=MappingProxyType({"secrecy": MappingProxyType({"plain": 1.0})}),
    hint=2.0,
    strong=4.0,
    doubt=-1.0,
    agree=1.0,
)


def strengths(*texts: str) -> list[dict[str, float]]:
    """Strength by label, message by message, under a table that half believes any cue."""
    found = findings(CueFinder.of([PACK], HALF_BELIEVED), chat(*texts))
    return [{finding.label: finding.strength for finding in one} for one in found]


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector.load()


def disguised(word: str, how: int) -> str:
    return (word, word[::-1], " ".join(word), word.replace("e", "3"), word.upper(), f"({word})")[how]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(WORDS), st.integers(0, 5)), min_size=1, max_size=14))
def test_every_span_quotes_the_text(detector: Detector, drawn: list[tuple[str, int]]) -> None:
    talk = chat("hello", " ".join(disguised(word, how) for word, how in drawn))
    for report in detector.assess(talk):
        for part in report.explanation.contributions:
            assert all(quote.strip() for quote in part.quotes(talk))


def test_words_find_a_wording_that_no_rule_has(detector: Detector) -> None:
    (report,) = detector.assess(chat("nobody gets to read what i write you"))
    kinds = {part.feature.partition(":")[0] for part in report.explanation.contributions if part.points > 0}
    assert kinds == {"word"}


def test_quoted_speech_is_not_judged_by_its_words(detector: Detector) -> None:
    (report,) = detector.assess(chat("if anyone asks you to send a photo or keep a secret, tell a teacher straight away"))
    assert not any(part.feature.startswith("word:") for part in report.explanation.contributions)


def test_cues_of_several_families_in_a_message_back_each_other() -> None:
    alone, together = strengths("dont tell your mum", "dont tell your mum, send me a pic of you, ill give you $5")
    assert list(alone.values()) == pytest.approx([0.5], abs=0.01)
    assert list(together.values()) == pytest.approx([0.875] * 3, abs=0.01)


def test_only_words_plainer_than_a_full_finding_add_up() -> None:
    nothing, one, more = strengths("well well", "plain hello hello hello hello hello hello", "plain plain plain plain")
    assert nothing == {}
    assert [label.partition(":")[0] for label in one] == ["word"]
    assert set(more) - set(one) == {TOGETHER}
    assert more[TOGETHER] == pytest.approx((4 * 8 / 4**0.5 - 4.0) / 8)


def test_faint_messages_are_read_beside_the_evidence_and_count_for_nothing() -> None:
    faint, ordinary = "tell hello hello", "hello hello hello"
    weights = replace(Detector([PACK], shipped=()).weights, words=HALF_BELIEVED, review=0.3, high=0.9)
    detector = Detector([PACK], weights, shipped=())
    silenced = "if a stranger says tell hello hello, tell a teacher"
    (alone,) = detector.assess(chat(faint, ordinary, silenced))
    flagged, bare = (
        detector.assess(chat(*texts, *["dont tell your mum, send me a pic of you, ill give you $5"] * 2))[0]
        for texts in ((faint, ordinary), (ordinary, ordinary))
    )
    assert (alone.band, alone.explanation.contributions) == ("low", ())
    assert flagged.band != "low"
    beside = flagged.explanation.contributions[-1]
    assert (beside.feature, beside.points, beside.spans) == (BESIDE, 0.0, (Span(0, 0, len(faint)),))
    assert flagged.score == bare.score
    assert BESIDE not in {part.feature for part in bare.explanation.contributions}


def test_of_faint_messages_the_plainest_are_kept() -> None:
    memory = CueMemory()
    for index, margin in enumerate([1.0, 5.0, 2.0, 9.0, 3.0, 4.0, 2.0, 8.0]):
        memory.keep_beside("a", margin, Span(index, 0, 2))
    assert [span.message for span in memory.beside_of("a")] == [1, 2, 3, 4, 5, 7]
    assert memory.beside_of("b") == ()


def test_words_of_no_family_are_no_finding() -> None:
    nameless = replace(HALF_BELIEVED, families=MappingProxyType({}))
    assert findings(CueFinder.of([PACK], nameless), chat("plain plain plain")) == [()]


def test_words_that_stand_apart_speak_together() -> None:
    table = replace(HALF_BELIEVED, weights=MappingProxyType({"tell": 0.001}), apart=MappingProxyType({"send pic": 6.0}))
    finder = CueFinder.of([PACK], table)
    assert finder.words is not None

    def margin(text: str) -> float:
        symbols = finder.lexicon.symbols(text)
        return finder.words.judge(symbols, finder.words.letters(text)).margin

    assert margin("send me a pic") == pytest.approx(6 / 3**0.5)  # of four words, three pairs stand apart
    assert margin("send pic of me") == margin("pic me a send") == margin("send a b c d e pic") == 0.0


def test_ordinary_sentences_beside_it_do_not_hide_a_plain_one() -> None:
    finder = CueFinder.of([PACK], HALF_BELIEVED)
    assert finder.words is not None

    def margin(text: str) -> float:
        symbols = finder.lexicon.symbols(text)
        return finder.words.judge(symbols, finder.words.letters(text), text).margin

    alone, hidden = margin("plain plain plain"), margin("hello hello hello. plain plain plain")
    assert alone == pytest.approx(24 / 3**0.5)
    assert hidden == pytest.approx((24 / 7**0.5 + alone) / 2)  # of seven symbols, the end of a sentence being one
    assert margin("hello hello hello plain plain plain") == pytest.approx(24 / 6**0.5)  # no mark parts these


def test_words_of_people_who_only_sound_alike_count_against_a_cue_and_others_for_it() -> None:
    alike = WordTable(weights=MappingProxyType({"grandma": -6.0, "hush": 6.0}))
    finder = CueFinder.of([PACK], HALF_BELIEVED, alike=alike)
    several = "dont tell your mum, send me a pic of you, ill give you $5 grandma grandma grandma"
    kind, risky, nothing, many = findings(
        finder, chat("dont tell your mum grandma", "dont tell your mum hush", "grandma grandma", several)
    )
    (everyday,) = (finding for finding in kind if finding.label == EVERYDAY)
    assert everyday.strength == pytest.approx(6 / 5**0.5 / 4)
    assert everyday.spans[0].start <= len("dont tell your mum ") < everyday.spans[-1].end
    (pressing,) = (finding for finding in risky if finding.label == PRESSING)
    assert pressing.strength == pytest.approx(everyday.strength)
    assert {EVERYDAY, PRESSING}.isdisjoint(finding.label for finding in (*nothing, *many))
