"""Learning: scikit-learn's conventions hold, the frozen table is the fitted pipeline, and words carry over."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_score
from support import PACK

from grooming_detect import Conversation, Detector, Message, Side
from grooming_detect.gold import Labelled
from grooming_detect.learn import PROBES, EvidenceCounts, frozen, side_pipeline
from grooming_detect.learn_words import Line, balance, learn_alike, learn_words, margins, vocabulary
from grooming_detect.packs import default_packs
from grooming_detect.training import early_on

RISKY = ("send me a pic of you", "dont tell your mum", "are your parents home", "i can buy you robux", "lets meet at the park")
ORDINARY = ("see you at training", "the homework is due friday", "what a goal", "dinner is ready", "the bus was late again")


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector()


@pytest.fixture(scope="module")
def data() -> tuple[list[Side], np.ndarray, list[str]]:
    sides, labels = [], []
    for n in range(40):
        lines = RISKY if n % 2 else ORDINARY
        texts = [lines[(n + k) % len(lines)] for k in range(3)] + [ORDINARY[n % len(ORDINARY)]]
        chat = Conversation(f"c{n}", tuple(Message("ab"[k % 2], text) for k, text in enumerate(texts)))
        for side in chat.sides():
            sides.append(side)
            labels.append(int(n % 2 == 1 and side.sender == "a"))
    return sides, np.array(labels), [side.conversation.conversation_id for side in sides]


def test_evidence_is_that_of_the_reports(detector: Detector, data: tuple[list[Side], np.ndarray, list[str]]) -> None:
    sides, _, _ = data
    counts = EvidenceCounts(detector).fit(sides)
    rows = counts.transform(sides)
    labels = counts.get_feature_names_out()
    for row, side in list(zip(rows, sides, strict=True))[:12]:
        (report,) = (report for report in detector.assess(side.conversation) if report.sender == side.sender)
        known = {labels[column]: value for column, value in zip(row.indices, row.data, strict=True)}
        assert all(known[part.feature] == part.value for part in report.explanation.contributions)


def test_transform_does_not_depend_on_the_company(detector: Detector, data: tuple[list[Side], np.ndarray, list[str]]) -> None:
    sides, _, _ = data
    counts = EvidenceCounts(detector).fit(sides)
    together = counts.transform(sides)[[3, 1]].toarray()
    assert (together == counts.transform([sides[3], sides[1]]).toarray()).all()


def test_pipeline_works_with_groups_grids_and_clones(
    detector: Detector, data: tuple[list[Side], np.ndarray, list[str]]
) -> None:
    sides, labels, groups = data
    pipeline = side_pipeline(detector)
    assert clone(pipeline).get_params().keys() == pipeline.get_params().keys()
    scores = cross_val_score(pipeline, sides, labels, groups=groups, cv=GroupKFold(4), scoring="roc_auc")
    assert scores.mean() > 0.9
    grid = GridSearchCV(pipeline, {"weights__strength": [10.0, 100.0]}, cv=GroupKFold(3))
    assert grid.fit(sides, labels, groups=groups).predict(sides).shape == labels.shape


@pytest.mark.parametrize("container", [list, tuple, lambda sides: np.array(sides, dtype=object)])
def test_any_sequence_of_sides_is_taken(
    detector: Detector, data: tuple[list[Side], np.ndarray, list[str]], container: type
) -> None:
    sides, _, _ = data
    assert EvidenceCounts(detector).fit_transform(container(sides)).shape[0] == len(sides)


def test_frozen_table_gives_the_probabilities_of_the_pipeline(
    detector: Detector, data: tuple[list[Side], np.ndarray, list[str]]
) -> None:
    sides, labels, _ = data
    pipeline = side_pipeline(detector).fit(sides, labels)
    weights = frozen(pipeline, "test 1", (1.0, 0.0), (0.1, 0.9))
    model = Detector(weights=weights)
    reports = {
        (report.conversation_id, report.sender): report.score for side in sides for report in model.assess(side.conversation)
    }
    found = [reports[side.conversation.conversation_id, side.sender] for side in sides]
    np.testing.assert_allclose(found, pipeline.predict_proba(sides)[:, 1], rtol=0, atol=1e-12)


def test_training_never_turns_a_cue_round(detector: Detector, data: tuple[list[Side], np.ndarray, list[str]]) -> None:
    sides, labels, _ = data
    pipeline = side_pipeline(detector, strength=0.01).fit(sides, 1 - labels)
    for label, weight in zip(pipeline["evidence"].labels_, pipeline["weights"].coef_[0], strict=True):
        anchor = detector.suggested[label]
        assert weight * anchor >= 0, label
        assert label not in PROBES or weight == 0


def test_words_carry_over_to_lines_that_no_rule_knows() -> None:
    packs = (PACK,)
    risky = [f"the zeppelin likes {word} velvet" for word in ("blue", "green", "red", "pink", "grey", "white")]
    urgent = [f"quick {word} the marmalade waits" for word in ("now", "soon", "today", "here", "go", "come")]
    plain = [f"the {word} walked to the shop" for word in ("cat", "dog", "man", "girl", "fox", "boy")]
    marked = ((risky, ("secrecy",)), (urgent, ("urgency",)), (plain, ()))
    lines = [Line(Message("", text), families, 1.0) for texts, families in marked for text in texts]
    table = learn_words(lines, packs, vocabulary(lines, packs, fewest=2), strength=10.0).table
    seen, unseen = (
        margins(table, packs, [Message("", text)]) for text in ("the zeppelin likes black velvet", "the cow walked")
    )
    assert seen[0] > unseen[0]
    assert set(table.families) == {"secrecy", "urgency"}  # those that the lines can tell apart


def test_runs_without_spaces_are_cut_into_words() -> None:
    thai = next(pack for pack in default_packs() if pack.language == "th")
    lines = [Line(Message("", text), (), 1.0, "th") for text in ("ส่งรูปฟุตซอล", "ฟุตซอลสวย", "ขอรูปหน่อย")]
    words = vocabulary(lines, [thai], fewest=2)
    assert {"รูป", "ฟุตซอล"} <= words  # one that the pack knows, and one that stands between those
    assert not any(line.message.text in words for line in lines)


def test_order_of_words_that_stand_apart_is_learned() -> None:
    packs = (PACK,)
    names = ("blue", "green", "red", "pink", "grey", "white")
    risky = [f"zeppelin {name} velvet" for name in names]
    plain = [f"velvet {name} zeppelin" for name in names]
    lines = [
        Line(Message("", text), families, 1.0) for texts, families in ((risky, ("secrecy",)), (plain, ())) for text in texts
    ]
    table = learn_alike(lines, packs, vocabulary(lines, packs, fewest=2), strength=10.0)
    assert table.apart["zeppelin velvet"] > 0 > table.apart["velvet zeppelin"]
    seen, turned = (margins(table, packs, [Message("", text)]) for text in ("zeppelin black velvet", "velvet black zeppelin"))
    assert seen[0] > turned[0]


def test_talk_of_a_corpus_is_judged_by_words_that_never_saw_it() -> None:
    cues = [Line(Message("", f"bring the zeppelin {word}"), ("secrecy",), 1.0) for word in ("here", "now", "soon", "today")]
    talk = [
        Line(Message("", f"{text} {word}"), (), 1.0, corpus=corpus)
        for corpus, text in (("air", "my zeppelin flies"), ("shop", "bring the bread"))
        for word in ("here", "now", "soon", "today")
    ]
    lines = [*cues, *talk]
    learned = learn_words(lines, [PACK], vocabulary(lines, [PACK], fewest=2), strength=10.0)
    assert set(learned.without) == {"air", "shop"}
    for line in talk:
        known, unseen = (margins(table, [PACK], [line.message]) for table in (learned.table, learned.without[line.corpus]))
        assert unseen[0] > known[0]


def test_the_telling_sentence_of_a_line_is_learned_from(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("here", "now", "soon", "today")
    cues = [Line(Message("", f"we walked to town. bring the zeppelin {name}"), ("secrecy",), 1.0) for name in names]
    lines = [*cues, *(Line(Message("", f"we walked to the shop {name}"), (), 1.0) for name in names)]

    def margin() -> float:
        table = learn_words(lines, [PACK], vocabulary(lines, [PACK], fewest=2), strength=10.0).table
        return float(margins(table, [PACK], [Message("", "bring the zeppelin back")])[0])

    by_sentence = margin()
    monkeypatch.setattr("grooming_detect.learn_words.sentences", lambda _: [])
    assert by_sentence > margin()


@pytest.mark.parametrize(("language", "least"), [("en", 3.0), ("fr", 6.0)])
def test_ordinary_lines_outweigh_cues_in_every_language(language: str, least: float) -> None:
    lines = [Line(Message("", "x"), ("secrecy",), 1.0, of) for of in ("en", "en", "fr", "fr", "fr", "fr")]
    lines += [Line(Message("", "y"), (), 0.5, of) for of in ("en", "fr", "th")]
    weight = [
        value for line, value in zip(lines, balance(lines), strict=True) if line.language == language and not line.families
    ]
    assert sum(weight) == pytest.approx(least)


@pytest.mark.parametrize(("lines", "ends"), [("c.a.c.c", [3, 5]), ("c.c", []), ("a.ac.", [3]), ("...", [])])
def test_sides_are_learned_from_as_they_stood_early_on(lines: str, ends: list[int]) -> None:
    chat = Conversation("c", tuple(Message("ab"[n % 2], f"line {n}") for n in range(len(lines))))
    cues = tuple(("secrecy",) if line == "c" else () for line in lines)
    item = Labelled(chat, "a", "s", "en", cues, "d", "d/c", tuple(line == "a" for line in lines))
    found = list(early_on([item]))
    assert [one.conversation.messages for one in found] == [chat.messages[:end] for end in ends]
    assert all(one.cues == cues[: len(one.alike)] and one.group == item.group for one in found)


def test_parts_of_words_are_learned_in_letters_that_cues_are_written_in() -> None:
    risky = [Line(Message("", f"{text} {n}"), ("secrecy",), 1.0) for n in range(3) for text in RISKY]
    other = [Line(Message("", f"{text} {n}"), (), 1.0) for n in range(3) for text in (*ORDINARY, "おはよう", "お元気ですか")]
    letters = learn_words([*risky, *other], [PACK], frozenset({"mum", "bus"})).table.letters
    assert any(part.isascii() for part in letters)
    assert not any("お" in part for part in letters)
