"""The JSON beside the PDF says the same, and more."""

import base64
import io
import json
import re
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from PIL import Image

from core.evidence.hashing import pixels_sha256
from core.report.json_export import SCHEMA, report_to_json
from core.report.pdf import pdf_bytes
from tests import builders_report as build

FONTS = Path(__file__).parents[3] / "resources" / "fonts"


@pytest.mark.parametrize("name", build.CASES)
def test_every_case_is_valid_stable_json(name: str) -> None:
    text = report_to_json(build.CASES[name]())
    assert text == report_to_json(build.CASES[name]())
    assert json.loads(text)["schema"] == SCHEMA


def test_values_survive_exactly() -> None:
    report = build.full_case()
    document = json.loads(report_to_json(report))["report"]
    person, stored = report.results[0].persons[0], document["results"][0]["persons"][0]
    assert [s[1] for s in stored["scores"]] == [value for _, value in person.scores]
    assert [s[0]["pts"] for s in stored["scores"]] == [time.pts for time, _ in person.scores]
    assert stored["scores"][0][0]["time_base"] == "1/90000"
    search = stored["findings"][0]["search"]
    assert [c["score"] for c in search["candidates"]] == [c.score for c in person.findings[0].search.candidates]
    assert document["results"][0]["evidence"]["nominal_fps"] == "30000/1001"
    assert document["created_at"] == "2026-03-14T09:32:53Z"


def test_what_a_score_was_made_of_and_the_rule_are_there() -> None:
    document = json.loads(report_to_json(build.full_case()))["report"]
    source, target = document["results"][0]["persons"][0]["findings"]
    first, second, third, *_ = target["search"]["candidates"]
    assert (first["face_score"], first["surroundings_score"]) == (pytest.approx(0.412), 0.806)
    assert second["surroundings_score"] == -0.031 and third["surroundings_score"] is None
    assert target["search"]["n_surroundings"] == 2500 and source["search"]["n_surroundings"] == 0
    assert set(document["calibration"]["comparison"]) == {"centre", "knee", "share", "cohort", "nearest"}


def test_the_face_as_filmed_has_neither_role_nor_category() -> None:
    person = json.loads(report_to_json(build.full_case()))["report"]["results"][0]["persons"][0]
    filmed = person["input_finding"]
    assert (filmed["role"], filmed["decision"]) == (None, None) and filmed["search"]["candidates"]
    assert person["findings"][0]["decision"] == "supported"


def test_all_frames_are_listed() -> None:
    document = json.loads(report_to_json(build.many_frames_case()))
    frames = document["report"]["results"][0]["frames"]
    assert len(frames) == 600
    assert frames[599]["sha256"] == build.digest("frame 599")


def test_pictures_stand_on_their_own_and_reconstructions_are_labelled() -> None:
    document = json.loads(report_to_json(build.full_case()))
    frame = document["report"]["results"][0]["persons"][0]["frames"][0]
    expected = build.recovered_frame(0)
    for stored, pixels in (
        (frame["face"]["rgb"], expected.face.rgb),
        (frame["recovered"]["source_rgb"], expected.recovered.source_rgb),
    ):
        decoded = np.asarray(Image.open(io.BytesIO(base64.b64decode(stored["png_base64"]))))
        assert np.array_equal(decoded, pixels)
        assert stored["pixels_sha256"] == pixels_sha256(decoded)
    assert frame["recovered"]["target_rgb"]["label"].startswith("RECONSTRUCTION")
    assert "label" not in frame["face"]["rgb"]


def test_no_embedding_leaves_the_case() -> None:
    document = json.loads(report_to_json(build.full_case()))
    recovered = document["report"]["results"][0]["persons"][0]["frames"][0]["recovered"]
    assert set(recovered["source_embedding"]) == {"length", "float32_sha256"}


def test_the_pdf_prints_the_same_numbers() -> None:
    report = build.full_case()
    opened = pypdfium2.PdfDocument(pdf_bytes(report, fonts_dir=FONTS))
    text = " ".join(" ".join(opened[i].get_textpage().get_text_range() for i in range(len(opened))).split())
    document = json.loads(report_to_json(report))
    for item in document["statements"]["items"]:
        for person in item["persons"]:
            for answer in person["answers"]:
                assert answer["category"] in text
                assert answer["reason"] in text
                assert answer["search"] in text
            for value in (person["fake_score"] or {"n": 5}).values():
                assert (f"{value:.3f}" if isinstance(value, float) else str(value)) in text
    for result in document["report"]["results"]:
        for person in result["persons"]:
            for finding in person["findings"]:
                for candidate in finding["search"]["candidates"]:
                    assert f"{candidate['score']:.3f}" in text
                    assert candidate["photo_sha256"] in re.sub(r"\s", "", text)
    for rate in document["report"]["error_rates"]:
        assert f"{rate['trials']:,}" in text
