"""MTCNN: "Joint Face Detection and Alignment Using Multitask Cascaded CNNs" (Zhang et al., 2016).

The three networks come with facenet-pytorch, their weights with this application: the package's are pickles, which
are not read when the application runs. The cascade around them is written here because the package's own one clips
boxes at the border (faces are stretched), fails on frames without candidates and on boxes wholly outside, needs frames
of one size, and returns ragged object arrays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from facenet_pytorch.models.mtcnn import ONet, PNet, RNet
from numpy.typing import NDArray
from torch import Tensor, nn
from torchvision.ops import nms

from core.arithmetic import exact_inference
from core.detection.patches import FloatBoxes, cut_squares, squares_around, suppress
from core.domain.arrays import UInt8Array
from core.domain.evidence import Frame
from core.domain.faces import FaceDetection
from core.domain.geometry import BBox
from core.errors import ModelError

TEMPLATE_PX = 12
"""Side of the face that PNet is trained to see."""
PYRAMID_FACTOR = 0.709
SMALLEST_SCALED_FACE_PX = 20
"""Below this size in the scaled picture PNet mostly finds texture."""
GLANCE_THRESHOLD = 0.1
"""ONet's score below which the first look of `refine` is not followed by a second."""
NEAR_REACH = 2.5
"""Side of the surroundings that `refine` searches, in sides of the predicted box."""
NEAR_PX = 96
"""Side at which it searches them."""
_CUDA_FRAMES = 8
_NETWORKS = {"pnet": PNet, "rnet": RNet, "onet": ONet}


