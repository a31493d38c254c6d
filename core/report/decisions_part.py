"""The examiner's decisions and observations, and the frames that a person bookmarked."""

from __future__ import annotations

from collections.abc import Sequence

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether, Spacer, Table, TableStyle

from core.domain.report import BookmarkedFrame, CaseReport
from core.report import theme
from core.report.composer import Composer
from core.report.content import item_label
from core.report.decisions import (
    ALL_REVIEWED,
    EARLIER,
    NOT_THE_SOFTWARE,
    NOTHING,
    PENDING,
    TITLE,
    VERDICT_MEANING,
    DecisionRow,
    ItemDecisions,
    case_notes,
    item_decisions,
    unreviewed,
    who_and_when,
)
from core.report.pictures import FittedPicture, image_of

_MOST_LISTED = 60
_LONGEST_TEXT, _LONGEST_CAPTION = 8000, 300
_PICTURE_WIDTH, _PICTURE_HEIGHT = 96 * mm, 78 * mm


def decisions(doc: Composer, report: CaseReport) -> None:
    """What people decided, item by item; who was not reviewed; frames bookmarked."""
    doc.section(TITLE, room=70 * mm)
    doc.text(NOT_THE_SOFTWARE)
    if not (report.review.entries or report.review.earlier):
        doc.text(NOTHING, doc.styles.cell_bold)
        doc.gap()
    else:
        doc.text(VERDICT_MEANING)
    _unreviewed(doc, report)
    notes = case_notes(report.review)
    if notes:
        doc.minor("On the case as a whole")
        _table(doc, "Notes on the case as a whole.", notes)
    for number, item in enumerate(item_decisions(report), 1):
        frames = [f for f in report.bookmark_frames if f.evidence_id == item.evidence_id]
        if frames or item.changes or item.others or item.earlier or any(person.rows for person in item.persons):
            doc.subsection(f"Decisions on {item_label(number).lower()}", room=45 * mm)
            _item(doc, item)
            _bookmarks(doc, item.label, frames)


def _unreviewed(doc: Composer, report: CaseReport) -> None:
    labels = unreviewed(report)
    doc.minor("Persons not yet reviewed")
    if not any(result.persons for result in report.results):
        doc.text("No person was found, so there is nobody to review.")
    elif not labels:
        doc.text(ALL_REVIEWED)
    else:
        doc.text(
            "For these persons the examiner has given no verdict on the first candidate of each recovered face and "
            "has not otherwise said that the review is done:"
        )
        more = f" and {len(labels) - _MOST_LISTED:,} more" if len(labels) > _MOST_LISTED else ""
        listed = "; ".join(label.replace(" ", "\u00a0") for label in labels[:_MOST_LISTED])
        doc.text(f"{listed}{more}.", doc.styles.cell_bold)
    doc.gap()


def _item(doc: Composer, item: ItemDecisions) -> None:
    for person in item.persons:
        if person.rows:
            state = "" if person.is_reviewed else " (not yet reviewed)"
            _table(doc, f"{person.label}{state}: observation, verdicts and notes of the examiner.", person.rows)
    if item.changes:
        _table(doc, f"{item.label}: changes by the examiner to the tracks and persons found.", item.changes)
        if item.is_pending:
            doc.text(PENDING, doc.styles.cell_bold)
            doc.gap()
    if item.others:
        _table(doc, f"{item.label}: notes on the item, and what concerns none of its persons.", item.others)
    if item.earlier:
        _table(doc, f"{item.label}: made on an earlier analysis, and not applied.", item.earlier)
        doc.text(EARLIER)
        doc.gap()


def _table(doc: Composer, caption: str, rows: Sequence[DecisionRow]) -> None:
    doc.table_caption(caption)
    doc.grid(
        ("Kind", "Words or decision", "By, and when"),
        [(row.kind, _words(doc, row), row.who_and_when) for row in rows],
        (2.1, 5.9, 3.2),
        split_rows=True,
    )


def _words(doc: Composer, row: DecisionRow) -> Flowable:
    style = doc.styles.cell
    return doc.block(doc.clip(row.words, _LONGEST_TEXT, style, keep_lines=True), style, keep_lines=True)


def _bookmarks(doc: Composer, label: str, frames: Sequence[BookmarkedFrame]) -> None:
    head: list[Flowable] = [doc.block(f"{label}: frames bookmarked by the examiner", doc.styles.h3)]
    for frame in frames:
        doc.add(KeepTogether([*head, _bookmark(doc, frame), Spacer(1, 3 * mm)]))
        head = []


def _bookmark(doc: Composer, frame: BookmarkedFrame) -> Table:
    bold, muted = doc.styles.cell_bold, doc.styles.cell_muted
    made = f"Bookmarked by {who_and_when(frame.actor, frame.at)}"
    words: list[Flowable] = [
        doc.block(doc.clip(frame.caption, _LONGEST_CAPTION, bold) or "(no caption)", bold),
        doc.block(
            f"{frame.time.clock()} (pts {frame.time.pts} × {frame.time.time_base} s, picture {frame.frame_index:,} in "
            "order of presentation)",
            doc.styles.cell,
        ),
        doc.block(doc.clip(made, _LONGEST_CAPTION, muted), muted),
        doc.block("SHA-256 of the frame's pixels", muted),
        doc.block(frame.frame_sha256, doc.styles.cell_mono),
    ]
    if frame.thumbnail_rgb is None:
        shown: Flowable = doc.block(doc.clip(frame.problem, _LONGEST_CAPTION, bold), bold)
    else:
        shown = FittedPicture(image_of(frame.thumbnail_rgb), _PICTURE_WIDTH, _PICTURE_HEIGHT)
        words.append(doc.block("Reduced in size for print.", muted))
    table = Table([[shown, words]], colWidths=[_PICTURE_WIDTH + 5 * mm, theme.TEXT_WIDTH - _PICTURE_WIDTH - 5 * mm])
    table.hAlign = "LEFT"
    table.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (0, 0), 0),
                ("LINEABOVE", (0, 0), (-1, 0), 0.35, theme.RULE),
                ("FONTNAME", (0, 0), (-1, -1), doc.styles.cell.fontName),
            ]
        )
    )
    return table
