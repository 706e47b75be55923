"""Make synthetic conversations by cue injection, each with a twin that differs in meaning alone.

A conversation is ordinary base talk into which single short lines of a bank are set at random points, never more than two in a
row. Its twin has the same base talk, the same number of lines at the same places, from a look-alike suite (parents, coaches,
shops …). So who wrote the lines, how long they are, the base talk and the recipient's words cannot tell the two apart.
Deterministic by seed; gold: spans, families, perpetrator, onset message,
and of look-alike lines the family that they resemble.

    python eval/synth.py            # writes eval/data/{train,validation,test}.jsonl.gz and eval/data/dataset.toml
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import random
import sys
import tomllib
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from rich.progress import track

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

HERE = Path(__file__).parent
SPLITS = ("train", "validation", "test")
_CARD = """\
# Made by eval/synth.py; the same seed and banks make the same bytes.
[dataset]
name = "synthetic"
provenance = "synthetic"
basis = "single cue lines and look-alike lines set into ordinary talk; no real conversation stands behind it"
contributors = ["the authors of the line banks in eval/banks"]
licence = "Apache-2.0"
languages = {languages}
obtain = "python eval/synth.py --seed {seed}"
"""
_FULL = "en"  # the language with the largest banks
_SHARE = 4  # of the other languages a quarter as many pairs
_LETTERS = 0x2000  # code points beyond which there are signs and pictures
_MARKS = ".,!?'’:;-/£$€"
_HANDFUL = 24  # lines of either kind among which the two most alike in form are looked for
_MATCHED = 1 / 3  # share of twins whose lines resemble the risky ones family by family
_START = datetime(2025, 1, 6, 15, 0, tzinfo=UTC)
_GAPS = {"hour": (0.1, 3.0), "days": (0.3, 30.0), "weeks": (0.5, 240.0)}  # minutes between messages: median and session scale
_SENDERS = tuple("abcdefgh")
_MOST_ROUNDS = 3
_REST = {"name": "rest", "lines": [6, 8], "pace": "days", "ages": {}}  # the scenario of lines that no other has used


@dataclass(frozen=True, slots=True)
class Bank:
    """The lines of one language and split.

    Parameters
    ----------
    cues : dict of str to list of str
        Lines by cue family.
    suites : dict of str to dict of str to list of str
        Look-alike lines by suite and by the family that they resemble.
    threads : list of list of str
        Ordinary talk of two people, by turns.
    """

    language: str
    cues: dict[str, list[str]]
    suites: dict[str, dict[str, list[str]]]
    threads: list[list[str]]


class Injected(NamedTuple):
    """A line that is set into base talk: its gold families, or the family that it resembles."""

    text: str
    cues: tuple[str, ...]
    resembles: str | None = None


def languages(split: str) -> list[str]:
    """Languages that have a bank for a split."""
    return sorted({path.name.split(".")[0] for path in (HERE / "banks").glob(f"*.{split}*.toml")})


@cache
def bank(language: str, split: str) -> Bank:
    """The bank of a language for one split: the lines and threads of other writers than those of the other splits.

    Words that are learned from some writers' lines know their turns of phrase. What the words are worth beside the rules shows
    on the lines of writers whom they never met.
    """
    paths = sorted((HERE / "banks").glob(f"{language}.{split}*.toml"))
    tables = [tomllib.loads(path.read_text("utf-8")) for path in paths]
    cues: dict[str, list[str]] = {}
    suites: dict[str, dict[str, list[str]]] = {}
    threads: list[list[str]] = []
    for table in tables:
        for family, lines in table.get("cues", {}).items():
            cues.setdefault(family, []).extend(lines)
        for suite, families in table.get("lookalikes", {}).items():
            for family, lines in families.items():
                suites.setdefault(suite, {}).setdefault(family, []).extend(lines)
        threads += table.get("talk", {}).get("threads", ())
    return Bank(language, cues, suites, threads)


@cache
def scenarios() -> dict[str, Any]:
    """The tables of `scenarios.toml`."""
    return tomllib.loads((HERE / "scenarios.toml").read_text("utf-8"))


def pairs(
    split: str, count: int, seed: int, language: str = "en", *, evenly: bool = False, whole: bool = False
) -> Iterator[dict[str, Any]]:
    """`count` conversations with injected cues, each followed by its twin, and by its base talk alone every fourth time.

    Parameters
    ----------
    split : {"train", "validation", "test"}
        Which lines and threads are drawn from.
    count : int
        How many pairs.
    seed : int
        The same seed gives the same conversations, and a greater count begins with those of a smaller one.
    language : str
        Language of the banks.
    evenly : bool
        Whether lines that were used least come first, so that all the lines are heard; else twins are closer in form.
    whole : bool
        Whether, besides, further pairs follow until nearly all lines were used, whatever scenarios ask for.
    """
    lines = bank(language, split)
    used: Counter[str] | None = Counter() if evenly or whole else None
    names = sorted(scenarios()["scenario"])
    suites = sorted(lines.suites)
    for number in range(count):
        draw = random.Random(f"{seed}/{language}/{split}/{number}")  # noqa: S311  (a draw, no secret)
        scenario = names[number % len(names)]
        suite = suites[number % len(suites)]
        plan = scenarios()["scenario"][scenario] | {"name": scenario}
        yield from _pair(lines, plan, suite, draw, used, f"{language}-{split}-{number:05d}")
    if used is None or not whole:
        return
    for number in range(count, _MOST_ROUNDS * count):
        families = {family: sum(not used[line] for line in listed) for family, listed in lines.cues.items()}
        left = {suite: sum(not used[line] for listed in lines.suites[suite].values() for line in listed) for suite in suites}
        if not any(families.values()) and not any(left.values()):
            break
        draw = random.Random(f"{seed}/{language}/{split}/{number}")  # noqa: S311  (a draw, no secret)
        plan = _REST | {"families": families if any(families.values()) else dict.fromkeys(families, 1)}
        suite = max(left, key=left.__getitem__)
        yield from _pair(lines, plan, suite, draw, used, f"{language}-{split}-{number:05d}")


def _pair(
    lines: Bank, plan: Mapping[str, Any], suite: str, draw: random.Random, used: Counter[str] | None, name: str
) -> Iterator[dict[str, Any]]:
    base = _base_talk(lines.threads, draw, plan.get("crowd"))
    perpetrator = _SENDERS[0]
    places = _places(base, draw.randint(*plan["lines"]), draw)
    families = _families(plan["families"], len(places), lines.cues, draw)
    matched = draw.random() < _MATCHED
    drawn = [*_drawn(families, lines, suite, draw, used, matched=matched)]
    resembled = {line: family for family, listed in lines.suites[suite].items() for line in listed}
    risky = [Injected(cue, (family,)) for family, (cue, _) in zip(families, drawn, strict=True)]
    alike = [Injected(line, (), resembled[line]) for _, line in drawn]
    gaps = _times(len(base) + len(places), plan["pace"], draw)
    known = draw.random() < 0.5  # noqa: PLR2004  (ages are given in half of the conversations)
    common = {"language": lines.language, "scenario": plan["name"]}
    for kind, injected, ages in (
        ("cues", risky, plan["ages"]),
        ("twin", alike, scenarios()["suite"].get(suite, {})),
    ):
        messages = _woven(base, places, injected, gaps, perpetrator)
        label = int(kind == "cues")
        people = _people(messages, ages, known=known, draw=draw)
        onset = next((n for n, message in enumerate(messages) if message["cues"]), None)
        yield {
            "conversation_id": f"{name}-{kind}",
            "pair": name,
            "label": label,
            "suite": plan["name"] if label else suite,
            "perpetrator": perpetrator if label else None,
            "onset": onset,
            "participants": _posing(people, plan.get("posing", 0.0), name) if label else people,
            "messages": messages,
            **common,
        }
    if draw.random() < 0.5:  # noqa: PLR2004  (people seldom sound alike in as many lines as a twin does: a few, among their own)
        few = sorted(draw.sample(places, k=draw.randint(1, max(1, len(places) // 2))))
        messages = _woven(base, few, alike[: len(few)], gaps[: len(base) + len(few)], perpetrator)
        if draw.random() < 0.5 and not plan.get("crowd"):  # noqa: PLR2004  (among equals, and with a helper, both sides sound so)
            for message in messages:
                if message["injected"]:
                    message["sender"] = draw.choice(_SENDERS[:2])
        yield {
            "conversation_id": f"{name}-few", "pair": name, "label": 0, "suite": suite, "perpetrator": None, "onset": None,
            "participants": _people(messages, scenarios()["suite"].get(suite, {}), known=known, draw=draw),
            "messages": messages, **common,
        }  # fmt: skip
    if draw.random() < 0.25:  # noqa: PLR2004  (base talk alone, as the ordinary case)
        messages = _woven(base, [], [], gaps[: len(base)], perpetrator)
        yield {
            "conversation_id": f"{name}-base", "pair": name, "label": 0, "suite": "base", "perpetrator": None, "onset": None,
            "participants": [], "messages": messages, **common,
        }  # fmt: skip


def _base_talk(threads: Sequence[list[str]], draw: random.Random, crowd: list[int] | None) -> list[tuple[str, str]]:
    """A few threads one after the other; sender a or b begins each. A crowd shares b's lines between several viewers."""
    talk: list[tuple[str, str]] = []
    for thread in draw.sample(threads, k=min(draw.choice((1, 1, 2, 2, 3, 4)), len(threads))):
        first = draw.randint(0, 1)
        talk += [(_SENDERS[(n + first) % 2], line) for n, line in enumerate(thread)]
    if crowd:
        others = _SENDERS[2 : 2 + draw.randint(*crowd)]
        talk = [(sender if sender == "b" or draw.random() < 0.4 else draw.choice(others), line) for sender, line in talk]  # noqa: PLR2004
    return talk


