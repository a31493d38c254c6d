"""Forgeries without a seam: the part of a face that is the person's own is replaced, everything else stays.

Learned swaps change a face everywhere a little, until a recognition network calls it the source, and leave pose, light,
expression and fine texture the target's. The classical model of that is probabilistic linear discriminant analysis
(Prince and Elder 2007): an appearance is mean + identity + rest, both parts normal, with covariances between people and
within one person's photographs. What identity a photo shows is then a linear estimate, and a forgery is

    x_target + strength * B (x_source - x_target),    B = S_between (S_between + S_within)^-1,

for the texture in the frame of the mean face and for the shape of 68 landmarks. Both covariances come from training
people with several photographs; nothing is learned by gradient, a corpus is fitted in minutes on a processor.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor
from tqdm import tqdm

from core.evidence.writing import replacing
from core.training.corpus import PACKED_PX
from core.training.warping import similarity, thin_plate_grid

TEXTURE_PX = 96
COMPONENTS = 200
MARGIN = 0.14  # of the frame around the landmarks
RIDGE = 1e-3
RING = [(x, y) for x in (0.0, 0.5, 1.0) for y in (0.0, 0.5, 1.0) if (x, y) != (0.5, 0.5)]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IdentityModel:
    """Appearance of a corpus in terms of identity and rest.

    Attributes:
        frame: (68, 2) float32 landmarks of the mean face in the texture frame, px of 96.
        basis: (200, 3 * 96 * 96) float32 principal textures.
        mean: (3 * 96 * 96,) float32 mean texture, [0, 1].
        coefficients: (N, 200) float32 of every photograph of the corpus.
        shapes: (N, 136) float32 landmarks carried onto `frame` by a similarity.
        texture_filter: (200, 200), B of textures.
        shape_filter: (136, 136), B of shapes.
    """

    frame: Tensor
    basis: Tensor
    mean: Tensor
    coefficients: Tensor
    shapes: Tensor
    texture_filter: Tensor
    shape_filter: Tensor

    def texture_change(self, source: Tensor, target: Tensor, chroma: float = 0.3) -> Tensor:
        """Change of texture (B, 3, 96, 96) of rows (B,) of sources and targets.

        The mean colour stays the target's, as learned swaps keep the skin tone; `chroma` is the share of colour kept.
        """
        apart = self.coefficients[source] - self.coefficients[target]
        change = ((apart @ self.texture_filter.T) @ self.basis).view(-1, 3, TEXTURE_PX, TEXTURE_PX)
        grey = change.mean(1, keepdim=True)
        change = grey + chroma * (change - grey)
        region = self.region
        return (change - (change * region).sum((2, 3), keepdim=True) / region.sum()) * region

    @property
    def region(self) -> Tensor:
        """(1, 1, 96, 96) soft mask of the face with its forehead in the texture frame."""
        axis = torch.arange(TEXTURE_PX, device=self.frame.device, dtype=torch.float32)
        brow, chin = self.frame[17:27].amin(0)[1], self.frame[8, 1]
        top = brow - 0.35 * (chin - brow)
        left, right = self.frame[0, 0], self.frame[16, 0]
        x = (axis - (left + right) / 2) / ((right - left) / 2)
        y = (axis - (top + chin) / 2) / ((chin - top) / 2)
        radius = (x[None].abs() ** 2.5 + y[:, None].abs() ** 2.5) ** 0.4
        return torch.sigmoid((0.86 - radius) / 0.06)[None, None]

    def shape_change(self, source: Tensor, target: Tensor) -> Tensor:
        """Rows (B,) of sources and targets -> movement of landmarks (B, 68, 2) in the texture frame, px."""
        apart = self.shapes[source] - self.shapes[target]
        return (apart @ self.shape_filter.T).view(-1, 68, 2)

    def to(self, device: torch.device) -> IdentityModel:
        """The same model on another device."""
        return IdentityModel(**{name: getattr(self, name).to(device) for name in self.__dataclass_fields__})

    def save(self, path: Path) -> None:
        """Write every array, coefficients as float16."""
        with replacing(path) as part:
            torch.save({name: getattr(self, name).half() for name in self.__dataclass_fields__}, part)

    @classmethod
    def load(cls, path: Path) -> IdentityModel:
        """Read what `save` wrote."""
        arrays = torch.load(path, map_location="cpu", weights_only=True)
        return cls(**{name: array.float() for name, array in arrays.items()})

    def shifted(
        self, pictures: Tensor, marks: Tensor, rows: tuple[Tensor, Tensor], strength: tuple[Tensor, Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Replace the identity of faces.

        Args:
            pictures: (B, 3, S, S) targets in [0, 1], not mirrored.
            marks: (B, 68, 2) their landmarks, px.
            rows: (B,) sources and (B,) targets in the corpus.
            strength: (B,) of texture and (B,) of shape; 1 is the estimate itself.

        Returns:
            The forged pictures, and (B, 1, S, S) where in [0, 1] they were changed.
        """
        count, side = len(pictures), pictures.shape[-1]
        source, target = rows
        frame = self.frame.expand(count, -1, -1)
        back = similarity(frame, marks)[:, :, :2]
        moved = marks + (self.shape_change(source, target) * strength[1].view(-1, 1, 1)) @ back.transpose(1, 2)
        # The border stays where it is.
        ring = marks.new_tensor(RING).expand(count, -1, -1) * (side - 1)
        grid = thin_plate_grid(torch.cat([moved, ring], 1), torch.cat([marks, ring], 1), side, side)
        warped = F.grid_sample(pictures, grid, padding_mode="border", align_corners=False)
        change = self.texture_change(source, target) * strength[0].view(-1, 1, 1, 1)
        layers = torch.cat([change, self.region.expand(count, -1, -1, -1)], 1)
        layers = F.grid_sample(layers, thin_plate_grid(moved, frame, side, TEXTURE_PX), align_corners=False)
        return (warped + layers[:, :3]).clamp(0, 1), layers[:, 3:]


