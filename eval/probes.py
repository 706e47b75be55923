"""Probes: what must not tell a risky side from its twin. Each sees one thing only, and should come out near chance.

A probe is a logistic regression over counts, learned on the train split, measured once on the test split: area under the ROC
curve over the perpetrators and the look-alike senders of their twins, with a bootstrap interval by pair.

    python eval/synth.py && python eval/probes.py
"""

from __future__ import annotations

import argparse
import string
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console
from rich.table import Table
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, MaxAbsScaler

from grooming_detect.gold import labelled
from grooming_detect.packs import default_packs
from grooming_detect.provenance import load_card

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline

    from grooming_detect.gold import Labelled
    from grooming_detect.provenance import Card

HERE = Path(__file__).parent
HIGHEST = 0.60  # area under the curve that a probe may reach
_DRAWS = 500
_MARKS = frozenset(string.punctuation + "’“”…🙂😂❤🥺😊")
_FUNCTION_WORDS = 60
_SENDER = "a"  # who says the injected lines, in the risky conversation and in its twin


def _own(item: Labelled) -> list[str]:
    return [message.text for message in item.conversation.messages if message.sender == _SENDER]


def _lengths(item: Labelled) -> str:
    lengths = [len(text) for text in _own(item)]
    return f"{len(lengths)} {sum(lengths)} {sum(lengths) / max(len(lengths), 1)} {max(lengths, default=0)}"


def _numbers(texts: list[str]) -> NDArray[np.float64]:
    return np.array([[float(number) for number in text.split()] for text in texts])


def _marks(item: Labelled) -> str:
    return " ".join("U" if sign.isupper() else sign for sign in "".join(_own(item)) if sign.isupper() or sign in _MARKS)


def _others(item: Labelled) -> str:
    return " ".join(message.text for message in item.conversation.messages if message.sender != _SENDER)


def _function_words(item: Labelled) -> str:
    common = set(next(pack for pack in default_packs() if pack.language == "en").common[:_FUNCTION_WORDS])
    return " ".join(word for text in _own(item) for word in text.lower().split() if word in common)


def _bag() -> Pipeline:
    return make_pipeline(CountVectorizer(analyzer=str.split), MaxAbsScaler(), LogisticRegression(max_iter=2_000))


PROBES: dict[str, tuple[Callable[[Labelled], str], Callable[[], Pipeline]]] = {
    "length": (_lengths, lambda: make_pipeline(FunctionTransformer(_numbers), MaxAbsScaler(), LogisticRegression())),
    "punctuation and case": (_marks, _bag),
    "the recipient's words": (_others, _bag),
    "function words": (_function_words, _bag),
}


def _pairs(card: Card, split: str, language: str) -> Iterator[Labelled]:
    """The risky conversations and their twins."""
    for item in labelled(card, split):
        if item.language == language and item.conversation.conversation_id.endswith(("-cues", "-twin")):
            yield item


def measure(card: Card, language: str = "en") -> list[tuple[str, float, float, float]]:
    """Each probe's area under the curve on the test split, and its interval."""
    splits = {split: list(_pairs(card, split, language)) for split in ("train", "test")}
    target = {split: np.array([item.perpetrator is not None for item in items]) for split, items in splits.items()}
    groups = np.array([item.group for item in splits["test"]])
    rows = []
    for name, (view, model) in PROBES.items():
        seen = {split: [view(item) for item in items] for split, items in splits.items()}
        scores = model().fit(seen["train"], target["train"]).decision_function(seen["test"])
        low, high = _interval(target["test"], scores, groups)
        rows.append((name, float(roc_auc_score(target["test"], scores)), low, high))
    return rows


def _interval(target: NDArray[np.bool_], scores: NDArray[np.float64], groups: NDArray[np.str_]) -> tuple[float, float]:
    draw = np.random.default_rng(0)
    of_group = [np.flatnonzero(groups == name) for name in np.unique(groups)]
    found = []
    for _ in range(_DRAWS):
        chosen = np.concatenate([of_group[n] for n in draw.integers(len(of_group), size=len(of_group))])
        found.append(roc_auc_score(target[chosen], scores[chosen]))
    low, high = np.quantile(found, [0.025, 0.975])
    return float(low), float(high)


def main() -> int:
    """Measure and print; exit code 1 if a probe tells too much."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=HERE / "data" / "dataset.toml")
    rows = measure(load_card(parser.parse_args().data))
    table = Table("probe", "AUC", "95 % interval", box=None)
    for name, area, low, high in rows:
        table.add_row(name, f"{area:.3f}", f"{low:.3f} to {high:.3f}")
    Console().print(table)
    return int(any(area > HIGHEST for _, area, _, _ in rows))


if __name__ == "__main__":
    sys.exit(main())
