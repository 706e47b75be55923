"""Watching: the same reports, a message at a time, for very many conversations at once."""

from __future__ import annotations

import zlib
from collections import OrderedDict
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from grooming_detect.case import Case
from grooming_detect.report import BANDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from grooming_detect.chat import Message, Participant
    from grooming_detect.report import RiskReport

_AT_HAND = 1_024  # cases that are kept as objects; the others are kept as bytes, pressed to a third
FEW = 4  # senders of whom all are looked at when something was found
_RANK: dict[str, int] = {band: rank for rank, band in enumerate(reversed(BANDS))}


class Reader(Protocol):
    """What watching needs of a detector."""

    @property
    def fingerprint(self) -> str:
        """Names the detector, as `Detector.fingerprint` does."""

    def read(self, case: Case, message: Message) -> bool:
        """Take in the next message of a case; returns whether anything was found in it."""

    def report(self, case: Case, sender: str) -> RiskReport:
        """What is to be said of one sender as the case stands."""

    def forget(self, case: Case) -> None:
        """Let go of all text."""


class Watch:
    """Reads messages of many conversations as they come, in bounded memory.

    The report after a message is, bit for bit, what `Detector.assess` says of the conversation up to that message; nothing
    looks ahead. Messages count in the order in which they come in: one that comes late is read when it comes, and a time stamp
    that lies before the last one counts as no time gone by. The cost of a message does not grow with the conversation.

    Parameters
    ----------
    detector : Detector
        As `Detector.watch` gives it.
    most : int
        Conversations that are remembered, at least one. When there are more, the one that was silent longest is handed to
        `evicted` and forgotten.
    evicted : callable, optional
        Told of a conversation that is forgotten, with its state as `state` gives it. `restore` takes it back.

    Raises
    ------
    ValueError
        If `most` is below one.

    Examples
    --------
    >>> from grooming_detect import Detector, Message
    >>> watch = Detector.load().watch()
    >>> watch.add("c1", Message("a", "well played today")).band
    'low'
    >>> asked = Message("a", "send me a pic of you, and don't tell your mum, are you home alone?")
    >>> [alert.sender for alert in watch.alerts("c1", asked)]
    ['a']
    """

    def __init__(self, detector: Reader, most: int = 1_000_000, evicted: Callable[[str, bytes], None] | None = None) -> None:
        if most < 1:
            raise ValueError("most is below 1")
        self._detector = detector
        self._most = most
        self._evicted = evicted
        self._cases: OrderedDict[str, Case] = OrderedDict()
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    def __len__(self) -> int:
        """How many conversations are remembered."""
        return len(self._cases) + len(self._kept)

    def __contains__(self, conversation_id: object) -> bool:
        """Whether a conversation is remembered."""
        return conversation_id in self._cases or conversation_id in self._kept

    def add(self, conversation_id: str, message: Message, participants: Iterable[Participant] = ()) -> RiskReport:
        """The report of the message's sender as it now stands.

        Parameters
        ----------
        conversation_id : str
            Which conversation the message belongs to.
        message : Message
            The newest message.
        participants : iterable of Participant
            What is known of the senders; of each the first that is told counts.
        """
        case = self._case(conversation_id, participants)
        self._detector.read(case, message)
        return self._detector.report(case, message.sender)

    def alerts(
        self, conversation_id: str, message: Message, participants: Iterable[Participant] = ()
    ) -> tuple[RiskReport, ...]:
        """The reports of the sides that the message brought into a higher band than was told before.

        That is the sender's side, or one that the message's words tell of (such as an age, or a refusal). Among more than
        `FEW` senders only the sender's is looked at, so that the cost does not grow with them.
        """
        case = self._case(conversation_id, participants)
        found = self._detector.read(case, message)
        sides = case.ledger.sides
        risen = []
        for sender in sides if found and len(sides) <= FEW else sides.keys() & {message.sender}:
            report = self._detector.report(case, sender)
            if _RANK[report.band] > _RANK[case.told.get(sender, "low")]:
                case.told[sender] = report.band
                risen.append(report)
        return tuple(risen)

    def state(self, conversation_id: str) -> bytes:
        """What is remembered of a conversation, as JSON without the text, for the same detector alone.

        Of the last few messages it holds codes of words that the packs know: with the packs at hand these words can be found
        again, so guard it like the chats.

        Raises
        ------
        KeyError
            If the conversation is not remembered.
        """
        if conversation_id in self._kept:
            return self._unpressed(self._kept[conversation_id])
        return self._packed(self._cases[conversation_id])

    def restore(self, state: bytes) -> str:
        """Take a conversation back, from what `state` gave or `evicted` was told. Returns its id.

        Raises
        ------
        RecordError
            If the bytes are no such state, or another detector made them.
        """
        case = Case.from_bytes(state, self._detector.fingerprint)
        self._kept.pop(case.conversation_id, None)
        self._at_hand(case)
        return case.conversation_id

    def _case(self, conversation_id: str, participants: Iterable[Participant]) -> Case:
        case = self._cases.get(conversation_id)
        if case is not None:
            self._cases.move_to_end(conversation_id)
        else:
            kept = self._kept.pop(conversation_id, None)
            case = Case.from_bytes(self._unpressed(kept), self._detector.fingerprint) if kept else Case(conversation_id)
            self._at_hand(case)
        case.ages.give(participants)
        return case

    def _at_hand(self, case: Case) -> None:
        """Put a case to those that are at hand, and those that were silent longest away."""
        self._cases[case.conversation_id] = case
        if len(self._cases) > min(_AT_HAND, self._most):
            conversation_id, oldest = self._cases.popitem(last=False)
            self._kept[conversation_id] = self._pressed(self._packed(oldest))
        if len(self) > self._most:
            conversation_id, kept = self._kept.popitem(last=False)
            if self._evicted is not None:
                self._evicted(conversation_id, self._unpressed(kept))

    def _packed(self, case: Case) -> bytes:
        self._detector.forget(case)
        return case.to_bytes(self._detector.fingerprint)

    @cached_property
    def _common(self) -> bytes:
        """What all states have in common: the state of a conversation of which nothing is known."""
        return Case("").to_bytes(self._detector.fingerprint)

    def _pressed(self, state: bytes) -> bytes:
        press = zlib.compressobj(zdict=self._common)
        return press.compress(state) + press.flush()

    def _unpressed(self, kept: bytes) -> bytes:
        return zlib.decompressobj(zdict=self._common).decompress(kept)
