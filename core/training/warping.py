"""Batched geometry of landmark-driven warps."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

# iBUG 68: index of the point that takes each point's place in a mirrored face.
FLIP68 = [
    *range(16, -1, -1),  # jaw
    *range(26, 16, -1),  # brows
    *(27, 28, 29, 30, 35, 34, 33, 32, 31),  # nose
    *(45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40),  # eyes
    *(54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65),  # mouth
]
GRID_NODES = 29
REGULARISATION = 1e-3


def similarity(points: Tensor, onto: Tensor) -> Tensor:
    """Least-squares similarity (B, 2, 3) that carries `points` (B, P, 2) onto `onto` (B, P, 2), without reflection."""
    mean_p, mean_o = points.mean(1, keepdim=True), onto.mean(1, keepdim=True)
    p, o = points - mean_p, onto - mean_o
    norm = (p**2).sum((1, 2)).clamp_min(1e-6)
    a = (p * o).sum((1, 2)) / norm
    b = (p[..., 0] * o[..., 1] - p[..., 1] * o[..., 0]).sum(1) / norm
    linear = torch.stack([a, -b, b, a], 1).view(-1, 2, 2)
    offset = mean_o.transpose(1, 2) - linear @ mean_p.transpose(1, 2)
    return torch.cat([linear, offset], 2)


def laid_on(points: Tensor, onto: Tensor) -> Tensor:
    """Points (B, P, 2) where the similarity that fits them best to `onto` (B, P, 2) takes them."""
    carry = similarity(points, onto)
    return points @ carry[:, :, :2].transpose(1, 2) + carry[:, None, :, 2]


def thin_plate_grid(at: Tensor, values: Tensor, out_px: int, in_px: int) -> Tensor:
    """Sampling grid of the thin-plate spline that shows at `at` what stands at `values` (Bookstein 1989).

    Args:
        at: (B, P, 2) positions in the output picture, pixels.
        values: (B, P, 2) positions in the input picture, pixels.
        out_px, in_px: sides of the two square pictures.

    Returns:
        (B, out_px, out_px, 2) grid for `grid_sample` with align_corners=False. The spline is solved exactly at
        29 x 29 nodes and interpolated between them.
    """
    count, points, _ = at.shape
    knots = at * (2 / out_px) - 1
    goal = values * (2 / in_px) - 1

    def kernel(p: Tensor, q: Tensor) -> Tensor:
        square = ((p.unsqueeze(2) - q.unsqueeze(1)) ** 2).sum(-1)
        return square * torch.log(square.clamp_min(1e-8))

    affine = torch.cat([torch.ones_like(knots[..., :1]), knots], 2)  # (B, P, 3)
    system = torch.zeros(count, points + 3, points + 3, device=at.device)
    system[:, :points, :points] = kernel(knots, knots) + REGULARISATION * torch.eye(points, device=at.device)
    system[:, :points, points:] = affine
    system[:, points:, :points] = affine.transpose(1, 2)
    right = torch.cat([goal, goal.new_zeros(count, 3, 2)], 1)
    weights = torch.linalg.solve(system, right)  # (B, P + 3, 2)

    axis = torch.linspace(-1, 1, GRID_NODES, device=at.device)
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    nodes = torch.stack([x, y], -1).view(1, -1, 2).expand(count, -1, -1)
    basis = torch.cat([kernel(nodes, knots), torch.ones_like(nodes[..., :1]), nodes], 2)
    flow = (basis @ weights).view(count, GRID_NODES, GRID_NODES, 2).permute(0, 3, 1, 2)
    dense = F.interpolate(flow, size=(out_px, out_px), mode="bilinear", align_corners=True)
    return dense.permute(0, 2, 3, 1)
