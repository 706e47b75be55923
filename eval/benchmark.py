"""The public benchmark: about 4,000 conversations of `synth.py` in all its languages, as Parquet with a card.

The same banks and the same versions of `datasets` and `pyarrow` make the same bytes. Between splits nothing is shared: no
message, no thread of base talk, no pair, no speaker, no seed. Ids and the order of the rows do not tell how a conversation was
made.

    python eval/benchmark.py            # writes eval/data/benchmark/ and prints the SHA-256 of each file
    python eval/benchmark.py --verify   # the same, and compares them with eval/benchmark.sha256
    python eval/benchmark.py --record   # the same, and writes eval/benchmark.sha256

    grooming-detect evaluate eval/data/benchmark --split test
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from functools import cache
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data_catalogue import features, library
from rich.console import Console
from rich.progress import Progress
from synth import SPLITS, bank, languages, pairs

from grooming_detect.errors import GroomingDetectError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    Row = dict[str, Any]

HERE = Path(__file__).parent
RECORD = HERE / "benchmark.sha256"
SIZE = 4_000
_SEED = 2027  # not that of `synth.py`, whose train split the model that ships has learned from
_SHARES = {"train": 0.4, "validation": 0.2, "test": 0.4}
_PER_PAIR = 2.75  # conversations that a pair comes to: itself, its twin, and at times fewer lines or base talk alone
_FULL, _WEIGHT = "en", 4  # English has as many pairs as four other languages
_MOST = 50  # pairs drawn for one that is kept, before it is told that the banks share too much
_ROWS_AT_ONCE = 500  # rows of a row group
_WRITER = {"batch_size": _ROWS_AT_ONCE, "version": "2.6", "data_page_version": "1.0"}
_CARD = """\
# Made by eval/benchmark.py; the same banks make the same bytes.
[dataset]
name = "benchmark"
provenance = "synthetic"
basis = "single cue lines and look-alike lines set into ordinary talk; no real conversation stands behind it"
contributors = ["the authors of the line banks in eval/banks"]
licence = "Apache-2.0"
languages = {languages}
obtain = "python eval/benchmark.py"
conversations = {conversations}
"""
_PAGE = """\
---
pretty_name: Grooming cues in synthetic chat
license: apache-2.0
language:
{languages}
multilinguality:
- multilingual
task_categories:
- text-classification
- token-classification
size_categories:
- 1K<n<10K
annotations_creators:
- machine-generated
language_creators:
- machine-generated
source_datasets:
- original
tags:
- child-safety
- trust-and-safety
- synthetic
configs:
- config_name: default
  data_files:
{files}
---
# Grooming cues in synthetic chat
A benchmark for detectors of grooming in chat: which sender of a conversation is risky, from which message on, and which lines
say so. Everything in it is made up.

## How it was made
A generator sets single short lines of cue families (secrecy, requests for photos, offers of travel …) at random points into
ordinary talk, never more than two in a row. Each risky conversation has a twin: the same base talk, with as many lines at the
same places, but from people who sound alike for good reasons (parents, coaches, shops …). Some pairs come with a conversation
that has only a few of the look-alike lines, or none. Lines, base talk and generator are those of the project `grooming_detect`:
`eval/banks`, `eval/synth.py`, `eval/benchmark.py`. Language models wrote the lines. No step draws on a real conversation, and
nothing is stronger than what a school's prevention leaflet prints.

The splits share no message, no thread of base talk, no pair, no speaker and no seed. The lines of the test split were written
apart from the others, by another hand. Languages without lines for training stand in the test split alone.

## What it must not be used for
- To say how well a detector works on real cases: there are none in it.
- To judge a person. A score proposes; people decide.
- To estimate how common grooming is: the shares here are chosen.
- To train what writes such lines.
- To tune on the test split.

## Columns
| column | type | what it is |
|---|---|---|
| `conversation_id` | string | tells nothing about the label |
| `pair` | string | the same for all conversations with the same base talk: never part them |
| `language` | string | ISO 639 |
| `scenario` | string | the pair's plan: families, pace, ages |
| `suite` | string | for false alarms by suite: the scenario if risky, else who speaks; `base` has no lines set in |
| `label` | `ordinary`, `risky` | whether there is a perpetrator |
| `perpetrator` | string, null | the risky sender; all others are ordinary |
| `onset` | int, null | index of the first message with a cue |
| `participants` | list | `id`, and `age` where it is known |
| `messages` | list | in order of sending |

A message has `id`, `sender`, `text`, `timestamp` (ISO 8601), `cues` (the families of a cue line), `injected` (whether it was
set in, as a cue or as a look-alike) and `spans` (where in `text` the cue stands: start and end). Give a model `sender`, `text`,
`timestamp` and the participants; all else is the answer.

