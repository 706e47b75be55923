"""Conversations as the detector reads them. All values are frozen; chat text never stands in a `repr`."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from grooming_detect.errors import RecordError

NOBODY = ""  # stands for a sender who is not known: such a message keeps its place, and is no one's side
OLDEST = 130  # years


def is_age(value: object) -> bool:
    """Whether a value is an age in years.

    >>> is_age(13), is_age("13"), is_age(-1), is_age(float("nan"))
    (True, False, False, False)
    """
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= OLDEST


def in_utc(moment: datetime) -> datetime:
    """A moment that can be compared with others, and told from them by the time that really went by.

    >>> from datetime import datetime
    >>> in_utc(datetime.fromisoformat("2026-05-01T18:30:00+02:00")).isoformat(), in_utc(datetime(2026, 5, 1)).isoformat()
    ('2026-05-01T16:30:00+00:00', '2026-05-01T00:00:00+00:00')
    """
    if moment.tzinfo is not None:
        with suppress(OverflowError):  # in the first or last hours that there are
            return moment.astimezone(UTC)
    return moment.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it was sent.

    Parameters
    ----------
    sender : str
        Who sent it: an id within the conversation; empty where it is not known, and then the message is no one's side.
    text : str
        What it says, unchanged. Kept out of `repr`.
    timestamp : datetime, optional
        When it was sent; without a time zone it is taken as UTC.
    message_id : str, optional
        The platform's own id.

    Raises
    ------
    RecordError
        If the sender or the text is no string, or the timestamp no datetime.

    Examples
    --------
    >>> Message("b", "see you at practice")
    Message(sender='b', timestamp=None, message_id=None)
    """

    sender: str
    text: str = field(repr=False)
    timestamp: datetime | None = None
    message_id: str | None = None

    def __post_init__(self) -> None:
        sender: object = self.sender  # which a caller without a type checker may have got wrong
        text: object = self.text
        moment: object = self.timestamp
        if not (isinstance(sender, str) and isinstance(text, str)):
            raise RecordError("message", "has a sender or a text that is no string", "give both as str")
        if moment is not None and not isinstance(moment, datetime):
            raise RecordError("message", "has a timestamp that is no datetime", "use datetime.fromisoformat")


@dataclass(frozen=True, slots=True)
class Participant:
    """What a platform knows of a sender; everything but the id is optional.

    Parameters
    ----------
    id : str
        The id that messages give as `sender`.
    age : float, optional
        In years.
    country : str, optional
        ISO 3166 code.
    connected : bool, optional
        Whether the others had accepted this sender as a contact before.

    Raises
    ------
    RecordError
        If the age is none.
    """

    id: str
    age: float | None = None
    country: str | None = None
    connected: bool | None = None

    def __post_init__(self) -> None:
        if self.age is not None and not is_age(self.age):
            raise RecordError("participant", "has no usable age", "give it as a number of years, or None")


@dataclass(frozen=True, slots=True)
class Conversation:
    """Messages in the order in which they were sent, and who took part.

    Parameters
    ----------
    conversation_id : str
        Names the conversation in reports.
    messages : tuple of Message
        In order of sending.
    participants : tuple of Participant, optional
        Where ages and the like are known.

    Examples
    --------
    >>> chat = Conversation("c1", (Message("a", "hi"), Message("b", "hello")))
    >>> [side.sender for side in chat.sides()]
    ['a', 'b']
    >>> len(chat.first(1).messages)
    1
    """

    conversation_id: str
    messages: tuple[Message, ...] = field(repr=False)
    participants: tuple[Participant, ...] = ()

    def first(self, n: int) -> Conversation:
        """The same conversation when only its first `n` messages had been sent."""
        return replace(self, messages=self.messages[:n])

    def sides(self) -> tuple[Side, ...]:
        """One side for each sender, in the order of their first messages."""
        senders = dict.fromkeys(message.sender for message in self.messages if message.sender != NOBODY)
        return tuple(Side(self, sender) for sender in senders)


@dataclass(frozen=True, slots=True)
class Side:
    """One sender's part of a conversation, seen with all that the others said: the sample that is scored.

    Grooming runs one way, so each sender is scored apart ("conversation side", as in the Switchboard corpus).

    Parameters
    ----------
    conversation : Conversation
        The whole of it.
    sender : str
        Whose part this is.
    """

    conversation: Conversation
    sender: str

    def messages(self) -> tuple[Message, ...]:
        """The sender's own messages."""
        return tuple(message for message in self.conversation.messages if message.sender == self.sender)
