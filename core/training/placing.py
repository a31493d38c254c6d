"""Where faces stand in packed photographs, and how they are brought into a crop; batched, on the training device."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from core.training.chance import Chance
from core.training.corpus import PACKED_PX
from core.training.forgery_batch import ForgeryConfig
from core.training.masks import CROP_PX
from core.training.warping import FLIP68


class PackedPhotographs:
    """Photographs of a packed corpus with their landmarks.

    Args:
        images: (N, 256, 256, 3) uint8 on the training device (or mapped on the CPU).
        landmarks: (N, 68, 2) float32, packed pixels.
    """

    def __init__(self, images: Tensor, landmarks: Tensor) -> None:
        self.images = images
        self.landmarks = landmarks
        eyes = landmarks[:, 36:48].mean(1)
        mouth = landmarks[:, 48:60].mean(1)
        reach = (landmarks[:, 42:48].mean(1) - landmarks[:, 36:42].mean(1)).norm(dim=1).clamp_min(8)
        nose = landmarks[:, 30]
        # Cheap stand-ins for yaw and pitch: where the nose tip lies between the eyes and the mouth.
        self.pose = torch.stack(
            [
                (nose - (eyes + mouth) / 2)[:, 0] / reach,
                (nose - eyes)[:, 1] / (mouth - eyes)[:, 1].clamp_min(8),
            ],
            1,
        )

    def pictures(self, rows: Tensor) -> Tensor:
        """(B, 3, 256, 256) in [0, 1]."""
        return self.images[rows].permute(0, 3, 1, 2).float() / 255

    def marks(self, rows: Tensor, flip: Tensor) -> Tensor:
        """(B, 68, 2) landmarks, mirrored where asked."""
        marks = self.landmarks[rows]
        mirrored = marks[:, FLIP68] * marks.new_tensor([-1, 1]) + marks.new_tensor([PACKED_PX - 1, 0])
        return torch.where(flip.view(-1, 1, 1), mirrored, marks)

    def matched(self, rows: Tensor, flip_t: Tensor, flip_s: Tensor, chance: Chance) -> Tensor:
        """For each target the position in `rows` of a source of like pose (a frontal face on a profile smears)."""
        sign_t = 1 - 2 * flip_t.float()
        pose = self.pose[rows]
        pose_t = pose * torch.stack([sign_t, torch.ones_like(sign_t)], 1)
        sign_s = 1 - 2 * flip_s.float()
        # The flip belongs to the target's slot, so a candidate is judged as the slot would flip it.
        candidates = pose[None, :, 0] * sign_s[:, None]
        distance = (pose_t[:, :1] - candidates).abs() + (pose_t[:, 1:] - pose[None, :, 1]).abs()
        distance = distance + 0.25 * chance.uniform(*distance.shape)
        distance.fill_diagonal_(9.0)
        return distance.argmin(1)


def crop_affine(marks: Tensor, config: ForgeryConfig, chance: Chance) -> Tensor:
    """(B, 2, 3) map of crop pixels to packed pixels: the framing of the face crop, jittered."""
    count = len(marks)
    left_eye, right_eye = marks[:, 36:42].mean(1), marks[:, 42:48].mean(1)
    eyes, mouth = (left_eye + right_eye) / 2, (marks[:, 48] + marks[:, 54]) / 2
    reach = torch.maximum((right_eye - left_eye).norm(dim=1), 0.95 * (mouth - eyes).norm(dim=1))
    side = reach / 0.28 * (1 + config.scale * (2 * chance.uniform(count) - 1))
    centre = torch.stack([0.45 * eyes[:, 0] + 0.55 * mouth[:, 0], eyes[:, 1] + 0.04 * side], 1)
    centre = centre + side[:, None] * config.shift * (2 * chance.uniform(count, 2) - 1)
    angle = torch.deg2rad(config.turn_deg * (2 * chance.uniform(count) - 1))
    cos, sin = torch.cos(angle), torch.sin(angle)
    linear = torch.stack([cos, -sin, sin, cos], 1).view(-1, 2, 2) * (side / CROP_PX).view(-1, 1, 1)
    middle = linear.sum(2) * ((CROP_PX - 1) / 2)
    return torch.cat([linear, (centre - middle).unsqueeze(2)], 2)


def marks_in_crop(marks: Tensor, to_packed: Tensor) -> Tensor:
    """Landmarks (B, 68, 2) of packed pixels in crop pixels, by `crop_affine`."""
    linear, offset = to_packed[:, :, :2], to_packed[:, :, 2]
    placed: Tensor = torch.linalg.solve(linear, (marks - offset[:, None]).transpose(1, 2)).transpose(1, 2)
    return placed


def affine_grid(to_packed: Tensor) -> Tensor:
    """Sampling grid (B, 224, 224, 2) of an affine map (B, 2, 3) from crop pixels to packed pixels."""
    linear, offset = to_packed[:, :, :2], to_packed[:, :, 2]
    # Pixel p of n stands at (2 p + 1) / n - 1 of `affine_grid`'s axis.
    middle = linear.sum(2) * ((CROP_PX - 1) / 2) + offset
    theta = torch.cat([linear * (CROP_PX / PACKED_PX), ((middle * 2 + 1) / PACKED_PX - 1).unsqueeze(2)], 2)
    return F.affine_grid(theta, [len(theta), 1, CROP_PX, CROP_PX], align_corners=False)


def sampled(photos: Tensor, grid: Tensor, flip: Tensor) -> Tensor:
    """Sample photos (B, 3, 256, 256) at `grid`, which counts from the other side where the photo is mirrored."""
    sign = torch.where(flip, -1.0, 1.0).view(-1, 1, 1)
    grid = torch.stack([grid[..., 0] * sign, grid[..., 1]], -1)
    return F.grid_sample(photos, grid, mode="bilinear", padding_mode="border", align_corners=False)
