"""The docs cannot drift: every public name, command and option stands in the README, and `__all__` is sorted and whole."""

from __future__ import annotations

import argparse
import inspect
import json
import re
import sys
from typing import TYPE_CHECKING

import pytest
from support import ROOT

import grooming_detect
from grooming_detect import errors
from grooming_detect.cli import command_names, parser
from grooming_detect.families import PATTERNS
from grooming_detect.finders.cues import CueFinder
from grooming_detect.finders.proof import failures
from grooming_detect.packs import load_pack
from grooming_detect.weights import Weights

sys.path.insert(0, str(ROOT / "eval"))
import card

if TYPE_CHECKING:
    from pathlib import Path

README = (ROOT / "README.md").read_text("utf-8")


def stands(name: str) -> bool:
    """Whether a name stands in the README as code, as a word of its own."""
    code = " ".join(re.findall(r"```.*?```|`[^`\n]+`", README, re.DOTALL))
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", code) is not None


def commands() -> dict[str, argparse.ArgumentParser]:
    (choices,) = [action for action in parser()._actions if isinstance(action, argparse._SubParsersAction)]
    return dict(choices.choices)


OPTIONS = [
    (name, option)
    for name, command in commands().items()
    for action in command._actions
    for option in action.option_strings
    if option not in {"-h", "--help"}
]


@pytest.mark.parametrize("name", grooming_detect.__all__)
def test_public_name_stands_in_the_readme(name: str) -> None:
    assert stands(name)


@pytest.mark.parametrize("name", command_names())
def test_command_stands_in_the_readme(name: str) -> None:
    assert re.search(rf"grooming-detect {name}\b", README)


@pytest.mark.parametrize(("command", "option"), OPTIONS)
def test_option_stands_in_the_readme(command: str, option: str) -> None:
    assert stands(option), f"grooming-detect {command} {option}"


@pytest.mark.parametrize("name", ["JSONL", "CSV", "Parquet"])
def test_format_stands_in_the_readme(name: str) -> None:
    assert name in README


def test_readme_names_no_option_that_is_not_there() -> None:
    lines = re.findall(r"^\s*\$?\s*(?:[\w./-]+/)?grooming-detect ([\w-]+)(.*)$", README, re.MULTILINE)
    known = {name: {option for command, option in OPTIONS if command == name} | {"--help", "-h"} for name in commands()}
    named = [(command, option) for command, rest in lines for option in re.findall(r"(?<!\S)--?[a-z][\w-]*", rest)]
    assert [pair for pair in named if pair[1] not in known.get(pair[0], set())] == []


def test_pack_that_shows_how_holds(tmp_path: Path) -> None:
    (shown,) = re.findall(r"```toml\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.DOTALL)
    path = tmp_path / "own.toml"
    path.write_text(shown, "utf-8")
    pack = load_pack(path)
    assert [fault for rule in pack.rules for fault in failures(pack, rule, CueFinder.of([pack]))] == []


def test_patterns_stand_in_the_readme() -> None:
    assert ", ".join(PATTERNS) in README


def test_all_is_sorted_without_doubles() -> None:
    assert list(grooming_detect.__all__) == sorted(set(grooming_detect.__all__))


def test_all_is_complete() -> None:
    public = {
        name
        for name, value in vars(grooming_detect).items()
        if not name.startswith("_") and not inspect.ismodule(value) and name != "annotations"
    }
    assert public == set(grooming_detect.__all__)


def test_every_error_is_public() -> None:
    defined = {name for name, value in vars(errors).items() if inspect.isclass(value) and issubclass(value, Exception)}
    assert defined <= set(grooming_detect.__all__)


@pytest.mark.parametrize("name", grooming_detect.__all__)
def test_public_name_has_a_docstring(name: str) -> None:
    doc = inspect.getdoc(getattr(grooming_detect, name))
    assert doc
    assert not doc.startswith(f"{name}(")  # what dataclasses write themselves


def test_version_is_a_release_number() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", grooming_detect.__version__)


@pytest.mark.parametrize("page", sorted(card.TABLES))
def test_table_of_results_is_that_of_the_last_run(page: Path) -> None:
    text = page.read_text("utf-8")
    results = json.loads((card.MODEL / "results.json").read_text("utf-8"))
    assert text == card.with_tables(text, results, card.TABLES[page], Weights.read(card.MODEL / "weights.json").unseen)
    assert results["model"] in (card.MODEL / "README.md").read_text("utf-8")