## Sizes
{splits}
{by_language}
{by_suite}
## Limits
Nobody has compared this talk with real cases. Real talk is longer and messier, and real grooming goes on for weeks; here nobody
reacts to the lines, which stand in talk that does not know of them. Twins are alike in length and marks, but not wholly so, and
“you”, “me” and “your” tell a little, because they are part of what a request is. Small suites and languages give wide
intervals: report them. Lines and threads come again within a split, so conversations are not independent: draw bootstrap
samples by pair at least.
"""


@cache
def _lines(language: str, split: str) -> frozenset[str]:
    """Every line and turn of a bank, without regard to case."""
    lines = bank(language, split)
    suites = (listed for families in lines.suites.values() for listed in families.values())
    return frozenset(_plain(line) for listed in (*lines.cues.values(), *suites, *lines.threads) for line in listed)


def _plain(text: str) -> str:
    return text.strip().casefold()


@cache
def _taken(split: str) -> frozenset[str]:
    """What a split may not say, because a later one does; short turns such as “why” stand in many threads."""
    later = SPLITS[SPLITS.index(split) + 1 :]
    return frozenset().union(*(_lines(language, other) for other in later for language in languages(other)))


def plan(split: str, size: int) -> dict[str, int]:
    """Pairs of each language, so that all splits come to about `size` conversations."""
    weights = {language: _WEIGHT if language == _FULL else 1 for language in languages(split)}
    whole = size * _SHARES[split] / _PER_PAIR / sum(weights.values())
    return {language: max(round(whole * weight), 1) for language, weight in weights.items()}


def drawn(split: str, language: str, count: int) -> Iterator[list[Row]]:
    """`count` pairs, each with all its conversations, none of which says what a later split says.

    Raises
    ------
    InputError
        If the banks share so much talk that there are too few.
    """
    skipped = languages(split).index(language) * count % len(bank(language, split).suites)  # go on where the last one ended
    every = (list(group) for _, group in groupby(pairs(split, skipped + _MOST * count, _SEED, language), itemgetter("pair")))
    own = (rows for rows in islice(every, skipped, None) if not any(_taken(split) & _said(row) for row in rows))
    left = count
    for rows in islice(own, count):
        left -= 1
        yield [_disguised(row) for row in rows]
    if left:
        raise InputError(f"eval/banks {language} {split}", "nearly all threads stand in another split too", "write other ones")


def _said(row: Row) -> frozenset[str]:
    return frozenset(_plain(message["text"]) for message in row["messages"])


def _disguised(row: Row) -> Row:
    """The row under ids that do not tell how it was made: in the generator's the perpetrator is always “a”."""
    names = {message["sender"]: _id("u", row["pair"], message["sender"]) for message in row["messages"]}
    ages = {person["id"]: person["age"] for person in row["participants"]}
    return {
        **row,
        "conversation_id": _id("c", row["conversation_id"]),
        "perpetrator": names.get(row["perpetrator"]),
        "participants": [{"id": name, "age": ages.get(sender)} for sender, name in names.items()],
        "messages": [{**message, "sender": names[message["sender"]]} for message in row["messages"]],
    }


def _id(kind: str, *parts: str) -> str:
    return kind + hashlib.sha256("/".join((str(_SEED), *parts)).encode()).hexdigest()[:12]


def build(size: int = SIZE, tick: Callable[[], object] = lambda: None) -> dict[str, list[Row]]:
    """The rows of each split, in an order that does not tell how they were made.

    Parameters
    ----------
    size : int
        How many conversations, about.
    tick : callable
        Called after each pair.
    """
    found: dict[str, list[Row]] = {}
    for split in SPLITS:
        rows = found[split] = []
        for language, count in plan(split, size).items():
            for group in drawn(split, language, count):
                rows += group
                tick()
        rows.sort(key=itemgetter("conversation_id"))
    return found


def dataset_dict(rows: Mapping[str, list[Row]]) -> Any:  # noqa: ANN401  (the package is optional)
    """The splits as a `datasets.DatasetDict` with the columns of `data_catalogue.features`."""
    library()
    from datasets import Dataset, DatasetDict  # noqa: PLC0415  (an optional package)

    columns = features()
    ordered = {split: [{name: row[name] for name in columns} for row in listed] for split, listed in rows.items()}
    return DatasetDict({split: Dataset.from_list(listed, features=columns) for split, listed in ordered.items()})


