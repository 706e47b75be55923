"""The subcommands of `grooming-detect`: one module each, found by listing this folder.

A module has ``HELP`` (one line), ``add_arguments(parser)`` and ``run(arguments)``, which returns the exit code: 0 done, 1 some
records were bad, 2 unusable arguments or input.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from grooming_detect.errors import InputError, OutputError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence


def add_detector(parser: argparse.ArgumentParser) -> None:
    """The options that say which model and packs read."""
    parser.add_argument("--model", metavar="DIR", help="folder of a model (default: the one that ships)")
    add_packs(parser)


def add_packs(parser: argparse.ArgumentParser) -> None:
    """The option for packs besides those that are on."""
    told = "a cue pack of your own, or the language of one that ships unreviewed (such as ja); may come again"
    parser.add_argument("--pack", action="append", default=[], metavar="PACK", help=told)


def check_most(most: int) -> None:
    """Fail where ``--most`` is no number of things.

    Raises
    ------
    InputError
        If it is below one.
    """
    if most < 1:
        raise InputError("--most", f"is {most}", "name a number from 1 on")


def check_files(outputs: Iterable[str | None], inputs: Sequence[str] = ()) -> None:
    """Fail before the work, not after it.

    Raises
    ------
    InputError
        If standard input is named twice.
    OutputError
        If an output is an input, or the other output, or cannot be a file.
    """
    if inputs.count("-") > 1:
        raise InputError("-", "is named twice", "standard input can be read once")
    taken = {Path(path).resolve() for path in inputs if path != "-"}
    for path in filter(None, outputs):
        place = Path(path).resolve()
        if place in taken:
            raise OutputError(path, "is an input, or the other output", "name another file")
        if (place.exists() and not place.is_file()) or not place.parent.is_dir():
            raise OutputError(path, "cannot be written", "name a file in a folder that is there")
        taken.add(place)