def _places(base: Sequence[tuple[str, str]], count: int, draw: random.Random) -> list[int]:
    """Before which base message each line is set in; at most two in a row."""
    slots = [place for place in range(1, len(base) + 1) for _ in range(2)]
    return sorted(draw.sample(slots, k=min(count, len(slots))))


def _families(weights: dict[str, int], count: int, cues: dict[str, list[str]], draw: random.Random) -> list[str]:
    names = [name for name in sorted(weights) if cues.get(name)]
    return draw.choices(names, [weights[name] for name in names], k=count)


def _drawn(
    families: Sequence[str], lines: Bank, suite: str, draw: random.Random, used: Counter[str] | None, *, matched: bool
) -> Iterator[tuple[str, str]]:
    """For each family a cue line and a look-alike line of about the same length and style, none of them twice.

    The look-alike resembles the family in every third twin only (`matched`), and is whatever the suite says in the others:
    people of a suite do not speak of a groomer's families in a groomer's proportions, and twins that always did would teach
    that families tell nothing. Of a handful of lines of either kind the two are taken that keep the two conversations most
    alike in form, so that form does not tell them apart; where uses are counted (`used`), the handful is what was used least.
    """
    everything = [line for listed in lines.suites[suite].values() for line in listed]
    taken: set[str] = set()
    ahead: tuple[float, ...] = ()
    for family in families:
        pool = (lines.suites[suite].get(family) if matched else None) or everything
        cues, others = (_handful(listed, draw, taken, used) for listed in (lines.cues[family], pool))
        pair, ahead = min(
            (((cue, other), _ahead(ahead, cue, other)) for cue in cues for other in others), key=lambda two: _length(two[1])
        )
        taken.update(pair)
        if used is not None:
            used.update(pair)
        yield pair


