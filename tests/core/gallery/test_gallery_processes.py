"""Several real processes on one gallery file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from threading import Timer

import pytest
from gallery_builders import EMBEDDER, StandInTemplater, make_gallery, unit, write_photo, write_version_1

from core.domain.gallery import EnrolStatus
from core.gallery.conversion import encrypt_gallery
from core.gallery.enrol import import_folder
from core.gallery.key_file import GalleryKey
from core.gallery.keys import is_encrypted as gallery_is_encrypted
from core.gallery.keys import unlock
from core.gallery.records import GalleryAction
from core.gallery.schema import backups_of
from core.gallery.store import Gallery

HERE = Path(__file__).parent
ROOT = HERE.parents[2]

WRITER = """
import sys
from pathlib import Path
from gallery_builders import add, make_gallery, unit
path, who = Path(sys.argv[1]), sys.argv[2]
with make_gallery(path) as gallery:
    for i in range(40):
        person = gallery.find_or_add_person(f"Shared {i}", actor=who)
        add(gallery, person, unit(i), photo_sha256=f"{who}{i:02x}" * 16, actor=who)
        own = gallery.add_person(f"Of {who} {i}", actor=who)
        if i % 10 == 0:
            gallery.erase_person(own, actor=who, reason="test")
"""

IMPORTER = """
import sys, time
from pathlib import Path
from gallery_builders import StandInTemplater, make_gallery
from core.gallery.enrol import import_folder
class Stuck(StandInTemplater):
    def template(self, rgb):
        if self.n_asked == 33:
            print("in the middle of a batch", flush=True)
            time.sleep(600)
        return super().template(rgb)
with make_gallery(Path(sys.argv[1])) as gallery:
    for outcome in import_folder(gallery, Stuck(), Path(sys.argv[2]), actor="importer", batch_size=5):
        print(outcome.path, flush=True)
"""

# Holds SQLite's lock for checkpoints (byte 121 of the WAL's index, see walLockExclusive and WAL_CKPT_LOCK in wal.c),
# as a process does that moves the WAL into the file just now.
CHECKPOINTER = """
import fcntl, sys
with open(sys.argv[1] + "-shm", "r+b") as index:
    fcntl.lockf(index, fcntl.LOCK_EX, 1, 121)
    print("held", flush=True)
    sys.stdin.readline()