class MtcnnDetector:
    """Cascade of PNet (pyramid), RNet (24 px) and ONet (48 px) on frames scaled to at most `max_side_px`.

    ONet, which gives the final box and landmarks, looks at the frame in full resolution.

    On the CPU each frame goes through alone, so that a frame's result does not depend on its neighbours in
    the batch (matrix products of other heights round differently); on CUDA eight at a time.

    Args:
        tensors: float32 state dicts of the three networks, named ``pnet.*``, ``rnet.*`` and ``onet.*``.
        device: torch device name.
        max_side_px: longer side of the picture in which PNet and RNet search, px.
        min_face_px: smallest face to look for, px of the original frame; never below 20 px of the scaled one.
        thresholds: scores in [0, 1] to pass PNet, RNet and ONet.

    Raises:
        ModelError: the tensors are not those of these networks.
    """

    def __init__(
        self,
        tensors: Mapping[str, Tensor],
        device: str = "cpu",
        max_side_px: int = 640,
        min_face_px: int = 32,
        thresholds: tuple[float, float, float] = (0.6, 0.7, 0.6),
    ) -> None:
        self._device = torch.device(device)
        self._max_side_px = max_side_px
        self._min_face_px = min_face_px
        self._thresholds = thresholds
        networks: dict[str, nn.Module] = {name: net(pretrained=False) for name, net in _NETWORKS.items()}
        try:
            for name, network in networks.items():
                part = {k.partition(".")[2]: v for k, v in tensors.items() if k.startswith(f"{name}.")}
                network.load_state_dict(part, strict=True)
        except RuntimeError as error:
            raise ModelError(
                f"these are not the weights of MTCNN ({str(error).splitlines()[0]})",
                next_step="install the application again",
            ) from error
        self._pnet, self._rnet, self._onet = (network.eval().to(self._device) for network in networks.values())

    @property
    def name(self) -> str:
        """See `FaceDetector.name`."""
        return "mtcnn"

    @property
    def least_usable_score(self) -> float:
        """See `FaceDetector.least_usable_score`; unoccluded faces score 0.98 and more."""
        return 0.95

    @exact_inference()
    def detect(self, frames: Sequence[Frame]) -> list[list[FaceDetection]]:
        """See `FaceDetector.detect`."""
        found: list[list[FaceDetection]] = [[] for _ in frames]
        for indices in self._groups(frames):
            group = [frames[i] for i in indices]
            scaled, scale = self._scaled([f.rgb for f in group])
            proposals = self._rnet_stage(scaled, self._pnet_stage(scaled, scale, self._min_face_px))
            faces = self._onet_stage([f.rgb for f in group], [p / scale for p in proposals])
            for i, (boxes, scores, landmarks) in zip(indices, faces, strict=True):
                good = np.flatnonzero(scores >= self._thresholds[2])
                kept = good[suppress(boxes[good], scores[good], 0.7, over_smaller=True)]
                found[i] = [_detection(frames[i], boxes[k], scores[k], landmarks[k], False) for k in kept]
        return found

    @exact_inference()
    def refine(self, frames: Sequence[Frame], boxes: Sequence[Sequence[BBox]]) -> list[list[FaceDetection | None]]:
        """See `FaceDetector.refine`: ONet twice on the predicted boxes, all frames in one batch.

        The first look only centres the box (a face a third of its side away is still found), the second
        decides. Where that fails, the whole cascade searches the surroundings at low resolution.
        """
        if len(frames) != len(boxes):
            raise ValueError(f"{len(frames)} frames but boxes for {len(boxes)}")
        pictures = [f.rgb for f in frames]
        predicted = [_as_array(of_frame) for of_frame in boxes]
        centred = self._onet_stage(pictures, predicted)
        final = self._onet_stage(pictures, [first[0] for first in centred])
        found: list[list[FaceDetection | None]] = []
        for k, frame in enumerate(frames):
            (new_boxes, scores, landmarks), glance = final[k], centred[k][1]
            is_face = (glance >= GLANCE_THRESHOLD) & (scores >= self._thresholds[2])
            found.append(
                [
                    _detection(frame, new_boxes[i], scores[i], landmarks[i], True)
                    if is_face[i]
                    else self._search_near(frame, predicted[k][i])
                    for i in range(len(scores))
                ]
            )
        return found

    def _search_near(self, frame: Frame, box: FloatBoxes) -> FaceDetection | None:
        """The cascade on a small picture of the surroundings of a box: the face nearest to the box."""
        half = (box[2:] - box[:2]).max() * NEAR_REACH / 2
        centre = (box[:2] + box[2:]) / 2
        square = squares_around(np.concatenate([centre - half, centre + half])[None])
        picture = cut_squares(frame.rgb, square, NEAR_PX)
        scale, corner = NEAR_PX / float(square[0, 2]), np.tile(square[0, :2], 2)
        smallest_px = NEAR_PX / NEAR_REACH * 0.6 / scale
        proposals = self._rnet_stage([picture[0]], self._pnet_stage([picture[0]], scale, smallest_px))
        boxes, scores, landmarks = self._onet_stage([frame.rgb], [proposals[0] / scale + corner])[0]
        good = np.flatnonzero(scores >= self._thresholds[2])
        if not len(good):
            return None
        away = np.linalg.norm((boxes[good, :2] + boxes[good, 2:]) / 2 - centre, axis=1)
        best = int(good[away.argmin()])
        return _detection(frame, boxes[best], scores[best], landmarks[best], True)

    def _groups(self, frames: Sequence[Frame]) -> list[list[int]]:
        """Indices of frames that go through together: equal sizes, as many as the device likes."""
        most = _CUDA_FRAMES if self._device.type == "cuda" else 1
        groups: list[list[int]] = []
        for i, frame in enumerate(frames):
            last = groups[-1] if groups else []
            if last and len(last) < most and frames[last[0]].rgb.shape == frame.rgb.shape:
                last.append(i)
            else:
                groups.append([i])
        return groups

    def _scaled(self, pictures: list[UInt8Array]) -> tuple[list[UInt8Array], float]:
        """Pictures of one size at no more than `max_side_px`, and the factor from original to scaled px."""
        import cv2

        height, width = pictures[0].shape[:2]
        scale = min(1.0, self._max_side_px / max(height, width))
        if scale == 1.0:
            return pictures, scale
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        return [cv2.resize(p, size, interpolation=cv2.INTER_AREA) for p in pictures], scale

    def _pnet_stage(self, pictures: list[UInt8Array], scale: float, min_face_px: float) -> list[FloatBoxes]:
        """Candidate boxes of each picture: (N, 4) px of the scaled picture; `min_face_px` of the original."""
        height, width = pictures[0].shape[:2]
        level_scale = TEMPLATE_PX / max(min_face_px * scale, SMALLEST_SCALED_FACE_PX)
        batch = self._to_tensor(np.stack(pictures))
        per_level: list[list[Tensor]] = [[] for _ in pictures]
        while min(height, width) * level_scale >= TEMPLATE_PX:
            size = (int(height * level_scale + 1), int(width * level_scale + 1))
            regression, score = self._pnet(nn.functional.interpolate(batch, size=size, mode="area"))
            for i in range(len(pictures)):
                boxes = self._pnet_boxes(regression[i], score[i, 1], level_scale)
                per_level[i].append(boxes[nms(boxes[:, :4], boxes[:, 4], 0.5)])
            level_scale *= PYRAMID_FACTOR
        found = []
        for levels in per_level:
            boxes = torch.cat(levels) if levels else torch.zeros((0, 9), device=self._device)
            boxes = boxes[nms(boxes[:, :4], boxes[:, 4], 0.7)]
            found.append(_regressed(_to_numpy(boxes[:, :4]), _to_numpy(boxes[:, 5:])))
        return found

    def _pnet_boxes(self, regression: Tensor, score: Tensor, level_scale: float) -> Tensor:
        """(N, 9) box, score, regression of the cells of one pyramid level that pass."""
        passing = (score >= self._thresholds[0]).nonzero()
        corner = passing.flip(1) * 2.0
        at = regression[:, passing[:, 0], passing[:, 1]].T
        picked = score[passing[:, 0], passing[:, 1]][:, None]
        return torch.cat([corner / level_scale, (corner + TEMPLATE_PX) / level_scale, picked, at], dim=1)

    def _rnet_stage(self, pictures: list[UInt8Array], boxes: list[FloatBoxes]) -> list[FloatBoxes]:
        """Sift and correct candidates: (N, 4) px of the scaled picture."""
        squares = [squares_around(b) for b in boxes]
        patches = [cut_squares(p, s, 24) for p, s in zip(pictures, squares, strict=True)]
        counts = [len(p) for p in patches]
        if not sum(counts):
            return boxes
        regression, score = self._rnet(self._to_tensor(np.concatenate(patches)))
        found = []
        for square, reg, prob in zip(squares, regression.split(counts), score[:, 1].split(counts), strict=True):
            probability = _to_numpy(prob)
            good = np.flatnonzero(probability >= self._thresholds[1])
            square_boxes = _boxes_of(square[good])
            kept = nms(torch.from_numpy(square_boxes), torch.from_numpy(probability[good]), 0.7).numpy()
            found.append(_regressed(square_boxes[kept], _to_numpy(reg)[good][kept]))
        return found

    def _onet_stage(
        self, pictures: list[UInt8Array], boxes: list[FloatBoxes]
    ) -> list[tuple[FloatBoxes, NDArray[np.float64], NDArray[np.float64]]]:
        """For each picture boxes (N, 4), scores (N,) and landmarks (N, 5, 2) in its px; nothing is sifted."""
        squares = [squares_around(b) for b in boxes]
        patches = [cut_squares(p, s, 48) for p, s in zip(pictures, squares, strict=True)]
        counts = [len(p) for p in patches]
        if not sum(counts):
            return [(np.zeros((0, 4)), np.zeros(0), np.zeros((0, 5, 2))) for _ in pictures]
        outputs = self._onet(self._to_tensor(np.concatenate(patches)))
        found = []
        for square, reg, points, score in zip(squares, *(o.split(counts) for o in outputs), strict=True):
            # ONet gives five x, then five y, as fractions of the square.
            fractions = _to_numpy(points).reshape(-1, 2, 5).transpose(0, 2, 1)
            landmarks = square[:, None, :2] + fractions * square[:, None, 2:]
            found.append((_regressed(_boxes_of(square), _to_numpy(reg)), _to_numpy(score)[:, 1], landmarks))
        return found

    def _to_tensor(self, patches: UInt8Array) -> Tensor:
        """(N, H, W, 3) uint8 -> (N, 3, H, W) float32 in [-1, 1)."""
        return (torch.from_numpy(patches).to(self._device).permute(0, 3, 1, 2).float() - 127.5) / 128


