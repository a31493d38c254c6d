"""Source Identity Recovery Module (DFREC, section III-C): an attention U-Net that redraws the source face."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import max_pool2d

from core.models.blocks import AttentionGate, ConvBlock, UpConv


class SirmOutput(NamedTuple):
    """What SIRM hands on.

    Attributes:
        source: (B, 3, 224, 224) in [0, 1], the recovered source face.
        f_s: (B, 512, 14, 14) source feature.
        f_t: (B, 98, 196) target feature for TIRM, one row for each visible token, >= 0.
    """

    source: Tensor
    f_s: Tensor
    f_t: Tensor


class Sirm(nn.Module):
    """Attention U-Net whose deepest map is split into a source and a target half; 17.57 M parameters.

    Attribute names are those of the official checkpoint (`recover1_state_dict`).
    """

    def __init__(self) -> None:
        super().__init__()
        self.Conv1 = ConvBlock(3, 32)
        self.Conv2 = ConvBlock(32, 64)
        self.Conv3 = ConvBlock(64, 128)
        self.Conv4 = ConvBlock(128, 256)
        self.Conv5 = ConvBlock(256, 1024)

        self.Up5, self.Att5, self.Up_conv5 = UpConv(512, 256), AttentionGate(256), ConvBlock(512, 256)
        self.Up4, self.Att4, self.Up_conv4 = UpConv(256, 128), AttentionGate(128), ConvBlock(256, 128)
        self.Up3, self.Att3, self.Up_conv3 = UpConv(128, 64), AttentionGate(64), ConvBlock(128, 64)
        self.Up2, self.Att2, self.Up_conv2 = UpConv(64, 32), AttentionGate(32), ConvBlock(64, 32)
        self.Conv_1x1 = nn.Conv2d(32, 3, 1)

        self.tConv4 = ConvBlock(512, 98)

    def forward(self, masked_source: Tensor) -> SirmOutput:
        """Recover the source face.

        Args:
            masked_source: (B, 3, 224, 224), I_src = m_s * I.
        """
        # encoder
        x1 = self.Conv1(masked_source)  # (B, 32, 224, 224)
        x2 = self.Conv2(max_pool2d(x1, 2))  # (B, 64, 112, 112)
        x3 = self.Conv3(max_pool2d(x2, 2))  # (B, 128, 56, 56)
        x4 = self.Conv4(max_pool2d(x3, 2))  # (B, 256, 28, 28)
        x5 = self.Conv5(max_pool2d(x4, 2))  # (B, 1024, 14, 14)

        # identity split
        f_s, f_t = x5[:, :512], x5[:, 512:]  # (B, 512, 14, 14) each

        # decoder, from the source half only
        d = self.Up5(f_s)  # (B, 256, 28, 28)
        d = self.Up_conv5(torch.cat((self.Att5(d, x4), d), dim=1))  # (B, 256, 28, 28)
        d = self.Up4(d)  # (B, 128, 56, 56)
        d = self.Up_conv4(torch.cat((self.Att4(d, x3), d), dim=1))  # (B, 128, 56, 56)
        d = self.Up3(d)  # (B, 64, 112, 112)
        d = self.Up_conv3(torch.cat((self.Att3(d, x2), d), dim=1))  # (B, 64, 112, 112)
        d = self.Up2(d)  # (B, 32, 224, 224)
        d = self.Up_conv2(torch.cat((self.Att2(d, x1), d), dim=1))  # (B, 32, 224, 224)
        source = torch.sigmoid(self.Conv_1x1(d))  # (B, 3, 224, 224)

        # target feature: one 14 x 14 map for each of the 98 tokens that TIRM sees
        f_t_tokens = self.tConv4(f_t).flatten(2)  # (B, 98, 196)
        return SirmOutput(source, f_s, f_t_tokens)
