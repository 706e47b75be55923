"""The benchmark: the same bytes twice, nothing shared between splits, nothing told by an id, read through the gate."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import subprocess
import sys
from itertools import combinations
from typing import TYPE_CHECKING, Any

import pytest
from support import ROOT

from grooming_detect import InputError, ProvenanceError
from grooming_detect.gold import labelled
from grooming_detect.provenance import load_card

if importlib.util.find_spec("datasets") is None:
    pytest.skip("the package datasets is not installed: pip install 'grooming_detect[eval]'", allow_module_level=True)

sys.path.insert(0, str(ROOT / "eval"))

import benchmark  # type: ignore[import-not-found]
import data_catalogue as catalogue  # type: ignore[import-not-found]
import synth  # type: ignore[import-not-found]

if TYPE_CHECKING:
    from pathlib import Path

    Rows = dict[str, list[dict[str, Any]]]

SMALL = 100
PAIRS = list(combinations(synth.SPLITS, 2))


@pytest.fixture(scope="module")
def rows() -> Rows:
    built: Rows = benchmark.build(SMALL)
    return built


@pytest.fixture(scope="module")
def folder(rows: Rows, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("benchmark")
    benchmark.write(made, rows)
    return made


def test_another_process_makes_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "eval" / "benchmark.py"), "--size", str(SMALL), "--out", str(tmp_path)]
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    names = ["README.md", "dataset.toml", "test.parquet", "train.parquet", "validation.parquet"]
    assert sorted(path.name for path in folder.iterdir()) == names
    assert [(tmp_path / name).read_bytes() == (folder / name).read_bytes() for name in names] == [True] * 5
    sums = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}
    assert done.stdout == f"{benchmark.listing(sums)}{benchmark.over_all(sums)}  all\n"


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_splits_share_no_message_pair_speaker_or_id(rows: Rows, one: str, other: str) -> None:
    first, second = (
        {
            "texts": {message["text"].strip().casefold() for row in rows[split] for message in row["messages"]},
            "pairs": {row["pair"] for row in rows[split]},
            "speakers": {message["sender"] for row in rows[split] for message in row["messages"]},
            "ids": {row["conversation_id"] for row in rows[split]},
        }
        for split in (one, other)
    )
    assert {kind: values & second[kind] for kind, values in first.items()} == {kind: set() for kind in first}


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_splits_share_no_thread(one: str, other: str) -> None:
    threads = [
        {tuple(thread) for language in synth.languages(split) for thread in synth.bank(language, split).threads}
        for split in (one, other)
    ]
    assert threads[0] & threads[1] == set()


@pytest.mark.parametrize("language", ["en", "pt"])
def test_talk_of_a_later_split_is_left_out(language: str) -> None:
    lines = {m["text"].strip().casefold() for row in synth.pairs("train", 60, 1, language) for m in row["messages"]}
    assert lines & benchmark._taken("train") != set()
    kept = [row for group in benchmark.drawn("train", language, 10) for row in group]
    assert {m["text"].strip().casefold() for row in kept for m in row["messages"]} & benchmark._taken("train") == set()


def test_more_lines_are_heard_where_the_whole_bank_is_asked_for() -> None:
    def heard(count: int, *, whole: bool) -> float:
        used = {m["text"] for row in synth.pairs("test", count, 1, "ar", whole=whole) for m in row["messages"]}
        cues = [line for listed in synth.bank("ar", "test").cues.values() for line in listed]
        return sum(line in used for line in cues) / len(cues)

    assert heard(30, whole=True) > heard(30, whole=False) + 0.2


def test_banks_that_share_everything_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark, "_taken", lambda split: benchmark._lines("de", split))
    with pytest.raises(InputError, match="eval/banks de train: nearly all threads stand in another split too"):
        list(benchmark.drawn("train", "de", 1))


def test_english_is_the_largest_and_every_language_is_there(rows: Rows) -> None:
    for split, listed in rows.items():
        counts = {language: [row["language"] for row in listed].count(language) for language in synth.languages(split)}
        assert set(counts) == {row["language"] for row in listed}
        assert max(counts, key=lambda language: counts[language]) == "en"


@pytest.mark.parametrize("split", synth.SPLITS)
def test_the_plan_comes_to_the_size(split: str) -> None:
    pairs = benchmark.plan(split, 4_000)
    assert pairs["en"] == max(pairs.values())
    assert sum(pairs.values()) * 2.75 == pytest.approx(4_000 * {"train": 0.4, "validation": 0.2, "test": 0.4}[split], rel=0.05)


def test_gold_is_whole(rows: Rows) -> None:
    for row in (row for listed in rows.values() for row in listed):
        cues = [n for n, message in enumerate(row["messages"]) if message["cues"]]
        assert (row["label"], row["onset"]) == (int(bool(cues)), cues[0] if cues else None)
        assert {row["messages"][n]["sender"] for n in cues} == ({row["perpetrator"]} if cues else set())
        assert all(row["messages"][n]["spans"] == [[0, len(row["messages"][n]["text"])]] for n in cues)
        assert {person["id"] for person in row["participants"]} == {message["sender"] for message in row["messages"]}


def test_ids_and_order_do_not_tell(rows: Rows) -> None:
    for listed in rows.values():
        ids = [row["conversation_id"] for row in listed]
        assert ids == sorted(set(ids))
        assert all(re.fullmatch(r"c[0-9a-f]{12}", one) for one in ids)
        assert all(re.fullmatch(r"u[0-9a-f]{12}", person["id"]) for row in listed for person in row["participants"])
    risky = [row for listed in rows.values() for row in listed if row["label"]]
    first = sum(min(person["id"] for person in row["participants"]) == row["perpetrator"] for row in risky)
    assert 0 < first < len(risky)
    suites = {row["pair"]: row["perpetrator"] for row in risky}
    twins = [row for listed in rows.values() for row in listed if row["pair"] in suites and not row["label"]]
    assert any(suites[row["pair"]] in {message["sender"] for message in row["messages"]} for row in twins)


def test_columns_are_declared_and_the_card_is_read(folder: Path, tmp_path: Path, rows: Rows) -> None:
    datasets = catalogue.library()
    loaded = datasets.load_dataset(str(folder), cache_dir=str(tmp_path))
    assert list(loaded) == list(synth.SPLITS)
    for split, dataset in loaded.items():
        assert dataset.features == catalogue.features()
        assert dataset.column_names == list(catalogue.features())
        assert len(dataset) == len(rows[split])
    assert loaded["test"].features["label"].names == ["ordinary", "risky"]
    assert loaded["test"][0] == benchmark.dataset_dict(rows)["test"][0]
    page = (folder / "README.md").read_text("utf-8")
    assert page.startswith("---\n")
    assert "license: apache-2.0\n" in page
    assert all(f"| `{name}` |" in page for name in catalogue.features())


def test_the_gate_reads_it_with_its_gold(folder: Path, rows: Rows) -> None:
    card = load_card(folder)
    assert (card.provenance, card.splits, card.conversations) == ("synthetic", synth.SPLITS, sum(map(len, rows.values())))
    for split in synth.SPLITS:
        found = [
            (item.conversation.conversation_id, item.group, item.language, item.suite, item.perpetrator, item.onset)
            for item in labelled(card, split)
        ]
        names = ("language", "suite", "perpetrator", "onset")
        assert found == [
            (row["conversation_id"], f"benchmark/{row['pair']}", *(row[name] for name in names)) for row in rows[split]
        ]


def test_the_catalogue_opens_it(folder: Path, rows: Rows) -> None:
    opened = list(catalogue.open_corpus(folder, split="validation"))
    assert opened == list(benchmark.dataset_dict(rows)["validation"])


def test_a_changed_file_is_refused(folder: Path, rows: Rows, tmp_path: Path) -> None:
    benchmark.write(tmp_path, {split: listed[:2] for split, listed in rows.items()})
    (tmp_path / "test.parquet").write_bytes((folder / "test.parquet").read_bytes())
    with pytest.raises(ProvenanceError, match="SHA-256 differs"):
        list(labelled(load_card(tmp_path), "test"))


def test_differences_are_told() -> None:
    sums = {"README.md": "1" * 64, "test.parquet": "2" * 64}
    recorded = "# written by datasets 0, pyarrow 0\n" + benchmark.listing(sums)
    assert benchmark.differences(sums, recorded) == []
    other = benchmark.differences({**sums, "test.parquet": "3" * 64}, recorded)
    assert other[0] == "test.parquet is not as recorded"
    begin = "but the rows are the same: recorded was what is written by datasets 0, pyarrow 0; here it is written by datasets "
    assert other[1].startswith(begin)
    assert benchmark.differences({"README.md": "3" * 64, "more": "4" * 64}, recorded) == [
        "README.md is not as recorded",
        "more is not as recorded",
        "test.parquet is not as recorded",
    ]


def test_recorded_hashes_are_verified(
    rows: Rows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    record = tmp_path / "benchmark.sha256"
    built = {"rows": rows}
    monkeypatch.setattr(benchmark, "RECORD", record)
    monkeypatch.setattr(benchmark, "build", lambda *_: built["rows"])

    def run(*words: str) -> int:
        monkeypatch.setattr(sys, "argv", ["benchmark.py", "--out", str(tmp_path / "out"), *words])
        status: int = benchmark.main()
        return status

    with pytest.raises(SystemExit):
        run("--verify")
    assert "there is no benchmark.sha256" in capsys.readouterr().err
    assert run("--record") == 0
    assert run("--verify") == 0
    assert capsys.readouterr().err == "as recorded\n"
    built["rows"] = {split: listed[1:] for split, listed in rows.items()}
    assert run("--verify") == 1
    assert "test.parquet is not as recorded" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        run("--record", "--size", "10")


def test_the_record_is_one_that_sha256sum_reads() -> None:
    first, *lines = benchmark.RECORD.read_text("utf-8").splitlines()
    assert re.fullmatch(r"# written by datasets [\w.]+, pyarrow [\w.]+", first)
    names = [re.fullmatch(r"[0-9a-f]{64}  ([\w.]+)", line) for line in lines]
    assert [name and name[1] for name in names] == [
        "README.md",
        "dataset.toml",
        *(f"{s}.parquet" for s in sorted(synth.SPLITS)),
    ]
