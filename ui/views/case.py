"""The case: what a person entered, the evidence and how far it is, notes, the custody log."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QByteArray, QDataStream, QEvent, QIODevice, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSplitter, QTabWidget, QVBoxLayout, QWidget

from core.domain.custody import CustodyStatus, KeyFacts
from core.domain.report import AuditEntry, CaseInfo
from core.domain.review import ReviewEntry
from core.domain.time import TimeRange
from ui.dropped_files import local_paths
from ui.icons import Icon, Tint, icon_pixmap
from ui.plain import spelled
from ui.theme import ButtonKind, scaled
from ui.tokens import SPACE
from ui.widgets.buttons import push_button
from ui.widgets.case_form import CaseForm
from ui.widgets.case_notes import CaseNotes
from ui.widgets.custody_log import CustodyLog
from ui.widgets.drop_overlay import DropOverlay
from ui.widgets.elided_label import ElidedLabel
from ui.widgets.evidence_panel import EvidencePanel
from ui.widgets.evidence_row import EvidenceRow, RowState
from ui.widgets.queue_strip import QueueStrip, QueueSummary

__all__ = ["CaseView"]

_LAYOUT_VERSION = 1
_MAIN_PX, _SIDE_PX = 900, 330


class CaseView(QWidget):
    """Case page. It knows nothing of the case but what it is told.

    Signals:
        info_changed: a person entered something about the case.
        files_added: files and folders to take in, list of `Path`.
        analyse_asked: list of evidence ids to analyse, resume, or analyse again.
        range_chosen: evidence id, and the `TimeRange` to analyse.
        cancel_asked, hash_check_asked: list of evidence ids.
        front_asked: evidence id, to be the next in the queue.
        pause_asked, resume_asked, cancel_all_asked: of the whole queue.
        resume_all_asked: go on with everything that was interrupted.
        item_chosen: evidence id, to be opened in the analysis view.
        folder_asked: file whose folder is to be shown.
        dismiss_asked: list of `Path`, refused inputs that are dealt with.
        note_written, note_removed: text; id of the action that wrote it.
        custody_asked: read and verify the custody log, which is in view.
        key_asked, lock_asked: choose a key to sign with; put the one that is open away.
    """

    info_changed = Signal(CaseInfo)
    files_added = Signal(list)
    analyse_asked = Signal(list)
    range_chosen = Signal(int, TimeRange)
    cancel_asked = Signal(list)
    hash_check_asked = Signal(list)
    front_asked = Signal(int)
    pause_asked = Signal()
    resume_asked = Signal()
    cancel_all_asked = Signal()
    resume_all_asked = Signal()
    item_chosen = Signal(int)
    folder_asked = Signal(Path)
    dismiss_asked = Signal(list)
    note_written = Signal(str)
    note_removed = Signal(int)
    custody_asked = Signal()
    key_asked = Signal()
    lock_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self.setAcceptDrops(True)
        self._banner_sign = QLabel(self)
        self.evidence = EvidencePanel(self)
        self.form = CaseForm(self)
        self.notes = CaseNotes(self)
        self.custody = CustodyLog(self)
        actions = self.evidence.actions_of_evidence
        self.strip = QueueStrip(actions.pause, actions.resume, self)
        self._name = ElidedLabel("", Qt.TextElideMode.ElideRight, self)
        self._name.setProperty("rank", "title")
        self._counts = QLabel(self)
        self._counts.setProperty("rank", "muted")
        self._unfinished = QLabel(self)
        self._banner = self._made_banner()
        self._sides = self._made_sides()
        self._splitter = QSplitter(Qt.Orientation.Horizontal, self)
        self._splitter.addWidget(self.evidence)
        self._splitter.addWidget(self._sides)
        self._splitter.setStretchFactor(0, 1)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setHandleWidth(SPACE)
        head = QHBoxLayout()
        head.addWidget(self._name, 1)
        head.addWidget(self._counts, 0, Qt.AlignmentFlag.AlignBottom)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * SPACE, SPACE + 4, 2 * SPACE, SPACE + 4)
        column.setSpacing(SPACE)
        column.addLayout(head)
        column.addWidget(self._banner)
        column.addWidget(self._splitter, 1)
        column.addWidget(self.strip)
        self._overlay = DropOverlay(self)
        self._connect()
        self.reset_layout()
        self.set_info(CaseInfo())
        self.set_rows(())
        self.set_unfinished(0)

    # --- what is shown

    def set_info(self, info: CaseInfo) -> None:
        """Show what was entered about the case."""
        self.form.set_info(info)
        self._name.setText(
            " – ".join(spelled(part) for part in (info.case_number, info.title) if part) or self.tr("Case")
        )

    def set_rows(self, rows: Sequence[EvidenceRow]) -> None:
        """Show these inputs; selection, sorting and place stay."""
        self.evidence.set_rows(rows)
        self._counts.setText(self._count_words(rows))

    def update_rows(self, rows: Sequence[EvidenceRow]) -> None:
        """Show how far these inputs are; the others stay as they are."""
        self.evidence.update_rows(rows)

    def set_queue(self, queue: QueueSummary) -> None:
        """Show what runs and what waits."""
        self.evidence.set_queue_state(is_busy=queue.is_busy, is_paused=queue.is_paused)
        self.strip.set_queue(queue)

    def set_unfinished(self, n_items: int) -> None:
        """Offer to go on with items that nobody works on; 0 takes the offer away."""
        one = self.tr("1 item is not finished, and nothing works on it. What was done is kept.")
        many = self.tr("%n items are not finished, and nothing works on them. What was done is kept.", "", n_items)
        self._unfinished.setText(one if n_items == 1 else many)
        self._banner.setVisible(n_items > 0)

    def set_notes(self, notes: Sequence[ReviewEntry]) -> None:
        """Show the notes on the case that hold, oldest first."""
        self.notes.set_notes(notes)

    def set_custody(self, entries: Sequence[AuditEntry], status: CustodyStatus | None) -> None:
        """Show the custody log, see `CustodyLog.set_log`."""
        self.custody.set_log(entries, status)

    def set_key(self, key: KeyFacts | None) -> None:
        """Say which key signs, see `CustodyLog.set_key`."""
        self.custody.set_key(key)

    def set_media_suffixes(self, suffixes: Sequence[str]) -> None:
        """Say which names the dialog for files shows at first, for example ``".mp4"``."""
        self.evidence.set_media_suffixes(suffixes)

    def rows(self) -> tuple[EvidenceRow, ...]:
        """Return what is shown."""
        return self.evidence.rows()

    def is_custody_shown(self) -> bool:
        """Whether the custody log is in view."""
        return self.custody.isVisible()

    def select_item(self, evidence_id: int) -> None:
        """Select an item."""
        self.evidence.table.select_keys([row.key for row in self.rows() if row.evidence_id == evidence_id])

    def commit_edits(self) -> None:
        """Announce what was typed and not yet left, for example before the window closes."""
        self.form.commit()

    def clear(self) -> None:
        """Forget the case, for example before another is shown."""
        self.notes.clear_draft()
        self.set_info(CaseInfo())
        self.set_rows(())
        self.set_queue(QueueSummary())
        self.set_unfinished(0)
        self.set_notes(())
        self.set_custody((), None)

    # --- layout, see `ui.main_window.HasLayout`

    def saved_layout(self) -> bytes:
        """Return the places of the parts and the columns."""
        data = QByteArray()
        stream = QDataStream(data, QIODevice.OpenModeFlag.WriteOnly)
        stream.writeInt32(_LAYOUT_VERSION)
        stream << self._splitter.saveState() << QByteArray(self.evidence.table.saved_columns())
        return bytes(data.data())

    def restore_layout(self, saved: bytes) -> None:
        """Take up a layout; nonsense changes nothing."""
        stream = QDataStream(QByteArray(saved))
        if stream.readInt32() != _LAYOUT_VERSION:
            return
        splitter, columns = QByteArray(), QByteArray()
        stream >> splitter >> columns
        if stream.status() == QDataStream.Status.Ok:
            self._splitter.restoreState(splitter)
            self.evidence.table.restore_columns(bytes(columns.data()))

    def reset_layout(self) -> None:
        """Put everything where it stood at first."""
        self._splitter.setSizes([_MAIN_PX, _SIDE_PX])
        self.evidence.table.reset_columns()

    # --- dropping, painting

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        """Show that files can be dropped."""
        paths = local_paths(event.mimeData())
        if paths:
            event.acceptProposedAction()
            self._overlay.show_over(len(paths))

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: N802
        """Take the veil away."""
        self._overlay.hide()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        """Hand the files on."""
        self._overlay.hide()
        event.acceptProposedAction()
        self.files_added.emit(local_paths(event.mimeData()))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Keep the veil as large as the page."""
        super().resizeEvent(event)
        self._overlay.setGeometry(self.rect())

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._paint_sign()

    # --- parts

    def _made_banner(self) -> QFrame:
        banner = QFrame(self)
        banner.setProperty("surface", "panel")
        self._unfinished.setWordWrap(True)
        go_on = push_button(self.tr("Resume all"), kind=ButtonKind.PRIMARY, glyph=Icon.PLAY, parent=banner)
        go_on.setToolTip(self.tr("Go on with every item where it stopped"))
        go_on.clicked.connect(self.resume_all_asked)
        row = QHBoxLayout(banner)
        row.setContentsMargins(SPACE + 4, SPACE, SPACE, SPACE)
        row.setSpacing(SPACE + 4)
        row.addWidget(self._banner_sign)
        row.addWidget(self._unfinished, 1)
        row.addWidget(go_on)
        self._paint_sign()
        return banner

    def _made_sides(self) -> QTabWidget:
        sides = QTabWidget(self)
        sides.setAccessibleName(self.tr("About the case"))
        sides.setMinimumWidth(scaled(32 * SPACE))
        sides.addTab(self.form, self.tr("About"))
        sides.addTab(self.notes, self.tr("Notes"))
        sides.addTab(self.custody, self.tr("Custody log"))
        return sides

    def _connect(self) -> None:
        panel = self.evidence
        for name in (
            *("files_added", "analyse_asked", "range_chosen", "cancel_asked", "hash_check_asked", "front_asked"),
            *("pause_asked", "resume_asked", "item_chosen", "folder_asked", "dismiss_asked"),
        ):
            getattr(panel, name).connect(getattr(self, name))
        self.strip.cancel_all_asked.connect(self.cancel_all_asked)
        self.form.info_changed.connect(self.info_changed)
        self.notes.note_written.connect(self.note_written)
        self.notes.note_removed.connect(self.note_removed)
        self.custody.head.refresh_asked.connect(self.custody_asked)
        self.custody.head.key_asked.connect(self.key_asked)
        self.custody.head.lock_asked.connect(self.lock_asked)
        self._sides.currentChanged.connect(self._side_shown)

    def _side_shown(self, place: int) -> None:
        if self._sides.widget(place) is self.custody:
            self.custody_asked.emit()

    def _paint_sign(self) -> None:
        pixmap = icon_pixmap(Icon.WARNING, scaled(2 * SPACE + 2), Tint.WARNING, self.devicePixelRatioF())
        self._banner_sign.setPixmap(pixmap)

    def _count_words(self, rows: Sequence[EvidenceRow]) -> str:
        n_refused = sum(row.state is RowState.REFUSED for row in rows)
        n_items = len(rows) - n_refused
        n_done = sum(row.state is RowState.DONE for row in rows)
        parts = [self.tr("1 item") if n_items == 1 else self.tr("%n items", "", n_items)] if n_items else []
        parts += [self.tr("%n done", "", n_done)] if n_items else []
        parts += [self.tr("%n not taken in", "", n_refused)] if n_refused else []
        return "  ·  ".join(parts)
