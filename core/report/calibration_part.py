"""The calibration that a report leans on: curves, likelihood ratios, searches, sharpness and groups."""

from __future__ import annotations

from collections.abc import Iterator

from reportlab.lib.units import mm
from reportlab.platypus import KeepTogether, Spacer

from core.aggregation.caveats import STRANGERS_ALIKE
from core.domain.calibration import Calibration, FrameTable, Rate, RoleCalibration, SubsetRates
from core.domain.comparison import Comparison
from core.report import theme
from core.report.composer import Composer
from core.report.content import count, score_text, sentence
from core.report.det_chart import det_plot
from core.report.likelihood import bounds_words
from core.report.rates import interval, percent

NAMES = {"source": "Recovered source", "target": "Recovered target", "photo": "Photograph"}
_NO_FIGURE = "too few"
_COLOURS = {"source": theme.ACCENT, "target": theme.SIGNAL, "photo": theme.MUTED}


def calibration(doc: Composer, measured: Calibration) -> None:
    """Everything that was measured of the models of the run; nothing where only thresholds are known."""
    kinds = [(kind, role) for kind in NAMES if (role := measured.of(kind)) is not None]
    if not any(table.curve for _, role in kinds for table in role.tables):
        return
    doc.subsection("Calibration", room=90 * mm)
    doc.text(
        f"Calibration {measured.calibration_id}, of the recovery model with SHA-256 {measured.model_sha256} and the "
        f"embedder {measured.embedder_id}, on people of whom no picture was used in training."
    )
    doc.bullets([sentence(words) for words in (*measured.method, *rule_words(measured.comparison))])
    _curves(doc, kinds)
    _points(doc, kinds)
    _ratios(doc, kinds)
    _searches(doc, kinds)
    _subsets(doc, kinds)


def rule_words(rule: Comparison) -> tuple[str, ...]:
    """How scores were made, in sentences; () for plain cosines."""
    centred: tuple[str, ...] = (
        ("Cosines of faces are taken from the mean of the photographs that trained",) if rule.centre else ()
    )
    if rule.cohort:
        centred += (
            "What a score lacks to 1 is measured by what the probe lacks to a cohort, 1 – (1 – s) / (1 – c), where c "
            f"is its mean cosine with the {rule.nearest} of the cohort that are most like it, each the middle of "
            "several training photographs of people. It leaves ranks as they are, and brings the false matches of "
            "groups whose faces the embedder crowds together nearer to those of others, as far as the cohort holds "
            "such people",
        )
    if not rule.share:
        return centred
    return (
        *centred,
        f"Surroundings of recovered targets count from a cosine of {score_text(rule.knee)} on, which 1 in 100 "
        f"strangers of all sets together reach; {STRANGERS_ALIKE}; equal surroundings close {percent(rule.share)} of "
        "what a score lacks to 1",
    )


def rate_words(rate: Rate | None) -> str:
    """``0.1 % (0.06 % to 0.2 %)``."""
    return "none" if rate is None else f"{percent(rate.rate)} ({interval(rate.low, rate.high)})"


def _tables(kinds: list[tuple[str, RoleCalibration]]) -> Iterator[tuple[str, FrameTable]]:
    for kind, role in kinds:
        yield from ((kind, table) for table in role.tables)


def _photo(mates: str) -> str:
    """``another`` or ``the same``: which photograph of the person."""
    return mates.removesuffix(" photograph")


def _frames(kind: str, table: FrameTable) -> str:
    return "as enrolled" if kind == "photo" else count(table.n_frames, "frame")


def _curves(doc: Composer, kinds: list[tuple[str, RoleCalibration]]) -> None:
    """The most frames of each kind."""
    shown = [
        (f"{NAMES[kind]}, {_frames(kind, role.tables[-1])}", _COLOURS[kind], role.tables[-1])
        for kind, role in kinds
        if role.tables[-1].curve
    ]
    caption = doc.figure_words(
        "Detection error trade-off on validation people; dots mark the usual thresholds, large galleries use stricter "
        "ones. The nearer to the lower left corner, the better. Each point has an interval: see the JSON file."
    )
    doc.add(
        KeepTogether([det_plot(shown, theme.TEXT_WIDTH), doc.block(caption, doc.styles.caption), Spacer(1, 3 * mm)])
    )


