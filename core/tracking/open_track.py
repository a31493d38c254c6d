"""One face track in the making."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.domain.arrays import FloatArray
from core.domain.faces import FaceDetection
from core.tracking.association import unit_mean
from core.tracking.motion import Motion


class OpenTrack:
    """A track that may still go on. `number` counts the analysed frames."""

    def __init__(self, track_id: int, detection: FaceDetection, number: int) -> None:
        self.track_id = track_id
        self.detections = [detection]
        self.first_number = self.last_number = number
        self.n_gaps = 0
        self.motion = Motion.start(detection.time, detection.bbox)
        self._total: NDArray[np.float64] | None = None
        self._remember(detection)

    @property
    def appearance(self) -> FloatArray | None:
        """Mean direction of the embeddings so far, (D,) unit norm; None without any."""
        return None if self._total is None else unit_mean(self._total)

    def extend(self, detection: FaceDetection, number: int) -> None:
        """Take in the face's next sighting, in analysed frame `number`."""
        self.motion = self.motion.updated(detection.time, detection.bbox)
        self.detections.append(detection)
        self.n_gaps += number - self.last_number - 1
        self.last_number = number
        self._remember(detection)

    def absorb(self, newer: OpenTrack) -> None:
        """Go on as `newer`, which began after this track was last seen."""
        self.detections += newer.detections
        self.n_gaps += newer.n_gaps + newer.first_number - self.last_number - 1
        self.last_number, self.motion = newer.last_number, newer.motion
        for detection in newer.detections:
            self._remember(detection)

    def _remember(self, detection: FaceDetection) -> None:
        if detection.embedding is not None:
            vector = detection.embedding.astype(np.float64)
            self._total = vector if self._total is None else self._total + vector
