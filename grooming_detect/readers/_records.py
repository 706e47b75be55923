"""From a parsed record to a conversation: what every format shares."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from grooming_detect.chat import NOBODY, Conversation, Message, Participant, is_age
from grooming_detect.errors import RecordError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LONGEST_TEXT = 100_000  # characters of one message that are read
_SURROGATE = re.compile("[\ud800-\udfff]")
_LAYOUT = 'one object with "conversation_id" and "messages": [{"sender", "text", "timestamp"?}]'
_ORDINAL = re.compile(r"(\d{4})-?(\d{3})(?=$|T)", re.ASCII)
_SHORT = re.compile(r"(\d{4})(?:-(\d{2}))?", re.ASCII)
_MIDNIGHT = re.compile(r"T24(?::?00(?::?00(?:[.,]0+)?)?)?(?=$|[Z+-])")
_LEAP = re.compile(r"T\d{2}:?\d{2}:?(60)(?=$|[.,Z+-])", re.ASCII)


def conversation_of(record: object, place: str) -> Iterator[Conversation | RecordError]:
    """The faults of a record, then the conversation, unless nothing of it can be read.

    A bad message stays in its place with an empty text, so that the others keep their index.

    Parameters
    ----------
    record : object
        Parsed JSON, or the same from another format.
    place : str
        File and line, for errors.
    """
    if not isinstance(record, dict):
        yield RecordError(place, "is not an object", f"write {_LAYOUT}")
        return
    conversation_id, listed = record.get("conversation_id"), record.get("messages")
    if isinstance(conversation_id, int) and not isinstance(conversation_id, bool):
        conversation_id = str(conversation_id)
    if not isinstance(conversation_id, str) or not conversation_id:
        yield RecordError(place, "has no conversation_id", f"write {_LAYOUT}")
        return
    if not isinstance(listed, list) or not listed:
        problem = "messages is no list" if listed else "has no messages"
        yield RecordError(place, problem, f"write {_LAYOUT}")
        return
    faults: list[RecordError] = []
    messages = tuple(_message(item, f"{place} messages[{n}]", faults) for n, item in enumerate(listed))
    participants = _participants(record.get("participants"), place, faults)
    yield from faults
    yield Conversation(_clean(conversation_id), messages, participants)


def _message(item: object, place: str, faults: list[RecordError]) -> Message:
    fields: dict[str, Any] = item if isinstance(item, dict) else {}
    sender, text = fields.get("sender"), fields.get("text")
    if isinstance(sender, int) and not isinstance(sender, bool):
        sender = str(sender)
    if not isinstance(sender, str) or not sender:
        faults.append(RecordError(place, "has no sender", "give the id of who wrote it; it is left out"))
        return Message(NOBODY, "")
    if not isinstance(text, str):
        faults.append(RecordError(place, "has no text", "give its text as a string; it is read as empty"))
        text = ""
    if len(text) > LONGEST_TEXT:
        hint = f"only the first {LONGEST_TEXT:,} are read; split it"
        faults.append(RecordError(place, f"has {len(text):,} characters", hint))
        text = text[:LONGEST_TEXT]
    if not text.isascii() and _SURROGATE.search(text):
        hint = "encode it as UTF-8; it is read as a replacement character"
        faults.append(RecordError(place, "holds bytes or half a character that is no text", hint))
        text = _clean(text)
    message_id = fields.get("message_id", fields.get("id"))
    timestamp = _timestamp(fields.get("timestamp"), place, faults)
    return Message(_clean(sender), text, timestamp, None if message_id is None else str(message_id))


def _clean(text: str) -> str:
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def _timestamp(value: object, place: str, faults: list[RecordError]) -> datetime | None:
    if value is None or value == "":
        return None
    try:
        return parse_timestamp(value)
    except (ValueError, OverflowError):
        hint = "write ISO 8601, such as 2026-05-01T18:30:00Z; it is left out"
        faults.append(RecordError(place, "has no usable timestamp", hint))
        return None


def parse_timestamp(value: object) -> datetime:
    """A moment from ISO 8601 in any of its forms, or from a `datetime`; without a zone it is taken as UTC.

    Raises
    ------
    ValueError
        If it is neither.

    Examples
    --------
    >>> parse_timestamp("2026-W18-5T18:30").isoformat(), parse_timestamp("2026-121").isoformat()
    ('2026-05-01T18:30:00+00:00', '2026-05-01T00:00:00+00:00')
    """
    if isinstance(value, str):
        moment = _iso(value.strip())
    elif isinstance(value, datetime):
        moment = value
    else:
        raise ValueError("no timestamp")  # noqa: TRY004  (one error for every unusable value)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _iso(text: str) -> datetime:
    text = text.upper().replace("\u2212", "-")
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    text = text.replace(" ", "T", 1)
    if short := _SHORT.fullmatch(text):
        return datetime(int(short[1]), int(short[2] or 1), 1, tzinfo=UTC)
    if ordinal := _ORDINAL.match(text):
        first = datetime(int(ordinal[1]), 1, 1, tzinfo=UTC)
        day = first + timedelta(days=int(ordinal[2]) - 1)
        if day.year != first.year:
            raise ValueError("no such day")
        return datetime.fromisoformat(f"{day:%Y-%m-%d}{text[ordinal.end() :]}")
    # The end of a day, and a leap second, belong to the next moment.
    if end := _MIDNIGHT.search(text):
        return datetime.fromisoformat(f"{text[: end.start()]}T00:00{text[end.end() :]}") + timedelta(days=1)
    if leap := _LEAP.search(text):
        return datetime.fromisoformat(f"{text[: leap.start(1)]}59{text[leap.end(1) :]}") + timedelta(seconds=1)
    raise ValueError("no timestamp")


def _participants(listed: object, place: str, faults: list[RecordError]) -> tuple[Participant, ...]:
    if listed is None:
        return ()
    if not isinstance(listed, list):
        faults.append(RecordError(place, "participants is no list", 'write [{"id", "age"?}]; they are left out'))
        return ()
    participants = []
    for n, item in enumerate(listed):
        fields = item if isinstance(item, dict) else {}
        if not isinstance(fields.get("id"), str | int):
            faults.append(RecordError(f"{place} participants[{n}]", "has no id", "give the id that messages name as sender"))
            continue
        age, country, connected = fields.get("age"), fields.get("country"), fields.get("connected")
        if age is not None and not is_age(age):
            hint = "give it as a number of years, or leave it out"
            faults.append(RecordError(f"{place} participants[{n}]", "has no usable age", hint))
            age = None
        participants.append(
            Participant(
                _clean(str(fields["id"])),
                None if age is None else float(age),
                country if isinstance(country, str) else None,
                connected if isinstance(connected, bool) else None,
            )
        )
    return tuple(participants)


def grouped(
    rows: Callable[[], Iterator[tuple[str, dict[str, Any] | RecordError]]], *, again: bool
) -> Iterator[Conversation | RecordError]:
    """Conversations from rows of one message each, in the order of their first rows.

    Where the rows of every conversation stand together, one conversation is in memory at a time. Where they do not, as in an
    export by time, or where that cannot be told beforehand, all are held until the last row is read.

    Parameters
    ----------
    rows : callable
        Gives all rows from the first on, each time it is called: the place of each, and its fields ``conversation_id``,
        ``sender``, ``text``, and perhaps ``timestamp``, ``id``, ``age`` (of the sender); or a fault.
    again : bool
        Whether it may be called a second time.
    """
    together = again and _stand_together(row for _, row in rows())
    held: dict[object, tuple[str, dict[str, Any]]] = {}
    for place, row in rows():
        if isinstance(row, RecordError):
            yield row
            continue
        conversation_id = _id(row)
        if together and conversation_id not in held:
            yield from _conversations(held)
            held.clear()
        new = {"conversation_id": conversation_id, "messages": [], "participants": {}}
        _, record = held.setdefault(conversation_id, (place, new))
        record["messages"].append(row)
        if row.get("age") not in (None, "") and isinstance(sender := row.get("sender"), str | int):
            record["participants"].setdefault(sender, {"id": sender, "age": _number(row["age"])})
    yield from _conversations(held)


def _conversations(held: dict[object, tuple[str, dict[str, Any]]]) -> Iterator[Conversation | RecordError]:
    for place, record in held.values():
        yield from conversation_of({**record, "participants": [*record["participants"].values()]}, place)


def _number(value: object) -> object:
    """What a text says as a number, or what it is."""
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _id(row: dict[str, Any]) -> object:
    """The conversation's id, or None where it is none that can be."""
    conversation_id = row.get("conversation_id")
    return conversation_id if isinstance(conversation_id, str | int) else None


def _stand_together(rows: Iterator[dict[str, Any] | RecordError]) -> bool:
    """Whether no conversation goes on after the rows of another; of each id a hash is kept."""
    ended: set[int] = set()
    last: object = rows  # which is the name of none
    for row in rows:
        if isinstance(row, RecordError) or (name := _id(row)) == last:
            continue
        if hash(name) in ended:
            return False
        ended.add(hash(last))
        last = name
    return True
