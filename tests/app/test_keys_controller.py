"""The examiner's key in the window: made, opened, signing, put away."""

from random import Random

import pytest
from case_desk import PATIENCE_MS

from app.controllers.keys import KeysController
from core.casefile.opening import DATABASE_NAME
from core.casefile.row_tampering import RowAct, tamper_rows
from core.casefile.store import CaseFile
from core.domain.report import CaseInfo
from core.evidence.examiner_key import KeyStore
from core.evidence.ledger import HeadLedger
from ui.dialogs.confirm import ConfirmDialog
from ui.dialogs.key import KeyDialog
from ui.views.case import CaseView

PASSPHRASE = "correct horse"


class Bench:
    def __init__(self, session, qtbot):
        self.session, self.view = session, CaseView()
        qtbot.addWidget(self.view)
        self.dialogs: list[KeyDialog] = []
        self.failures: list[object] = []
        session.failed.connect(self.failures.append)
        self.controller = KeysController(session, self.view, self._make)

    def _make(self, keys, examiner):
        self.dialogs.append(KeyDialog(keys, examiner, self.view))
        return self.dialogs[-1]


@pytest.fixture
def bench(untrained, qtbot):
    from app.session import Session
    from core.domain.preferences import Preferences

    session = Session(untrained, Preferences())
    made = Bench(session, qtbot)
    yield made
    made.controller.close()
    session.shut_down()


@pytest.fixture
def folder(bench, qtbot, tmp_path):
    with qtbot.waitSignal(bench.session.case_opened, timeout=PATIENCE_MS):
        bench.session.open_case(tmp_path / "case", create=True, info=CaseInfo(examiner="E. Xaminer"))
    return tmp_path / "case"


def asked(bench, qtbot):
    n = len(bench.dialogs)
    bench.view.custody.head.key_asked.emit()
    qtbot.waitUntil(lambda: len(bench.dialogs) == n + 1, timeout=PATIENCE_MS)
    return bench.dialogs[-1]


def made(bench, qtbot):
    dialog = asked(bench, qtbot)
    with qtbot.waitSignal(bench.controller.signed, timeout=PATIENCE_MS) as caught:
        dialog.create_asked.emit("E. Xaminer", PASSPHRASE)
    return caught.args[0]


def test_a_new_key_signs_the_log_at_once_and_the_ledger_knows_it(bench, folder, qtbot):
    head = made(bench, qtbot)
    assert KeyStore(bench.session.folders.keys).open("E. Xaminer", PASSPHRASE).fingerprint == head.fingerprint
    assert HeadLedger(bench.session.folders.head_ledger).heads(head.case_id) == (head,)
    assert bench.view.custody.head.key_words().startswith("Signing as E. Xaminer")
    assert bench.session.key.fingerprint == head.fingerprint


def test_a_wrong_passphrase_is_said_in_the_dialog_which_stays(bench, folder, qtbot):
    KeyStore(bench.session.folders.keys).create("E. Xaminer", PASSPHRASE)
    dialog = asked(bench, qtbot)
    dialog.unlock_asked.emit("E. Xaminer", "wrong")
    qtbot.waitUntil(lambda: dialog.problem() != "", timeout=PATIENCE_MS)
    assert "the passphrase is wrong" in dialog.problem() and bench.session.key is None
    with qtbot.waitSignal(bench.controller.signed, timeout=PATIENCE_MS):
        dialog.unlock_asked.emit("E. Xaminer", PASSPHRASE)
    assert bench.failures == []


def test_a_dialog_that_was_cancelled_while_the_key_is_derived_signs_nothing(bench, folder, qtbot):
    KeyStore(bench.session.folders.keys).create("E. Xaminer", PASSPHRASE)
    dialog = asked(bench, qtbot)
    dialog.unlock_asked.emit("E. Xaminer", PASSPHRASE)
    dialog.reject()
    again = asked(bench, qtbot)  # answered after the key: what was asked first is answered first
    assert bench.session.key is None and again is not dialog
    with CaseFile.open(folder, create=False) as case:
        assert case.signed_head() is None


def test_asking_twice_before_the_keys_are_read_opens_one_dialog(bench, folder, qtbot):
    bench.controller.ask()
    bench.controller.ask()
    qtbot.waitUntil(lambda: len(bench.dialogs) == 1, timeout=PATIENCE_MS)
    bench.dialogs[0].reject()
    asked(bench, qtbot)
    assert len(bench.dialogs) == 2


def test_opening_a_case_is_logged_and_closing_it_signs(bench, folder, qtbot):
    made(bench, qtbot)
    bench.session.case.ask(lambda case: case.append_audit("E. Xaminer", "viewed", "item 1"))
    bench.session.close_case()
    bench.controller.close()
    bench.session.shut_down()
    with CaseFile.open(folder, create=False) as case:
        status, log = case.check_log(ledger=HeadLedger(bench.session.folders.head_ledger)), case.audit()
    assert status.is_whole and status.n_unsigned == 0
    assert [(line.actor, line.action) for line in log] == [
        ("E. Xaminer", "case facts entered"),
        ("E. Xaminer", "case made"),
        ("E. Xaminer", "case opened"),
        ("E. Xaminer", "log signed"),
        ("E. Xaminer", "viewed"),
        ("E. Xaminer", "log signed"),
    ]


