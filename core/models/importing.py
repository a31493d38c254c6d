"""Weights that a user brings: find out what the file is, check it, store it with a card."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from core.errors import ModelError
from core.evidence.writing import replacing
from core.models.card import ModelCard, ModelKind, read_card
from core.models.checkpoints import OFFICIAL_PARTS, convert_official, read_checkpoint
from core.models.weights import (
    TensorDict,
    check_sha256,
    check_shapes,
    save_weights,
    sha256_of,
    unreadable,
)

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
    ModelKind.EMBEDDER_ARCFACE: Described(
        terms="brought by the user; insightface's own packs are for non-commercial research only",
        description="ArcFace recognition model of an insightface pack, in ONNX form.",
        data="According to the pack, for example WebFace600K.",
    ),
}


def import_file(file: Path, folder: Path, name: str, dtype: torch.dtype = torch.float32) -> ModelCard:
    """Check a weights file made elsewhere and store it in `folder` with a card.

    Known are: the official DFREC checkpoint (.pth), FaceNet's state dict (.pt), insightface's recognition
    models (.onnx), and a model of this application (NAME.safetensors with NAME.json beside it).

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
    content = read_checkpoint(file)
    weights = f"{name}.safetensors"
    if any(part in content for part in list(OFFICIAL_PARTS)[1:]):
        kind = ModelKind.DFREC_OFFICIAL
        sha256 = convert_official(file, folder / weights, dtype)
    elif FACENET_MARK in content:
        kind = ModelKind.EMBEDDER_FACENET
        sha256 = save_weights(folder / weights, _facenet(content, file), {"kind": kind.value})
    else:
        raise ModelError(
            "the file holds no network that is known here",
            next_step="give an official DFREC .pth, FaceNet's .pt, or an insightface recognition .onnx",
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


def _facenet(content: Mapping[str, object], file: Path) -> TensorDict:
    from core.models.facenet import build_facenet, facenet_tensors

    named: dict[str, Tensor] = {k: v for k, v in content.items() if isinstance(v, Tensor)}
    tensors = facenet_tensors(named)
    with torch.device("meta"):
        expected = {k: v.shape for k, v in build_facenet().state_dict().items()}
    check_shapes(expected, tensors, file)
    return tensors


def _onnx_stored(file: Path, folder: Path, name: str, source_sha256: str) -> ModelCard:
    from core.models.arcface import open_arcface

    open_arcface(file)
    weights = f"{name}.onnx"
    _copy(file, folder / weights)
    check_sha256(folder / weights, source_sha256)
    card = _card(name, ModelKind.EMBEDDER_ARCFACE, weights, source_sha256, source_sha256)
    return _with_card(folder, card)


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
    check_sha256(file, card.sha256)
    _copy(file, folder / file.name)
    check_sha256(folder / file.name, card.sha256)
    return _with_card(folder, card)


def _copy(file: Path, target: Path) -> None:
    """Copy a file, all of it or nothing."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with replacing(target) as part:
            shutil.copyfile(file, part)
    except OSError as error:
        raise unreadable(target, error) from error
