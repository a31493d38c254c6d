"""Title line of the gallery page: which gallery is open, and the ways in and out of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QMenu, QPushButton, QVBoxLayout, QWidget

from core.domain.custody import CustodyStatus
from core.domain.gallery import GalleryFacts
from ui.icons import Icon, icon
from ui.plain import spelled
from ui.shortcuts import Command, keys_of
from ui.theme import ButtonKind
from ui.tokens import SPACE
from ui.widgets.buttons import push_button
from ui.widgets.elided_label import ElidedLabel

PHOTOS = "*.jpg *.jpeg *.jpe *.jfif *.mpo *.png *.webp *.tif *.tiff *.bmp *.gif *.avif *.jp2 *.j2k"
GALLERY_SUFFIX = ".db"


class GalleryHead(QWidget):
    """Names the gallery; asks for files in dialogs that begin in the folder of the case.

    Signals:
        files_chosen: (list of `Path`, person id or None) to enrol: photos, a folder, or a list.
        search_photo_chosen: photo to search with.
        new_chosen, open_chosen: file of a gallery.
        list_export_chosen: folder in which a list of people is to be made.
        copy_export_chosen: file for a copy of the gallery.
        encrypt_chosen, passphrase_chosen, decrypt_chosen: who can read the file.
        due_chosen: who is due is to be listed.
        sign_chosen: the log is to be signed with the open key.
    """

    files_chosen = Signal(list, object)
    search_photo_chosen = Signal(Path)
    new_chosen = Signal(Path)
    open_chosen = Signal(Path)
    list_export_chosen = Signal(Path)
    copy_export_chosen = Signal(Path)
    encrypt_chosen = Signal()
    passphrase_chosen = Signal()
    decrypt_chosen = Signal()
    due_chosen = Signal()
    sign_chosen = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._start = Path.home()
        title = QLabel(self.tr("Gallery"), self)
        title.setProperty("rank", "title")
        self._path = ElidedLabel("", parent=self)
        self._path.setProperty("rank", "small")
        self._log = ElidedLabel("", Qt.TextElideMode.ElideRight, parent=self)
        self._log.setProperty("rank", "small")
        self._log.hide()
        self._log_notes = ElidedLabel("", Qt.TextElideMode.ElideRight, parent=self)
        self._log_notes.setProperty("rank", "small")
        self._log_notes.hide()
        self._add = self._menu_button(
            self.tr("Add people"),
            Icon.PERSON_ADD,
            ButtonKind.PRIMARY,
            (
                (self.tr("Photos of one person…"), Icon.IMAGE, self.choose_photos, keys_of(Command.ADD_FILES)),
                (
                    self.tr("Folder: one subfolder a person…"),
                    Icon.FOLDER,
                    self.choose_folder,
                    keys_of(Command.ADD_FOLDER),
                ),
                (self.tr("List: CSV with path,name…"), Icon.LIST, self.choose_list, ""),
            ),
        )
        self._export = self._menu_button(
            self.tr("Export"),
            Icon.EXPORT,
            ButtonKind.PLAIN,
            (
                (self.tr("List of people with their faces…"), Icon.LIST, self.choose_list_export, ""),
                (self.tr("Copy of the whole gallery…"), Icon.COPY, self.choose_copy_export, ""),
            ),
        )
        other = self._menu_button(
            self.tr("Gallery file"),
            Icon.GALLERY,
            ButtonKind.PLAIN,
            (
                (self.tr("Open another gallery…"), Icon.OPEN, self.choose_open, ""),
                (self.tr("New gallery…"), Icon.ADD, self.choose_new, ""),
                (self.tr("Sign its log with the open key"), Icon.CHECK, self.sign_chosen.emit, ""),
                (self.tr("Encrypt…"), Icon.LOCK, self.encrypt_chosen.emit, ""),
                (self.tr("Change the passphrase…"), Icon.EDIT, self.passphrase_chosen.emit, ""),
                (self.tr("Decrypt…"), Icon.EYE, self.decrypt_chosen.emit, ""),
            ),
        )
        self._sign, *self._of_key = other.menu().actions()[2:]
        tip = self.tr("List the people whose last day has passed")
        self._due = push_button("", kind=ButtonKind.PLAIN, glyph=Icon.CLOCK, tip=tip, parent=self)
        self._due.clicked.connect(self.due_chosen)
        self._due.hide()
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(title)
        words.addWidget(self._path)
        words.addWidget(self._log)
        words.addWidget(self._log_notes)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        row.addLayout(words, 1)
        for button in (self._due, self._add, self._export, other):
            row.addWidget(button)
        self.show_gallery(None)

    def show_gallery(self, facts: GalleryFacts | None) -> None:
        """Name the open gallery; None for none."""
        for button in (self._add, self._export):
            button.setEnabled(facts is not None)
        self._sign.setEnabled(facts is not None)
        encrypt, passphrase, decrypt = self._of_key
        encrypt.setVisible(facts is not None and not facts.is_encrypted)
        for action in (passphrase, decrypt):
            action.setVisible(facts is not None and facts.is_encrypted)
        if facts is None:
            self.show_due(0)
            self._path.setText(self.tr("No gallery is open"))
            return
        words = self.tr("{path}  ·  {n} photos  ·  embedder {embedder}")
        name = facts.embedder_id.rpartition(":")[0] or facts.embedder_id
        if facts.is_encrypted:
            words += self.tr("  ·  encrypted")
        self._path.setText(words.format(path=spelled(str(facts.path)), n=f"{facts.n_photos:,}", embedder=spelled(name)))

    def show_log(self, status: CustodyStatus | None, at: datetime | None = None) -> None:
        """Say whether the log was whole when it was checked, and up to where it was signed; None before that.

        What the check cannot vouch for stands below.
        """
        self._log.setVisible(status is not None)
        notes = () if status is None else status.notes
        self._log_notes.setVisible(bool(notes))
        self._log_notes.setText("\n".join(note[:1].upper() + note[1:] for note in notes))
        if status is None:
            self._log.setText("")
            return
        state = status.sentences[0] if status.findings else self.tr("whole")
        words = self.tr("Log checked at {time}: {state}, {count}  ·  {signature}").format(
            time="" if at is None else f"{at:%H:%M}",
            state=state,
            count=self.tr("1 entry")
            if status.n_entries == 1
            else self.tr("{n} entries").format(n=f"{status.n_entries:,}"),
            signature=status.signature_words,
        )
        self._log.setText(words)

    def log_text(self) -> str:
        """Return the words on the log; '' before it was checked."""
        return self._log.text()

    def log_notes(self) -> str:
        """Return what the check of the log cannot vouch for, one sentence a line; '' where there is nothing."""
        return self._log_notes.text()

    def show_due(self, n_people: int) -> None:
        """Say how many people are due; a button that is not there while nobody is."""
        words = self.tr("{n} due").format(n=f"{n_people:,}")
        self._due.setText(words)
        self._due.setAccessibleName(words)
        self._due.setVisible(n_people > 0)

    def due_text(self) -> str:
        """Return the words on who is due; '' while nobody is."""
        return "" if self._due.isHidden() else self._due.text()

    def path_text(self) -> str:
        """Return the words on the open gallery."""
        return self._path.text()

    def set_start_folder(self, folder: Path) -> None:
        """Begin all dialogs there."""
        self._start = folder

    def choose_photos(self, person_id: int | None = None) -> None:
        """Ask for photos of one person, who may be known."""
        dialog = self._dialog(self.tr("Photos of one person"), QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilters([self.tr("Photos ({suffixes})").format(suffixes=PHOTOS), self.tr("All files (*)")])
        dialog.filesSelected.connect(lambda names: self.files_chosen.emit([Path(name) for name in names], person_id))
        dialog.open()

    def choose_folder(self) -> None:
        """Ask for a folder of people's folders."""
        dialog = self._dialog(
            self.tr("Folder that holds one subfolder a person, named after them"), QFileDialog.FileMode.Directory
        )
        dialog.fileSelected.connect(lambda name: self.files_chosen.emit([Path(name)], None))
        dialog.open()

    def choose_list(self) -> None:
        """Ask for a list of photos."""
        dialog = self._dialog(self.tr("List of photos, with the columns path,name"), QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([self.tr("Lists (*.csv)"), self.tr("All files (*)")])
        dialog.fileSelected.connect(lambda name: self.files_chosen.emit([Path(name)], None))
        dialog.open()

    def choose_search_photo(self) -> None:
        """Ask for a photo to search with."""
        dialog = self._dialog(self.tr("Photo to search with"), QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([self.tr("Photos ({suffixes})").format(suffixes=PHOTOS), self.tr("All files (*)")])
        dialog.fileSelected.connect(lambda name: self.search_photo_chosen.emit(Path(name)))
        dialog.open()

    def choose_open(self) -> None:
        """Ask for a gallery."""
        dialog = self._dialog(self.tr("Open a gallery"), QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters(
            [self.tr("Galleries (*{suffix})").format(suffix=GALLERY_SUFFIX), self.tr("All files (*)")]
        )
        dialog.fileSelected.connect(lambda name: self.open_chosen.emit(Path(name)))
        dialog.open()

    def choose_new(self) -> None:
        """Ask for the file of a new gallery."""
        self._save(self.tr("New gallery"), "gallery", self.new_chosen)

    def choose_list_export(self) -> None:
        """Ask for the folder in which an export is made."""
        dialog = self._dialog(self.tr("Folder to make the export in"), QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(lambda name: self.list_export_chosen.emit(Path(name)))
        dialog.open()

    def choose_copy_export(self) -> None:
        """Ask for the file of a copy."""
        self._save(self.tr("Copy of the gallery"), "gallery-copy", self.copy_export_chosen)

    def _save(self, title: str, name: str, intent: SignalInstance) -> None:
        dialog = self._dialog(title, QFileDialog.FileMode.AnyFile)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(GALLERY_SUFFIX.lstrip("."))
        dialog.setNameFilters([self.tr("Galleries (*{suffix})").format(suffix=GALLERY_SUFFIX)])
        dialog.selectFile(name + GALLERY_SUFFIX)
        dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)  # nothing is ever overwritten; that is said later
        dialog.fileSelected.connect(lambda chosen: intent.emit(Path(chosen)))
        dialog.open()

    def _dialog(self, title: str, mode: QFileDialog.FileMode) -> QFileDialog:
        dialog = QFileDialog(self, title, str(self._start))
        dialog.setFileMode(mode)
        dialog.finished.connect(dialog.deleteLater)
        return dialog

    def _menu_button(
        self, text: str, glyph: Icon, kind: ButtonKind, entries: tuple[tuple[str, Icon, Callable[[], None], str], ...]
    ) -> QPushButton:
        button = push_button(text, kind=kind, glyph=glyph, parent=self)
        menu = QMenu(button)
        for words, sign, act, keys in entries:
            action = menu.addAction(icon(sign), f"{words}\t{keys}" if keys else words)
            action.triggered.connect(lambda _=False, act=act: act())
        button.setMenu(menu)
        return button
