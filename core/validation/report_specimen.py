"""A report made for campaigns: one item, one person, invented pictures, and foreign text in every place for text."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image

from core.casefile.store import CaseFile
from core.domain.arrays import FloatArray, UInt8Array
from core.domain.evidence import EvidenceItem, FrameRecord
from core.domain.faces import AlignedFace, FaceQuality, Rejection
from core.domain.identity import Decision, GalleryMatch, IdentityFinding, IdentityTemplate, Role, SearchResult
from core.domain.recovery import RecoveredFaces
from core.domain.report import (
    BookmarkedFrame,
    CaseInfo,
    CaseReport,
    ErrorRate,
    EvidenceResult,
    PersonTrack,
    RecoveredFrame,
    RunManifest,
    WeightsRecord,
)
from core.domain.review import (
    BookmarkFrame,
    JudgeCandidate,
    Review,
    ReviewAction,
    ReviewEntry,
    Verdict,
    WriteNote,
    WriteObservation,
)
from core.domain.time import TimePoint, TimeRange
from core.domain.tolerance import TOLERANCE
from core.evidence.hashing import file_sha256
from core.validation.sample_item import sample_item

AT = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
_SIDE = 224
_BASE = Fraction(1, 90000)
_EMBEDDER = "specimen:0"


def specimen_item(path: Path) -> EvidenceItem:
    """An item for a file that is there."""
    return sample_item(path, file_sha256(path), AT, size_bytes=path.stat().st_size)


def specimen_report(case: CaseFile, item: EvidenceItem, words: Sequence[str] = ("plain words",)) -> CaseReport:
    """A report with the custody log of a case.

    Args:
        case: whose log it is.
        item: the one item.
        words: foreign text; each place takes one of them in turn.
    """
    text = _Turns(words)
    review = specimen_review(text)
    return CaseReport(
        case=CaseInfo(
            case_number=text(),
            title=text(),
            examiner=text(),
            organisation=text(),
            request=text(),
            questions=(text(), text()),
            observations=text(),
        ),
        created_at=AT,
        results=(_result(replace(item, encoder=text()), text),),
        refused=((text(), text()),),
        manifest=_manifest(text),
        error_rates=(
            ErrorRate(
                measure=text(), threshold=0.42, rate=0.0008, low=0.0003, high=0.0017, trials=7514, population=text()
            ),
        ),
        model_limits=(text(),),
        audit=case.audit(),
        gallery_name=text(),
        review=review,
        evidence_ids=(1,),
        bookmark_frames=tuple(
            BookmarkedFrame(
                evidence_id=1,
                action_id=entry.id,
                frame_index=0,
                time=_time(0),
                frame_sha256=_digest("frame 0"),
                caption=entry.action.caption,
                actor=entry.actor,
                at=entry.at,
                thumbnail_rgb=None,
                problem=text(),
            )
            for entry in review.entries
            if isinstance(entry.action, BookmarkFrame)
        ),
        signed_head=case.signed_head(),
    )


class _Turns:
    """One text after another, over and over."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words, self._next = tuple(words), 0

    def __call__(self) -> str:
        text = self._words[self._next % len(self._words)]
        self._next += 1
        return text


def specimen_review(text: _Turns) -> Review:
    """A person's decisions with text in them, on the item 1 and its track 1."""
    actions: tuple[ReviewAction, ...] = (
        WriteNote(text=text()),
        WriteNote(text=text(), evidence_id=1),
        WriteNote(text=text(), evidence_id=1, track_id=1),
        WriteObservation(text=text(), evidence_id=1, track_id=1),
        JudgeCandidate(evidence_id=1, track_id=1, role=Role.SOURCE, person_id=1, name=text(), verdict=Verdict.UNKNOWN),
        BookmarkFrame(evidence_id=1, frame_index=0, time=_time(0), frame_sha256=_digest("frame 0"), caption=text()),
    )
    return Review.of(ReviewEntry(id=i, at=AT, actor=text(), action=action) for i, action in enumerate(actions, 1))


