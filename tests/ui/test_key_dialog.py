"""The dialog that opens or makes the examiner's key, and what the custody panel says of keys and signatures."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QPushButton, QWidget

from core.domain.custody import CustodyFinding, CustodyStatus, FindingKind, KeyFacts, SignedHead
from ui.dialogs.key import KeyDialog
from ui.widgets.custody_head import CustodyHead

DOE = KeyFacts(name="J. Doe", fingerprint="ab" * 32, needs_passphrase=True)
WEBER = KeyFacts(name="M. Weber", fingerprint="cd" * 32, needs_passphrase=False)


@pytest.fixture
def host(qtbot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
    return made


def shown(host: QWidget, keys=(DOE, WEBER), examiner="J. Doe") -> KeyDialog:
    dialog = KeyDialog(keys, examiner, host)
    dialog.open()
    return dialog


def line(dialog: KeyDialog, name: str) -> QLineEdit:
    return next(field for field in dialog.findChildren(QLineEdit) if field.accessibleName() == name)


def confirm(dialog: KeyDialog) -> QPushButton:
    return next(b for b in dialog.findChildren(QPushButton) if b.isDefault())


def choose(dialog: KeyDialog, text: str) -> None:
    box = dialog.findChild(QComboBox)
    box.setCurrentIndex(box.findText(text))


def test_a_stored_key_is_opened_with_its_passphrase(host, qtbot):
    dialog = shown(host)
    assert confirm(dialog).text() == "Open the key" and not line(dialog, "Examiner").isVisible()
    qtbot.keyClicks(line(dialog, "Passphrase"), "correct horse")
    assert line(dialog, "Passphrase").echoMode() is QLineEdit.EchoMode.Password
    with qtbot.waitSignal(dialog.unlock_asked) as caught:
        qtbot.keyClick(line(dialog, "Passphrase"), Qt.Key.Key_Return)
    assert caught.args == ["J. Doe", "correct horse"]
    assert dialog.isVisible() and not confirm(dialog).isEnabled(), "it waits for the answer"
    dialog.show_problem("The passphrase is wrong.")
    assert dialog.problem() == "The passphrase is wrong." and confirm(dialog).isEnabled()


def test_a_key_of_the_keyring_asks_for_nothing(host, qtbot):
    dialog = shown(host, examiner="M. Weber")
    assert not line(dialog, "Passphrase").isVisible()
    with qtbot.waitSignal(dialog.unlock_asked) as caught:
        confirm(dialog).click()
    assert caught.args == ["M. Weber", ""]


def test_without_any_key_a_new_one_is_made_in_the_examiners_name(host, qtbot):
    dialog = shown(host, keys=(), examiner="R. Franklin")
    assert confirm(dialog).text() == "Make the key" and not dialog.findChild(QComboBox).isVisible()
    qtbot.keyClicks(line(dialog, "Passphrase"), "correct horse")
    qtbot.keyClicks(line(dialog, "The same again"), "correct horse")
    with qtbot.waitSignal(dialog.create_asked) as caught:
        confirm(dialog).click()
    assert caught.args == ["R. Franklin", "correct horse"]


@pytest.mark.parametrize(
    ("name", "passphrase", "again", "problem"),
    [
        (" ", "correct horse", "correct horse", "Enter the examiner's name"),
        ("R. Franklin", "", "", "Enter the passphrase"),
        ("R. Franklin", "short", "short", "at least 8 characters"),
        ("R. Franklin", "correct horse", "correct house", "differ"),
    ],
)
def test_what_is_missing_is_said(host, qtbot, name, passphrase, again, problem):
    dialog = shown(host)
    choose(dialog, "A new key…")
    line(dialog, "Examiner").setText(name)
    line(dialog, "Passphrase").setText(passphrase)
    line(dialog, "The same again").setText(again)
    with qtbot.assertNotEmitted(dialog.create_asked):
        confirm(dialog).click()
    assert problem in dialog.problem()


def test_a_new_key_may_leave_its_secret_to_the_keyring(host, qtbot):
    dialog = shown(host, keys=(), examiner="R. Franklin")
    dialog.findChild(QCheckBox).click()
    assert not line(dialog, "Passphrase").isVisible() and not line(dialog, "The same again").isVisible()
    with qtbot.waitSignal(dialog.create_asked) as caught:
        confirm(dialog).click()
    assert caught.args == ["R. Franklin", ""]


def test_the_panel_says_who_signed_and_which_key_is_open(qtbot):
    head = CustodyHead()
    qtbot.addWidget(head)
    head.show()
    assert (head.verdict(), head.key_words()) == ("Chain not verified yet", "No key is open")
    signed = SignedHead(
        case_id="c" * 32,
        count=9,
        head_sha256="d" * 64,
        at=datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC),
        signer="J. Doe",
        fingerprint="ab" * 32,
        certificate_pem="",
        signature_hex="",
    )
    status = CustodyStatus(case_id="c" * 32, n_entries=11, head_sha256="e" * 64, signed=signed)
    head.set_status(status)
    assert head.verdict() == "Chain verified: yes · 11 entries · eeeeeeeeeeee…"
    assert head.signature() == (
        "9 entries signed by J. Doe (key abababababababab…) on 2026-03-14 at 09:26:53 UTC; "
        "2 entries since the last signature"
    )
    finding = CustodyFinding(kind=FindingKind.TAIL_CUT, sentence="the last entries are missing: <b>9</b>")
    head.set_status(replace(status, findings=(finding,) * 5))
    assert head.verdict().splitlines()[:2] == ["Chain verified: NO", "The last entries are missing: <b>9</b>."]
    head.set_key(DOE)
    assert head.key_words() == "Signing as J. Doe · key abababababab…"
    buttons = {b.text(): b.isVisible() for b in head.findChildren(QPushButton)}
    assert buttons == {"Sign with a key…": False, "Lock": True}
