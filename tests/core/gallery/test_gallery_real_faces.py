"""Real photographs through the real detector, alignment and shipped embedder.

Credits: Eileen Collins (NASA, public domain, in scikit-image), Grace Hopper (US Navy, public domain, in matplotlib).
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from matplotlib.cbook import get_sample_data
from PIL import Image, ImageEnhance
from skimage.data import astronaut, coffee

from core.domain.arrays import UInt8Array
from core.domain.evidence import Frame
from core.domain.gallery import EnrolStatus
from core.domain.time import TimePoint
from core.errors import PhotoRefusedError
from core.gallery.enrol import PhotoTemplate, import_folder
from core.gallery.photos import read_photo, thumbnail_png
from core.gallery.search import GallerySearch
from core.gallery.store import Gallery
from core.models.registry import ModelRegistry
from core.recovery.align import align_chip
from core.recovery.loading import load_embedder
from tests.builders_detector import mtcnn

MODELS = Path(__file__).parents[3] / "resources" / "models"


class MtcnnTemplater:
    """Exactly one face, found by MTCNN, embedded by the shipped network."""

    def __init__(self, user_models: Path) -> None:
        self._detector = mtcnn()
        registry = ModelRegistry(shipped=MODELS, user=user_models)
        self._embedder = load_embedder(registry, "dlib-resnet-v1", "cpu")
        self.embedder_id = self._embedder.embedder_id
        self.surroundings_id = ""

    def template(self, rgb: UInt8Array) -> PhotoTemplate:
        time = TimePoint(pts=0, time_base=Fraction(1))
        frame = Frame(index=0, time=time, rgb=rgb, rotation_deg=0, is_corrupt=False)
        (faces,) = self._detector.detect([frame])
        faces = [f for f in faces if f.score > 0.95]
        if len(faces) != 1:
            what = "no face was found" if not faces else f"{len(faces)} faces were found"
            raise PhotoRefusedError(what, next_step="crop the photo to one face")
        landmarks = faces[0].landmarks_px
        chip = align_chip(rgb, landmarks, self._embedder.template_points, self._embedder.chip_size)
        return PhotoTemplate(
            embedding=self._embedder.embed(chip[None])[0],
            thumbnail_png=thumbnail_png(chip),
            quality=faces[0].score,
            landmarks_px=landmarks,
        )


@pytest.fixture(scope="module")
def templater(tmp_path_factory: pytest.TempPathFactory) -> MtcnnTemplater:
    return MtcnnTemplater(tmp_path_factory.mktemp("models"))


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
            first, second = search.search(embedding, threshold=0.95).candidates
            assert first.name == name
            assert first.score > 0.95 > second.score
            assert first.thumbnail_png.startswith(b"\x89PNG")
