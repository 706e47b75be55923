"""Speed, as ratios within one run: against TF-IDF with logistic regression, 1x, 2x and 4x rules, all packs and English; starts.

make bench
python eval/bench/speed.py FILE…       # any input that `grooming-detect assess` reads
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from grooming_detect import Conversation, Detector
from grooming_detect.cache import VARIABLE
from grooming_detect.packs import default_packs
from grooming_detect.readers import read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from grooming_detect.packs import Pack

_TRAINED_ON = 2_000


def conversations(paths: Iterable[Path]) -> list[Conversation]:
    """All good conversations of some files, in memory."""
    return [item for path in paths for item in read(path) if isinstance(item, Conversation)]


def seconds(call: Callable[[], object]) -> float:
    """How long a call takes, the better of two."""
    times = []
    for _ in range(2):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def some_rules(pack: Pack, every: int) -> Pack:
    """The same pack with one rule in `every`."""
    return replace(pack, rules=pack.rules[::every])


def detect(detector: Detector, chats: list[Conversation]) -> Callable[[], int]:
    """A run of the detector over all chats, explanations included."""
    return lambda: sum(len(detector.assess(chat)) for chat in chats)


def start(cache: str) -> tuple[float, float]:
    """Seconds and peak MiB that a new process takes to load the model that ships, with a folder for its cache."""
    code = (
        "from resource import *; from grooming_detect import Detector; Detector.load();"
        "print(getrusage(RUSAGE_SELF).ru_maxrss / 1024)"
    )
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, env={**os.environ, VARIABLE: cache})  # noqa: S603
    return time.perf_counter() - began, float(done.stdout)


def starts() -> None:
    """Print what a first start takes, and a later one."""
    with tempfile.TemporaryDirectory() as folder:
        first, later = start(folder), start(folder)
    for name, (took, peak) in (("first start", first), ("later start", later)):
        print(f"{name}: {took:.1f} s, at most {peak:,.0f} MiB")
    print(f"a later start is {first[0] / later[0]:.0f} times as fast")


def main(names: list[str]) -> int:
    """Print the table."""
    data = os.environ.get("GROOMING_DETECT_DATA")
    paths = [Path(name) for name in names] or (sorted(Path(data).glob("corpora/*.jsonl.gz")) if data else [])
    chats = conversations(paths or sorted(Path("examples").glob("*.jsonl")) * 50)
    if not paths:
        print("No corpora here (GROOMING_DETECT_DATA is not set): the examples are measured instead.")
    messages = sum(len(chat.messages) for chat in chats)
    sides = [" ".join(message.text for message in side.messages()) for chat in chats for side in chat.sides()]
    model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression())
    model.fit(sides[:_TRAINED_ON], [n % 2 for n in range(len(sides[:_TRAINED_ON]))])
    baseline = seconds(lambda: model.predict_proba(sides))
    print(f"{messages:,} messages, {len(sides):,} sides; one core; explanations included")
    print(f"TF-IDF (1,2) + logistic regression: {messages / baseline:12,.0f} messages/s")
    shipped = Detector.load()
    print(f"peak memory of chats and model: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB")
    for run in ("first", "second"):
        began = time.perf_counter()
        detect(shipped, chats)()
        took = time.perf_counter() - began
        print(f"the model that ships, {run} run: {messages / took:,.0f} messages/s, {baseline / took:.2f} times the baseline")
    packs = default_packs()
    for every in (4, 2, 1):
        detector = Detector(shipped=[some_rules(pack, every) for pack in packs])
        rules = sum(len(pack.rules) for pack in detector.packs)
        took = seconds(detect(detector, chats))
        print(f"detector with {rules:5,} rules: {messages / took:23,.0f} messages/s, {baseline / took:.2f} times the baseline")
    english = seconds(detect(Detector(shipped=[pack for pack in packs if pack.language == "en"]), chats))
    print(f"all packs at {english / took:.0%} of the speed of the English pack alone")
    starts()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
