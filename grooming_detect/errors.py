"""Every error that the library raises: place, problem, hint, and never any chat text.

    GroomingDetectError
    ├── PackError    (ValueError)   a cue pack has a fault
    ├── ModelError   (ValueError)   a model file does not fit
    ├── RecordError  (ValueError)   one record of the input is bad; the others are still read
    ├── ProvenanceError (ValueError) a dataset may not be used, or is not what its card says
    ├── InputError   (OSError)      an input cannot be read at all
    ├── OutputError  (OSError)      an output cannot be written
    └── MissingExtraError (ImportError)  an optional package is not installed

Each also has the builtin type that a caller is likely to catch already.
"""

from __future__ import annotations


class GroomingDetectError(Exception):
    """The base of all errors of this library.

    Parameters
    ----------
    place : str
        Where: a file and line, a table of a pack, an argument.
    problem : str
        What is wrong, in a few words, without chat text.
    hint : str
        What to do about it.

    Examples
    --------
    >>> print(GroomingDetectError("chats.jsonl:7", "not JSON", "write one object a line"))
    chats.jsonl:7: not JSON (write one object a line)
    """

    def __init__(self, place: str, problem: str, hint: str) -> None:
        super().__init__(place, problem, hint)
        self.place = place
        self.problem = problem
        self.hint = hint

    def __str__(self) -> str:
        """One line: place, problem, hint."""
        return f"{self.place}: {self.problem} ({self.hint})"


class PackError(GroomingDetectError, ValueError):
    """A cue pack has a fault; nothing of it is used."""


class ModelError(GroomingDetectError, ValueError):
    """A model file is damaged, or was made from other packs than those at hand."""


class RecordError(GroomingDetectError, ValueError):
    """One record of an input is bad; those before and after it are still read."""


class ProvenanceError(GroomingDetectError, ValueError):
    """A dataset has no card, is not synthetic or consented, is refused, or is not what its card says."""


class InputError(GroomingDetectError, OSError):
    """An input cannot be read at all."""


class OutputError(GroomingDetectError, OSError):
    """An output cannot be written; nothing was left under its final name."""


class MissingExtraError(GroomingDetectError, ImportError):
    """A feature needs an optional package that is not installed."""
