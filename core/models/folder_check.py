"""A folder of models held against its list of allowed files: what may be used, and what is wrong with the rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.domain.installation import WeightsState
from core.errors import ModelError
from core.models.allowlist import AllowList, read_list
from core.models.card import ModelCard, read_card
from core.models.weights import check_sha256

ERROR_RATES = "calibration.json"
"""Lies among the cards and is none: see `core.aggregation.calibration`."""
_WEIGHTS = {".safetensors", ".onnx", ".pt", ".pth", ".bin", ".ckpt", ".pkl", ".pickle", ".tar", ".npz", ".npy", ".h5"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelStatus:
    """State of one model's files.

    Attributes:
        path: weights file, or the card when that cannot be used.
        state: what was found.
        detail: one sentence; '' when intact.
        card: None when it cannot be read, or there is none.
    """

    path: Path
    state: WeightsState
    detail: str
    card: ModelCard | None


def card_files(folder: Path) -> tuple[Path, ...]:
    """Every model card of a folder, by name."""
    return tuple(sorted(p for p in folder.glob("*.json") if not p.name.startswith(".") and p.name != ERROR_RATES))


def allowed_card(path: Path, allowed: AllowList) -> ModelCard:
    """The model card at `path`, as it was when it was listed.

    Raises:
        ModelError: it is unreadable, not on the list, altered, or names other weights than the list does.
    """
    card = read_card(path, allowed.expected(path.name))
    if allowed.expected(card.file) != card.sha256:
        raise ModelError(
            "the model card names another SHA-256 than the list of allowed models",
            next_step="import the model again from its publisher's file",
            path=path,
        )
    return card


def statuses(folder: Path, vouched: str | None = None) -> Iterator[ModelStatus]:
    """State of every model of a folder, and of every file that looks like weights and that nobody allowed.

    Args:
        folder: of the models.
        vouched: SHA-256 that the folder's list must have, see `read_list`.
    """
    try:
        allowed = read_list(folder, vouched)
    except ModelError as error:
        yield ModelStatus(path=error.path or folder, state=WeightsState.ALTERED, detail=str(error), card=None)
        allowed = AllowList(folder=folder, sha256={})
    known = set()
    for path in card_files(folder):
        status = _status(path, allowed)
        known.add(status.path.name)
        yield status
    for path in sorted(folder.glob("*")):
        is_weights = path.suffix.lower() in _WEIGHTS and not path.name.startswith(".")
        if is_weights and path.name not in known | allowed.sha256.keys():
            yield ModelStatus(path=path, state=WeightsState.UNLISTED, detail=_refusal(allowed, path.name), card=None)


def _status(path: Path, allowed: AllowList) -> ModelStatus:
    try:
        card = read_card(path)
    except ModelError as error:
        return ModelStatus(path=path, state=WeightsState.BAD_CARD, detail=str(error), card=None)
    weights = path.with_name(card.file)
    try:
        allowed_card(path, allowed)
    except ModelError as error:
        state = WeightsState.ALTERED if path.name in allowed.sha256 else WeightsState.UNLISTED
        return ModelStatus(path=weights, state=state, detail=str(error), card=card)
    state, detail = WeightsState.INTACT, ""
    try:
        check_sha256(weights, card.sha256)
    except ModelError as error:
        state, detail = WeightsState.ALTERED if weights.exists() else WeightsState.MISSING, str(error)
    return ModelStatus(path=weights, state=state, detail=detail, card=card)


def _refusal(allowed: AllowList, file: str) -> str:
    try:
        allowed.expected(file)
    except ModelError as error:
        return str(error)
    return ""
