"""Puts the parts of `core` together. Heavy imports happen when a part is built, not before."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from app.settings import DEFAULT_EMBEDDER, Folders
from core.domain.report import WeightsRecord
from core.errors import ModelError
from core.evidence.hashing import file_sha256

if TYPE_CHECKING:
    from core.config import AnalysisSettings
    from core.detection.base import FaceDetector
    from core.domain.calibration import Calibration
    from core.gallery.enrol import FaceTemplater
    from core.models.embedding import Embedder
    from core.models.registry import ModelRegistry
    from core.pipeline import Engines
    from core.recovery.recoverer import FaceRecoverer

MTCNN = "mtcnn"


def build_registry(folders: Folders) -> ModelRegistry:
    """All models, those of the application and those of the user.

    Raises:
        ModelError: the user's folder of models cannot be looked at.
    """
    from core.models.registry import ModelRegistry

    try:
        folders.user_models.exists()
    except OSError as error:
        raise ModelError(
            f"your folder of models cannot be read ({error.strerror})",
            next_step="check its permissions, or name another data folder with UNSWAP_HOME",
            path=folders.user_models,
        ) from error
    return ModelRegistry(shipped=folders.shipped_models, user=folders.user_models)


def build_detector(name: str, device: str) -> FaceDetector:
    """The face detector: ``"mtcnn"``, or the path of an insightface model pack or ``.onnx`` file.

    Raises:
        ModelError: there is no usable detector at that path.
    """
    if name == MTCNN:
        from core.detection.mtcnn import MtcnnDetector

        return MtcnnDetector(device=device)
    from core.detection.scrfd import ScrfdDetector

    return ScrfdDetector(Path(name), device="cuda" if device.startswith("cuda") else "cpu")


def build_embedder(folders: Folders, name: str, device: str) -> Embedder:
    """The embedder called `name`.

    Raises:
        ModelError: no such model, or its file is altered.
    """
    from core.recovery.loading import load_embedder

    return load_embedder(build_registry(folders), name, device)


def default_embedder_id(folders: Folders) -> str:
    """Id, with its checksum, of the embedder that a new gallery is bound to.

    Raises:
        ModelError: it is missing.
    """
    from core.models.embedding import embedder_id

    card = build_registry(folders).find(DEFAULT_EMBEDDER)
    return embedder_id(card.name, card.sha256)


def embedder_name_for(folders: Folders, model: str) -> str:
    """The embedder in whose space a recovery model speaks; the default one where it speaks in none.

    Raises:
        ModelError: no such model.
    """
    return build_registry(folders).find(model).embedder_id.rpartition(":")[0] or DEFAULT_EMBEDDER


def build_recoverer(folders: Folders, model: str, device: str) -> FaceRecoverer:
    """The recovery network called `model` with the embedder that belongs to it.

    Raises:
        ModelError: no such model, it does not recover faces, or a file is altered.
    """
    from core.recovery.loading import load_recoverer

    embedder = build_embedder(folders, embedder_name_for(folders, model), device)
    return load_recoverer(build_registry(folders), model, device, embedder)


def build_templater(folders: Folders, embedder_name: str, device_wish: str = "auto") -> FaceTemplater:
    """What turns photos into templates of a gallery.

    Raises:
        ModelError: no such embedder or device.
    """
    from core.detection.quality import QualityGate
    from core.photo_templater import PhotoTemplater
    from core.recovery.loading import pick_device

    device = pick_device(device_wish)
    return PhotoTemplater(build_detector(MTCNN, device), build_embedder(folders, embedder_name, device), QualityGate())


def build_calibration(folders: Folders) -> Calibration:
    """The measured error rates, or none where no table is shipped.

    Raises:
        ModelError: there is a table, and it cannot be read.
    """
    from core.aggregation.calibration import load_calibration
    from core.domain.calibration import Calibration

    return load_calibration(folders.calibration) if folders.calibration.exists() else Calibration.none()


def build_engines(folders: Folders, settings: AnalysisSettings, embedder_name: str | None) -> Engines:
    """Everything that an analysis runs on.

    Args:
        folders: where weights are.
        settings: model, detector and device to use.
        embedder_name: the gallery's embedder; None takes the one that belongs to the model.

    Raises:
        ModelError: a model is missing, altered, or of the wrong kind; or the device is not there.
    """
    from core.pipeline import Engines
    from core.recovery.loading import load_recoverer, pick_device

    device = pick_device(settings.device)
    registry = build_registry(folders)
    card = registry.find(settings.model)
    embedder_card = registry.find(embedder_name or embedder_name_for(folders, settings.model))
    embedder = build_embedder(folders, embedder_card.name, device)
    recoverer = load_recoverer(registry, settings.model, device, embedder)
    return Engines(
        detector=build_detector(settings.detector, device),
        embedder=embedder,
        recoverer=recoverer,
        calibration=build_calibration(folders),
        device=_described(device),
        weights=(
            *(WeightsRecord(name=c.name, sha256=c.sha256, terms=c.terms) for c in (card, embedder_card)),
            *_forgery_weights(recoverer),
            *_detector_weights(settings.detector),
        ),
        model_limits=card.known_failures,
    )


def _described(device: str) -> str:
    """The device for the run manifest, for example ``"cuda:0 NVIDIA H200"``."""
    import torch

    if not device.startswith("cuda"):
        return device
    number = torch.cuda.current_device()
    return f"cuda:{number} {torch.cuda.get_device_name(number)}"


def _forgery_weights(recoverer: FaceRecoverer) -> tuple[WeightsRecord, ...]:
    rffr = recoverer.detector
    if rffr is None:
        return ()
    return (WeightsRecord(name=rffr.model_name, sha256=rffr.weights_sha256, terms=rffr.terms),)


def _detector_weights(name: str) -> tuple[WeightsRecord, ...]:
    if name != MTCNN:
        from core.detection.scrfd import ScrfdDetector

        path = ScrfdDetector(Path(name)).path
        return (WeightsRecord(name=path.name, sha256=file_sha256(path), terms="brought by the user"),)
    folder = Path(str(files("facenet_pytorch"))) / "data"
    return tuple(
        WeightsRecord(name=f"mtcnn {part}", sha256=file_sha256(folder / f"{part}.pt"), terms="MIT, in facenet-pytorch")
        for part in ("pnet", "rnet", "onet")
    )
