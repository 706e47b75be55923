"""The floors, the places of the heavy packages, the sizes: checked on the syntax trees, so deferred imports count too."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = "grooming_detect"
LONGEST_FILE, LONGEST_FUNCTION, MEAN_BRANCHES = 400, 40, 2.3

FLOORS = (
    {"errors", "chat", "report", "families"},
    {"text", "phrases", "packs", "ledger", "weights", "readers", "provenance", "language", "files", "cache"},
    {"finders", "gold", "repeats"},
    {"case", "detector", "prepared", "watch", "actors", "render"},
    {"learn", "learn_words", "training", "evaluate", ""},  # "" is the package itself, the facade
    {"integrations", "commands", "cli"},
)
# Imports within a floor: who may import whom.
BESIDE = {
    ("chat", "errors"),
    ("report", "chat"),
    ("weights", "packs"),
    ("weights", "files"),
    ("packs", "phrases"),
    ("cache", "files"),
    ("detector", "case"),
    ("detector", "prepared"),
    ("detector", "watch"),
    ("watch", "case"),
    ("actors", "detector"),
    ("actors", "case"),
    ("render", "actors"),
    ("evaluate", "learn"),
    ("training", "learn"),
    ("training", "learn_words"),
    ("cli", "commands"),
}
HOME = {
    "spacy": ("finders", "integrations"),
    "sklearn": ("learn", "learn_words", "training", "evaluate"),
    "py3langid": ("language",),
}
FORBIDDEN = (
    "pickle",
    "marshal",
    "shelve",
    "dill",
    "cloudpickle",
    "urllib",
    "requests",
    "socket",
    "http",
    "httpx",
    "joblib.load",
)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
BRANCHES = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.match_case)

Trees = dict[str, ast.Module]


def trees_of(root: Path) -> Trees:
    """Every module of the package by its dotted name within it."""
    found = {}
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = ast.parse(path.read_text("utf-8"))
    return found


def imported(tree: ast.Module) -> set[str]:
    """Dotted names of all that is imported, at the top or deferred, by statement or by `import_module("…")`."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            names |= {arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant) and isinstance(arg.value, str)}
        elif isinstance(node, ast.Attribute):
            names |= {ast.unparse(node)} & set(FORBIDDEN)
    return names


def inner_imports(name: str, trees: Trees) -> set[str]:
    """The modules of the package that one imports."""
    found = set()
    for target in imported(trees[name]):
        inside = target.removeprefix(PACKAGE).removeprefix(".") if target.split(".")[0] == PACKAGE else None
        while inside is not None and inside not in trees:
            inside = inside.rpartition(".")[0]
        if inside is not None and inside != name:
            found.add(inside)
    return found


def area(name: str) -> str:
    """The module or package directly under the root; ``learn_x`` belongs to ``learn``."""
    top = name.partition(".")[0]
    return next((stem for stem in ("learn", "evaluate") if top.startswith(stem)), top)


def floor(name: str) -> int:
    return next((n for n, members in enumerate(FLOORS) if area(name) in members), -1)


def upward(trees: Trees) -> list[str]:
    faults = [f"{name} stands on no floor" for name in trees if floor(name) < 0]
    for name in trees:
        for target in inner_imports(name, trees):
            here, there = area(name), area(target)
            if here != there and floor(target) >= floor(name) and (here, there) not in BESIDE:
                faults.append(f"{name} imports {target or PACKAGE}")
    return faults


def cycles(trees: Trees) -> list[str]:
    """Modules from which a way of imports leads back to themselves."""
    edges = {name: inner_imports(name, trees) for name in trees}
    faults = []
    for start in trees:
        reached: set[str] = set()
        todo = list(edges[start])
        while todo:
            if (name := todo.pop()) not in reached:
                reached.add(name)
                todo += edges[name]
        if start in reached:
            faults.append(f"{start or PACKAGE} imports itself in the end")
    return faults


def foreign(trees: Trees) -> list[str]:
    """Packages imported where they do not belong, or nowhere may be."""
    faults = []
    for name, tree in trees.items():
        for target in imported(tree):
            top = target.partition(".")[0]
            if top in HOME and area(name) not in HOME[top]:
                faults.append(f"{name} imports {target}")
            if any(f"{target}.".startswith(f"{banned}.") for banned in FORBIDDEN):
                faults.append(f"{name} imports {target}")
    return faults


def functions(tree: ast.Module) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, FUNCTIONS)]


