"""Cover, contents, summary, questions and hypotheses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from reportlab.lib.colors import Color
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether, Spacer, Table, TableStyle

from core.domain.identity import Decision
from core.domain.report import CaseReport, EvidenceResult
from core.report import theme
from core.report.chips import Chip, statement_table
from core.report.composer import Bookmark, Composer, FillLine
from core.report.content import (
    MEANING,
    STANDARD_QUESTION,
    count,
    hypotheses,
    item_label,
    item_outcome,
    people_examined,
    person_label,
    short_name,
    span_sentence,
    statements,
)
from core.report.decisions import review_sentence
from core.report.fonts import BODY
from core.report.integrity import first_alarms
from core.report.many_persons import swap_tests
from core.report.method_text import HOW_TO_READ
from core.report.seal import Seal

TITLE = "Face recovery and identity search"
SUBTITLE = "Report on media submitted for examination"
_COVER_ITEMS = 8
_COVER_QUESTIONS = 5
_COVER_REQUEST = 320
_MOST_LABELS = 24


def moment(at: datetime) -> str:
    """``21 November 2026, 05:40:29 UTC``."""
    at = at.astimezone(UTC)
    return f"{at.day} {at:%B %Y, %H:%M:%S} UTC"


def cover(doc: Composer, report: CaseReport, seal: Seal) -> None:
    """Who asked what of whom, about which items, and who signs. Fields left blank are lines to write on."""
    case, styles = report.case, doc.styles
    doc.gap(26 * mm)
    doc.text("EXAMINATION REPORT", styles.overline)
    doc.gap(2 * mm)
    doc.text(doc.clip(case.title, 120, styles.title) or TITLE, styles.title)
    doc.gap(1 * mm)
    doc.text(SUBTITLE if not case.title else f"{TITLE}: {SUBTITLE[0].lower()}{SUBTITLE[1:]}", styles.subtitle)
    doc.gap(9 * mm)
    alarms = first_alarms(report)
    if alarms:
        words = [doc.block("Evidence has changed, or could not be read again", doc.styles.alert_head)]
        words += [doc.block(alarm, doc.styles.cell) for alarm in alarms]
        doc.add(_panel(words, theme.ALERT, theme.ALERT_SOFT))
        doc.gap(4 * mm)
    rows: list[tuple[str, str | Flowable | list[Flowable]]] = [
        ("Case number", case.case_number or FillLine()),
        ("Examiner", case.examiner or FillLine()),
        ("Organisation", case.organisation or FillLine()),
        ("Request", _clipped(case.request, _COVER_REQUEST) if case.request.strip() else FillLine(2)),
        ("Report made", moment(report.created_at)),
        ("Analysis run", _run_words(report)),
        ("Items received", _items(doc, report)),
        ("Questions", _cover_questions(doc, report)),
        ("Software", ", ".join(dict.fromkeys(f"Unswap {run.manifest.application_version}" for run in report.runs))),
        ("Signature", [doc.block(words, styles.cell) for words in seal.sentences()]),
    ]
    doc.pairs(rows, label_share=0.22)
    doc.gap(7 * mm)
    doc.add(_reading_panel(doc))


def _run_words(report: CaseReport) -> str:
    """From the first run's begin to the last one's end."""
    made = [run.manifest for run in report.runs]
    begun, ended = min(one.started_at for one in made), max(one.ended_at for one in made)
    others = len(report.other_runs)
    how = f"; {others + 1} runs, made differently" if others else ""
    return f"{moment(begun)} to {moment(ended)}{how}"


def _reading_panel(doc: Composer) -> Table:
    words = [doc.block("How to read this report", doc.styles.h3)]
    words += [doc.block(sentence, doc.styles.body) for sentence in HOW_TO_READ]
    return _panel(words, theme.ACCENT, theme.PANEL)


def _panel(words: list[Flowable], edge: Color, ground: Color) -> Table:
    panel = Table([[words]], colWidths=[theme.TEXT_WIDTH], hAlign="LEFT")
    panel.setStyle(
        TableStyle(
            [
                ("BACKGROUND", (0, 0), (-1, -1), ground),
                ("LINEBEFORE", (0, 0), (0, -1), 2.4, edge),
                ("LEFTPADDING", (0, 0), (-1, -1), 10),
                ("TOPPADDING", (0, 0), (-1, -1), 6),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 6),
                ("FONTNAME", (0, 0), (-1, -1), BODY),
            ]
        )
    )
    return panel


def _questions(report: CaseReport) -> tuple[str, ...]:
    entered = tuple(q for q in report.case.questions if q.strip())
    return entered or (STANDARD_QUESTION,)


def _clipped(text: str, longest: int) -> str:
    """One paragraph of at most `longest` characters."""
    text = " ".join(text.split())
    return text if len(text) <= longest else f"{text[:longest]} … (in full under Questions)"


def _cover_questions(doc: Composer, report: CaseReport) -> list[Flowable]:
    asked = _questions(report)
    rows = [f"{i}. {_clipped(question, 240)}" for i, question in enumerate(asked[:_COVER_QUESTIONS], 1)]
    if len(asked) > _COVER_QUESTIONS:
        rows.append(f"and {count(len(asked) - _COVER_QUESTIONS, 'more question')}, listed under Questions")
    return [doc.block(row, doc.styles.cell) for row in rows]


def _items(doc: Composer, report: CaseReport) -> str | list[Flowable]:
    names = [f"{item_label(i)}: {short_name(r.evidence.path.name)}" for i, r in enumerate(report.results, 1)]
    if len(names) > _COVER_ITEMS:
        more = len(names) - _COVER_ITEMS + 1
        names = [
            *names[: _COVER_ITEMS - 1],
            f"and {count(more, 'more item')}, listed under Evidence received",
        ]
    if report.refused:
        names.append(f"{count(len(report.refused), 'input')} refused, see Evidence received")
    if not names:
        return "No item was taken in."
    return [doc.block(name, doc.styles.cell) for name in names]


def contents(doc: Composer, bookmarks: list[Bookmark], pages: Mapping[str, int]) -> list[Flowable]:
    """The list of sections with their pages; `pages` is empty in the first of the two passes."""
    rows = []
    for mark in bookmarks:
        style = doc.styles.toc if mark.level == 0 else doc.styles.toc_sub
        rows.append([doc.block(mark.title, style), doc.block(str(pages.get(mark.key, "")), doc.styles.toc_page)])
    table = Table(rows, colWidths=[theme.TEXT_WIDTH - 14 * mm, 14 * mm], hAlign="LEFT")
    table.setStyle(
        TableStyle(
            [
                ("LINEBELOW", (0, 0), (-1, -1), 0.3, theme.RULE),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 0.8),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 2.2),
                ("FONTNAME", (0, 0), (-1, -1), doc.styles.toc.fontName),
            ]
        )
    )
    return [KeepTogether([Spacer(1, 5 * mm), doc.block("Contents", doc.styles.h2), table])]


def summary(doc: Composer, report: CaseReport) -> None:
    """What a judge reads: for each item and person the category and its reason, in words."""
    doc.section("Summary of findings")
    people = people_examined(report)
    examined = (
        f"{count(len(report.results), 'item')} examined; {count(people, 'person', 'people')} found and evaluated."
    )
    doc.text(
        f"{examined if report.results else 'No item was examined.'} "
        "Each answer is a category of relative support with its reason. The software ranks candidates; whether a "
        "candidate is the person shown is for people to decide on all the evidence.",
        doc.styles.lead,
    )
    if not report.results:
        doc.text("Inputs that were refused are listed under Evidence received, with the reasons.")
    reviewed = review_sentence(report)
    if reviewed:
        doc.text(reviewed, doc.styles.lead)
    tests = swap_tests(report)
    if tests is not None:
        doc.text(tests.sentence, doc.styles.lead)
    for number, result in enumerate(report.results, 1):
        alone = swap_tests(report, number - 1) if len(report.results) > 1 else None
        _item_summary(doc, number, result, report.n_ignored(number), alone.sentence if alone else "")
    doc.minor("The four categories", room=45 * mm)
    rows = [[Chip(d), doc.block(words, doc.styles.cell)] for d, words in MEANING.items()]
    table = Table(rows, colWidths=[37 * mm, theme.TEXT_WIDTH - 37 * mm], hAlign="LEFT")
    table.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (0, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 2),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
                ("FONTNAME", (0, 0), (-1, -1), doc.styles.cell.fontName),
            ]
        )
    )
    doc.add(table)


def _item_summary(doc: Composer, number: int, result: EvidenceResult, n_ignored: int, tests: str) -> None:
    """One item; `tests` says what many persons in it do to false alarms, '' where there is nothing to add."""
    head: list[Flowable] = [
        doc.block(f"{item_label(number)}: {result.evidence.path.name}", doc.styles.h2),
    ]
    outcome = item_outcome(result, n_ignored)
    if result.failure or not result.persons:
        reason = outcome.removeprefix("Unable to evaluate: ")
        row = [[Chip(Decision.UNABLE_TO_EVALUATE), doc.block(reason[0].upper() + reason[1:], doc.styles.cell)]]
        table = Table(row, colWidths=[37 * mm, theme.TEXT_WIDTH - 37 * mm], hAlign="LEFT", splitInRow=1)
        table.setStyle(
            TableStyle(
                [
                    ("VALIGN", (0, 0), (-1, -1), "TOP"),
                    ("LEFTPADDING", (0, 0), (0, -1), 0),
                    ("FONTNAME", (0, 0), (-1, -1), doc.styles.cell.fontName),
                ]
            )
        )
        doc.add(KeepTogether([*head, table, Spacer(1, 3 * mm)]))
        return
    for i, person in enumerate(result.persons):
        block: list[Flowable] = []
        if i == 0:
            block = [*head, *(doc.block(words, doc.styles.note) for words in (outcome, tests) if words)]
        block.append(doc.block(person_label(number, person), doc.styles.h3))
        block.append(doc.block(span_sentence(person, result.evidence.kind), doc.styles.note))
        block.append(statement_table(doc, statements(person)))
        doc.add(KeepTogether(block), Spacer(1, 3 * mm))


def questions(doc: Composer, report: CaseReport) -> None:
    """The questions as asked, and two competing explanations for each answer."""
    doc.section("Questions and competing hypotheses")
    if report.case.request.strip():
        doc.text("The request as received:")
        doc.text(report.case.request, keep_lines=True)
    doc.text("The questions asked of this examination:")
    doc.bullets(_questions(report))
    if not any(q.strip() for q in report.case.questions):
        doc.text("No question was entered; the standard question above was examined.", doc.styles.note)
    pairs = hypotheses(report)
    if not pairs:
        doc.text("No person was found, so no hypotheses were weighed against each other.")
        return
    doc.text(
        "Each question is weighed between two explanations of the same observations. A category says which of the two "
        "the observations favour; it does not say how probable either is."
    )
    doc.table_caption("Competing hypotheses.")
    rows = [
        (
            [
                doc.block(pair.question, doc.styles.cell_bold),
                doc.block(_listed(pair.applies_to), doc.styles.cell_muted),
            ],
            pair.first,
            pair.second,
        )
        for pair in pairs
    ]
    doc.grid(("Question, and for whom", "First hypothesis (H1)", "Second hypothesis (H2)"), rows, (2.8, 3.8, 4))


def _listed(labels: tuple[str, ...]) -> str:
    labels = tuple(label.replace(" ", "\u00a0") for label in labels)
    if len(labels) > _MOST_LABELS:
        return f"{'; '.join(labels[:_MOST_LABELS])} and {len(labels) - _MOST_LABELS:,} more"
    return "; ".join(labels)
