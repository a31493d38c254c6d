from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import keyring
import keyring.backend
import keyring.errors
import pytest
from gallery_builders import EMBEDDER, add, make_gallery, unit

from core.errors import GalleryError, GalleryLockedError
from core.gallery import conversion_lock, sqlite_engine
from core.gallery.conversion import decrypt_gallery, encrypt_gallery
from core.gallery.conversion_lock import converting, lock_path, wait_for_conversion
from core.gallery.export import copy_gallery
from core.gallery.key_file import GalleryKey, key_path
from core.gallery.keys import change_passphrase, is_encrypted, unlock
from core.gallery.pages import decrypted_database, decrypted_wal
from core.gallery.records import GalleryAction
from core.gallery.search import GallerySearch
from core.gallery.store import Gallery

PNG_HEADER = bytes.fromhex("89504e470d0a1a0a0000000d494844520000006000000060")
THUMBNAIL = PNG_HEADER + random.Random(1).randbytes(9000)  # longer than two pages of the file
NAME = "Zsófia Markerová"
SECRET = "five small words, nobody guesses"
MARKERS = {
    "name": NAME.encode(),
    "name in UTF-16": NAME.encode("utf-16-le"),
    "note": b"note-marker",
    "template": unit(99, 128).tobytes()[:64],
    "photo": THUMBNAIL[100:200],
    "log": b"purpose-marker",
}


class MemoryKeyring(keyring.backend.KeyringBackend):
    """A keyring that forgets at the end; the operating system's own is not for tests to write to."""

    priority = 1.0  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.kept.pop((service, username), None) is None:
            raise keyring.errors.PasswordDeleteError("not there")


