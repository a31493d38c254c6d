"""The preferences, with what each of them means for the work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QTabWidget, QVBoxLayout, QWidget

from core.domain.installation import DeviceInfo, WeightsInfo
from core.domain.preferences import Preferences
from core.domain.thresholds import ThresholdTable
from ui.dialogs.analysis_page import AnalysisPage
from ui.dialogs.preference_pages import AppearancePage, ReviewPage
from ui.dialogs.preference_parts import PreferencesPage, words
from ui.icons import Icon
from ui.theme import ButtonKind
from ui.tokens import SPACE
from ui.widgets.buttons import push_button
from ui.widgets.threshold_view import ThresholdView

_OF_ANALYSES = ("device", "sample_period_s", "frames_per_person", "candidates", "model", "detector")


class PreferencesDialog(QDialog):
    """Edits `Preferences`; show it with `open()`. It deletes itself when closed.

    Args:
        values: as they are now.

    Signals:
        preferences_changed: (Preferences) a person saved other values.
        theme_tried: (str) a theme to be shown at once; comes again with the former one when nothing is saved.
    """

    preferences_changed = Signal(object)
    theme_tried = Signal(str)

    def __init__(self, values: Preferences, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self.setWindowTitle(self.tr("Preferences"))
        self.resize(720, 600)
        self._initial = values
        self._marked: QWidget | None = None
        self._analysis = AnalysisPage(self)
        self._thresholds = ThresholdView(self)
        self._review = ReviewPage(self)
        self._appearance = AppearancePage(self)
        self._pages: tuple[PreferencesPage, ...] = (self._analysis, self._review, self._appearance)
        self._tabs = QTabWidget(self)
        self._consequence = words("", "small", self)
        self._problem = words("", "error", self)
        self._save = push_button(self.tr("Save"), kind=ButtonKind.PRIMARY, parent=self)
        self._arrange()
        self.show_values(values)
        for page in self._pages:
            page.changed.connect(self._validate)
        self._appearance.theme_chosen.connect(self.theme_tried)
        self._save.clicked.connect(self._hand_in)
        self.rejected.connect(lambda: self.theme_tried.emit(self._initial.theme))
        self._tabs.currentChanged.connect(self._validate)
        self._validate()

    def show_values(self, values: Preferences) -> None:
        """Fill in all fields."""
        for page in self._pages:
            page.show_values(values)

    def show_devices(self, devices: Sequence[DeviceInfo]) -> None:
        """Say which devices there are."""
        self._analysis.show_devices(devices)

    def show_weights(self, weights: Sequence[WeightsInfo]) -> None:
        """Say which weights there are."""
        self._analysis.show_models(weights)

    def show_thresholds(self, table: ThresholdTable) -> None:
        """Show the measured error rates."""
        self._thresholds.show_table(table)

    def values(self) -> Preferences:
        """Return what is entered.

        Raises:
            ValueError: a field holds something impossible; see `problem`.
        """
        edited = self._initial
        for page in self._pages:
            edited = page.edited(edited)
        return edited

    def problem(self) -> str:
        """Return what stands in the way of saving; '' when nothing does."""
        return self._problem.text()

    @property
    def can_save(self) -> bool:
        """Whether something was changed and nothing stands in the way."""
        return self._save.isEnabled()

    def consequence(self) -> str:
        """Return what the changes mean for analyses."""
        return self._consequence.text()

    def restore_defaults(self) -> None:
        """Fill in the defaults; names, gallery and lists of cases stay."""
        kept = self._initial
        self.show_values(
            replace(
                Preferences(),
                gallery=kept.gallery,
                examiner=kept.examiner,
                organisation=kept.organisation,
                recent_cases=kept.recent_cases,
                checked_version=kept.checked_version,
            )
        )

    def _validate(self) -> None:
        found = next((problem for page in self._pages if (problem := page.problem()) is not None), None)
        self._mark(found[0] if found is not None else None)
        self._problem.setText(self._located(found) if found is not None else "")
        self._problem.setVisible(found is not None)
        edited = self.values() if found is None else None
        self._save.setEnabled(edited is not None and edited != self._initial)
        restarts = edited is not None and any(
            getattr(edited, name) != getattr(self._initial, name) for name in _OF_ANALYSES
        )
        self._consequence.setText(
            self.tr(
                "Videos analysed from now on use the new settings. Stored results stay as they are until their video "
                "is analysed again; that then starts anew. Decisions on its persons are kept, and apply to nobody then."
            )
            if restarts
            else self.tr("Each result keeps the settings it was made with; they are in the report.")
        )
        self._consequence.setVisible(found is None)
        self._thresholds.show_model(self._analysis.chosen_model())

    def _located(self, problem: tuple[QWidget, str]) -> str:
        """The words of a problem, with the page that has it unless that is in view."""
        field, text = problem
        for place in range(self._tabs.count()):
            page = self._tabs.widget(place)
            if page is not None and page.isAncestorOf(field) and place != self._tabs.currentIndex():
                return f"{self._tabs.tabText(place).replace('&', '')}: {text}"
        return text

    def _mark(self, field: QWidget | None) -> None:
        for widget, is_invalid in ((self._marked, False), (field, True)):
            if widget is not None:
                widget.setProperty("invalid", is_invalid)
                widget.style().unpolish(widget)
                widget.style().polish(widget)
        self._marked = field

    def _hand_in(self) -> None:
        values = self.values()
        self._initial = values
        self.preferences_changed.emit(values)
        self.accept()

    def _arrange(self) -> None:
        for page, title in (
            (self._analysis, self.tr("&Analysis")),
            (self._thresholds, self.tr("Error &rates")),
            (self._review, self.tr("Re&view and cases")),
            (self._appearance, self.tr("A&ppearance")),
        ):
            ground = QWidget(self)
            inner = QVBoxLayout(ground)
            inner.setContentsMargins(SPACE, 2 * SPACE, SPACE, SPACE)
            inner.addWidget(page)
            self._tabs.addTab(ground, title)
        self._tabs.setAccessibleName(self.tr("Pages of the preferences"))
        restore = push_button(
            self.tr("Restore defaults"),
            kind=ButtonKind.FLAT,
            glyph=Icon.REFRESH,
            tip=self.tr("All settings but names and gallery; nothing is saved yet"),
            parent=self,
        )
        restore.clicked.connect(self.restore_defaults)
        cancel = push_button(self.tr("Cancel"), keys=self.tr("Esc"), parent=self)
        cancel.clicked.connect(self.reject)
        for button in (restore, cancel):
            button.setAutoDefault(False)
        self._save.setDefault(True)
        foot = QHBoxLayout()
        foot.setSpacing(SPACE)
        foot.addWidget(restore)
        foot.addStretch()
        foot.addWidget(cancel)
        foot.addWidget(self._save)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * SPACE, SPACE, 2 * SPACE, 2 * SPACE)
        column.setSpacing(SPACE)
        column.addWidget(self._tabs, 1)
        for said in (self._consequence, self._problem):
            column.addWidget(said)
        column.addLayout(foot)
