"""Weights that a user brings: find out what the file is, check it, store it with a card."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import torch

from core.errors import ModelError
from core.evidence.writing import write_whole
from core.models.card import ModelCard, ModelKind, read_card
from core.models.conversion import Checkpoint, onnx_kind, read_pickled
from core.models.facenet import facenet_tensors
from core.models.shapes import OFFICIAL_PARTS, check_network, official_tensors
from core.models.weights import check_sha256, read_whole, save_weights, sha256_of, tensors_in, unreadable

FACENET_MARK = "conv2d_1a.conv.weight"
BROUGHT = "brought by the user; the terms of its publisher apply"


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What is known of a kind of foreign weights."""

    terms: str
    description: str
    data: str
    known_failures: tuple[str, ...] = ()


KNOWN = {
    ModelKind.DFREC_OFFICIAL: Described(
        terms=BROUGHT,
        description="DFREC as released by its authors (Yu et al. 2024): ISM, SIRM, TIRM on ViT-L/16.",
        data="Stated by the authors: FaceForensics++, CelebA-MegaFS or FFHQ-E4S, according to the file.",
        known_failures=(
            "Nothing to recover where the forgery carries no target information (crop and paste).",
            "Sensitive to capture conditions that differ from its training set.",
            "Its visible tokens are shifted by one patch against the pasted pixels, as in the original.",
        ),
    ),
    ModelKind.EMBEDDER_FACENET: Described(
        terms=BROUGHT,
        description="FaceNet, InceptionResnetV1 of facenet-pytorch, 512 components.",
        data="According to the file: VGGFace2 or CASIA-WebFace.",
    ),
    ModelKind.DETECTOR_SCRFD: Described(
        terms="brought by the user; insightface's own packs are for non-commercial research only",
        description="SCRFD or RetinaFace detector of an insightface pack, in ONNX form.",
        data="According to the pack, for example WIDER FACE.",
    ),
    ModelKind.EMBEDDER_ARCFACE: Described(
        terms="brought by the user; insightface's own packs are for non-commercial research only",
        description="ArcFace recognition model of an insightface pack, in ONNX form.",
        data="According to the pack, for example WebFace600K.",
    ),
}


def import_file(file: Path, folder: Path, name: str, dtype: torch.dtype = torch.float32) -> ModelCard:
    """Check a weights file made elsewhere and store it in `folder` with a card, on the folder's list of allowed files.

    Known are: the official DFREC checkpoint (.pth), FaceNet's state dict (.pt), insightface's recognition and detection
    models (.onnx), and a model of this application (NAME.safetensors with NAME.json beside it). Pickles and ONNX
    networks are read in a confined child process (`core.models.conversion`); what it answers is held against the names
    and shapes of the network before anything is stored.

    Args:
        file: what the user brings; only read.
        folder: where to store; made when absent.
        name: name of the new model.
        dtype: float16 halves an official checkpoint and rounds it; FaceNet stays float32.

    Raises:
        ModelError: the file is none of these, is damaged or holds code, or `folder` cannot be written.
    """
    source_sha256 = sha256_of(file)
    match file.suffix.lower():
        case ".safetensors":
            return _copied(file, folder, name)
        case ".onnx":
            return _onnx_stored(file, folder, name, source_sha256)
    checkpoint = read_pickled(file)
    check_sha256(file, source_sha256)
    return store_checkpoint(checkpoint, file, folder, name, source_sha256, dtype)


def store_checkpoint(
    checkpoint: Checkpoint, file: Path, folder: Path, name: str, source_sha256: str, dtype: torch.dtype
) -> ModelCard:
    """Store what a checkpoint holds, if it is a network that is known.

    Args:
        checkpoint: read by `read_pickled`.
        file: where it came from, for messages.
        folder, name, dtype: see `import_file`.
        source_sha256: of `file`.

    Raises:
        ModelError: it is none, a tensor is missing or has another shape, or `folder` cannot be written.
    """
    weights = f"{name}.safetensors"
    if any(checkpoint.part(part) for part in list(OFFICIAL_PARTS)[1:]):
        kind, tensors = ModelKind.DFREC_OFFICIAL, official_tensors(checkpoint, file)
        numbers = {key: checkpoint.numbers[key] for key in ("epoch", "acc1") if key in checkpoint.numbers}
        sha256 = save_weights(folder / weights, tensors, {"kind": kind.value} | numbers, dtype)
    elif FACENET_MARK in checkpoint.tensors:
        kind, tensors = ModelKind.EMBEDDER_FACENET, facenet_tensors(checkpoint.tensors)
        check_network(kind, (), tensors, file)
        sha256 = save_weights(folder / weights, tensors, {"kind": kind.value})
    else:
        raise ModelError(
            "the file holds no network that is known here",
            next_step="give an official DFREC .pth, FaceNet's .pt, or an insightface .onnx",
            path=file,
        )
    return _with_card(folder, _card(name, kind, weights, sha256, source_sha256))


def name_for(file: Path) -> str:
    """A model name made from a file's name."""
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", file.stem).lstrip("._-")[:80]
    return stem or "model"


def _card(name: str, kind: ModelKind, file: str, sha256: str, source_sha256: str) -> ModelCard:
    known = KNOWN[kind]
    return ModelCard(
        name=name,
        kind=kind,
        file=file,
        sha256=sha256,
        terms=known.terms,
        description=known.description,
        data=known.data,
        known_failures=(*known.known_failures, "Not validated by this application."),
        source_sha256=source_sha256,
    )


def _with_card(folder: Path, card: ModelCard) -> ModelCard:
    """Write the card last: weights without a card are not listed, a card without weights would be."""
    card.write(folder)
    return card


def _onnx_stored(file: Path, folder: Path, name: str, source_sha256: str) -> ModelCard:
    kind = onnx_kind(file)
    weights = f"{name}.onnx"
    data = read_whole(file, source_sha256)
    _stored(data, folder / weights)
    return _with_card(folder, _card(name, kind, weights, source_sha256, source_sha256))


def _copied(file: Path, folder: Path, name: str) -> ModelCard:
    beside = file.with_suffix(".json")
    if not beside.is_file():
        raise ModelError(
            "there is no model card beside the weights",
            next_step=f"put {beside.name} into the same folder",
            path=file,
        )
    card = read_card(beside)
    if card.name != name or card.file != file.name:
        raise ModelError(
            "the model card is that of another file", next_step="keep the files' original names", path=beside
        )
    data = read_whole(file, card.sha256)
    check_network(card.kind, card.config, tensors_in(data, file), file)
    _stored(data, folder / file.name)
    return _with_card(folder, card)


def _stored(data: bytes, target: Path) -> None:
    """Write a file, all of it or nothing."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, data)
    except OSError as error:
        raise unreadable(target, error) from error
