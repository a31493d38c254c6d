from __future__ import annotations

import hashlib
import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
from gallery_builders import EMBEDDER, add, make_gallery, unit, write_version_1

from core.errors import GalleryError
from core.gallery.schema import APPLICATION_ID, SCHEMA_VERSION, backups_of
from core.gallery.search import GallerySearch
from core.gallery.store import Gallery


def open_existing(path: Path) -> Gallery:
    return Gallery.open(path, create=False, embedder_id=EMBEDDER, busy_timeout_s=0.2)


def schema_of(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as conn:
        rows = conn.execute("SELECT name, type FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")
        columns = {
            f"{name}.{c[1]} {c[2]} {c[3]} {c[4]}"
            for name, kind in rows.fetchall()
            if kind == "table"
            for c in conn.execute(f"PRAGMA table_info({name})")
        }
        return columns | {f"{n} {k}" for n, k in conn.execute("SELECT name, type FROM sqlite_master")}


def test_a_new_gallery_has_the_promised_settings(tmp_path: Path) -> None:
    path = tmp_path / "g.db"
    with make_gallery(path) as gallery, gallery.snapshot() as db:
        pragma = {
            name: db.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "foreign_keys", "secure_delete", "user_version", "application_id")
        }
        assert db.execute("PRAGMA busy_timeout").fetchone()[0] == 10_000
    assert pragma == {
        "journal_mode": "wal",
        "foreign_keys": 1,
        "secure_delete": 1,
        "user_version": SCHEMA_VERSION,
        "application_id": APPLICATION_ID,
    }


