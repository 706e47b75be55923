"""`grooming-detect assess`: files in, a ranked queue of explained reports out."""

from __future__ import annotations

import heapq
import sys
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from grooming_detect.chat import Conversation, Side
from grooming_detect.commands import add_detector, check_files, check_most
from grooming_detect.detector import Detector
from grooming_detect.errors import GroomingDetectError, InputError
from grooming_detect.files import written_whole
from grooming_detect.language import guess, load
from grooming_detect.readers import open_input, read_stream, reader_for
from grooming_detect.render.exhibit import Exhibit, exhibit
from grooming_detect.render.html import Totals, page
from grooming_detect.render.jsonl import RankedLines, as_line
from grooming_detect.report import BANDS

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from grooming_detect.report import Band, RiskReport

Kept = TypeVar("Kept")
HELP = "score conversations and rank them for review"
_TOP_SHOWN = 20
_BATCH = 2_000  # messages that go to a worker at once


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="JSONL, CSV (plain or .gz) or Parquet; - for JSONL on stdin")
    parser.add_argument("--out", metavar="FILE", help="write all reports as JSON Lines, highest risk first")
    parser.add_argument("--html", metavar="FILE", help="write the queue as one HTML page, with the conversations")
    parser.add_argument("--band", choices=BANDS, default="low", help="report only sides in this band or a higher one")
    parser.add_argument("--quotes", action="store_true", help="add the words of each span to --out (chat text)")
    parser.add_argument("--language", action="store_true", help="add a guess of each side's language to --out and --html")
    parser.add_argument("--most", type=int, default=100, metavar="N", help="sides on the HTML page (default: 100)")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="processes; -1 for one a core (default: 1)")
    add_detector(parser)


@dataclass(frozen=True, slots=True)
class _Task:
    """What a worker needs to know."""

    model: str | None
    packs: tuple[str, ...]
    bands: tuple[Band, ...]
    quotes: bool
    html: bool
    language: bool


@dataclass(slots=True)
class _Assessed:
    """What a worker gives back for one side."""

    report: RiskReport
    line: str
    exhibit: Exhibit | None


@lru_cache(maxsize=1)
def _detector(model: str | None, packs: tuple[str, ...]) -> Detector:
    """One detector a process."""
    return Detector.load(model, packs)


def _assess(task: _Task, conversations: Sequence[Conversation]) -> list[list[_Assessed]]:
    detector = _detector(task.model, task.packs)
    languages = detector.languages if task.language else None
    return [[_assessed(task, chat, report, languages) for report in detector.assess(chat)] for chat in conversations]


def _assessed(task: _Task, conversation: Conversation, report: RiskReport, languages: Sequence[str] | None) -> _Assessed:
    language = None if languages is None else guess(_words(conversation, report.sender), languages)
    line = as_line(report, conversation if task.quotes else None, language)
    shown = task.html and report.band != "low" and report.band in task.bands
    return _Assessed(report, line, exhibit(conversation, report, language) if shown else None)


def _words(conversation: Conversation, sender: str) -> str:
    """All that a sender wrote in it."""
    return "\n".join(message.text for message in Side(conversation, sender).messages())


@dataclass(slots=True)
class _Run:
    """What has been read and found so far."""

    say: Callable[[str], None]
    faults: int = 0
    unusable: bool = False
    conversations: int = 0
    messages: int = 0
    uncovered: int = 0
    unread: list[RiskReport] = field(default_factory=list)
    bands: Counter[str] = field(default_factory=Counter)
    top: list[tuple[float, int, RiskReport]] = field(default_factory=list)
    exhibits: list[tuple[float, int, Exhibit]] = field(default_factory=list)

    def fault(self, error: GroomingDetectError) -> None:
        self.faults += 1
        self.say(str(error))

    def take(self, sides: Iterable[_Assessed], shown: Sequence[Band], most: int) -> None:
        for side in sides:
            self.bands[side.report.band] += 1
            self.uncovered += not side.report.covered
            if not side.report.covered and side.report.band == "low" and len(self.unread) < most:
                self.unread.append(side.report)
            order = -self.bands.total()
            if side.report.explanation.contributions and side.report.band in shown:
                _keep(self.top, (side.report.score, order, side.report), _TOP_SHOWN)
            if side.exhibit is not None:
                _keep(self.exhibits, (side.report.score, order, side.exhibit), most)

    def totals(self, model: str) -> Totals:
        bands: dict[str, int] = {band: self.bands[band] for band in BANDS}
        sides = self.bands.total()
        return Totals(self.conversations, self.messages, sides, self.faults, bands, model, self.uncovered, self.unread)


