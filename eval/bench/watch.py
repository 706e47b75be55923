"""Watching: time of a message (p50, p99, p99.9), size of the state of a live side, memory of many live conversations.

    python eval/bench/watch.py --million            # holds a million conversations too (some minutes)
    python eval/bench/watch.py --memory --million   # only that

For the memory some of the corpora's conversations are read message by message, under names as long as services give them. A
process of its own holds their states in a watch, under as many names as are wanted, and holds them anew after each message. So
every conversation that is counted is held, and so is the room that is lost between states as they grow.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import os
import resource
import sys
import time
import uuid
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from grooming_detect import Conversation, Detector
from grooming_detect.readers import read
from grooming_detect.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from grooming_detect import Message, RiskReport
    from grooming_detect.case import Case

_AT_ONCE = 200  # conversations whose messages come in mixed
_YARDSTICK = 200_000  # additions that the machine is measured by
_SIZES = (20_000, 100_000)  # conversations held at once
_MILLION = 1_000_000
_SHORT = 4  # messages of a short conversation
_READ = 2_000  # conversations that states are made of
_STRIDE = 7_919  # a prime: the order in which conversations go on is not that in which they began
_START = datetime(2025, 1, 6, 15, tzinfo=UTC)


class Held(NamedTuple):
    """What many conversations take, in bytes."""

    conversations: int
    taken: int  # since before the first of them
    state: float  # mean of the states as they are handed out


class _Holder:
    """Stands in for the detector where states are only held: a model's own memory has gaps that states would hide in."""

    def __init__(self, fingerprint: str) -> None:
        self.fingerprint = fingerprint

    def read(self, case: Case, message: Message) -> bool:
        raise NotImplementedError

    def report(self, case: Case, sender: str) -> RiskReport:
        raise NotImplementedError

    def forget(self, case: Case) -> None:
        """A case that comes from a state holds no text."""


def messages(chats: Sequence[Conversation]) -> Iterator[tuple[str, Message]]:
    """All messages, those of a few hundred conversations mixed, as a service sees them."""
    for start in range(0, len(chats), _AT_ONCE):
        rounds = zip_longest(*map(_named, chats[start : start + _AT_ONCE]))
        yield from (pair for pair in chain.from_iterable(rounds) if pair is not None)


def _named(chat: Conversation) -> Iterator[tuple[str, Message]]:
    return ((chat.conversation_id, message) for message in chat.messages)


def memory() -> int:
    """Bytes of memory that this process has now; where that is not told, the most it had."""
    told = Path("/proc/self/statm")
    if told.exists():
        return int(told.read_text("ascii").split()[1]) * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def speed(detector: Detector, chats: Sequence[Conversation]) -> None:
    """Print the time of a message, and the size of a side's state after whole conversations."""
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


def growing(detector: Detector, chats: Sequence[Conversation]) -> list[list[bytes]]:
    """The state of each conversation after each of its first messages, which all have a time; all names have 32 digits."""
    found = []
    for number, chat in enumerate(chats):
        watch, states = detector.watch(), []
        for n, message in enumerate(chat.messages[:_SHORT]):
            sender = uuid.uuid5(uuid.NAMESPACE_OID, f"{number}/{message.sender}").hex
            moment = message.timestamp or _START + timedelta(minutes=n)
            watch.add(_name(number), replace(message, sender=sender, timestamp=moment))
            states.append(watch.state(_name(number)))
        found.append(states)
    return found


def _name(number: int) -> str:
    return f"{number:032x}"


def held(fingerprint: str, states: Sequence[list[bytes]], sizes: Sequence[int]) -> list[Held]:
    """Hold so many conversations at once, each as it stands after every message, and say what that takes."""
    watch = Watch(_Holder(fingerprint), max(sizes))
    gc.collect()
    before, found, begun = memory(), [], 0
    for size in sizes:
        for n in range(_SHORT):
            for number in (turn * _STRIDE % size for turn in range(size)) if n else range(begun, size):
                grown = states[number % len(states)]
                state = grown[min(n, len(grown) - 1)]
                watch.restore(state.replace(_name(number % len(states)).encode(), _name(number).encode(), 1))
        begun = len(watch)
        found.append(Held(begun, memory() - before, sum(len(watch.state(_name(n))) for n in range(size)) / size))
    return found


def _print_memory(detector: Detector, states: Sequence[list[bytes]], sizes: Sequence[int]) -> None:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        for one in pool.submit(held, detector.fingerprint, states, sizes).result():
            print(
                f"{one.conversations:,} live conversations of {_SHORT} messages: {one.taken / 1e9:.3f} GB,"
                f" {one.taken / one.conversations:,.0f} bytes each (a state as it is handed out: {one.state:,.0f})"
            )


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--million", action="store_true", help="hold a million conversations too")
    parser.add_argument("--memory", action="store_true", help="measure memory alone")
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
    before = memory()
    detector = Detector.load(arguments.model)
    print(f"the detector: {(memory() - before) / 1e9:.3f} GB")
    if not arguments.memory:
        speed(detector, chats)
    states = growing(detector, chats[:: max(1, len(chats) // _READ)])
    _print_memory(detector, states, (*_SIZES, _MILLION) if arguments.million else _SIZES)
    return 0


if __name__ == "__main__":
    sys.exit(main())
