"""Packed pairs of published forgeries as a corpus of their true faces."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import CaseError
from core.training.corpus import PACKED_PX, FaceCorpus, held_out_by_name
from core.training.layouts.record import Split


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PairCorpus(FaceCorpus):
    """The true faces of packed pairs as a corpus: row 2 p is the target of pair p, row 2 p + 1 its source.

    It has no 68 landmarks (NaN): nothing can be forged from it.

    Attributes:
        forged: (P, 256, 256, 3) uint8 RGB, memory-mapped.
        is_forged: (P,) False where the face is real and its own source and target.
        has_truth: (P,) False where the true faces are unknown.
        method: (P,) name of the forgery method, '' where real.
        held_out: (2 P,) True for rows that do not train.
        unseen: (2 P,) True for those of them that show people whom nothing trains on. Where a set has no parts, a pair
            is held out with either of its people; where it has, they are what its authors made them.
        embedder_id: of the embedder that made `embedding`.
    """

    forged: NDArray[np.uint8]
    is_forged: NDArray[np.bool_]
    has_truth: NDArray[np.bool_]
    method: NDArray[np.str_]
    held_out: NDArray[np.bool_]
    unseen: NDArray[np.bool_]
    embedder_id: str

    @property
    def is_validation(self) -> NDArray[np.bool_]:
        """(2 P,) the data set's own parts, or a tenth of the people where it has none."""
        return self.held_out


def load_pairs(folder: Path) -> PairCorpus:
    """Open packed pairs; pictures stay on disk and are mapped.

    Raises:
        CaseError: the folder holds none.
    """
    if not (folder / "pairs.npz").is_file():
        raise CaseError(
            "no packed pairs there", path=folder, next_step="pack a list first: pack-list LAYOUT FOLDER OUT"
        )
    with np.load(folder / "pairs.npz") as archive:
        index = {key: archive[key] for key in archive.files}
    count = len(index["is_forged"])
    shape = (PACKED_PX, PACKED_PX, 3)
    identity = np.stack([index["target_identity"], index["source_identity"]], 1).reshape(-1)
    nameless = np.array([f"{index['name']}/row{row:07d}" for row in range(2 * count)])
    identity = np.where(identity == "", nameless, identity)
    by_name, undivided = held_out_by_name(identity), np.repeat(index["split"] == Split.NONE.value, 2)
    has_part = np.repeat(index["split"] != Split.TRAIN.value, 2)
    held_out = np.where(undivided, np.repeat(by_name.reshape(-1, 2).any(1), 2), has_part)
    return PairCorpus(
        images=np.memmap(folder / "photos.bin", np.uint8, "c", shape=(2 * count, *shape)),
        forged=np.memmap(folder / "forged.bin", np.uint8, "c", shape=(count, *shape)),
        landmarks68=np.full((2 * count, 68, 2), np.nan, np.float32),
        landmarks5=np.full((2 * count, 5, 2), np.nan, np.float32),
        embedding=index["embedding"],
        sets=np.full(2 * count, str(index["name"])),
        identity=identity,
        family=identity,
        group=np.full(2 * count, ""),
        age=np.full(2 * count, -1, np.int16),
        gender=np.full(2 * count, ""),
        is_forged=index["is_forged"],
        has_truth=index["has_truth"],
        method=index["method"],
        held_out=held_out,
        unseen=held_out & (by_name | ~undivided),
        embedder_id=str(index["embedder"]),
    )
