"""Thresholds with their measured error rates beside them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from core.domain.report import ErrorRate
from core.domain.thresholds import ThresholdRow, ThresholdSubject, ThresholdTable
from ui.icons import Icon, Tint, icon_pixmap
from ui.theme import scaled
from ui.tokens import SPACE
from ui.widgets.installation_words import percent_words

_NEARLY_ONE = 0.995


class ThresholdView(QWidget):
    """Shows a `ThresholdTable` for the recovery model that is chosen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._table = ThresholdTable()
        self._model = ""
        self._is_known = False
        self._sign = QLabel(self)
        self._warning = _label("", "", self)
        self._foot = _label("", "small", self)
        self._card = QFrame(self)
        intro = self.tr(
            "Thresholds are not set by hand. Each was found on people the networks never saw, and is shown with how "
            "often it errs. Brackets hold the 95\u00a0% interval."
        )
        said = QHBoxLayout()
        said.setSpacing(SPACE)
        said.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        said.addWidget(self._warning, 1)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SPACE + 4)
        self._column.addWidget(_label(intro, "muted", self))
        self._column.addLayout(said)
        self._column.addWidget(self._card)
        self._column.addWidget(self._foot)
        self._column.addStretch()
        self._show()

    def show_table(self, table: ThresholdTable) -> None:
        """Show these rates; one without rows says that nothing was measured."""
        self._table, self._is_known = table, True
        self._show()

    def show_model(self, model: str) -> None:
        """Say which recovery model is chosen: the rates hold for one alone."""
        self._model = model
        self._show()

    def text(self) -> str:
        """Return all it says, line by line."""
        return "\n".join(
            label.text() for label in self.findChildren(QLabel) if label.text() and label.isVisibleTo(self)
        )

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._paint_sign()

    def _show(self) -> None:
        fits = bool(self._table.rows) and self._model in ("", self._table.model)
        self._warning.setText(self._doubt())
        self._warning.setVisible(bool(self._warning.text()))
        self._sign.setVisible(bool(self._warning.text()))
        former, self._card = self._card, self._rates() if fits else QFrame(self)
        self._column.replaceWidget(former, self._card)
        former.hide()
        former.deleteLater()
        self._card.setVisible(fits)
        self._foot.setVisible(fits)
        self._foot.setText(
            self.tr("Measured on {people}. Calibration {id}.").format(
                people=self._table.population, id=self._table.calibration_id
            )
        )
        self._paint_sign()

    def _doubt(self) -> str:
        if not self._is_known:
            return self.tr("The table is being read…")
        if not self._table.rows:
            return self.tr("No error rates are installed: candidates are ranked, and every finding stays inconclusive.")
        if self._model not in ("", self._table.model):
            return self.tr(
                "No error rates were measured with {model}: its candidates are ranked, and every finding stays "
                "inconclusive. They were measured with {measured}."
            ).format(model=self._model, measured=self._table.model or self.tr("weights that are not installed"))
        if not all(row.is_search_usable for row in self._table.rows):
            return self.tr(
                "The gallery is so large that in most searches a stranger may reach the strictest threshold, were all "
                "enrolled people of one group: no finding on it is called supported. Search fewer people at a time."
            )
        return ""

    def _rates(self) -> QFrame:
        card = QFrame(self)
        card.setProperty("surface", "card")
        grid = QGridLayout(card)
        grid.setContentsMargins(2 * SPACE, SPACE + 4, 2 * SPACE, SPACE + 4)
        grid.setHorizontalSpacing(2 * SPACE)
        grid.setVerticalSpacing(SPACE + 2)
        grid.setColumnStretch(0, 3)
        n_people = self._table.n_people
        search = self.tr("Search") if n_people is None else self.tr("Search of {n} people").format(n=f"{n_people:,}")
        heads = (
            self.tr("Decision"),
            self.tr("Threshold"),
            self.tr("Wrongly yes\nfalse match rate"),
            self.tr("Wrongly no\nfalse non-match rate"),
            search + self.tr("\nfalse positives"),
        )
        for column, text in enumerate(heads):
            grid.addWidget(_label(text, "section", card), 0, column, Qt.AlignmentFlag.AlignTop)
        for place, row in enumerate(fewest_and_most(self._table.rows), start=1):
            for column, cell in enumerate(self._cells(row, card)):
                grid.addWidget(cell, place, column, Qt.AlignmentFlag.AlignTop)
        return card

    def _cells(self, row: ThresholdRow, card: QFrame) -> tuple[QWidget, ...]:
        positive, negative = row.false_positive, row.false_negative
        threshold = f"{positive.threshold:.3f}"
        if negative.threshold != positive.threshold:
            threshold = self.tr("from {yes}\nbelow {no}").format(yes=threshold, no=f"{negative.threshold:.3f}")
        search = "–"
        if row.subject is not ThresholdSubject.FORGERY:
            search = self.tr("no gallery open")
        if row.search_false_positive is not None:
            search = percent_words(row.search_false_positive)
            if row.search_false_positive < _NEARLY_ONE:
                search = self.tr("up to {rate}").format(rate=search)
            if not row.is_search_usable:
                search += "\n" + self.tr("too many people")
        cells = (
            self._decision(row, card),
            _label(threshold, "", card),
            self._rate(positive, card),
            self._rate(negative, card),
            _label(search, "" if row.is_search_usable else "error", card),
        )
        cells[4].setToolTip(
            self.tr("Chance that a search yields somebody although the person sought is not in the gallery")
        )
        return cells

    def _decision(self, row: ThresholdRow, card: QFrame) -> QLabel:
        words = self._subject(row.subject)
        if row.subject in (ThresholdSubject.SOURCE, ThresholdSubject.TARGET):
            frames = self.tr("1 frame") if row.n_frames == 1 else self.tr("{n} frames").format(n=f"{row.n_frames:,}")
            words += f"\n{frames}"
        label = _label(words, "", card)
        if row.cllr is not None:
            cost = self.tr("Cost of the likelihood ratios, Cllr: {cost} (0 is perfect, 1 of no use)")
            label.setToolTip(cost.format(cost=f"{row.cllr:.2f}"))
        return label

    def _subject(self, subject: ThresholdSubject) -> str:
        return {
            ThresholdSubject.FORGERY: self.tr("The face is forged"),
            ThresholdSubject.SOURCE: self.tr("Recovered source is the candidate"),
            ThresholdSubject.TARGET: self.tr("Recovered target is the candidate"),
            ThresholdSubject.PHOTO: self.tr("Photo shows the candidate"),
        }[subject]

    def _rate(self, rate: ErrorRate, card: QFrame) -> QWidget:
        interval = self.tr("[{low} – {high}]").format(low=percent_words(rate.low), high=percent_words(rate.high))
        label = _label(f"{percent_words(rate.rate)}\n{interval}", "", card)
        label.setToolTip(self.tr("{n} comparisons").format(n=f"{rate.trials:,}"))
        return label

    def _paint_sign(self) -> None:
        glyph, tint = (Icon.WARNING, Tint.WARNING) if self._is_known else (Icon.CLOCK, Tint.MUTED)
        self._sign.setPixmap(icon_pixmap(glyph, scaled(2 * SPACE + 2), tint, self.devicePixelRatioF()))


def fewest_and_most(rows: Sequence[ThresholdRow]) -> list[ThresholdRow]:
    """For each subject the rows of the fewest and of the most frames; those between lie between."""
    shown = []
    for subject in dict.fromkeys(row.subject for row in rows):
        of_subject = sorted((row for row in rows if row.subject is subject), key=lambda row: row.n_frames)
        shown += of_subject[:1] if len(of_subject) == 1 else [of_subject[0], of_subject[-1]]
    return shown


def _label(text: str, rank: str, parent: QWidget) -> QLabel:
    label = QLabel(parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setText(text)
    label.setWordWrap(True)
    if rank:
        label.setProperty("rank", rank)
    return label
