"""False cues of foreign packs: counted for each language with only the packs of the others on."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from support import PACK, ROOT

if TYPE_CHECKING:
    import pytest

sys.path.insert(0, str(ROOT / "eval"))
import foreign  # type: ignore[import-not-found]


def test_only_the_packs_of_other_languages_are_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreign, "default_packs", lambda: (PACK, replace(PACK, language="xx", rules=PACK.rules[:1])))
    hide, photo = "dont tell your mum", "send me a pic of you"
    table = foreign.foreign_table({"xx": [hide, photo, "nice weather"], PACK.language: [photo, hide]})
    rows = {row[0]: row for row in table.rows}
    assert rows[PACK.language][1:4] == ("2", "500.00", "500.00")
    assert rows["xx"][1:3] == ("3", "666.67")
    assert "cue:photo_request" in rows["xx"][4]
