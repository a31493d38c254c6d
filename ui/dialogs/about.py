"""What the program is, which version, and what it does not do."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ui.icons import application_icon
from ui.tokens import SPACE
from ui.widgets.buttons import push_button


class AboutDialog(QDialog):
    """Deletes itself when closed."""

    def __init__(self, version: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("About Unswap"))
        picture = QLabel(self)
        picture.setPixmap(application_icon().pixmap(64, 64))
        picture.setAlignment(Qt.AlignmentFlag.AlignTop)
        name = QLabel(self.tr("Unswap {version}").format(version=version), self)
        name.setProperty("rank", "title")
        text = QLabel(
            self.tr(
                "Recovers the source and the target face behind a face swap, ranks people of a gallery against both, "
                "and writes an evidence report.\n\n"
                "Recovered faces are reconstructions: generated pixels, never photographs. Software ranks candidates. "
                "People decide.\n\n"
                "It works offline and opens no network connection by itself."
            ),
            self,
        )
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setWordWrap(True)
        text.setMinimumWidth(52 * SPACE)
        close = push_button(self.tr("Close"), keys=self.tr("Esc"), parent=self)
        close.clicked.connect(self.close)
        column = QVBoxLayout()
        column.setSpacing(2 * SPACE)
        column.addWidget(name)
        column.addWidget(text, 1)
        column.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)
        row = QHBoxLayout(self)
        row.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 2 * SPACE)
        row.setSpacing(3 * SPACE)
        row.addWidget(picture)
        row.addLayout(column, 1)
