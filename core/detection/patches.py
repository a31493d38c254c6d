"""Square cut-outs of a frame at a network's input size, and the way back to frame pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.domain.arrays import UInt8Array

FloatBoxes = NDArray[np.float64]


def squares_around(boxes: FloatBoxes) -> NDArray[np.int64]:
    """Whole-pixel squares with the centre of each box and its longer side.

    Args:
        boxes: (N, 4) x1, y1, x2, y2.

    Returns:
        (N, 3) left, top, side; side is at least 2.
    """
    side = np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
    left = np.rint((boxes[:, 0] + boxes[:, 2] - side) / 2)
    top = np.rint((boxes[:, 1] + boxes[:, 3] - side) / 2)
    return np.stack([left, top, np.maximum(np.rint(side), 2)], axis=1).astype(np.int64)


def cut_squares(rgb: UInt8Array, squares: NDArray[np.int64], size: int) -> UInt8Array:
    """Cut squares out of a picture and scale them to `size`; what lies outside the picture is black.

    MTCNN was trained with black padding; clipping instead would stretch faces at the border.

    Args:
        rgb: (H, W, 3) uint8.
        squares: (N, 3) left, top, side in px.
        size: side of the patches, px.

    Returns:
        (N, size, size, 3) uint8.
    """
    import cv2

    height, width = rgb.shape[:2]
    out = np.zeros((len(squares), size, size, 3), np.uint8)
    for patch, (left, top, side) in zip(out, squares.tolist(), strict=True):
        x1, y1, x2, y2 = max(left, 0), max(top, 0), min(left + side, width), min(top + side, height)
        if x1 >= x2 or y1 >= y2:
            continue
        cut: NDArray[np.uint8] = rgb[y1:y2, x1:x2]
        if cut.shape[:2] != (side, side):
            whole = np.zeros((side, side, 3), np.uint8)
            whole[y1 - top : y2 - top, x1 - left : x2 - left] = cut
            cut = whole
        interpolation = cv2.INTER_AREA if side >= size else cv2.INTER_LINEAR
        patch[:] = cv2.resize(cut, (size, size), interpolation=interpolation)
    return out


def suppress(boxes: FloatBoxes, scores: NDArray[np.float64], threshold: float, *, over_smaller: bool) -> list[int]:
    """Greedy non-maximum suppression; for a handful of boxes.

    Args:
        boxes: (N, 4).
        scores: (N,); the best survives, ties by lower index.
        threshold: overlap above which the weaker box goes.
        over_smaller: divide the intersection by the smaller area instead of the union, so that a box
            inside another one goes too.

    Returns:
        Indices kept, best score first.
    """
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    order = np.argsort(-scores, kind="stable")
    kept: list[int] = []
    while len(order):
        best, rest = order[0], order[1:]
        kept.append(int(best))
        width = np.minimum(boxes[best, 2], boxes[rest, 2]) - np.maximum(boxes[best, 0], boxes[rest, 0])
        height = np.minimum(boxes[best, 3], boxes[rest, 3]) - np.maximum(boxes[best, 1], boxes[rest, 1])
        inter = np.maximum(width, 0) * np.maximum(height, 0)
        base = np.minimum(area[best], area[rest]) if over_smaller else area[best] + area[rest] - inter
        order = rest[inter <= threshold * base]
    return kept