def _keep(heap: list[tuple[float, int, Kept]], item: tuple[float, int, Kept], most: int) -> None:
    """Keep the `most` highest items."""
    heapq.heappush(heap, item)
    if len(heap) > most:
        heapq.heappop(heap)


def run(arguments: argparse.Namespace) -> int:
    """Assess the files; see the module."""
    task = _Task(
        arguments.model,
        tuple(arguments.pack),
        BANDS[: BANDS.index(arguments.band) + 1],
        arguments.quotes,
        arguments.html is not None,
        arguments.language,
    )
    check_files((arguments.out, arguments.html), arguments.files)  # what is missing is told before the work, not after it
    check_most(arguments.most)
    if task.language:
        load()
    if arguments.jobs == 0:
        raise InputError("--jobs", "is 0", "name a number of processes, or -1 for one a core")
    detector = _detector(task.model, task.packs)
    from grooming_detect.render.progress import Progress  # noqa: PLC0415  (rich is slow to import)

    with RankedLines() as ranked, Progress([path for path in arguments.files if path != "-"]) as progress:
        state = _Run(progress.say)
        for sides in _results(task, _read_all(arguments.files, state, progress.advance), arguments.jobs):
            kept = [side for side in sides if side.report.band in task.bands]
            state.take(sides, task.bands, arguments.most)
            if arguments.out:
                for side in kept:
                    ranked.add(side.report.score, side.line)
        if arguments.out:
            with written_whole(arguments.out) as stream:
                stream.writelines(ranked)
    _finish(arguments, state, detector)
    return 2 if state.unusable else 1 if state.faults else 0


def _read_all(paths: Iterable[str], state: _Run, advance: Callable[[int], None]) -> Iterator[Conversation]:
    """The good conversations of all files; faults are told as they come."""
    for path in paths:
        try:
            reader = reader_for(path)
            with open_input(path) as stream:
                for item in read_stream(reader, stream, path):
                    if isinstance(item, Conversation):
                        state.conversations += 1
                        state.messages += len(item.messages)
                        yield item
                    else:
                        state.fault(item)
                    if path != "-" and stream.seekable():
                        advance(stream.tell())
        except InputError as error:
            state.unusable = True
            state.say(str(error))
        advance(-1)


def _results(task: _Task, conversations: Iterator[Conversation], jobs: int) -> Iterator[list[_Assessed]]:
    if jobs == 1:
        for conversation in conversations:
            yield from _assess(task, (conversation,))
        return
    from joblib import Parallel, delayed  # noqa: PLC0415  (not needed for one process)

    calls = (delayed(_assess)(task, batch) for batch in _batches(conversations))
    for results in Parallel(n_jobs=jobs, return_as="generator", pre_dispatch="2 * n_jobs", batch_size=1)(calls):
        yield from results


def _batches(conversations: Iterator[Conversation]) -> Iterator[list[Conversation]]:
    batch: list[Conversation] = []
    size = 0
    for conversation in conversations:
        batch.append(conversation)
        size += len(conversation.messages)
        if size >= _BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _finish(arguments: argparse.Namespace, state: _Run, detector: Detector) -> None:
    totals = state.totals(detector.model.name)
    if arguments.html:
        shown = [item for _, _, item in sorted(state.exhibits, key=lambda entry: entry[:2], reverse=True)]
        with written_whole(arguments.html) as stream:
            stream.write(page(shown, totals, detector.rules))
    from grooming_detect.render.terminal import show_queue  # noqa: PLC0415  (rich is slow to import)

    top = [report for _, _, report in sorted(state.top, key=lambda entry: entry[:2], reverse=True)]
    counts = ", ".join(f"{totals.bands[band]:,} {band}" for band in BANDS)
    show_queue(
        top,
        (f"the {_TOP_SHOWN} highest are shown; " if len(top) == _TOP_SHOWN else "")
        + f"{totals.conversations:,} conversations, {totals.messages:,} messages, {totals.sides:,} sides: {counts}"
        + (f"; {totals.uncovered:,} sides mostly in words that no pack knows" if totals.uncovered else "")
        + (f"; {totals.faults:,} faults in the input" if totals.faults else ""),
    )
    for path in (arguments.out, arguments.html):
        if path:
            print(f"written: {path}", file=sys.stderr)
