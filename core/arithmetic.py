"""Arithmetic of the networks that gives the same bits each time on a device, and nearly the same on any other."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from core.errors import ModelError


@contextmanager
def exact_inference() -> Iterator[None]:
    """Inference for evidence: no gradients, and on an accelerator no shortcut that costs agreement.

    On CUDA, convolutions and matrix products otherwise round their inputs to 10 bits (TF32), and cuDNN takes the
    algorithm that was fastest in a trial, another one each time. The settings are PyTorch's own, and are put back.
    On the processor there is nothing to set: PyTorch's kernels repeat themselves for a given number of threads.

    Raises:
        ModelError: the accelerator's memory is full.
    """
    try:
        with _settings():
            yield
    except torch.OutOfMemoryError as error:
        raise ModelError(
            "the memory of the accelerator is full",
            next_step="close other programs that use it, or let the processor do the work (device: cpu), "
            "which goes on from what is stored",
        ) from error


@contextmanager
def _settings() -> Iterator[None]:
    with torch.inference_mode():
        if not torch.cuda.is_available():
            yield
            return
        # Read by cuBLAS when it is first used; without it its results may differ from run to run.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        matmul = torch.backends.cuda.matmul
        before = (matmul.allow_tf32, torch.are_deterministic_algorithms_enabled())
        matmul.allow_tf32 = False
        torch.use_deterministic_algorithms(True)
        try:
            with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False):
                yield
        finally:
            matmul.allow_tf32 = before[0]
            torch.use_deterministic_algorithms(before[1])
