"""`grooming-detect actors`: one sender over many conversations, ranked and explained."""

from __future__ import annotations

import json
import sys
from collections import OrderedDict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from grooming_detect.actors import WINDOW, ActorWatch
from grooming_detect.chat import Conversation
from grooming_detect.commands import add_detector, check_files, check_most
from grooming_detect.detector import Detector
from grooming_detect.errors import InputError
from grooming_detect.files import written_whole
from grooming_detect.readers import open_input, read_stream, reader_for
from grooming_detect.repeats import Place
from grooming_detect.report import BANDS

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from grooming_detect.actors import ActorReport
    from grooming_detect.errors import GroomingDetectError

HELP = "score each sender over many conversations: how many heard the same, and how risky it was"
_TOP_SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="JSONL, CSV (plain or .gz) or Parquet")
    parser.add_argument("--out", metavar="FILE", help="write all reports as JSON Lines, highest risk first; no chat text")
    parser.add_argument("--html", metavar="FILE", help="write the queue as one HTML page, with the repeated lines")
    parser.add_argument(
        "--window",
        type=int,
        default=WINDOW.days,
        metavar="DAYS",
        help="a time within which conversations count (default: 90)",
    )
    parser.add_argument("--most", type=int, default=100, metavar="N", help="actors on the HTML page (default: 100)")
    add_detector(parser)


def run(arguments: argparse.Namespace) -> int:
    """Assess the senders; see the module."""
    check_files((arguments.out, arguments.html), arguments.files)
    check_most(arguments.most)
    if arguments.html and "-" in arguments.files:
        raise InputError("-", "can be read once, and --html reads its input again", "save it to a file")
    if not 0 < arguments.window <= timedelta.max.days:
        raise InputError("--window", f"is {arguments.window:,}", "name a number of days")
    watch = ActorWatch(Detector.load(arguments.model, arguments.pack), timedelta(days=arguments.window))
    faults: list[GroomingDetectError] = []
    for item in _items(arguments.files, faults):
        watch.add(item)
    reports = watch.reports()
    if arguments.out:
        with written_whole(arguments.out) as stream:
            stream.writelines(json.dumps(as_record(report), ensure_ascii=False) + "\n" for report in reports)
    if arguments.html:
        from grooming_detect.render.actors import actors_page  # noqa: PLC0415  (not needed without a page)

        shown = [report for report in reports if report.band != "low"][: arguments.most]
        wanted = {line.at for report in shown for line in report.repeated}
        with written_whole(arguments.html) as stream:
            stream.write(actors_page(shown, _texts(arguments.files, wanted), len(reports)))
    _show(reports)
    return 2 if any(isinstance(fault, InputError) for fault in faults) else int(bool(faults))


def _items(paths: list[str], faults: list[GroomingDetectError] | None = None) -> Iterator[Conversation]:
    """The good conversations of all files; faults are told as they come, and noted, where a list for them is given."""

    def fault(error: GroomingDetectError) -> None:
        if faults is not None:
            faults.append(error)
            print(error, file=sys.stderr)

    known: OrderedDict[str, None] = OrderedDict()
    for path in paths:
        try:
            with open_input(path) as stream:
                for item in read_stream(reader_for(path), stream, path, known):
                    if isinstance(item, Conversation):
                        yield item
                    else:
                        fault(item)
        except InputError as error:
            fault(error)


def _texts(paths: list[str], wanted: set[Place]) -> dict[Place, str]:
    """The words of the repeated lines, read from the files again: none are kept while the files are assessed."""
    return {
        place: message.text
        for item in _items(paths)
        for index, message in enumerate(item.messages)
        if (place := Place(item.conversation_id, index)) in wanted
    }


def as_record(report: ActorReport) -> dict[str, Any]:
    """A report as plain JSON-able values, without chat text."""
    return {
        "sender": report.sender,
        "score": report.score,
        "band": report.band,
        "recipients": report.recipients,
        "conversations": sorted(report.contacts),
        "model": report.model,
        "explanation": {
            "base": report.explanation.base,
            "contributions": [
                {"feature": part.feature, "value": part.value, "weight": part.weight, "points": part.points}
                for part in report.explanation.contributions
            ],
        },
        "repeated": [
            {
                "conversation_id": line.at.conversation,
                "message": line.at.message,
                "conversations": len(line.conversations),
                "risky": line.risky,
            }
            for line in report.repeated
        ],
    }


def _show(reports: Sequence[ActorReport]) -> None:
    from grooming_detect.render.terminal import show_actors  # noqa: PLC0415  (rich is slow to import)

    bands = {band: sum(report.band == band for report in reports) for band in BANDS}
    counts = ", ".join(f"{count:,} {band}" for band, count in bands.items())
    show_actors(reports[:_TOP_SHOWN], f"{len(reports):,} senders with several recipients: {counts}")
