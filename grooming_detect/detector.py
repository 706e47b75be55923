"""The front door: conversations in, explained scores out."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from grooming_detect.case import Case
from grooming_detect.chat import NOBODY
from grooming_detect.errors import ModelError, PackError
from grooming_detect.families import PATTERNS, family_of
from grooming_detect.finders import ages, habits, pairs
from grooming_detect.finders.words import BESIDE
from grooming_detect.packs import Pack, default_packs, load_pack, pack_hashes, pack_path, shipped_paths
from grooming_detect.prepared import bare, bundled_model, load, prepare, uncollected, weights_at
from grooming_detect.report import Contribution, Explanation, RiskReport
from grooming_detect.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from grooming_detect.chat import Conversation, Message
    from grooming_detect.ledger import Evidence
    from grooming_detect.weights import Weights


class Detector:
    """Reads conversations and reports, for each sender, how much their messages look like a grooming pattern.

    It reads words. It fails where there are none (pictures, voice), where talk is in a language without a pack, and where a
    pattern is spread so thin that no sentence of it is unusual. It proposes; a person must decide.

    Parameters
    ----------
    packs : iterable of Pack or path, optional
        Packs besides those that ship with the library.
    weights : Weights or Path, optional
        The model, or its file; by default what the packs suggest. Labels that it does not know count as their pack suggests.
    shipped : iterable of Pack, optional
        Instead of the packs that ship with the library.

    Attributes
    ----------
    model : Weights
        The model without its learned words.
    suggested : mapping of str to float
        The weights that the packs suggest.
    rules : dict of str to Cue
        What is looked for, by label.
    pack_hashes : mapping of str to str
        SHA-256 of each pack, by language.
    fingerprint : str
        Names packs and learned words: the state of a case means something to the same ones alone.

    Raises
    ------
    PackError
        If a pack has a fault.
    ModelError
        If the weights were made for other versions of the packs, or their file is missing or damaged.

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
        weights: Weights | Path | None = None,
        shipped: Iterable[Pack] | None = None,
    ) -> None:
        packs = tuple(packs)
        files = [pack_path(pack) for pack in packs if not isinstance(pack, Pack)]
        self._own = tuple(pack if isinstance(pack, Pack) else pack_path(pack).absolute() for pack in packs)
        self._file = weights.absolute() if isinstance(weights, Path) else None
        if isinstance(weights, Path) and shipped is None and len(files) == len(packs):
            ready = load(weights, (*shipped_paths(), *files))
        else:
            whole = weights_at(weights) if isinstance(weights, Path) else weights
            self.packs = self._all_packs(shipped)
            ready = prepare(self.packs, whole)
            self.weights = whole or ready.model
        self.model, self.suggested, self._cues, self.pack_hashes, self.fingerprint = ready
        self._table = {**self.suggested, **self.model.weights}
        self.rules = {cue.label: cue for cue in reversed(self._cues.cues)}  # of several, the first counts

    @classmethod
    def load(cls, model: str | Path | None = None, packs: str | Path | Iterable[Pack | str | Path] = ()) -> Detector:
        """A detector with the bundled model, or with the one in the folder `model`. Offline; nothing is downloaded.

        What is made of the files is kept in a cache (see `grooming_detect.cache`), so that only the first start takes long.

        Raises
        ------
        ModelError
            If the model is missing, damaged, or was made for other packs.
        PackError
            If a pack has a fault.
        """
        packs = (packs,) if isinstance(packs, str | Path) else packs
        return cls(packs, Path(model or bundled_model()) / "weights.json")

    def _all_packs(self, shipped: Iterable[Pack] | None = None) -> tuple[Pack, ...]:
        with uncollected():
            shipped = default_packs() if shipped is None else shipped
            return (*shipped, *(pack if isinstance(pack, Pack) else load_pack(pack) for pack in self._own))

    @cached_property
    def packs(self) -> tuple[Pack, ...]:
        """All packs that are on. Where the cache knew them, they are read when they are first asked for.

        Raises
        ------
        PackError
            If one has changed since the detector was made.
        """
        packs = self._all_packs()
        if pack_hashes(packs) != self.pack_hashes:
            raise PackError(", ".join(self.pack_hashes), "have changed since they were loaded", "load the detector again")
        return packs

    @cached_property
    def weights(self) -> Weights:
        """The model, whole. Where the cache knew it, it is read when it is first asked for; `model` is always at hand.

        Raises
        ------
        ModelError
            If its file has changed since the detector was made.
        """
        file = self._file or Path()
        weights = weights_at(file)
        if bare(weights) != self.model:
            raise ModelError(str(file), "has changed since it was loaded", "load the detector again")
        return weights

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of the packs."""
        return tuple(dict.fromkeys(name.partition("#")[0] for name in self.pack_hashes))

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

    def is_telling(self, text: str) -> bool:
        """Whether a telling rule finds a risk cue in a message by itself, whatever the learned words say of it.

        Said once, such a line is as often a parent's or a friend's; said to many strangers, it is not. It fails on requests
        that no telling rule knows, and on what is told by several messages together.

        Parameters
        ----------
        text : str
            One message.

        Examples
        --------
        >>> detector = Detector.load()
        >>> detector.is_telling("can you send me a photo of you"), detector.is_telling("please send me your homework")
        (True, False)
        """
        return self._cues.is_telling(text)

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
        explanation = Explanation(self.model.base, tuple(parts))
        score = explanation.score
        band = self.model.band(score)
        if band != "low" and (beside := case.cues.beside_of(sender)):
            explanation = replace(explanation, contributions=(*parts, Contribution(BESIDE, float(len(beside)), 0.0, beside)))
        return RiskReport(
            conversation_id=case.conversation_id,
            sender=sender,
            score=score,
            band=band,
            patterns=_patterns(parts),
            explanation=explanation,
            model=self.model.name,
            coverage=case.cues.coverage(sender),
        )


def _patterns(parts: Iterable[Contribution]) -> tuple[str, ...]:
    """The patterns whose families raised the score."""
    families = {family_of(part.feature) for part in parts if part.points > 0 and part.feature.startswith(("cue:", "word:"))}
    return tuple(name for name, members in PATTERNS.items() if not families.isdisjoint(members))
