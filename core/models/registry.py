"""All weights files the application may use: those it ships, and those the user imported."""

from __future__ import annotations

from pathlib import Path

import torch

from core.domain.installation import WeightsState
from core.errors import ModelError
from core.models.allowlist import read_list
from core.models.card import NAME, ModelCard, ModelKind, read_card
from core.models.folder_check import ModelStatus, allowed_card, card_files, statuses
from core.models.weights import TensorDict, check_sha256, load_weights, read_whole, sha256_of


class ModelRegistry:
    """Models in two folders, each a weights file with ``NAME.json`` beside it. Names are unique.

    Only what the folder's list of allowed files names is used, and only as it was when it was listed (see
    `core.models.allowlist`). A shipped model hides a user's model of the same name: nobody can replace shipped
    weights unnoticed.
    """

    def __init__(self, shipped: Path, user: Path, vouched: str | None = None) -> None:
        """Args:
        shipped: folder of the application, never written.
        user: folder of the user; made at the first import.
        vouched: SHA-256 that the list of the shipped folder must have; None takes the list as it is.
        """
        self._folders = (shipped, user)
        self._user = user
        self._vouched = {shipped: vouched}

    def list(self) -> tuple[ModelCard, ...]:
        """Cards of all allowed models, shipped ones first, by name; the others are left out (see `verify`)."""
        cards: dict[str, ModelCard] = {}
        for folder in self._folders:
            for path in card_files(folder):
                try:
                    allowed = read_list(folder, self._vouched.get(folder))
                    cards.setdefault(path.stem, allowed_card(path, allowed))
                except ModelError:
                    continue  # one bad card must not hide the other models; `verify` names it
        return tuple(cards.values())

    def find(self, name: str) -> ModelCard:
        """The card of a model.

        Raises:
            ModelError: no model of that name, or its card is not valid, not allowed or altered.
        """
        return self._entry(name)[0]

    def find_file(self, sha256: str, kind: ModelKind) -> ModelCard | None:
        """The allowed model of a kind whose weights file has, or was made from a file of, this SHA-256."""
        cards = (card for card in self.list() if card.kind is kind)
        return next((card for card in cards if sha256 in (card.sha256, card.source_sha256)), None)

    def check_file(self, file: str) -> None:
        """Raise ModelError unless a file of the shipped folder is on its list and unaltered."""
        folder = self._folders[0]
        read_list(folder, self._vouched.get(folder)).check(file)

    def verified_path(self, name: str) -> Path:
        """The weights file of a model, after its SHA-256 was checked.

        Raises:
            ModelError: no such model, or its file is missing, not allowed or altered.
        """
        card, folder = self._entry(name)
        path = folder / card.file
        check_sha256(path, card.sha256)
        return path

    def read(self, name: str) -> bytes:
        """The bytes of a model's weights file, the very ones whose SHA-256 was checked.

        Raises:
            ModelError: no such model, or its file is missing, not allowed or altered.
        """
        card, folder = self._entry(name)
        return read_whole(folder / card.file, card.sha256)

    def load(self, name: str, dtype: torch.dtype = torch.float32, device: str = "cpu") -> TensorDict:
        """The tensors of a model (safetensors), after its SHA-256 was checked.

        Args:
            name: of the model.
            dtype: floating-point tensors are returned so.
            device: where the tensors go.

        Raises:
            ModelError: no such model, or its file is missing, not allowed, altered, or no safetensors file.
        """
        card, folder = self._entry(name)
        return load_weights(folder / card.file, sha256=card.sha256, dtype=dtype, device=device)

    def verify(self) -> tuple[ModelStatus, ...]:
        """Check every file of every model, and name files that nobody allowed; never raises for a bad one."""
        return tuple(s for folder in self._folders for s in statuses(folder, self._vouched.get(folder)))

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
        taken = self._taken(name)
        if taken is None:
            return import_file(file, self._user, name, dtype)
        card, folder = taken
        if digest not in (card.source_sha256, card.sha256):
            next_step = "choose another name for the import"
            raise ModelError(f"another model is called {name}", next_step=next_step, path=file)
        if folder == self._user and not self._is_intact(name):
            return import_file(file, self._user, name, dtype)  # mend what was altered since
        return card

    def _is_intact(self, name: str) -> bool:
        states = {s.card.name: s.state for s in statuses(self._user) if s.card is not None}
        return states.get(name) is WeightsState.INTACT

    def _taken(self, name: str) -> tuple[ModelCard, Path] | None:
        """Card and folder of what has this name already, allowed or not."""
        for folder in self._folders:
            path = folder / f"{name}.json"
            if path in card_files(folder):
                try:
                    return read_card(path), folder
                except ModelError:
                    continue
        return None

    def _entry(self, name: str) -> tuple[ModelCard, Path]:
        """Card and folder of an allowed model."""
        for folder in self._folders:
            path = folder / f"{name}.json"
            if path in card_files(folder):
                return allowed_card(path, read_list(folder, self._vouched.get(folder))), folder
        known = ", ".join(card.name for card in self.list()) or "none"
        raise ModelError(f"there is no model called {name!r}", next_step=f"choose one of: {known}; or import it")
