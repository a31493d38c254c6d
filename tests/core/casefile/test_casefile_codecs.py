"""Every codec gives back what it was given, down to the last bit, whatever the values."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from casefile_builders import plain
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from core.casefile import codec, codec_evidence, codec_faces, codec_identity
from core.domain.comparison import Surroundings
from core.domain.evidence import EvidenceItem, EvidenceKind, FrameRecord
from core.domain.faces import AlignedFace, FaceDetection, FaceQuality, Rejection
from core.domain.geometry import BBox
from core.domain.identity import Decision, GalleryMatch, IdentityFinding, IdentityTemplate, Role, SearchResult
from core.domain.recovery import RecoveredFaces
from core.domain.report import CaseInfo
from core.domain.time import TimePoint, TimeRange
from tests.builders_report import item as report_item

# Any character a path can hold, undecodable bytes (lone surrogates DC80-DCFF) included.
TEXT = st.text(st.characters(exclude_categories=["Cs"]) | st.characters(min_codepoint=0xDC80, max_codepoint=0xDCFF))
FLOAT = st.floats()  # NaN, infinities and -0.0 too
COUNT = st.integers(0, 2**53)
MOMENT = st.datetimes(timezones=st.just(UTC))
POSITIVE = st.fractions(min_value=Fraction(1, 10**6), max_value=10**6)
TIME = st.builds(TimePoint, pts=st.integers(-(2**63), 2**63 - 1), time_base=POSITIVE)
PIXELS = arrays.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(3)))


def bits(*shape: int | None) -> st.SearchStrategy[np.ndarray]:
    """float32 of any bit pattern, NaN payloads included; None is any length from 1."""
    lengths = st.tuples(*(st.integers(1, 9) if n is None else st.just(n) for n in shape))
    return lengths.flatmap(lambda s: arrays.arrays(np.uint32, s)).map(lambda a: a.view(np.float32))


QUALITY = st.builds(
    FaceQuality,
    size_px=FLOAT,
    sharpness=FLOAT,
    yaw_deg=FLOAT,
    pitch_deg=FLOAT,
    roll_deg=FLOAT,
    score=FLOAT,
    rejections=st.lists(st.sampled_from(Rejection)).map(tuple),
)
BOX = st.tuples(*[st.floats(-1e9, 1e9)] * 4).map(
    lambda v: BBox(x1=min(v[:2]), y1=min(v[2:]), x2=max(v[:2]) + 1, y2=max(v[2:]) + 1)
)
DETECTION = st.builds(
    FaceDetection,
    frame_index=COUNT,
    time=TIME,
    bbox=BOX,
    score=FLOAT,
    landmarks_px=bits(5, 2),
    quality=st.none() | QUALITY,
    embedding=st.none() | bits(None),
    is_refined=st.booleans(),
)
ALIGNED = st.builds(
    AlignedFace,
    frame_index=COUNT,
    time=TIME,
    frame_sha256=TEXT,
    rgb=PIXELS,
    frame_to_crop=bits(2, 3),
    landmarks_px=bits(5, 2),
    quality=QUALITY,
)
SURROUNDINGS = st.builds(Surroundings, embedding=bits(None), model_id=TEXT)
RECOVERED = st.builds(
    RecoveredFaces,
    source_rgb=PIXELS,
    target_rgb=PIXELS,
    identity_map=bits(None, None),
    fake_score=FLOAT,
    input_embedding=bits(None),
    source_embedding=bits(None),
    target_embedding=bits(None),
    embedder_id=TEXT,
    weights_sha256=TEXT,
    seed=COUNT,
    surroundings=st.none() | SURROUNDINGS,
)
ITEM = st.builds(
    EvidenceItem,
    path=TEXT.map(Path),
    sha256=TEXT,
    size_bytes=COUNT,
    modified_at=MOMENT,
    ingested_at=MOMENT,
    kind=st.sampled_from(EvidenceKind),
    container=TEXT,
    codec=TEXT,
    pixel_format=TEXT,
    stream_index=COUNT,
    n_video_streams=COUNT,
    has_audio=st.booleans(),
    width_px=COUNT,
    height_px=COUNT,
    rotation_deg=st.sampled_from([0, 90, 180, 270]),
    mirrored=st.booleans(),
    pixel_aspect=st.fractions(min_value=Fraction(1, 1000), max_value=1000, max_denominator=1000),
    nominal_fps=st.none() | POSITIVE,
    is_vfr=st.none() | st.booleans(),
    time_base=POSITIVE,
    duration_s=st.none() | st.fractions(),
    first_s=st.none() | st.fractions(),
    encoder=TEXT,
)
FRAME = st.builds(
    FrameRecord,
    index=COUNT,
    time=TIME,
    sha256=TEXT,
    is_corrupt=st.booleans(),
    is_duplicate=st.booleans(),
    is_cut=st.booleans(),
)
INFO = st.builds(
    CaseInfo,
    case_number=TEXT,
    title=TEXT,
    examiner=TEXT,
    organisation=TEXT,
    request=TEXT,
    questions=st.lists(TEXT).map(tuple),
    observations=TEXT,
)
MATCH = st.builds(
    GalleryMatch,
    person_id=COUNT,
    name=TEXT,
    score=FLOAT,
    rank=COUNT,
    photo_sha256=TEXT,
    thumbnail_png=st.binary(max_size=9),
    gallery_revision=COUNT,
    face_score=st.none() | FLOAT,
    surroundings_score=st.none() | FLOAT,
)
TEMPLATE = st.builds(
    IdentityTemplate,
    role=st.sampled_from(Role),
    embedding=bits(None),
    n_frames=COUNT,
    n_outliers=COUNT,
    dispersion=FLOAT,
    embedder_id=TEXT,
    surroundings=st.none() | SURROUNDINGS,
)
SEARCH = st.builds(
    SearchResult,
    candidates=st.lists(MATCH, max_size=3).map(tuple),
    threshold=FLOAT,
    n_people=COUNT,
    n_templates=COUNT,
    gallery_revision=COUNT,
    n_surroundings=COUNT,
)
FINDING = st.builds(
    IdentityFinding,
    role=st.sampled_from(Role),
    decision=st.sampled_from(Decision),
    reason=TEXT,
    template=st.none() | TEMPLATE,
    search=st.none() | SEARCH,
    calibration_id=TEXT,
    false_match_rate=st.none() | st.tuples(FLOAT, FLOAT, FLOAT),
    false_positive_identification_rate=st.none() | FLOAT,
    frame_indices=st.lists(COUNT).map(tuple),
    limitations=st.lists(TEXT).map(tuple),
)
FEW = settings(max_examples=40, deadline=None)


@FEW
@given(DETECTION)
def test_detections(detection: FaceDetection) -> None:
    row = codec_faces.detection_row(detection)
    assert plain(codec_faces.detection_from_row(detection.frame_index, row)) == plain(detection)


@FEW
@given(ALIGNED)
def test_aligned_faces(face: AlignedFace) -> None:
    assert plain(codec_faces.crop_from_row(face.frame_index, codec_faces.crop_row(face))) == plain(face)


@FEW
@given(RECOVERED)
def test_recovered_faces(faces: RecoveredFaces) -> None:
    row = codec_faces.recovered_row(faces)
    assert plain(codec_faces.recovered_from_row(row)) == plain(faces)
    # Logs hold hashes of the rows of earlier versions, which knew four facts.
    assert len(json.loads(row[0])) == (4 if faces.surroundings is None else 6)


def test_what_earlier_versions_stored_of_findings_has_no_surroundings() -> None:
    template = IdentityTemplate(
        role=Role.TARGET,
        embedding=np.ones(1, np.float32),
        n_frames=1,
        n_outliers=0,
        dispersion=0.0,
        embedder_id="e:1",
        surroundings=Surroundings(embedding=np.ones(2, np.float32), model_id="s:1"),
    )
    match = GalleryMatch(
        person_id=1,
        name="A",
        score=0.5,
        rank=1,
        photo_sha256="",
        thumbnail_png=b"",
        gallery_revision=1,
        face_score=0.4,
        surroundings_score=0.6,
    )
    search = SearchResult(
        candidates=(match,),
        threshold=0.4,
        n_people=1,
        n_templates=1,
        gallery_revision=1,
        n_surroundings=1,
        cohort_cosine=0.3,
    )
    finding = IdentityFinding(
        role=Role.TARGET,
        decision=Decision.SUPPORTED,
        reason="",
        template=template,
        search=search,
        calibration_id="",
        false_match_rate=None,
        false_positive_identification_rate=None,
        frame_indices=(),
    )
    stored = codec_identity.finding_json(finding, lambda _: "")
    kept = codec_identity.finding_from_json(stored, lambda _: b"")
    assert kept.search is not None and kept.search.cohort_cosine == 0.3
    del stored["template"]["surroundings"], stored["search"]["n_surroundings"], stored["search"]["cohort_cosine"]
    del stored["search"]["candidates"][0]["face_score"], stored["search"]["candidates"][0]["surroundings_score"]
    found = codec_identity.finding_from_json(stored, lambda _: b"")
    assert found.template is not None and found.template.surroundings is None
    assert found.search is not None and found.search.n_surroundings == 0 and found.search.cohort_cosine is None
    assert found.search.candidates[0].face_score is None and found.search.candidates[0].score == 0.5


@FEW
@given(ITEM)
def test_evidence_items(item: EvidenceItem) -> None:
    text = codec_evidence.item_json(item)
    text.encode("ascii")
    assert codec_evidence.item_from_json(text) == item


def test_items_of_earlier_versions_have_square_pixels_that_are_not_mirrored() -> None:
    values = json.loads(codec_evidence.item_json(replace(report_item(), mirrored=True, first_s=Fraction(1))))
    del values["mirrored"], values["pixel_aspect"], values["first_s"]
    assert codec_evidence.item_from_json(json.dumps(values)) == report_item()


@FEW
@given(FRAME)
def test_frame_records(frame: FrameRecord) -> None:
    assert codec_evidence.frame_from_json(json.loads(codec.to_json(codec_evidence.frame_json(frame)))) == frame


@FEW
@given(INFO)
def test_case_infos(info: CaseInfo) -> None:
    assert codec_evidence.case_info_from_json(codec_evidence.case_info_json(info)) == info


@FEW
@given(FINDING)
def test_findings(finding: IdentityFinding) -> None:
    pictures: dict[str, bytes] = {}

    def put(picture: bytes) -> str:
        pictures[picture.hex()] = picture
        return picture.hex()

    text = codec.to_json(codec_identity.finding_json(finding, put))
    assert plain(codec_identity.finding_from_json(json.loads(text), pictures.__getitem__)) == plain(finding)


@FEW
@given(st.none() | st.fractions(0, 9), st.none() | st.fractions(10, 99))
def test_time_ranges(start: Fraction | None, end: Fraction | None) -> None:
    time_range = TimeRange(start=start, end=end)
    assert codec.range_from_json(json.loads(codec.to_json(codec.range_json(time_range)))) == time_range


@FEW
@given(TEXT)
def test_texts_of_paths(text: str) -> None:
    assert codec.blob_text(codec.text_blob(text)) == text
    codec.printable(text).encode("utf-8")


def test_non_contiguous_pictures_and_maps() -> None:
    whole = np.arange(2 * 8 * 8 * 3, dtype=np.uint8).reshape(16, 8, 3)
    part = whole[::2, ::-1]
    assert np.array_equal(codec.blob_png(codec.png_blob(part)), part)
    numbers = np.arange(64, dtype=np.float32).reshape(8, 8).T[1:]
    assert np.array_equal(codec.unpacked_floats(codec.packed_floats(numbers), numbers.shape), numbers)


@pytest.mark.parametrize("blob", [b"", b"GIF89a", codec.png_blob(np.zeros((9, 9, 3), np.uint8))[:-30]])
def test_a_damaged_picture_is_a_value_error(blob: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        codec.blob_png(blob)


def test_damaged_numbers_are_a_value_error() -> None:
    with pytest.raises(ValueError, match="incorrect header"):
        codec.unpacked_floats(b"nonsense", (2, 2))
    with pytest.raises(ValueError, match="reshape"):
        codec.blob_floats(b"\0" * 12, (2, 2))
