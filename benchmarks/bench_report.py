"""Peak memory of writing the report of a case, by the number of persons in it.

Usage: python -m benchmarks.bench_report [--persons 1 10 30]

Each case holds one item, whose persons have 16 recovered frames each, as an analysis stores them: 224 x 224 px crops,
two reconstructions and a map, of textures that compress about as a face does. Each report is written by the command
line in a process of its own; its peak memory is read at the end. No evidence is there, so that nothing is hashed.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from core.casefile.records import FaceKey, ScanBatch, StoredCrop
from core.casefile.store import CaseFile
from core.domain.arrays import UInt8Array
from core.domain.evidence import EvidenceState
from core.domain.report import RecoveredFrame, RunBasis
from core.domain.time import TimeRange
from tests import builders_report as build
from tests.builders_report_parts import at

FRAMES, SIDE = 16, 224


def texture(rng: np.random.Generator) -> UInt8Array:
    """Patches of three sizes over each other, about 90 KB as PNG."""
    layers = [rng.normal(0, scale, (SIDE // cell, SIDE // cell, 3)) for cell, scale in ((56, 40), (8, 20), (1, 4))]
    grown = [cv2.resize(layer, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC) for layer in layers]
    return np.clip(128 + sum(grown), 0, 255).astype(np.uint8)


def write_case(folder: Path, n_persons: int) -> None:
    rng = np.random.default_rng(n_persons)
    plain = build.recovered_frame(0)
    with CaseFile.open(folder, create=True) as case:
        number = case.add_evidence(build.item())
        case.begin_run(number, run_key="k", time_range=TimeRange())
        made = build.result(n_frames=FRAMES)
        keys = [FaceKey(frame.index, person) for person in range(n_persons) for frame in made.frames]
        shown = {key: face(plain, key, rng) for key in keys}
        case.commit_batch(
            number,
            ScanBatch(
                frames=made.frames,
                is_key=[True] * FRAMES,
                detections=[()] * FRAMES,
                crops=[
                    StoredCrop(
                        frame_index=key.frame_index,
                        face_number=key.face_number,
                        track_key=key.face_number + 1,
                        face=shown[key].face,
                    )
                    for key in keys
                ],
                finder_state="{}",
                n_decoded=FRAMES,
                n_corrupt=0,
            ),
        )
        case.finish_scan(number)
        case.put_recovered(number, [(*key, shown[key].recovered) for key in keys])
        persons = tuple(replace(build.person(1 + n, FRAMES), frames=(), track_ids=(1 + n,)) for n in range(n_persons))
        of_person = {1 + n: [key for key in keys if key.face_number == n] for n in range(n_persons)}
        case.put_result(number, replace(made, persons=persons), of_person)
        case.set_state(number, EvidenceState.DONE, "")
        case.add_run_basis(
            RunBasis(manifest=build.MANIFEST, error_rates=(), model_limits=(), gallery_name="", evidence_ids=(number,))
        )


def face(plain: RecoveredFrame, key: FaceKey, rng: np.random.Generator) -> RecoveredFrame:
    crop = replace(plain.face, frame_index=key.frame_index, time=at(key.frame_index // 6), rgb=texture(rng))
    recovered = replace(plain.recovered, source_rgb=texture(rng), target_rgb=texture(rng))
    return RecoveredFrame(face=crop, recovered=recovered)


def report(case: Path, pdf: Path) -> None:
    """Run as a child: the command line's own path, then the peak memory on the last line."""
    from app.cli import run

    code = run(["report", "--case", str(case), "--report", str(pdf)])
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
    sys.exit(code)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--persons", type=int, nargs="+", default=[1, 10, 30])
    parser.add_argument("--child", type=Path, nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        report(*options.child)
    print("| persons | peak, MiB | MiB a person above the first row | seconds | PDF, MiB | JSON, MiB |")
    print("|---:|---:|---:|---:|---:|---:|")
    first: tuple[int, int] | None = None
    for n_persons in options.persons:
        with tempfile.TemporaryDirectory() as folder:
            case, pdf = Path(folder, "case"), Path(folder, "out", "report.pdf")
            pdf.parent.mkdir()
            write_case(case, n_persons)
            begun = time.perf_counter()
            run = subprocess.run(
                [sys.executable, "-m", "benchmarks.bench_report", "--child", str(case), str(pdf)],
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
            seconds, peak = time.perf_counter() - begun, int(run.stdout.split()[-1])
            first = first or (n_persons, peak)
            slope = (peak - first[1]) / (n_persons - first[0]) if n_persons > first[0] else 0.0
            sizes = [path.stat().st_size / 2**20 for path in (pdf, pdf.with_suffix(".json"))]
            print(f"| {n_persons} | {peak} | {slope:.1f} | {seconds:.1f} | {sizes[0]:.1f} | {sizes[1]:.1f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
