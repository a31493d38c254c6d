"""What happens to a face between the light and the file, real or forged."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from core.training.chance import Chance
from core.training.forgery_batch import ForgeryConfig
from core.training.masks import CROP_PX
from core.video.recompress import recompress_h264


def camera_gain(count: int, chance: Chance) -> Tensor:
    """(B, 3, 1, 1) gain of a camera's exposure and white balance."""
    exposure = 0.85 + 0.3 * chance.uniform(count, 1, 1, 1)
    return exposure * (0.95 + 0.1 * chance.uniform(count, 3, 1, 1))


def degraded(image: Tensor, config: ForgeryConfig, chance: Chance) -> Tensor:
    """What cameras and platforms do to real and forged faces alike: shrink, blur, noise, JPEG or H.264.

    Args:
        image: (B, 3, 224, 224) RGB in [0, 1].
        config: how often.
        chance: draws what.
    """
    order = torch.randperm(len(image), generator=chance.generator, device=image.device)
    parts = []
    for part in image[order].chunk(4):
        out = part
        if float(chance.uniform(1)) < config.degrade_share:
            factor = 1 + 2.0 * float(chance.uniform(1)) ** 2
            side = int(CROP_PX / factor)
            out = F.interpolate(out, size=(side, side), mode="bilinear", align_corners=False, antialias=True)
            out = F.interpolate(out, size=part.shape[2:], mode="bilinear", align_corners=False)
        if float(chance.uniform(1)) < 0.25:
            out = out + 0.04 * float(chance.uniform(1)) * chance.normal(*out.shape)
        if float(chance.uniform(1)) < config.degrade_share:
            out = recompressed(out, float(chance.uniform(1)), float(chance.uniform(1)) < config.h264_share)
        parts.append(out)
    back = torch.empty_like(order)
    back[order] = torch.arange(len(order), device=order.device)
    return torch.cat(parts)[back].clamp(0, 1)


def recompressed(pictures: Tensor, quality: float, is_video: bool) -> Tensor:
    """Through a real codec and back: JPEG of quality 30-95, or H.264 at a rate factor of 40-18.

    Args:
        pictures: (B, 3, H, W) RGB, [0, 1] counts; on any device, coded on the processor.
        quality: [0, 1].
        is_video: H.264 instead of JPEG.

    Returns:
        (B, 3, H, W) float32 in [0, 1], on the device of `pictures`.
    """
    # One way to the processor and one back for all pictures: what is coded on CUDA could not be decoded anyway.
    pixels = (pictures.clamp(0, 1) * 255).round().to(torch.uint8).cpu()
    again = _through_h264(pixels, int(40 - 22 * quality)) if is_video else _through_jpeg(pixels, int(30 + 65 * quality))
    return again.to(pictures.device).float() / 255


def _through_h264(pixels: Tensor, crf: int) -> Tensor:
    """(B, 3, H, W) uint8 on the CPU -> the same of each picture for itself, coded and decoded."""
    frames = pixels.permute(0, 2, 3, 1).contiguous().numpy()
    return torch.from_numpy(recompress_h264(frames, crf, preset="ultrafast")).permute(0, 3, 1, 2)


def _through_jpeg(pixels: Tensor, quality: int) -> Tensor:
    """(B, 3, H, W) uint8 on the CPU -> the same, coded and decoded."""
    from torchvision.io import ImageReadMode, decode_jpeg, encode_jpeg

    return torch.stack(decode_jpeg(encode_jpeg(list(pixels), quality=quality), mode=ImageReadMode.RGB))
