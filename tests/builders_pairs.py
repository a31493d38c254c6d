"""Two public-domain portraits, one pasted into the other, in CelebA-MegaFS's layout, packed by the real detector."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from core.detection.mtcnn import MtcnnDetector
from core.domain.arrays import UInt8Array
from core.models.embedder import DlibEmbedder
from core.models.registry import ModelRegistry
from core.models.weights import load_weights, sha256_of
from core.recovery.loading import load_embedder
from core.training.corpus import held_out_by_name
from core.training.layouts.record import Label, ListedFace
from core.training.lists import read_list
from core.training.pair_finding import PackReport
from core.training.pair_packing import pack_pairs
from tests.builders_detector import MODELS, mtcnn

EMBEDDER = MODELS / "dlib-resnet-v1.safetensors"
PORTRAITS = Path(__file__).resolve().parents[1] / "resources" / "demo" / "gallery"
TARGET, SOURCE = "Eileen Collins", "Grace Hopper"
# Rows and columns of the inner face in both portraits, 224 px tall pictures.
TARGET_BOX = (slice(44, 82), slice(84, 124))
METHODS = {"FTM": (0.6, 0.8, 1.0), "LCR": (1.0, 0.8, 0.6)}
"""Colours of skin that the forgeries of each method have."""


@dataclass(frozen=True, kw_only=True)
class Packer:
    detector: MtcnnDetector
    embedder: DlibEmbedder

    def __call__(self, records: list[ListedFace], out: Path, frames: int = 2, name: str = "tried") -> PackReport:
        return pack_pairs(records, out, self.detector, self.embedder, name=name, frames=frames)


def new_packer() -> Packer:
    """With the detector and the embedder that ship, known by another name."""
    tensors = load_weights(EMBEDDER, sha256=None)
    return Packer(detector=mtcnn(), embedder=DlibEmbedder(name="dlib", sha256=sha256_of(EMBEDDER), tensors=tensors))


def portrait(name: str) -> UInt8Array:
    with Image.open(PORTRAITS / name / "photo.jpg") as picture:
        return np.asarray(picture.convert("RGB").resize((224, 224)))


def forged_portrait(target: UInt8Array, colours: tuple[float, ...] = METHODS["FTM"]) -> UInt8Array:
    """The target with another colour of skin in a box of her face."""
    picture = target.copy()
    picture[TARGET_BOX] = (picture[TARGET_BOX] * np.array(colours)).astype(np.uint8)
    return picture


def held_out_numbers(name: str, count: int, held_out: bool = True) -> list[int]:
    """Numbers whose bearers never train in the data set `name`, or always do."""
    people = [f"{name}/{number}" for number in range(60 * count)]
    kept = np.flatnonzero(held_out_by_name(np.array(people)) == held_out)
    return [int(number) for number in kept[:count]]


def packed_pairs(folder: Path, models: ModelRegistry) -> Path:
    """Forgeries by two methods: held-out target and source, held-out target alone, and a pair that trains.

    The same two portraits again and again, under four people's numbers.
    """
    (own, other), (third, fourth) = held_out_numbers("megafs", 2), held_out_numbers("megafs", 2, held_out=False)
    root, target, source = folder / "megafs", portrait(TARGET), portrait(SOURCE)
    shown = {own: target, other: source, third: source, fourth: target}
    for number, picture in shown.items():
        _save(root / "CelebA-HQ-img" / f"{number}.png", picture)
    for method, colours in METHODS.items():
        for a, b in ((own, other), (other, own), (own, third), (fourth, third)):
            _save(root / method / f"{a}_{b}.png", forged_portrait(shown[a], colours))
    embedder = load_embedder(models, "dlib-resnet-v1", "cpu")
    pack_pairs(read_list("megafs", root), folder / "packed", mtcnn(), embedder, name="megafs", frames=1)
    return folder / "packed"


def packed_list(folder: Path, models: ModelRegistry) -> Path:
    """Two forged and two real faces of RFFR's layout: who is behind them is not known."""
    records = []
    for name in (TARGET, SOURCE):
        for label, picture in ((Label.REAL, portrait(name)), (Label.FORGED, forged_portrait(portrait(name)))):
            path = folder / "faces" / f"{name}-{label}.png"
            _save(path, picture)
            records.append(f'{{"path": "{path}", "label": {int(label is Label.FORGED)}}}')
    (folder / "some_test_label.json").write_text(f"[{', '.join(records)}]")
    embedder = load_embedder(models, "dlib-resnet-v1", "cpu")
    records_read = read_list("rffr", folder / "some_test_label.json")
    pack_pairs(records_read, folder / "packed", mtcnn(), embedder, name="rffr", frames=1)
    return folder / "packed"


def _save(path: Path, picture: UInt8Array) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path)
