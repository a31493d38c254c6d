"""What a run of the protocol is asked for, and what it says while it works."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPath:
    """A file or folder that the user gave a name: weights of an ablation, or what a baseline needs."""

    name: str
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolSettings:
    """A run of the protocol.

    Attributes:
        faces: folder of packed faces; None leaves out the sections that need them.
        out: folder of the results.
        count: faces a section recovers.
        seed: of the forgeries and of the masking step.
        model, embedder: names in the registry.
        device: torch device.
        swaps: folder of published swaps; None leaves their section out.
        clips: folder of real videos; None leaves their section out.
        pairs: folders of packed pairs of published forgeries; none leaves their section out.
        rffr: weights of RFFR's classifier, for its rows; None leaves them out.
        ablations: weights trained otherwise, by name; ``without-FAMILY`` or ``without-FAMILY+FAMILY`` names those that
            never saw these families, ``with-all`` those trained alike on all.
        baselines: what baselines need, by name: weights of ``dfi`` and ``autoencoder``, exchange folders of
            ``mat``, ``repaint`` or others.
        attributes: weights of the attribute head; None looks in the registry.
        identity_model: of forgeries without a seam, from a training run; None fits it and keeps it in `out`.
        swapper: network that makes swaps to train on, from a training run; None leaves its family out.
        calibration: error rates of the model, for the rule by which templates are compared; None, or a table of other
            weights, compares faces alone.
        demo: folder of the demo case, whose portraits may be shown; None shows no picture.
    """

    faces: Path | None
    out: Path
    count: int = 512
    seed: int = 20
    model: str = "dfrec-compact"
    embedder: str = "dlib-resnet-v1"
    device: str = "cpu"
    swaps: Path | None = None
    clips: Path | None = None
    pairs: tuple[Path, ...] = ()
    rffr: Path | None = None
    ablations: tuple[NamedPath, ...] = ()
    baselines: tuple[NamedPath, ...] = ()
    attributes: Path | None = None
    identity_model: Path | None = None
    swapper: Path | None = None
    calibration: Path | None = None
    demo: Path | None = None


class Progress(Protocol):
    """Who is told how far a run is."""

    def begin(self, what: str, total: int, unit: str) -> None:
        """A stretch of work of `total` units begins; the one before it is over."""
        ...

    def advance(self, count: int) -> None:
        """`count` more units are done."""
        ...


class Silent:
    """Tells nobody."""

    def begin(self, what: str, total: int, unit: str) -> None:
        """See `Progress`."""

    def advance(self, count: int) -> None:
        """See `Progress`."""
