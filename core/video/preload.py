"""Everything that decoding may import late: a confined process cannot open it any more."""

from __future__ import annotations

from importlib import import_module
from pkgutil import walk_packages

import av

from core.isolation.pillow_parts import LOADED as PILLOW

_NO_USE = ("av.__main__", "av.datasets")

LOADED = (
    *PILLOW,
    *(import_module(m.name) for m in walk_packages(av.__path__, "av.") if m.name not in _NO_USE),
)
