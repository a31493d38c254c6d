"""The pages of the preferences on reviewing and on the looks of the window."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QVBoxLayout, QWidget

from core.domain.preferences import LONGEST_ADDRESS, LONGEST_NAME, THEMES, Preferences, is_http_address
from ui.dialogs.preference_parts import PreferencesPage, add_named, named_form, words
from ui.tokens import SPACE


class ReviewPage(PreferencesPage):
    """What examiners see first, what new cases begin with, and who confirms the time of a signature."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._observations = QCheckBox(self.tr("Ask for my &observations before names of candidates are shown"), self)
        self._observations.setAccessibleName(self._observations.text().replace("&", ""))
        self._examiner = self._line()
        self._organisation = self._line()
        self._authority = QLineEdit(self)
        self._authority.setMaxLength(LONGEST_ADDRESS)
        self._authority.setPlaceholderText(self.tr("none: nothing leaves this computer"))
        reason = self.tr(
            "Whoever has read a name tends to see it in the face. What was written down before stands on its own, with "
            "the time at which it was written."
        )
        form = named_form()
        add_named(form, self.tr("&Examiner"), self._examiner)
        add_named(form, self.tr("O&rganisation"), self._organisation)
        stamped = named_form()
        hint = self.tr(
            "Asked for a time stamp (RFC 3161) at every signed export, over the network; it is sent a hash, no content."
        )
        add_named(stamped, self.tr("Address of a &time-stamp authority"), self._authority, words(hint, "small", self))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addWidget(words(self.tr("Order of looking"), "section", self))
        column.addWidget(self._observations)
        column.addWidget(words(reason, "muted", self))
        column.addSpacing(2 * SPACE)
        column.addWidget(words(self.tr("New cases begin with"), "section", self))
        column.addLayout(form)
        column.addSpacing(2 * SPACE)
        column.addWidget(words(self.tr("Signed reports"), "section", self))
        column.addLayout(stamped)
        column.addStretch()
        self._observations.toggled.connect(self.changed)
        self._examiner.textChanged.connect(self.changed)
        self._organisation.textChanged.connect(self.changed)
        self._authority.textChanged.connect(self.changed)

    def show_values(self, values: Preferences) -> None:
        """See `PreferencesPage`."""
        self._observations.setChecked(values.observations_first)
        self._examiner.setText(values.examiner)
        self._organisation.setText(values.organisation)
        self._authority.setText(values.timestamp_url)

    def edited(self, values: Preferences) -> Preferences:
        """See `PreferencesPage`."""
        return replace(
            values,
            observations_first=self._observations.isChecked(),
            examiner=self._examiner.text().strip(),
            organisation=self._organisation.text().strip(),
            timestamp_url=self._authority.text().strip(),
        )

    def problem(self) -> tuple[QWidget, str] | None:
        """See `PreferencesPage`."""
        for line in (self._examiner, self._organisation):
            text = line.text().strip()
            if text and not text.isprintable():
                return line, self.tr("This holds characters that cannot be printed: type it anew.")
        address = self._authority.text().strip()
        if address and not is_http_address(address):
            return self._authority, self.tr("This is no address that begins with http:// or https://.")
        return None

    def _line(self) -> QLineEdit:
        line = QLineEdit(self)
        line.setMaxLength(LONGEST_NAME)
        return line


class AppearancePage(PreferencesPage):
    """How the window looks.

    Signals:
        theme_chosen: one of `THEMES`, to be tried at once.
    """

    theme_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = QComboBox(self)
        texts = {"system": self.tr("As the system"), "light": self.tr("Light"), "dark": self.tr("Dark")}
        for theme in THEMES:
            self._theme.addItem(texts[theme], theme)
        form = named_form()
        hint = words(self.tr("Shown at once. Pictures stand on a dark ground in both."), "small", self)
        add_named(form, self.tr("&Theme"), self._theme, hint)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(form)
        column.addStretch()
        self._theme.currentIndexChanged.connect(self._on_chosen)

    def show_values(self, values: Preferences) -> None:
        """See `PreferencesPage`."""
        self._theme.setCurrentIndex(self._theme.findData(values.theme))

    def edited(self, values: Preferences) -> Preferences:
        """See `PreferencesPage`."""
        return replace(values, theme=self._theme.currentData())

    def _on_chosen(self) -> None:
        self.theme_chosen.emit(self._theme.currentData())
        self.changed.emit()