"""


def start(script: str, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(HERE)])}
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_processes_that_create_write_and_erase_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "g.db"
    writers = [start(WRITER, str(path), who) for who in ("aa", "bb", "cc")]
    for writer in writers:
        _, stderr = writer.communicate(timeout=120)
        assert writer.returncode == 0, stderr
    with Gallery.open(path, create=False, embedder_id=EMBEDDER) as gallery:
        people = gallery.people()
        shared = [p for p in people if p.name.startswith("Shared")]
        assert sorted(p.name for p in shared) == sorted(f"Shared {i}" for i in range(40))
        assert {p.n_templates for p in shared} == {3}
        assert len(people) == 40 + 3 * 36
        assert gallery.altered_audit_entries() == []
        log = gallery.audit()
        assert [e.id for e in log] == list(range(1, len(log) + 1))
        asked_for = [entry for entry in log if entry.action != GalleryAction.REDACTED]
        assert len(asked_for) == 1 + 40 + 3 * (40 + 40 + 4)
        assert gallery.revision == len(asked_for) - 1  # one step for each change, none lost between processes
        with gallery.snapshot() as db:
            assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


@pytest.mark.skipif(os.name != "posix", reason="locks of POSIX systems")
def test_an_erasure_waits_for_the_checkpoint_of_another_process(tmp_path: Path) -> None:
    """SQLite itself does not wait for that lock, whatever its busy timeout."""
    with make_gallery(tmp_path / "g.db") as gallery:
        person = gallery.add_person("Jane Erasewell", actor="tester")
        with start(CHECKPOINTER, str(gallery.path)) as other:
            assert other.stdout is not None
            assert other.stdin is not None
            assert other.stdout.readline() == "held\n"
            Timer(0.3, other.stdin.close).start()
            gallery.erase_person(person, actor="tester", reason="test")
        assert not any(b"Erasewell" in path.read_bytes() for path in tmp_path.iterdir())


def test_a_killed_import_loses_at_most_a_batch_and_goes_on(tmp_path: Path) -> None:
    folder, path = tmp_path / "people", tmp_path / "g.db"
    for i in range(1, 61):
        write_photo(folder / f"Person {i % 4}" / f"{i}.png", i)
    importer = start(IMPORTER, str(path), str(folder))
    assert importer.stdout is not None
    reported = list(iter(importer.stdout.readline, "in the middle of a batch\n"))
    importer.kill()
    importer.communicate(timeout=30)
    with make_gallery(path) as gallery:
        assert len(reported) == 30
        assert sum(p.n_templates for p in gallery.people()) == 30  # 33 were ready, 3 of an unfinished batch
        assert gallery.altered_audit_entries() == []
        outcomes = {f"{o.path}\n": o.status for o in import_folder(gallery, StandInTemplater(), folder, actor="tester")}
        assert {outcomes[line] for line in reported} == {EnrolStatus.ALREADY_ENROLLED}
        assert sum(status == EnrolStatus.ENROLLED for status in outcomes.values()) == 30
        assert {p.name: p.n_templates for p in gallery.people()} == {f"Person {i}": 15 for i in range(4)}


def test_processes_that_open_an_old_gallery_at_once_migrate_it_once(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    write_version_1(path, name="Shared 0", embedding=unit(0))
    writers = [start(WRITER, str(path), who) for who in ("aa", "bb")]
    for writer in writers:
        _, stderr = writer.communicate(timeout=120)
        assert writer.returncode == 0, stderr
    with Gallery.open(path, create=False, embedder_id=EMBEDDER) as gallery:
        assert gallery.person(1).n_templates == 3  # its own and one by each process
    assert backups_of(path) == []  # there was one, and the first erasure removed it


def test_an_import_does_not_keep_others_from_writing_while_it_looks_for_faces(tmp_path: Path) -> None:
    write_photo(tmp_path / "people" / "A" / "1.png", 1)
    with make_gallery(tmp_path / "g.db") as gallery:

        class WritesMeanwhile(StandInTemplater):
            def template(self, rgb):
                with Gallery.open(gallery.path, create=False, embedder_id=None, busy_timeout_s=0.1) as other:
                    other.add_person("Meanwhile", actor="other")
                return super().template(rgb)

        (outcome,) = import_folder(gallery, WritesMeanwhile(), tmp_path / "people", actor="ann")
        assert outcome.status == EnrolStatus.ENROLLED
        assert sorted(p.name for p in gallery.people()) == ["A", "Meanwhile"]


VISITOR = """
import sys
from pathlib import Path
from core.gallery.store import Gallery
Gallery.open(Path(sys.argv[1]), create=False, embedder_id=None, key=KEY).close()
"""
ADDER = """
import sys
from pathlib import Path
from core.gallery.store import Gallery
with Gallery.open(Path(sys.argv[1]), create=False, embedder_id=None, key=KEY) as gallery:
    for i in range(40):
        gallery.add_person(f"Of the other {i}", actor="other")
"""


def runs(script: str, path: Path, key: GalleryKey | None) -> None:
    made = "None" if key is None else f"GalleryKey(raw=bytes.fromhex('{key.raw.hex()}'))"
    text = "from core.gallery.key_file import GalleryKey\n" + script.replace("KEY", made)
    with start(text, str(path)) as process:
        _, stderr = process.communicate(timeout=60)
    assert process.returncode == 0, stderr


@pytest.mark.parametrize("is_encrypted", [False, True])
def test_a_gallery_that_another_process_opens_and_closes_keeps_what_is_written_here(
    tmp_path: Path, is_encrypted: bool
) -> None:
    """Locks that this process dropped would let the other take the WAL away with it."""
    path = tmp_path / "g.db"
    make_gallery(path).close()
    key = None
    if is_encrypted:
        encrypt_gallery(path, passphrase="several words that hold", actor="ann")
        key = unlock(path, "several words that hold")
    with Gallery.open(path, create=False, embedder_id=EMBEDDER, key=key) as gallery:
        gallery.add_person("First", actor="ann")
        wal = path.with_name("g.db-wal").stat().st_ino
        assert gallery_is_encrypted(path) is is_encrypted  # as the window asks while it is open
        with Gallery.open(path, create=False, embedder_id=None, key=key) as second:
            assert second.is_encrypted is is_encrypted
        runs(VISITOR, path, key)
        assert path.with_name("g.db-wal").stat().st_ino == wal
        for i in range(40):
            gallery.add_person(f"Of this {i}", actor="ann")
        runs(ADDER, path, key)
        assert len(gallery.people()) == 81
    with Gallery.open(path, create=False, embedder_id=EMBEDDER, key=key) as gallery:
        assert len(gallery.people()) == 81
        assert gallery.altered_audit_entries() == []
