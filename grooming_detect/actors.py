"""Actors: one sender over many conversations, scored and explained in the same way as a side.

A careful sender may stay under every threshold in each single conversation. What gives the pattern away is that many recipients
hear the same: the same requests, in nearly the same words, from one who did not know them before. A shop, a teacher or a
streamer also writes to many, but what they write holds fewer risk cues. It fails where an ordinary account asks many what an
offender would (a helpline that asks children whether they are alone, a streamer who wants addresses for prizes): such accounts
a platform knows, and should leave out.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from grooming_detect.chat import in_utc
from grooming_detect.families import RISK, family_of
from grooming_detect.finders.ages import ADULT
from grooming_detect.repeats import Lines
from grooming_detect.report import Contribution, Explanation, sigmoid

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from grooming_detect.case import Case
    from grooming_detect.chat import Conversation, Message
    from grooming_detect.detector import Detector
    from grooming_detect.repeats import RepeatedLine
    from grooming_detect.report import Band, RiskReport

WINDOW = timedelta(days=90)
REVIEW, HIGH = 0.5, 0.9
BASE = -9.58
FEWEST = 3  # recipients of an actor that is scored at all
_PRIVATE = 3  # people in a conversation that counts as private; what is said before a crowd is no approach
_FAINT, _FULL = 1.0, 5.0  # log-odds above the base from which a conversation's evidence counts, and at which it does in full
_COUNTS = 0.3  # log-odds from which a cue of a conversation counts as one
_ROUNDING = 1e-9  # of sums of evidence that are equal
_OPENING = 3  # first messages of each conversation whose wording is compared
_COMMON = 0.25  # share of the conversations in which a family must show to be a habit of the sender
_WEEK = timedelta(days=7)
_BEGINNING = datetime.min.replace(tzinfo=UTC)


class Reach(NamedTuple):
    """What a label of an actor measures, in which unit, and its log-odds a unit."""

    meaning: str
    weight: float


# The weights are those that `python eval/actors.py --fit --count 22` found with general 2026.15, rounded. It gave none
# to how many recipients there are and how fast they come, since shops and schools have more of both; they keep a small one, so
# that a report names them. `BASE` is by 1.5 lower than what was found: by 0.5 for these two, and by 1 so that of those ordinary
# senders about 1 % are flagged.
REACH: Mapping[str, Reach] = MappingProxyType(
    {
        "reach:evidence": Reach("conversations that hold evidence, each as strong as its own score makes it; log2", 1.06),
        "reach:strength": Reach("evidence of a conversation, on average; 0 to 1", 2.84),
        "reach:same-request": Reach(
            "recipients, not known as adults or earlier contacts, of requests that others got too, nearly word for word; log2",
            0.53,
        ),
        "reach:asked": Reach("share of the recipients who got such a request; 0 to 1", 2.85),
        "reach:same-families": Reach(
            "risk families that show in a quarter of the conversations, up to 5; unit: families", 0.69
        ),
        "reach:recipients": Reach("recipients of private messages; log2", 0.05),
        "reach:pace": Reach("new recipients in the busiest week; log2", 0.05),
        "reach:minors": Reach("share of the recipients known or heard to be minors; 0 to 1", 0.82),
        "reach:unconnected": Reach("share of the recipients who were no contact before; 0 to 1; needs `connected`", 0.81),
        "reach:countries": Reach("countries of the recipients; log2; needs `country`", 0.2),
        "reach:nothing-found": Reach("share of the conversations without evidence and without such a request; 0 to 1", -2.78),
    }
)


@dataclass(slots=True)
class Contact:
    """What is kept of a sender's part in one conversation; no text."""

    recipients: tuple[str, ...]
    excess: float = 0.0  # log-odds above the base
    band: Band = "low"
    families: frozenset[str] = frozenset()
    minors: frozenset[str] = frozenset()
    adults: frozenset[str] = frozenset()
    connected: frozenset[str] = frozenset()  # known to have been contacts before
    unconnected: frozenset[str] = frozenset()  # known not to have been
    countries: frozenset[str] = frozenset()
    first: datetime | None = None  # of the sender's messages
    last: datetime | None = None

    @property
    def share(self) -> float:
        """How strong the evidence of the conversation is, from 0 to 1."""
        return min(max((self.excess - _FAINT) / (_FULL - _FAINT), 0.0), 1.0)