def _handful(listed: Sequence[str], draw: random.Random, taken: set[str], used: Counter[str] | None) -> list[str]:
    if used is not None:
        return sorted(draw.sample(listed, k=len(listed)), key=used.__getitem__)[:_HANDFUL]
    left = [line for line in listed if line not in taken] or listed
    return draw.sample(left, k=min(_HANDFUL, len(left)))


def _ahead(before: tuple[float, ...], cue: str, other: str) -> tuple[float, ...]:
    """By how much the risky conversation is ahead of its twin in length, in each mark, in capitals and pictures."""
    differences = [a - b for a, b in zip(_form(cue), _form(other), strict=True)]
    return tuple(a + b for a, b in zip(before or [0.0] * len(differences), differences, strict=True))


def _length(ahead: tuple[float, ...]) -> float:
    return abs(ahead[0]) / 4 + 2 * sum(map(abs, ahead[1:]))


@cache
def _form(line: str) -> tuple[int, ...]:
    """Length in letters, then how many there are of each mark, of capitals and of pictures."""
    capitals, pictures = sum(letter.isupper() for letter in line), sum(ord(sign) > _LETTERS for sign in line)
    return len(line), *(line.count(mark) for mark in _MARKS), capitals, pictures, line[0].isupper()


def _times(count: int, pace: str, draw: random.Random) -> list[datetime]:
    """Moments of sending: quick talk in sessions, with the scenario's gaps between them."""
    quick, session = _GAPS[pace]
    now = _START + timedelta(minutes=draw.uniform(0, 60 * 24 * 300))
    moments = []
    for _ in range(count):
        between = session * 60 if draw.random() < 0.12 and pace != "hour" else quick  # noqa: PLR2004  (a new session)
        now += timedelta(minutes=max(draw.expovariate(1 / between), 0.03))
        moments.append(now)
    return moments