def test_an_ended_analysis_is_signed_and_a_locked_key_signs_no_more(bench, folder, qtbot):
    made(bench, qtbot)
    bench.session.case.ask(lambda case: case.append_audit("unswap", "analysis finished", "clip"))
    with qtbot.waitSignal(bench.controller.signed, timeout=PATIENCE_MS) as caught:
        bench.session.result_changed.emit(1)
    assert caught.args[0].count == 6
    bench.view.custody.head.lock_asked.emit()
    assert bench.session.key is None and bench.view.custody.head.key_words() == "No key is open"
    with qtbot.assertNotEmitted(bench.controller.signed, wait=200):
        bench.session.result_changed.emit(1)


def test_a_case_that_was_tampered_with_is_not_signed_and_the_window_says_why(bench, folder, qtbot):
    made(bench, qtbot)
    tamper_rows(folder / DATABASE_NAME, RowAct.EDIT_FACTS, Random(1))
    with qtbot.assertNotEmitted(bench.controller.signed, wait=200), qtbot.waitSignal(bench.session.failed):
        bench.session.result_changed.emit(1)
    (failure,) = bench.failures
    assert failure.what.startswith("the case is not signed, because it was tampered with: what was entered about the")
    assert failure.path == folder / DATABASE_NAME and "unswap custody" in failure.next_step
    bench.session.close_case()
    bench.controller.close()
    bench.session.shut_down()
    with CaseFile.open(folder, create=False) as case:
        assert [line.action for line in case.audit()].count("log signed") == 1, "not at closing either"


def question(bench):
    return next((d for d in bench.view.findChildren(ConfirmDialog) if d.isVisible()), None)


def colleagues(bench, qtbot, tmp_path):
    """The case of somebody else, opened while the key of E. Xaminer is open."""
    with CaseFile.open(tmp_path / "other", create=True) as case:
        case.set_case_info(CaseInfo(examiner="M. Weber"))
    with qtbot.waitSignal(bench.session.case_opened, timeout=PATIENCE_MS):
        bench.session.open_case(tmp_path / "other")
    return tmp_path / "other"


def signatures(folder):
    with CaseFile.open(folder, create=False) as case:
        return [line.actor for line in case.audit() if line.action == "log signed"]


def test_opening_a_case_of_ones_own_signs_nothing(bench, folder, qtbot):
    made(bench, qtbot)
    bench.session.close_case()
    with (
        qtbot.assertNotEmitted(bench.controller.signed, wait=300),
        qtbot.waitSignal(bench.session.case_opened, timeout=PATIENCE_MS),
    ):
        bench.session.open_case(folder)
    assert question(bench) is None and bench.session.case_key is bench.session.key
    assert bench.view.custody.head.key_words().startswith("Signing as E. Xaminer")


def test_a_case_of_somebody_else_is_not_signed_unless_a_person_says_so(bench, folder, qtbot, tmp_path):
    made(bench, qtbot)
    signers = []
    bench.controller.key_changed.connect(signers.append)
    other = colleagues(bench, qtbot, tmp_path)
    assert question(bench).windowTitle() == "Sign this case as E. Xaminer?"
    bench.session.result_changed.emit(1)
    question(bench).reject()
    bench.session.result_changed.emit(1)
    assert bench.session.case_key is None and bench.session.key is not None and signers[-1] == ""
    with qtbot.waitSignal(bench.session.case_opened, timeout=PATIENCE_MS):
        bench.session.open_case(folder)
    assert bench.session.case_key is bench.session.key and signers[-1] == "E. Xaminer"
    bench.controller.close()
    bench.session.shut_down()
    assert signatures(other) == []


def test_a_case_of_somebody_else_is_signed_when_a_person_says_so_once(bench, folder, qtbot, tmp_path):
    made(bench, qtbot)
    other = colleagues(bench, qtbot, tmp_path)
    with qtbot.assertNotEmitted(bench.controller.signed, wait=200):
        question(bench).accept()
    qtbot.waitUntil(lambda: question(bench) is None)
    with qtbot.waitSignal(bench.controller.signed, timeout=PATIENCE_MS):
        bench.session.result_changed.emit(1)
    bench.session.set_info(CaseInfo(title="named", examiner="M. Weber"))
    with qtbot.waitSignal(bench.session.info_changed):
        pass
    assert question(bench) is None, "asked once"
    bench.session.close_case()
    bench.controller.close()
    bench.session.shut_down()
    assert len(signatures(other)) == 2, "after the analysis and at closing"


def test_a_question_goes_with_its_case(bench, folder, qtbot, tmp_path):
    made(bench, qtbot)
    colleagues(bench, qtbot, tmp_path)
    bench.session.close_case()
    qtbot.waitUntil(lambda: question(bench) is None)
