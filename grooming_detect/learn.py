"""Learning the weights: sides to evidence, a logistic model anchored at what the packs suggest, calibration, freezing.

All of it keeps scikit-learn's conventions, so the parts work in a `Pipeline`, with `GridSearchCV` and `GroupKFold`.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from scipy import optimize, sparse
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from grooming_detect.case import Case
from grooming_detect.detector import Detector
from grooming_detect.families import family_of
from grooming_detect.packs import pack_hashes
from grooming_detect.weights import Weights

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import ArrayLike, NDArray
    from sklearn.utils import Tags

    from grooming_detect.chat import Conversation, Side

_FREE = 3.0  # log-odds that a weight without a suggestion may reach either way
_MOST = 6.0  # log-odds that no weight may exceed
# Measured, explained, and without weight: what they tell in synthetic data is how the data was made.
PROBES = frozenset(
    {"habit:share-of-talk", "habit:questions", "habit:unanswered", "habit:night", "habit:sessions", "habit:length"}
)


class EvidenceCounts(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Sides to strengths of evidence: one row a side, one column a label.

    Parameters
    ----------
    detector : Detector, optional
        Whose packs and finders are used; by default one with the shipped packs.

    Attributes
    ----------
    labels_ : ndarray of str, shape (n_labels,)
        The columns: every label that the detector can find.

    Examples
    --------
    >>> from grooming_detect import Conversation, Message
    >>> sides = Conversation("c", (Message("a", "hi"), Message("b", "hello"))).sides()
    >>> EvidenceCounts().fit(sides).transform(sides).shape[0]
    2
    """

    def __init__(self, detector: Detector | None = None) -> None:
        self.detector = detector

    def fit(self, X: Sequence[Side], y: object = None) -> Self:  # noqa: ARG002, N803  (scikit-learn's signature)
        """Fix the columns; nothing is learned from `X`."""
        self.detector_ = self.detector or Detector()
        self.labels_ = np.array(sorted(self.detector_.suggested), dtype=object)
        self._columns = {label: n for n, label in enumerate(self.labels_)}
        return self

    def transform(self, X: Iterable[Side]) -> sparse.csr_matrix:  # noqa: N803
        """The strengths, as a sparse matrix of shape (n_sides, n_labels).

        A conversation whose sides come one after the other is read once.
        """
        check_is_fitted(self, "labels_")
        values: list[float] = []
        columns: list[int] = []
        ends = [0]
        read: Conversation | None = None
        case = Case("")
        for side in X:
            if side.conversation is not read:
                read, case = side.conversation, self.detector_.case(side.conversation)
            for label, value, _ in self.detector_.evidence(case, side.sender):
                column = self._columns.get(label)
                if column is not None:
                    columns.append(column)
                    values.append(value)
            ends.append(len(columns))
        shape = (len(ends) - 1, len(self.labels_))
        return sparse.csr_matrix((np.array(values, float), np.array(columns, np.int32), np.array(ends, np.int32)), shape=shape)

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:  # noqa: ARG002
        """The labels of the columns."""
        check_is_fitted(self, "labels_")
        return self.labels_

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.requires_fit = True
        return tags


