"""Brings weights made elsewhere, for the window; the work itself is that of `models import` on the command line."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.places import is_folder
from app.workers.boundary import error_report
from core.domain.cancel import CancelToken
from core.domain.events import ErrorReport, Progress
from core.domain.installation import ImportRequest, WeightsPurpose
from core.errors import ModelError
from core.models.card import ModelCard, ModelKind

if TYPE_CHECKING:
    from app.workers.engine_room import EngineRoom
    from core.models.registry import ModelRegistry

_DETECTORS = ("det_*.onnx", "scrfd*.onnx", "retinaface*.onnx")
_RECOGNISERS = ("w600k*.onnx", "glint*.onnx", "arcface*.onnx", "*.onnx")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOutcome:
    """How an import ended.

    Attributes:
        name: of the model; '' when the file was refused.
        purpose: what the model is for.
        detector: folder of a pack whose face detector was imported as well.
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
            cancel.raise_if_cancelled()
            import torch

            dtype = torch.float16 if request.as_half else torch.float32
            registry, name = build_registry(room.folders), request.name or None
            if is_folder(request.path):
                card, detector = _import_pack(registry, request.path, name, cancel)
            else:
                card, detector = registry.import_checkpoint(request.path, name=name, dtype=dtype), None
        except ModelError as error:
            return ImportOutcome(refusal=error_report(error))
        room.forget()
        return ImportOutcome(name=card.name, purpose=purpose_of(card.kind), detector=detector)


def _import_pack(
    registry: ModelRegistry, pack: Path, name: str | None, cancel: CancelToken
) -> tuple[ModelCard, Path | None]:
    """Import the recognition model of an insightface pack, and its face detector; the pack where there is one.

    Raises:
        ModelError: there is no recognition model.
        AnalysisCancelledError: asked to stop.
    """
    detectors = sorted({path for pattern in _DETECTORS for path in pack.glob(pattern)})
    named = (path for pattern in _RECOGNISERS for path in sorted(pack.glob(pattern)))
    candidates = dict.fromkeys(path for path in named if path not in detectors)
    card = _first_of(registry, candidates, ModelKind.EMBEDDER_ARCFACE, name, cancel)
    if card is None:
        raise ModelError(
            "the folder holds no face recognition model",
            next_step="give the folder of an unpacked insightface pack, or its recognition model, such as "
            "w600k_r50.onnx",
            path=pack,
        )
    found = _first_of(registry, detectors, ModelKind.DETECTOR_SCRFD, None, cancel)
    return card, pack if found is not None else None


def _first_of(
    registry: ModelRegistry, files: Iterable[Path], kind: ModelKind, name: str | None, cancel: CancelToken
) -> ModelCard | None:
    """Import the first of the files that is a network of this kind."""
    from core.models.conversion import onnx_kind

    for path in files:
        cancel.raise_if_cancelled()
        try:
            if onnx_kind(path) is kind:
                return registry.import_checkpoint(path, name=name)
        except ModelError:
            continue
    return None
