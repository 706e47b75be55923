"""`grooming-detect train`: learn a model from carded data, and freeze it to a folder."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from grooming_detect.commands import add_packs
from grooming_detect.errors import OutputError
from grooming_detect.provenance import load_card

if TYPE_CHECKING:
    import argparse

HELP = "learn a model from synthetic or consented data"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("--data", nargs="+", required=True, metavar="CARD", help="dataset.toml of each dataset")
    parser.add_argument("--out", required=True, metavar="DIR", help="folder for weights.json")
    parser.add_argument("--name", default="unnamed", help="name and version of the model, as reports give it")
    add_packs(parser)


def run(arguments: argparse.Namespace) -> int:
    """Train; see the module."""
    from grooming_detect.training import train  # noqa: PLC0415  (scikit-learn is slow to import)

    folder = Path(arguments.out)
    cards = [load_card(path) for path in arguments.data]
    weights = train(cards, arguments.name, arguments.pack, lambda step: print(step, file=sys.stderr))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        weights.write(folder / "weights.json")
    except OSError as error:
        raise OutputError(str(folder), f"cannot be written: {error.strerror}", "name a folder that you may write to") from error
    digest = hashlib.sha256((folder / "weights.json").read_bytes()).hexdigest()
    print(f"{folder / 'weights.json'}  sha256 {digest}")
    return 0
