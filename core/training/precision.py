"""bf16 where the hardware multiplies it."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch


def half_precision(device: torch.device) -> AbstractContextManager[Any]:
    """bf16 where the hardware multiplies it, float32 elsewhere.

    An AVX2 processor without bf16 takes thirteen times as long with it; CUDA devices before Ampere only imitate it.
    """
    if device.type == "cpu":
        has_it = torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported()
    elif device.type == "cuda":
        has_it = torch.cuda.is_available() and torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        has_it = True
    return torch.autocast(device.type, torch.bfloat16) if has_it else nullcontext()
