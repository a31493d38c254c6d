"""What will be in the report: facts of the case, warnings, what people decided, items and persons, bookmarks."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from ui.icons import Icon, Tint, icon, icon_pixmap
from ui.plain import plain_tip, spelled
from ui.theme import scaled
from ui.tokens import SPACE
from ui.widgets.elided_label import ElidedLabel
from ui.widgets.report_summary import BookmarkLine, DecisionCounts, ReportSummary, ReportWarning, WarningKind
from ui.widgets.review_tree import ReviewTree

_MOST_WARNINGS = 5
_GRAVE = (WarningKind.CHANGED, WarningKind.OUT_OF_REACH, WarningKind.FAILED)


class ReportContents(QFrame):
    """The left side of the report page.

    Signals:
        person_chosen: evidence id, person track id.
        item_chosen: evidence id.
    """

    person_chosen = Signal(int, int)
    item_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "panel")
        self._title = ElidedLabel("", Qt.TextElideMode.ElideRight, self)
        self._title.setProperty("rank", "strong")
        self._facts = self._words("muted")
        self._decisions = self._words("")
        self._warnings = QVBoxLayout()
        self._warnings.setSpacing(SPACE // 2)
        self._shown: tuple[ReportWarning, ...] = ()
        self.tree = ReviewTree(self)
        self.tree.person_chosen.connect(self.person_chosen)
        self.tree.item_chosen.connect(self.item_chosen)
        self._bookmarks_head = self._words("section")
        self._bookmarks = QListWidget(self)
        self._bookmarks.setAccessibleName(self.tr("Bookmarked frames"))
        self._bookmarks.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        self._bookmarks.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._bookmarks.setMaximumHeight(15 * SPACE)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE + 4, SPACE + 4, SPACE + 4, SPACE + 4)
        column.setSpacing(SPACE)
        column.addWidget(self._title)
        column.addWidget(self._facts)
        column.addLayout(self._warnings)
        column.addSpacing(SPACE)
        column.addWidget(self._section(self.tr("Decided by people")))
        column.addWidget(self._decisions)
        column.addSpacing(SPACE)
        column.addWidget(self._section(self.tr("Items and persons")))
        column.addWidget(self.tree, 1)
        column.addSpacing(SPACE)
        column.addWidget(self._bookmarks_head)
        column.addWidget(self._bookmarks)

    def set_summary(self, summary: ReportSummary) -> None:
        """Show what will be in the report."""
        info = summary.info
        title = " – ".join(spelled(part) for part in (info.case_number, info.title) if part)
        self._title.setText(title or self.tr("Case without a number"))
        n_questions = len([question for question in info.questions if question.strip()])
        facts = [
            self.tr("Examiner: {name}").format(name=spelled(info.examiner) or "–"),
            self.tr("Questions: {n}").format(n=n_questions or self.tr("the standard one")),
        ]
        self._facts.setText("  ·  ".join(facts))
        self._set_warnings(summary.warnings)
        self._decisions.setText(self._decision_words(summary.decisions))
        self.tree.set_items(summary.items)
        self._set_bookmarks(summary.bookmarks)

    def warning_words(self) -> list[str]:
        """Return the warnings in words."""
        return [self._warning_text(warning) for warning in self._shown]

    def decision_words(self) -> str:
        """Return the line on decisions."""
        return self._decisions.text()

    def bookmark_words(self) -> list[str]:
        """Return the bookmarks, line by line."""
        return [self._bookmarks.item(i).text() for i in range(self._bookmarks.count())]

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._set_warnings(self._shown)

    def _set_warnings(self, warnings: Sequence[ReportWarning]) -> None:
        self._shown = tuple(warnings)
        while (taken := self._warnings.takeAt(0)) is not None:
            row = taken.widget()
            if row is not None:
                row.hide()
                row.deleteLater()
        for warning in warnings[:_MOST_WARNINGS]:
            is_grave = warning.kind in _GRAVE
            sign = (Icon.ERROR, Tint.DANGER) if is_grave else (Icon.WARNING, Tint.WARNING)
            self._warnings.addWidget(self._warning_row(sign, self._warning_text(warning)))
        if len(warnings) > _MOST_WARNINGS:
            more = self.tr("{n} more like these").format(n=len(warnings) - _MOST_WARNINGS)
            self._warnings.addWidget(self._warning_row((Icon.MORE, Tint.MUTED), more))

    def _warning_row(self, sign: tuple[Icon, Tint], text: str) -> QWidget:
        row = QWidget(self)
        mark = QLabel(row)
        mark.setPixmap(icon_pixmap(sign[0], scaled(2 * SPACE), sign[1], self.devicePixelRatioF()))
        words = QLabel(row)
        words.setTextFormat(Qt.TextFormat.PlainText)
        words.setWordWrap(True)
        words.setText(text)
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(SPACE)
        line.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(words, 1)
        return row

    def _warning_text(self, warning: ReportWarning) -> str:
        texts = {
            WarningKind.NOT_FINISHED: self.tr("{name}: the analysis is not finished, and the report will say so."),
            WarningKind.FAILED: self.tr("{name}: the analysis failed; the report gives the reason."),
            WarningKind.CHANGED: self.tr("{name} has changed since it was taken in; its findings are not to be used."),
            WarningKind.OUT_OF_REACH: self.tr("{name} could not be read; its hash was not checked again."),
            WarningKind.NO_EXAMINER: self.tr("No examiner is entered; the report leaves a line to fill in."),
            WarningKind.NO_CASE_NUMBER: self.tr("No case number is entered; the report leaves a line to fill in."),
        }
        return texts[warning.kind].replace("{name}", _shortened(warning.name))

    def _decision_words(self, counts: DecisionCounts) -> str:
        parts = [
            (counts.verdicts, self.tr("1 verdict"), self.tr("{n} verdicts")),
            (counts.observations, self.tr("1 observation"), self.tr("{n} observations")),
            (counts.notes, self.tr("1 note"), self.tr("{n} notes")),
            (counts.changes, self.tr("1 change"), self.tr("{n} changes")),
        ]
        said = [one if n == 1 else many.format(n=n) for n, one, many in parts if n]
        return "  ·  ".join(said) or self.tr("Nothing yet")

    def _set_bookmarks(self, bookmarks: Sequence[BookmarkLine]) -> None:
        n = len(bookmarks)
        head = self.tr("1 bookmarked frame") if n == 1 else self.tr("{n} bookmarked frames").format(n=n)
        self._bookmarks_head.setText(head)
        self._bookmarks_head.setVisible(n > 0)
        self._bookmarks.setVisible(n > 0)
        self._bookmarks.clear()
        for mark in bookmarks:
            where = self.tr("Item {n}, {time}").format(n=mark.item_number, time=mark.time.clock())
            line = QListWidgetItem(icon(Icon.BOOKMARK, Tint.MUTED), f"{where}  {_shortened(mark.caption)}".rstrip())
            line.setToolTip(plain_tip(mark.caption) or self.tr("No caption"))
            self._bookmarks.addItem(line)

    def _section(self, text: str) -> QLabel:
        label = self._words("section")
        label.setText(text)
        return label

    def _words(self, rank: str) -> QLabel:
        label = QLabel(self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setProperty("rank", rank)
        return label


def _shortened(name: str, longest: int = 60) -> str:
    """One line of a name of any length; a word without end would push the panel wide."""
    flat = spelled(" ".join(name.split()))
    return flat if len(flat) <= longest else f"{flat[: longest // 2]}…{flat[-longest // 3 :]}"