def test_an_old_gallery_is_backed_up_migrated_and_usable(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    embedding = unit(5)
    write_version_1(path, name="Grace Hopper", embedding=embedding)
    with open_existing(path) as gallery:
        (person,) = gallery.people()
        assert (person.name, person.note, person.n_templates) == ("Grace Hopper", "a note", 1)
        best = GallerySearch(gallery).search(embedding, threshold=0.5).candidates[0]
        assert (best.person_id, best.photo_sha256) == (1, (b"h" * 32).hex())
        gallery.rename(1, "Grace B. Hopper", actor="tester")
        assert gallery.altered_audit_entries() == []
    with make_gallery(tmp_path / "new.db"):
        pass
    assert schema_of(path) == schema_of(tmp_path / "new.db")
    (backup,) = backups_of(path)
    assert backup.name == "old.db.v1.bak"
    with closing(sqlite3.connect(backup)) as conn:
        assert conn.execute("PRAGMA user_version").fetchone() == (1,)
        assert conn.execute("SELECT name FROM people").fetchall() == [("Grace Hopper",)]


def test_an_earlier_backup_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    (tmp_path / "old.db.v1.bak").write_bytes(b"an earlier one")
    write_version_1(path, name="A", embedding=unit(1))
    open_existing(path).close()
    assert [p.name for p in backups_of(path)] == ["old.db.v1.2.bak", "old.db.v1.bak"]
    assert (tmp_path / "old.db.v1.bak").read_bytes() == b"an earlier one"


def test_a_failing_migration_leaves_the_old_gallery_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    write_version_1(path, name="A", embedding=unit(1))
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("ALTER TABLE people ADD COLUMN legal_hold TEXT")  # the second migration trips over this
        conn.commit()
    before = schema_of(path)
    with pytest.raises(GalleryError, match="legal_hold"):
        open_existing(path)
    assert schema_of(path) == before


def test_a_newer_gallery_is_refused_and_left_untouched(tmp_path: Path) -> None:
    path = tmp_path / "g.db"
    make_gallery(path).close()
    with closing(sqlite3.connect(path)) as conn:
        conn.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
        conn.execute("PRAGMA journal_mode = DELETE")
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    for create in (True, False):
        with pytest.raises(GalleryError, match=r"newer version.*Update the application"):
            Gallery.open(path, create=create, embedder_id=EMBEDDER)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before


def test_a_newer_gallerys_wal_is_not_moved_into_its_file(tmp_path: Path) -> None:
    made, path = tmp_path / "made.db", tmp_path / "g.db"
    make_gallery(made).close()
    with closing(sqlite3.connect(made)) as conn:
        conn.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
        for suffix in ("", "-wal"):  # as a killed program leaves them
            path.with_name(path.name + suffix).write_bytes(made.with_name(made.name + suffix).read_bytes())
    before = path.read_bytes()
    with pytest.raises(GalleryError, match="newer version"):
        open_existing(path)
    assert path.read_bytes() == before
    assert path.with_name("g.db-wal").stat().st_size > 0


def test_what_is_not_a_gallery_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    (tmp_path / "text.db").write_text("people: Grace")
    (tmp_path / "file").touch()
    with closing(sqlite3.connect(tmp_path / "other.db")) as conn:
        conn.execute("CREATE TABLE people (name TEXT)")
    cases = {
        "missing.db": "no gallery at this path",
        "empty.db": "file is empty",
        "text.db": "not a gallery",
        "other.db": "another program",
        ".": "a folder stands",
        "nowhere/g.db": "folder does not exist",
        "file/g.db": "folder does not exist",
    }
    for name, message in cases.items():
        with pytest.raises(GalleryError, match=message) as refusal:
            open_existing(tmp_path / name)
        assert refusal.value.path == tmp_path / name
        assert refusal.value.exit_code == 21
    with pytest.raises(GalleryError, match="no gallery at this path"):
        Gallery.open(tmp_path / "missing.db", create=True, embedder_id=None)
    assert not (tmp_path / "missing.db").exists()
    with pytest.raises(GalleryError, match="another program"):
        make_gallery(tmp_path / "other.db")
    make_gallery(tmp_path / "empty.db").close()  # what a killed creation may leave is no obstacle


@pytest.mark.skipif(sys.platform != "linux", reason="needs a folder in which not even root may write")
def test_a_folder_that_cannot_be_written_is_said_to_be_so() -> None:
    with pytest.raises(GalleryError, match="cannot be opened"):
        make_gallery(Path("/proc/gallery.db"))


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_gallery_that_may_only_be_read_is_said_to_be_so(tmp_path: Path) -> None:
    path = tmp_path / "g.db"
    make_gallery(path).close()
    path.chmod(0o400)
    with pytest.raises(GalleryError, match="may only be read"), open_existing(path) as gallery:
        gallery.add_person("A", actor="tester")


def test_a_damaged_gallery_is_said_to_be_damaged(tmp_path: Path) -> None:
    path = tmp_path / "g.db"
    with make_gallery(path) as gallery:
        person_id = gallery.add_person("A", actor="tester")
        for i in range(200):
            add(gallery, person_id, unit(i))
    whole = path.read_bytes()
    with pytest.raises(GalleryError, match="damaged"):
        path.write_bytes(whole[:4096] + b"\x55" * (len(whole) - 4096))
        with open_existing(path) as gallery:
            gallery.people()
    with pytest.raises(GalleryError, match=r"damaged|cannot be read"):
        path.write_bytes(whole[: len(whole) // 2])
        with open_existing(path) as gallery:
            GallerySearch(gallery).search(unit(1), threshold=0.5)


def test_a_locked_gallery_is_said_to_be_locked_and_stays_readable(tmp_path: Path) -> None:
    path = tmp_path / "g.db"
    make_gallery(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other, open_existing(path) as gallery:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(GalleryError, match="another program keeps the gallery locked"):
            gallery.add_person("A", actor="tester")
        assert gallery.people() == []
        other.execute("ROLLBACK")
        gallery.add_person("A", actor="tester")


def test_the_database_itself_keeps_the_audit(tmp_path: Path) -> None:
    path = tmp_path / "g.db"
    with make_gallery(path) as gallery:
        gallery.add_person("A", basis="consent", actor="ann")
        gallery.add_person("B", basis="order", actor="ann")
    with closing(sqlite3.connect(path)) as conn:
        for statement in ("DELETE FROM audit", "UPDATE audit SET actor = 'eve'"):
            with pytest.raises(sqlite3.IntegrityError, match="never"):
                conn.execute(statement)
        conn.execute("UPDATE audit SET basis = 'forged' WHERE id = 2")  # open for redaction, but it shows
        conn.execute("DROP TRIGGER audit_is_fixed")
        conn.execute("UPDATE audit SET actor = 'eve' WHERE id = 3")
        conn.commit()
    with open_existing(path) as gallery:
        assert gallery.altered_audit_entries() == [2, 3]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with a name are Unix's")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.db")
    with pytest.raises(GalleryError, match="no regular file"):
        Gallery.open(tmp_path / "pipe.db", create=False, embedder_id=None)


@pytest.mark.skipif(os.name != "posix", reason="permissions of owner and others")
def test_an_older_gallery_that_others_may_read_is_taken_from_them_with_its_backup(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    write_version_1(path, name="Grace Hopper", embedding=unit(5))
    path.chmod(0o644)
    open_existing(path).close()
    assert [p.stat().st_mode & 0o777 for p in (path, *backups_of(path))] == [0o600, 0o600]


@pytest.mark.skipif(os.name != "posix", reason="permissions of owner and others")
def test_the_permissions_of_a_file_that_is_no_gallery_are_left(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("CREATE TABLE notes (x)")
    path.chmod(0o644)
    with pytest.raises(GalleryError, match="another program"):
        open_existing(path)
    assert path.stat().st_mode & 0o777 == 0o644
