"""Files of a newer version are refused, in words and without a byte changing."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from core.casefile.opening import DATABASE_NAME
from core.casefile.store import CaseFile
from core.errors import CaseError
from core.gallery.store import Gallery
from core.validation.campaign import Check
from core.validation.durability.case_work import CaseWork
from core.validation.durability.gallery_work import EMBEDDER, GALLERY, GalleryWork
from core.validation.durability.workload import Workload

_NEWER = 99


def checks(workspace: Path) -> Iterator[Check]:
    """Newer cases and galleries, the version in the file and, as a killed program leaves it, only in the WAL."""
    workspace.mkdir()
    for work, file, open_it in (
        (CaseWork(), DATABASE_NAME, lambda folder: CaseFile.open(folder, create=False).close()),
        (
            GalleryWork("gallery", "work on a gallery"),
            GALLERY,
            lambda folder: Gallery.open(folder / GALLERY, create=False, embedder_id=EMBEDDER).close(),
        ),
    ):
        broken = [where for where in ("file", "WAL") if not _is_left_alone(work, workspace, file, where, open_it)]
        yield Check(
            promise=f"A {work.name} of a newer version is refused politely and stays as it is, byte for byte",
            figure=f"{len(broken)} of 2 ways broke it{': the version in the ' + broken[0] if broken else ''}",
            passed=not broken,
        )


def _is_left_alone(work: Workload, workspace: Path, file: str, where: str, open_it: Callable[[Path], None]) -> bool:
    folder = workspace / f"{work.name} with its version in the {where}"
    made, left = folder / "made", folder / "left"
    left.mkdir(parents=True)
    for _ in work.work(made):
        pass
    with closing(sqlite3.connect(made / file, isolation_level=None)) as conn:
        conn.execute(f"PRAGMA user_version = {_NEWER}")
        if where == "file":
            conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for path in made.iterdir():  # copied while it is open: closing would empty the WAL
            (left / path.name).write_bytes(path.read_bytes())
    before = _content(left)
    try:
        open_it(left)
    except CaseError as error:
        return "newer version" in error.what and "update" in error.next_step and _content(left) == before
    return False


def _content(folder: Path) -> dict[str, bytes]:
    """All files but the index of the WAL, which SQLite makes anew whenever it reads."""
    return {p.name: p.read_bytes() for p in folder.iterdir() if not p.name.endswith("-shm")}
