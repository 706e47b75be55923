"""Made-up labelled conversations with lines of the small pack, and cards for them."""

from __future__ import annotations

import hashlib
import json
import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from support import PACK

from grooming_detect import Conversation, Message, Participant
from grooming_detect.gold import Labelled

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

START = datetime(2025, 1, 6, 15, tzinfo=UTC)
ORDINARY = (
    "nice goal today", "did you see the match", "what is for lunch", "the bus was late again", "i like your new bike",
    "homework is so long", "it rains all week", "lets practise the second song", "she won the quiz", "my cat is asleep",
)  # fmt: skip
CUES = tuple((rule.family, line) for rule in PACK.rules for line in rule.fires if rule.weight > 0)


def item(number: int, seed: int = 0, name: str = "made up") -> Labelled:
    """One conversation: every other one risky, with four cue lines of sender a."""
    draw = random.Random(f"{seed}/{number}")  # noqa: S311
    risky = number % 2 == 0
    rows: list[tuple[str, str, tuple[str, ...]]] = [
        ("ab"[n % 2], draw.choice(ORDINARY), ()) for n in range(draw.randint(8, 16))
    ]
    for _ in range(4 if risky else 0):
        family, line = draw.choice(CUES)
        rows.insert(draw.randint(2, len(rows)), ("a", line, (family,)))
    messages = tuple(Message(who, text, START + timedelta(minutes=3 * n), f"m{n}") for n, (who, text, _) in enumerate(rows))
    people = (Participant("a", 40.0), Participant("b", 12.0)) if number % 3 == 0 else ()
    chat = Conversation(f"c{number}", messages, people)
    suite = ("approach" if risky else "team") + str(number % 4 // 2)
    return Labelled(chat, "a" if risky else None, suite, "en", tuple(cues for _, _, cues in rows), name, chat.conversation_id)


def items(count: int, seed: int = 0) -> list[Labelled]:
    """So many conversations."""
    return [item(number, seed) for number in range(count)]


def write_card(
    folder: Path, splits: dict[str, Sequence[Labelled]], name: str = "made-up", provenance: str = "synthetic"
) -> Path:
    """The conversations as files with a card; gives the card's path."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        "[dataset]", f'name = "{name}"', f'provenance = "{provenance}"', 'basis = "made up for a test"',
        'contributors = ["a test"]', 'licence = "none"', 'languages = ["en"]',
    ]  # fmt: skip
    for split, conversations in splits.items():
        text = "".join(json.dumps(record(one)) + "\n" for one in conversations)
        (folder / f"{split}.jsonl").write_text(text, "utf-8")
        digest = hashlib.sha256(text.encode()).hexdigest()
        lines += ["[[files]]", f'path = "{split}.jsonl"', f'sha256 = "{digest}"', f'split = "{split}"']
    (folder / "dataset.toml").write_text("\n".join(lines) + "\n", "utf-8")
    return folder / "dataset.toml"


def record(one: Labelled) -> dict[str, object]:
    """A conversation as a line of a dataset."""
    chat = one.conversation
    return {
        "conversation_id": chat.conversation_id,
        "perpetrator": one.perpetrator,
        "suite": one.suite,
        "language": one.language,
        "participants": [{"id": person.id, "age": person.age} for person in chat.participants],
        "messages": [
            {"sender": message.sender, "text": message.text, "timestamp": START.isoformat(), "cues": list(cues)}
            for message, cues in zip(chat.messages, one.cues, strict=True)
        ],
    }
