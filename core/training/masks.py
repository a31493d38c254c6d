"""Blending masks of forgeries, drawn on the device."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from core.training.chance import Chance

CROP_PX = 224
ANGLES = 72


def star_masks(marks: Tensor, chance: Chance) -> Tensor:
    """(B, 1, 224, 224) soft star-shaped mask around the inner face, many-sided: hull, forehead, cheeks, feather."""
    count, device = len(marks), marks.device
    centre = marks[:, 27:36].mean(1)
    up = (marks[:, 27] - marks[:, 8]) / 2  # nose root minus chin
    jaw = marks[:, :17]
    shrink = 0.72 + 0.36 * chance.uniform(count, 1, 1)
    jaw = centre[:, None] + (jaw - centre[:, None]) * shrink
    arch = torch.sin(torch.linspace(0.2, torch.pi - 0.2, 10, device=device)).view(1, 10, 1)
    brows = marks[:, 17:27] + up[:, None] * arch * (0.05 + 0.85 * chance.uniform(count, 1, 1))
    outline = torch.cat([jaw, brows.flip(1)], 1) - centre[:, None]
    angle = torch.atan2(outline[..., 1], outline[..., 0])
    radius = outline.norm(dim=2)
    angle, order = angle.sort(1)
    radius = radius.gather(1, order)
    angle = torch.cat([angle[:, -1:] - 2 * torch.pi, angle, angle[:, :1] + 2 * torch.pi], 1)
    radius = torch.cat([radius[:, -1:], radius, radius[:, :1]], 1)
    at = torch.linspace(-torch.pi, torch.pi, ANGLES + 1, device=device).expand(count, -1).contiguous()
    right = torch.searchsorted(angle.contiguous(), at).clamp(1, angle.shape[1] - 1)
    a0, a1 = angle.gather(1, right - 1), angle.gather(1, right)
    weight = ((at - a0) / (a1 - a0).clamp_min(1e-4)).clamp(0, 1)
    table = radius.gather(1, right - 1) * (1 - weight) + radius.gather(1, right) * weight
    waves = chance.normal(count, 4, 2) * 0.03
    for k in range(1, 5):
        table = table * (1 + waves[:, k - 1, :1] * torch.cos(k * at) + waves[:, k - 1, 1:] * torch.sin(k * at))

    half = CROP_PX // 2
    axis = torch.arange(half, device=device) * 2 + 0.5
    dx = axis.view(1, 1, -1) - centre[:, 0].view(-1, 1, 1)
    dy = axis.view(1, -1, 1) - centre[:, 1].view(-1, 1, 1)
    place = (torch.atan2(dy.expand(-1, -1, half), dx.expand(-1, half, -1)) + torch.pi) / (2 * torch.pi) * ANGLES
    low = place.floor().long().clamp(0, ANGLES - 1).flatten(1)
    edge = torch.lerp(table.gather(1, low), table.gather(1, low + 1), place.flatten(1) - low).view(count, half, half)
    feather = 1.5 + 7 * chance.uniform(count, 1, 1) ** 2
    soft = torch.sigmoid((edge - torch.sqrt(dx**2 + dy**2)) / feather)
    return F.interpolate(soft.unsqueeze(1), size=(CROP_PX, CROP_PX), mode="bilinear", align_corners=False)
