"""Where the parts of the analysis page stand: video in the middle, time below, panels at the sides."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

from ui.tokens import SPACE

_LAYOUT_VERSION = 1
_SIDE_PX = 56 * SPACE
_TIME_PX = 28 * SPACE


class AnalysisDocks(QMainWindow):
    """Docks around the video.

    Args:
        video: stands in the middle.
        time_parts: stand below it, always.
    """

    def __init__(self, video: QWidget, time_parts: QWidget, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Widget)
        self.setDockNestingEnabled(True)
        self.setCentralWidget(video)
        self.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        self._person = self._dock("person", self.tr("Person"))
        self._faces = self._dock("faces", self.tr("Faces"))
        self._time = self._dock("time", self.tr("Timeline"))
        self._time.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
        self._time.setTitleBarWidget(QWidget(self._time))
        self._time.setWidget(time_parts)
        self.reset_layout()

    def set_person_panel(self, panel: QWidget) -> None:
        """Put the panel of persons right of the video."""
        self._person.setWidget(panel)
        self.reset_layout()

    def set_face_strip(self, strip: QWidget) -> None:
        """Put the faces left of the video."""
        self._faces.setWidget(strip)
        self.reset_layout()

    def panel_actions(self) -> tuple[QAction, ...]:
        """Return what shows and hides the panels."""
        return self._person.toggleViewAction(), self._faces.toggleViewAction()

    def saved_layout(self) -> bytes:
        """Return where the docks stand."""
        return bytes(self.saveState(_LAYOUT_VERSION).data())

    def restore_layout(self, saved: bytes) -> None:
        """Put the docks where they stood; nonsense is ignored, and a dock with nothing in it stays away."""
        self.restoreState(QByteArray(saved), _LAYOUT_VERSION)
        self._hide_empty()

    def reset_layout(self) -> None:
        """Put the docks where they stood at first."""
        places = (
            (self._faces, Qt.DockWidgetArea.LeftDockWidgetArea),
            (self._person, Qt.DockWidgetArea.RightDockWidgetArea),
            (self._time, Qt.DockWidgetArea.BottomDockWidgetArea),
        )
        for dock, area in places:
            dock.setFloating(False)
            self.addDockWidget(area, dock)
            dock.show()
        self._hide_empty()
        self.resizeDocks([self._person, self._faces], [_SIDE_PX, _SIDE_PX], Qt.Orientation.Horizontal)
        self.resizeDocks([self._time], [_TIME_PX], Qt.Orientation.Vertical)

    def _hide_empty(self) -> None:
        for dock in (self._person, self._faces):
            has_panel = dock.widget() is not None
            dock.toggleViewAction().setVisible(has_panel)
            if not has_panel:
                dock.hide()

    def _dock(self, name: str, title: str) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setObjectName(name)
        return dock
