"""What a weights file is in full: terms, training, how good it was measured to be, and where it is known to fail."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from core.domain.installation import MeasuredFigure, WeightsInfo
from ui.icons import Icon, icon_pixmap
from ui.plain import spelled
from ui.theme import scaled
from ui.tokens import SPACE
from ui.widgets import installation_words as words
from ui.widgets.elided_label import ElidedLabel
from ui.widgets.empty_state import EmptyState
from ui.widgets.hash_label import HashLabel

_HASH_DIGITS = 24


class WeightsDetails(QFrame):
    """Shows one weights file, or that none is selected."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "panel")
        self._shown: WeightsInfo | None = None
        self._empty = EmptyState(
            Icon.MODELS, self.tr("No weights selected"), self.tr("Select a line to read its card here."), parent=self
        )
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setAccessibleName(self.tr("Card of the selected weights"))
        column = QVBoxLayout(self)
        column.setContentsMargins(2, 2, 2, 2)
        column.addWidget(self._empty)
        column.addWidget(self._scroll)
        self.show_weights(None)

    def show_weights(self, info: WeightsInfo | None) -> None:
        """Show a weights file; None shows that nothing is selected."""
        self._shown = info
        self._empty.setVisible(info is None)
        self._scroll.setVisible(info is not None)
        if info is not None:
            self._scroll.setWidget(_Card(info))

    def text(self) -> str:
        """Return all that is said, line by line."""
        card = self._scroll.widget()
        if self._shown is None or card is None:
            return ""
        return "\n".join(label.text() for label in card.findChildren(QLabel) if label.text())


class _Card(QWidget):
    def __init__(self, info: WeightsInfo) -> None:
        super().__init__()
        self.setObjectName("page")
        self._info = info
        self._sign = QLabel(self)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        self._column.setSpacing(SPACE // 2)
        self._column.addLayout(self._head())
        self._add_state()
        self._add(self.tr("Licence and terms"), info.terms)
        self._add(self.tr("What it does"), info.description)
        if info.figures:
            self._section(self.tr("Measured quality"))
            self._column.addWidget(self._figures(info.figures))
            self._add_populations(info.figures)
        elif info.sha256:
            self._add(self.tr("Measured quality"), self.tr("Not measured by this application."))
        self._add(self.tr("Known to fail"), "\n".join(f"•  {line}" for line in info.known_failures))
        self._add(self.tr("Trained on"), info.data)
        self._add(self.tr("Training"), info.schedule)
        self._add_file()
        self._column.addStretch()
        self._paint_sign()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._paint_sign()

    def _paint_sign(self) -> None:
        glyph, tint = words.weights_sign(self._info.state)
        self._sign.setPixmap(icon_pixmap(glyph, scaled(2 * SPACE + 2), tint, self.devicePixelRatioF()))

    def _head(self) -> QHBoxLayout:
        name = ElidedLabel(self._info.name, parent=self)
        name.setProperty("rank", "title")
        head = QHBoxLayout()
        head.setSpacing(SPACE)
        head.addWidget(self._sign)
        head.addWidget(name, 1)
        return head

    def _add_state(self) -> None:
        info = self._info
        parts = (words.weights_words(info.state), words.purpose_words(info.purpose), words.origin_words(info))
        self._column.addWidget(self._label("  ·  ".join(parts), "muted"))
        if info.detail:
            self._column.addWidget(self._label(_sentence(info.detail), "error"))
            self._column.addWidget(self._label(_sentence(info.next_step), ""))

    def _add_file(self) -> None:
        info = self._info
        self._section(self.tr("File"))
        path = ElidedLabel(str(info.path), Qt.TextElideMode.ElideMiddle, self)
        self._column.addWidget(path)
        if info.sha256:
            self._column.addWidget(HashLabel(info.sha256, _HASH_DIGITS, self))
        if info.source_sha256 and info.source_sha256 != info.sha256:
            self._section(self.tr("Converted from the file with SHA-256"))
            self._column.addWidget(HashLabel(info.source_sha256, _HASH_DIGITS, self))

    def _add_populations(self, figures: tuple[MeasuredFigure, ...]) -> None:
        if any(figure.none_row is not None for figure in figures):
            note = self.tr("“None” is the same measure of the swapped face itself, without any recovery.")
            self._column.addWidget(self._label(note, "small"))
        for population in dict.fromkeys(figure.population for figure in figures if figure.population):
            self._column.addWidget(
                self._label(self.tr("Measured on {people}").format(people=spelled(population)), "small")
            )

    def _figures(self, figures: tuple[MeasuredFigure, ...]) -> QFrame:
        card = QFrame(self)
        card.setProperty("surface", "card")
        grid = QGridLayout(card)
        grid.setContentsMargins(SPACE + 4, SPACE, SPACE + 4, SPACE)
        grid.setHorizontalSpacing(2 * SPACE)
        grid.setVerticalSpacing(SPACE // 2)
        grid.setColumnStretch(0, 1)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop
        heads = (self.tr("Measure"), self.tr("With it"), self.tr("None"), self.tr("n"))
        for column, text in enumerate(heads):
            grid.addWidget(self._label(text, "section"), 0, column, right if column else Qt.AlignmentFlag.AlignLeft)
        for row, figure in enumerate(figures, start=1):
            none = "–" if figure.none_row is None else words.number_words(figure.none_row)
            measure = self._label(figure.measure, "")
            measure.setAccessibleName(f"{figure.measure}: {words.number_words(figure.value)}; {heads[2]}: {none}")
            grid.addWidget(measure, row, 0)
            cells = ((words.number_words(figure.value), ""), (none, "muted"), (f"{figure.n:,}", "muted"))
            for column, (text, rank) in enumerate(cells, start=1):
                cell = self._label(text, rank)
                cell.setWordWrap(False)
                grid.addWidget(cell, row, column, right)
        return card

    def _add(self, title: str, text: str) -> None:
        if text:
            self._section(title)
            self._column.addWidget(self._label(text, ""))

    def _section(self, title: str) -> None:
        self._column.addSpacing(SPACE)
        self._column.addWidget(self._label(title, "section"))

    def _label(self, text: str, rank: str) -> QLabel:
        label = QLabel(self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setText(text)
        label.setWordWrap(True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        if rank:
            label.setProperty("rank", rank)
        return label


def _sentence(clause: str) -> str:
    clause = clause.strip()
    return f"{clause[:1].upper()}{clause[1:]}" + ("" if clause[-1:] in ".!?" else ".")
