"""MegaFS's face swaps on CelebA-HQ (Zhu et al. 2021): CelebAMask-HQ beside the three sets of swapped pictures.

``CelebA-HQ-img/ID.jpg`` (as CelebAMask-HQ has it, in a folder ``CelebAMask-HQ`` or not) and ``FTM``, ``IDInjection``,
``LCR`` (or ``MegaFS-FTM`` ...) with pictures named ``TARGET_SOURCE.jpg``: "Each image is named as targetID_sourceID,
where ID represents the image offset in CelebA-HQ, source image provides the identity" (its README). A swapped picture
lies pixel on pixel over its target. People are not named: every photograph counts as a person of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from core.training.layouts.record import PICTURES, Label, ListedFace, files_in, nothing_found

METHODS = ("FTM", "IDInjection", "LCR")


def read(folder: Path) -> Iterator[ListedFace]:
    """Records of CelebA-MegaFS: the photographs that swaps need, and the swaps.

    Raises:
        CaseError: no photographs or no swaps there.
    """
    photos = _photographs(folder)
    swaps = [(method, path) for method in METHODS for path in _swaps(folder, method)]
    if not photos or not swaps:
        raise nothing_found("CelebA-MegaFS", folder, f"CelebA-HQ-img and at least one of {', '.join(METHODS)}")
    used: set[str] = set()
    for method, path in swaps:
        target, _, source = path.stem.partition("_")
        if not (target.isdigit() and source.isdigit()):
            continue
        target, source = str(int(target)), str(int(source))
        used |= {target, source}
        yield ListedFace(
            path=path,
            clip=path.stem,
            label=Label.FORGED,
            method=method,
            source=photos.get(source),
            target=photos.get(target),
            source_identity=source,
            target_identity=target,
        )
    for number in sorted(used & photos.keys(), key=int):
        yield ListedFace(
            path=photos[number], clip=number, label=Label.REAL, source_identity=number, target_identity=number
        )


def _photographs(folder: Path) -> dict[str, Path]:
    for root in (folder / "CelebAMask-HQ" / "CelebA-HQ-img", folder / "CelebA-HQ-img"):
        if found := {str(int(p.stem)): p for p in files_in(root, PICTURES) if p.stem.isdigit()}:
            return found
    return {}


def _swaps(folder: Path, method: str) -> list[Path]:
    return files_in(folder / method, PICTURES) or files_in(folder / f"MegaFS-{method}", PICTURES)
