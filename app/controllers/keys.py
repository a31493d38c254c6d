"""The examiner's key in the window: opened or made on request, signs while it is open, put away at the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.session import Session
from app.signing import sign_log
from app.workers.desk import Desk
from core.domain.custody import KeyFacts
from core.domain.events import ErrorReport
from ui.dialogs.confirm import ConfirmDialog
from ui.dialogs.key import KeyDialog
from ui.views.case import CaseView

if TYPE_CHECKING:
    from core.casefile.store import CaseFile
    from core.evidence.examiner_key import ExaminerKey, KeyStore

MakeDialog = Callable[[Sequence[KeyFacts], str], KeyDialog]


class _Keys:
    """The store, for a desk: deriving a key and asking a keyring take long."""

    def __init__(self, store: KeyStore) -> None:
        self.store = store

    def close(self) -> None:
        """Nothing is held open."""

    def facts(self) -> tuple[KeyFacts, ...]:
        """What may be shown of the stored keys; damaged ones are left out."""
        from core.errors import ExaminerKeyError

        found: list[KeyFacts] = []
        for name in self.store.names():
            try:
                found.append(self.fact(name))
            except ExaminerKeyError:
                continue
        return tuple(found)

    def fact(self, name: str) -> KeyFacts:
        """What may be shown of one key."""
        from core.evidence.examiner_key import certificate_fingerprint
        from core.evidence.sealed_key import SecretPlace

        return KeyFacts(
            name=name,
            fingerprint=certificate_fingerprint(self.store.certificate(name)),
            needs_passphrase=self.store.secret_place(name) is SecretPlace.PASSPHRASE,
        )


class KeysController(QObject):
    """Joins the custody panel, the dialog and the session's key.

    The log is signed when a key is opened on an open case, when an analysis ends, and when the case is closed; a
    report signs it itself. Opening a case signs nothing, and a key that does not bear its examiner's name signs it only
    when a person says so, once for each opening.

    Args:
        session: keeps the open key; its case is signed.
        view: the case page.
        make_dialog: makes the dialog for (stored keys, examiner), usually with the window as its parent.

    Signals:
        signed: `SignedHead`; the log has a new entry.
        key_changed: name of the key that signs the open case now, '' for none.
    """

    signed = Signal(object)
    key_changed = Signal(str)

    def __init__(self, session: Session, view: CaseView, make_dialog: MakeDialog) -> None:
        super().__init__(session)
        self._session, self._view, self._make_dialog = session, view, make_dialog
        self._dialog: KeyDialog | None = None
        self._is_asking = False
        self._facts: KeyFacts | None = None
        self._agreed = False
        self._question: ConfirmDialog | None = None
        self._desk: Desk[_Keys] = Desk("keys", self)
        self._desk.unexpected.connect(session.failed)
        view.key_asked.connect(self.ask)
        view.lock_asked.connect(self.lock)
        session.case_opened.connect(self._on_case_opened)
        session.info_changed.connect(self._on_info_changed)
        session.case_closed.connect(self._drop_question)
        session.case_closing.connect(self.sign)
        session.result_changed.connect(lambda _: self.sign())

    def ask(self) -> None:
        """Ask which key signs."""
        if self._dialog is not None:
            self._dialog.raise_()
            return
        if self._is_asking:
            return
        self._is_asking = True
        self._open_desk()
        self._desk.ask(lambda keys: keys.facts(), self._show_dialog, self._on_no_keys)

    def lock(self) -> None:
        """Put the key away."""
        self._session.key, self._facts, self._agreed = None, None, False
        self._drop_question()
        self._view.set_key(None)
        self.key_changed.emit("")

    def sign(self) -> None:
        """Sign where the custody log ends; nothing happens without a key that signs this case."""
        session, key = self._session, self._session.case_key
        if key is None or session.case_folder is None:
            return
        folders = session.folders
        session.case.write(lambda case: sign_log(case, key, folders), self.signed.emit)

    def close(self) -> None:
        """End the worker."""
        self._desk.stop()

    def _on_case_opened(self) -> None:
        session = self._session
        actor = session.actor

        def work(case: CaseFile) -> None:
            case.append_audit(actor, "case opened", f"in a window, {case.path}")

        session.case.write(work)
        self._agreed = False
        self._fit_key()

    def _on_info_changed(self) -> None:
        """Another examiner may have been entered."""
        if not self._agreed:
            self._fit_key()

    def _fit_key(self) -> None:
        """See whether the key signs the open case, and ask where it is not its examiner's."""
        key, examiner = self._session.key, self._session.info.examiner
        if key is None:
            return
        self._drop_question()
        is_own = not examiner or examiner == key.name
        self._set_signing(is_own)
        if not is_own:
            self._question = question = self._signing_question(key.name, examiner)
            question.confirmed.connect(self._agree)
            question.finished.connect(self._forget_question)
            question.open()

    def _set_signing(self, signs: bool) -> None:
        self._session.signs_case = signs
        key = self._session.case_key
        self._view.set_key(self._facts if key is not None else None)
        self.key_changed.emit(key.name if key is not None else "")

    def _agree(self) -> None:
        self._agreed = True
        self._set_signing(True)

    def _signing_question(self, name: str, examiner: str) -> ConfirmDialog:
        return ConfirmDialog(
            self.tr("Sign this case as {name}?").format(name=name),
            self.tr(
                "Its examiner is {examiner}, and the key of {name} is open. If it signs here, analyses, reports and "
                "the closing of the case are signed by {name}; else nothing is signed until you open a key here."
            ).format(examiner=examiner, name=name),
            confirm_text=self.tr("Sign as {name}").format(name=name),
            is_dangerous=True,
            parent=self._view.window(),
        )

    def _drop_question(self) -> None:
        if self._question is not None:
            self._question.reject()

    def _forget_question(self) -> None:
        self._question = None

    def _open_desk(self) -> None:
        folder = self._session.folders.keys

        def make() -> _Keys:
            from core.evidence.examiner_key import KeyStore

            return _Keys(KeyStore(folder))

        if not self._desk.is_open:
            self._desk.open(make, None, self._on_no_keys)

    def _on_no_keys(self, error: ErrorReport) -> None:
        self._is_asking = False
        self._session.failed.emit(error)

    def _show_dialog(self, keys: tuple[KeyFacts, ...]) -> None:
        self._is_asking = False
        session = self._session
        examiner = session.info.examiner or session.preferences.examiner
        self._dialog = dialog = self._make_dialog(keys, examiner)
        dialog.unlock_asked.connect(lambda name, text: self._open_key(name, lambda keys: keys.store.open(name, text)))
        dialog.create_asked.connect(
            lambda name, text: self._open_key(name, lambda keys: keys.store.create(name, text or None))
        )
        dialog.finished.connect(self._forget_dialog)
        dialog.open()

    def _open_key(self, name: str, work: Callable[[_Keys], ExaminerKey]) -> None:
        asked_by = self._dialog

        def opened(answer: tuple[ExaminerKey, KeyFacts]) -> None:
            if self._dialog is not asked_by:
                return  # cancelled meanwhile: nothing is signed that nobody wants any longer
            self._session.key, self._facts = answer
            self._agree()  # whoever opens a key in a case wants it to sign there
            if self._dialog is not None:
                self._dialog.accept()
            self.sign()

        def failed(error: ErrorReport) -> None:
            if self._dialog is None:
                self._session.failed.emit(error)
                return
            words = f"{error.what}. {error.next_step}."
            self._dialog.show_problem(words[:1].upper() + words[1:])

        self._desk.ask(lambda keys: (work(keys), keys.fact(name)), opened, failed)

    def _forget_dialog(self) -> None:
        self._dialog = None
