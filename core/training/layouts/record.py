"""One entry of a published data set: a picture or a video, and what its authors say of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from core.errors import CaseError

PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp")
VIDEOS = (".mp4", ".avi", ".mkv", ".mov", ".webm")


class Label(StrEnum):
    """What the authors say of a picture."""

    REAL = "real"
    FORGED = "forged"


class Split(StrEnum):
    """Official part of a data set."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"
    NONE = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFace:
    """A picture or a video of a published set.

    Attributes:
        path: picture or video.
        frame: number of the picture within its clip, from 0; None for a video (any of its frames) and for a
            photograph that belongs to no clip.
        clip: name of the clip or photograph, unique within a method.
        label: real or forged.
        method: the set's name of the forgery method, '' where the picture is real or the set names none.
        source: whose face was put in: picture or video; None where real, unknown, or where the method transfers no
            identity (reenactment).
        target: the pristine picture or video that the face was put on, in step with `path` frame by frame; None where
            real or unknown.
        source_identity, target_identity: people as the set numbers them, '' where unknown. A real face is its own.
        split: official part, where the set has one.
    """

    path: Path
    clip: str
    label: Label
    frame: int | None = None
    method: str = ""
    source: Path | None = None
    target: Path | None = None
    source_identity: str = ""
    target_identity: str = ""
    split: Split = Split.NONE

    def __post_init__(self) -> None:
        if self.label is Label.REAL and (self.source is not None or self.target is not None):
            raise ValueError(f"{self.path}: a real face has neither source nor target")

    @property
    def is_pair(self) -> bool:
        """Whether both true faces are known: only such forgeries teach recovery."""
        return self.source is not None and self.target is not None


def files_in(folder: Path, endings: tuple[str, ...]) -> list[Path]:
    """Files of a folder with one of these endings, by name; none where the folder is missing."""
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.iterdir() if p.suffix.lower() in endings and not p.name.startswith("."))


def nothing_found(layout: str, folder: Path, expected: str) -> CaseError:
    """The error for a folder that does not look like its layout."""
    return CaseError(
        f"this does not look like {layout}", path=folder, next_step=f"name the folder that holds {expected}"
    )
