"""Tables as Markdown, written between their marks in a page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grooming_detect.evaluate.tables import Section


def markdown(section: Section) -> str:
    """A table as Markdown.

    >>> from grooming_detect.evaluate.tables import Section
    >>> print(markdown(Section("T", "", ("", "x"), (("a", "1"),))))
    | | x |
    |---|---|
    | a | 1 |
    <BLANKLINE>
    """
    lines = [section.head, *section.rows]
    rows = ["|" + "|".join(f" {entry} " if entry else " " for entry in line) + "|" for line in lines]
    return "\n".join([rows[0], "|" + "---|" * len(section.head), *rows[1:]]) + "\n"


def written(page: str, mark: str, text: str) -> str:
    r"""The page with a part between its marks; raises `ValueError` if it has none.

    >>> written("<!-- a -->\nold<!-- end of a -->", "a", "new")
    '<!-- a -->\nnew<!-- end of a -->'
    """
    between = re.compile(rf"(?<=<!-- {mark} -->\n).*?(?=<!-- end of {mark} -->)", re.DOTALL)
    page, found = between.subn(lambda _: text, page)
    if not found:
        raise ValueError(f"the page has no marks for “{mark}”")
    return page
