"""The front door: conversations in, explained scores out."""

from __future__ import annotations

import gc
import hashlib
import json
from contextlib import contextmanager
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Self

from grooming_detect.case import Case
from grooming_detect.chat import NOBODY
from grooming_detect.families import HEARD, PATTERNS, RISK, family_of
from grooming_detect.finders import ages, habits, pairs
from grooming_detect.finders.cues import CueFinder
from grooming_detect.finders.words import EVERYDAY, HEARD_TOGETHER, PRESSING, TOGETHER
from grooming_detect.packs import Pack, default_packs, load_pack, pack_hashes, rules_by_label
from grooming_detect.report import Contribution, Explanation, RiskReport
from grooming_detect.watch import Watch
from grooming_detect.weights import Weights

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from grooming_detect.chat import Conversation, Message
    from grooming_detect.ledger import Evidence


BUNDLED = "general"
SUGGESTED_BASE = -5.0
SUGGESTED_WORD = 0.8
SUGGESTED_WORDS = {TOGETHER: 2.0, HEARD_TOGETHER: -0.5, EVERYDAY: -2.0, PRESSING: 0.8}
SUGGESTED_REVIEW = 0.15
SUGGESTED_HIGH = 0.60


class Detector:
    """Reads conversations and reports, for each sender, how much their messages look like a grooming pattern.

    It reads words. It fails where there are none (pictures, voice), where talk is in a language without a pack, and where a
    pattern is spread so thin that no sentence of it is unusual. It proposes; a person must decide.

    Parameters
    ----------
    packs : iterable of Pack or path, optional
        Packs besides those that ship with the library.
    weights : Weights, optional
        The model; by default what the packs suggest. Labels that it does not know count as their pack suggests.
    shipped : iterable of Pack, optional
        Instead of the packs that ship with the library.

    Raises
    ------
    PackError
        If a pack has a fault.
    ModelError
        If the weights were made for other versions of the packs.

    Examples
    --------
    >>> from grooming_detect import Conversation, Message
    >>> detector = Detector.load()
    >>> chat = Conversation("c1", (Message("a", "nice goal today"), Message("b", "thx coach")))
    >>> [report.band for report in detector.assess(chat)]
    ['low', 'low']
    """

    def __init__(
        self,
        packs: Iterable[Pack | str | Path] = (),
        weights: Weights | None = None,
        shipped: Iterable[Pack] | None = None,
    ) -> None:
        with _uncollected():
            shipped = default_packs() if shipped is None else tuple(shipped)
            self.packs = (*shipped, *(pack if isinstance(pack, Pack) else load_pack(pack) for pack in packs))
            suggested = suggested_weights(self.packs)
            self.weights = weights or suggested
            self.weights.check_packs(self.packs)
            self.rules = rules_by_label(self.packs)
            self.suggested = suggested.weights
            self._table = {**suggested.weights, **self.weights.weights}
            self._cues = _finder(self.packs, self.weights)

    @classmethod
    def load(cls, model: str | Path | None = None, packs: Iterable[Pack | str | Path] = ()) -> Detector:
        """A detector with the bundled model, or with the one in the folder `model`. Offline; nothing is downloaded.

        Raises
        ------
        ModelError
            If the model is missing, damaged, or was made for other packs.
        """
        return cls(packs, Weights.read(Path(model) / "weights.json") if model else _bundled_weights())

    def __deepcopy__(self, memo: object) -> Self:
        """The detector itself: nothing of it changes. So `sklearn.base.clone` does not build it anew."""
        return self

    def assess(self, conversation: Conversation) -> tuple[RiskReport, ...]:
        """One report for each sender, highest risk first.

        Parameters
        ----------
        conversation : Conversation
            Its messages in the order of sending.

        Returns
        -------
        tuple of RiskReport
            As many as there are senders; none for a conversation without messages.
        """
        case = self.case(conversation)
        reports = [self.report(case, sender) for sender in case.ledger.sides]
        reports.sort(key=lambda report: -report.score)
        return tuple(reports)

    def watch(self, most: int = 1_000_000, evicted: Callable[[str, bytes], None] | None = None) -> Watch:
        """The same a message at a time, for many conversations at once: see `Watch`, which the parameters are for."""
        return Watch(self, most, evicted)

    @cached_property
    def fingerprint(self) -> str:
        """Names this detector by its packs and its learned words: the state of a case means something to the same one alone."""
        learned = [self.weights.words.as_table(), self.weights.alike.as_table()]
        made_of = json.dumps([pack_hashes(self.packs), learned, self.weights.name], sort_keys=True)
        return hashlib.sha256(made_of.encode()).hexdigest()[:16]

    def forget(self, case: Case) -> None:
        """Let go of all text that the case still holds."""
        self._cues.forget(case.cues)

    def case(self, conversation: Conversation) -> Case:
        """What is known of a conversation once all its messages have been read."""
        case = Case(conversation.conversation_id, ages=ages.given_ages(conversation.participants))
        for message in conversation.messages:
            self.read(case, message)
        return case

    def read(self, case: Case, message: Message) -> bool:
        """Take in the next message of a case; returns whether anything was found in it. Batch and stream are both this fold."""
        case.length += 1
        if message.sender == NOBODY:
            return False
        case.ledger.sides.setdefault(message.sender, {})
        findings = self._cues.see(case.cues, case.length - 1, message)
        if findings:
            case.ledger.add(message.sender, findings)
            ages.see(case.ages, message, findings)
        habits.see(case.habits, message, findings)
        return bool(findings)

    def evidence(self, case: Case, sender: str) -> list[Evidence]:
        """Everything that is known of one side as the case stands: what the model weighs."""
        found = [
            *case.ledger.own(sender, self.suggested),
            *case.ledger.heard(sender, self.suggested),
            *ages.evidence(case.ages, sender),
            *habits.evidence(case.habits, sender),
        ]
        return [*found, *pairs.evidence(found, self.suggested)]

    def report(self, case: Case, sender: str) -> RiskReport:
        """What is to be said of one sender as the case stands."""
        table = self._table
        parts = [
            Contribution(label, value, table[label], spans)
            for label, value, spans in self.evidence(case, sender)
            if table.get(label)
        ]
        parts.sort(key=lambda part: (-abs(part.points), part.feature))
        explanation = Explanation(self.weights.base, tuple(parts))
        score = explanation.score
        return RiskReport(
            conversation_id=case.conversation_id,
            sender=sender,
            score=score,
            band=self.weights.band(score),
            patterns=_patterns(parts),
            explanation=explanation,
            model=self.weights.name,
            coverage=case.cues.coverage(sender),
        )


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the garbage collector: it takes its time over millions of objects of packs, which all stay."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


