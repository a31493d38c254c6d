"""Real photographs, the real detector and real alignment; the embedding is the small grey picture of the face.

Credits: Eileen Collins (NASA, public domain, in scikit-image), Grace Hopper (US Navy, public domain, in matplotlib).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.cbook import get_sample_data
from PIL import Image, ImageEnhance
from skimage.data import astronaut, coffee

from core.detection.mtcnn import MtcnnDetector
from core.domain.arrays import FloatArray, UInt8Array
from core.domain.evidence import Frame
from core.domain.time import TimePoint
from core.errors import PhotoRefusedError
from core.gallery.enrol import EnrolStatus, PhotoTemplate, import_folder
from core.gallery.photos import read_photo, thumbnail_png
from core.gallery.search import GallerySearch
from core.gallery.store import Gallery
from core.recovery.align import align_chip

CHIP_PX = 16
EYES_NOSE_MOUTH = np.array([[5, 6], [11, 6], [8, 9], [5.5, 12], [10.5, 12]], np.float32)


class MtcnnTemplater:
    """Exactly one face, found by MTCNN; light and contrast are taken out of its 16 px grey picture."""

    embedder_id = "grey-chip@16"

    def __init__(self) -> None:
        self._detector = MtcnnDetector()

    def template(self, rgb: UInt8Array) -> PhotoTemplate:
        frame = Frame(index=0, time=TimePoint(pts=0, time_base=1), rgb=rgb, rotation_deg=0, is_corrupt=False)  # type: ignore[arg-type]
        (faces,) = self._detector.detect([frame])
        faces = [f for f in faces if f.score > 0.95]
        if len(faces) != 1:
            what = "no face was found" if not faces else f"{len(faces)} faces were found"
            raise PhotoRefusedError(what, next_step="crop the photo to one face")
        landmarks = faces[0].landmarks_px
        chip = align_chip(rgb, landmarks, EYES_NOSE_MOUTH, CHIP_PX)
        return PhotoTemplate(
            embedding=grey_embedding(chip),
            thumbnail_png=thumbnail_png(align_chip(rgb, landmarks, EYES_NOSE_MOUTH * 6, CHIP_PX * 6)),
            quality=faces[0].score,
            landmarks_px=landmarks,
        )


def grey_embedding(chip: UInt8Array) -> FloatArray:
    grey = chip.mean(axis=2).ravel() - chip.mean()
    return (grey / np.linalg.norm(grey)).astype(np.float32)


@pytest.fixture(scope="module")
def templater() -> MtcnnTemplater:
    return MtcnnTemplater()


def test_real_photos_are_enrolled_refused_and_found_again(tmp_path: Path, templater: MtcnnTemplater) -> None:
    eileen = Image.fromarray(astronaut())
    grace = Image.open(get_sample_data("grace_hopper.jpg", asfileobj=False)).convert("RGB")
    both = Image.new("RGB", (eileen.width + grace.width, max(eileen.height, grace.height)))
    both.paste(eileen, (0, 0))
    both.paste(grace, (eileen.width, 0))
    people = tmp_path / "people"
    for name, pictures in {
        "Eileen Collins": [eileen, both],
        "Grace Hopper": [grace],
        "Cup": [Image.fromarray(coffee())],
    }.items():
        (people / name).mkdir(parents=True)
        for i, picture in enumerate(pictures):
            picture.save(people / name / f"{i}.png")

    with Gallery.open(tmp_path / "g.db", create=True, embedder_id=templater.embedder_id) as gallery:
        outcomes = list(import_folder(gallery, templater, people, basis="public domain", actor="ann"))
        assert [(o.name, o.status, o.reason) for o in outcomes] == [
            ("Cup", EnrolStatus.REFUSED, "no face was found"),
            ("Eileen Collins", EnrolStatus.ENROLLED, ""),
            ("Eileen Collins", EnrolStatus.REFUSED, "2 faces were found"),
            ("Grace Hopper", EnrolStatus.ENROLLED, ""),
        ]
        assert [p.name for p in gallery.people()] == ["Eileen Collins", "Grace Hopper"]

        search = GallerySearch(gallery, actor="ann", purpose="test")
        for name, picture in (("Eileen Collins", eileen), ("Grace Hopper", grace)):
            altered = ImageEnhance.Brightness(picture.rotate(8, expand=True)).enhance(0.7)
            altered.resize((altered.width * 3 // 4, altered.height * 3 // 4)).save(tmp_path / "q.jpg", quality=60)
            embedding = templater.template(read_photo(tmp_path / "q.jpg").rgb).embedding
            first, second = search.search(embedding, threshold=0.9).candidates
            assert first.name == name
            assert first.score > 0.9 > second.score
            assert first.thumbnail_png.startswith(b"\x89PNG")
