"""One analysis in a fresh process, its whole result stored for comparison.

Run as ``python -m core.validation.determinism.one_run ORDER`` with ORDER as JSON text, see `Order`.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to run.

    Attributes:
        resources, gallery, folder: the application's resources, an enrolled gallery, an empty folder for the case.
        until_s: end of the part of the clip that is analysed, seconds.
        frames: recovered of each person.
        threads: of the processor.
        device: torch device.
        is_plain: compute as on a processor without wide registers (AVX): other kernels, other order of sums.
    """

    resources: str
    gallery: str
    folder: str
    until_s: float
    frames: int
    threads: int = 1
    device: str = "cpu"
    is_plain: bool = False

    def to_json(self) -> str:
        """For the command line."""
        return json.dumps(asdict(self))


def main(text: str) -> None:
    """Run and write ``outcome.npz`` and ``outcome.json`` into the folder."""
    order = Order(**json.loads(text))
    if order.is_plain:  # read by the libraries when they are loaded
        os.environ |= {"ATEN_CPU_CAPABILITY": "default", "ONEDNN_MAX_CPU_ISA": "SSE41"}
    import torch

    torch.set_num_threads(order.threads)
    from core.validation.determinism.measure import analysed

    analysed(order).write(Path(order.folder))


if __name__ == "__main__":
    main(sys.argv[1])
