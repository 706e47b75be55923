"""Learned words, as the bundled model has them: they quote the text itself, in any disguise, and leave quoted speech alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import chat

from grooming_detect import Detector

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
