"""Sides of lines by writers that no model has learned."""

from __future__ import annotations

import random
import sys
from collections import Counter

from support import ROOT

sys.path.insert(0, str(ROOT / "eval"))
from reserve import dealt, languages  # type: ignore[import-not-found]
from synth import bank  # type: ignore[import-not-found]


def test_every_line_is_dealt_equally_often_among_ordinary_talk() -> None:
    lines, threads = [f"line {n}" for n in range(13)], [["hello", "hi", "how are you"]]
    chats = [*dealt(lines, threads, random.Random(1))]  # noqa: S311  (a draw, no secret)
    said = Counter(message.text for chat in chats for message in chat.messages if message.sender == "a")
    assert {said[line] for line in lines} == {3}
    assert all(chat.messages[0].text == "hello" for chat in chats)


def test_languages_with_a_reserve_have_talk_to_set_it_in() -> None:
    assert languages()
    assert all(bank(language, "validation").threads and bank(language, "reserve").suites for language in languages())
