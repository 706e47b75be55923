"""Reports as JSON Lines: one a side, with offsets into the original text. Chat text is added only when asked for."""

from __future__ import annotations

import heapq
import json
import tempfile
from typing import IO, TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from grooming_detect.chat import Conversation
    from grooming_detect.language import Guess
    from grooming_detect.report import Contribution, RiskReport

_AT_ONCE = 1 << 25  # characters of lines that are sorted in memory


def as_record(report: RiskReport, quotes: Conversation | None = None, language: Guess | None = None) -> dict[str, Any]:
    """A report as plain JSON-able values.

    Parameters
    ----------
    report : RiskReport
        The report.
    quotes : Conversation, optional
        If given, each span also holds the words that it points at.
    language : Guess, optional
        If given, the record also names the side's language, or null.
    """
    record = {
        "conversation_id": report.conversation_id,
        "sender": report.sender,
        "score": report.score,
        "band": report.band,
        "patterns": list(report.patterns),
        "model": report.model,
        "coverage": report.coverage,
        "explanation": {
            "base": report.explanation.base,
            "contributions": [_part(part, quotes) for part in report.explanation.contributions],
        },
    }
    return record if language is None else {**record, "language": language.tag}


def _part(part: Contribution, quotes: Conversation | None) -> dict[str, Any]:
    spans: list[dict[str, Any]] = [{"message": span.message, "start": span.start, "end": span.end} for span in part.spans]
    if quotes is not None:
        for record, quote in zip(spans, part.quotes(quotes), strict=True):
            record["quote"] = quote
    return {"feature": part.feature, "value": part.value, "weight": part.weight, "points": part.points, "spans": spans}


def as_line(report: RiskReport, quotes: Conversation | None = None, language: Guess | None = None) -> str:
    """A report as one line of JSON, with its line end; the parameters are those of `as_record`."""
    return json.dumps(as_record(report, quotes, language), ensure_ascii=False) + "\n"


class RankedLines:
    r"""Any number of lines, handed out by falling score, with bounded memory (sorted runs on disk, then merged).

    Examples
    --------
    >>> with RankedLines() as ranked:
    ...     ranked.add(0.1, "low\n")
    ...     ranked.add(0.9, "high\n")
    ...     list(ranked)
    ['high\n', 'low\n']
    """

    def __init__(self, at_once: int = _AT_ONCE) -> None:
        self._at_once = at_once
        self._lines: list[tuple[float, int, str]] = []
        self._size = 0
        self._count = 0
        self._runs: list[IO[str]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for run in self._runs:
            run.close()

    def add(self, score: float, line: str) -> None:
        """Take a line in; lines of one score keep their order."""
        self._lines.append((-score, self._count, line))
        self._count += 1
        self._size += len(line)
        if self._size > self._at_once:
            self._spill()

    def _spill(self) -> None:
        run = tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n")  # noqa: SIM115  (closed by __exit__)
        run.writelines(f"{key!r} {count} {line}" for key, count, line in sorted(self._lines))
        run.seek(0)
        self._runs.append(run)
        self._lines, self._size = [], 0

    def __iter__(self) -> Iterator[str]:
        runs: list[Iterable[tuple[float, int, str]]] = [_parsed(run) for run in self._runs]
        for _, _, line in heapq.merge(sorted(self._lines), *runs):
            yield line


def _parsed(run: IO[str]) -> Iterator[tuple[float, int, str]]:
    for row in run:
        key, count, line = row.split(" ", 2)
        yield float(key), int(count), line
