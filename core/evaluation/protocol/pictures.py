"""Section "pictures": what recovered faces look like.

People of the data sets are shown only in the folder ``people`` of the results, which is not for publication; the page
shows the public-domain portraits of the demo case.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.domain.arrays import UInt8Array
from core.domain.evidence import FrameRecord
from core.domain.faces import AlignedFace
from core.errors import CaseError
from core.evaluation.protocol.bench import Bench
from core.evaluation.protocol.people import cosine
from core.evaluation.protocol.results import Picture, Section
from core.evaluation.protocol.sheet import Sheet, SheetRow
from core.evaluation.published import UNMEASURED
from core.recovery.align import FACE_PX, crop_face
from core.video.probe import probe
from core.video.pyav_reader import open_reader

CASES = 3
HEADS = ("as seen", "identity map", "source: reconstruction", "source", "target: reconstruction", "target")
DEMO_FRAMES = (25, 60, 95)
DEMO_SOURCE, DEMO_TARGET = "Eileen Collins", "Grace Hopper"
PEOPLE_FILE = "people/cases.jpg"
DEMO_FILE = "figures/demo.jpg"


def run(bench: Bench) -> Section:
    """Best, median and worst recovered targets, apart; the demo's portraits for the page."""
    bench.people_folder()
    cases(bench).write(bench.settings.out / PEOPLE_FILE)
    pictures: tuple[Picture, ...] = ()
    if bench.settings.demo is not None:
        (bench.settings.out / DEMO_FILE).parent.mkdir(parents=True, exist_ok=True)
        demo(bench, bench.settings.demo).write(bench.settings.out / DEMO_FILE)
        caption = (
            "Three frames of the constructed demo clip, which measures nothing. Left to right: the face as filmed, the "
            f"identity map, the recovered source beside {DEMO_SOURCE}'s portrait, the recovered target beside "
            f"{DEMO_TARGET}'s. Recovered faces are reconstructions, not photographs."
        )
        pictures = (Picture(file=DEMO_FILE, caption=caption),)
    return Section(
        name="pictures",
        title="Pictures",
        text=(
            f"The best, the median and the worst recovered targets of section Recovery are in `{PEOPLE_FILE}` of the "
            "results' folder. They show people of the data sets: personal data, not to be published.",
        ),
        pictures=pictures,
    )


def cases(bench: Bench) -> Sheet:
    """The forged faces whose stated target gained most, gained as the median, and lost most against None."""
    faces, result = bench.faces, bench.result
    recovered = result.recovered
    assert recovered.source is not None and recovered.target is not None and recovered.target_vector is not None
    forged = np.flatnonzero(faces.is_fake)
    truth = bench.gallery.photograph(faces.target_row[forged])
    gain = cosine(recovered.target_vector[forged], truth) - cosine(result.seen[forged], truth)
    rows = []
    for label, places in best_median_worst(gain, CASES):
        for place in places:
            i = forged[place]
            pictures = (
                faces.crops[i],
                _grey(result.map[i]),
                recovered.source[i],
                faces.source[i],
                recovered.target[i],
                faces.target[i],
            )
            rows.append(SheetRow(label=f"{label}, {gain[place]:+.3f}", pictures=pictures))
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
