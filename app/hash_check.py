"""The hash of an item, taken again and compared with that of the intake."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.workers.engine_room import EngineRoom
from core.domain.cancel import CancelToken
from core.domain.evidence import StoredEvidence
from core.evidence.hashing import told

if TYPE_CHECKING:
    from core.evidence.integrity import FileCheck


@dataclass(frozen=True, slots=True, kw_only=True)
class HashFound:
    """What an item's file hashes to now.

    Attributes:
        item: as the case keeps it.
        check: the file compared with it.
    """

    item: StoredEvidence
    check: FileCheck


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
        from core.casefile.hash_log import HASH_STAGE, log_check
        from core.casefile.store import CaseFile
        from core.evidence.integrity import check_file_steps

        item = self.item.item
        found = yield from told(check_file_steps(item), stage=HASH_STAGE, cancel=cancel)
        with CaseFile.open(self.case_folder, create=False) as case:
            log_check(case, item, found, actor=self.actor, occasion="on request")
        return HashFound(item=self.item, check=found)
