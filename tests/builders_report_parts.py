"""Faces, people and findings for test reports: public-domain portraits (Hopper, Collins), invented results."""

from __future__ import annotations

import hashlib
import io
import math
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from functools import lru_cache

import numpy as np
from matplotlib import cbook
from PIL import Image, ImageFilter
from skimage import data

from core.domain.calibration import CalibrationQuote
from core.domain.faces import AlignedFace, FaceQuality, Rejection
from core.domain.identity import (
    Decision,
    GalleryMatch,
    IdentityFinding,
    IdentityTemplate,
    Role,
    SearchResult,
)
from core.domain.recovery import RecoveredFaces
from core.domain.report import (
    PersonTrack,
    RecoveredFrame,
)
from core.domain.time import TimePoint
from tests.builders_calibration import POPULATION, frame_table

START = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
TIME_BASE = Fraction(1, 90000)
SIDE = 224
EMBEDDER = "compact-128 sha256:5d0c…91aa"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@lru_cache(maxsize=2)
def portrait(who: str) -> Image.Image:
    """A square face crop, SIDE px."""
    if who == "collins":
        picture, box = Image.fromarray(data.astronaut()), (150, 10, 310, 170)
    else:
        with cbook.get_sample_data("grace_hopper.jpg") as stream:
            picture = Image.open(stream).convert("RGB")
        box = (125, 45, 395, 315)
    return picture.crop(box).resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def pixels(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture.convert("RGB"), dtype=np.uint8).copy()


def png(picture: Image.Image, side: int = 96) -> bytes:
    out = io.BytesIO()
    picture.resize((side, side)).save(out, "PNG")
    return out.getvalue()


def oval() -> np.ndarray:
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32) / SIDE - 0.5
    return (1 / (1 + np.exp((np.hypot(x / 0.3, (y - 0.06) / 0.38) - 1) * 9))).astype(np.float32)


def unit(seed: int) -> np.ndarray:
    vector = np.random.default_rng(seed).standard_normal(128).astype(np.float32)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def at(n: int) -> TimePoint:
    """Analysed frame n of a clip of variable rate."""
    return TimePoint(pts=n * 18000 + (n % 3) * 900, time_base=TIME_BASE)


def fake_score(n: int) -> float:
    return round(0.82 + 0.1 * math.sin(n / 3) - (0.25 if n % 17 == 9 else 0.0), 4)


def recovered_frame(n: int) -> RecoveredFrame:
    grace, eileen, mask = portrait("hopper"), portrait("collins"), oval()
    mixed = pixels(grace) * mask[..., None] + pixels(eileen) * (1 - mask[..., None])
    wobble = 1.0 + 0.7 * (n % 4)
    source = pixels(grace.filter(ImageFilter.GaussianBlur(wobble)))
    target = pixels(eileen.filter(ImageFilter.GaussianBlur(1.5 + wobble)))
    quality = FaceQuality(
        size_px=78.25 - n % 5,
        sharpness=212.5 - n,
        yaw_deg=-4.0 + n % 9,
        pitch_deg=3.0,
        roll_deg=-1.0,
        score=0.91,
    )
    face = AlignedFace(
        frame_index=n * 6,
        time=at(n),
        frame_sha256=digest(f"frame {n}"),
        rgb=mixed.astype(np.uint8),
        frame_to_crop=np.array([[0.8, 0, -30], [0, 0.8, -12]], dtype=np.float32),
        landmarks_px=np.array([[80, 103], [144, 103], [112, 140], [88, 168], [136, 168]], dtype=np.float32),
        quality=quality,
    )
    recovered = RecoveredFaces(
        source_rgb=source,
        target_rgb=target,
        identity_map=mask,
        fake_score=fake_score(n),
        input_embedding=unit(1),
        source_embedding=unit(2),
        target_embedding=unit(3),
        embedder_id=EMBEDDER,
        weights_sha256=digest("weights"),
        seed=7,
    )
    return RecoveredFrame(face=face, recovered=recovered)


def match(rank: int, name: str, score: float, thumbnail: bytes = b"") -> GalleryMatch:
    return GalleryMatch(
        person_id=40 + rank,
        name=name,
        score=score,
        rank=rank,
        photo_sha256=digest(name) if rank != 3 else "",
        thumbnail_png=thumbnail,
        gallery_revision=17,
    )


def search(names: tuple[str, ...], best: float, *, threshold: float = 0.42, n_people: int = 1250) -> SearchResult:
    pictures = {"Grace Hopper": png(portrait("hopper")), "Eileen Collins": png(portrait("collins"))}
    found = tuple(
        match(i, name, round(best - 0.085 * (i - 1), 4), pictures.get(name, b"")) for i, name in enumerate(names, 1)
    )
    return SearchResult(
        candidates=found, threshold=threshold, n_people=n_people, n_templates=n_people * 2 + 1, gallery_revision=17
    )