def write(folder: Path, rows: Mapping[str, list[Row]]) -> dict[str, str]:
    """Write a Parquet file a split, the dataset card, and the card of the provenance gate.

    Returns
    -------
    dict of str to str
        The SHA-256 of each file by its name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    library().disable_progress_bars()
    for split, dataset in dataset_dict(rows).items():
        dataset.to_parquet(folder / f"{split}.parquet", **_WRITER)
    spoken = sorted({row["language"] for listed in rows.values() for row in listed})
    card = _CARD.format(languages=json.dumps(spoken), conversations=sum(map(len, rows.values())))
    for split in rows:
        digest = _sha256(folder / f"{split}.parquet")
        card += f'\n[[files]]\npath = "{split}.parquet"\nsha256 = "{digest}"\nsplit = "{split}"\n'
    (folder / "dataset.toml").write_bytes(card.encode())
    (folder / "README.md").write_bytes(page(rows, spoken).encode())
    return {name: _sha256(folder / name) for name in sorted(["README.md", "dataset.toml", *(f"{s}.parquet" for s in rows)])}


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def page(rows: Mapping[str, list[Row]], spoken: Sequence[str]) -> str:
    """The dataset card. It holds a digest of the rows, which does not depend on how Parquet is written."""
    splits = [
        (
            split,
            len(listed),
            sum(row["label"] for row in listed),
            sum(len(row["messages"]) for row in listed),
            len({message["sender"] for row in listed for message in row["messages"]}),
            f"`{_digest(listed)}`",
        )
        for split, listed in rows.items()
    ]
    return _PAGE.format(
        languages="\n".join(f"- {language}" for language in spoken),
        files="\n".join(f"  - split: {split}\n    path: {split}.parquet" for split in rows),
        splits=_table(("split", "conversations", "risky", "messages", "speakers", "SHA-256 of the rows as JSON Lines"), splits),
        by_language=_counts("language", rows, lambda row: (row["language"],)),
        by_suite=_counts("suite | label", rows, lambda row: (row["suite"], ("ordinary", "risky")[row["label"]])),
    )


def _digest(rows: Iterable[Row]) -> str:
    lines = (json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n" for row in rows)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _counts(head: str, rows: Mapping[str, list[Row]], key: Callable[[Row], tuple[str, ...]]) -> str:
    """Conversations of each kind and split, as a table."""
    kinds = {split: [key(row) for row in listed] for split, listed in rows.items()}
    every = sorted({kind for listed in kinds.values() for kind in listed}, key=lambda kind: kind[::-1])
    return _table((head, *rows), [(" | ".join(kind), *(listed.count(kind) for listed in kinds.values())) for kind in every])


def _table(head: Sequence[str], rows: Iterable[Sequence[str | int]]) -> str:
    title = f"| {' | '.join(head)} |"
    lines = [title, "|---" * (title.count("|") - 1) + "|"]
    lines += ["| " + " | ".join(f"{cell:,}" if isinstance(cell, int) else cell for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def listing(sums: Mapping[str, str]) -> str:
    """File hashes in the form of ``sha256sum``."""
    return "".join(f"{digest}  {name}\n" for name, digest in sums.items())


def over_all(sums: Mapping[str, str]) -> str:
    """One hash for all files: that of their listing."""
    return hashlib.sha256(listing(sums).encode()).hexdigest()


def versions() -> str:
    """What Parquet was written by: its bytes depend on it."""
    import pyarrow as pa  # noqa: PLC0415  (an optional package)

    return f"# written by datasets {library().__version__}, pyarrow {pa.__version__}\n"


def differences(sums: Mapping[str, str], recorded: str) -> list[str]:
    """What is not as it was recorded, in words; nothing if all is.

    Parameters
    ----------
    sums : mapping of str to str
        The SHA-256 of each file.
    recorded : str
        What stands in `benchmark.sha256`.
    """
    known = {name: digest for digest, _, name in (line.partition("  ") for line in recorded.splitlines() if line[:1] != "#")}
    faults = [f"{name} is not as recorded" for name in sorted({*known, *sums}) if known.get(name) != sums.get(name)]
    if faults and known.get("README.md") == sums.get("README.md"):
        then, now = (text.splitlines()[0].removeprefix("# ") for text in (recorded, versions()))
        faults.append(f"but the rows are the same: recorded was what is {then}; here it is {now}")
    return faults


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=HERE / "data" / "benchmark", help="folder for the files")
    parser.add_argument("--size", type=int, default=SIZE, help=f"how many conversations, about (default: {SIZE:,})")
    either = parser.add_mutually_exclusive_group()
    either.add_argument("--verify", action="store_true", help=f"compare the files with {RECORD.name}")
    either.add_argument("--record", action="store_true", help=f"write {RECORD.name}")
    arguments = parser.parse_args()
    if arguments.size != SIZE and (arguments.verify or arguments.record):
        parser.error("hashes are recorded of the default size alone")
    if arguments.verify and not RECORD.is_file():
        parser.error(f"there is no {RECORD.name}: --record writes it")
    return arguments


def main() -> int:
    """Build, write, and print the hashes."""
    arguments = _arguments()
    console = Console(stderr=True)
    try:
        library()
        with Progress(console=console, disable=not console.is_terminal) as progress:
            total = sum(sum(plan(split, arguments.size).values()) for split in SPLITS)
            task = progress.add_task("pairs", total=total)
            rows = build(arguments.size, lambda: progress.advance(task))
        sums = write(arguments.out, rows)
    except GroomingDetectError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{listing(sums)}{over_all(sums)}  all")
    if arguments.record:
        RECORD.write_text(versions() + listing(sums), "utf-8")
    if not arguments.verify:
        return 0
    faults = differences(sums, RECORD.read_text("utf-8"))
    print("\n".join(faults) or "as recorded", file=sys.stderr)
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
