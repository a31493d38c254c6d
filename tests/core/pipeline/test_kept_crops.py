"""Which faces the scan keeps for recovery."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from core.casefile.records import CropKey
from core.casefile.store import CaseFile
from core.config import AnalysisSettings
from core.domain.cancel import CancelToken
from core.domain.events import Progress
from core.domain.time import TimeRange
from core.errors import AnalysisCancelledError
from core.pipeline.scan import scan
from tests.builders_engines import WILLING_ENGINES
from tests.builders_media import ClipSpec, evidence_item, numbered_picture, write_clip

SETTINGS = AnalysisSettings(sample_period_s=Fraction(1, 10), keep_period_s=Fraction(1, 5), decode_batch=4)


def kept(folder: Path, pictures: Sequence[np.ndarray], *, stop_at: int | None = None) -> list[CropKey]:
    """The crops of a lossless clip of ten pictures a second; with `stop_at`, interrupted at that event and resumed."""
    folder.mkdir()
    spec = ClipSpec(pictures=pictures, fps=10, codec="ffv1", pixel_format="bgr0")
    item = evidence_item(write_clip(folder / "clip.mkv", spec))
    with CaseFile.open(folder / "case", create=True) as case:
        case.claim()
        evidence_id = case.add_evidence(item)
        case.begin_run(evidence_id, run_key="k", time_range=TimeRange())
        for stop in (stop_at, None):
            cancel, seen = CancelToken(), 0
            try:
                for event in scan(
                    item,
                    evidence_id,
                    case=case,
                    settings=SETTINGS,
                    engines=WILLING_ENGINES,
                    time_range=TimeRange(),
                    cancel=cancel,
                ):
                    seen += isinstance(event, Progress)
                    if seen == stop:
                        cancel.cancel()
            except AnalysisCancelledError:
                continue
        assert case.scanned(evidence_id).scan_done
        return list(case.crops(evidence_id))


@pytest.mark.parametrize("stop_at", [None, 2])
def test_a_still_picture_shown_as_a_video_gives_one_crop(tmp_path: Path, stop_at: int | None) -> None:
    (crop,) = kept(tmp_path / "still", [numbered_picture(7)] * 20, stop_at=stop_at)
    assert crop.frame_index == 0


def test_frames_that_differ_give_a_crop_for_every_span(tmp_path: Path) -> None:
    assert len(kept(tmp_path / "moving", [numbered_picture(number) for number in range(20)])) == 10
