"""Results as tables of short strings: the same ones for the terminal and for the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_NONE = "–"
_SIDES = {
    "recall": "risky sides flagged (recall)",
    "false_alarms": "ordinary sides flagged",
    "false_alarms_ordinary_conversations": "… in conversations without a risky side",
    "false_alarms_beside_risky": "… beside a risky side",
    "false_alarms_at_any_time": "ordinary sides flagged at any time",
    "precision": "flagged sides that are risky (precision)",
    "f05": "F0.5",
    "risky_one_named": "risky one scored highest, where flagged",
}
_TIME = {
    "flagged": "risky sides flagged at any time",
    "first_flag_message": "first flag: median message",
    "cue_lines_seen": "first flag: median cue lines sent",
    "minutes": "first flag: median minutes",
    "before_gravest_cue": "flagged before the gravest cue",
    "by_gravest_cue": "flagged with the gravest cue or before",
    "erde_5": "ERDE 5",
    "erde_50": "ERDE 50",
    "latency_f1_90": "latency-weighted F1, L = 90",
    "latency_f1_20": "latency-weighted F1, L = 20",
}
_PLAIN = {"first_flag_message", "cue_lines_seen", "minutes"}


@dataclass(frozen=True, slots=True)
class Section:
    """A table with its title.

    Parameters
    ----------
    title, note : str
        What it shows, and how to read it.
    head : tuple of str
        Column names; the first column holds names, the others numbers.
    rows : tuple of tuple of str
        As many cells as `head`.
    chart : str
        An SVG picture to show with it, or empty.
    """

    title: str
    note: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    chart: str = ""


def number(value: float | None, *, percent: bool = False) -> str:
    """A number in as few signs as tell it.

    >>> number(0.98765, percent=True), number(0.0002, percent=True), number(None), number(12.0)
    ('98.8 %', '0.02 %', '–', '12')
    """
    if value is None:
        return _NONE
    if not percent:
        return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"  # noqa: PLR2004
    hundred = value * 100
    return f"{hundred:.1f} %" if abs(hundred) >= 1 or not hundred else f"{hundred:.2g} %"


def cell(estimate: Mapping[str, Any] | None, *, percent: bool = True) -> str:
    """A measure with its interval.

    >>> cell({"value": 0.5, "low": 0.4, "high": 0.6})
    '50.0 % (40.0 – 60.0 %)'
    """
    if estimate is None or estimate["value"] is None:
        return _NONE
    value, low, high = (number(estimate[key], percent=percent) for key in ("value", "low", "high"))
    return value if _NONE in (low, high) else f"{value} ({low.removesuffix(' %')} – {high})"


def summary(results: Mapping[str, Mapping[str, Any]]) -> Section:
    """The first table: one row a dataset."""
    head = ("dataset", "risky / ordinary sides", "recall review", "recall high", "false alarms review", "false alarms high",
            "PR-AUC", "risky one named", "lines F3", "ECE")  # fmt: skip
    rows = []
    for name, result in results.items():
        sides = result["sides"]
        measures = (sides["review"]["recall"], sides["high"]["recall"], sides["review"]["false_alarms"],
                    sides["high"]["false_alarms"])  # fmt: skip
        rows.append(
            (
                name,
                f"{sides['n']['risky_sides']:,} / {sides['n']['ordinary_sides']:,}",
                *(cell(measure) for measure in measures),
                cell(sides["scores"]["pr_auc"], percent=False),
                cell(sides["review"]["risky_one_named"]),
                cell(result["lines"]["flagged_sides"]["f3"], percent=False),
                cell(sides["scores"]["ece"], percent=False),
            )
        )
    note = (
        "95 % intervals by drawing conversations; exact where nothing, or everything, was flagged. Test data is no real case."
    )
    return Section("At a glance", note, head, tuple(rows))


def turned(section: Section) -> Section:
    """The same table with rows and columns exchanged, for narrow places.

    >>> turned(Section("", "", ("", "x"), (("a", "1"), ("b", "2")))).rows
    (('x', '1', '2'),)
    """
    columns = tuple(zip(section.head, *section.rows, strict=True))
    return Section(section.title, section.note, columns[0], columns[1:], section.chart)


def sections(name: str, result: Mapping[str, Any]) -> list[Section]:
    """Every table of one dataset.

    Parameters
    ----------
    name : str
        The dataset.
    result : mapping
        As `evaluate` gives it.
    """
    return [
        _bands(name, result["sides"]),
        _scores(name, result["sides"]["scores"]),
        _queue(name, result["sides"]),
        _lines(name, result["lines"]),
        _time(name, result["time"]),
        *_slices(name, result["slices"]),
        *_attacks(name, result["attacks"]),
        *_fairness(name, result["fairness"]),
    ]


def _bands(name: str, sides: Mapping[str, Any]) -> Section:
    rows = [
        (
            label,
            *(cell(sides[band][key], percent=key != "f05") for band in ("review", "high")),
            f"{sides['review'][key]['n']:,}",
        )
        for key, label in _SIDES.items()
    ]
    return Section(f"{name}: sides", "At the end of each conversation.", ("", "review", "high", "n (review)"), tuple(rows))


def _scores(name: str, scores: Mapping[str, Any]) -> Section:
    rows = tuple((key.replace("_", " "), cell(one, percent=key.startswith("recall"))) for key, one in scores.items())
    note = "Brier score and ECE hold for this data’s share of risky sides."
    return Section(f"{name}: scores", note, ("", "value"), rows)


def _queue(name: str, sides: Mapping[str, Any]) -> Section:
    keys = [key.removeprefix("ppv_") for key in sides["review"] if key.startswith("ppv_")]
    rows = tuple(
        (
            f"{float(key):g}",
            *(
                cell(sides[band][f"{kind}_{key}"], percent=kind == "ppv")
                for band in ("review", "high")
                for kind in ("ppv", "alerts")
            ),
        )
        for key in keys
    )
    head = ("prevalence", "review: right alerts", "review: alerts per 10,000", "high: right alerts", "high: alerts per 10,000")
    note = "With this data’s false-alarm rate. Look-alike suites are far harder than ordinary talk; see the consented corpora."
    return Section(f"{name}: what a queue would see", note, head, rows)


def _lines(name: str, lines: Mapping[str, Any]) -> Section:
    named = [
        ("any family, found on any side", lines["any_family"]),
        ("any family, shown in the reports of flagged sides", lines["flagged_sides"]),
        ("tokens", lines["tokens"]),
        *((family.replace("_", " "), one) for family, one in sorted(lines["families"].items())),
    ]
    rows = tuple(
        (
            label,
            f"{one['n']['gold']:,}",
            f"{one['n']['found']:,}",
            *(cell(one[key], percent=key in {"precision", "recall"}) for key in ("precision", "recall", "f1", "f3")),
        )
        for label, one in named
    )
    return Section(f"{name}: cue lines", "", ("", "gold", "found", "precision", "recall", "F1", "F3"), rows)


def _time(name: str, time: Mapping[str, Any]) -> Section:
    plain = _PLAIN | {key for key in _TIME if key.startswith(("erde", "latency"))}
    rows = tuple(
        (label, *(cell(time[band][key], percent=key not in plain) for band in ("review", "high")))
        for key, label in _TIME.items()
    )
    note = (
        "Read message by message. The gravest cues are threats, payment demands, requests for pictures or camera, and meetings."
    )
    return Section(f"{name}: how early", note, ("", "review", "high"), rows)


def _slices(name: str, slices: Mapping[str, Any]) -> Iterable[Section]:
    keys = ("recall_review", "recall_high", "false_alarms_review", "false_alarms_high")
    head = ("", "risky", "ordinary", *(key.replace("_", " ") for key in keys))
    for dimension, members in slices.items():
        rows = tuple(
            (part.replace("_", " "), f"{one['n']['risky']:,}", f"{one['n']['ordinary']:,}", *(cell(one[key]) for key in keys))
            for part, one in members.items()
        )
        yield Section(f"{name}: by {dimension}", "", head, rows)


def _attacks(name: str, attacks: Mapping[str, Any]) -> Iterable[Section]:
    keys = ("recall_review", "recall_high", "false_alarms_review", "false_alarms_high")
    rows = tuple((attack.replace("_", " "), *(cell(one[key]) for key in keys)) for attack, one in attacks.items())
    head = ("disguise", *(key.replace("_", " ") for key in keys))
    if rows:
        yield Section(f"{name}: disguised words", "Every message of one side is disguised.", head, rows)


def _fairness(name: str, fairness: Mapping[str, Any]) -> Iterable[Section]:
    rows: Sequence[tuple[str, ...]] = [
        (
            f"{kind}: {group.replace('_', ' ')}",
            number(one["mean_change"]),
            number(one["largest_change"]),
            cell(one["recall"]),
            cell(one["false_alarms"]),
            number(one["false_alarms"]["change"], percent=True),
        )
        for kind, part in fairness.items()
        for group, one in part["groups"].items()
    ]
    head = ("changed to", "mean change of score", "largest", "recall review", "false alarms review", "change of false alarms")
    if rows:
        note = "The same conversations with other words about the sender. Lines are compared with a neutral line."
        yield Section(f"{name}: fairness", note, head, tuple(rows))
