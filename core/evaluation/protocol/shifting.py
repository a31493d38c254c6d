"""The model behind forgeries without a seam: that of a training run, or fitted here once."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import torch

from core.errors import ModelError, OutputError
from core.evaluation.protocol.settings import ProtocolSettings
from core.training.corpus import FaceCorpus
from core.training.identity_shift import IdentityModel, fit_identity_model

FILE = "identity-model.pt"
SMALLEST = 1000
"""Fewer training photographs do not tell identity from everything else."""


def identity_model_of(corpus: FaceCorpus, settings: ProtocolSettings, folder: Path) -> IdentityModel | None:
    """The model for a corpus; None where it is too small for one.

    Args:
        corpus: packed faces.
        settings: name its file, if there is one.
        folder: where a fitted one is kept; it describes people and stays with what is not published.

    Raises:
        ModelError: the file named is not such a model, or belongs to another corpus.
        OutputError: the fitted one cannot be kept.
    """
    path = settings.identity_model or folder / FILE
    if path.is_file():
        return _loaded(path, len(corpus.identity))
    training = np.flatnonzero(~corpus.is_validation)
    if len(training) < SMALLEST:
        return None
    _, number = np.unique(corpus.identity, return_inverse=True)
    fitted = fit_identity_model(
        torch.from_numpy(corpus.images),
        torch.from_numpy(corpus.landmarks68),
        torch.from_numpy(number),
        torch.from_numpy(training),
    )
    try:
        fitted.save(path)
    except (OSError, RuntimeError) as error:
        raise OutputError(
            f"the model of shifted identities cannot be kept ({error})",
            next_step="check free space and permissions, or name another folder",
            path=path,
        ) from error
    return _loaded(path, len(corpus.identity))  # as a later run will read it, to the last bit


def _loaded(path: Path, count: int) -> IdentityModel:
    try:
        model = IdentityModel.load(path)
    except (OSError, RuntimeError, ValueError, TypeError, AttributeError, EOFError, pickle.UnpicklingError) as error:
        raise ModelError(
            f"this is no model of shifted identities ({error})",
            next_step="name identity-model.pt of a training run, or leave the option out",
            path=path,
        ) from error
    if len(model.coefficients) != count:
        raise ModelError(
            f"the model describes {len(model.coefficients)} photographs, the corpus has {count}",
            next_step="name the model that was fitted to these faces, or leave the option out",
            path=path,
        )
    return model