def _to_numpy(tensor: Tensor) -> NDArray[np.float64]:
    values: NDArray[np.float64] = tensor.cpu().double().numpy()  # Apple's GPUs have no float64
    return values


def _as_array(boxes: Sequence[BBox]) -> FloatBoxes:
    return np.array([(b.x1, b.y1, b.x2, b.y2) for b in boxes], np.float64).reshape(-1, 4)


def _boxes_of(squares: NDArray[np.int64]) -> FloatBoxes:
    boxes: FloatBoxes = np.concatenate([squares[:, :2], squares[:, :2] + squares[:, 2:]], axis=1, dtype=np.float64)
    return boxes


def _regressed(boxes: FloatBoxes, regression: NDArray[np.float64]) -> FloatBoxes:
    """Move each side of a box by its regression, a fraction of the box's width or height."""
    size = boxes[:, 2:] - boxes[:, :2]
    return boxes + regression * np.tile(size, 2)


def _detection(
    frame: Frame, box: FloatBoxes, score: np.float64, points: NDArray[np.float64], is_refined: bool
) -> FaceDetection:
    x1, y1, x2, y2 = (float(v) for v in box)
    return FaceDetection(
        frame_index=frame.index,
        time=frame.time,
        bbox=BBox(x1=x1, y1=y1, x2=x2, y2=y2),
        score=float(score),
        landmarks_px=points.astype(np.float32),
        is_refined=is_refined,
    )
