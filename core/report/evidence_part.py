"""Evidence received, the examiner's observations, and the method."""

from __future__ import annotations

from reportlab.lib.units import mm

from core.domain.evidence import EvidenceItem, EvidenceKind
from core.domain.report import CaseReport, EvidenceResult
from core.domain.review import WriteObservation
from core.domain.time import TimePoint
from core.report import theme
from core.report.charts import flow_chart
from core.report.composer import Cell, Composer, FillLine
from core.report.content import count, hash_statement, item_label, sentence
from core.report.decisions import TITLE
from core.report.front import moment
from core.report.method_text import FLOW, METHOD
from core.report.runs_part import run_row


def evidence(doc: Composer, report: CaseReport) -> None:
    """Every item as received, its hashes and its counts; then what was refused."""
    doc.section("Evidence received")
    for number, result in enumerate(report.results, 1):
        doc.table_caption(f"{item_label(number)} as received and as decoded.", room=80 * mm)
        doc.pairs([*item_rows(number, result), *run_row(report, number)], mono=HASH_LABELS)
        if result.warnings:
            doc.minor(f"What the analysis of {item_label(number).lower()} could not do or left out")
            doc.bullets([sentence(w) for w in result.warnings])
    if not report.results:
        doc.text("No item was taken in.")
    doc.minor("Inputs that were refused")
    if not report.refused:
        doc.text("None.")
        return
    doc.table_caption("Inputs that could not be taken in, with the reason.")
    doc.grid(("Path", "Reason"), [(path, sentence(reason)) for path, reason in report.refused], (4, 5), mono=(0,))


HASH_LABELS = (
    *("SHA-256 at intake", "SHA-256 before analysis", "SHA-256 after analysis", "SHA-256 at export"),
    "Path at intake",
)


def item_rows(number: int, result: EvidenceResult) -> list[tuple[str, Cell]]:
    """The facts of an item, named."""
    item = result.evidence
    rows: list[tuple[str, Cell]] = [
        ("Item", f"{item_label(number)}: {item.path.name}"),
        ("Path at intake", str(item.path)),
        ("SHA-256 at intake", item.sha256),
        ("SHA-256 before analysis", result.sha256_before or "not taken for an analysis that came to its end"),
        *([("SHA-256 after analysis", result.sha256_analysed)] if result.sha256_analysed else []),
        ("SHA-256 at export", result.sha256_after or "not taken"),
        ("Integrity", hash_statement(result)),
        ("Size", count(item.size_bytes, "byte")),
        ("Modified (file system)", moment(item.modified_at)),
        ("Taken in", moment(item.ingested_at)),
        ("Container and codec", _format(item)),
        ("Picture", _picture(item)),
        ("Rate and clock", _rate(item)),
    ]
    if item.encoder:
        rows.append(("Encoder tag", item.encoder))
    rows.append(("Content credentials (C2PA)", item.credentials.words))
    if result.failure:
        rows.append(("Result", f"Unable to evaluate: {sentence(result.failure)}"))
        return rows
    rows += [("Range analysed", _range(result)), ("Frames", _frames(result))]
    return rows


def _format(item: EvidenceItem) -> str:
    kind = "still picture" if item.kind is EvidenceKind.IMAGE else "video"
    sound = "with sound" if item.has_audio else "no sound"
    streams = count(item.n_video_streams, "video stream")
    return (
        f"{kind}; container {item.container}; codec {item.codec}, {item.pixel_format}; "
        f"stream {item.stream_index} of {streams}; {sound}"
    )


def _picture(item: EvidenceItem) -> str:
    steps = ["mirrored left to right"] if item.mirrored else []
    if item.rotation_deg:
        steps.append(f"turned {item.rotation_deg}° clockwise to stand upright")
    aspect = item.pixel_aspect
    pixels = "" if aspect == 1 else f"; pixels {aspect.numerator}:{aspect.denominator} (width to height), not applied"
    return f"{item.width_px} × {item.height_px} px, {', then '.join(steps) or 'no rotation'}{pixels}"


def _rate(item: EvidenceItem) -> str:
    rate = "no nominal rate"
    if item.nominal_fps is not None:
        rate = f"nominal {float(item.nominal_fps):.3f} frames/s ({item.nominal_fps})"
    varies = {True: "variable", False: "constant", None: "unknown whether variable"}[item.is_vfr]
    length = "" if item.duration_s is None else f"; length {float(item.duration_s):,.3f} s by the container"
    return f"{rate}, {varies}; time base {item.time_base} s{length}"


def _range(result: EvidenceResult) -> str:
    start, end = result.analysed_range.start, result.analysed_range.end
    if start is None and end is None:
        return "the whole file"
    first = "the beginning" if start is None else f"{float(start):.3f} s"
    last = "the end" if end is None else f"{float(end):.3f} s"
    return f"from {first} to {last}, counted from the first picture{_where_counting_begins(result.evidence)}"


def _where_counting_begins(item: EvidenceItem) -> str:
    if item.first_s is None:
        return ""
    first = TimePoint(pts=round(item.first_s / item.time_base), time_base=item.time_base)
    return f", which is shown at {first.clock()} of the stream's clock"


def _frames(result: EvidenceResult) -> str:
    return (
        f"{result.n_frames_decoded:,} decoded, {result.n_frames_analysed:,} analysed, {result.n_frames_corrupt:,} "
        f"corrupt, {result.n_frames_duplicate:,} duplicate; {count(result.n_cuts, 'scene cut')}"
    )


def observations(doc: Composer, report: CaseReport) -> None:
    """What the examiner saw before the software named anybody."""
    doc.section("Observations recorded before candidates", room=70 * mm)
    doc.text(
        "To keep the names of candidates from colouring what is seen, the examiner records observations of "
        "the original "
        "material before turning to the sections that follow."
    )
    on_persons = any(isinstance(entry.action, WriteObservation) for entry in report.review.entries)
    if report.case.observations.strip():
        doc.text(report.case.observations, keep_lines=True)
    elif not on_persons:
        doc.add(FillLine(6, in_table=False))
    doc.gap()
    if on_persons:
        doc.text(
            f"Observations on single persons were recorded in the software; they are printed under “{TITLE}”, each "
            "with who recorded it and when."
        )
    if not on_persons or report.case.observations.strip():
        doc.pairs([("Recorded on (date, time)", FillLine()), ("Initials", FillLine())])


def method(doc: Composer) -> None:
    """How the software works, in plain words."""
    doc.section("Method", room=110 * mm)
    doc.add(flow_chart(FLOW, theme.TEXT_WIDTH))
    doc.figure_caption("From the media file to a category of support.")
    for name, words in METHOD:
        doc.minor(name.rstrip("."), room=22 * mm)
        doc.text(words)
