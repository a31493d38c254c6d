"""What this machine can say of a report: its file, the case that it came from, evidence and model files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from app.assembly import build_registry
from app.settings import Folders
from app.terminal import Terminal
from core.domain.installation import WeightsState
from core.errors import CaseError, CaseOutOfReachError, ExaminerKeyError, ModelError, ReportError
from core.evidence.hashing import file_sha256
from core.evidence.ledger import HeadLedger
from core.report.check_lines import CheckLine, State, failed, unchecked, worst

if TYPE_CHECKING:
    from core.report.examine import Examined
    from core.report.reported import ReportedBasis

FAILED_CODE, UNCHECKED_CODE = 50, 51
"""Exit codes: something differs; nothing differs, but something could not be looked at."""


def code_of(lines: Iterable[CheckLine]) -> int:
    """The exit code that these lines come to."""
    return {State.OK: 0, State.NOT_CHECKED: UNCHECKED_CODE, State.FAILED: FAILED_CODE}[worst(lines)]


def show_line(terminal: Terminal, line: CheckLine) -> None:
    """One line for a person or a machine."""
    terminal.say_foreign(f"{line.state.value:<12}{line.subject}: {line.words}")
    terminal.record({"event": "check", "subject": line.subject, "state": line.state.value, "words": line.words})


def installed_models(folders: Folders) -> dict[str, str]:
    """SHA-256 of the weights installed under each name, hashed now.

    Raises:
        ModelError: the user's folder of models cannot be looked at.
    """
    found: dict[str, str] = {}
    for status in build_registry(folders).verify():
        if status.card is None:
            continue
        if status.state is WeightsState.INTACT:
            found.setdefault(status.card.name, status.card.sha256)
        elif status.path.is_file():
            found.setdefault(status.card.name, file_sha256(status.path))
    return found


def hashed(files: Iterable[Path]) -> dict[str, Path]:
    """SHA-256 -> file.

    Raises:
        ReportError: one cannot be read.
    """
    found: dict[str, Path] = {}
    for path in files:
        try:
            found[file_sha256(path)] = path
        except OSError as error:
            raise ReportError(
                f"the evidence cannot be read ({error.strerror or error})", next_step="name another file", path=path
            ) from error
    return found


def model_lines(basis: ReportedBasis, folders: Folders) -> Iterator[CheckLine]:
    """Whether the model files of the run are those that are installed."""
    from core.report.verify import check_models

    try:
        yield from check_models(basis, installed_models(folders))
    except ModelError as error:
        yield unchecked("models", str(error))


def case_lines(basis: ReportedBasis, examined: Examined, folder: Path, folders: Folders) -> Iterator[CheckLine]:
    """Whether the report goes with the case in a folder, which is only read: an older one is not brought up to date."""
    from core.casefile.store import CaseFile
    from core.report.case_check import check_case

    try:
        with CaseFile.look(folder) as case:
            yield from check_case(basis, case, examined, HeadLedger(folders.head_ledger))
    except (CaseOutOfReachError, ExaminerKeyError) as error:
        yield unchecked("case", str(error))
    except CaseError as error:
        yield failed("case", str(error))