def branches(function: ast.AST) -> int:
    """Places where the way forks: if, loop, except, case, and conditional expressions."""
    return sum(isinstance(node, (*BRANCHES, ast.IfExp)) for node in ast.walk(function))


def long_functions(trees: Trees) -> list[str]:
    return [
        f"{name}.{function.name} has {lines} lines"
        for name, tree in trees.items()
        for function in functions(tree)
        if (lines := (function.end_lineno or 0) - function.lineno + 1) > LONGEST_FUNCTION
    ]


def long_files(root: Path) -> list[str]:
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in root.rglob("*.py")}
    return [f"{path.name} has {length} lines" for path, length in lengths.items() if length > LONGEST_FILE]


TREES = trees_of(ROOT / PACKAGE)


def test_there_is_something_to_check() -> None:
    assert {"", "errors", "detector", "cli", "finders.cues", "readers.jsonl"} <= set(TREES)


@pytest.mark.parametrize("check", [upward, cycles, foreign, long_functions])
def test_package_keeps_its_architecture(check: object) -> None:
    assert callable(check)
    assert check(TREES) == []


@pytest.mark.parametrize("folder", [PACKAGE, "tests"])
def test_files_are_short(folder: str) -> None:
    assert long_files(ROOT / folder) == []


def test_functions_fork_seldom() -> None:
    counts = [branches(function) for tree in TREES.values() for function in functions(tree)]
    assert sum(counts) / len(counts) <= MEAN_BRANCHES


def planted(name: str, source: str) -> Trees:
    return {**TREES, name: ast.parse(source)}


@pytest.mark.parametrize(
    ("name", "source", "fault"),
    [
        ("errors", "import grooming_detect.detector", "errors imports detector"),
        ("text", "def f():\n    from grooming_detect.finders import cues", "text imports finders.cues"),
        ("text", "from grooming_detect import phrases", "text imports phrases"),
        ("ledger", "from grooming_detect import Detector", "ledger imports grooming_detect"),
        ("text", "import importlib\nimportlib.import_module('grooming_detect.cli')", "text imports cli"),
        ("engine", "", "engine stands on no floor"),
    ],
)
def test_checker_sees_an_upward_import(name: str, source: str, fault: str) -> None:
    assert fault in upward(planted(name, source))


def test_checker_sees_a_cycle_of_deferred_imports() -> None:
    trees = planted("chat", "def f():\n    import grooming_detect.report")
    assert {"chat imports itself in the end", "report imports itself in the end"} <= set(cycles(trees))


@pytest.mark.parametrize(
    ("name", "source", "fault"),
    [
        ("detector", "import spacy", "detector imports spacy"),
        ("finders.cues", "from sklearn.svm import SVC", "finders.cues imports sklearn.svm.SVC"),
        ("learn", "from joblib import load", "learn imports joblib.load"),
        ("learn", "import joblib\njoblib.load('x')", "learn imports joblib.load"),
        ("weights", "def f():\n    import pickle", "weights imports pickle"),
        ("readers.jsonl", "import urllib.request", "readers.jsonl imports urllib.request"),
        ("readers.jsonl", "from http.client import HTTPConnection", "readers.jsonl imports http.client.HTTPConnection"),
    ],
)
def test_checker_sees_a_foreign_import(name: str, source: str, fault: str) -> None:
    assert foreign(planted(name, source)) == [fault]


def test_checker_lets_homes_be() -> None:
    allowed = {"finders.words": "import spacy", "learn_more": "import sklearn", "commands.x": "import joblib"}
    assert foreign({name: ast.parse(source) for name, source in allowed.items()}) == []


def test_checker_sees_long_functions_and_files(tmp_path: Path) -> None:
    body = "def f():\n" + "    x = 1\n" * LONGEST_FUNCTION
    assert long_functions({"m": ast.parse(body)}) == ["m.f has 41 lines"]
    (tmp_path / "m.py").write_text("\n" * (LONGEST_FILE + 1))
    assert long_files(tmp_path) == ["m.py has 401 lines"]
    assert branches(ast.parse("for x in y:\n    if x:\n        z = 1 if x else 2")) == 3


@pytest.mark.parametrize("heavy", ["spacy", "sklearn", "numpy", "joblib", "pyarrow", "py3langid"])
def test_import_is_light(heavy: str) -> None:
    code = f"import sys, grooming_detect; sys.exit({heavy!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
