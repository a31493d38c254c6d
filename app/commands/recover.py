"""`recover`: the two faces behind face images that are cropped already."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from app.arguments import new_command, whole
from app.assembly import MTCNN, build_detector, build_recoverer
from app.settings import DEFAULT_MODEL, Folders
from app.terminal import Terminal
from core.domain.arrays import UInt8Array
from core.errors import PhotoRefusedError

if TYPE_CHECKING:
    from app.arguments import Subparsers
    from app.commands.recover_output import RecoveredFolder

FACE_PX = 224
BATCH = 8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FaceImage:
    """One face image, ready for the network.

    Attributes:
        name: the file's stem, made unique.
        sha256: of the file.
        crop: (224, 224, 3) uint8 RGB.
    """

    name: str
    sha256: str
    crop: UInt8Array


def add_parser(subparsers: Subparsers, common: ArgumentParser) -> None:
    """Add the command."""
    parser = new_command(
        subparsers,
        common,
        "recover",
        summary="recover faces from cropped face images",
        description="Recovers the source and the target face from square images of one face each. For every image\n"
        "NAME writes NAME.source.png, NAME.target.png and NAME.map.png, and for all together embeddings.npz\n"
        "(names, fake_score, dfrec_score, companion_score, input, source, target, embedder_id, surroundings,\n"
        "surroundings_id). The pictures are reconstructions.\n"
        "Images that cannot be used are named and the rest goes on. Running it again after an\n"
        "interruption goes on where it stopped.",
        examples="  unswap recover face.png --out recovered\n  unswap recover faces/*.png --out recovered --raw",
    )
    parser.add_argument("images", nargs="+", type=Path, metavar="FACE_IMAGE", help="a square image of one face")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder for the results; made if missing"
    )
    parser.add_argument(
        "--raw", action="store_true", help="also write raw.npz: source_image, target_image, map in [0,1]"
    )
    parser.add_argument("--model", default=DEFAULT_MODEL, metavar="NAME", help=f"weights (default: {DEFAULT_MODEL})")
    parser.add_argument("--seed", type=whole(0, 2**31), default=1, help="of the masking step (default: 1)")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps (default: auto)")
    parser.set_defaults(run=run)


def run(args: Namespace, folders: Folders, terminal: Terminal) -> int:
    """`recover`."""
    refusals: list[PhotoRefusedError] = []
    usable = _usable(args.images, refusals, terminal)
    output: RecoveredFolder | None = None
    with terminal.progress_bar("recovering", "face", total=len(args.images)) as bar:
        while batch := list(islice(usable, BATCH)):
            output = output or _opened(args, folders)
            scores = output.recover(batch)
            for image, score in zip(batch, scores, strict=True):
                terminal.say_foreign(f"{image.name}: fake score {score:.3f}")
                terminal.record(
                    {"event": "face", "name": image.name, "fake_score": score, "image_sha256": image.sha256}
                )
            bar.update(len(batch))
    if output is not None:
        output.finish()
        terminal.say_foreign(f"written to {args.out}")
    n_recovered = len(args.images) - len(refusals)
    terminal.record({"event": "done", "out": str(args.out), "recovered": n_recovered, "refused": len(refusals)})
    return PhotoRefusedError.exit_code if refusals else 0


def unique_names(paths: Sequence[Path]) -> list[str]:
    """File stems; a stem that was there before (upper and lower case alike) gets ``-2``, ``-3``, ..."""
    taken: set[str] = set()
    names = []
    for path in paths:
        name, number = path.stem, 1
        while name.casefold() in taken:
            number += 1
            name = f"{path.stem}-{number}"
        taken.add(name.casefold())
        names.append(name)
    return names


def fitted(rgb: UInt8Array, path: Path) -> UInt8Array:
    """A square picture at the side that the networks take.

    Raises:
        PhotoRefusedError: not square.
    """
    import cv2

    height, width = rgb.shape[:2]
    if height != width:
        raise PhotoRefusedError(
            f"the image is {width} x {height} pixels, not square",
            next_step="cut out a square around the face, or run `analyze` on the whole picture",
            path=path,
        )
    if height == FACE_PX:
        return rgb
    method = cv2.INTER_AREA if height > FACE_PX else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(rgb, (FACE_PX, FACE_PX), interpolation=method), dtype=np.uint8)


def _usable(paths: list[Path], refusals: list[PhotoRefusedError], terminal: Terminal) -> Iterator[FaceImage]:
    from core.gallery.photos import read_photo

    for path, name in zip(paths, unique_names(paths), strict=True):
        try:
            photo = read_photo(path)
            yield FaceImage(name=name, sha256=photo.sha256, crop=fitted(photo.rgb, path))
        except PhotoRefusedError as error:
            refusals.append(error)
            terminal.complain(error)


def _opened(args: Namespace, folders: Folders) -> RecoveredFolder:
    from app.commands.recover_output import RecoveredFolder
    from core.recovery.loading import pick_device

    device = pick_device(args.device)
    return RecoveredFolder(
        args.out,
        detector=build_detector(folders, MTCNN, device),
        recoverer=build_recoverer(folders, args.model, device),
        seed=args.seed,
        keep_raw=args.raw,
    )
