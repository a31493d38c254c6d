"""The folder that `recover` writes: pictures at once, arrays batch by batch, joined at the end."""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from core.domain.arrays import FloatArray, UInt8Array
from core.errors import OutputError
from core.evidence.writing import replacing
from core.recovery.cropped import landmarks_of_crops

if TYPE_CHECKING:
    from app.commands.recover import FaceImage
    from core.detection.base import FaceDetector
    from core.recovery.recoverer import FaceRecoverer, RecoveryArrays

UNFINISHED = ".unfinished"
_VECTORS = ("fake_score", "dfrec_score", "companion_score", "input", "source", "target", "surroundings")
_PICTURES = ("source_image", "target_image", "map")


class RecoveredFolder:
    """Recovers batches of face images into a folder.

    What is done is kept in a subfolder until `finish`, so that a killed run, started again on the same images, goes on
    after its last whole batch.

    Args:
        folder: where to; made when missing.
        detector: finds landmarks for the embedding of the input.
        recoverer: the networks.
        seed: of the masking step.
        keep_raw: write the unrounded pictures too.

    Raises:
        OutputError: here and from every method: the folder cannot be written.
    """

    def __init__(
        self, folder: Path, *, detector: FaceDetector, recoverer: FaceRecoverer, seed: int, keep_raw: bool
    ) -> None:
        self._folder = folder
        self._detector = detector
        self._recoverer = recoverer
        self._seed = seed
        self._keep_raw = keep_raw
        self._batches: list[Path] = []
        with _writing(folder):
            (folder / UNFINISHED).mkdir(parents=True, exist_ok=True)

    def recover(self, images: Sequence[FaceImage]) -> list[float]:
        """Recover one batch, write its pictures, and return the fake scores."""
        stored = self._folder / UNFINISHED / f"{self._key(images)}.npz"
        if not stored.exists():
            self._compute(images, stored)
        self._batches.append(stored)
        with np.load(stored, allow_pickle=False) as arrays:
            return [float(score) for score in arrays["fake_score"]]

    def finish(self) -> None:
        """Join the batches into ``embeddings.npz`` and, when asked for, ``raw.npz``."""
        joined: dict[str, NDArray[Any]] = {
            key: np.concatenate([_array(batch, key) for batch in self._batches]) for key in ("names", *_VECTORS)
        }
        joined["embedder_id"] = np.array(self._recoverer.embedder_id)
        joined["surroundings_id"] = np.array(self._recoverer.surroundings_id)
        companion = self._recoverer.companion
        joined["model_sha256"] = np.array(self._recoverer.weights_sha256)
        joined["detector_sha256"] = np.array(companion.weights_sha256 if companion is not None else "")
        with _writing(self._folder):
            _whole(self._folder / "embeddings.npz", partial(_save, joined))
            if self._keep_raw:
                _whole(self._folder / "raw.npz", self._join_pictures)
            shutil.rmtree(self._folder / UNFINISHED)

    def _compute(self, images: Sequence[FaceImage], stored: Path) -> None:
        crops = np.stack([image.crop for image in images])
        result = self._recoverer.infer(crops, landmarks_of_crops(self._detector, crops), self._seed)
        kept = _VECTORS + (_PICTURES if self._keep_raw else ())
        arrays: dict[str, NDArray[Any]] = {key: getattr(result, key) for key in kept}
        arrays["names"] = np.array([image.name for image in images])
        with _writing(self._folder):
            for i, image in enumerate(images):
                self._write_pictures(image, result, i)
            _whole(stored, partial(_save, arrays))

    def _write_pictures(self, image: FaceImage, result: RecoveryArrays, i: int) -> None:
        pictures = {
            "source": _eight_bit(result.source_image[i].transpose(1, 2, 0)),
            "target": _eight_bit(result.target_image[i].transpose(1, 2, 0)),
            "map": _eight_bit(result.map[i, 0]),
        }
        for role, pixels in pictures.items():
            label = PngInfo()
            label.add_text("Unswap-Content", "identity map" if role == "map" else "reconstruction")
            label.add_text("Unswap-Role", role)
            label.add_text("Unswap-Model", self._recoverer.model_name)
            label.add_text("Unswap-Weights-SHA256", self._recoverer.weights_sha256)
            label.add_text("Unswap-Input-SHA256", image.sha256)
            save = partial(Image.fromarray(pixels).save, format="PNG", pnginfo=label)
            _whole(self._folder / f"{image.name}.{role}.png", save)

    def _join_pictures(self, part: Path) -> None:
        """An npz of all batches' pictures that holds one batch in memory at a time."""
        total = sum(len(_array(batch, "names")) for batch in self._batches)
        with zipfile.ZipFile(part, "w", allowZip64=True) as archive:
            for key in _PICTURES:
                first = _array(self._batches[0], key)
                header = {
                    "descr": np.lib.format.dtype_to_descr(first.dtype),
                    "fortran_order": False,
                    "shape": (total, *first.shape[1:]),
                }
                with archive.open(f"{key}.npy", "w", force_zip64=True) as stream:
                    np.lib.format.write_array_header_1_0(stream, header)
                    for batch in self._batches:
                        stream.write(np.ascontiguousarray(_array(batch, key)).tobytes())

    def _key(self, images: Sequence[FaceImage]) -> str:
        """Names a batch by everything that its result follows from."""
        recoverer = self._recoverer
        companion = recoverer.companion.weights_sha256 if recoverer.companion is not None else ""
        facts = [recoverer.weights_sha256, companion, recoverer.embedder_id, str(self._seed), str(self._keep_raw)]
        facts += [f"{image.sha256} {image.name}" for image in images]
        return hashlib.sha256("\n".join(facts).encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _array(batch: Path, key: str) -> NDArray[Any]:
    with np.load(batch, allow_pickle=False) as arrays:
        values: NDArray[Any] = arrays[key]
        return values


def _save(arrays: dict[str, NDArray[Any]], path: Path) -> None:
    with path.open("wb") as stream:  # np.savez would add an ending to the path's own
        np.savez(stream, allow_pickle=False, **arrays)


def _eight_bit(picture: FloatArray) -> UInt8Array:
    return np.ascontiguousarray(np.clip(picture * 255 + 0.5, 0, 255).astype(np.uint8))


def _whole(path: Path, write: Callable[[Path], object]) -> None:
    with replacing(path) as part:
        write(part)


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"the results cannot be written ({error.strerror or error})",
            next_step="check the folder, its permissions and the free space, or name another one with --out",
            path=folder,
        ) from error
