"""DFREC, whole (Yu et al. 2024): from one suspect face to the source and the target face behind it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from core.models.ism import build_ism
from core.models.sirm import Sirm
from core.models.tirm import Tirm, TirmConfig
from core.models.weights import TensorDict, assign_weights


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DfrecOutput:
    """Everything a DFREC network says about a batch of faces.

    Attributes:
        m_s: (B, 1, 224, 224) in [0, 1], probability that a pixel is source information.
        source, target: (B, 3, 224, 224) in [0, 1], RGB, the recovered faces.
        f_s: (B, C, 14, 14), source feature.
        f_t: (B, K, L), target feature; (B, 98, 196) in the official configuration.
        idx_keep: (B, K) int64, patches that the masked autoencoder saw.
        masked_input: (B, 3, 224, 224), the input with its masked patches black.
        fake_logit: (B,), > 0 means forged; None for networks without that head.
        source_embedding, target_embedding: (B, D), unit norm; None for networks without identity heads.
        surroundings: (B, D), unit norm, what surrounds the faces; None for networks that do not read them.
    """

    m_s: Tensor
    source: Tensor
    target: Tensor
    f_s: Tensor
    f_t: Tensor
    idx_keep: Tensor
    masked_input: Tensor
    fake_logit: Tensor | None
    source_embedding: Tensor | None
    target_embedding: Tensor | None
    surroundings: Tensor | None = None


class OfficialDfrec(nn.Module):
    """The configuration of the released checkpoints: ISM, SIRM, ViT-L TIRM; 331 M parameters.

    To run released weights use `build_official`, which does not initialise 1.3 GB for nothing.
    """

    def __init__(self, tirm: TirmConfig | None = None) -> None:
        super().__init__()
        self.ism = build_ism()
        self.sirm = Sirm()
        self.tirm = Tirm(tirm)

    def forward(
        self, images: Tensor, generator: torch.Generator | None = None, seen: Tensor | None = None
    ) -> DfrecOutput:
        """Recover both faces.

        Args:
            images: (B, 3, 224, 224) in [0, 1], RGB, framed as in training.
            generator: source of the masking step's random numbers; None takes PyTorch's global one.
            seen: embeddings of the faces as filmed; for networks with identity heads, which this one has not.
        """
        m_s = self.ism(images)  # (B, 1, 224, 224)
        source, f_s, f_t = self.sirm(m_s * images)  # (B, 3, 224, 224), (B, 512, 14, 14), (B, 98, 196)
        target, idx_keep, masked_input = self.tirm(images, m_s, f_t, generator)  # (B, 3, 224, 224), (B, 98), ...
        return DfrecOutput(
            m_s=m_s,
            source=source,
            target=target,
            f_s=f_s,
            f_t=f_t,
            idx_keep=idx_keep,
            masked_input=masked_input,
            fake_logit=None,
            source_embedding=None,
            target_embedding=None,
        )


def build_official(tensors: TensorDict) -> OfficialDfrec:
    """The official network around loaded weights, in evaluation mode.

    Args:
        tensors: float32, named ``ism.*``, ``sirm.*``, ``tirm.*``; held, not copied. The network stands on
            their device.

    Raises:
        ModelError: the tensors are not exactly those of this network.
    """
    with torch.device("meta"):
        network = OfficialDfrec()
    assign_weights(network, tensors)
    return network.eval()
