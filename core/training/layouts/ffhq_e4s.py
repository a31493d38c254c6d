"""Swaps that E4S (Liu et al. 2023) made of FFHQ photographs.

DFREC's FFHQ-E4S was never handed out and E4S writes one picture a call, so nothing published says how the results are
named. Here they are ``E4S/swap_SOURCE_to_TARGET.png`` with FFHQ's numbers (E4S's video script names its folders so),
beside FFHQ's ``images1024x1024`` (``images1024`` in E4S's own instructions), whose photographs lie in it directly or in
folders of a thousand. People are not named: every photograph counts as a person of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from core.training.layouts.record import PICTURES, Label, ListedFace, files_in, nothing_found

SWAPPED = re.compile(r"swap_(\d+)_to_(\d+)")


def read(folder: Path) -> Iterator[ListedFace]:
    """Records of FFHQ-E4S: the swaps, and the photographs that they need.

    Raises:
        CaseError: no photographs or no swaps there.
    """
    photos = _photographs(folder / "images1024x1024") or _photographs(folder / "images1024")
    swaps = [(path, match) for path in files_in(folder / "E4S", PICTURES) if (match := SWAPPED.fullmatch(path.stem))]
    if not photos or not swaps:
        raise nothing_found("FFHQ-E4S", folder, "images1024x1024 and E4S/swap_SOURCE_to_TARGET.png")
    used: set[int] = set()
    for path, match in swaps:
        source, target = int(match[1]), int(match[2])
        used |= {source, target}
        yield ListedFace(
            path=path,
            clip=path.stem,
            label=Label.FORGED,
            method="E4S",
            source=photos.get(source),
            target=photos.get(target),
            source_identity=f"{source:05d}",
            target_identity=f"{target:05d}",
        )
    for number in sorted(used & photos.keys()):
        name = f"{number:05d}"
        yield ListedFace(path=photos[number], clip=name, label=Label.REAL, source_identity=name, target_identity=name)


def _photographs(folder: Path) -> dict[int, Path]:
    folders = [folder, *sorted(p for p in folder.glob("*") if p.is_dir())]
    return {int(p.stem): p for f in folders for p in files_in(f, PICTURES) if p.stem.isdigit()}
