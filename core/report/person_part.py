"""Findings about each person: pictures, scores over time, quality and candidates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.platypus import Flowable, KeepTogether, Spacer, Table, TableStyle

from core.domain.evidence import EvidenceKind
from core.domain.outstanding import verdicts_on
from core.domain.report import CaseReport, EvidenceResult, PersonTrack, RecoveredFrame
from core.report import theme
from core.report.candidate_part import Verdicts, candidates
from core.report.charts import score_plot
from core.report.chips import statement_table
from core.report.composer import Composer
from core.report.content import (
    count,
    frame_name,
    gate_sentence,
    item_label,
    item_outcome,
    person_label,
    score_summary,
    score_text,
    short_clock,
    span_sentence,
    statements,
)
from core.report.frames_part import STRIP_FRAMES, shown_frames
from core.report.pictures import MapLegend, Picture, Reconstruction, heat_overlay, image_of

_GAP = 9.0


def findings(doc: Composer, report: CaseReport) -> None:
    """One subsection for each person of each item."""
    doc.section("Findings", room=150 * mm if any(r.persons for r in report.results) else 60 * mm)
    if not report.results:
        doc.text("No item was examined, so there is nothing to report.")
    first, at_hand = True, _FramesAtHand()
    for number, result in enumerate(report.results, 1):
        if not result.persons:
            doc.subsection(item_label(number), room=30 * mm)
            doc.text(item_outcome(result, report.n_ignored(number)))
        for person in result.persons:
            if not first:
                doc.new_page()
            verdicts = verdicts_on(person, report.review, report.evidence_ids[number - 1])
            _person(doc, number, result, person, verdicts, at_hand)
            first = False


class _FramesAtHand:
    """The frames of the person whose pages are being made or drawn, and of nobody else: 10 MB a person add up."""

    def __init__(self) -> None:
        self._of: Sequence[RecoveredFrame] = ()
        self._read: dict[int, RecoveredFrame] = {}

    def frame(self, frames: Sequence[RecoveredFrame], at: int) -> RecoveredFrame:
        """The frame at a position, read once as long as nobody else's are asked for."""
        if frames is not self._of:
            self._of, self._read = frames, {}
        if at not in self._read:
            self._read[at] = frames[at]
        return self._read[at]


def _person(
    doc: Composer,
    number: int,
    result: EvidenceResult,
    person: PersonTrack,
    verdicts: Verdicts,
    at_hand: _FramesAtHand,
) -> None:
    kind = result.evidence.kind
    doc.subsection(person_label(number, person), room=120 * mm)
    doc.text(f"File: {result.evidence.path.name}. {span_sentence(person, kind)}", doc.styles.note)
    doc.add(statement_table(doc, statements(person)))
    doc.gap(3 * mm)
    frames = shown_frames(person)

    def read(at: int) -> RecoveredFrame:
        return at_hand.frame(frames, at)

    if frames:
        _best_frame(doc, partial(read, 0), kind)
    _scores(doc, person)
    if frames:
        _strip(doc, [partial(read, at) for at in range(1, len(frames))], len(person.scores))
    else:
        doc.text("No face of this person was recovered; there is no picture to show.")
    _quality(doc, person, [read(at) for at in range(len(frames))])
    candidates(doc, person, verdicts)


def _best_frame(doc: Composer, read: Callable[[], RecoveredFrame], kind: EvidenceKind) -> None:
    """Pictures are read again when they are drawn: until then, nothing holds them."""
    side = (theme.TEXT_WIDTH - 3 * _GAP) / 4
    face, fake_score = read().face, read().recovered.fake_score
    legend = MapLegend(side, "0 target", "source 1", doc.styles.picture)

    def overlay() -> ImageReader:
        return image_of(heat_overlay(read().face.rgb, read().recovered.identity_map))

    heads = ("As filmed (original crop)", "Identity map", "Recovered source", "Recovered target")
    row: list[Flowable | list[Flowable]] = [
        Picture(lambda: image_of(read().face.rgb), side),
        [Picture(overlay, side), Spacer(1, 3), legend],
        Reconstruction(lambda: read().recovered.source_rgb, side),
        Reconstruction(lambda: read().recovered.target_rgb, side),
    ]
    table = Table(
        [[doc.block(h, doc.styles.cell_head) for h in heads], row],
        colWidths=[side + _GAP] * 3 + [side],
        hAlign="LEFT",
    )
    table.setStyle(_picture_style(doc))
    caption = doc.figure_words(
        f"{frame_name(face, kind)}; fake score {score_text(fake_score)}. The identity map shows "
        "the share of source information that the model states for each pixel (no probability), over the grey picture."
    )
    doc.add(
        KeepTogether(
            [
                table,
                doc.block(caption, doc.styles.caption),
                doc.block(f"SHA-256 of the frame's pixels: {face.frame_sha256}", doc.styles.cell_mono),
                Spacer(1, 3 * mm),
            ]
        )
    )


