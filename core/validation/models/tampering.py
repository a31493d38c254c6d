"""Ways to slip other weights under the application: each is done to a copy of what ships, or of what was imported."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file

from core.models.allowlist import LIST, allow
from core.models.registry import ModelRegistry

SHIPPED = ("dlib-resnet-v1", "mtcnn")
"""Models that are copied; the others are treated the same way."""
MINE = "mine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tampering:
    """One way.

    Attributes:
        name: what is done.
        do: does it, given the shipped and the user's folder.
        use: what the application does afterwards, which must raise ModelError.
    """

    name: str
    do: Callable[[Path, Path], None]
    use: Callable[[ModelRegistry], object]


def folders(workspace: Path, resources: Path) -> tuple[Path, Path, str]:
    """Copies of the shipped models, with one of them imported as the user's; SHA-256 of the shipped list."""
    shipped, user, brought = (workspace / name for name in ("shipped", "user", "brought"))
    for folder in (shipped, user, brought):
        folder.mkdir(parents=True)
    for name in (*(f"{n}.{end}" for n in SHIPPED for end in ("json", "safetensors")), "calibration.json", LIST):
        shutil.copyfile(resources / "models" / name, shipped / name)
    shutil.copyfile(shipped / "dlib-resnet-v1.safetensors", brought / f"{MINE}.safetensors")
    card = json.loads((shipped / "dlib-resnet-v1.json").read_text()) | {"name": MINE, "file": f"{MINE}.safetensors"}
    (brought / f"{MINE}.json").write_text(json.dumps(card))
    vouched = hashlib.sha256((shipped / LIST).read_bytes()).hexdigest()
    ModelRegistry(shipped, user, vouched).import_checkpoint(brought / f"{MINE}.safetensors")
    return shipped, user, vouched


def _flipped(path: Path, at: float = 0.5) -> None:
    """One bit of a file is another."""
    data = bytearray(path.read_bytes())
    data[int(len(data) * at)] ^= 1
    path.write_bytes(data)


def _other(path: Path) -> str:
    """Other weights in the place of a file; their SHA-256."""
    save_file({"w": torch.ones(4)}, path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _with_card(folder: Path, name: str) -> None:
    """Other weights, and the card changed to vouch for them."""
    digest, card = _other(folder / f"{name}.safetensors"), folder / f"{name}.json"
    card.write_text(json.dumps(json.loads(card.read_text()) | {"sha256": digest}))


def _with_list(folder: Path, name: str) -> None:
    """Other weights, card and list."""
    _with_card(folder, name)
    names = (f"{name}.safetensors", f"{name}.json")
    allow(folder, {file: hashlib.sha256((folder / file).read_bytes()).hexdigest() for file in names})


def _dropped(folder: Path) -> None:
    """A model that nobody imported."""
    digest = _other(folder / "new.safetensors")
    card = {"name": "new", "kind": "embedder-dlib", "file": "new.safetensors", "sha256": digest, "terms": "none"}
    (folder / "new.json").write_text(json.dumps(card))


def _edited(card: Path) -> None:
    """A card without the sentences on what the model cannot do."""
    card.write_text(json.dumps(json.loads(card.read_text()) | {"known_failures": []}))


def _exchanged(folder: Path) -> None:
    """Two shipped files in each other's place."""
    first, second = (folder / f"{name}.safetensors" for name in SHIPPED)
    first.rename(folder / "x")
    second.rename(first)
    (folder / "x").rename(second)


def _linked(folder: Path) -> None:
    """A link to other weights in the place of the file."""
    _other(folder.parent / "elsewhere.safetensors")
    (folder / f"{MINE}.safetensors").unlink()
    (folder / f"{MINE}.safetensors").symlink_to(folder.parent / "elsewhere.safetensors")


def _loaded(name: str) -> Callable[[ModelRegistry], object]:
    return lambda registry: registry.load(name)


_DLIB = "dlib-resnet-v1"

WAYS = (
    Tampering(
        name="one bit of shipped weights", do=lambda s, u: _flipped(s / f"{_DLIB}.safetensors"), use=_loaded(_DLIB)
    ),
    Tampering(
        name="one bit of the face detector's weights",
        do=lambda s, u: _flipped(s / "mtcnn.safetensors", 0.9),
        use=_loaded("mtcnn"),
    ),
    Tampering(name="a shipped card's limits", do=lambda s, u: _edited(s / f"{_DLIB}.json"), use=_loaded(_DLIB)),
    Tampering(name="shipped weights and card", do=lambda s, u: _with_card(s, _DLIB), use=_loaded(_DLIB)),
    Tampering(name="shipped weights, card and list", do=lambda s, u: _with_list(s, _DLIB), use=_loaded(_DLIB)),
    Tampering(name="two shipped files exchanged", do=lambda s, u: _exchanged(s), use=_loaded("mtcnn")),
    Tampering(name="the shipped list deleted", do=lambda s, u: (s / LIST).unlink(), use=_loaded(_DLIB)),
    Tampering(
        name="the shipped table of error rates",
        do=lambda s, u: _flipped(s / "calibration.json", 0.4),
        use=lambda registry: registry.check_file("calibration.json"),
    ),
    Tampering(
        name="one bit of imported weights", do=lambda s, u: _flipped(u / f"{MINE}.safetensors"), use=_loaded(MINE)
    ),
    Tampering(name="imported weights and card", do=lambda s, u: _with_card(u, MINE), use=_loaded(MINE)),
    Tampering(name="imported weights replaced by a link", do=lambda s, u: _linked(u), use=_loaded(MINE)),
    Tampering(name="a model dropped into the user's folder", do=lambda s, u: _dropped(u), use=_loaded("new")),
    Tampering(name="a model dropped among the shipped", do=lambda s, u: _dropped(s), use=_loaded("new")),
    Tampering(
        name="the list of imported models made unreadable",
        do=lambda s, u: _flipped(u / LIST, 0.0),
        use=_loaded(MINE),
    ),
)
