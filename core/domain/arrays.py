"""Construction-time checks of arrays held by domain types."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

UInt8Array = NDArray[np.uint8]
FloatArray = NDArray[np.float32]


def frozen_array(value: NDArray[Any], name: str, shape: tuple[int | None, ...], dtype: type) -> NDArray[Any]:
    """Return `value` as a read-only view after checking it.

    Args:
        value: the array to hold.
        name: field name for the message.
        shape: expected shape; None matches any length.
        dtype: expected NumPy scalar type, matched exactly.

    Raises:
        ValueError: the shape or the dtype differs.
    """
    fits = len(value.shape) == len(shape) and all(
        want is None or want == got for want, got in zip(shape, value.shape, strict=True)
    )
    if not fits:
        raise ValueError(f"{name}: expected shape {shape}, got {value.shape}")
    if value.dtype != np.dtype(dtype):
        raise ValueError(f"{name}: expected {np.dtype(dtype)}, got {value.dtype}")
    view = value.view()
    view.flags.writeable = False
    return view
