"""The memory of what was worked out before: bounded, and it keeps what is asked for again."""

from __future__ import annotations

from grooming_detect.finders.memo import Memo, is_brief


def test_what_is_asked_for_again_outlives_what_is_not() -> None:
    made: list[str] = []

    def make(key: str) -> int:
        made.append(key)
        return len(key)

    memo = Memo(make, most=8)
    for number in range(100):
        assert memo["often"] == 5
        assert memo[f"once {number}"] == len(f"once {number}")
        assert len(memo) + len(memo._older) <= 8
    assert made.count("often") == 1
    assert len(made) == 101


def test_what_may_not_be_kept_is_made_anew() -> None:
    memo = Memo(str.upper, most=8, keep=is_brief)
    assert [memo["a" * 41], memo["ส่งรูป"], memo["photo"]] == ["A" * 41, "ส่งรูป", "PHOTO"]
    assert list(memo) == ["photo"]
