"""Face detection: ms a frame of whole-frame search on every frame beside key frames with refinement, in one run.

Usage: python benchmarks/bench_detection.py [--side 1280] [--faces 2] [--seconds 8]

The clip is Eileen Collins' portrait (NASA, public domain; ships in scikit-image) moving over a plain ground,
sampled at six frames a second. Decoding and embedding are not counted.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from statistics import median

import cv2
import numpy as np
import skimage.data
import torch
from facenet_pytorch import MTCNN

from core.domain.evidence import Frame
from core.domain.time import TimePoint
from core.models.registry import ModelRegistry
from core.recovery.loading import load_detector
from core.tracking.face_finder import FaceFinder

RATE = 6
MODELS = Path(__file__).resolve().parents[1] / "resources" / "models"


def clip(side: int, n_faces: int, seconds: int) -> list[Frame]:
    portrait = skimage.data.astronaut()[20:220, 130:310]
    width, height = side, side * 9 // 16
    size = height // 3
    head = cv2.resize(portrait, (size * 9 // 10, size))
    ground = cv2.resize(np.random.default_rng(0).integers(60, 180, (9, 16, 3)).astype(np.uint8), (width, height))
    frames = []
    for i in range(seconds * RATE):
        rgb = ground.copy()
        for k in range(n_faces):
            x = round((k + 0.5) * width / n_faces - head.shape[1] / 2 + 0.02 * side * math.sin(i / 3 + k))
            y = round(height / 3 + 0.02 * side * math.cos(i / 4 + k))
            rgb[y : y + size, x : x + head.shape[1]] = head
        moment = TimePoint(pts=i, time_base=Fraction(1, RATE))
        frames.append(Frame(index=i, time=moment, rgb=rgb, rotation_deg=0, is_corrupt=False))
    return frames


Way = Callable[[Sequence[Frame]], int]
"""Takes the next second of frames, returns how many faces it found."""


def library() -> Way:
    """facenet-pytorch's own cascade on the frame scaled to 640 px, with its defaults."""
    network = MTCNN(keep_all=True)

    def work(frames: Sequence[Frame]) -> int:
        n_found = 0
        for frame in frames:
            scale = min(1.0, 640 / max(frame.rgb.shape[:2]))
            picture = cv2.resize(frame.rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            boxes, _ = network.detect(picture)
            n_found += 0 if boxes is None else len(boxes)
        return n_found

    return work


def every_frame() -> Way:
    detector = load_detector(ModelRegistry(MODELS, MODELS), "mtcnn", "cpu")
    return lambda frames: sum(len(found) for found in detector.detect(frames))


def keys_and_refinement() -> Way:
    finder = FaceFinder(load_detector(ModelRegistry(MODELS, MODELS), "mtcnn", "cpu"))
    return lambda frames: sum(len(faces.detections) for faces in finder.process(frames))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--side", type=int, default=1280, help="longer side of the frames, px")
    parser.add_argument("--faces", type=int, default=2)
    parser.add_argument("--seconds", type=int, default=8)
    arguments = parser.parse_args()
    frames = clip(arguments.side, arguments.faces, arguments.seconds)
    height, width = frames[0].rgb.shape[:2]
    ways = {
        "facenet-pytorch's MTCNN, every frame": library(),
        "whole-frame search, every frame": every_frame(),
        "key frames, refinement, cuts, tracks, quality": keys_and_refinement(),
    }
    # Second by second in turn, so that other load on the machine falls on all of them; medians of these.
    spent: dict[str, list[float]] = {name: [] for name in ways}
    n_found = dict.fromkeys(ways, 0)
    for start in range(0, len(frames), RATE):
        for name, work in ways.items():
            begin = time.perf_counter()
            n_found[name] += work(frames[start : start + RATE])
            spent[name].append((time.perf_counter() - begin) / RATE * 1e3)
    print(f"{len(frames)} frames {width}x{height}, {arguments.faces} faces, {torch.get_num_threads()} threads")
    print(f"{'way':<48}{'ms/frame':>10}{'faces found':>13}")
    for name in ways:
        print(f"{name:<48}{median(spent[name]):>10.1f}{n_found[name]:>13}")


if __name__ == "__main__":
    main()
