"""The report page: what will be in the report, its real pages, and the way out as PDF and JSON."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QByteArray, Qt, Signal
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QFileDialog, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from ui.icons import Icon
from ui.shortcuts import Command, ShortcutGroup, command_of
from ui.theme import scaled
from ui.tokens import SPACE
from ui.widgets.empty_state import EmptyState
from ui.widgets.exported_card import ExportedCard
from ui.widgets.pdf_preview import PdfPreview
from ui.widgets.report_contents import ReportContents
from ui.widgets.report_summary import ExportedReport, PreviewPages, ReportSummary, Work
from ui.widgets.report_toolbar import ReportToolbar
from ui.widgets.scrolled import Scrolled

__all__ = ["ReportView"]

_LEFT_PX, _RIGHT_PX = 360, 860
_LEFT_LEAST_PX = 300


class ReportView(QWidget):
    """Report page. It knows nothing of the case but what it is told.

    Signals:
        page_shown: the page came into view.
        preview_asked: make the preview anew.
        cancel_asked: stop what is being done.
        export_asked: file that the PDF goes to; the JSON goes beside it.
        go_to_person: evidence id, person track id, to be shown in the analysis view.
        go_to_item: evidence id, likewise.
        go_to_case: show the case page, where analyses are started.
        folder_asked: file whose folder is to be shown.
        key_asked: open the key that signs, or make one.
    """

    page_shown = Signal()
    preview_asked = Signal()
    cancel_asked = Signal()
    export_asked = Signal(Path)
    go_to_person = Signal(int, int)
    go_to_item = Signal(int)
    go_to_case = Signal()
    folder_asked = Signal(Path)
    key_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self._summary: ReportSummary | None = None
        self._work = Work.NONE
        self._made_at: datetime | None = None
        self._is_stale = False
        self._dialog: QFileDialog | None = None
        self._toolbar = ReportToolbar(self)
        self.contents = ReportContents(self)
        self.preview = PdfPreview(self)
        self.exported = ExportedCard(self)
        self._no_preview = EmptyState(Icon.REPORT, "", "", parent=self)
        self._nothing = EmptyState(
            Icon.REPORT,
            self.tr("No report yet"),
            self.tr("A report is made from finished analyses. Analyse an item of the case, then come back here."),
            self.tr("Go to the case"),
            self,
        )
        self._right = QStackedWidget(self)
        self._right.addWidget(self._no_preview)
        self._right.addWidget(self.preview)
        self._splitter = self._made_splitter()
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self._nothing)
        self._pages.addWidget(self._splitter)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._toolbar)
        column.addWidget(self._pages, 1)
        self._connect()
        self.reset_layout()
        self.clear()

    # --- what is shown

    def show_summary(self, summary: ReportSummary) -> None:
        """Show what will be in the report."""
        self._summary = summary
        self.contents.set_summary(summary)
        self._pages.setCurrentWidget(self._splitter if summary.has_report else self._nothing)
        self._arrange()

    def show_work(self, work: Work) -> None:
        """Tell what is being done; buttons that would disturb it rest."""
        self._work = work
        self._arrange()

    def show_preview(self, preview: PreviewPages) -> None:
        """Show the pages of the report."""
        self.preview.show_pdf(preview.pdf)
        self._made_at, self._is_stale = preview.made_at, False
        self._arrange()

    def show_stale(self) -> None:
        """Tell that the case is no longer what the pages show."""
        self._is_stale = True
        self._arrange()

    def show_signer(self, name: str) -> None:
        """Tell whose key signs an exported report; '' when none is open."""
        self._toolbar.set_signer(name)

    def signer_words(self) -> str:
        """Return what the page says of the signature."""
        return self._toolbar.signer_words()

    def show_exported(self, report: ExportedReport) -> None:
        """Tell where a report lies."""
        self.exported.show_report(report)

    def clear(self) -> None:
        """Forget the case."""
        self._summary, self._made_at, self._is_stale = None, None, False
        self.preview.clear()
        self._pages.setCurrentWidget(self._nothing)
        self.exported.clear()
        self.show_work(Work.NONE)

    def choose_export(self) -> None:
        """Ask a person where the report goes."""
        if self._summary is None or not self._can_export() or self._dialog is not None:
            return
        place = self._summary.suggested_path
        dialog = QFileDialog(self, self.tr("Export the report"), str(place.parent))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        dialog.setNameFilter(self.tr("PDF, with the JSON beside it (*.pdf)"))
        dialog.setDefaultSuffix("pdf")
        dialog.selectFile(place.name)
        dialog.fileSelected.connect(lambda name: self.export_asked.emit(Path(name)))
        dialog.finished.connect(self._dialog_finished)
        self._dialog = dialog
        dialog.open()

    def state_words(self) -> str:
        """Return what the page says of itself."""
        if self._work is Work.EXPORT:
            return self.tr("Writing the report…")
        if self._work is Work.PREVIEW:
            return self.tr("Making the preview…")
        if self._made_at is None or self._summary is None:
            return ""
        if self._is_stale:
            return self.tr("The case has changed since this preview was made")
        return self.tr("Preview of {time}").format(time=f"{self._made_at.astimezone():%H:%M:%S}")

    # --- layout, see `ui.main_window.HasLayout`

    def saved_layout(self) -> bytes:
        """Return the place of the divider."""
        return bytes(self._splitter.saveState().data())

    def restore_layout(self, saved: bytes) -> None:
        """Take up a layout; nonsense changes nothing."""
        self._splitter.restoreState(QByteArray(saved))

    def reset_layout(self) -> None:
        """Put the divider where it stood at first."""
        self._splitter.setSizes([_LEFT_PX, _RIGHT_PX])

    # --- keys and showing

    def is_shown(self) -> bool:
        """Whether the page is in view."""
        return self.isVisible()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Tell that somebody looks."""
        super().showEvent(event)
        if not event.spontaneous():
            self.page_shown.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Zoom and fit."""
        match command_of(event, (ShortcutGroup.TIMELINE,)):
            case Command.ZOOM_IN:
                self.preview.zoom_by(1)
            case Command.ZOOM_OUT:
                self.preview.zoom_by(-1)
            case Command.FIT:
                self.preview.fit_page()
            case _:
                super().keyPressEvent(event)

    # --- parts

    def _connect(self) -> None:
        self._toolbar.refresh_asked.connect(self.preview_asked)
        self._no_preview.action_asked.connect(self.preview_asked)
        self._nothing.action_asked.connect(self.go_to_case)
        self._toolbar.export_asked.connect(self.choose_export)
        self._toolbar.cancel_asked.connect(self.cancel_asked)
        self._toolbar.key_asked.connect(self.key_asked)
        self.contents.person_chosen.connect(self.go_to_person)
        self.contents.item_chosen.connect(self.go_to_item)
        self.exported.folder_asked.connect(self.folder_asked)

    def _made_splitter(self) -> QSplitter:
        splitter = QSplitter(Qt.Orientation.Horizontal, self)
        right = QWidget(splitter)
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addWidget(self.exported)
        column.addWidget(self._right, 1)
        self.contents.setMinimumWidth(scaled(_LEFT_LEAST_PX))
        splitter.addWidget(Scrolled(self.contents, splitter))
        splitter.addWidget(right)
        splitter.setStretchFactor(1, 1)
        splitter.setChildrenCollapsible(False)
        splitter.setHandleWidth(SPACE)
        splitter.setContentsMargins(2 * SPACE, SPACE + 4, 2 * SPACE, SPACE + 4)
        return splitter

    def _can_export(self) -> bool:
        return self._summary is not None and self._summary.has_report and self._work is not Work.EXPORT

    def _arrange(self) -> None:
        is_busy = self._work is not Work.NONE
        self._toolbar.set_state(self.state_words(), is_busy=is_busy, is_usable=self._can_export())
        self._right.setCurrentWidget(self._no_preview if self._made_at is None else self.preview)
        if is_busy:
            text = self.tr("Evidence is hashed once more and the pages are set; this may take a while.")
            self._no_preview.set_words(self.state_words(), text)
        else:
            self._no_preview.set_words(
                self.tr("No preview yet"),
                self.tr("The pages are made from what the case holds; evidence is hashed once more for them."),
                self.tr("Make the preview"),
            )

    def _dialog_finished(self) -> None:
        dialog, self._dialog = self._dialog, None
        if dialog is not None:
            dialog.deleteLater()
