"""The gallery's log is signed: tampering with entries, the end, the whole log or a signature is found and named."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from gallery_builders import make_gallery

from core.domain.custody import FindingKind
from core.errors import GalleryError
from core.evidence.examiner_key import ExaminerKey
from core.evidence.heads import signature_problem
from core.evidence.ledger import HeadLedger
from core.gallery import audit
from core.gallery.migrations import MIGRATIONS
from core.gallery.records import GalleryAction
from core.gallery.schema import APPLICATION_ID, backups_of
from core.gallery.signed_log import TRIGGERS
from core.gallery.store import Gallery

KEY, OTHER = ExaminerKey.create("J. Doe"), ExaminerKey.create("J. Doe")
K = FindingKind


@pytest.fixture
def ledger(tmp_path: Path) -> HeadLedger:
    return HeadLedger(tmp_path / "mine" / "signed-heads.jsonl")


@pytest.fixture
def path(tmp_path: Path, ledger: HeadLedger) -> Path:
    """A gallery whose log was signed twice, with an entry after that."""
    path = tmp_path / "g.db"
    with make_gallery(path) as gallery:
        for name in ("Ada", "Grace"):
            gallery.add_person(name, basis="consent", actor="ann")
        gallery.sign_log(KEY, ledger)
        gallery.add_person("Edsger", basis="consent", actor="ann")
        gallery.sign_log(KEY, ledger)
        gallery.add_person("Alan", basis="consent", actor="ann")
        assert gallery.check_log(ledger=ledger).is_whole
    return path


def opened(path: Path) -> Gallery:
    return Gallery.open(path, create=False, embedder_id=None)


def tamper(path: Path, *statements: str, chained: bool = False) -> None:
    """As somebody with the file and a database editor would, triggers out of the way and put back."""
    with closing(sqlite3.connect(path)) as conn:
        for name in TRIGGERS:
            conn.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            conn.execute(statement)
        if chained:
            rechain(conn)
        for statement in TRIGGERS.values():
            conn.execute(statement)
        conn.commit()


def rechain(conn: sqlite3.Connection) -> None:
    """Make hashes and counters anew."""
    previous = "0" * 64
    columns = "id, at, actor, action, person_id, person_token, text_sha256"
    for number, *head in conn.execute(f"SELECT {columns} FROM audit ORDER BY id").fetchall():
        previous = audit.link(previous, head)
        conn.execute("UPDATE audit SET entry_sha256 = ? WHERE id = ?", (previous, number))
    for table, key in (("audit", "id"), ("signed_heads", "number")):
        last = f"(SELECT ifnull(max({key}), 0) FROM {table})"
        conn.execute(f"UPDATE sqlite_sequence SET seq = {last} WHERE name = '{table}'")


def kinds(path: Path, ledger: HeadLedger | None = None) -> set[FindingKind]:
    with opened(path) as gallery:
        return {finding.kind for finding in gallery.check_log(ledger=ledger).findings}


def test_a_signature_names_the_log_the_count_and_the_key(path: Path, ledger: HeadLedger) -> None:
    with opened(path) as gallery:
        status, log = gallery.check_log(ledger=ledger), gallery.audit()
        head = status.signed
        assert head is not None and signature_problem(head) == ""
        assert (head.count, head.signer, head.head_sha256) == (6, "J. Doe", log[5].entry_sha256)
        assert (log[5].action, log[5].detail) == ("log signed", f"with the key {KEY.fingerprint}")
        assert (status.n_entries, status.n_unsigned) == (7, 1)
        assert gallery.sign_log(KEY, ledger) == gallery.sign_log(KEY, ledger), "nothing is signed twice"


ACTS: dict[str, tuple[str, set[FindingKind], set[FindingKind]]] = {
    # what is done; what a check calls it; and where hashes and counters were made anew
    "edit": ("UPDATE audit SET actor = 'eve' WHERE id = 2", {K.ENTRY_CHANGED}, {K.LOG_REWRITTEN}),
    "ground edited as if redacted": (
        "UPDATE audit SET basis = 'court order 99/2026', detail = '', nonce = NULL WHERE id = 2",
        {K.ENTRY_CHANGED},
        {K.ENTRY_CHANGED},
    ),
    "delete": ("DELETE FROM audit WHERE id = 2", {K.ENTRY_CHANGED}, {K.LOG_REWRITTEN}),
    "cut": ("DELETE FROM audit WHERE id > 4", {K.TAIL_CUT}, {K.TAIL_CUT}),
    "drop": ("DELETE FROM audit", {K.LOG_DROPPED}, {K.LOG_DROPPED}),
    "signature altered": (
        "UPDATE signed_heads SET head = replace(head, 'a', 'b') WHERE number = 1",
        {K.SIGNATURE_BROKEN},
        {K.SIGNATURE_BROKEN},
    ),
    "signature removed": ("DELETE FROM signed_heads WHERE number = 2", {K.SIGNATURE_MISSING}, {K.SIGNATURE_MISSING}),
    "other id": (f"UPDATE log_identity SET log_id = '{'0' * 32}'", {K.OTHER_CASE}, {K.OTHER_CASE}),
}


@pytest.mark.parametrize("chained", [False, True])
@pytest.mark.parametrize(("statement", "plain", "hidden"), ACTS.values(), ids=ACTS.keys())
def test_tampering_is_found_by_the_gallery_alone_named_and_not_signed(
    path: Path, ledger: HeadLedger, statement: str, plain: set[FindingKind], hidden: set[FindingKind], chained: bool
) -> None:
    tamper(path, statement, chained=chained)
    assert kinds(path) & (hidden if chained else plain), kinds(path)
    with opened(path) as gallery:
        before = len(gallery.audit())
        with pytest.raises(GalleryError, match="not signed, because it was tampered with"):
            gallery.sign_log(KEY, ledger)
        assert len(gallery.audit()) == before


def test_a_log_dropped_with_its_signatures_and_counters_shows_against_the_ledger(
    path: Path, ledger: HeadLedger
) -> None:
    tamper(path, "DELETE FROM audit", "DELETE FROM signed_heads", chained=True)
    assert kinds(path) == {K.PEOPLE_CHANGED}, "else what is consistent in itself is known only from outside"
    assert K.OLDER_COPY in kinds(path, ledger)


def test_a_log_signed_anew_with_another_key_shows_against_the_ledger(path: Path, ledger: HeadLedger) -> None:
    tamper(path, "UPDATE audit SET actor = 'eve' WHERE id = 2", "DELETE FROM audit WHERE id > 3", chained=True)
    tamper(path, "DELETE FROM signed_heads", chained=True)
    with opened(path) as gallery:
        for _ in range(3):
            gallery.record_view(1, actor="eve", purpose="")
        with pytest.raises(GalleryError, match="but not by its log"):
            gallery.sign_log(OTHER, HeadLedger(path.with_name("other.jsonl")))
    tamper(path, "DELETE FROM people WHERE id > 2")
    with opened(path) as gallery:
        gallery.sign_log(OTHER, HeadLedger(path.with_name("other.jsonl")))
    assert kinds(path) == set()
    assert {K.LOG_REWRITTEN, K.SIGNATURE_MISSING} <= kinds(path, ledger)


def test_an_older_copy_put_back_shows_on_the_machine_that_signed(path: Path, ledger: HeadLedger) -> None:
    older = Path(shutil.copy(path, path.with_name("older.db")))
    with opened(path) as gallery:
        gallery.sign_log(KEY, ledger)
    assert K.OLDER_COPY in kinds(older, ledger)


@pytest.mark.parametrize("name", TRIGGERS)
def test_protection_that_was_taken_out_shows(path: Path, name: str) -> None:
    with closing(sqlite3.connect(path)) as conn:
        conn.execute(f"DROP TRIGGER {name}")
    assert kinds(path) == {K.PROTECTION_REMOVED}


ERASURES: dict[str, Callable[[Gallery], object]] = {
    "a name in a ground": lambda gallery: gallery.add_person("Barbara", basis="with Ada", actor="ann"),
    "a name that is in every announcement": lambda gallery: gallery.add_person("with the key", actor="ann"),
}


@pytest.mark.parametrize("work", ERASURES.values(), ids=ERASURES.keys())
def test_an_erasure_breaks_no_signature(path: Path, ledger: HeadLedger, work: Callable[[Gallery], object]) -> None:
    with opened(path) as gallery:
        work(gallery)
        gallery.sign_log(KEY, ledger)
        for person in gallery.people():
            if person.name in ("Ada", "with the key"):
                gallery.erase_person(person.id, actor="ann", reason="asked to")
        assert gallery.check_log(ledger=ledger).is_whole


def test_a_gallery_of_an_older_schema_can_be_signed(tmp_path: Path, ledger: HeadLedger) -> None:
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as conn:
        conn.executescript("".join(MIGRATIONS[:3]))
        conn.execute("INSERT INTO embedders VALUES (1, 'e:0', 4)")
        values = (b"k" * 32, "2025-01-02T03:04:05.000000+00:00")
        conn.execute("INSERT INTO gallery (id, embedder, token_key, created_at) VALUES (1, 1, ?, ?)", values)
        conn.executescript(f"PRAGMA user_version = 3; PRAGMA application_id = {APPLICATION_ID};")
    with opened(path) as gallery:
        assert gallery.check_log().is_whole
        gallery.sign_log(KEY, ledger)
        status = gallery.check_log(ledger=ledger)
        assert status.is_whole and status.n_entries == 1 and len(status.case_id) == 32
    assert len(backups_of(path)) == 1


def test_a_signature_that_was_put_in_once_more_is_named(path: Path) -> None:
    tamper(path, "INSERT INTO signed_heads (head) SELECT head FROM signed_heads WHERE number = 2")
    with opened(path) as gallery:
        status = gallery.check_log()
    assert [finding.kind for finding in status.findings] == [K.SIGNATURE_BROKEN]
    assert "no more entries than the one before it" in status.sentences[0]


def test_what_is_wrong_with_a_gallery_is_told_of_a_gallery(path: Path, tmp_path: Path) -> None:
    elsewhere = HeadLedger(tmp_path / "elsewhere.jsonl")
    with make_gallery(tmp_path / "other.db") as other:
        other.add_person("Ada", basis="consent", actor="ann")
        foreign = other.sign_log(KEY, elsewhere)
    with opened(path) as gallery:
        sentences = gallery.check_log(known=[foreign]).sentences
    assert any("of another gallery" in sentence for sentence in sentences)
    assert not any("case" in sentence for sentence in sentences)


def test_a_redacted_text_that_is_edited_shows_and_one_redacted_twice_does_not(path: Path, ledger: HeadLedger) -> None:
    with opened(path) as gallery:
        both = gallery.add_person("Barbara", basis="known to Ada and to Grace", actor="ann")
        for person in (1, 2):
            gallery.erase_person(person, actor="ann", reason="asked to")
        status, log = gallery.check_log(ledger=ledger), gallery.audit()
        entry = next(entry for entry in log if entry.person_id == both)
        assert (entry.basis, entry.is_redacted) == ("known to [name] and to [name]", True)
        assert status.is_whole and status.notes == ()
        gallery.sign_log(KEY, ledger)
    tamper(path, f"UPDATE audit SET basis = 'known to nobody' WHERE id = {entry.id}")
    assert kinds(path, ledger) == {K.ENTRY_CHANGED}


def test_what_states_redacted_texts_is_never_redacted_itself(path: Path, ledger: HeadLedger) -> None:
    with opened(path) as gallery:
        number = gallery.add_person("entries", basis="with Ada", actor="ann")
        gallery.erase_person(1, actor="ann", reason="asked to")
        gallery.erase_person(number, actor="ann", reason="asked to")
        assert gallery.check_log(ledger=ledger).is_whole
        stated = next(entry for entry in gallery.audit() if entry.action == GalleryAction.REDACTED)
    tamper(path, f"UPDATE audit SET detail = 'none', nonce = NULL WHERE id = {stated.id}")
    assert K.ENTRY_CHANGED in kinds(path, ledger)


def test_texts_that_an_older_version_redacted_are_told_and_no_tampering(path: Path, ledger: HeadLedger) -> None:
    with opened(path) as gallery, gallery.transaction() as db:
        db.execute("UPDATE audit SET basis = '[name]', nonce = NULL WHERE id = 2")
        db.execute("DELETE FROM people WHERE id = 1")
        token = gallery.audit()[1].person_token
        audit.append(db, actor="ann", action=GalleryAction.ERASED, person_id=1, token=token)
    with opened(path) as gallery:
        status = gallery.check_log(ledger=ledger)
        assert status.is_whole and "entries 2 by an older version" in status.notes[0]
        gallery.sign_log(KEY, ledger)
        gallery.add_person("Barbara", basis="consent", actor="ann")
    tamper(path, "UPDATE audit SET basis = 'forged', nonce = NULL WHERE id = 10")
    assert kinds(path, ledger) == {K.ENTRY_CHANGED}, "nothing after that erasure is excused"
