"""What every face detector offers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from core.domain.evidence import Frame
from core.domain.faces import FaceDetection
from core.domain.geometry import BBox


class FaceDetector(Protocol):
    """Finds faces in whole frames, and finds again, cheaply, a face whose place is roughly known."""

    @property
    def name(self) -> str:
        """Short name for the run manifest, for example ``"mtcnn"``."""
        ...

    @property
    def least_usable_score(self) -> float:
        """Score in [0, 1] below which its boxes often hold half a face or none: scores of two detectors differ."""
        ...

    def detect(self, frames: Sequence[Frame]) -> list[list[FaceDetection]]:
        """Search whole frames.

        Args:
            frames: any number of frames, of any sizes.

        Returns:
            One list a frame, best score first. Boxes and landmarks are in px of the frame as given, a box may
            reach outside the frame; `is_refined` is False, `quality` and `embedding` are None.
        """
        ...

    def refine(self, frames: Sequence[Frame], boxes: Sequence[Sequence[BBox]]) -> list[list[FaceDetection | None]]:
        """Look for one face at each predicted box; much cheaper than `detect`.

        Args:
            frames: any number of frames, of any sizes.
            boxes: for each frame, the boxes in which a face is expected, px of that frame. A box off by a
                quarter of its side in place or size is still expected to work.

        Returns:
            For each frame one entry a box, in the order of the boxes: the face found there with
            `is_refined` True, or None when there is no face any more. Two boxes may find the same face.

        Raises:
            ValueError: `frames` and `boxes` differ in length.
        """
        ...
