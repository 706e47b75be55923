"""Whether a phrase matches anywhere in a reading, told without compiling its regular expression, which takes far longer.

Most phrases that a message brings up match nothing. All places of a reading are followed at once, as the bits of a number: bit
n is set while a match may go on at the n-th symbol (Baeza-Yates and Gonnet 1992; Wu and Manber 1992). It tells exactly what
`re.search` would, and not where.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from grooming_detect.finders.alphabet import ASK, END

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Program: TypeAlias = "tuple[Step, ...]"

_ENDS = f"{END}{ASK}"
# What `expression` writes, and nothing else.
_TOKEN = re.compile(
    rf"«(?P<one>\d+)»|\[\^{re.escape(_ENDS)}\]\{{0,(?P<gap>\d+)\}}\?|\(\?=«(?P<ahead>\d+)»\)|\(\?!«(?P<none>\d+)»\)|"
    rf"\(\?<!«(?P<before>\d+)»\)|(?P<start>\(\?:\^\|\(\?<=\[{re.escape(_ENDS)}\]\)\))|(?P<open>\(\?:)|(?P<maybe>\)\?)|"
    r"(?P<close>\))|(?P<bar>\|)"
)


class Step(NamedTuple):
    """A part of a phrase: its kind as `_TOKEN` names it, a number (of a set, or of symbols), and the options of a group."""

    kind: str
    number: int = 0
    options: tuple[Program, ...] = ()


class Places:
    """The places of the symbols of a reading, as bits.

    Parameters
    ----------
    symbols : str
        The reading.
    set_of : callable
        The symbols of a set, by its number.
    """

    def __init__(self, symbols: str, set_of: Callable[[int], frozenset[str]]) -> None:
        self._symbols = symbols
        self._set_of = set_of
        self._known: dict[int, int] = {}

    @cached_property
    def _of(self) -> dict[str, int]:
        """By symbol, made when it is first asked for: most readings bring up nothing that is not compiled."""
        found: dict[str, int] = {}
        for place, symbol in enumerate(self._symbols):
            found[symbol] = found.get(symbol, 0) | 1 << place
        return found

    @cached_property
    def all(self) -> int:
        """Every place at which something may begin, and the one behind the last symbol."""
        return (1 << len(self._symbols) + 1) - 1

    @cached_property
    def ends(self) -> int:
        """Where sentences end."""
        return self._of.get(END, 0) | self._of.get(ASK, 0)

    @cached_property
    def inside(self) -> int:
        """Where other symbols stand."""
        return ~self.ends & self.all >> 1

    def of(self, number: int) -> int:
        """Where a symbol of a set stands."""
        found = self._known.get(number)
        if found is None:
            found = 0
            for symbol in self._of.keys() & self._set_of(number):
                found |= self._of[symbol]
            self._known[number] = found
        return found


def program(expression: str) -> Program:
    """The steps of a phrase, from its regular expression as `PatternTable` holds it.

    Raises
    ------
    ValueError
        If it is none.
    """
    tokens = _tokens(expression)
    (steps,), _ = _options(tokens)
    return steps


def _tokens(expression: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(expression):
        found = _TOKEN.match(expression, at)
        if found is None or found.lastgroup is None:
            raise ValueError("no expression of a phrase")
        yield found.lastgroup, found[found.lastgroup]
        at = found.end()


def _options(tokens: Iterator[tuple[str, str]]) -> tuple[list[Program], bool]:
    """The options up to the end of their group, and whether it may be left out."""
    options: list[Program] = []
    steps: list[Step] = []
    for kind, text in tokens:
        if kind == "open":
            inner, optional = _options(tokens)
            if len(inner) == 1 and not optional:
                steps += inner[0]
            else:
                steps.append(Step("group", options=(*inner, ()) if optional else tuple(inner)))
        elif kind == "bar":
            options.append(tuple(steps))
            steps = []
        elif kind in {"close", "maybe"}:
            return [*options, tuple(steps)], kind == "maybe"
        else:
            steps.append(Step(kind, 0 if kind == "start" else int(text)))
    return [*options, tuple(steps)], False


def matches(steps: Program, places: Places) -> bool:
    """Whether a phrase matches anywhere."""
    return _after(steps, places.all, places) != 0


def _after(steps: Program, live: int, places: Places) -> int:
    """Where the steps may end, for all places at which they may begin."""
    for kind, number, options in steps:
        if kind == "one":
            live = (live & places.of(number)) << 1
        elif kind == "ahead":
            live &= places.of(number)
        elif kind == "gap":
            for _ in range(number):
                live |= (live & places.inside) << 1
        elif kind == "group":
            begin, live = live, 0
            for option in options:
                live |= _after(option, begin, places)
        else:
            live &= _allowed(kind, number, places)
        if not live:
            return 0
    return live


def _allowed(kind: str, number: int, places: Places) -> int:
    """The places where a phrase may go on though it looks around: at a start, not before or behind some words."""
    if kind == "start":
        return 1 | places.ends << 1
    found = places.of(number)
    return places.all & ~(found << 1 if kind == "before" else found)
