"""Builds the demo case from the two public-domain portraits beside it: ``python -m resources.demo.build``.

The clip has two shots: Grace Hopper with Eileen Collins' inner face, then, after a cut, Eileen Collins
unaltered. The builder takes no picture and no name from outside; it shows how the demo was made, and repeats it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from resources.demo.motion import HEIGHT_PX, WIDTH_PX, Head, instant_at, shot
from resources.demo.swap import SOURCE, TARGET, DemoSwap, photo_of

HERE = Path(__file__).resolve().parent
CLIP, TRUTH = HERE / "swap.mp4", HERE / "truth.json"
FPS = 25
SEED = 1906
NOTICE = "constructed demo footage, not a recording"
HEADS = {
    "Grace Hopper": Head(face=(266, 225), face_radii=(92, 120), nose=(267, 233), view=(258, 218), zoom=1.5),
    "Eileen Collins": Head(face=(225, 122), face_radii=(52, 66), nose=(223, 126), view=(228, 138), zoom=2.05),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One shot: `n_frames` from `first_frame` on. One person as source and target: nothing is swapped."""

    first_frame: int
    n_frames: int
    source: str
    target: str
    phase: float

    @property
    def swapped(self) -> bool:
        """Whether the source's face was put on the target's head."""
        return self.source != self.target


SEGMENTS = (
    Segment(first_frame=0, n_frames=120, source=SOURCE, target=TARGET, phase=0.0),
    Segment(first_frame=120, n_frames=80, source=SOURCE, target=SOURCE, phase=2.4),
)


def pictures(segments: tuple[Segment, ...] = SEGMENTS, *, step: int = 1) -> Iterator[NDArray[np.uint8]]:
    """Every `step`-th picture of each segment, (480, 640, 3) uint8 RGB, the same on each call."""
    swap = DemoSwap()
    for segment in segments:
        pristine = photo_of(segment.target)
        for i in range(0, segment.n_frames, step):
            index, seconds = segment.first_frame + i, i / FPS
            portrait = swap.portrait_with(**_expression_at(seconds)) if segment.swapped else pristine
            now = instant_at(seconds, phase=segment.phase)
            picture = shot(portrait, HEADS[segment.target], now, grain=np.random.default_rng((SEED, index)))
            yield _labelled(picture)


def write_clip(path: Path) -> None:
    """Encode all pictures as H.264 in MP4; one thread, so that the same versions give the same bytes."""
    with av.open(str(path), "w", options={"movflags": "faststart", "fflags": "+bitexact"}) as container:
        container.metadata["comment"] = NOTICE
        stream = container.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = WIDTH_PX, HEIGHT_PX, "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, FPS)
        stream.codec_context.thread_count = 1
        stream.options = {"crf": "23", "preset": "slow", "x264-params": "threads=1"}
        for picture in pictures():
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())


def write_truth(path: Path) -> None:
    """What is known of the clip, for whoever checks a report against it."""
    segments = [
        {
            "from_s": s.first_frame / FPS,
            "to_s": (s.first_frame + s.n_frames) / FPS,
            "swapped": s.swapped,
            "source": s.source,
            "target": s.target,
        }
        for s in SEGMENTS
    ]
    truth = {
        "clip": CLIP.name,
        "fps": FPS,
        "width_px": WIDTH_PX,
        "height_px": HEIGHT_PX,
        "segments": segments,
    }
    path.write_text(json.dumps(truth, indent=2) + "\n")


def _expression_at(seconds: float) -> dict[str, float]:
    blink = sum(float(np.exp(-(((seconds - at) / 0.07) ** 2))) for at in (1.2, 3.4))
    return {
        "blink": 0.85 * min(1.0, blink),
        "smile": float(np.sin(2 * np.pi * seconds / 2.7)),
        "brows": float(np.sin(2 * np.pi * seconds / 3.9 + 1.0)),
    }


def _labelled(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The notice stays with the pictures wherever the file goes."""
    picture[-22:] //= 2
    cv2.putText(picture, NOTICE, (10, HEIGHT_PX - 7), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (235, 235, 235), 1, cv2.LINE_AA)
    return picture


if __name__ == "__main__":
    write_clip(CLIP)
    write_truth(TRUTH)
