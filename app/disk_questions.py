"""Small questions to the disk, to be asked on a thread that may wait: a disk may sleep, or be gone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from app.places import is_folder, is_there
from ui.widgets.recent_case_row import RecentCase


class DiskQuestions:
    """What a `Desk` owns for the start page; holds nothing."""

    def close(self) -> None:
        """Nothing to give back."""

    def recent_cases(self, folders: Iterable[Path]) -> list[RecentCase]:
        """These cases with the time of their last change; what is gone is marked as missing."""
        return [_recent(folder) for folder in folders]

    def case_among(self, paths: Sequence[Path]) -> Path | None:
        """The first case among dropped files and folders; None when there is none."""
        from core.casefile.opening import DATABASE_NAME

        for path in paths:
            folder = path.parent if path.name == DATABASE_NAME else path
            if is_folder(folder) and is_there(folder / DATABASE_NAME):
                return folder
        return None


def _recent(folder: Path) -> RecentCase:
    from core.casefile.opening import DATABASE_NAME

    try:
        changed_at = datetime.fromtimestamp((folder / DATABASE_NAME).stat().st_mtime, UTC)
    except OSError:
        return RecentCase(path=folder, title="", opened_at=datetime.now(UTC), is_missing=True)
    return RecentCase(path=folder, title="", opened_at=changed_at)
