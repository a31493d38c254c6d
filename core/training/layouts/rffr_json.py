"""RFFR's lists (Shi et al. 2023): JSON files ``[{"path": ..., "label": 0}, ...]``, 0 real, 1 forged.

Named by part, as ``real_train_label.json`` or ``df_val_label.json`` are. Paths are absolute, or begin at the list's
folder. Who is behind a forgery they do not say: such faces teach detection and no recovery.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from core.errors import CaseError
from core.training.layouts.record import Label, ListedFace, Split, files_in, nothing_found

PARTS = {"train": Split.TRAIN, "val": Split.VALIDATION, "test": Split.TEST}
LABELS = {0: Label.REAL, 1: Label.FORGED}


def read(folder: Path) -> Iterator[ListedFace]:
    """Records of one list, or of every list of a folder.

    Raises:
        CaseError: no list there, or one that is none.
    """
    lists = [folder] if folder.is_file() else files_in(folder, (".json",))
    if not lists:
        raise nothing_found("a list of RFFR", folder, 'JSON lists of {"path": ..., "label": 0 or 1}')
    for path in lists:
        split = next((part for name, part in PARTS.items() if name in path.stem.split("_")), Split.NONE)
        for number, (picture, label) in enumerate(_entries(path)):
            clip = f"{path.stem}/{number:07d}"
            person = clip if label is Label.REAL else ""
            yield ListedFace(
                path=picture,
                clip=clip,
                label=label,
                source_identity=person,
                target_identity=person,
                split=split,
                method=path.stem if label is Label.FORGED else "",
            )


def _entries(path: Path) -> Iterator[tuple[Path, Label]]:
    next_step = 'write [{"path": "face.png", "label": 0}, ...], 0 real, 1 forged'
    try:
        entries = json.loads(path.read_text())
    except ValueError as error:
        raise CaseError(f"this is no JSON ({error})", path=path, next_step=next_step) from error
    if not isinstance(entries, list):
        raise CaseError("this is no list", path=path, next_step=next_step)
    for number, entry in enumerate(entries):
        if not isinstance(entry, dict) or not isinstance(entry.get("path"), str) or entry.get("label") not in (0, 1):
            raise CaseError(f"entry {number} has no path and label", path=path, next_step=next_step)
        yield path.parent / entry["path"], LABELS[entry["label"]]
