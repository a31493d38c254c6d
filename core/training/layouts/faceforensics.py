"""FaceForensics++ (Rössler et al. 2019) as its download script lays it out.

``original_sequences/{youtube,actors}/{raw,c0,c23,c40}/{videos,images}`` and
``manipulated_sequences/METHOD/{raw,c0,c23,c40}/{videos,images}``. A manipulated sequence is named
``TARGET_SOURCE`` ("All filenames are of the form <target sequence>_<source sequence>", its dataset/README.md), in step
with the target's pictures. Face2Face and NeuralTextures transfer an expression and keep the target's identity. The
sequences of DeepFakeDetection are ``TARGET_SOURCE__SCENE__EXPERIMENT`` of ``ACTOR__SCENE``. ``splits/{train,val,test}
.json``, or the same beside the two folders, list pairs of numbers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from core.errors import CaseError
from core.training.layouts.record import PICTURES, VIDEOS, Label, ListedFace, Split, files_in, nothing_found

REENACTMENTS = ("Face2Face", "NeuralTextures")
QUALITIES = ("c23", "c40", "raw", "c0")
SPLITS = {"train": Split.TRAIN, "val": Split.VALIDATION, "test": Split.TEST}


def read(folder: Path) -> Iterator[ListedFace]:
    """Records of FaceForensics++; the first quality that is there counts, in the order of `QUALITIES`.

    Raises:
        CaseError: no sequences there, or a split file that cannot be read.
    """
    originals = folder / "original_sequences"
    clips = {p: c for group in ("youtube", "actors") for p, c in _clips(originals / group).items()}
    methods = sorted(p for p in (folder / "manipulated_sequences").glob("*") if p.is_dir())
    if not clips and not methods:
        raise nothing_found("FaceForensics++", folder, "original_sequences and manipulated_sequences")
    splits = _splits(folder)
    for name, clip in clips.items():
        identity = name.split("__")[0]
        for path, frame in _pictures(clip):
            yield ListedFace(
                path=path,
                frame=frame,
                clip=name,
                label=Label.REAL,
                source_identity=identity,
                target_identity=identity,
                split=splits.get(name, Split.NONE),
            )
    for method in methods:
        for name, clip in _clips(method).items():
            yield from _forged(method.name, name, clip, clips, splits)


def _forged(
    method: str, name: str, clip: Path, clips: dict[str, Path], splits: dict[str, Split]
) -> Iterator[ListedFace]:
    numbers, _, rest = name.partition("__")
    target, _, source = numbers.partition("_")
    if not source:
        return
    scene = rest.partition("__")[0]
    target_clip = clips.get(f"{target}__{scene}" if scene else target)
    source_clip = clips.get(f"{source}__{scene}" if scene else source)
    if source_clip is None and scene:  # the actor did not play that scene: any other shows the face as well
        source_clip = next((clip for other, clip in clips.items() if other.startswith(f"{source}__")), None)
    keeps_identity = method in REENACTMENTS
    for path, frame in _pictures(clip):
        yield ListedFace(
            path=path,
            frame=frame,
            clip=name,
            label=Label.FORGED,
            method=method,
            source=None if keeps_identity else _beside(source_clip, frame, any_frame=True),
            target=_beside(target_clip, frame),
            source_identity=target if keeps_identity else source,
            target_identity=target,
            split=splits.get(target, Split.NONE),
        )


def _clips(folder: Path) -> dict[str, Path]:
    """Videos, or folders of extracted pictures where there are none, by the name of the sequence."""
    for quality in QUALITIES:
        if videos := files_in(folder / quality / "videos", VIDEOS):
            return {p.stem: p for p in videos}
        if images := sorted(p for p in (folder / quality / "images").glob("*") if p.is_dir()):
            return {p.name: p for p in images}
    return {}


def _pictures(clip: Path) -> Iterator[tuple[Path, int | None]]:
    if clip.is_file():
        yield clip, None
        return
    for path in files_in(clip, PICTURES):
        if path.stem.isdigit():
            yield path, int(path.stem)


def _beside(clip: Path | None, frame: int | None, *, any_frame: bool = False) -> Path | None:
    """The other sequence: its video, or its picture of the same number (or, of a source, the first one)."""
    if clip is None or clip.is_file():
        return clip
    pictures = {int(p.stem): p for p in files_in(clip, PICTURES) if p.stem.isdigit()}
    if frame is not None and frame in pictures:
        return pictures[frame]
    return next(iter(pictures.values()), None) if any_frame else None


def _splits(folder: Path) -> dict[str, Split]:
    """Part of every sequence number."""
    found: dict[str, Split] = {}
    for stem, split in SPLITS.items():
        for path in (folder / "splits" / f"{stem}.json", folder / f"{stem}.json"):
            if not path.is_file():
                continue
            try:
                found |= {str(number): split for pair in json.loads(path.read_text()) for number in pair}
            except (ValueError, TypeError) as error:
                raise CaseError(
                    f"no list of pairs ({error})", path=path, next_step="take the split files of the data set"
                ) from error
            break
    return found
