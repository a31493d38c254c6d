"""One answer of the software, as the report gives it: question, category, reason, what the search returned."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ui.person_words import StatementWords
from ui.tokens import SPACE
from ui.widgets.decision_chip import DecisionChip


class StatementBox(QWidget):
    """Shows one statement; empty until told."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chip = DecisionChip(self)
        self._question = plain_label("", "muted", self)
        self._reason = plain_label("", "", self)
        self._search = plain_label("", "", self)
        font = self._search.font()
        font.setBold(True)
        self._search.setFont(font)
        head = QHBoxLayout()
        head.setSpacing(SPACE)
        head.addWidget(self._question, 1)
        head.addWidget(self._chip, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE // 2)
        column.addLayout(head)
        column.addWidget(self._reason)
        column.addWidget(self._search)

    def set_statement(self, statement: StatementWords) -> None:
        """Show another answer."""
        self._chip.set_decision(statement.decision, statement.category)
        self._question.setText(statement.question)
        self._reason.setText(statement.reason)
        self._search.setText(statement.search)
        self._search.setVisible(bool(statement.search))
        words = (statement.question, statement.category, statement.reason, statement.search)
        self.setAccessibleName(" ".join(part for part in words if part))


def plain_label(text: str, rank: str, parent: QWidget | None = None) -> QLabel:
    """Return a label for foreign text: nothing in it is taken for markup, and it may be copied."""
    label = QLabel(parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setText(text)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if rank:
        label.setProperty("rank", rank)
    return label
