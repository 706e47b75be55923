"""The front door: conversations in, explained scores out."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from grooming_detect.case import Case
from grooming_detect.chat import NOBODY
from grooming_detect.families import PATTERNS, family_of
from grooming_detect.finders import ages, habits, pairs
from grooming_detect.packs import Pack, default_packs, load_pack, pack_path, shipped_paths
from grooming_detect.prepared import bundled_model, load, prepare, uncollected
from grooming_detect.report import Contribution, Explanation, RiskReport
from grooming_detect.watch import Watch
from grooming_detect.weights import Weights

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from grooming_detect.chat import Conversation, Message
    from grooming_detect.ledger import Evidence
    from grooming_detect.prepared import Prepared


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

    _files: tuple[Path, tuple[Path, ...]]  # the model's and the packs', of a detector that was loaded

    def __init__(
        self,
        packs: Iterable[Pack | str | Path] = (),
        weights: Weights | None = None,
        shipped: Iterable[Pack] | None = None,
    ) -> None:
        with uncollected():
            shipped = default_packs() if shipped is None else tuple(shipped)
            self.packs = (*shipped, *(pack if isinstance(pack, Pack) else load_pack(pack) for pack in packs))
            self._run_on(prepare(self.packs, weights))
            self.weights = weights or self._model

    @classmethod
    def load(cls, model: str | Path | None = None, packs: Iterable[Pack | str | Path] = ()) -> Detector:
        """A detector with the bundled model, or with the one in the folder `model`. Offline; nothing is downloaded.

        What is made of the files is kept in a cache (see `grooming_detect.cache`), so that only the first start takes long.

        Raises
        ------
        ModelError
            If the model is missing, damaged, or was made for other packs.
        PackError
            If a pack has a fault.
        """
        packs = tuple(packs)
        file = Path(model or bundled_model()) / "weights.json"
        if any(isinstance(pack, Pack) for pack in packs):
            return cls(packs, Weights.read(file))
        self = cls.__new__(cls)
        self._files = file, (*shipped_paths(), *(pack_path(pack) for pack in packs if not isinstance(pack, Pack)))
        self._run_on(load(*self._files))
        return self

    def _run_on(self, ready: Prepared) -> None:
        self._model, self.suggested, self._cues, self.fingerprint, self.languages = ready
        self._table = {**self.suggested, **self._model.weights}
        self.rules = {cue.label: cue for cue in reversed(self._cues.cues)}  # of several, the first counts

    @cached_property
    def packs(self) -> tuple[Pack, ...]:
        """All packs that are on. A detector that was loaded reads them when they are first asked for."""
        with uncollected():
            return tuple(map(load_pack, self._files[1]))

    @cached_property
    def weights(self) -> Weights:
        """The model, whole. A detector that was loaded reads it when it is first asked for."""
        return Weights.read(self._files[0])

    @property
    def model(self) -> str:
        """Name and version of the model, as reports give it."""
        return self._model.name

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
        explanation = Explanation(self._model.base, tuple(parts))
        score = explanation.score
        return RiskReport(
            conversation_id=case.conversation_id,
            sender=sender,
            score=score,
            band=self._model.band(score),
            patterns=_patterns(parts),
            explanation=explanation,
            model=self.model,
            coverage=case.cues.coverage(sender),
        )


def _patterns(parts: Iterable[Contribution]) -> tuple[str, ...]:
    """The patterns whose families raised the score."""
    families = {family_of(part.feature) for part in parts if part.points > 0 and part.feature.startswith(("cue:", "word:"))}
    return tuple(name for name, members in PATTERNS.items() if not families.isdisjoint(members))
