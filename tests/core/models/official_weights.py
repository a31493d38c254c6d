"""The weights that the official golden was made with; the rule stands in tests/golden/README.md."""

from __future__ import annotations

import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from torch import Tensor

from core.models.dfrec import OfficialDfrec


def filled(key: str, like: Tensor) -> Tensor:
    """The tensor that the rule gives to `key` (of one state dict) with the shape of `like`."""
    if not like.is_floating_point():
        return torch.zeros(like.shape, dtype=like.dtype)
    draw = np.random.RandomState(zlib.crc32(key.encode()) & 0x7FFFFFFF)
    r = draw.standard_normal(tuple(like.shape)).astype(np.float32)
    if key.endswith("running_var"):
        r = np.abs(r) * 0.2 + 0.9
    elif key.endswith("running_mean"):
        r *= 0.1
    elif r.ndim >= 2 and not key.endswith("token") and "pos_embedding" not in key:
        r /= np.sqrt(np.prod(like.shape[1:]))
    elif key.endswith("weight"):
        r = 1 + 0.1 * r
    else:
        r *= 0.05
    return torch.from_numpy(np.asarray(r, dtype=np.float32))


def filled_official() -> dict[str, Tensor]:
    """All tensors of the official network, filled by the rule; two at a time, NumPy draws outside the GIL."""
    with torch.device("meta"):
        shapes = OfficialDfrec().state_dict()
    with ThreadPoolExecutor(2) as pool:
        made = pool.map(lambda item: filled(item[0].split(".", 1)[1], item[1]), shapes.items())
        return dict(zip(shapes, made, strict=True))
