"""What every face embedder offers: aligned chips in, unit vectors out."""

from __future__ import annotations

from typing import Protocol

from core.domain.arrays import FloatArray, UInt8Array


class Embedder(Protocol):
    """A network that maps an aligned face to a point on the unit sphere.

    Vectors of two embedders live in different spaces: compare them only when `embedder_id` is the same.
    """

    @property
    def embedder_id(self) -> str:
        """Name, ``":"``, and the first 16 hexadecimal digits of the SHA-256 of the weights file."""
        ...

    @property
    def dim(self) -> int:
        """Number of components D of a vector."""
        ...

    @property
    def chip_size(self) -> int:
        """Side S of the square face chip in px."""
        ...

    @property
    def template_points(self) -> FloatArray:
        """(5, 2) float32: where MTCNN's five landmarks lie in a chip, x and y in px.

        Order: the eye on the left of the picture, the other eye, nose tip, the mouth corner on the left of
        the picture, the other corner. A face is aligned by the similarity transform that best takes its
        landmarks to these points.
        """
        ...

    def embed(self, chips: UInt8Array) -> FloatArray:
        """Embed faces.

        Args:
            chips: (N, S, S, 3) uint8, RGB, aligned to `template_points`; N may be 0.

        Returns:
            (N, D) float32, every row of length 1.

        Raises:
            ValueError: `chips` has another shape or dtype.
        """
        ...


def embedder_id(name: str, sha256: str) -> str:
    """The identity stored with every template: `name` and the start of its weights' SHA-256."""
    return f"{name}:{sha256[:16]}"


def check_chips(chips: UInt8Array, size: int) -> None:
    """Raise ValueError unless `chips` is (N, size, size, 3) uint8."""
    if chips.dtype != "uint8" or chips.ndim != 4 or chips.shape[1:] != (size, size, 3):
        raise ValueError(f"expected chips (N, {size}, {size}, 3) uint8, got {chips.shape} {chips.dtype}")
