"""A run that is interrupted may go on on another device: nothing is lost, and every device is named."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from unittest.mock import patch

import pytest

from core.casefile.computed_on import COMPUTED_ON
from core.casefile.store import CaseFile
from core.config import AnalysisSettings
from core.domain.cancel import CancelToken
from core.domain.events import Progress
from core.domain.evidence import EvidenceItem
from core.domain.report import RunManifest
from core.domain.time import TimeRange
from core.errors import AnalysisCancelledError
from core.pipeline import Engines, analyse, case_report, record_run
from core.pipeline.engines import run_key
from core.video.probe import probe
from tests.builders_engines import BLIND_ENGINES, Blind
from tests.builders_media import ClipSpec, write_clip

SETTINGS = AnalysisSettings(sample_period_s=Fraction(1, 10), decode_batch=4)
CUDA, CPU = "cuda:0 NVIDIA H200", "cpu, 2 threads"


@pytest.fixture
def item(tmp_path: Path) -> EvidenceItem:
    return probe(write_clip(tmp_path / "clip.mp4", ClipSpec(n_pictures=40)))


@dataclass(frozen=True, kw_only=True)
class Bench:
    """A case of one clip without faces, so that the recovery network has nothing to do."""

    folder: Path
    item: EvidenceItem
    engines: Engines

    def case(self) -> CaseFile:
        return CaseFile.open(self.folder / "case", create=True)

    def analysed(self, device: str, *, wish: str = "auto", stop: bool = False) -> RunManifest:
        """One session, and what is recorded of it; with `stop`, interrupted after the first batch."""
        settings, cancel = replace(SETTINGS, device=wish), CancelToken()
        engines = replace(self.engines, device=device)
        with self.case() as case:
            for event in analyse(
                self.item,
                case=case,
                settings=settings,
                engines=engines,
                gallery=None,
                time_range=TimeRange(),
                cancel=cancel,
            ):
                if stop and isinstance(event, Progress) and event.stage == "scan":
                    cancel.cancel()
            record_run(
                case,
                settings=settings,
                engines=engines,
                command=("unswap",),
                started_at=datetime.now(UTC),
                gallery_name="",
                evidence_ids=[1],
            )
            basis = case.run_basis(1)
            assert basis is not None and case.verify_audit() == []
            return basis.manifest

    def stopped(self, device: str, *, wish: str = "auto") -> None:
        with pytest.raises(AnalysisCancelledError):
            self.analysed(device, wish=wish, stop=True)


@pytest.fixture
def bench(engines: Engines, tmp_path: Path) -> Bench:
    clip = write_clip(tmp_path / "clip.mp4", ClipSpec(n_pictures=40))
    return Bench(folder=tmp_path, item=probe(clip), engines=replace(engines, detector=Blind()))


def test_a_run_goes_on_on_the_processor_and_names_both(bench: Bench) -> None:
    bench.stopped(CUDA)
    assert bench.analysed(CPU, wish="cpu").device == f"{CUDA}; then {CPU}"
    with bench.case() as case:
        actions = [entry.action for entry in case.audit()]
    assert (actions.count("run begun"), actions.count("analysis resumed"), actions.count(COMPUTED_ON)) == (1, 1, 2)


def test_libraries_that_changed_in_between_are_named(bench: Bench) -> None:
    with patch.object(case_report, "library_versions", return_value=(("torch", "2.4"), ("FFmpeg", "libavcodec 60"))):
        bench.stopped(CPU)
    manifest = bench.analysed(CPU)
    assert manifest.device == CPU
    assert dict(manifest.libraries)["torch"].startswith("2.4; then ")
    assert dict(manifest.libraries)["FFmpeg"].startswith("libavcodec 60; then libavcodec ")
    assert "; then " not in dict(manifest.libraries)["numpy"]


def test_who_computes_nothing_is_not_named(bench: Bench) -> None:
    """As after a decision: persons are made anew of what is stored."""
    bench.analysed(CUDA)
    assert bench.analysed(CPU).device == CUDA


def test_what_an_older_version_named_stays_named(bench: Bench) -> None:
    with patch.object(CaseFile, "compute_on"):  # older versions logged nothing of it
        assert bench.analysed(CUDA).device == CUDA
    assert bench.analysed(CPU).device == CUDA


def test_a_new_run_forgets_the_devices_of_the_one_before(bench: Bench) -> None:
    bench.analysed(CUDA)
    with bench.case() as case:
        case.begin_run(1, run_key="another", time_range=TimeRange())
    assert bench.analysed(CPU).device == CPU


def test_a_wish_for_a_device_is_no_other_run() -> None:
    keys = {run_key(replace(SETTINGS, device=wish), BLIND_ENGINES, TimeRange()) for wish in ("auto", "cpu", "cuda")}
    assert len(keys) == 1
    assert run_key(replace(SETTINGS, seed=2), BLIND_ENGINES, TimeRange()) not in keys
