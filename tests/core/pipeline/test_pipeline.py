"""The whole sequence on the demo clip, with the real networks: findings, resuming, failing."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.casefile.store import CaseFile
from core.domain.cancel import CancelToken
from core.domain.events import AnalysisDone, FacesRecovered, FindingReady
from core.domain.evidence import EvidenceState
from core.domain.identity import Decision, Role
from core.domain.report import EvidenceResult
from core.domain.time import TimeRange
from core.errors import EvidenceChangedError
from core.gallery.search import GallerySearch
from core.pipeline import Engines, analyse
from core.video.probe import probe
from tests.builders_analysis import CLIP, PART, SETTINGS, run
from tests.builders_media import ClipSpec, write_clip


@pytest.fixture(scope="module")
def unbroken(engines: Engines, search: GallerySearch, tmp_path_factory: pytest.TempPathFactory) -> EvidenceResult:
    result, _ = run(tmp_path_factory.mktemp("case") / "unbroken", engines, search)
    assert result is not None
    return result


def test_the_swapped_person_is_found_recovered_and_ranked(unbroken: EvidenceResult) -> None:
    assert unbroken.n_frames_analysed >= 7
    assert unbroken.sha256_before == unbroken.sha256_after == unbroken.evidence.sha256
    (person,) = unbroken.persons
    assert len(person.frames) == 3
    assert [f.role for f in person.findings] == [Role.SOURCE, Role.TARGET]
    for finding in person.findings:
        assert finding.search is not None and finding.search.n_people == 2
        assert finding.template is not None and finding.template.n_frames == 3
        assert finding.decision is Decision.INCONCLUSIVE  # no table of error rates was given
    assert person.input_finding is not None
    names = {frame.sha256 for frame in unbroken.frames}
    assert {frame.face.frame_sha256 for frame in person.frames} <= names


@pytest.mark.parametrize("cancel_at", [1, 2, 4])
def test_a_stopped_analysis_goes_on_and_ends_with_the_same_result(
    unbroken: EvidenceResult, engines: Engines, search: GallerySearch, tmp_path: Path, cancel_at: int
) -> None:
    folder = tmp_path / "case"
    stopped, _ = run(folder, engines, search, cancel_at)
    assert stopped is None
    result, _ = run(folder, engines, search)
    assert result is not None
    assert result.frames == unbroken.frames
    assert result.n_frames_decoded == unbroken.n_frames_decoded
    for ours, theirs in zip(result.persons, unbroken.persons, strict=True):
        assert ours.scores == theirs.scores and ours.track_ids == theirs.track_ids
        for a, b in zip(ours.frames, theirs.frames, strict=True):
            np.testing.assert_array_equal(a.face.rgb, b.face.rgb)
            np.testing.assert_array_equal(a.recovered.source_rgb, b.recovered.source_rgb)
            np.testing.assert_array_equal(a.recovered.target_embedding, b.recovered.target_embedding)


def test_a_finished_analysis_is_not_computed_again(engines: Engines, tmp_path: Path) -> None:
    first, _ = run(tmp_path / "case", engines, None)
    again, events = run(tmp_path / "case", engines, None)
    assert not any(isinstance(event, FacesRecovered) for event in events)
    assert first is not None and again is not None
    assert [p.scores for p in first.persons] == [p.scores for p in again.persons]


def test_pixels_of_persons_are_let_go_once_they_are_described(engines: Engines, tmp_path: Path) -> None:
    """Hundreds of persons with 10 MB each would fill the memory; what is stored is whole all the same."""
    stored, events = run(tmp_path / "case", engines, None)
    described = [event.person for event in events if isinstance(event, FindingReady)]
    done = events[-1]
    assert isinstance(done, AnalysisDone) and stored is not None
    assert [person.frames for person in done.result.persons] == [()]
    for told, kept in zip(described, stored.persons, strict=True):
        assert [f.face.frame_index for f in told.frames] == [f.face.frame_index for f in kept.frames]
        assert len(kept.frames) == 3


def test_without_a_gallery_roles_cannot_be_evaluated(engines: Engines, tmp_path: Path) -> None:
    result, _ = run(tmp_path / "case", engines, None)
    assert result is not None
    assert {f.decision for p in result.persons for f in p.findings} == {Decision.UNABLE_TO_EVALUATE}


def test_a_file_that_changed_after_intake_is_refused_and_marked(engines: Engines, tmp_path: Path) -> None:
    item = replace(probe(CLIP), sha256="0" * 64)
    with CaseFile.open(tmp_path / "case", create=True) as case:
        with pytest.raises(EvidenceChangedError, match="no longer the one taken in"):
            list(
                analyse(
                    item,
                    case=case,
                    settings=SETTINGS,
                    engines=engines,
                    gallery=None,
                    time_range=PART,
                    cancel=CancelToken(),
                )
            )
        (stored,) = case.evidence()
        assert stored.state is EvidenceState.FAILED
        assert "no longer the one" in stored.failure


def test_a_video_without_faces_says_so(engines: Engines, tmp_path: Path) -> None:
    clip = tmp_path / "plain.mp4"
    write_clip(clip, ClipSpec())
    with CaseFile.open(tmp_path / "case", create=True) as case:
        events = list(
            analyse(
                probe(clip),
                case=case,
                settings=SETTINGS,
                engines=engines,
                gallery=None,
                time_range=TimeRange(),
                cancel=CancelToken(),
            )
        )
    done = events[-1]
    assert isinstance(done, AnalysisDone)
    assert done.result.persons == ()
    assert done.result.warnings == (), "a clip without faces is a result, not a failure"
