"""Flags grooming patterns in chat transcripts, with the very phrases as evidence. It proposes; people decide."""

from grooming_detect.chat import Conversation, Message, Participant, Side
from grooming_detect.detector import Detector
from grooming_detect.errors import (
    GroomingDetectError,
    InputError,
    MissingExtraError,
    ModelError,
    OutputError,
    PackError,
    ProvenanceError,
    RecordError,
)
from grooming_detect.report import Contribution, Explanation, Finding, RiskReport, Span
from grooming_detect.watch import Watch
from grooming_detect.weights import Weights

__all__ = [
    "Contribution",
    "Conversation",
    "Detector",
    "Explanation",
    "Finding",
    "GroomingDetectError",
    "InputError",
    "Message",
    "MissingExtraError",
    "ModelError",
    "OutputError",
    "PackError",
    "Participant",
    "ProvenanceError",
    "RecordError",
    "RiskReport",
    "Side",
    "Span",
    "Watch",
    "Weights",
]
__version__ = "0.1.0"
