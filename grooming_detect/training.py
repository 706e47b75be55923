"""The whole of training: from carded data to a frozen model, the same bytes for the same data."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import groupby
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse
from sklearn.base import clone
from sklearn.model_selection import GroupKFold
from threadpoolctl import threadpool_limits

from grooming_detect.chat import Message
from grooming_detect.detector import Detector
from grooming_detect.errors import ProvenanceError
from grooming_detect.families import RISK
from grooming_detect.gold import labelled
from grooming_detect.learn import EvidenceCounts, calibrated, frozen, side_pipeline
from grooming_detect.learn_words import Learned, Line, learn_alike, learn_words, margins, vocabulary, with_cues
from grooming_detect.prepared import suggested_weights
from grooming_detect.weights import NO_WORDS, Unseen

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from grooming_detect.gold import Labelled
    from grooming_detect.learn import AnchoredLogistic
    from grooming_detect.packs import Pack
    from grooming_detect.provenance import Card
    from grooming_detect.weights import Weights, WordTable

_TRAIN, _VALIDATION, _ORDINARY = "train", "validation", "ordinary"
_ORDINARY_WEIGHT = 0.3  # how much an ordinary side of the corpora counts, beside a synthetic one
_ORDINARY_LINES = 12_000  # messages of each corpus and language that words are learned from
_HELD_LINES = 4_000  # and that their thresholds are set on
_STRENGTH = 30.0  # of the learned words: inverse of the ridge penalty
_TELLING = 0.5  # log-odds of a rule whose examples teach words
_PROOF_WEIGHT = 0.5  # how much an example of a pack counts, beside a line of a dataset; 1 where cues are told from look-alikes
_WORD_ALARMS = (0.04, 0.004)  # share of ordinary messages whose words are a finding at all, and a full one
_BELIEF = (0.004, 0.2)  # share of true cues of rules that words may doubt altogether, and that they need not fully believe
_FOLDS = 5
_PRIOR = 100.0  # sides that the packs' suggestions weigh as much as; with 10, fewer of the validation set's reach `high`
_EARLY = 2  # moments of a conversation, before its last, at which its sides are learned from too
_ALARMS = {"review": (0.028, 0.004), "high": (0.0071, 0.00015)}  # look-alike and ordinary sides that may reach a band


def train(cards: Sequence[Card], name: str, packs: Sequence[str], say: Callable[[str], None]) -> Weights:
    """Learn words and weights, calibrate, choose the bands, and freeze it all.

    Words are learned from the `train` and the `ordinary` splits. The weights of sides are learned from the `validation` splits,
    whose lines the words have not seen, and from the `ordinary` ones, where each corpus is seen by words that were learned
    without it: conversations as they are, and as they stood early on, for they are to be seen in time. Calibration and bands
    come from the whole sides, each scored by a model that was learned without its fold: without its conversation pair, or its
    whole corpus. Other splits are not opened. The same data gives the same bytes.

    Parameters
    ----------
    cards : sequence of Card
        Datasets; at least one has `train` and `validation`.
    name : str
        Name of the model.
    packs : sequence of str
        Pack files besides those that ship.
    say : callable
        Told of each step.

    Raises
    ------
    ProvenanceError
        If the gate refuses a dataset, or there is nothing to learn from.
    """
    say("reading")
    splits = {split: list(_items(cards, split)) for split in (_TRAIN, _VALIDATION, _ORDINARY)}
    _check(cards, splits, say)
    loaded = Detector(packs).packs
    with threadpool_limits(1):  # sums over more threads end in other digits, and regressions at another place
        say("learning words")
        learned, alike = _words(splits, loaded)
        learned = _with_thresholds(learned, loaded, splits)
        say("learning weights")
        items = [*splits[_VALIDATION], *splits[_ORDINARY]]
        weights = _weights(_reader(packs, learned, alike), frozenset(learned.without), items, name, say)
    source = {f"{card.name} {file.path}": file.sha256 for card in cards for file in card.files if file.split in splits}
    return replace(weights, source=MappingProxyType(source))


def _reader(packs: Sequence[str], learned: Learned, alike: WordTable) -> Callable[..., Detector]:
    """A function that makes the detector whose words were learned without a corpus, or from everything."""
    suggested = replace(suggested_weights(Detector(packs).packs), alike=alike)
    return lambda corpus=None: Detector(packs, replace(suggested, words=learned.without[corpus] if corpus else learned.table))


def _weights(
    reader: Callable[..., Detector], talk: Collection[str], items: Sequence[Labelled], name: str, say: Callable[[str], None]
) -> Weights:
    """Weights of sides, calibrated, with bands, from labelled conversations; each corpus is read by words without it."""
    sides, early = ([(side, item) for item in told for side in item.conversation.sides()] for told in (items, early_on(items)))
    whole = np.arange(len(sides) + len(early)) < len(sides)
    sides += early
    y = np.array([side.sender == item.perpetrator for side, item in sides])
    ordinary = np.array([item.perpetrator is None and item.dataset in talk for _, item in sides])
    corpora = np.array([item.dataset for _, item in sides], object)
    groups = np.where(ordinary, corpora, np.array([item.group for _, item in sides], object))
    weight = np.where(ordinary, _ORDINARY_WEIGHT, 1.0)
    detector = reader()
    pipeline = side_pipeline(detector, strength=_PRIOR)
    pipeline["evidence"].fit(())
    seen = (
        EvidenceCounts(reader(corpus) if corpus in talk else detector).fit_transform([side for side, _ in some])
        for corpus, some in groupby(sides, lambda one: one[1].dataset)
    )
    matrix = sparse.vstack([*seen]).tocsr()
    logits = _held_out(pipeline["weights"], matrix, y, weight, groups)
    pipeline["weights"].fit(matrix, y, sample_weight=weight)
    slope, shift = calibrated(logits[whole & ~ordinary], y[whole & ~ordinary])
    scores = 1 / (1 + np.exp(-(slope * logits[whole] + shift)))
    review, high = (_threshold(scores, y[whole], ordinary[whole], _ALARMS[band]) for band in ("review", "high"))
    unseen = {}
    for corpus in sorted(talk):
        own = scores[(ordinary & (corpora == corpus))[whole]]
        unseen[corpus] = found = Unseen(len(own), *(int((own >= start).sum()) for start in (review, high)))
        told = f"{found.review:,} reach review, {found.high:,} reach high"
        say(f"{corpus}: of {found.sides:,} ordinary sides, by a model that never saw the corpus, {told}")
    return replace(frozen(pipeline, name, (slope, shift), (review, high)), unseen=MappingProxyType(unseen))


def _held_out(
    model: AnchoredLogistic,
    matrix: sparse.csr_matrix,
    y: NDArray[np.bool_],
    weight: NDArray[np.float64],
    groups: NDArray[np.object_],
) -> NDArray[np.float64]:
    """Log-odds of each side by a model that was learned without its fold of groups."""
    logits = np.empty(len(y))
    for kept, held in GroupKFold(_FOLDS).split(matrix, y, groups):
        fold = clone(model).fit(matrix[kept], y[kept], sample_weight=weight[kept])
        logits[held] = fold.decision_function(matrix[held])
    return logits


def early_on(items: Iterable[Labelled]) -> Iterator[Labelled]:
    """Conversations as they stood after the second and the third of more messages that are a cue or sound like one."""
    for item in items:
        lines = [n for n, (families, alike) in enumerate(zip(item.cues, item.alike, strict=True)) if families or alike]
        for end in (line + 1 for line in lines[1:-1][:_EARLY]):
            short = replace(item.conversation, messages=item.conversation.messages[:end])
            yield replace(item, conversation=short, cues=item.cues[:end], alike=item.alike[:end])


def _check(cards: Sequence[Card], splits: Mapping[str, Sequence[Labelled]], say: Callable[[str], None]) -> None:
    """That there is something to learn from; and what is not learned from is told."""
    for split in (_TRAIN, _VALIDATION):
        if len({item.perpetrator is None for item in splits[split]}) < 2:  # noqa: PLR2004  (risky and other conversations)
            problem = f"no split “{split}” has both risky and other conversations"
            raise ProvenanceError(", ".join(card.name for card in cards), problem, "name the split of each file in the card")
    for card in cards:
        if unused := sorted({split for split in card.splits if split not in splits}):
            say(f"{card.name}: not learned from: {', '.join(unused)}")


def _items(cards: Sequence[Card], split: str) -> Iterable[Labelled]:
    for card in cards:
        if split in card.splits:
            yield from labelled(card, split)


def _words(splits: Mapping[str, Sequence[Labelled]], packs: Sequence[Pack]) -> tuple[Learned, WordTable]:
    """Words of the `train` split, the corpora and the packs' examples; those that tell cues from what sounds like them.

    Who writes cues for a dataset avoids the plainest wordings, and who writes look-alikes seeks them: without the packs'
    examples the plainest cues would count as everyday talk.
    """
    lines: dict[str, Line] = {line.message.text: line for line in _proofs(packs)}
    proofs = {text: line._replace(weight=1.0) for text, line in lines.items()}
    near: dict[str, Line] = {}
    for item in splits[_TRAIN]:
        for message, families, alike in zip(item.conversation.messages, item.cues, item.alike, strict=True):
            line = Line(Message("", message.text), families, 1.0, item.language)
            lines.setdefault(message.text, line)
            if families or alike:
                near.setdefault(message.text, line)
    words = vocabulary(lines.values(), packs, fewest=2)
    talk = (line for some in _ordinary_lines(splits[_ORDINARY], _ORDINARY_LINES).values() for line in some)
    learned = learn_words([*lines.values(), *talk], packs, words, strength=_STRENGTH)
    both = len({bool(line.families) for line in near.values()}) > 1
    return learned, learn_alike([*(proofs | near).values()], packs, words, strength=_STRENGTH) if both else NO_WORDS


def _proofs(packs: Sequence[Pack]) -> Iterator[Line]:
    """The packs' examples: lines on which a telling rule fires, and ordinary lines on which one must not."""
    for language, rule in ((pack.language, rule) for pack in packs for rule in pack.rules):
        if rule.weight >= _TELLING:
            yield from (Line(Message("", line), (rule.family,), _PROOF_WEIGHT, language) for line in rule.fires)
        ordinary = rule.silent if rule.family in RISK else rule.fires
        yield from (Line(Message("", line), (), _PROOF_WEIGHT, language) for line in ordinary)


