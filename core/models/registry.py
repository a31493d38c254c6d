"""All weights files the application may use: those it ships, and those the user imported."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from core.domain.installation import WeightsState
from core.errors import ModelError
from core.models.card import NAME, ModelCard, read_card
from core.models.weights import TensorDict, check_sha256, load_weights, sha256_of

ERROR_RATES = "calibration.json"
"""Lies among the cards and is none: see `core.aggregation.calibration`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelStatus:
    """State of one model's files.

    Attributes:
        path: weights file, or the card when that cannot be read.
        state: what was found.
        detail: one sentence; '' when intact.
        card: None when it cannot be read.
    """

    path: Path
    state: WeightsState
    detail: str
    card: ModelCard | None


class ModelRegistry:
    """Models in two folders, each a weights file with ``NAME.json`` beside it. Names are unique.

    A shipped model hides a user's model of the same name: nobody can replace shipped weights unnoticed.
    """

    def __init__(self, shipped: Path, user: Path) -> None:
        """Args:
        shipped: folder of the application, never written.
        user: folder of the user; made at the first import.
        """
        self._folders = (shipped, user)
        self._user = user

    def list(self) -> tuple[ModelCard, ...]:
        """Cards of all models, shipped ones first, by name; unreadable cards are left out (see `verify`)."""
        return tuple(card for card, _ in self._entries())

    def find(self, name: str) -> ModelCard:
        """The card of a model.

        Raises:
            ModelError: no model of that name, or its card is not valid.
        """
        return self._entry(name)[0]

    def verified_path(self, name: str) -> Path:
        """The weights file of a model, after its SHA-256 was checked.

        Raises:
            ModelError: no such model, or its file is missing or altered.
        """
        card, folder = self._entry(name)
        path = folder / card.file
        check_sha256(path, card.sha256)
        return path

    def load(self, name: str, dtype: torch.dtype = torch.float32, device: str = "cpu") -> TensorDict:
        """The tensors of a model (safetensors), after its SHA-256 was checked.

        Args:
            name: of the model.
            dtype: floating-point tensors are returned so.
            device: where the tensors go.

        Raises:
            ModelError: no such model, or its file is missing, altered, or no safetensors file.
        """
        return load_weights(self.verified_path(name), sha256=None, dtype=dtype, device=device)

    def verify(self) -> tuple[ModelStatus, ...]:
        """Check every file of every model; never raises for a bad one."""
        return tuple(_status(path) for folder in self._folders for path in _cards_in(folder))

    def import_checkpoint(self, file: Path, name: str | None = None, dtype: torch.dtype = torch.float32) -> ModelCard:
        """Bring a weights file made elsewhere into the user's folder; importing it again changes nothing.

        Args:
            file: see `core.models.importing.import_file` for what is known.
            name: of the new model; made from the file's name when None.
            dtype: how an official DFREC checkpoint is stored.

        Raises:
            ModelError: the file is not usable, or another model has that name.
        """
        from core.models.importing import import_file, name_for  # heavy: builds networks to check shapes

        name = name or name_for(file)
        if not NAME.fullmatch(name):
            next_step = "use up to 80 letters, digits, dots, hyphens and underscores"
            raise ModelError(f"{name!r} cannot be the name of a model", next_step=next_step)
        digest = sha256_of(file)
        taken, folder = next((e for e in self._entries() if e[0].name == name), (None, self._user))
        if taken is None:
            return import_file(file, self._user, name, dtype)
        if digest not in (taken.source_sha256, taken.sha256):
            next_step = "choose another name for the import"
            raise ModelError(f"another model is called {name}", next_step=next_step, path=file)
        if folder == self._user and _status(folder / f"{name}.json").state is not WeightsState.INTACT:
            return import_file(file, self._user, name, dtype)  # mend what was altered since
        return taken

    def _entries(self) -> tuple[tuple[ModelCard, Path], ...]:
        """(card, folder) of every readable card, the first of each name."""
        entries: dict[str, tuple[ModelCard, Path]] = {}
        for folder in self._folders:
            for path in _cards_in(folder):
                try:
                    entries.setdefault(path.stem, (read_card(path), folder))
                except ModelError:
                    continue  # one bad card must not hide the other models; `verify` names it
        return tuple(entries.values())

    def _entry(self, name: str) -> tuple[ModelCard, Path]:
        for folder in self._folders:
            path = folder / f"{name}.json"
            if path in _cards_in(folder):
                return read_card(path), folder
        known = ", ".join(card.name for card in self.list()) or "none"
        raise ModelError(f"there is no model called {name!r}", next_step=f"choose one of: {known}; or import it")


def _cards_in(folder: Path) -> tuple[Path, ...]:
    return tuple(sorted(p for p in folder.glob("*.json") if not p.name.startswith(".") and p.name != ERROR_RATES))


def _status(path: Path) -> ModelStatus:
    try:
        card = read_card(path)
    except ModelError as error:
        return ModelStatus(path=path, state=WeightsState.BAD_CARD, detail=str(error), card=None)
    weights = path.with_name(card.file)
    state, detail = WeightsState.INTACT, ""
    try:
        check_sha256(weights, card.sha256)
    except ModelError as error:
        state, detail = WeightsState.ALTERED if weights.exists() else WeightsState.MISSING, str(error)
    return ModelStatus(path=weights, state=state, detail=detail, card=card)
