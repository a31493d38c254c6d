"""Puts the parts of `core` together. Heavy imports happen when a part is built, not before."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from app.settings import DEFAULT_EMBEDDER, DEFAULT_MODEL, Folders
from core.domain.report import WeightsRecord
from core.errors import ModelError

if TYPE_CHECKING:
    from core.config import AnalysisSettings
    from core.detection.base import FaceDetector
    from core.domain.calibration import Calibration
    from core.gallery.enrol import FaceTemplater
    from core.models.embedding import Embedder
    from core.models.registry import ModelRegistry
    from core.pipeline import Engines
    from core.recovery.recoverer import FaceRecoverer
    from core.recovery.surroundings import SurroundingsReader

MTCNN = "mtcnn"
_LOG = logging.getLogger("unswap.assembly")


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
    return ModelRegistry(folders.shipped_models, folders.user_models, folders.shipped_list)


def build_detector(folders: Folders, name: str, device: str) -> FaceDetector:
    """The face detector: ``"mtcnn"``, the name of an imported one, or the path of a file that was imported.

    Raises:
        ModelError: there is no such detector, it was not imported, or its file is altered.
    """
    from core.recovery.loading import load_detector

    return load_detector(build_registry(folders), name, device)


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


def build_templater(
    folders: Folders, embedder_name: str, device_wish: str = "auto", model: str | None = DEFAULT_MODEL
) -> FaceTemplater:
    """What turns photos into templates of a gallery.

    Args:
        folders: where weights are.
        embedder_name: the gallery's embedder.
        device_wish: ``"auto"`` and so on.
        model: the recovery network whose targets are to be searched, to read the surroundings of faces as it does.
            Where it cannot be used none are read, see `lacks_surroundings`. None for photos that are only searched.

    Raises:
        ModelError: no such embedder or device.
    """
    from core.detection.quality import QualityGate
    from core.photo_templater import PhotoTemplater
    from core.recovery.loading import pick_device

    device = pick_device(device_wish)
    return PhotoTemplater(
        build_detector(folders, MTCNN, device),
        build_embedder(folders, embedder_name, device),
        QualityGate(),
        None if model is None else _build_surroundings(folders, model, device),
    )


def lacks_surroundings(templater: FaceTemplater) -> str:
    """What to tell, once, whoever enrols photos whose surroundings nothing reads; '' where all is well."""
    if templater.surroundings_id:
        return ""
    return (
        "photos are enrolled without what surrounds the faces, as the recovery model cannot be used for it; "
        "enrol them again once it can, and they get it"
    )


def _build_surroundings(folders: Folders, model: str, device: str) -> SurroundingsReader | None:
    """What reads surroundings; None where that model cannot: a gallery is of use without."""
    from core.recovery.loading import load_surroundings

    try:
        return load_surroundings(build_registry(folders), model, device)
    except ModelError as error:
        _LOG.warning("surroundings are not read: %s", error)
        return None


def build_calibration(folders: Folders) -> Calibration:
    """The measured error rates, or none where no table is shipped.

    Raises:
        ModelError: there is a table, and it cannot be read, or is not the one that was shipped.
    """
    from core.aggregation.calibration import load_calibration
    from core.domain.calibration import Calibration

    if not folders.calibration.exists():
        return Calibration.none()
    build_registry(folders).check_file(folders.calibration.name)
    return load_calibration(folders.calibration)


def build_engines(folders: Folders, settings: AnalysisSettings, embedder_name: str | None) -> Engines:
    """Everything that an analysis runs on.

    Args:
        folders: where weights are.
        settings: model, detector and device to use.
        embedder_name: the gallery's embedder; None takes the one that belongs to the model.

    Raises:
        ModelError: a model is missing, altered, or of the wrong kind; or the device is not there.
    """
    from core.detection.quality import QualityGate
    from core.pipeline import Engines
    from core.recovery.loading import detector_card, load_detector, load_recoverer, pick_device

    device = pick_device(settings.device)
    registry = build_registry(folders)
    card = registry.find(settings.model)
    embedder_card = registry.find(embedder_name or embedder_name_for(folders, settings.model))
    detector = detector_card(registry, settings.detector)
    embedder = build_embedder(folders, embedder_card.name, device)
    recoverer = load_recoverer(registry, settings.model, device, embedder)
    finder = load_detector(registry, detector.name, device)
    cards = [card, embedder_card, detector]
    if recoverer.companion is not None:
        cards.append(registry.find(recoverer.companion.model_name))
    return Engines(
        detector=finder,
        gate=QualityGate(min_score=finder.least_usable_score),
        embedder=embedder,
        recoverer=recoverer,
        calibration=build_calibration(folders),
        device=_described(device),
        weights=tuple(WeightsRecord(name=c.name, sha256=c.sha256, terms=c.terms) for c in cards),
        model_limits=tuple(f"Model {c.name}: {failure}" for c in cards for failure in c.known_failures),
    )


def _described(device: str) -> str:
    """The device for the run manifest, for example ``"cuda:0 NVIDIA H200"`` or ``"cpu, 8 threads"``.

    The number of threads decides in which order sums are rounded, so that the last bits hang on it.
    """
    import torch

    if not device.startswith("cuda"):
        n_threads = torch.get_num_threads()
        return f"{device}, {n_threads} thread{'s' if n_threads > 1 else ''}"
    number = torch.cuda.current_device()
    return f"cuda:{number} {torch.cuda.get_device_name(number)}"