def _woven(
    base: Sequence[tuple[str, str]],
    places: Sequence[int],
    injected: Sequence[Injected],
    moments: Sequence[datetime],
    sender: str,
) -> list[dict[str, Any]]:
    """Base talk with the lines set in, as messages with gold."""
    rows: list[tuple[str, Injected, bool]] = []
    waiting = list(zip(places, injected, strict=True))
    for n, (who, text) in enumerate([*base, ("", "")]):
        while waiting and waiting[0][0] == n:
            rows.append((sender, waiting.pop(0)[1], True))
        if text:
            rows.append((who, Injected(text, ()), False))
    return [
        {
            "id": f"m{n + 1}",
            "sender": who,
            "timestamp": moment.isoformat(timespec="seconds"),
            "text": line.text,
            "cues": list(line.cues),
            "resembles": line.resembles,
            "injected": inserted,
            "spans": [[0, len(line.text)]] if line.cues else [],
        }
        for n, ((who, line, inserted), moment) in enumerate(zip(rows, moments, strict=True))
    ]


def _people(
    messages: Sequence[dict[str, Any]], ages: dict[str, list[int]], *, known: bool, draw: random.Random
) -> list[dict[str, Any]]:
    senders = list(dict.fromkeys(message["sender"] for message in messages))
    one = draw.randint(*ages["peers"]) if "peers" in ages else 0
    people = []
    for sender in senders:
        if "peers" in ages:
            age = one + draw.randint(0, 1)
        else:
            bounds = ages.get("sender" if sender == _SENDERS[0] else "other")
            age = draw.randint(*bounds) if bounds else 0
        people.append({"id": sender, "age": age if known and age else None})
    return people


def _posing(people: list[dict[str, Any]], share: float, name: str) -> list[dict[str, Any]]:
    """The people as a platform knows them that takes ages as they are given to it: so many perpetrators gave a child's."""
    draw = random.Random(f"{name}/posing")  # noqa: S311  (a draw of its own: all else stays as it is)
    if draw.random() < share:
        others = [person["age"] for person in people if person["id"] != _SENDERS[0] and person["age"] is not None]
        for person in people:
            if person["id"] == _SENDERS[0] and others:
                person["age"] = others[0] + draw.choice((0, 1, 2))
    return people


def write(folder: Path, count: Mapping[str, int], seed: int) -> None:
    """Write all splits of all languages as JSON Lines, gzipped without a time stamp, and their card."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for split in SPLITS:
        path = folder / f"{split}.jsonl.gz"
        with path.open("wb") as raw, gzip.GzipFile("", "wb", mtime=0, fileobj=raw) as stream:
            for language in track(languages(split), description=split):
                wanted = count[split] if language == _FULL else count[split] // _SHARE
                for row in pairs(split, wanted, seed, language, evenly=split != "test", whole=split == "train"):
                    stream.write((json.dumps(row, ensure_ascii=False) + "\n").encode())
        files.append((path.name, hashlib.sha256(path.read_bytes()).hexdigest(), split))
    card = _CARD.format(languages=json.dumps(sorted({*languages("train"), *languages("test")})), seed=seed)
    card += "".join(f'\n[[files]]\npath = "{name}"\nsha256 = "{digest}"\nsplit = "{split}"\n' for name, digest, split in files)
    (folder / "dataset.toml").write_text(card, "utf-8")


def main() -> int:
    """Write the data and its card."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=HERE / "data", help="folder for the splits and dataset.toml")
    parser.add_argument("--seed", type=int, default=2026)
    for split, pairs_by_default in zip(SPLITS, (1_200, 1_200, 400), strict=True):
        parser.add_argument(f"--{split}", type=int, default=pairs_by_default, help=f"pairs of the {split} split in English")
    arguments = vars(parser.parse_args())
    write(arguments["out"], {split: arguments[split] for split in SPLITS}, arguments["seed"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
