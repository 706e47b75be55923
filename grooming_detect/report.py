"""What the detector says of a side: the findings, what each counted for, and their sum, which is the score."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from grooming_detect.chat import Conversation

Band = Literal["high", "review", "low"]
BANDS: tuple[Band, ...] = ("high", "review", "low")
# The share of known words under which a language counts as not covered; talk in the packs' languages has 0.75 or more.
COVERED = 0.6


def sigmoid(logit: float) -> float:
    """The logistic function, safe for any finite `logit`.

    >>> sigmoid(0.0)
    0.5
    """
    if logit >= 0:
        return 1.0 / (1.0 + math.exp(-logit))
    odds = math.exp(logit)
    return odds / (1.0 + odds)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A piece of one message: `conversation.messages[message].text[start:end]`.

    Parameters
    ----------
    message : int
        Index into the conversation's messages.
    start, end : int
        Offsets into the original text, in code points, end exclusive.
    """

    message: int
    start: int
    end: int

    def quote(self, conversation: Conversation) -> str:
        """The original characters of the span.

        >>> from grooming_detect import Conversation, Message
        >>> Span(0, 0, 5).quote(Conversation("c", (Message("a", "hello you"),)))
        'hello'
        """
        return conversation.messages[self.message].text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Finding:
    """A label and the words that it was found in.

    Parameters
    ----------
    label : str
        ``cue:<family>.<name>``, ``heard:<family>.<name>``, ``word:<family>``, ``habit:<name>`` or ``pair:<a>+<b>``.
    spans : tuple of Span
        In order; several when a phrase is split over messages, none for a habit of the whole side.
    strength : float
        How far it is to be believed, from 0 to 1: a cue counts for less where the other words of its message speak against it.
    """

    label: str
    spans: tuple[Span, ...]
    strength: float = 1.0


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one label added to (or took from) a score.

    Parameters
    ----------
    feature : str
        The label.
    value : float
        How strong its findings are together.
    weight : float
        What the model gives for a value of 1, in log-odds.
    spans : tuple of Span
        The evidence: the first findings, at most `MOST_SPANS` pieces.

    Examples
    --------
    >>> Contribution("cue:secrecy.our-secret", 1.5, 2.0, ()).points
    3.0
    """

    feature: str
    value: float
    weight: float
    spans: tuple[Span, ...]

    @property
    def points(self) -> float:
        """``value * weight``, in log-odds."""
        return self.value * self.weight

    def quotes(self, conversation: Conversation) -> tuple[str, ...]:
        """The original words of each span."""
        return tuple(span.quote(conversation) for span in self.spans)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why the score is what it is: ``score == sigmoid(base + sum of points)``, exactly.

    Parameters
    ----------
    base : float
        The log-odds of a side in which nothing is found.
    contributions : tuple of Contribution
        Strongest first.
    """

    base: float
    contributions: tuple[Contribution, ...]

    @property
    def logit(self) -> float:
        """``base`` plus all points, in log-odds."""
        return self.base + math.fsum(part.points for part in self.contributions)

    @property
    def score(self) -> float:
        """The probability that belongs to `logit`."""
        return sigmoid(self.logit)


@dataclass(frozen=True, slots=True)
class RiskReport:
    """What is proposed about one sender in one conversation. It is about a pattern of messages, and a person decides.

    Parameters
    ----------
    conversation_id, sender : str
        Whose side this is.
    score : float
        Between 0 and 1.
    band : {"high", "review", "low"}
        By the model's two thresholds.
    patterns : tuple of str
        Names of the patterns that the evidence falls into, for routing.
    explanation : Explanation
        The sum behind the score.
    model : str
        Name and version of the model.
    coverage : float
        Share of the sender's words that some pack or the learned words know, 0 to 1. Under `COVERED` most of what was written
        is in no language that the packs are for, and a low score says nothing.
    """

    conversation_id: str
    sender: str
    score: float
    band: Band
    patterns: tuple[str, ...]
    explanation: Explanation
    model: str
    coverage: float = 1.0

    @property
    def covered(self) -> bool:
        """Whether the packs know enough of the sender's words for a low score to say anything."""
        return self.coverage >= COVERED
