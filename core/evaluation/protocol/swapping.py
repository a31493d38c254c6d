"""The network of a training run that makes swaps to train on, for test faces of people it never saw."""

from __future__ import annotations

import pickle
from pathlib import Path

import torch
import torch.nn.functional as F

from core.errors import ModelError
from core.training.corpus import FaceCorpus
from core.training.swap_network import SwapNetwork, Swapper


def swapper_of(corpus: FaceCorpus, path: Path) -> Swapper:
    """The network in a state of stage "swap", for the photographs of a corpus.

    Raises:
        ModelError: the file holds no such network.
    """
    network = SwapNetwork()
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        network.load_state_dict(state["average"])
    except (OSError, RuntimeError, KeyError, TypeError, EOFError, pickle.UnpicklingError) as error:
        raise ModelError(
            f"this is no network of stage swap ({type(error).__name__})",
            next_step="name swapper.pt of a training run, or leave the option out",
            path=path,
        ) from error
    away = torch.from_numpy(corpus.embedding) - torch.from_numpy(corpus.mean_embedding)
    return Swapper(network.to(memory_format=torch.channels_last), F.normalize(away, dim=1))
