"""Data sets of others in the layouts their authors gave them, as one kind of list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from core.errors import CaseError
from core.training.layouts import celebdf, faceforensics, ffhq_e4s, megafs, rffr_json
from core.training.layouts.record import ListedFace

LAYOUTS: dict[str, Callable[[Path], Iterator[ListedFace]]] = {
    "faceforensics": faceforensics.read,
    "celeb-df": celebdf.read,
    "megafs": megafs.read,
    "ffhq-e4s": ffhq_e4s.read,
    "rffr": rffr_json.read,
}


def read_list(layout: str, folder: Path) -> list[ListedFace]:
    """Every record of a data set.

    Args:
        layout: a name of `LAYOUTS`.
        folder: root of the data set; for "rffr" one JSON list or a folder of them.

    Raises:
        CaseError: an unknown layout, or the folder does not look like it.
    """
    if layout not in LAYOUTS:
        raise CaseError(f"no layout is called {layout!r}", next_step=f"choose one of: {', '.join(LAYOUTS)}")
    if not folder.exists():
        raise CaseError("there is no such folder", path=folder, next_step="check the path")
    return list(LAYOUTS[layout](folder))
