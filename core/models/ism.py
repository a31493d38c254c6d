"""Identity Segmentation Module (DFREC, section III-B): which pixels carry information of the source face."""

from __future__ import annotations

from torch import nn


def build_ism() -> nn.Module:
    """DeepLabV3+ (Chen et al. 2018) on EfficientNet-B0, one class, sigmoid; 4.91 M parameters.

    Returns:
        A module with random weights that maps images (B, 3, 224, 224) in [0, 1] to m_s (B, 1, 224, 224) in
        (0, 1), the probability that a pixel is source information. Height and width must be multiples of 16.
        The paper's classification head is left out, as in the released checkpoint.
    """
    import segmentation_models_pytorch as smp  # slow to import, and only this configuration needs it

    ism: nn.Module = smp.DeepLabV3Plus(
        encoder_name="efficientnet-b0", encoder_weights=None, in_channels=3, classes=1, activation="sigmoid"
    )
    return ism
