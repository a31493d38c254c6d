"""The pages of a PDF as they will be printed: a list of pages, zoom, fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QEvent, QIODevice, QObject, QPointF, Qt
from PySide6.QtGui import QPalette, QWheelEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from ui.icons import Icon
from ui.shortcuts import Command, keys_of
from ui.theme import colour, current_palette
from ui.tokens import SPACE
from ui.widgets.buttons import tool_button
from ui.widgets.pdf_pages import PdfPages

if TYPE_CHECKING:
    from PySide6.QtPdf import QPdfDocument
    from PySide6.QtPdfWidgets import QPdfView

_STEP = 1.25
_LEAST, _MOST = 0.25, 5.0
_POINTS_PER_INCH = 72.0


class PdfPreview(QWidget):
    """Shows one document; Qt's PDF library is loaded with the first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document: QPdfDocument | None = None
        self._view: QPdfView | None = None
        self._buffer = QBuffer(self)
        self._pages = PdfPages(self)
        self._pages.page_chosen.connect(self.go_to)
        self._place = QLabel(self)
        self._place.setProperty("rank", "muted")
        self._zoom = QLabel(self)
        self._zoom.setProperty("rank", "muted")
        self._bar = self._made_bar()
        body = QHBoxLayout()
        body.setSpacing(SPACE)
        body.addWidget(self._pages)
        self._body = body
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addWidget(self._bar)
        column.addLayout(body, 1)
        self._tell_place()

    @property
    def page_count(self) -> int:
        """Number of pages; 0 before the first document."""
        return self._document.pageCount() if self._document is not None else 0

    @property
    def page(self) -> int:
        """The page in view, 0-based."""
        return self._view.pageNavigator().currentPage() if self._view is not None else 0

    @property
    def zoom(self) -> float:
        """Size on the screen over size on paper."""
        view, document = self._view, self._document
        if view is None or document is None or not document.pageCount():
            return 1.0
        if view.zoomMode() is type(view).ZoomMode.Custom:
            return view.zoomFactor()
        paper, margins = document.pagePointSize(self.page), view.documentMargins()
        width = view.viewport().width() - margins.left() - margins.right()
        height = view.viewport().height() - 2 * view.pageSpacing()
        per_point = self.logicalDpiX() / _POINTS_PER_INCH
        wide = width / (paper.width() * per_point)
        if view.zoomMode() is type(view).ZoomMode.FitToWidth:
            return wide
        return min(wide, height / (paper.height() * per_point))

    def show_pdf(self, pdf: bytes) -> None:
        """Show a document; page and zoom stay where they were."""
        document = self._parts()
        page = self.page
        self._pages.set_document(None)
        document.close()
        self._buffer.close()
        self._buffer.setData(QByteArray(pdf))
        self._buffer.open(QIODevice.OpenModeFlag.ReadOnly)
        document.load(self._buffer)
        self._pages.set_document(document)
        self.go_to(min(page, max(0, document.pageCount() - 1)))
        self._tell_place()

    def clear(self) -> None:
        """Forget the document."""
        self._pages.set_document(None)
        if self._document is not None:
            self._document.close()
        self._buffer.close()
        self._buffer.setData(QByteArray())
        self._tell_place()

    def go_to(self, page: int) -> None:
        """Bring a page into view, 0-based."""
        if self._view is not None and 0 <= page < self.page_count:
            self._view.pageNavigator().jump(page, QPointF(), 0)
            self._on_page(page)

    def zoom_by(self, steps: int) -> None:
        """Zoom in (or out, below 0) by so many steps."""
        if self._view is not None:
            factor = min(_MOST, max(_LEAST, self.zoom * _STEP**steps))
            self._view.setZoomMode(type(self._view).ZoomMode.Custom)
            self._view.setZoomFactor(factor)
            self._tell_place()

    def fit_width(self) -> None:
        """As wide as there is room."""
        if self._view is not None:
            self._view.setZoomMode(type(self._view).ZoomMode.FitToWidth)
            self._tell_place()

    def fit_page(self) -> None:
        """A whole page at once."""
        if self._view is not None:
            self._view.setZoomMode(type(self._view).ZoomMode.FitInView)
            self._tell_place()

    def place_words(self) -> str:
        """Return what the bar says of the place."""
        return self._place.text()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._tint()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Ctrl and the wheel zoom; a new width has another zoom to tell."""
        if self._view is not None and watched is self._view.viewport():
            if isinstance(event, QWheelEvent) and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                self.zoom_by(1 if event.angleDelta().y() > 0 else -1)
                return True
            if event.type() == QEvent.Type.Resize:
                self._tell_place()
        return super().eventFilter(watched, event)

    def _parts(self) -> QPdfDocument:
        if self._document is not None:
            return self._document
        from PySide6.QtPdf import QPdfDocument
        from PySide6.QtPdfWidgets import QPdfView

        document, view = QPdfDocument(self), QPdfView(self)
        view.setDocument(document)
        view.setPageMode(QPdfView.PageMode.MultiPage)
        view.setZoomMode(QPdfView.ZoomMode.FitToWidth)
        view.setAccessibleName(self.tr("Preview of the report"))
        view.setFrameShape(QFrame.Shape.NoFrame)
        view.pageNavigator().currentPageChanged.connect(self._on_page)
        view.viewport().installEventFilter(self)
        self._body.addWidget(view, 1)
        self._document, self._view = document, view
        self._tint()
        return document

    def _made_bar(self) -> QWidget:
        bar = QWidget(self)
        row = QHBoxLayout(bar)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE // 2)
        row.addWidget(self._button(Icon.CHEVRON_UP, self.tr("Page before"), lambda: self.go_to(self.page - 1)))
        row.addWidget(self._button(Icon.CHEVRON_DOWN, self.tr("Next page"), lambda: self.go_to(self.page + 1)))
        row.addSpacing(SPACE)
        row.addWidget(self._place)
        row.addStretch()
        row.addWidget(self._zoom)
        row.addSpacing(SPACE)
        out = self._button(Icon.ZOOM_OUT, self.tr("Zoom out"), lambda: self.zoom_by(-1), keys_of(Command.ZOOM_OUT))
        into = self._button(Icon.ZOOM_IN, self.tr("Zoom in"), lambda: self.zoom_by(1), keys_of(Command.ZOOM_IN))
        wide = self._button(Icon.RANGE, self.tr("Fit the width"), self.fit_width)
        whole = self._button(Icon.FIT, self.tr("Fit a whole page"), self.fit_page, keys_of(Command.FIT))
        for button in (out, into, wide, whole):
            row.addWidget(button)
        return bar

    def _button(self, glyph: Icon, name: str, act: object, keys: str = "") -> QToolButton:
        button = tool_button(glyph, name, keys=keys, parent=self)
        button.clicked.connect(act)
        return button

    def _on_page(self, page: int) -> None:
        self._pages.follow(page)
        self._tell_place()

    def _tell_place(self) -> None:
        n_pages = self.page_count
        self._bar.setEnabled(n_pages > 0)
        self._place.setText(self.tr("Page {n} of {total}").format(n=self.page + 1, total=n_pages) if n_pages else "")
        self._zoom.setText(f"{self.zoom:.0%}" if n_pages else "")

    def _tint(self) -> None:
        if self._view is not None:
            palette = self._view.palette()
            palette.setColor(QPalette.ColorRole.Dark, colour(current_palette().window))
            self._view.setPalette(palette)