@dataclass(frozen=True, slots=True)
class ActorReport:
    """What is proposed about one sender over many conversations. It is about a pattern, and a person decides.

    Parameters
    ----------
    sender : str
        Whose messages these are.
    score : float
        Between 0 and 1; ``sigmoid(base + sum of points)``.
    band : {"high", "review", "low"}
        By `REVIEW` and `HIGH`.
    explanation : Explanation
        The sum behind the score, over the labels of `REACH`.
    recipients : int
        Who got private messages.
    contacts : mapping of str to Contact
        By conversation, those that count.
    repeated : tuple of RepeatedLine
        Most repeated first, those with risk cues before others.
    model : str
        Name of the model that scored the conversations.
    """

    sender: str
    score: float
    band: Band
    explanation: Explanation
    recipients: int
    contacts: Mapping[str, Contact] = field(repr=False)
    repeated: tuple[RepeatedLine, ...]
    model: str


class ActorWatch:
    """Keeps what each sender did in the window, conversation by conversation.

    Parameters
    ----------
    detector : Detector
        Scores the conversations.
    window : timedelta
        Of a sender the conversations within so long a time count that hold most evidence together, the latest of several such
        times: so neither a wrong clock nor ordinary talk before or after hides them. Those without timestamps always count.

    Raises
    ------
    ValueError
        If the window is not positive.

    Examples
    --------
    >>> from grooming_detect import Conversation, Detector, Message
    >>> watch = ActorWatch(Detector.load())
    >>> for n in range(3):
    ...     watch.add(Conversation(f"c{n}", (Message("a", "hello, how was the match?"), Message(f"b{n}", "good"))))
    >>> watch.report("a").band
    'low'
    """

    def __init__(self, detector: Detector, window: timedelta = WINDOW) -> None:
        if window <= timedelta(0):
            raise ValueError("the window must be positive")
        self._detector = detector
        self._window = window
        self._actors: dict[str, _Actor] = {}

    def senders(self) -> list[str]:
        """Everyone who wrote to at least `FEWEST` recipients."""
        return [report.sender for report in self.reports()]

    def reports(self) -> tuple[ActorReport, ...]:
        """The reports of all who wrote to at least `FEWEST` recipients, highest risk first."""
        many = [sender for sender, actor in self._actors.items() if len(_recipients(actor.contacts)) >= FEWEST]
        found = [report for report in map(self.report, many) if report.recipients >= FEWEST]
        return tuple(sorted(found, key=lambda report: (-report.score, report.sender)))

    def add(self, conversation: Conversation) -> None:
        """Take in a conversation, whole; it takes the place of what was taken in under its id before."""
        case = self._detector.case(conversation)
        people = {person.id for person in conversation.participants} | set(case.ledger.sides)
        self._drop({conversation.conversation_id}, people)
        if len(people) > _PRIVATE:
            return
        for sender in case.ledger.sides:
            report = self._detector.report(case, sender)
            actor = self._actors.setdefault(sender, _Actor())
            # Who did not answer, and of whom nothing is told, is somebody all the same.
            recipients = sorted(people - {sender}) or [f"? {conversation.conversation_id}"]
            actor.contacts[conversation.conversation_id] = _contact(conversation, case, report, recipients)
            for index, message, risky in self._compared(conversation, report):
                actor.lines.add(conversation.conversation_id, index, message.text, risky=risky)

    def forget(self, now: datetime) -> None:
        """Let go of what lies further back than the window, so that a watch that runs on does not grow without end.

        Parameters
        ----------
        now : datetime
            From which the window reaches back; without an offset it is taken as UTC. Conversations without timestamps stay.
        """
        start = in_utc(now) - min(self._window, in_utc(now) - _BEGINNING)
        for sender, actor in [*self._actors.items()]:
            self._drop({name for name, contact in actor.contacts.items() if contact.last and contact.last < start}, [sender])

    def _drop(self, names: Collection[str], senders: Iterable[str]) -> None:
        """Let go of conversations of some senders, and of senders of whom nothing is left."""
        for sender in senders:
            actor = self._actors.get(sender)
            if actor is None or actor.contacts.keys().isdisjoint(names):
                continue
            for name in actor.contacts.keys() & names:
                del actor.contacts[name]
            actor.lines.forget(names)
            if not actor.contacts:
                del self._actors[sender]

    def _compared(self, conversation: Conversation, report: RiskReport) -> Iterator[tuple[int, Message, bool]]:
        """The sender's messages whose wording is compared: the first few, and those that hold a risk cue.

        What may be a parent's words in one conversation, so that the score leaves it out, is a cue here: it is for how many got
        the same to show what it is.
        """
        counted = {span.message for part in report.explanation.contributions if _is_cue(part) for span in part.spans}
        opening = 0
        for index, message in enumerate(conversation.messages):
            if message.sender == report.sender:
                opening += 1
                risky = index in counted or self._detector.is_telling(message.text)
                if risky or opening <= _OPENING:
                    yield index, message, risky

    def report(self, sender: str) -> ActorReport:
        """What is to be said of a sender as things stand.

        Raises
        ------
        KeyError
            If nothing of the sender was taken in.
        """
        actor = self._actors[sender]
        contacts = actor.within(self._window)
        repeated = actor.lines.repeated(contacts)
        values = _reach(contacts, repeated)
        parts = [Contribution(label, value, REACH[label].weight, ()) for label, value in values.items() if value]
        parts.sort(key=lambda part: (-abs(part.points), part.feature))
        explanation = Explanation(BASE, tuple(parts))
        score = sigmoid(explanation.logit)
        return ActorReport(
            sender=sender,
            score=score,
            band="high" if score >= HIGH else "review" if score >= REVIEW else "low",
            explanation=explanation,
            recipients=len(_recipients(contacts)),
            contacts=contacts,
            repeated=repeated,
            model=self._detector.model.name,
        )


