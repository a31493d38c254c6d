"""Opens the examiner's key, or makes one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QFormLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from core.domain.custody import KeyFacts
from core.domain.passphrases import SHORTEST_PASSPHRASE
from ui.theme import ButtonKind
from ui.tokens import SPACE
from ui.widgets.buttons import push_button
from ui.widgets.statement_box import plain_label


class KeyDialog(QDialog):
    """Asks which key signs and for its passphrase; show it with `open()`. It deletes itself.

    It stays open until whoever carries the wish out calls `accept`, or `show_problem` says why it could not.

    Args:
        keys: those that are stored.
        examiner: of the case: chosen at first, or the name of a new key.

    Signals:
        unlock_asked: (name, passphrase) open a stored key; the passphrase is '' where the keyring has the secret.
        create_asked: (name, passphrase) make a key; the passphrase is '' to keep the secret in the keyring.
    """

    unlock_asked = Signal(str, str)
    create_asked = Signal(str, str)

    def __init__(self, keys: Sequence[KeyFacts], examiner: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self.setWindowTitle(self.tr("Sign with a key"))
        self.setMinimumWidth(64 * SPACE)
        self._keys = tuple(keys)
        self._which = QComboBox(self)
        for key in self._keys:
            self._which.addItem(key.name)
        self._which.addItem(self.tr("A new key…"))
        self._fingerprint = plain_label("", "muted", self)
        self._name = QLineEdit(examiner, self)
        self._passphrase, self._again = self._secret_line(), self._secret_line()
        self._keyring = QCheckBox(self.tr("Keep the secret in the system's keyring"), self)
        self._keyring.setToolTip(self.tr("The operating system opens the key with your session; no passphrase"))
        self._problem = plain_label("", "error", self)
        self._confirm = push_button("", kind=ButtonKind.PRIMARY, parent=self)
        self._form = QFormLayout()
        self._arrange()
        names = [key.name for key in self._keys]
        self._which.setCurrentIndex(names.index(examiner) if examiner in names else 0)
        self._which.currentIndexChanged.connect(self._show_choice)
        self._keyring.toggled.connect(self._show_choice)
        self._confirm.clicked.connect(self._hand_in)
        self._show_choice()

    def show_problem(self, text: str) -> None:
        """Say why it could not be done; another try may follow."""
        self._problem.setText(text)
        self._problem.setVisible(bool(text))
        self._fit()
        self._set_enabled(True)
        self._passphrase.selectAll()
        self._passphrase.setFocus()

    def problem(self) -> str:
        """Return what stands in the way; '' when nothing does."""
        return self._problem.text()

    def _fit(self) -> None:
        """As high as its words are at this width."""
        layout = self.layout()
        if layout is not None:
            layout.activate()
            width = max(self.width(), self.minimumWidth())
            self.resize(width, layout.totalHeightForWidth(width))

    def _chosen(self) -> KeyFacts | None:
        """The stored key that is chosen; None for a new one."""
        place = self._which.currentIndex()
        return self._keys[place] if 0 <= place < len(self._keys) else None

    def _show_choice(self) -> None:
        key = self._chosen()
        is_new = key is None
        asks = not self._keyring.isChecked() if key is None else key.needs_passphrase
        self._fingerprint.setText("" if key is None else _in_groups(key.fingerprint))
        self._form.setRowVisible(self._fingerprint, not is_new)
        self._form.setRowVisible(self._which, bool(self._keys))
        self._form.setRowVisible(self._name, is_new)
        self._form.setRowVisible(self._passphrase, asks)
        self._form.setRowVisible(self._again, is_new and asks)
        self._form.setRowVisible(self._keyring, is_new)
        self._confirm.setText(self.tr("Make the key") if is_new else self.tr("Open the key"))
        self._confirm.setAccessibleName(self._confirm.text())
        self._problem.clear()
        self._problem.hide()
        (self._name if is_new and not self._name.text() else self._passphrase).setFocus()
        self._fit()

    def _hand_in(self) -> None:
        key = self._chosen()
        name = self._name.text().strip() if key is None else key.name
        asks = not self._keyring.isChecked() if key is None else key.needs_passphrase
        passphrase = self._passphrase.text() if asks else ""
        if problem := self._what_is_missing(key, name, asks):
            self.show_problem(problem)
            return
        self._set_enabled(False)
        (self.unlock_asked if key is not None else self.create_asked).emit(name, passphrase)

    def _what_is_missing(self, key: KeyFacts | None, name: str, asks: bool) -> str:
        passphrase = self._passphrase.text()
        if key is None and not name:
            return self.tr("Enter the examiner's name: it stands in the certificate.")
        if asks and not passphrase:
            return self.tr("Enter the passphrase.")
        if key is None and asks and len(passphrase) < SHORTEST_PASSPHRASE:
            return self.tr("Choose a passphrase of at least %n characters.", "", SHORTEST_PASSPHRASE)
        if key is None and asks and passphrase != self._again.text():
            return self.tr("The two passphrases differ.")
        return ""

    def _set_enabled(self, is_enabled: bool) -> None:
        for widget in (self._confirm, self._which, self._name, self._passphrase, self._again, self._keyring):
            widget.setEnabled(is_enabled)

    def _secret_line(self) -> QLineEdit:
        line = QLineEdit(self)
        line.setEchoMode(QLineEdit.EchoMode.Password)
        return line

    def _arrange(self) -> None:
        self._form.setHorizontalSpacing(2 * SPACE)
        self._form.setVerticalSpacing(SPACE)
        for label, field in (
            (self.tr("Key"), self._which),
            (self.tr("Fingerprint"), self._fingerprint),
            (self.tr("Examiner"), self._name),
            (self.tr("Passphrase"), self._passphrase),
            (self.tr("The same again"), self._again),
            ("", self._keyring),
        ):
            self._form.addRow(label, field)
            if label:
                field.setAccessibleName(label)
        cancel = push_button(self.tr("Cancel"), keys=self.tr("Esc"), parent=self)
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        self._confirm.setDefault(True)
        foot = QHBoxLayout()
        foot.addStretch()
        foot.addWidget(cancel)
        foot.addWidget(self._confirm)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 2 * SPACE)
        column.setSpacing(2 * SPACE)
        column.addWidget(plain_label(self.tr("Sign with the examiner's key"), "strong", self))
        what = self.tr(
            "The custody log is signed when an analysis ends, when a report is made and when the case is closed; the "
            "report is signed too. The key stays open until you lock it or leave. A lost passphrase opens nothing."
        )
        column.addWidget(plain_label(what, "muted", self))
        column.addLayout(self._form)
        column.addWidget(self._problem)
        column.addLayout(foot)


def _in_groups(fingerprint: str) -> str:
    """As people read it out, and so that it can be wrapped."""
    return " ".join(fingerprint[at : at + 8] for at in range(0, len(fingerprint), 8))
