"""The left side of the gallery page: everybody, or what to do while there is nobody, and how an enrolment goes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from core.domain.gallery import PersonRecord
from ui.icons import Icon
from ui.tokens import SPACE
from ui.widgets.drop_hint import DropHint
from ui.widgets.empty_state import EmptyState
from ui.widgets.enrol_panel import EnrolPanel
from ui.widgets.people_browser import PeopleBrowser


class GalleryPeople(QWidget):
    """Takes photos, folders and lists that are dropped.

    Signals:
        files_dropped: list of `Path` to enrol.
        new_gallery_asked, photos_asked: the buttons shown while there is no gallery, or nobody in it.

    Attributes:
        browser: the people.
        enrolment: the last enrolment.
    """

    files_dropped = Signal(list)
    new_gallery_asked = Signal()
    photos_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.browser = PeopleBrowser(self)
        self.enrolment = EnrolPanel(self)
        self._no_gallery = EmptyState(
            Icon.GALLERY,
            self.tr("No gallery is open"),
            self.tr("A gallery holds the people that recovered faces are compared with. Make one, or open yours."),
            self.tr("New gallery…"),
            parent=self,
        )
        self._no_gallery.action_asked.connect(self.new_gallery_asked)
        self._no_people = EmptyState(
            Icon.PERSON_ADD,
            self.tr("Nobody is enrolled yet"),
            self.tr("Drop photos of one person here, a folder with one subfolder a person, or a CSV list."),
            self.tr("Choose photos…"),
            parent=self,
        )
        self._no_people.action_asked.connect(self.photos_asked)
        self._stack = QStackedWidget(self)
        for page in (self._no_gallery, self._no_people, self.browser):
            self._stack.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * SPACE, SPACE, SPACE, 2 * SPACE)
        column.setSpacing(SPACE + 4)
        column.addWidget(self._stack, 1)
        column.addWidget(self.enrolment)
        hint = DropHint(
            self,
            self.tr("Drop people here"),
            self.tr(
                "Photos: all of one person, whose name you enter.\n"
                "Folders: one subfolder a person, named after the person.\n"
                "Lists: CSV with the columns path,name."
            ),
        )
        hint.files_dropped.connect(self.files_dropped)

    def show_people(self, people: Sequence[PersonRecord], *, is_open: bool, is_other_gallery: bool = False) -> None:
        """List everybody, or say what to do while nobody is there, or no gallery is open."""
        self.browser.set_people(people, is_other_gallery=is_other_gallery)
        page: QWidget = self.browser if people else self._no_people
        self._stack.setCurrentWidget(page if is_open else self._no_gallery)