def assess_actors(
    conversations: Iterable[Conversation], detector: Detector, window: timedelta = WINDOW
) -> tuple[ActorReport, ...]:
    """One report for each sender who wrote privately to at least `FEWEST` recipients, highest risk first.

    Parameters
    ----------
    conversations : iterable of Conversation
        With the same id for the same sender in all of them.
    detector : Detector
        Scores the conversations.
    window : timedelta
        How long a time counts: see `ActorWatch`.
    """
    watch = ActorWatch(detector, window)
    for conversation in conversations:
        watch.add(conversation)
    return watch.reports()


@dataclass(slots=True)
class _Actor:
    contacts: dict[str, Contact] = field(default_factory=dict)
    lines: Lines = field(default_factory=Lines)

    def within(self, window: timedelta) -> dict[str, Contact]:
        """The conversations that count, in the order of time: see `ActorWatch`."""
        timed = sorted((contact.last, name) for name, contact in self.contacts.items() if contact.last is not None)
        if timed and timed[-1][0] - timed[0][0] > window:
            timed = self._fullest(timed, window)
        names = [name for name, contact in self.contacts.items() if contact.last is None] + [name for _, name in timed]
        names.sort(key=lambda name: (self.contacts[name].first or _BEGINNING, name))
        return {name: self.contacts[name] for name in names}

    def _fullest(self, timed: list[tuple[datetime, str]], window: timedelta) -> list[tuple[datetime, str]]:
        """Of conversations in the order of time those in a row, within the window, that hold most evidence."""
        asked = frozenset[str]().union(*(line.asked for line in self.lines.repeated(self.contacts)))
        evidence = [self.contacts[name].share + (name in asked) for _, name in timed]
        most, start, held, best = -1.0, 0, 0.0, timed
        for end, (last, _) in enumerate(timed):
            held += evidence[end]
            while last - timed[start][0] > window:
                held -= evidence[start]
                start += 1
            if held >= most - _ROUNDING:
                most, best = held, timed[start : end + 1]
        return best