def _result(item: EvidenceItem, text: _Turns) -> EvidenceResult:
    return EvidenceResult(
        evidence=item,
        sha256_before=item.sha256,
        sha256_after=item.sha256,
        analysed_range=TimeRange(),
        n_frames_decoded=12,
        n_frames_analysed=4,
        n_frames_corrupt=0,
        n_frames_duplicate=0,
        n_cuts=0,
        frames=tuple(
            FrameRecord(index=n, time=_time(n), sha256=_digest(f"frame {n}"), is_corrupt=False) for n in range(4)
        ),
        persons=(_person(text),),
        warnings=(text(),),
    )


def _person(text: _Turns) -> PersonTrack:
    return PersonTrack(
        person_track_id=1,
        track_ids=(1,),
        first=_time(0),
        last=_time(3),
        n_detections=4,
        n_rejected=((Rejection.TOO_BLURRED, 1),),
        scores=tuple((_time(n), 0.9) for n in range(2)),
        fake_score=0.9,
        forgery_decision=Decision.SUPPORTED,
        forgery_reason=text(),
        frames=(_recovered(0), _recovered(1)),
        findings=tuple(
            IdentityFinding(
                role=role,
                decision=Decision.INCONCLUSIVE,
                reason=text(),
                template=IdentityTemplate(
                    role=role, embedding=_unit(7), n_frames=2, n_outliers=0, dispersion=0.1, embedder_id=_EMBEDDER
                ),
                search=_search(text),
                calibration_id="",
                false_match_rate=None,
                false_positive_identification_rate=None,
                frame_indices=(0, 1),
                limitations=(text(),),
            )
            for role in Role
        ),
    )


def _search(text: _Turns) -> SearchResult:
    candidates = tuple(
        GalleryMatch(
            person_id=n,
            name=text(),
            score=0.7 - n / 10,
            rank=n,
            photo_sha256=_digest(f"photo {n}"),
            thumbnail_png=_png(_picture(n)) if n == 1 else b"",
            gallery_revision=1,
        )
        for n in (1, 2)
    )
    return SearchResult(candidates=candidates, threshold=0.42, n_people=2, n_templates=2, gallery_revision=1)


def _recovered(n: int) -> RecoveredFrame:
    face = AlignedFace(
        frame_index=n,
        time=_time(n),
        frame_sha256=_digest(f"frame {n}"),
        rgb=_picture(n),
        frame_to_crop=np.array([[1, 0, -10], [0, 1, -10]], dtype=np.float32),
        landmarks_px=np.array([[80, 103], [144, 103], [112, 140], [88, 168], [136, 168]], dtype=np.float32),
        quality=FaceQuality(size_px=64, sharpness=100, yaw_deg=1, pitch_deg=2, roll_deg=3, score=0.9),
    )
    ramp = np.linspace(0, 1, _SIDE, dtype=np.float32)
    recovered = RecoveredFaces(
        source_rgb=_picture(n + 20),
        target_rgb=_picture(n + 40),
        identity_map=np.broadcast_to(ramp, (_SIDE, _SIDE)).copy(),
        fake_score=0.9,
        input_embedding=_unit(1),
        source_embedding=_unit(2),
        target_embedding=_unit(3),
        embedder_id=_EMBEDDER,
        weights_sha256=_digest("weights"),
        seed=1,
    )
    return RecoveredFrame(face=face, recovered=recovered)


def _manifest(text: _Turns) -> RunManifest:
    return RunManifest(
        application_version="0",
        config=(("detector", text()),),
        weights=(WeightsRecord(name=text(), sha256=_digest("weights"), terms=text()),),
        libraries=((text(), text()),),
        platform=text(),
        device=text(),
        seed=1,
        started_at=AT,
        ended_at=AT,
        command=text(),
        tolerance=TOLERANCE.in_words(),
    )


def _time(n: int) -> TimePoint:
    return TimePoint(pts=n * 18000, time_base=_BASE)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _unit(seed: int) -> FloatArray:
    vector = np.random.default_rng(seed).standard_normal(128).astype(np.float32)
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


def _picture(n: int) -> UInt8Array:
    y, x = np.mgrid[0:_SIDE, 0:_SIDE]
    return np.stack([(x + 3 * n) % 256, (y + 5 * n) % 256, (x + y) // 2 % 256], axis=2).astype(np.uint8)


def _png(pixels: UInt8Array) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).resize((96, 96)).save(out, "PNG")
    return out.getvalue()