_FINDERS: dict[tuple[int, ...], tuple[tuple[Pack, ...], CueFinder, Weights]] = {}
_MOST_FINDERS = 4


def _finder(packs: tuple[Pack, ...], weights: Weights) -> CueFinder:
    """The cue finder for these very packs and weights; compiling one takes seconds, and detectors may share it.

    Packs and weights are kept with it, so that their ids stay theirs.
    """
    key = (*map(id, packs), id(weights.words), id(weights.alike))
    if key not in _FINDERS:
        if len(_FINDERS) >= _MOST_FINDERS:
            del _FINDERS[next(iter(_FINDERS))]
        known = frozenset(weights.packs.values()) if weights.packs else None
        _FINDERS[key] = (packs, CueFinder(packs, weights.words, known, weights.alike), weights)
    return _FINDERS[key][1]


@cache
def _bundled_weights() -> Weights:
    return Weights.read(bundled_model() / "weights.json")


def bundled_model() -> Path:
    """The folder of the model that ships: in the installed package, or beside it in a source tree."""
    package = Path(__file__).parent
    return next((place for place in (package / "models", package.parent / "models") if place.is_dir()), package) / BUNDLED


def suggested_weights(packs: Iterable[Pack]) -> Weights:
    """The table that packs, habits and pairs themselves suggest, before any training.

    >>> suggested_weights(default_packs()).base
    -5.0
    """
    packs = tuple(packs)
    table = {label: rule.weight for label, rule in rules_by_label(packs).items()}
    table |= {label.replace("cue:", "heard:", 1): HEARD[family_of(label)] for label in table if family_of(label) in HEARD}
    table |= {label: habit.suggested for label, habit in habits.HABITS.items()}
    table |= {label: relation.suggested for label, relation in ages.RELATIONS.items()}
    table |= pairs.SUGGESTED
    table |= {f"word:{family}": SUGGESTED_WORD for family in RISK} | SUGGESTED_WORDS
    return Weights(
        name="suggested " + ", ".join(f"{pack.language} {pack.version}" for pack in packs),
        base=SUGGESTED_BASE,
        weights=MappingProxyType(table),
        review=SUGGESTED_REVIEW,
        high=SUGGESTED_HIGH,
        packs=MappingProxyType(pack_hashes(packs)),
    )


def _patterns(parts: Iterable[Contribution]) -> tuple[str, ...]:
    """The patterns whose families raised the score."""
    families = {family_of(part.feature) for part in parts if part.points > 0 and part.feature.startswith(("cue:", "word:"))}
    return tuple(name for name, members in PATTERNS.items() if not families.isdisjoint(members))