def surrounded(found: SearchResult) -> SearchResult:
    """The same measured by a cohort and with surroundings, which raised the score of the first."""
    first, second, *rest = found.candidates
    made = (
        replace(first, face_score=first.score - 0.058, surroundings_score=0.806),
        replace(second, face_score=second.score, surroundings_score=-0.031),
    )
    return replace(found, candidates=(*made, *rest), n_surroundings=found.n_templates - 1, cohort_cosine=0.512)


def finding(
    role: Role,
    decision: Decision,
    reason: str,
    result: SearchResult | None,
    frames: tuple[int, ...] = (0, 12, 24, 36),
    *,
    measured: bool = True,
) -> IdentityFinding:
    template = IdentityTemplate(
        role=role, embedding=unit(5), n_frames=14, n_outliers=2, dispersion=0.1375, embedder_id=EMBEDDER
    )
    fmr = 0.0008
    table = frame_table(8)
    return IdentityFinding(
        role=role,
        decision=decision,
        reason=reason,
        template=template,
        search=result,
        calibration_id="synthetic-faces-2026-02" if measured else "",
        false_match_rate=(fmr, 0.0003, 0.0017) if measured else None,
        false_positive_identification_rate=(
            1 - (1 - fmr) ** result.n_people if measured and result is not None else None
        ),
        frame_indices=frames,
        limitations=("The calibration set holds no person above 70 years",),
        quote=(
            CalibrationQuote(
                calibration_id="synthetic-faces-2026-02",
                population=POPULATION,
                n_frames=table.n_frames,
                mates=table.mates,
                point=table.point,
                other_face=table.other_face,
                likelihood=table.likelihood,
            )
            if measured
            else None
        ),
    )


NAMES = ("Grace Hopper", "Annie Easley", "Владимир Жуков", "محمد بن عبد الله", "山田太郎", "संयुक्ता क्षत्रिय")


def person(number: int = 1, n_frames: int = 9, names: tuple[str, ...] = NAMES) -> PersonTrack:
    scores = tuple((at(n), fake_score(n)) for n in range(n_frames))
    findings = (
        finding(
            Role.SOURCE,
            Decision.SUPPORTED,
            "the best candidate reaches the threshold and leads the next by 0.085",
            search(names, 0.61),
        ),
        finding(
            Role.TARGET,
            Decision.INCONCLUSIVE,
            "two candidates lie closer together than the margin",
            surrounded(search(("Eileen Collins", *names[1:]), 0.47)),
        ),
    )
    return PersonTrack(
        person_track_id=number,
        track_ids=(1, 3),
        first=at(0),
        last=at(n_frames - 1),
        n_detections=n_frames * 6,
        n_rejected=((Rejection.TOO_BLURRED, 11), (Rejection.YAW, 4), (Rejection.TOO_SMALL, 0)),
        scores=scores,
        fake_score=0.8135,
        forgery_decision=Decision.SUPPORTED,
        forgery_reason="the fake score of 0.814 over 9 frames lies above the threshold of 0.5",
        frames=tuple(recovered_frame(n) for n in range(min(n_frames, 7))),
        findings=findings,
        input_finding=finding(
            Role.TARGET, Decision.INCONCLUSIVE, "for comparison only", search(names[:3], 0.4), measured=False
        ),
    )


def person_without_candidates(number: int = 2) -> PersonTrack:
    scores = tuple((at(n), 0.31) for n in range(3))
    reason = "no enrolled person reaches the threshold"
    return PersonTrack(
        person_track_id=number,
        track_ids=(2,),
        first=at(0),
        last=at(2),
        n_detections=18,
        n_rejected=(),
        scores=scores,
        fake_score=0.31,
        forgery_decision=Decision.NOT_SUPPORTED,
        forgery_reason="the fake score of 0.310 lies below the threshold of 0.5",
        frames=(recovered_frame(0),),
        findings=tuple(
            finding(role, Decision.NOT_SUPPORTED, reason, search(NAMES[1:4], 0.21))
            for role in (Role.SOURCE, Role.TARGET)
        ),
    )


def person_not_recovered(number: int = 3) -> PersonTrack:
    return PersonTrack(
        person_track_id=number,
        track_ids=(4,),
        first=at(1),
        last=at(2),
        n_detections=5,
        n_rejected=((Rejection.TOO_SMALL, 5),),
        scores=(),
        fake_score=None,
        forgery_decision=Decision.UNABLE_TO_EVALUATE,
        forgery_reason="all 5 faces are smaller than 24 px between the eyes",
        frames=(),
        findings=(),
    )


HOSTILE = (
    '<a href="https://example.org/x">Robert</a> &amp; <b>bold</b> &lt;',
    "O'Brien\"; DROP TABLE people; --",
    "../../etc/passwd",
    "\u202egnp.exe\u202c \u2066hidden\u2069 zero\u200bwidth",
    "nul\x00bell\x07escape\x1b[31m",
    "line one\nline two\r\nline three\tafter a tab",
    "W" * 400,
    "<para><font color='red' size=90>big</font><img src='/etc/hostname'/>",
    "\udcff undecodable",
    "e\u0301a\u0300" * 30 + "Z\u0351\u0343\u034aalgo",
    "👩🏽‍🚀 Sally 🚀 \U0001fae0",
)
