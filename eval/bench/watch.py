"""Watching: time of a message (p50, p99, p99.9), size of the state of a live side, memory of many live conversations.

python eval/bench/watch.py --live 1000000       # how many conversations are held at once for the memory figure
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import time
from itertools import chain, cycle, islice, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from grooming_detect import Conversation, Detector
from grooming_detect.readers import read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grooming_detect import Message

_AT_ONCE = 200  # conversations whose messages come in mixed
_YARDSTICK = 200_000  # additions that the machine is measured by


def messages(chats: list[Conversation]) -> Iterator[tuple[str, Message]]:
    """All messages, those of a few hundred conversations mixed, as a service sees them."""
    for start in range(0, len(chats), _AT_ONCE):
        rounds = zip_longest(*map(_named, chats[start : start + _AT_ONCE]))
        yield from (pair for pair in chain.from_iterable(rounds) if pair is not None)


def _named(chat: Conversation) -> Iterator[tuple[str, Message]]:
    return ((chat.conversation_id, message) for message in chat.messages)


def memory() -> float:
    """Peak memory of this process in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--live", type=int, default=100_000, help="conversations held at once (default: 100,000)")
    parser.add_argument("--model", help="folder of a model (default: the one that ships)")
    arguments = parser.parse_args()
    data = os.environ.get("GROOMING_DETECT_DATA")
    paths = sorted(Path(data).glob("corpora/*.jsonl.gz")) if data else []
    if not paths:
        print("No corpora here (GROOMING_DETECT_DATA is not set): the examples are measured instead.")
    chats = [
        item
        for path in paths or sorted(Path("examples").glob("*.jsonl"))
        for item in read(path)
        if isinstance(item, Conversation)
    ]
    detector = Detector.load(arguments.model)
    watch = detector.watch()
    times = []
    for name, message in messages(chats):
        start = time.perf_counter()
        watch.add(name, message)
        times.append(time.perf_counter() - start)
    start = time.perf_counter()
    for _ in range(_YARDSTICK):
        pass
    yardstick = (time.perf_counter() - start) / _YARDSTICK
    p50, p99, p999 = (float(np.quantile(times, share)) for share in (0.5, 0.99, 0.999))
    print(f"{len(times):,} messages; an empty loop takes {yardstick * 1e9:.0f} ns a turn on this machine")
    print(f"a message: p50 {p50 * 1e3:.3f} ms, p99 {p99 * 1e3:.3f} ms, p99.9 {p999 * 1e3:.3f} ms")
    sizes = [len(watch.state(chat.conversation_id)) / len(chat.sides()) for chat in chats]
    print(f"state of a live side: {np.mean(sizes):,.0f} bytes on average, 99 % below {np.quantile(sizes, 0.99):,.0f}")
    before = memory()
    live = detector.watch(arguments.live)
    for n, chat in enumerate(islice(cycle(chats), arguments.live)):
        for message in chat.messages[:4]:
            live.add(f"{chat.conversation_id}/{n}", message)
    print(f"{len(live):,} live conversations: {memory() - before:,.0f} MiB more than before")
    return 0


if __name__ == "__main__":
    sys.exit(main())
