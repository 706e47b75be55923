"""The command line: `grooming-detect COMMAND …`."""

from __future__ import annotations

import argparse
import importlib
import os
import pkgutil
import sys
from typing import TYPE_CHECKING, Protocol, cast

from grooming_detect import __version__, commands
from grooming_detect.errors import GroomingDetectError

if TYPE_CHECKING:
    from collections.abc import Sequence

_INTERRUPTED = 130


class Command(Protocol):
    """What a module of `grooming_detect.commands` offers."""

    HELP: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's arguments."""
        ...

    def run(self, arguments: argparse.Namespace) -> int:
        """Do it, and return the exit code."""
        ...


def command_names() -> list[str]:
    """Every command, by its module.

    >>> "assess" in command_names()
    True
    """
    return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(commands.__path__))


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    whole = argparse.ArgumentParser(
        prog="grooming-detect",
        description="Flags grooming patterns in chat transcripts. It proposes; a person must decide. Works offline.",
    )
    whole.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    choices = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in command_names():
        command = _command(name)
        command.add_arguments(choices.add_parser(name, help=command.HELP, description=command.HELP))
    return whole


def _command(name: str) -> Command:
    return cast("Command", importlib.import_module(f"{commands.__name__}.{name.replace('-', '_')}"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : sequence of str, optional
        By default those of the process.

    Returns
    -------
    int
        0 done, 1 some records were bad, 2 unusable arguments or input, 130 interrupted.
    """
    parsed = parser().parse_args(arguments)
    try:
        return _command(parsed.command).run(parsed)
    except GroomingDetectError as error:
        print(f"grooming-detect: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone; what is still in the buffer has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


if __name__ == "__main__":
    sys.exit(main())
