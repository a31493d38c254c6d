"""The preview of a PDF: its real pages, leafed through and zoomed."""

from functools import lru_cache
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtPdfWidgets import QPdfView
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.report.pdf import pdf_bytes
from tests import builders_report as build
from ui.widgets.pdf_preview import PdfPreview

FONTS = Path(__file__).parents[2] / "resources" / "fonts"


@lru_cache(maxsize=2)
def document(name: str) -> bytes:
    return pdf_bytes(build.CASES[name](), fonts_dir=FONTS)


@pytest.fixture
def preview(qtbot: QtBot) -> PdfPreview:
    made = PdfPreview()
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    return made


def turn_wheel(preview: PdfPreview, angle: int) -> None:
    """With Ctrl held, over the pages."""
    none, control = Qt.MouseButton.NoButton, Qt.KeyboardModifier.ControlModifier
    middle, still = QPointF(100, 100), QPoint()
    event = QWheelEvent(middle, middle, still, QPoint(0, angle), none, control, Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(preview.findChild(QPdfView).viewport(), event)


def test_the_real_pages_are_shown_and_can_be_leafed_through(preview: PdfPreview, qtbot: QtBot) -> None:
    preview.show_pdf(document("full"))
    assert preview.page_count > 10
    assert preview.place_words() == f"Page 1 of {preview.page_count}"
    preview.go_to(7)
    assert preview.page == 7
    preview.go_to(preview.page_count)
    assert preview.page == 7, "there is no such page"
    preview._pages.setCurrentIndex(preview._pages.model().index(2))
    assert preview.page == 2
    preview.show_pdf(document("empty"))
    assert preview.page == 2, "a fresh preview stays at the place"
    drawn = preview._pages.model()._drawn
    qtbot.waitUntil(lambda: 2 in drawn)
    preview.show_pdf(document("full"))
    qtbot.waitUntil(lambda: 2 in drawn and not preview._pages.model()._wanted)
    assert len(drawn) < preview.page_count, "pages out of sight are not drawn"


def test_zoom_and_fit_by_wheel_and_buttons(preview: PdfPreview) -> None:
    preview.show_pdf(document("empty"))
    QApplication.processEvents()
    wide = preview.zoom
    turn_wheel(preview, 120)
    assert preview.zoom == pytest.approx(wide * 1.25)
    turn_wheel(preview, -120)
    turn_wheel(preview, -120)
    assert preview.zoom == pytest.approx(wide / 1.25)
    preview.fit_page()
    assert preview.zoom < wide
    preview.fit_width()
    assert preview.zoom == pytest.approx(wide)
    for _ in range(30):
        preview.zoom_by(1)
    assert preview.zoom == 5.0


def test_many_previews_in_a_row_leave_one(preview: PdfPreview) -> None:
    for number in range(40):
        preview.show_pdf(document("full" if number % 2 else "empty"))
        QApplication.processEvents()
    assert preview.page_count > 10
    preview.clear()
    assert preview.page_count == 0
