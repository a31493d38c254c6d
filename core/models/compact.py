"""The compact configuration of DFREC: what Unswap ships. At most 25 million parameters, a face in a few milliseconds.

Same three modules and the same flow as the paper's (Yu et al. 2024), with four departures, each for a reason
(see docs/decisions/0002-compact-dfrec.md):

1. The encoders start from the CC0 face embedder, since identity is what has to come out.
2. `f_s` and `f_t` come from two branches, not from two halves of one map, so that the target may keep what the
   source must forget.
3. Patches are masked by the mean of `m_s` as Algorithm 1 states it, without the quirks of the reference code, and
   the target is pasted by `m_s` itself, so that a pristine face comes back as it was.
4. Two heads state the identities as vectors: a gallery is searched with those, not with pictures. A branch that learned
   with the inner face hidden adds what the surroundings say of the target, and where that is held to be another person
   than the source the face counts as forged, whether or not the map sees a forgery.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.models.compact_ism import CompactIsm
from core.models.compact_layers import EMBEDDING_DIM, Features, grown_to
from core.models.compact_sirm import CompactSirm
from core.models.compact_tirm import CompactConfig, CompactTirm
from core.models.consistency import Consistency, either
from core.models.context import HIDING_VIEWS, ContextBranch, usual_ellipse, without_inner_face
from core.models.dfrec import DfrecOutput
from core.models.embedder import WIDTHS
from core.models.mae import GRID, PATCH_PX

SOURCE_SPREAD = 1.5
TARGET_SPREAD = 0.8
"""How far from the mean face an identity is stated, in units of a photograph's distance. Further out, plain cosine
ranks better; further in, where an estimate that may err belongs, it likens more (docs/decisions/0021-spread.md).
Centred cosines, by which the application ranks, hardly feel it."""
FILMED = 0.5
"""What the face as filmed counts in the source, as far as the map sees no forgery: where there is no seam to go by, the
embedder itself knows sources best (docs/decisions/0019-swaps-to-train-on.md)."""

__all__ = ["CompactConfig", "CompactDfrec", "CompactPass"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CompactPass:
    """What training needs beside the output.

    Attributes:
        output: as every DFREC network gives it, the identities left to the two vectors.
        map_logits: (B, 1, 224, 224) before the sigmoid.
        predicted: (B, 3, 224, 224) every patch as predicted, before pasting.
        source_vector, target_vector: (B, 128) identity vectors before normalisation.
        shallow: (B, 128, 11, 11) level 2 of the target's trunk.
    """

    output: DfrecOutput
    map_logits: Tensor
    predicted: Tensor
    source_vector: Tensor
    target_vector: Tensor
    shallow: Tensor


def _silent_mlp(in_features: int) -> nn.Sequential:
    """Two layers that put out zero until they are trained."""
    last = nn.Linear(256, EMBEDDING_DIM)
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)
    return nn.Sequential(nn.Linear(in_features, 256), nn.GELU(), last)


class IdentityHead(nn.Module):
    """States one identity as a vector of the embedder's space, from the features of a branch.

    Starts as the embedder itself (its mean and its last layer), everything else at zero.
    """

    def __init__(self) -> None:
        super().__init__()
        self.own = nn.Linear(WIDTHS[4], EMBEDDING_DIM, bias=False)
        self.rest = _silent_mlp(WIDTHS[4] + WIDTHS[3])

    def forward(self, features: Features) -> Tensor:
        """Branch features -> (B, 128), not normalised."""
        middle, deep = features
        x = self.own(deep.mean((2, 3))) + self.rest(torch.cat([deep.amax((2, 3)), middle.mean((2, 3))], 1))
        vector: Tensor = x.float()
        return vector


class CompactDfrec(nn.Module):
    """ISM -> SIRM -> TIRM with identity heads and the branch of the surroundings.

    Photographs of different people lie close together around the embedder's mean face. The heads are taught directions
    from that mean; `identity_mean` and `identity_spread`, of the training's photographs, put a stated identity at a
    photograph's usual distance from it, or a little further, so that its cosines are on the scale of photographs.

    `consistency` gives the log-odds that source and surroundings are different people. Either is enough to call a face
    forged: that, or what the map sees. `seam_weights`, of 1 and the map's fake logit, bring the latter to log-odds;
    `context_weights` say what the surroundings count in the target: always, and beside that as far as they are held to
    be another's while the map sees no forgery. Such a face is a swap without a seam, which the target's head takes for
    pristine; its source takes in the face as filmed (`FILMED`). All but that weight is fitted by
    `core.evaluation.surroundings`; until then the surroundings count nothing.
    """

    identity_mean: Tensor
    identity_spread: Tensor
    seam_weights: Tensor
    context_weights: Tensor
    surroundings_mean: Tensor

    def __init__(self, config: CompactConfig | None = None) -> None:
        super().__init__()
        self.config = config or CompactConfig()
        self.ism = CompactIsm()
        self.sirm = CompactSirm()
        self.tirm = CompactTirm(self.config)
        self.source_head = IdentityHead()
        self.target_head = IdentityHead()
        self.context = ContextBranch()
        self.register_buffer("identity_mean", torch.zeros(EMBEDDING_DIM))
        self.register_buffer("identity_spread", torch.ones(()))
        self.consistency = Consistency()
        self.register_buffer("seam_weights", torch.tensor([0.0, 1.0]))
        self.register_buffer("context_weights", torch.zeros(2))
        self.register_buffer("surroundings_mean", torch.zeros(EMBEDDING_DIM))

    def start_from_embedder(self, state: dict[str, Tensor]) -> None:
        """Copy the CC0 embedder's weights (`DlibResNet` state) into every part shaped like it."""

        def part(prefix: str) -> dict[str, Tensor]:
            return {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}

        for trunk in (self.ism, self.sirm.source, self.sirm.target):
            for name in ("stem", "level0", "level1", "level2"):
                getattr(trunk, name).load_state_dict(part(f"{name}."))
        for trunk in (self.sirm.source, self.sirm.target):
            trunk.level3.load_state_dict(part("level3."))
            trunk.level4.load_state_dict(part("level4."))
        for head in (self.source_head, self.target_head):
            head.own.weight.data.copy_(state["fc.weight"])
        self.context.start_from(self.sirm.target, self.target_head.own)

    def identities(self, images: Tensor, n_sources: int | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """What the trunks say of images.

        Returns:
            Source vectors of the first `n_sources` images (None: of all) and target vectors (B, 128), not normalised;
            level 2 of the target's trunk (B, 128, 11, 11), where the branch of the surroundings begins.
        """
        crop = self.sirm.at_scale(images)
        skips, f_t = self.sirm.encode_target(crop)
        return self.source_head(self.sirm.encode_source(crop[:n_sources])), self.target_head(f_t), skips[2]

    def hidden_views(self, images: Tensor) -> Tensor:
        """Sum of the unit vectors that the branch gives of `HIDING_VIEWS`, (B, 3, 224, 224) -> (B, 128)."""
        views = [
            self.context_vector(images.flip(3) if is_mirrored else images, usual_ellipse(images.device, size))
            for size, is_mirrored in HIDING_VIEWS
        ]
        return torch.stack([F.normalize(view, dim=1) for view in views]).sum(0)

    def surroundings(self, hidden: Tensor) -> Tensor:
        """What surrounds faces, to be compared with each other: `hidden_views` as unit directions from their mean."""
        return F.normalize(hidden - self.surroundings_mean, dim=1)

    def keep_surroundings_only(self) -> None:
        """Let go of four fifths of the weights, all but `READING`: only the surroundings can be read any more."""
        del self.ism, self.tirm, self.source_head, self.target_head, self.consistency
        sirm = self.sirm
        del sirm.source, sirm.target.level3, sirm.target.level4
        del sirm.bottom, sirm.gate2, sirm.up2, sirm.gate1, sirm.up1, sirm.gate0, sirm.up0, sirm.fine, sirm.paint

    def context_vector(self, images: Tensor, ellipse: Tensor) -> Tensor:
        """What the surroundings of faces say of them, (B, 128), not normalised; see `without_inner_face`."""
        crop = self.sirm.at_scale(without_inner_face(images, ellipse))
        vector: Tensor = self.context(self.sirm.target.shallow(crop)[2])
        return vector

    def direction(self, vector: Tensor) -> Tensor:
        """Identity vectors (B, 128) -> unit directions from the mean face."""
        return F.normalize(F.normalize(vector, dim=1) - self.identity_mean, dim=1)

    def as_photograph(self, direction: Tensor, spread: Tensor | float = 1.0) -> Tensor:
        """Directions (B, 128) from the mean face as unit vectors that compare with those of photographs.

        Args:
            direction: (B, 128), any length.
            spread: distance from the mean face, in units of a photograph's usual one; (B, 1) or one for all.
        """
        placed = self.identity_mean + spread * self.identity_spread * F.normalize(direction, dim=1)
        return F.normalize(placed, dim=1)

    def directions(
        self, images: Tensor, seen: tuple[Tensor, Tensor, Tensor], hidden: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Directions of source, target and surroundings (B, 128), each of several views of the face together.

        Args:
            images: (B, 3, 224, 224).
            seen: what `identities` says of them.
            hidden: of `hidden_views`.
        """
        seen_mirrored = self.identities(images.flip(3))
        source, target = (
            self.direction(F.normalize(a) + F.normalize(b)) for a, b in zip(seen[:2], seen_mirrored[:2], strict=True)
        )
        # Shown the inner face as well, the branch still goes by what is around, and reads what the swap left of the
        # target within (docs/decisions/0016-surroundings.md).
        context = (
            hidden + F.normalize(self.context(seen[2]), dim=1) + F.normalize(self.context(seen_mirrored[2]), dim=1)
        )
        return source, target, self.direction(context)

    def unseen_swap(self, seam: Tensor, apart: Tensor) -> Tensor:
        """(B,) in [0, 1]: how far a face is held to be a swap that the map does not see.

        Args:
            seam: (B,) fake logit of the map's network.
            apart: (B,) of `consistency`.
        """
        return torch.sigmoid(-seam) * torch.sigmoid(apart)

    def forward(
        self, images: Tensor, generator: torch.Generator | None = None, seen: Tensor | None = None
    ) -> DfrecOutput:
        """Recover both faces.

        Args:
            images: (B, 3, 224, 224) RGB in [0, 1], framed as `core.recovery.align` does.
            generator: source of the masking step's random numbers; None takes PyTorch's global one.
            seen: (B, 128) what the embedder says of the faces as filmed; None leaves them out of the source.
        """
        passed = self.passed(images, generator)
        seam = passed.output.fake_logit
        assert seam is not None
        said, hidden = (passed.source_vector, passed.target_vector, passed.shallow), self.hidden_views(images)
        source, target, context = self.directions(images, said, hidden)
        surroundings = self.surroundings(hidden)
        apart = self.consistency(source, surroundings)
        forged = self.seam_weights[0] + self.seam_weights[1] * seam  # log-odds, by what the map sees
        unseen = self.unseen_swap(seam, apart).unsqueeze(1)
        weight = self.context_weights[0] + self.context_weights[1] * unseen
        if seen is not None:
            source = source + FILMED * torch.sigmoid(-forged).unsqueeze(1) * self.direction(seen)
        return replace(
            passed.output,
            fake_logit=either(forged, apart),
            source_embedding=self.as_photograph(source, SOURCE_SPREAD),
            target_embedding=self.as_photograph(target + weight * context, TARGET_SPREAD),
            surroundings=surroundings,
        )

    def passed(self, images: Tensor, generator: torch.Generator | None = None) -> CompactPass:
        """The forward pass with the intermediate values that the losses look at."""
        map_logits, fake_logit = self.ism(images)
        m_s = torch.sigmoid(map_logits.float())  # (B, 1, 224, 224)
        guide = m_s.detach()  # the map is taught by the masks alone
        crop = self.sirm.at_scale(images)  # (B, 3, 196, 196)
        f_s = self.sirm.encode_source(crop)
        skips, f_t = self.sirm.encode_target(crop)
        source = self.sirm.decode(images, guide, skips, f_s)  # (B, 3, 224, 224)
        keep = self.tirm.visible_patches(guide, generator)  # (B, 98)
        tokens = self.tirm.encode(images, keep)  # (B, 98, width)
        predicted = self.tirm.decode(tokens, keep, f_t)  # (B, 3, 224, 224)

        hidden = torch.ones(len(images), GRID * GRID, device=images.device).scatter(1, keep, 0.0)
        hidden = hidden.view(-1, 1, GRID, GRID).repeat_interleave(PATCH_PX, 2).repeat_interleave(PATCH_PX, 3)
        reach = F.max_pool2d(F.avg_pool2d(guide, 4), 3, 1, 1)  # (B, 1, 56, 56): the map, a little widened
        reach = F.avg_pool2d(reach, 3, 1, 1, count_include_pad=False)
        target = torch.lerp(images.float(), predicted, (grown_to(reach, images) * 1.5).clamp(0, 1))
        source_vector, target_vector = self.source_head(f_s), self.target_head(f_t)
        output = DfrecOutput(
            m_s=m_s,
            source=source,
            target=target,
            f_s=f_s[1],
            f_t=f_t[1],
            idx_keep=keep,
            masked_input=images * (1 - hidden),
            fake_logit=fake_logit.float(),
            source_embedding=None,
            target_embedding=None,
        )
        return CompactPass(
            output=output,
            map_logits=map_logits.float(),
            predicted=predicted,
            source_vector=source_vector,
            target_vector=target_vector,
            shallow=skips[2],
        )
