"""Section "pictures": what recovered faces look like, and by numbers the best, median and worst of them.

People of the data sets are shown only in the folder ``people`` of the results, which is not for publication; the page
shows their numbers, and the public-domain portraits of the demo case.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.domain.arrays import UInt8Array
from core.domain.evidence import FrameRecord
from core.domain.faces import AlignedFace
from core.errors import CaseError
from core.evaluation.protocol.bench import Bench
from core.evaluation.protocol.people import cosine
from core.evaluation.protocol.results import Cell, Column, Estimate, Picture, Row, Section, Table
from core.evaluation.protocol.sheet import Sheet, SheetRow
from core.evaluation.published import UNMEASURED
from core.recovery.align import FACE_PX, crop_face
from core.video.probe import probe
from core.video.pyav_reader import open_reader

CASES = 3
HEADS = ("as seen", "identity map", "source: reconstruction", "source", "target: reconstruction", "target")
DEMO_FRAMES = (25, 60, 95)
DEMO_SOURCE, DEMO_TARGET = "Eileen Collins", "Grace Hopper"
CASES_FILE, DEMO_FILE = "people/cases.jpg", "figures/demo.jpg"
COLUMNS = (
    Column(title="IDSim gained"),
    Column(title="IDSim, stated"),
    Column(title="None"),
    Column(title="rank, stated", digits=0),
    Column(title="None", digits=0),
    Column(title="DFREC score"),
    Column(title="family"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A forged face that is shown.

    Attributes:
        label: "best", "median" or "worst".
        face: its number among the faces of section Recovery.
        gain: IDSim of the stated target above None's.
    """

    label: str
    face: int
    gain: float


def run(bench: Bench) -> Section:
    """Best, median and worst recovered targets, pictures of them apart; the demo's portraits for the page."""
    bench.people_folder()
    found = cases(bench)
    sheet(bench, found).write(bench.settings.out / CASES_FILE)
    shown: tuple[Picture, ...] = ()
    if bench.settings.demo is not None:
        (bench.settings.out / DEMO_FILE).parent.mkdir(parents=True, exist_ok=True)
        demo(bench, bench.settings.demo).write(bench.settings.out / DEMO_FILE)
        caption = (
            "Three frames of the constructed demo clip, which measures nothing. Left to right: the face as filmed, the "
            f"identity map, the recovered source beside {DEMO_SOURCE}'s portrait, the recovered target beside "
            f"{DEMO_TARGET}'s. Recovered faces are reconstructions, not photographs."
        )
        shown = (Picture(file=DEMO_FILE, caption=caption),)
    return Section(
        name="pictures",
        title="Pictures",
        text=(
            "The forgeries of section Recovery whose stated target gained most, gained as the median, and lost most "
            f"against the forgery itself, numbered as drawn. Their pictures are in `{CASES_FILE}` of the results' "
            "folder: recovered faces are reconstructions, not photographs, and show people of the data sets. That is "
            "personal data, not to be published.",
        ),
        tables=(_table(bench, found),),
        pictures=shown,
    )


def cases(bench: Bench) -> tuple[Case, ...]:
    """The cases shown, best ones first."""
    faces, result = bench.faces, bench.result
    stated = result.recovered.target_vector
    assert stated is not None
    forged = np.flatnonzero(faces.is_fake)
    truth = bench.gallery.photograph(faces.target_row[forged])
    gain = cosine(stated[forged], truth) - cosine(result.seen[forged], truth)
    return tuple(
        Case(label=label, face=int(forged[place]), gain=float(gain[place]))
        for label, places in best_median_worst(gain, CASES)
        for place in places
    )


def _table(bench: Bench, found: tuple[Case, ...]) -> Table:
    numbers = np.array([case.face for case in found], np.int64)
    rows, result, gallery = bench.faces.target_row[numbers], bench.result, bench.gallery
    stated = result.recovered.target_vector
    assert stated is not None
    measured = [
        values
        for vectors in (stated[numbers], result.seen[numbers])
        for values in (cosine(vectors, gallery.photograph(rows)), gallery.ranks(vectors, rows))
    ]
    lines = []
    for i, case in enumerate(found):
        likeness, rank, none, none_rank = (float(values[i]) for values in measured)
        values = (case.gain, likeness, none, rank, none_rank, float(result.dfrec[case.face]))
        cells: list[Cell] = [Estimate(value=value) for value in values]
        cells.append(str(bench.faces.family[case.face]))
        lines.append(Row(label=f"{case.label}, face {case.face}", cells=tuple(cells)))
    caption = "Recovered targets: best, median and worst"
    return Table(caption=caption, corner="case", columns=COLUMNS, rows=tuple(lines))


def sheet(bench: Bench, found: tuple[Case, ...]) -> Sheet:
    """A row of pictures for each case."""
    faces, recovered = bench.faces, bench.result.recovered
    assert recovered.source is not None and recovered.target is not None
    rows = []
    for case in found:
        i = case.face
        pictures = (
            faces.crops[i],
            _grey(bench.result.map[i]),
            recovered.source[i],
            faces.source[i],
            recovered.target[i],
            faces.target[i],
        )
        rows.append(SheetRow(label=f"{case.label}, face {i}\n{case.gain:+.3f}", pictures=pictures))
    return Sheet(heads=HEADS, rows=tuple(rows))


def best_median_worst(gain: NDArray[np.float32], each: int) -> tuple[tuple[str, NDArray[np.int64]], ...]:
    """Places of the `each` greatest, middle and smallest gains."""
    order = np.argsort(-gain, kind="stable")
    middle = max(0, (len(order) - each) // 2)
    return ("best", order[:each]), ("median", order[middle : middle + each]), ("worst", order[-each:])


def demo(bench: Bench, folder: Path) -> Sheet:
    """Three frames of the demo clip beside the portraits of its source and target.

    Raises:
        CaseError: a face is not found where there is one.
    """
    portraits = [_face(bench, folder / "gallery" / name / "photo.jpg", 0).rgb for name in (DEMO_SOURCE, DEMO_TARGET)]
    filmed = [_face(bench, folder / "swap.mp4", frame) for frame in DEMO_FRAMES]
    rows = []
    for frame, face, one in zip(DEMO_FRAMES, filmed, bench.recoverer.recover(filmed, bench.settings.seed), strict=True):
        pictures = (
            face.rgb,
            _grey(one.identity_map),
            one.source_rgb,
            portraits[0],
            one.target_rgb,
            portraits[1],
        )
        rows.append(SheetRow(label=f"frame {frame}", pictures=pictures))
    return Sheet(heads=HEADS, rows=tuple(rows))


def _face(bench: Bench, path: Path, number: int) -> AlignedFace:
    with open_reader(probe(path)) as reader:
        frame = reader.frame_at(number)
    faces = bench.detector.detect([frame])[0]
    if not faces:
        raise CaseError("no face is found in it", next_step="install the application again", path=path)
    marks = max(faces, key=lambda face: face.bbox.area).landmarks_px
    record = FrameRecord(index=frame.index, time=frame.time, sha256="", is_corrupt=frame.is_corrupt)
    return crop_face(frame.rgb, record, marks, UNMEASURED)


def _grey(map_: NDArray[np.float32]) -> UInt8Array:
    level = (np.clip(map_, 0, 1) * 255).round().astype(np.uint8)
    return np.repeat(level[:, :, None], 3, axis=2).reshape(FACE_PX, FACE_PX, 3)
