"""What the generator says of people."""

from __future__ import annotations

import sys

import pytest
from support import ROOT

sys.path.insert(0, str(ROOT / "eval"))
from synth import _posing  # type: ignore[import-not-found]


@pytest.mark.parametrize(("share", "other", "ages"), [(1.0, 13, {13, 14, 15}), (0.0, 13, {40}), (1.0, None, {40})])
def test_who_poses_gave_the_platform_the_age_of_a_child(share: float, other: int | None, ages: set[int]) -> None:
    found = set()
    for n in range(40):
        sender, recipient = _posing([{"id": "a", "age": 40}, {"id": "b", "age": other}], share, f"en-test-{n}")
        assert recipient == {"id": "b", "age": other}
        found.add(sender["age"])
    assert found == ages