class AnchoredLogistic(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Logistic regression that is drawn to given weights, by families, and never changes their sign.

    Minimises the mean logistic loss plus half the squared distance of the weights from their anchors, in a Gaussian metric:
    a family may be scaled as a whole at little cost (`family_spread`), a single label departs from its family at more
    (`label_spread`). A label that is rare in the training data so follows what was learned of its family. A weight keeps the
    sign of its anchor, so a risk cue can never lower a score. It fails where a whole family is missing from the data: that
    family keeps its anchors.

    Parameters
    ----------
    anchors : array-like of shape (n_features,), optional
        The weights before training; zeros by default.
    families : array-like of shape (n_features,), optional
        The family of each feature; each alone by default.
    fixed : array-like of bool, shape (n_features,), optional
        Features that keep a weight of zero.
    label_spread, family_spread : float
        Standard deviations of the prior: log-odds for a label, a factor for a family.
    strength : float
        How many sides the prior weighs as much as.

    Attributes
    ----------
    coef_ : ndarray of shape (1, n_features)
        The weights.
    intercept_ : ndarray of shape (1,)
        The base.
    classes_ : ndarray of shape (2,)
        The two classes.
    """

    def __init__(
        self,
        anchors: ArrayLike | None = None,
        families: ArrayLike | None = None,
        fixed: ArrayLike | None = None,
        label_spread: float = 0.6,
        family_spread: float = 0.3,
        strength: float = 10.0,
    ) -> None:
        self.anchors = anchors
        self.families = families
        self.fixed = fixed
        self.label_spread = label_spread
        self.family_spread = family_spread
        self.strength = strength

    def fit(self, X: sparse.csr_matrix, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:  # noqa: N803
        """Learn the weights.

        Parameters
        ----------
        X : sparse matrix or array of shape (n_samples, n_features)
            Strengths of evidence.
        y : array-like of shape (n_samples,)
            Two classes.
        sample_weight : array-like of shape (n_samples,), optional
            How much each sample counts.

        Raises
        ------
        ValueError
            If `y` has not exactly two classes.
        """
        matrix = sparse.csr_matrix(X, dtype=float)
        self.classes_, target = np.unique(np.asarray(y), return_inverse=True)
        if len(self.classes_) != 2:  # noqa: PLR2004
            raise ValueError("AnchoredLogistic needs exactly two classes")
        self.n_features_in_ = matrix.shape[1]
        anchors = np.zeros(self.n_features_in_) if self.anchors is None else np.asarray(self.anchors, float)
        weight = np.ones(len(target)) if sample_weight is None else np.asarray(sample_weight, float)
        start = np.append(anchors, np.log((weight @ target + 1) / (weight @ (1 - target) + 1)))
        found = optimize.minimize(
            self._loss,
            start,
            args=(matrix, target, weight / weight.sum(), anchors, self._metric(anchors)),
            jac=True,
            method="L-BFGS-B",
            bounds=[*self._bounds(anchors), (None, None)],
            options={"maxiter": 2_000, "maxfun": 4_000, "ftol": 1e-12, "gtol": 1e-8},
        )
        self.n_iter_ = np.array([found.nit])
        self.coef_ = found.x[:-1][None, :]
        self.intercept_ = found.x[-1:]
        return self

    def _metric(self, anchors: NDArray[np.float64]) -> list[tuple[NDArray[np.intp], NDArray[np.float64], float]]:
        """For each family its features, their anchors, and how much of a common shift is free (Sherman-Morrison)."""
        names = np.arange(len(anchors)) if self.families is None else np.asarray(self.families)
        metric = []
        for name in np.unique(names):
            members = np.flatnonzero(names == name)
            own = anchors[members]
            share = self.family_spread**2 / (self.label_spread**2 + self.family_spread**2 * float(own @ own))
            metric.append((members, own, share))
        return metric

    def _loss(
        self,
        parameters: NDArray[np.float64],
        matrix: sparse.csr_matrix,
        target: NDArray[np.intp],
        weight: NDArray[np.float64],
        anchors: NDArray[np.float64],
        metric: list[tuple[NDArray[np.intp], NDArray[np.float64], float]],
    ) -> tuple[float, NDArray[np.float64]]:
        logit = matrix @ parameters[:-1] + parameters[-1]
        loss = float(weight @ (np.logaddexp(0, logit) - target * logit))
        slope = weight * (1 / (1 + np.exp(-np.clip(logit, -500, 500))) - target)
        away = parameters[:-1] - anchors
        pulled = away.copy()
        for members, own, share in metric:
            pulled[members] -= own * (share * float(own @ away[members]))
        pull = self.strength / (matrix.shape[0] * self.label_spread**2)
        gradient = np.append(matrix.T @ slope + pull * pulled, slope.sum())
        return loss + pull / 2 * float(away @ pulled), gradient

    def _bounds(self, anchors: NDArray[np.float64]) -> list[tuple[float, float]]:
        fixed = np.zeros(len(anchors), bool) if self.fixed is None else np.asarray(self.fixed, bool)
        return [
            (0.0, 0.0) if held else (0.0, _MOST) if anchor > 0 else (-_MOST, 0.0) if anchor < 0 else (-_FREE, _FREE)
            for anchor, held in zip(anchors, fixed, strict=True)
        ]

    def decision_function(self, X: sparse.csr_matrix) -> NDArray[np.float64]:  # noqa: N803
        """Log-odds, shape (n_samples,)."""
        check_is_fitted(self, "coef_")
        return np.asarray(X @ self.coef_[0] + self.intercept_[0]).ravel()

    def predict_proba(self, X: sparse.csr_matrix) -> NDArray[np.float64]:  # noqa: N803
        """Probabilities, shape (n_samples, 2)."""
        risk = 1 / (1 + np.exp(-np.clip(self.decision_function(X), -500, 500)))
        return np.column_stack((1 - risk, risk))

    def predict(self, X: sparse.csr_matrix) -> NDArray[Any]:  # noqa: N803
        """The likelier class of each sample."""
        return np.asarray(self.classes_[(self.decision_function(X) > 0).astype(int)])

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.classifier_tags.multi_class = False
        return tags


def side_pipeline(detector: Detector, **settings: float) -> Pipeline:
    """Evidence and classifier in one, anchored at what the detector's packs suggest.

    Parameters
    ----------
    detector : Detector
        Its packs are used, and its suggested weights as anchors.
    **settings : float
        Parameters of `AnchoredLogistic`.
    """
    labels = sorted(detector.suggested)
    anchors = np.array([detector.suggested[label] for label in labels])
    families = np.array([family_of(label) + label.partition(":")[0] if family_of(label) else label for label in labels])
    fixed = np.array([label in PROBES for label in labels])
    model = AnchoredLogistic(anchors, families, fixed, **settings)
    return Pipeline([("evidence", EvidenceCounts(detector)), ("weights", model)])


def calibrated(logits: NDArray[np.float64], y: ArrayLike) -> tuple[float, float]:
    """Platt's calibration: slope and shift that turn held-out log-odds into probabilities.

    Source: Platt 1999. It fails where the held-out sides are not like those that will come.
    """
    model = LogisticRegression(C=1e6).fit(np.asarray(logits)[:, None], np.asarray(y))
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def frozen(pipeline: Pipeline, name: str, calibration: tuple[float, float], bands: tuple[float, float]) -> Weights:
    """The fitted pipeline as a table of weights, calibration folded in.

    Parameters
    ----------
    pipeline : Pipeline
        As `side_pipeline` gives it, fitted.
    name : str
        Name and version of the model.
    calibration : (float, float)
        Slope and shift of the log-odds.
    bands : (float, float)
        Scores from which `review` and `high` begin.
    """
    slope, shift = calibration
    detector: Detector = pipeline["evidence"].detector_
    labels = pipeline["evidence"].labels_
    weights = {str(label): slope * float(weight) for label, weight in zip(labels, pipeline["weights"].coef_[0], strict=True)}
    return Weights(
        name=name,
        base=slope * float(pipeline["weights"].intercept_[0]) + shift,
        weights=MappingProxyType(weights),
        review=bands[0],
        high=bands[1],
        packs=MappingProxyType(pack_hashes(detector.packs)),
        words=detector.weights.words,
        alike=detector.weights.alike,
    )
