"""Templates from photographs: the one face of a photo, found, judged and embedded, and what surrounds it."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from core.detection.base import FaceDetector
from core.detection.quality import QualityGate, measure
from core.domain.arrays import UInt8Array
from core.domain.evidence import Frame
from core.domain.faces import FaceDetection
from core.domain.time import TimePoint
from core.errors import PhotoRefusedError
from core.gallery.enrol import PhotoTemplate
from core.gallery.photos import thumbnail_png
from core.models.embedding import Embedder
from core.recovery.align import crop_face_rgb
from core.recovery.appearance import FaceDescriber
from core.recovery.surroundings import SurroundingsReader

# A face in the background of a portrait does not make it a photo of several people.
BYSTANDER_AREA = 0.25
SURE = 0.9


class PhotoTemplater:
    """Implements `core.gallery.enrol.FaceTemplater` with the networks of the analysis.

    Args:
        detector: finds the face.
        embedder: of the gallery.
        gate: what is asked of a photo's quality.
        surroundings: of the recovery network whose targets are to be searched; None to read none.
    """

    def __init__(
        self,
        detector: FaceDetector,
        embedder: Embedder,
        gate: QualityGate,
        surroundings: SurroundingsReader | None = None,
    ) -> None:
        self._detector = detector
        self._gate = gate
        self._embedder = embedder
        self._surroundings = surroundings
        self._describe = FaceDescriber(embedder)

    @property
    def embedder_id(self) -> str:
        """Id of the embedder."""
        return self._embedder.embedder_id

    @property
    def surroundings_id(self) -> str:
        """Id of what reads the surroundings; '' where nothing does."""
        return self._surroundings.model_id if self._surroundings else ""

    def template(self, rgb: UInt8Array) -> PhotoTemplate:
        """Template of the one face in `rgb`, (H, W, 3) uint8, upright.

        Raises:
            PhotoRefusedError: no face, several faces, or the face fails the quality gate.
        """
        face = self._one_face(rgb)
        quality = measure(rgb, face, self._gate)
        if quality.rejections:
            reasons = ", ".join(quality.rejections)
            raise PhotoRefusedError(f"the face is not usable: {reasons}", next_step="choose a clearer, frontal photo")
        crop = crop_face_rgb(rgb, face.landmarks_px)
        return PhotoTemplate(
            embedding=self._describe(rgb, [face.landmarks_px])[0],
            thumbnail_png=thumbnail_png(crop),
            quality=quality.score,
            landmarks_px=face.landmarks_px,
            surroundings=self._surroundings.read(crop) if self._surroundings else None,
        )

    def _one_face(self, rgb: UInt8Array) -> FaceDetection:
        time = TimePoint(pts=0, time_base=Fraction(1))
        frame = Frame(index=0, time=time, rgb=np.ascontiguousarray(rgb), rotation_deg=0, is_corrupt=False)
        faces = [face for face in self._detector.detect([frame])[0] if face.score >= SURE]
        if not faces:
            raise PhotoRefusedError("no face was found", next_step="choose a photo that shows one face clearly")
        largest = max(faces, key=lambda face: face.bbox.area)
        others = [f for f in faces if f is not largest and f.bbox.area > BYSTANDER_AREA * largest.bbox.area]
        if others:
            raise PhotoRefusedError(
                f"{len(others) + 1} faces were found", next_step="cut the photo so that it shows one person"
            )
        return largest
