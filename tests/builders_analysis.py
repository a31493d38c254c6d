"""Runs of the whole analysis on the demo clip, for tests of all that stands on one."""

from fractions import Fraction
from pathlib import Path

from core.casefile.store import CaseFile
from core.config import AnalysisSettings
from core.domain.cancel import CancelToken
from core.domain.events import AnalysisDone, PipelineEvent, Progress
from core.domain.report import EvidenceResult
from core.domain.time import TimeRange
from core.errors import AnalysisCancelledError
from core.gallery.search import GallerySearch
from core.pipeline import Engines, analyse
from core.video.probe import probe

CLIP = Path("resources/demo/swap.mp4")
PEOPLE = Path("resources/demo/gallery")
PART = TimeRange(start=Fraction(1), end=Fraction(5, 2))
SETTINGS = AnalysisSettings(frames_per_person=3, recovery_batch=2, decode_batch=3, device="cpu")


def run(
    folder: Path,
    engines: Engines,
    search: GallerySearch | None,
    cancel_at: int | None = None,
    *,
    clip: Path = CLIP,
    part: TimeRange = PART,
) -> tuple[EvidenceResult | None, list[PipelineEvent]]:
    """Analyse, and read what is stored; with `cancel_at`, somebody asks to stop at that progress event."""
    cancel, events, seen = CancelToken(), [], 0
    with CaseFile.open(folder, create=not folder.exists()) as case:
        try:
            for event in analyse(
                probe(clip),
                case=case,
                settings=SETTINGS,
                engines=engines,
                gallery=search,
                time_range=part,
                cancel=cancel,
            ):
                events.append(event)
                seen += isinstance(event, Progress)
                if cancel_at is not None and seen >= cancel_at:
                    cancel.cancel()
        except AnalysisCancelledError:
            return None, events
        last = events[-1]
        assert isinstance(last, AnalysisDone)
        return case.result(case.add_evidence(last.result.evidence)), events
