"""A corpus of real faces, packed once into arrays that training reads without decoding anything.

Faces stand in a common square (see `SQUARE_OVER_CROP`) so that the crop of the recovery networks, its jitter and a
warp of it can all be sampled from the same picture.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from core.errors import CaseError
from core.evidence.writing import replacing

PACKED_PX = 256
SQUARE_OVER_CROP = 1.22
VALIDATION_PERCENT = 10
ROWS_AT_ONCE = 256


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FaceCorpus:
    """Packed faces; row = one photograph.

    Attributes:
        images: (N, 256, 256, 3) uint8 RGB, memory-mapped.
        landmarks68: (N, 68, 2) float32, iBUG order, packed pixels.
        landmarks5: (N, 5, 2) float32, MTCNN order, packed pixels.
        embedding: (N, 128) float32, unit norm, of the photo by the CC0 embedder.
        sets: (N,) names of the data sets.
        identity: (N,) identity names; faces of unknown identity get a unique name of their own.
        family: (N,) split unit: identity, or family where relatives look alike.
        group: (N,) demographic group as the data set names it, '' where it names none.
        age: (N,) int16 years, -1 where unknown.
        gender: (N,) as the data set names it, '' where it names none.
    """

    images: NDArray[np.uint8]
    landmarks68: NDArray[np.float32]
    landmarks5: NDArray[np.float32]
    embedding: NDArray[np.float32]
    sets: NDArray[np.str_]
    identity: NDArray[np.str_]
    family: NDArray[np.str_]
    group: NDArray[np.str_]
    age: NDArray[np.int16]
    gender: NDArray[np.str_]

    @property
    def is_validation(self) -> NDArray[np.bool_]:
        """(N,) True for the tenth of the families that never trains; fixed by a hash of the family's name."""
        return held_out_by_name(self.family)

    def nearest_in_training(self) -> NDArray[np.float32]:
        """(V,) mean-centred cosine of each validation photograph with the training photograph most like it.

        Held out are names, and some sets name nobody: the same person, or picture, may stand on both sides.
        """
        centred = self.embedding - self.mean_embedding
        centred /= np.linalg.norm(centred, axis=1, keepdims=True)
        training, validation = centred[~self.is_validation], centred[self.is_validation]
        starts = range(0, len(validation), ROWS_AT_ONCE)
        parts = [(validation[at : at + ROWS_AT_ONCE] @ training.T).max(1) for at in starts]
        nearest: NDArray[np.float32] = np.concatenate([np.zeros(0, np.float32), *parts])
        return nearest

    @property
    def mean_embedding(self) -> NDArray[np.float32]:
        """(D,) the mean face: of the training photographs' vectors, of all where a corpus holds nobody to train on."""
        training = self.embedding[~self.is_validation]
        mean: NDArray[np.float32] = (training if len(training) else self.embedding).mean(0)
        return mean


def held_out_by_name(names: NDArray[np.str_]) -> NDArray[np.bool_]:
    """Which of the people or families (N,) never train: a tenth of them, fixed by a hash of the name."""
    unique, inverse = np.unique(names, return_inverse=True)
    digest = (int(hashlib.sha256(str(name).encode()).hexdigest()[:8], 16) for name in unique)
    held_out = np.fromiter((d % 100 < VALIDATION_PERCENT for d in digest), dtype=bool, count=len(unique))
    chosen: NDArray[np.bool_] = held_out[inverse].reshape(names.shape)
    return chosen


def pack(folder: Path, out: Path) -> None:
    """Decode the shards of `folder` (``index.npz`` and ``faces-NN.tar``) into arrays under `out`.

    Raises:
        CaseError: the folder holds no index.
    """
    import cv2

    index_path = folder / "index.npz"
    if not index_path.is_file():
        raise CaseError("no index.npz there", path=folder, next_step="name the folder that holds the face shards")
    with np.load(index_path) as archive:
        index = {key: archive[key] for key in archive.files}
    count = len(index["shard"])
    out.mkdir(parents=True, exist_ok=True)
    images = np.lib.format.open_memmap(
        out / "images.npy", mode="w+", dtype=np.uint8, shape=(count, PACKED_PX, PACKED_PX, 3)
    )
    five = index["landmarks5"].astype(np.float32)
    scale = (PACKED_PX / index["square_px"]).astype(np.float32)
    centre = 0.45 * five[:, :2].mean(1) + 0.55 * five[:, 3:].mean(1)
    centre[:, 1] -= 0.02 * index["square_px"]
    origin = centre - index["square_px"][:, None] / 2

    for shard in tqdm(range(int(index["shard"].max()) + 1), desc="packing", unit="shard"):
        rows = {str(index["name"][i]): i for i in np.flatnonzero(index["shard"] == shard)}
        with tarfile.open(folder / f"faces-{shard:02d}.tar") as tar:
            for member in tar:
                row = rows.get(member.name)
                stream = tar.extractfile(member)
                if row is None or stream is None:
                    continue
                bgr = cv2.imdecode(np.frombuffer(io.BytesIO(stream.read()).getbuffer(), np.uint8), cv2.IMREAD_COLOR)
                affine = np.hstack([np.eye(2) * scale[row], -origin[row][:, None] * scale[row]])
                interpolation = cv2.INTER_AREA if scale[row] < 1 else cv2.INTER_CUBIC
                warped = cv2.warpAffine(
                    bgr, affine, (PACKED_PX, PACKED_PX), flags=interpolation, borderMode=cv2.BORDER_REPLICATE
                )
                images[row] = warped[:, :, ::-1]
    images.flush()

    def to_packed(points: NDArray[Any]) -> NDArray[np.float32]:
        moved: NDArray[np.float32] = (points.astype(np.float32) - origin[:, None]) * scale[:, None, None]
        return moved

    embedding = index["embedding"].astype(np.float32)
    named = index["identity"] != ""
    unique = np.array([f"{s}/{i:06d}" for i, s in enumerate(index["set"])])
    identity = np.where(named, index["identity"], unique)
    family = np.array([str(name).rsplit("_MID", 1)[0] for name in identity])
    with replacing(out / "index.npz") as part, part.open("wb") as stream:
        np.savez(
            stream,
            landmarks68=to_packed(index["landmarks68"]),
            landmarks5=to_packed(five),
            embedding=embedding / np.linalg.norm(embedding, axis=1, keepdims=True),
            sets=index["set"],
            identity=identity,
            family=family,
            group=index["group"],
            age=index["age"].astype(np.int16),
            gender=index["gender"],
        )


def load(folder: Path) -> FaceCorpus:
    """Open a packed corpus; images stay on disk and are mapped.

    Raises:
        CaseError: the folder was not packed.
    """
    if not (folder / "images.npy").is_file():
        raise CaseError("no packed faces there", path=folder, next_step="pack the face shards first")
    with np.load(folder / "index.npz") as archive:
        index = {key: archive[key] for key in archive.files}
    return FaceCorpus(images=np.load(folder / "images.npy", mmap_mode="c"), **index)