def _points(doc: Composer, kinds: list[tuple[str, RoleCalibration]]) -> None:
    doc.table_caption("Rates at lower and lower false match rates, with 95 % intervals.", room=45 * mm)
    rows = [
        (
            NAMES[kind],
            _frames(kind, table),
            score_text(point.threshold),
            rate_words(point.false_match),
            rate_words(point.false_non_match),
            _photo(table.mates),
        )
        for kind, table in _tables(kinds)
        for point in table.points
    ]
    doc.grid(("Template", "Frames", "Threshold", "FMR", "FNMR", "Against photo"), rows, (2.5, 1.5, 1.4, 3.4, 3.2, 1.7))


def _ratios(doc: Composer, kinds: list[tuple[str, RoleCalibration]]) -> None:
    rows = [
        (
            NAMES[kind],
            _frames(kind, table),
            table.likelihood.method,
            f"{table.likelihood.cllr:.3f} ({table.likelihood.cllr_min:.3f})",
            bounds_words(table.likelihood.low, table.likelihood.high),
            f"{table.likelihood.n_same:,} / {table.likelihood.n_different:,} of {table.likelihood.n_people:,} people",
        )
        for kind, table in _tables(kinds)
        if table.likelihood is not None
    ]
    if not rows:
        return
    doc.table_caption(
        "Likelihood ratios: cost Cllr on people whom the fit left out, the part of it that no calibration could take "
        "away, and the ratios that the data support.",
        room=45 * mm,
    )
    head = ("Template", "Frames", "Calibrator", "Cllr (least)", "Bounds", "Comparisons of one / two people")
    doc.grid(head, rows, (2.4, 1.4, 4.2, 1.7, 1.9, 2.4))


def _searches(doc: Composer, kinds: list[tuple[str, RoleCalibration]]) -> None:
    rows = [
        (NAMES[kind], f"{size.n_people:,}", rate_words(size.measured), percent(size.expected))
        for kind, role in kinds
        for size in role.galleries
    ]
    if rows:
        doc.table_caption(
            "Searches for somebody who is not enrolled: how often a stranger reaches the threshold, measured with the "
            "most frames, and by the formula that takes comparisons for independent.",
            room=45 * mm,
        )
        doc.grid(("Template", "People searched", "FPIR measured", "1 – (1 – FMR)^N"), rows, (3, 2, 4, 2.5))


def _subsets(doc: Composer, kinds: list[tuple[str, RoleCalibration]]) -> None:
    for title, key, note in (
        ("sharpness of the face (variance of the Laplacian at 112 px)", "quality", ""),
        (
            "group, as the data sets name it",
            "groups",
            "FMR is counted among people of one group. Groups differ in the kind of their photographs too. "
            "No figure here says anything of a person.",
        ),
    ):
        rows = [(NAMES[kind], *_subset(subset)) for kind, role in kinds for subset in getattr(role, key)]
        if rows:
            doc.table_caption(f"Single frames by {title}, at the threshold for one frame.", room=45 * mm)
            head = ("Template", "Which", "Probes", "FMR", "FNMR", "Against photo")
            doc.grid(head, rows, (2.5, 2.8, 1.1, 3.2, 3.0, 1.7))
            if note:
                doc.text(note)


def _subset(subset: SubsetRates) -> tuple[str, str, str, str, str]:
    if subset.false_match is None:
        return subset.name, f"{subset.n_probes:,}", _NO_FIGURE, _NO_FIGURE, ""
    words = rate_words(subset.false_match), rate_words(subset.false_non_match)
    return subset.name, f"{subset.n_probes:,}", *words, _photo(subset.mates)
