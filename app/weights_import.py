"""Brings weights made elsewhere, for the window; the work itself is that of `models import` on the command line."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.places import is_folder
from app.workers.boundary import error_report
from core.domain.cancel import CancelToken
from core.domain.events import ErrorReport, Progress
from core.domain.installation import ImportRequest, WeightsPurpose
from core.errors import ModelError

if TYPE_CHECKING:
    from app.workers.engine_room import EngineRoom

_DETECTORS = ("det_*.onnx", "scrfd*.onnx", "retinaface*.onnx")
_RECOGNISERS = ("w600k*.onnx", "glint*.onnx", "arcface*.onnx", "*.onnx")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOutcome:
    """How an import ended.

    Attributes:
        name: of the model; '' when the file was refused.
        purpose: what the model is for.
        detector: folder of a pack that holds a face detector as well.
        refusal: why the file was refused.
    """

    name: str = ""
    purpose: WeightsPurpose = WeightsPurpose.OTHER
    detector: Path | None = None
    refusal: ErrorReport | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportJob:
    """One import, run on the engine thread. A refused file is a result, not a failure of the program."""

    request: ImportRequest

    def run(self, room: EngineRoom, cancel: CancelToken) -> Generator[Progress, None, ImportOutcome]:
        """Yields progress without an end in sight; returns an `ImportOutcome`."""
        from app.assembly import build_registry
        from app.model_facts import purpose_of

        request = self.request
        yield Progress(stage="checking and importing", done=0, total=None, unit="files")
        try:
            file, is_pack = request.path, is_folder(request.path)
            if is_pack:
                file = _recogniser(request.path)
            cancel.raise_if_cancelled()
            import torch

            dtype = torch.float16 if request.as_half else torch.float32
            card = build_registry(room.folders).import_checkpoint(file, name=request.name or None, dtype=dtype)
        except ModelError as error:
            return ImportOutcome(refusal=error_report(error))
        room.forget()
        detector = request.path if is_pack and _has_detector(request.path) else None
        return ImportOutcome(name=card.name, purpose=purpose_of(card.kind), detector=detector)


def _recogniser(pack: Path) -> Path:
    """The recognition model of an insightface pack.

    Raises:
        ModelError: there is none.
    """
    from core.models.arcface import open_arcface

    others = {path for pattern in _DETECTORS for path in pack.glob(pattern)}
    tried = []
    for pattern in _RECOGNISERS:
        for path in sorted(pack.glob(pattern)):
            if path not in others and path not in tried:
                tried.append(path)
                try:
                    open_arcface(path)
                except ModelError:
                    continue
                return path
    raise ModelError(
        "the folder holds no face recognition model",
        next_step="give the folder of an unpacked insightface pack, or its recognition model, such as w600k_r50.onnx",
        path=pack,
    )


def _has_detector(pack: Path) -> bool:
    return any(True for pattern in _DETECTORS for _ in pack.glob(pattern))