def _with_thresholds(learned: Learned, packs: Sequence[Pack], splits: Mapping[str, Sequence[Labelled]]) -> Learned:
    """The tables with the margins at which words doubt or believe a cue and become a finding, by lines that they never saw."""
    texts: dict[str, bool] = {}
    for item in splits[_VALIDATION]:
        for message, families in zip(item.conversation.messages, item.cues, strict=True):
            texts.setdefault(message.text, bool(families))
    risky = with_cues(packs, [Message("", text) for text, holds in texts.items() if holds])
    believed = margins(learned.table, packs, risky)
    held = [
        margins(learned.without[corpus], packs, [line.message for line in lines])
        for corpus, lines in _ordinary_lines(splits[_ORDINARY], _HELD_LINES).items()
    ] or [margins(learned.table, packs, [Message("", text) for text, holds in texts.items() if not holds])]
    everything = np.sort(np.concatenate(held))

    def at(values: NDArray[np.float64], share: float) -> float:
        return round(float(values[min(int(len(values) * share), len(values) - 1)]), 3)

    hint, strong = (at(everything, 1 - share) for share in _WORD_ALARMS)
    doubt, agree = (at(believed, share) for share in _BELIEF)

    def with_them(table: WordTable) -> WordTable:
        return replace(table, hint=hint, strong=max(strong, hint + 0.1), doubt=doubt, agree=max(agree, doubt + 0.1))

    return Learned(with_them(learned.table), {corpus: with_them(table) for corpus, table in learned.without.items()})


def _ordinary_lines(items: Sequence[Labelled], most: int) -> dict[str, list[Line]]:
    """By corpus, the first so many messages of each language."""
    found: dict[str, list[Line]] = {}
    taken: Counter[tuple[str, str]] = Counter()
    for item in items:
        kind = item.dataset, item.language
        for message in item.conversation.messages:
            if taken[kind] < most:
                taken[kind] += 1
                found.setdefault(item.dataset, []).append(Line(Message("", message.text), (), 1.0, item.language, item.dataset))
    return found


def _threshold(
    scores: NDArray[np.float64], y: NDArray[np.bool_], ordinary: NDArray[np.bool_], allowed: tuple[float, float]
) -> float:
    """The lowest score at which no more of the look-alike, and of the ordinary, sides are reported than allowed."""
    found = []
    for chosen, share in zip((~y & ~ordinary, ordinary), allowed, strict=True):
        ranked = np.sort(scores[chosen])[::-1]
        if len(ranked):
            found.append(float(ranked[int(len(ranked) * share)]))
    return round(min(max(found) + 1e-6, 0.999_999), 6)
