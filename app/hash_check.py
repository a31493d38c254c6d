"""The hash of an item, taken again and compared with that of the intake."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from app.workers.engine_room import EngineRoom
from core.domain.cancel import CancelToken
from core.domain.events import Progress
from core.domain.evidence import StoredEvidence

HASH_STAGE = "hash"


@dataclass(frozen=True, slots=True, kw_only=True)
class HashFound:
    """What an item's file hashes to now.

    Attributes:
        item: as the case keeps it.
        sha256: hex digest; '' when the file cannot be read.
        reason: why it cannot be read; '' otherwise.
    """

    item: StoredEvidence
    sha256: str
    reason: str = ""

    @property
    def is_unchanged(self) -> bool:
        """Whether the file is the one that was taken in."""
        return self.sha256 == self.item.item.sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class HashCheckJob:
    """Hashes an item's file again, and writes what came of it into the custody log; returns a `HashFound`.

    Attributes:
        case_folder: of the open case.
        item: to be checked.
        actor: who asked.
    """

    case_folder: Path
    item: StoredEvidence
    actor: str

    def run(self, room: EngineRoom, cancel: CancelToken) -> Generator[object, None, HashFound]:
        """The generator of the job."""
        from core.casefile.store import CaseFile
        from core.evidence.hashing import file_sha256_steps

        item, steps = self.item.item, file_sha256_steps(self.item.item.path)
        found = HashFound(item=self.item, sha256="")
        while not found.sha256:
            cancel.raise_if_cancelled()
            try:
                done = next(steps)
            except StopIteration as end:
                found = HashFound(item=self.item, sha256=end.value)
            except OSError as error:
                found = HashFound(item=self.item, sha256="", reason=error.strerror or str(error))
                break
            else:
                yield Progress(stage=HASH_STAGE, done=done, total=item.size_bytes, unit="bytes")
        if found.reason:
            outcome = f"cannot be read ({found.reason})"
        else:
            outcome = "unchanged since intake" if found.is_unchanged else f"CHANGED since intake, now {found.sha256}"
        with CaseFile.open(self.case_folder, create=False) as case:
            case.append_audit(self.actor, "hash checked", f"{item.path} {item.sha256}: {outcome}")
        return found
