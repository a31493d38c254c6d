"""Published forgeries into arrays that training and evaluation read: forged face, target and source in one framing.

Five landmarks are enough for that. A data set packed so has no 68 landmarks: its faces cannot be forged anew by
`core.training.forgeries`, nor teach the stage "attributes".
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import numpy as np
from tqdm import tqdm

from core.detection.base import FaceDetector
from core.domain.arrays import FloatArray
from core.errors import CaseError
from core.evidence.writing import replacing
from core.models.embedding import Embedder
from core.training.layouts.record import Label, ListedFace
from core.training.listed_media import thinned
from core.training.pair_finding import PackedPair, PackReport, find_pairs


def pack_pairs(
    records: list[ListedFace], out: Path, detector: FaceDetector, embedder: Embedder, *, name: str, frames: int
) -> PackReport:
    """Find, align and embed the faces of a list and write them under `out`.

    Args:
        records: of one data set.
        out: folder; ``forged.bin`` holds (P, 256, 256, 3), ``photos.bin`` (2 P, 256, 256, 3), target and source in
            turn, ``pairs.npz`` everything else.
        detector: finds faces and their five landmarks.
        embedder: states who is on a photograph.
        name: of the data set.
        frames: pictures of each clip at most, spread over it.

    Raises:
        CaseError: not one face could be packed.
    """
    out.mkdir(parents=True, exist_ok=True)
    report = PackReport()
    kept: list[ListedFace] = []
    vectors: list[FloatArray] = []
    truths: list[bool] = []
    with (out / "forged.bin").open("wb") as forged, (out / "photos.bin").open("wb") as photos:
        for record in tqdm(list(thinned(records, frames)), desc="packing", unit="file"):
            for pair in find_pairs(record, detector, embedder, frames, report):
                _write(forged, photos, pair)
                kept.append(record)
                vectors += [pair.target_vector, pair.source_vector]
                truths.append(pair.has_truth)
    report.packed = len(kept)
    if not kept:
        raise CaseError(f"not one face could be packed\n{report}", path=out, next_step="check the list and its files")
    with replacing(out / "pairs.npz") as part, part.open("wb") as stream:
        np.savez(
            stream,
            name=np.array(name),
            embedding=np.stack(vectors),
            embedder=np.array(embedder.embedder_id),
            has_truth=np.array(truths),
            is_forged=np.array([r.label is Label.FORGED for r in kept]),
            method=np.array([r.method for r in kept]),
            clip=np.array([r.clip for r in kept]),
            source_identity=np.array([_person(name, r.source_identity) for r in kept]),
            target_identity=np.array([_person(name, r.target_identity) for r in kept]),
            split=np.array([r.split.value for r in kept]),
        )
    return report


def _person(name: str, number: str) -> str:
    return f"{name}/{number}" if number else ""


def _write(forged: BinaryIO, photos: BinaryIO, pair: PackedPair) -> None:
    forged.write(pair.forged.tobytes())
    photos.write(pair.target.tobytes())
    photos.write(pair.source.tobytes())