def identity_filter(values: Tensor, identity: Tensor) -> Tensor:
    """B = S_between (S_between + S_within)^-1 of values (M, D) that show people `identity` (M,).

    People with one photograph count towards the total alone.
    """
    _, number, counts = torch.unique(identity, return_inverse=True, return_counts=True)
    centres = torch.zeros(len(counts), values.shape[1]).index_add(0, number, values) / counts[:, None]
    several = counts[number] > 1
    rest = (values - centres[number])[several]
    freedom = int(several.sum()) - int((counts > 1).sum())
    within = rest.T @ rest / max(1, freedom)
    around = values - values.mean(0)
    total = around.T @ around / (len(values) - 1)
    total = total + RIDGE * total.diagonal().mean() * torch.eye(len(total))
    # What within-person scatter leaves of the total, without directions in which sampling made it negative.
    size, axis = torch.linalg.eigh(total - within)
    between = (axis * size.clamp_min(0)) @ axis.T
    ridge = RIDGE * total.diagonal().mean() * torch.eye(len(total))
    estimate: Tensor = between @ torch.linalg.inv(between + within + ridge)
    return estimate


def fit_identity_model(images: Tensor, landmarks: Tensor, identity: Tensor, rows: Tensor) -> IdentityModel:
    """Fit the model.

    Args:
        images: (N, 256, 256, 3) uint8 packed faces.
        landmarks: (N, 68, 2) float32 packed px.
        identity: (N,) int64.
        rows: (T,) rows that may be learned from; the others only get coefficients.
    """
    frame = _mean_frame(landmarks[rows])
    carried = _carried(landmarks, frame)
    shape_filter = identity_filter(carried[rows], identity[rows])
    textures = torch.empty(len(images), 3 * TEXTURE_PX**2, dtype=torch.uint8)
    for at in tqdm(torch.split(torch.arange(len(images)), 64), desc="textures", unit="batch"):
        grid = thin_plate_grid(frame.expand(len(at), -1, -1), landmarks[at], TEXTURE_PX, PACKED_PX)
        photos = images[at].permute(0, 3, 1, 2).float()
        seen = F.grid_sample(photos, grid, padding_mode="border", align_corners=False)
        textures[at] = seen.round().clamp(0, 255).to(torch.uint8).flatten(1)
    sample = rows[torch.randperm(len(rows), generator=torch.Generator().manual_seed(0))[:6000]]
    chosen = textures[sample].float() / 255
    mean = chosen.mean(0)
    with torch.random.fork_rng(devices=[]):  # its projection is drawn from PyTorch's global numbers
        torch.manual_seed(0)
        _, _, basis = torch.svd_lowrank(chosen - mean, q=COMPONENTS, niter=3)
    coefficients = torch.cat([(part.float() / 255 - mean) @ basis for part in torch.split(textures, 2048)])
    return IdentityModel(
        frame=frame,
        basis=basis.T.contiguous(),
        mean=mean,
        coefficients=coefficients,
        shapes=carried,
        texture_filter=identity_filter(coefficients[rows], identity[rows]),
        shape_filter=shape_filter,
    )


def _carried(landmarks: Tensor, frame: Tensor) -> Tensor:
    """(N, 68, 2) -> (N, 136) carried onto the frame by a similarity."""
    carry = similarity(landmarks, frame.expand_as(landmarks))
    return (landmarks @ carry[:, :, :2].transpose(1, 2) + carry[:, None, :, 2]).flatten(1)


def _mean_frame(landmarks: Tensor) -> Tensor:
    """Mean shape by generalised Procrustes analysis (Gower 1975), placed into the texture frame with forehead."""
    mean = landmarks[0]
    for _ in range(4):
        mean = _carried(landmarks, mean).mean(0).view(68, 2)
    low, high = mean.amin(0), mean.amax(0)
    side = float((high - low).max()) * 1.3  # brows to chin, with a forehead above
    centre = (low + high) / 2 - torch.tensor([0.0, 0.12 * side])
    return (mean - centre) / side * (TEXTURE_PX * (1 - MARGIN)) + TEXTURE_PX / 2