def _strip(doc: Composer, frames: Sequence[Callable[[], RecoveredFrame]], n_recovered: int) -> None:
    if not frames:
        doc.text("Only one recovered frame is shown; the spread over frames cannot be judged from pictures.")
        return
    label_width = 17 * mm
    side = (theme.TEXT_WIDTH - label_width - (STRIP_FRAMES - 1) * 6.0) / STRIP_FRAMES
    rows: list[list[Flowable]] = [[doc.block("", doc.styles.picture)] for _ in range(4)]
    for row, name in zip(rows[1:], ("As filmed", "Recovered source", "Recovered target"), strict=True):
        row[0] = doc.block(name, doc.styles.cell_head)
    for read in frames:
        words = f"{short_clock(read().face.time)} · {score_text(read().recovered.fake_score)}"
        rows[0].append(doc.block(words, doc.styles.picture))
        for row, picture in zip(rows[1:], _reduced(read, side), strict=True):
            row.append(picture)
    table = Table(rows, colWidths=[label_width] + [side + 6.0] * len(frames), hAlign="LEFT")
    table.setStyle(_picture_style(doc))
    caption = doc.figure_words(
        f"Spread over frames: {count(len(frames), 'further frame')} of {n_recovered:,} recovered, best "
        f"quality first; above "
        "each its time and fake score. Reduced in size. Where the reconstructions differ from frame to frame, the "
        "model is unsure."
    )
    doc.add(KeepTogether([table, doc.block(caption, doc.styles.caption), Spacer(1, 3 * mm)]))


def _reduced(read: Callable[[], RecoveredFrame], side: float) -> tuple[Flowable, Flowable, Flowable]:
    return (
        Picture(lambda: image_of(read().face.rgb, 170), side),
        Reconstruction(lambda: read().recovered.source_rgb, side, 170),
        Reconstruction(lambda: read().recovered.target_rgb, side, 170),
    )


def _picture_style(doc: Composer) -> TableStyle:
    return TableStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("RIGHTPADDING", (0, 0), (-1, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 1.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
            ("FONTNAME", (0, 0), (-1, -1), doc.styles.cell.fontName),
        ]
    )


def _scores(doc: Composer, person: PersonTrack) -> None:
    spread = score_summary(person)
    if spread is None:
        return
    if spread.n == 1:
        doc.text(f"Fake score of the one recovered frame: {score_text(spread.middle)}. The score is not a probability.")
        return
    drawing = score_plot(person.scores, person.fake_score, theme.TEXT_WIDTH)
    overall = "" if person.fake_score is None else f" Aggregated: {score_text(person.fake_score)} (dashed)."
    caption = doc.figure_words(
        f"Fake score over time, {count(spread.n, 'recovered frame')}: lowest {score_text(spread.low)}, median "
        f"{score_text(spread.middle)}, highest {score_text(spread.high)}.{overall} The score is not a probability."
    )
    doc.add(KeepTogether([drawing, doc.block(caption, doc.styles.caption), Spacer(1, 2 * mm)]))


def _quality(doc: Composer, person: PersonTrack, frames: Sequence[RecoveredFrame]) -> None:
    doc.minor("Quality of the faces")
    doc.text(gate_sentence(person))
    if not frames:
        return
    doc.table_caption(
        "The frames shown, named by exact time and pixel hash, with the quality of the face. pts in units of "
        f"{person.first.time_base} s."
    )
    rows = []
    for frame in frames:
        face, quality = frame.face, frame.face.quality
        rows.append(
            (
                short_clock(face.time),
                str(face.time.pts),
                f"{quality.size_px:.1f}",
                f"{quality.sharpness:.1f}",
                f"{quality.yaw_deg:+.0f} / {quality.pitch_deg:+.0f} / {quality.roll_deg:+.0f}",
                f"{quality.score:.2f}",
                score_text(frame.recovered.fake_score),
                face.frame_sha256,
            )
        )
    doc.grid(
        (
            "Time",
            "pts",
            "Size px",
            "Sharp",
            "Yaw / pitch / roll °",
            "Quality",
            "Fake score",
            "SHA-256 of pixels",
        ),
        rows,
        (1.9, 1.4, 1.0, 1.1, 1.9, 1.3, 1.0, 5.4),
        mono=(7,),
    )