@pytest.fixture
def memory_keyring() -> Iterator[MemoryKeyring]:
    before = keyring.get_keyring()
    made = MemoryKeyring()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A plain gallery with one person of known bytes and twenty others."""
    with make_gallery(tmp_path / "g.db") as gallery:
        fill(gallery)
    return tmp_path / "g.db"


def fill(gallery: Gallery) -> None:
    person = gallery.add_person(NAME, note="note-marker", basis="consent", actor="ann")
    add(gallery, person, unit(99, 128), thumbnail_png=THUMBNAIL, photo_sha256="5a" * 32)
    for i in range(20):
        add(gallery, gallery.add_person(f"Other {i}", actor="ann"), unit(i, 128))
    gallery.record_lookup(actor="bob", purpose="purpose-marker", detail="")


def seen(folder: Path) -> set[str]:
    """Which markers stand in any file of the folder."""
    files = {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()}
    return {f"{what} in {name}" for what, marker in MARKERS.items() for name, data in files.items() if marker in data}


def opened(path: Path, key: GalleryKey | None) -> Gallery:
    return Gallery.open(path, create=False, embedder_id=EMBEDDER, key=key, busy_timeout_s=0.2)


def test_encrypting_leaves_no_readable_byte_and_everything_works_as_before(path: Path) -> None:
    assert len({s.split(" in ")[0] for s in seen(path.parent)}) == len(MARKERS) - 1  # SQLite keeps no UTF-16 here
    done = encrypt_gallery(path, passphrase=SECRET, actor="ann")
    assert (done.removed_backups, done.copies_left) == ((), ())
    assert is_encrypted(path)
    assert sorted(p.name for p in path.parent.iterdir()) == ["g.db", "g.db.key"]
    with opened(path, unlock(path, SECRET)) as gallery:
        fill(gallery)
        found = GallerySearch(gallery, actor="bob").search(unit(99, 128), threshold=0.9)
        assert [m.name for m in found.above_threshold] == [NAME, NAME]
        assert gallery.audit()[0].action == GalleryAction.CREATED
        assert GalleryAction.ENCRYPTED in [e.action for e in gallery.audit()]
        assert gallery.altered_audit_entries() == []
        assert (path.parent / "g.db-wal").stat().st_size > 0
        assert seen(path.parent) == set()  # while it is open and its WAL is full
    assert seen(path.parent) == set()


def test_a_keyring_that_is_switched_off_is_not_trusted_with_the_only_key(path: Path) -> None:
    from keyring.backends.null import Keyring

    before = keyring.get_keyring()
    keyring.set_keyring(Keyring())
    try:
        with pytest.raises(GalleryError, match="keyring keeps nothing"):
            encrypt_gallery(path, passphrase=None, in_keyring=True, actor="ann")
    finally:
        keyring.set_keyring(before)
    assert not is_encrypted(path)
    with opened(path, None) as gallery:
        assert NAME in [person.name for person in gallery.people()]


def test_what_sqlite_writes_aside_stays_in_memory(path: Path) -> None:
    with opened(path, None) as gallery, gallery.snapshot() as db:
        assert db.execute("PRAGMA temp_store").fetchone()[0] == 2
    encrypt_gallery(path, passphrase=SECRET, actor="ann")
    with opened(path, unlock(path, SECRET)) as gallery, gallery.snapshot() as db:
        assert db.execute("PRAGMA temp_store").fetchone()[0] == 2


def test_without_the_right_passphrase_nobody_opens_it(path: Path) -> None:
    encrypt_gallery(path, passphrase=SECRET, actor="ann")
    with pytest.raises(GalleryLockedError, match=r"is encrypted\. Give its passphrase"):
        opened(path, None)
    with pytest.raises(GalleryLockedError, match="passphrase does not open"):
        unlock(path, SECRET + " ")
    with pytest.raises(GalleryError, match="does not belong to this gallery"):
        opened(path, GalleryKey.new())
    with pytest.raises(GalleryError, match="fewer than 8 characters"):
        change_passphrase(path, unlock(path, SECRET), "short", in_keyring=None)
    key_path(path).unlink()
    with pytest.raises(GalleryError, match=r"not a gallery.*g\.db\.key"):
        opened(path, None)


@pytest.mark.parametrize("field", ["salt", "nonce", "sealed", "passes", "gallery"])
def test_an_altered_key_file_does_not_open(path: Path, field: str) -> None:
    encrypt_gallery(path, passphrase=SECRET, actor="ann")
    text = key_path(path).read_text()
    start = text.index(f'"{field}": ') + len(field) + 5
    digit = next(i for i in range(start, len(text)) if text[i].isalnum())
    key_path(path).write_text(text[:digit] + ("4" if text[digit] != "4" else "5") + text[digit + 1 :])
    with pytest.raises(GalleryError):
        unlock(path, SECRET)


def test_a_planted_key_file_cannot_exhaust_the_machine(path: Path) -> None:
    encrypt_gallery(path, passphrase=SECRET, actor="ann")
    text = key_path(path).read_text()
    key_path(path).write_text(text.replace('"memory_kib": 65536', '"memory_kib": 999999999'))
    with pytest.raises(GalleryError, match="out of bounds"):
        unlock(path, SECRET)


def test_another_passphrase_seals_the_same_key_and_leaves_the_gallery_alone(path: Path) -> None:
    encrypt_gallery(path, passphrase=SECRET, actor="ann")
    before = path.read_bytes()
    key = unlock(path, SECRET)
    change_passphrase(path, key, "another long passphrase", in_keyring=None)
    assert path.read_bytes() == before
    assert unlock(path, "another long passphrase") == key
    with pytest.raises(GalleryLockedError):
        unlock(path, SECRET)


def test_the_keyring_opens_the_gallery_and_can_be_left_again(path: Path, memory_keyring: MemoryKeyring) -> None:
    encrypt_gallery(path, passphrase=None, in_keyring=True, actor="ann")
    key = unlock(path)
    with opened(path, key) as gallery:
        assert len(gallery.people()) == 21
    with pytest.raises(GalleryError, match="nothing would open"):
        change_passphrase(path, key, None, in_keyring=False)
    change_passphrase(path, key, SECRET, in_keyring=False)
    assert memory_keyring.kept == {}
    assert unlock(path, SECRET) == key
    with pytest.raises(GalleryLockedError):
        unlock(path)


def test_a_lost_keyring_is_said_so(path: Path, memory_keyring: MemoryKeyring) -> None:
    encrypt_gallery(path, passphrase=None, in_keyring=True, actor="ann")
    memory_keyring.kept.clear()
    with pytest.raises(GalleryError, match="does not hold it here"):
        unlock(path)


def test_decrypting_gives_the_same_people_back_and_forgets_the_key(path: Path) -> None:
    with opened(path, None) as gallery:
        before = gallery.people()
    encrypt_gallery(path, passphrase=SECRET, actor="ann")
    decrypt_gallery(path, unlock(path, SECRET), actor="ann")
    assert not is_encrypted(path)
    assert [p.name for p in path.parent.iterdir()] == ["g.db"]
    with opened(path, None) as gallery:
        assert gallery.people() == before
        assert gallery.altered_audit_entries() == []
        assert gallery.audit()[-1].action == GalleryAction.DECRYPTED


def test_a_gallery_in_use_is_not_converted(path: Path) -> None:
    with opened(path, None), pytest.raises(GalleryError, match="locked"):
        encrypt_gallery(path, passphrase=SECRET, actor="ann", busy_timeout_s=0.1)
    with opened(path, None) as gallery:
        assert len(gallery.people()) == 21
    assert not key_path(path).exists()
    encrypt_gallery(path, passphrase=SECRET, actor="ann")
    key = unlock(path, SECRET)
    with opened(path, key), pytest.raises(GalleryError, match="locked"):
        decrypt_gallery(path, key, actor="ann", busy_timeout_s=0.1)
    assert unlock(path, SECRET) == key


def killed(work: Callable[[], object], path: Path, step: int) -> bool:
    """Do `work` in a process of its own that kills itself at a step on the gallery's files; whether it came to that."""
    child = os.fork()
    if child:
        return os.WIFSIGNALED(os.waitpid(child, 0)[1])
    left = step

    def watch(event: str, args: tuple[object, ...]) -> None:
        nonlocal left
        if event in ("os.rename", "os.link", "os.remove", "open") and path.name in str(args[0]):
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    try:
        work()
    finally:
        os._exit(0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system cannot fork")
@pytest.mark.parametrize("action", ["encrypt", "decrypt"])
def test_killed_at_any_step_the_gallery_is_the_former_or_the_new_one(path: Path, action: str, tmp_path: Path) -> None:
    key = None
    if action == "decrypt":
        encrypt_gallery(path, passphrase=SECRET, actor="ann")
        key = unlock(path, SECRET)
    start = {p.name: p.read_bytes() for p in tmp_path.iterdir()}

    def convert() -> None:
        if key is None:
            encrypt_gallery(path, passphrase=SECRET, actor="ann")
        else:
            decrypt_gallery(path, key, actor="ann")

    step, was_killed, ends = 0, True, set()
    while was_killed:
        for p in tmp_path.iterdir():
            p.unlink()
        for name, data in start.items():
            (tmp_path / name).write_bytes(data)
        step += 5
        was_killed = killed(convert, path, step)
        ends.add(is_encrypted(path))
        with opened(path, (key or unlock(path, SECRET)) if is_encrypted(path) else None) as gallery:
            assert len(gallery.people()) == 21, step
            assert gallery.altered_audit_entries() == [], step
        names = {p.name for p in tmp_path.iterdir() if not p.name.startswith(".g.db.key.")}  # that is sealed
        assert names <= {"g.db", "g.db.key"}, step
        assert not is_encrypted(path) or seen(tmp_path) == set(), step
    assert step > 20
    assert ends == {True, False}


CONVERTER = """
import sys
from pathlib import Path
from core.gallery import conversion
def wait(*arguments, **options):
    print("verified", flush=True)
    sys.stdin.readline()
    return kept(*arguments, **options)
kept, conversion.new_key_file = conversion.new_key_file, wait
conversion.encrypt_gallery(Path(sys.argv[1]), passphrase=sys.argv[2], actor="ann")
"""


def test_nobody_opens_a_gallery_that_another_process_encrypts(path: Path) -> None:
    """What was written into it now would be overwritten; and its verified copy is no leftover."""
    root = Path(__file__).parents[3]
    with subprocess.Popen(
        [sys.executable, "-c", CONVERTER, str(path), SECRET],
        env={**os.environ, "PYTHONPATH": str(root)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as converter:
        assert converter.stdout is not None
        assert converter.stdin is not None
        assert converter.stdout.readline() == "verified\n"
        with pytest.raises(GalleryError, match="encrypts or decrypts"):
            opened(path, None)
        with pytest.raises(GalleryError, match="encrypts or decrypts"):
            encrypt_gallery(path, passphrase=SECRET, actor="bob", busy_timeout_s=0.1)
        assert path.with_name("g.db.converting").stat().st_size
        converter.stdin.write("go on\n")
        converter.stdin.close()
        assert converter.wait(timeout=60) == 0
    with opened(path, unlock(path, SECRET)) as gallery:
        assert len(gallery.people()) == 21
    assert sorted(p.name for p in path.parent.iterdir()) == ["g.db", "g.db.key"]


def test_a_lock_that_a_killed_conversion_left_is_none(path: Path) -> None:
    lock_path(path).touch()
    opened(path, None).close()
    assert [p.name for p in path.parent.iterdir()] == ["g.db"]


def test_of_two_that_open_a_gallery_none_takes_away_the_lock_of_a_conversion(path: Path) -> None:
    lock_path(path).touch()  # of a killed conversion
    first = conversion_lock._held(path, 0, makes=False)
    with pytest.raises(GalleryError, match="just now"):  # the second one waits, and holds nothing to let go of
        wait_for_conversion(path, 0)
    conversion_lock._let_go(path, first)
    with converting(path, 0):
        with pytest.raises(GalleryError, match="just now"):
            wait_for_conversion(path, 0)
        assert lock_path(path).exists()
    assert not lock_path(path).exists()


def test_where_the_copy_is_lost_the_former_file_is_the_gallery(path: Path) -> None:
    path.rename(path.with_name("g.db.converted"))
    with make_gallery(path) as gallery:
        assert len(gallery.people()) == 21
    assert [p.name for p in path.parent.iterdir()] == ["g.db"]


def test_a_second_name_of_the_gallery_is_never_overwritten(path: Path) -> None:
    former = path.with_name("g.db.converted")
    former.hardlink_to(path)
    opened(path, None).close()
    assert not former.exists()
    with opened(path, None) as gallery:
        assert len(gallery.people()) == 21


def test_a_copy_that_differs_is_not_taken(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.gallery import conversion

    monkeypatch.setattr(conversion, "_is_same", lambda source, table: table != "templates")
    before = path.read_bytes()
    with pytest.raises(GalleryError, match="not the same"):
        encrypt_gallery(path, passphrase=SECRET, actor="ann")
    assert [p.name for p in path.parent.iterdir()] == ["g.db"]
    with opened(path, None) as gallery:
        assert len(gallery.people()) == 21
    assert len(before) == path.stat().st_size


def test_a_copy_of_an_encrypted_gallery_is_encrypted_and_opens_with_the_same_passphrase(path: Path) -> None:
    encrypt_gallery(path, passphrase=SECRET, actor="ann")
    copy = path.with_name("copy.db")
    with opened(path, unlock(path, SECRET)) as gallery:
        copy_gallery(gallery, copy, actor="ann")
    assert seen(path.parent) == set()
    with opened(copy, unlock(copy, SECRET)) as gallery:
        assert len(gallery.people()) == 21


def test_an_encrypted_gallery_of_an_older_version_is_backed_up_encrypted(tmp_path: Path) -> None:
    from gallery_builders import write_version_1

    path = tmp_path / "old.db"
    write_version_1(path, name=NAME, embedding=unit(1))
    key = GalleryKey.new()
    with closing(sqlite_engine.connect_unencrypted(path, busy_timeout_s=1)) as conn:
        conn.execute("PRAGMA journal_mode = DELETE")
        conn.execute("ATTACH DATABASE ? AS made KEY ?", [str(tmp_path / "new.db"), key.literal])
        conn.execute("SELECT sqlcipher_export('made')")
        for pragma in ("user_version", "application_id"):
            conn.execute(f"PRAGMA made.{pragma} = {conn.execute(f'PRAGMA {pragma}').fetchone()[0]}")
    (tmp_path / "new.db").replace(path)
    with opened(path, key) as gallery:
        assert [p.name for p in gallery.people()] == [NAME]
        assert seen(tmp_path) == set()
        assert (tmp_path / "old.db.v1.bak").stat().st_size
        assert gallery.erase_person(1, actor="ann", reason="").removed_backups == ("old.db.v1.bak",)


def test_erased_bytes_are_gone_from_the_decrypted_pages_too(path: Path) -> None:
    encrypt_gallery(path, passphrase=SECRET, actor="ann")
    key = unlock(path, SECRET)

    def in_the_clear() -> bytes:
        wal = path.with_name("g.db-wal")
        return decrypted_database(path.read_bytes(), key) + decrypted_wal(wal.read_bytes(), key)

    with opened(path, key) as gallery:
        gallery.rename(1, NAME + "-Other", actor="ann")
        assert NAME.encode() in in_the_clear()  # the test can see it
        gallery.erase_person(1, actor="ann", reason="")
        clear = in_the_clear()
    assert b"Other 19" in clear
    assert [what for what, marker in MARKERS.items() if marker in clear and what != "log"] == []


def test_plain_galleries_need_no_sqlcipher_and_encrypted_ones_say_so(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encrypt_gallery(path, passphrase=SECRET, actor="ann")
    key = unlock(path, SECRET)
    monkeypatch.setitem(sys.modules, "sqlcipher3", None)
    monkeypatch.setitem(sys.modules, "sqlcipher3.dbapi2", None)
    assert not sqlite_engine.has_sqlcipher()
    with pytest.raises(GalleryError, match="need SQLCipher, which is not installed"):
        opened(path, key)
    with make_gallery(path.with_name("plain.db")) as gallery:
        fill(gallery)
        assert len(gallery.people()) == 21
    with pytest.raises(GalleryError, match="need SQLCipher"):
        encrypt_gallery(path.with_name("plain.db"), passphrase=SECRET, actor="ann")
    with closing(sqlite3.connect(path.with_name("plain.db"))) as conn:
        assert conn.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


@pytest.mark.skipif(os.name != "posix", reason="permissions of owner and others")
def test_nobody_but_the_owner_may_read_a_gallery_its_copies_and_what_becomes_of_it(tmp_path: Path) -> None:
    def readable_by_others() -> list[str]:
        return [p.name for p in sorted(tmp_path.iterdir()) if p.stat().st_mode & 0o077]

    path = tmp_path / "g.db"
    with make_gallery(path) as gallery:
        add(gallery, gallery.add_person(NAME, actor="J. Doe"), unit(1))
        assert path.with_name("g.db-wal").exists() and readable_by_others() == []
        copy_gallery(gallery, tmp_path / "copy.db", actor="J. Doe")
    encrypt_gallery(path, passphrase=SECRET, actor="J. Doe")
    key = unlock(path, SECRET)
    with Gallery.open(path, create=False, embedder_id=None, key=key) as gallery:
        copy_gallery(gallery, tmp_path / "encrypted.db", actor="J. Doe")
    assert readable_by_others() == []
    decrypt_gallery(path, key, actor="J. Doe")
    assert readable_by_others() == []
