"""Codec of finished analyses: JSON with references to stored faces and pictures instead of pixels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Protocol

from core.casefile.codec import range_from_json, range_json, time_from_json, time_json, to_json
from core.casefile.codec_evidence import frame_from_json, frame_json, item_from_json, item_json
from core.casefile.codec_identity import finding_from_json, finding_json
from core.casefile.records import FaceKey
from core.domain.evidence import FrameRecord
from core.domain.faces import Rejection
from core.domain.foreign_text import parsed_json
from core.domain.identity import Decision
from core.domain.report import EvidenceResult, PersonTrack, RecoveredFrame


class ResultStore(Protocol):
    """Where the codec leaves and finds what is not written out in the JSON."""

    def scanned_frames(self) -> tuple[FrameRecord, ...]:
        """The frames of the run's scan."""
        ...

    def key_of(self, frame: RecoveredFrame) -> FaceKey:
        """Where the run stores exactly this crop and its recovery; BugError when it does not."""
        ...

    def expect(self, key: FaceKey) -> FaceKey:
        """The key, when the run stores a crop and a recovery there; BugError when it does not."""
        ...

    def put_picture(self, picture: bytes) -> str:
        """Store a picture file; returns its hash."""
        ...

    def get_picture(self, sha256: str) -> bytes:
        """Back from `put_picture`."""
        ...


def result_json(
    result: EvidenceResult, store: ResultStore, shown: Mapping[int, Sequence[FaceKey]] = MappingProxyType({})
) -> str:
    """A finished analysis as JSON text.

    Args:
        result: what to write.
        store: of its run.
        shown: by person track id, where the run stores the recovered frames of persons that come without them.
    """
    return to_json(
        {
            "evidence": item_json(result.evidence),
            "sha256_before": result.sha256_before,
            "sha256_after": result.sha256_after,
            "analysed_range": range_json(result.analysed_range),
            "n_frames_decoded": result.n_frames_decoded,
            "n_frames_analysed": result.n_frames_analysed,
            "n_frames_corrupt": result.n_frames_corrupt,
            "n_frames_duplicate": result.n_frames_duplicate,
            "n_cuts": result.n_cuts,
            # null: those of the scan, which are stored already
            "frames": None if result.frames == store.scanned_frames() else [frame_json(f) for f in result.frames],
            "persons": [
                _person_json(person, store, shown.get(person.person_track_id, ())) for person in result.persons
            ],
            "warnings": list(result.warnings),
            "failure": result.failure,
        }
    )


def result_from_json(
    text: str, store: ResultStore, frames_of: Callable[[Sequence[FaceKey]], Sequence[RecoveredFrame]]
) -> EvidenceResult:
    """Back from `result_json`; `frames_of` gives a person's recovered frames."""
    values = parsed_json(text)
    frames = values["frames"]
    return EvidenceResult(
        evidence=item_from_json(values["evidence"]),
        sha256_before=values["sha256_before"],
        sha256_after=values["sha256_after"],
        analysed_range=range_from_json(values["analysed_range"]),
        n_frames_decoded=values["n_frames_decoded"],
        n_frames_analysed=values["n_frames_analysed"],
        n_frames_corrupt=values["n_frames_corrupt"],
        n_frames_duplicate=values["n_frames_duplicate"],
        n_cuts=values["n_cuts"],
        frames=store.scanned_frames() if frames is None else tuple(frame_from_json(f) for f in frames),
        persons=tuple(_person_from_json(person, store, frames_of) for person in values["persons"]),
        warnings=tuple(values["warnings"]),
        failure=values["failure"],
    )


def face_keys_from_json(text: str, person_track_id: int) -> tuple[FaceKey, ...]:
    """The recovered frames of one person of a stored result, best quality first; empty when there is no such person."""
    persons = parsed_json(text)["persons"]
    return tuple(FaceKey(*key) for p in persons if p["person_track_id"] == person_track_id for key in p["frames"])


def _person_json(person: PersonTrack, store: ResultStore, shown: Sequence[FaceKey]) -> dict[str, Any]:
    other = person.input_finding
    keys = [store.key_of(frame) for frame in person.frames] or [store.expect(key) for key in shown]
    return {
        "person_track_id": person.person_track_id,
        "track_ids": list(person.track_ids),
        "first": time_json(person.first),
        "last": time_json(person.last),
        "n_detections": person.n_detections,
        "n_rejected": [[str(rejection), count] for rejection, count in person.n_rejected],
        "scores": [[time_json(time), score] for time, score in person.scores],
        "fake_score": person.fake_score,
        "forgery_decision": str(person.forgery_decision),
        "forgery_reason": person.forgery_reason,
        "frames": [list(key) for key in keys],
        "findings": [finding_json(finding, store.put_picture) for finding in person.findings],
        "input_finding": None if other is None else finding_json(other, store.put_picture),
    }


def _person_from_json(
    values: Any, store: ResultStore, frames_of: Callable[[Sequence[FaceKey]], Sequence[RecoveredFrame]]
) -> PersonTrack:
    other = values["input_finding"]
    return PersonTrack(
        person_track_id=values["person_track_id"],
        track_ids=tuple(values["track_ids"]),
        first=time_from_json(values["first"]),
        last=time_from_json(values["last"]),
        n_detections=values["n_detections"],
        n_rejected=tuple((Rejection(rejection), count) for rejection, count in values["n_rejected"]),
        scores=tuple((time_from_json(time), score) for time, score in values["scores"]),
        fake_score=values["fake_score"],
        forgery_decision=Decision(values["forgery_decision"]),
        forgery_reason=values["forgery_reason"],
        frames=frames_of([FaceKey(*key) for key in values["frames"]]),
        findings=tuple(finding_from_json(finding, store.get_picture) for finding in values["findings"]),
        input_finding=None if other is None else finding_from_json(other, store.get_picture),
    )
