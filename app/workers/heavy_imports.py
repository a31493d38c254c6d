"""Loads the heavy libraries on a worker's thread without making the window stutter.

Two things hold Python's lock for tenths of a second while big packages are imported: the passes of the garbage
collector over all the new objects, and the dynamic linker at work on libraries of hundreds of megabytes. So the
collector rests meanwhile and counts what was loaded as permanent, and the linker is called with the lock released
(`benchmarks/window_stalls.py` measures both).
"""

from __future__ import annotations

import atexit
import ctypes
import gc
import importlib
import importlib.util
import os
import sys
from pathlib import Path

_PACKAGES = ("torch", "torchvision", "timm", "facenet_pytorch", "cv2", "av", "scipy.cluster.hierarchy", "core.pipeline")


def import_heavy_libraries() -> None:
    """Import what the engine needs; quick when it is there already."""
    if "core.pipeline" in sys.modules:
        return
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        _link_torch()
        for name in _PACKAGES:
            importlib.import_module(name)
    finally:
        gc.freeze()
        atexit.register(gc.unfreeze)  # else extension modules report leaks at the end of the program
        if was_enabled:
            gc.enable()


def _link_torch() -> None:
    """Have torch's libraries linked before the import asks for them; what fails here is left to the import."""
    if "torch" in sys.modules or os.name != "posix":
        return
    spec = importlib.util.find_spec("torch")
    folder = next(iter(spec.submodule_search_locations or ()), None) if spec is not None else None
    if folder is None:
        return
    # Called as a foreign function, which releases the lock; `ctypes.CDLL(path)` would not.
    dlopen = ctypes.CDLL(None).dlopen
    dlopen.argtypes, dlopen.restype = (ctypes.c_char_p, ctypes.c_int), ctypes.c_void_p
    suffix = "dylib" if sys.platform == "darwin" else "so"
    for name, mode in (("global_deps", os.RTLD_GLOBAL), ("cpu", 0), ("cuda", 0), ("python", 0)):
        path = Path(folder) / "lib" / f"libtorch_{name}.{suffix}"
        if path.exists():
            dlopen(os.fsencode(path), os.RTLD_NOW | mode)
