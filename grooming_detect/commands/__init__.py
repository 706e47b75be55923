"""The subcommands of `grooming-detect`: one module each, found by listing this folder.

A module has ``HELP`` (one line), ``add_arguments(parser)`` and ``run(arguments)``, which returns the exit code: 0 done, 1 some
records were bad, 2 unusable arguments or input.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse


def add_detector(parser: argparse.ArgumentParser) -> None:
    """The options that say which model and packs read."""
    parser.add_argument("--model", metavar="DIR", help="folder of a model (default: the one that ships)")
    add_packs(parser)


def add_packs(parser: argparse.ArgumentParser) -> None:
    """The option for packs besides those that are on."""
    told = "a cue pack of your own, or the language of one that ships unreviewed (such as ja); may come again"
    parser.add_argument("--pack", action="append", default=[], metavar="PACK", help=told)