def _recipients(contacts: Mapping[str, Contact]) -> set[str]:
    return {one for contact in contacts.values() for one in contact.recipients}


def _contact(conversation: Conversation, case: Case, report: RiskReport, recipients: list[str]) -> Contact:
    known = {person.id: person for person in conversation.participants}
    connected = known[report.sender].connected if report.sender in known else None
    ages = {name: age for name in recipients if (age := case.ages.of(name)) is not None}
    own = (one.timestamp for one in conversation.messages if one.sender == report.sender)
    moments = [in_utc(moment) for moment in own if moment is not None]
    parts = report.explanation.contributions
    return Contact(
        recipients=tuple(recipients),
        excess=report.explanation.logit - report.explanation.base,
        band=report.band,
        families=frozenset(family_of(part.feature) for part in parts if _is_cue(part)),
        minors=frozenset(name for name, age in ages.items() if age < ADULT),
        adults=frozenset(name for name, age in ages.items() if age >= ADULT),
        connected=frozenset(recipients if connected else ()),
        unconnected=frozenset(recipients if connected is False else ()),
        countries=frozenset(str(known[name].country) for name in recipients if name in known and known[name].country),
        first=min(moments, default=None),
        last=max(moments, default=None),
    )


def _is_cue(part: Contribution) -> bool:
    return part.points >= _COUNTS and part.feature.startswith(("cue:", "word:")) and family_of(part.feature) in RISK


def _reach(contacts: Mapping[str, Contact], repeated: Iterable[RepeatedLine]) -> dict[str, float]:
    """The values of all labels; see `REACH`."""
    recipients = _recipients(contacts)
    if len(recipients) < FEWEST:
        return {}
    shares = [contact.share for contact in contacts.values()]
    families = Counter(family for contact in contacts.values() for family in contact.families)
    least = max(FEWEST, _COMMON * len(contacts))
    asked = frozenset[str]().union(*(line.asked for line in repeated))
    silent = sum(contact.share == 0 and name not in asked for name, contact in contacts.items())

    def those(name: str) -> set[str]:
        return {one for contact in contacts.values() for one in getattr(contact, name)}

    strangers = {one for name in asked for one in contacts[name].recipients} - those("adults") - those("connected")
    return {
        "reach:evidence": math.log2(1 + sum(shares)),
        "reach:strength": sum(shares) / len(shares),
        "reach:same-request": math.log2(max(len(strangers), 1)),
        "reach:asked": len(strangers) / len(recipients),
        "reach:same-families": float(min(sum(count >= least for count in families.values()), 5)),
        "reach:recipients": math.log2(len(recipients)),
        "reach:pace": math.log2(max(_busiest_week(contacts.values()), 1)),
        "reach:minors": len(those("minors")) / len(recipients),
        "reach:unconnected": len(those("unconnected")) / len(recipients),
        "reach:countries": math.log2(max(len(those("countries")), 1)),
        "reach:nothing-found": silent / len(shares),
    }


def _busiest_week(contacts: Iterable[Contact]) -> int:
    """The most recipients who were first written to within seven days."""
    first: dict[str, datetime] = {}
    for one, moment in ((one, contact.first) for contact in contacts if contact.first for one in contact.recipients):
        first[one] = min(first.get(one, moment), moment)
    starts = sorted(first.values())
    most = begin = 0
    for end, moment in enumerate(starts):
        while moment - starts[begin] > _WEEK:
            begin += 1
        most = max(most, end - begin + 1)
    return most
