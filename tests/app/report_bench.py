"""A session with the controller of the report page and a stand-in of the page; fixtures are in `conftest`."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pypdfium2
from builders_views import stand_in
from pytestqt.qtbot import QtBot

from app.cli import run
from app.controllers.report import ReportController
from app.session import Session
from app.settings import Folders
from core.casefile.store import CaseFile
from core.domain.preferences import Preferences
from core.domain.report import EvidenceResult
from core.domain.review import JudgeCandidate, Verdict
from ui.views.report import ReportView
from ui.widgets.report_summary import Work

CLIP = Path("resources/demo/swap.mp4").absolute()
PEOPLE = Path("resources/demo/gallery").absolute()
PATIENCE_MS = 120_000


@dataclass(frozen=True)
class Analysed:
    """A case whose one item was analysed, never opened by a test: each works on a copy."""

    folder: Path
    clip: Path
    result: EvidenceResult


def analyse_part(home: Path, resources: Path) -> Analysed:
    """Analyse one second of the demo clip, with its people in a gallery."""
    clip = Path(shutil.copy(CLIP, home / "swap.mp4"))
    folders = Folders(resources=resources, data=home / "user", logs=home / "logs")
    people = ["gallery", "import", str(PEOPLE), "--basis", "public domain", "--device", "cpu"]
    assert run(people, folders) == 0
    part = ["--from", "1", "--to", "2", "--frames", "2", "--device", "cpu"]
    named = ["--case-number", "2026-17", "--examiner", "M. Weber"]
    assert run(["analyze", str(clip), "--case", str(home / "case"), *part, *named], folders) == 0
    for name in ("report.pdf", "report.json"):
        (home / "case" / name).unlink()
    with CaseFile.open(home / "case", create=False) as case:
        result = case.outline(case.evidence()[0].id)
    assert result is not None and result.persons[0].findings[0].search is not None
    return Analysed(folder=home / "case", clip=clip, result=result)


class Bench:
    """A session with a case open, the controller, and what the page was told."""

    def __init__(self, folders: Folders, case: Path) -> None:
        self.session = Session(folders, Preferences(device="cpu"))
        self.case = case
        self.view = stand_in(ReportView)
        self.view.is_shown.return_value = True
        self.failures: list = []
        self.session.failed.connect(self.failures.append)
        self.shown_folders: list[Path] = []
        self.controller = ReportController(self.session, self.view, self.shown_folders.append)

    def told(self, method: str) -> list:
        """What the page was told by `method`, oldest first."""
        return [call.args[0] if call.args else None for call in getattr(self.view, method).call_args_list]

    def summary(self):
        return self.told("show_summary")[-1]

    def work(self) -> Work:
        return self.told("show_work")[-1]

    def audit(self) -> list:
        with CaseFile.open(self.case, create=False) as case:
            return list(case.audit())


def wait(qtbot: QtBot, condition) -> None:
    qtbot.waitUntil(lambda: bool(condition()), timeout=PATIENCE_MS)


def previewed(bench: Bench, qtbot: QtBot) -> str:
    """Wait for one more preview and return its words."""
    n = len(bench.told("show_preview"))
    bench.view.preview_asked.emit()
    wait(qtbot, lambda: len(bench.told("show_preview")) > n or bench.failures)
    assert bench.failures == []
    document = pypdfium2.PdfDocument(bench.told("show_preview")[-1].pdf)
    return " ".join(" ".join(document[i].get_textpage().get_text_range() for i in range(len(document))).split())


def exported(bench: Bench, qtbot: QtBot, pdf: Path):
    n = len(bench.told("show_exported"))
    bench.view.export_asked.emit(pdf)
    wait(qtbot, lambda: len(bench.told("show_exported")) > n or bench.failures)
    return bench.told("show_exported")[-1] if len(bench.told("show_exported")) > n else None


def decide(bench: Bench, qtbot: QtBot, action) -> None:
    with qtbot.waitSignal(bench.session.review_changed, timeout=PATIENCE_MS):
        bench.session.decide(action)


def verdict(analysed: Analysed, finding: int) -> JudgeCandidate:
    person = analysed.result.persons[0]
    best = person.findings[finding].search.candidates[0]
    return JudgeCandidate(
        evidence_id=1,
        track_id=person.track_ids[0],
        role=person.findings[finding].role,
        person_id=best.person_id,
        name=best.name,
        verdict=Verdict.REJECTED,
    )
