"""Opening a case or a gallery of an older version, which copies and migrates it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from core.casefile.opening import DATABASE_NAME
from core.casefile.schema import SCHEMA_VERSION as CASE_VERSION
from core.casefile.store import CaseFile
from core.gallery.schema import SCHEMA_VERSION as GALLERY_VERSION
from core.gallery.store import Gallery
from core.validation.durability import old_files
from core.validation.durability.case_work import CaseWork
from core.validation.durability.gallery_work import EMBEDDER, GALLERY, GalleryWork
from core.validation.durability.workload import Workload, fingerprint


class MigrationWork:
    """The one step of opening an older file.

    Args:
        name, title: see `Workload`.
        file: name of the database within its folder.
        version: of the schema before, and `newest` after.
        today: what fills a file of today.
        make: makes an older one from that.
        open_it: opens and closes it as the application does.
    """

    def __init__(
        self,
        name: str,
        title: str,
        *,
        file: str,
        version: int,
        newest: int,
        today: Workload,
        make: Callable[[Path, int, Path], None],
        open_it: Callable[[Path], None],
    ) -> None:
        self.name = name
        self.title = title
        self.database = file
        self._version = version
        self._newest = newest
        self._today = today
        self._make = make
        self._open = open_it

    def prepare(self, folder: Path) -> None:
        """See `Workload`."""
        filled = folder.with_name(f"{self.name} of today")  # once for all kills
        if not filled.exists():
            for _ in self._today.work(filled):
                pass
            self._make(folder.with_name(f"{self.name} as it was"), self._version, filled / self.database)
        shutil.copytree(folder.with_name(f"{self.name} as it was"), folder)

    def work(self, folder: Path) -> Iterator[int]:
        """See `Workload`."""
        if old_files.version_of(folder / self.database) != self._newest:
            self._open(folder)
            yield 1

    def attempts(self, folder: Path) -> Iterator[Callable[[], object]]:
        """See `Workload`."""
        self.prepare(folder)
        yield lambda: self._open(folder)

    def state(self, folder: Path) -> str:
        """See `Workload`; the rows that the older version knew, how many entries the log gained, and the version."""
        path = folder / self.database
        found = old_files.rows(path, self._known(folder))
        original = folder.with_name(f"{self.name} as it was") / self.database
        kept = set(old_files.rows(original, {"audit": self._known(folder)["audit"]})["audit"])
        entries = found["audit"]  # those that the migration adds bear its time
        found["audit"] = [entry for entry in entries if entry in kept]
        return fingerprint((found, len(entries), old_files.version_of(path)))

    def problems(self, folder: Path) -> list[str]:
        """See `Workload`; a migrated file has a whole backup beside it, and no backup is half one."""
        path = folder / self.database
        found = old_files.unsound(path)
        backups = [
            p for p in folder.iterdir() if p.name.startswith(f"{self.database}.v{self._version}") and ".bak" in p.name
        ]
        whole = [p for p in backups if p.suffix == ".bak"]
        if old_files.version_of(path) != self._version and not whole:
            found.append("it was migrated, and there is no backup")
        original = folder.with_name(f"{self.name} as it was") / self.database
        known = self._known(folder)
        for backup in whole:
            found += old_files.unsound(backup)
            if old_files.rows(backup, known) != old_files.rows(original, known):
                found.append(f"{backup.name} is not what the file was")
            if old_files.version_of(backup) != self._version:
                found.append(f"{backup.name} is of another version")
        return found

    def _known(self, folder: Path) -> dict[str, tuple[str, ...]]:
        return old_files.columns(folder.with_name(f"{self.name} as it was") / self.database)


def migrations() -> list[MigrationWork]:
    """One for each older version of a case and of a gallery."""
    cases = [
        MigrationWork(
            f"case-of-schema-{version}",
            f"opening a case of schema {version}",
            file=DATABASE_NAME,
            version=version,
            newest=CASE_VERSION,
            today=CaseWork(),
            make=old_files.older_case,
            open_it=lambda folder: CaseFile.open(folder, create=False, busy_timeout_s=1).close(),
        )
        for version in range(1, CASE_VERSION)
    ]
    galleries = [
        MigrationWork(
            f"gallery-of-schema-{version}",
            f"opening a gallery of schema {version}",
            file=GALLERY,
            version=version,
            newest=GALLERY_VERSION,
            today=GalleryWork("gallery", ""),
            make=old_files.older_gallery,
            open_it=lambda folder: Gallery.open(
                folder / GALLERY, create=False, embedder_id=EMBEDDER, busy_timeout_s=1
            ).close(),
        )
        for version in range(1, GALLERY_VERSION)
    ]
    return [*cases, *galleries]
