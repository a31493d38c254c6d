"""Section "clips": fake scores of real videos, in which nothing was swapped."""

from __future__ import annotations

from fractions import Fraction
from itertools import islice
from pathlib import Path

import numpy as np

from core.domain.arrays import FloatArray
from core.domain.evidence import FrameRecord
from core.errors import CaseError, EvidenceNotFoundError
from core.evaluation.protocol.bench import Bench
from core.evaluation.protocol.intervals import mean, share
from core.evaluation.protocol.results import NOTHING, Column, Row, Section, Table
from core.evaluation.published import UNMEASURED
from core.recovery.align import crop_face
from core.video.probe import probe
from core.video.pyav_reader import open_reader

PERIOD = Fraction(1, 2)
FRAMES = 16
SMALLEST_FACE_PX = 60
HALF = 0.5
COLUMNS = (
    Column(title="faces", digits=0),
    Column(title="median fake score"),
    Column(title="faces with a score from 0.5", digits=1, is_share=True),
    Column(title="IDSim of face and recovered target"),
)


def run(bench: Bench) -> Section:
    """Score the faces of every video in the folder the user named.

    Raises:
        CaseError: there is no such folder.
    """
    folder = bench.settings.clips
    assert folder is not None, "asked for only where a folder was named"
    if not folder.is_dir():
        raise EvidenceNotFoundError("there is no such folder", next_step="check the path", path=folder)
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    bench.progress.begin("real videos", len(files), "file")
    rows, refused, everything = [], [], []
    for path in files:
        try:
            scores, likeness = _scored(bench, path)
        except CaseError as error:
            refused.append(f"{path.name} ({error.what})")
        else:
            everything.append(scores)
            rows.append(_row(path.name, scores, likeness))
        bench.progress.advance(1)
    joined = np.concatenate([np.zeros(0, np.float32), *everything])
    medians = np.array([np.median(scores) for scores in everything if len(scores)], np.float32)
    whole = f"{len(medians)} of {len(files)} files show a face of {SMALLEST_FACE_PX} px or more"
    alarm = int((medians >= HALF).sum())
    left_out = f" Not read: {'; '.join(refused)}." if refused else ""
    return Section(
        name="clips",
        title="Real videos",
        text=(
            f"Up to {FRAMES} frames of each video, half a second apart, every face of at least {SMALLEST_FACE_PX} px: "
            f"nothing in them was swapped, so that every high score is a false alarm. {whole}; {alarm} of them have a "
            f"median score from {HALF}, with {len(joined)} faces in all.{left_out}",
        ),
        tables=(Table(caption="Fake scores of real videos", corner="video", columns=COLUMNS, rows=tuple(rows)),),
    )


def _scored(bench: Bench, path: Path) -> tuple[FloatArray, FloatArray]:
    faces = []
    with open_reader(probe(path)) as reader:
        for frame in islice(reader.frames(sample_period=PERIOD), FRAMES):
            record = FrameRecord(index=frame.index, time=frame.time, sha256="", is_corrupt=frame.is_corrupt)
            for face in bench.detector.detect([frame])[0]:
                if min(face.bbox.x2 - face.bbox.x1, face.bbox.y2 - face.bbox.y1) >= SMALLEST_FACE_PX:
                    faces.append(crop_face(frame.rgb, record, face.landmarks_px, UNMEASURED))
    recovered = bench.recoverer.recover(faces, bench.settings.seed)
    scores = np.array([one.fake_score for one in recovered], np.float32)
    likeness = np.array([float(one.input_embedding @ one.target_embedding) for one in recovered], np.float32)
    return scores, likeness


def _row(name: str, scores: FloatArray, likeness: FloatArray) -> Row:
    if not len(scores):
        return Row(label=name, cells=("0", NOTHING, NOTHING, NOTHING))
    middle = f"{np.median(scores):.3f}"
    return Row(label=name, cells=(str(len(scores)), middle, share(scores >= HALF), mean(likeness)))
