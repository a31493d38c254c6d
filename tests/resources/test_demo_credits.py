"""No picture or clip is shipped whose maker and terms are not written down beside it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import cv2
import numpy as np
from matplotlib import get_data_path
from skimage import data

ROOT = Path(__file__).resolve().parents[2]
GALLERY = ROOT / "resources" / "demo" / "gallery"
SHIPPED = ("app", "core", "ui", "resources", "tests", "docs", "benchmarks")
PICTURES = {
    ".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif",
    ".mp4", ".mov", ".mkv", ".webm", ".avi",
}  # fmt: skip


def _pictures() -> list[Path]:
    found = (path for room in SHIPPED for path in sorted((ROOT / room).rglob("*")))
    return [p for p in found if p.suffix.lower() in PICTURES and not _is_hidden(p.relative_to(ROOT))]


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _is_credited(picture: Path) -> bool:
    for folder in picture.parents:
        credits_file = folder / "CREDITS.md"
        if credits_file.is_file() and f"`{picture.relative_to(folder).as_posix()}`" in credits_file.read_text("utf-8"):
            return True
        if folder == ROOT:
            return False
    return False


def test_every_picture_of_the_project_is_credited() -> None:
    missing = [p.relative_to(ROOT).as_posix() for p in _pictures() if not _is_credited(p)]
    assert missing == [], "name each in a CREDITS.md of its folder or of one above, with maker and terms"


def test_the_walk_sees_the_demo_pictures() -> None:
    names = {p.relative_to(GALLERY.parent).as_posix() for p in _pictures() if GALLERY.parent in p.parents}
    assert names == {"swap.mp4", "gallery/Eileen Collins/photo.jpg", "gallery/Grace Hopper/photo.jpg"}


def test_hopper_photo_is_the_file_of_the_credited_package() -> None:
    theirs = Path(get_data_path()) / "sample_data" / "grace_hopper.jpg"
    ours = GALLERY / "Grace Hopper" / "photo.jpg"
    assert hashlib.sha256(ours.read_bytes()).digest() == hashlib.sha256(theirs.read_bytes()).digest()


def test_collins_photo_is_the_picture_of_the_credited_package() -> None:
    ours = cv2.imread(str(GALLERY / "Eileen Collins" / "photo.jpg"))[:, :, ::-1]
    assert cv2.PSNR(np.ascontiguousarray(ours), data.astronaut()) > 38
