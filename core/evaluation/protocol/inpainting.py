"""Baselines that fill the region DFREC's map marks: OpenCV's inpainting, and inpainters that a user runs himself."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from core.domain.arrays import UInt8Array
from core.errors import CaseError, OutputError
from core.evaluation.protocol.faces import Suspects
from core.evaluation.protocol.methods import Recovered
from core.evidence.writing import replacing

MARKED_FROM = 0.5
WIDEN_PX = 9
TELEA_RADIUS_PX = 5.0


def region(suspects: Suspects) -> UInt8Array:
    """(N, 224, 224) uint8, 255 where the identity map says "source", widened by a few px so that no edge is left."""
    import cv2

    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (WIDEN_PX, WIDEN_PX))
    marked = [cv2.dilate((one > MARKED_FROM).astype(np.uint8) * 255, kernel) for one in suspects.map]
    return np.stack(marked).astype(np.uint8)


class Telea:
    """Fast marching inpainting (Telea 2004), which knows nothing of faces."""

    name = "Inpainting, Telea"
    note = "The region of the identity map, widened by 4 px, filled from its border by OpenCV (Telea 2004)."

    def available(self) -> str:
        """Always."""
        return ""

    def recover(self, suspects: Suspects) -> Recovered:
        """Fill every marked region."""
        import cv2

        filled = [
            cv2.inpaint(crop, mask, TELEA_RADIUS_PX, cv2.INPAINT_TELEA)
            for crop, mask in zip(suspects.crops, region(suspects), strict=True)
        ]
        return Recovered(target=np.stack(filled).astype(np.uint8))


class FolderExchange:
    """An inpainter that a user runs himself (MAT, Li et al. 2022; RePaint, Lugmayr et al. 2022), by way of a folder.

    ``FOLDER/input/NNNNN.png`` and ``FOLDER/mask/NNNNN.png`` (white: to be filled) are written here; once the user's
    own copy has put ``FOLDER/completed/NNNNN.png`` (224 x 224) beside them, these are what it recovered.

    Args:
        name: as tables call it.
        folder: made when missing.
    """

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.note = f"The same region filled by the user's own copy of {name}; completed pictures read from a folder."
        self._folder = folder

    def available(self) -> str:
        """It is only known once the faces are."""
        return ""

    def recover(self, suspects: Suspects) -> Recovered:
        """Write what is to be completed; read what was.

        Raises:
            CaseError: completed pictures are missing, of another size, or made for other faces.
        """
        from PIL import Image

        masks = region(suspects)
        names = [f"{i:05d}.png" for i in range(len(suspects))]
        try:
            for part, pictures in (("input", suspects.crops), ("mask", masks)):
                (self._folder / part).mkdir(parents=True, exist_ok=True)
                for name, picture in zip(names, pictures, strict=True):
                    self._write_once(self._folder / part / name, picture)
        except OSError as error:
            raise OutputError(
                f"the pictures to complete cannot be written ({error.strerror or error})",
                next_step="check free space and permissions, or name another folder",
                path=self._folder,
            ) from error
        done = self._folder / "completed"
        missing = [name for name in names if not (done / name).is_file()]
        if missing:
            raise CaseError(
                f"{len(missing)} of {len(names)} completed pictures are missing, the first is {missing[0]}",
                next_step=f"complete the pictures in {self._folder / 'input'} with {self.name} and run this again",
                path=done,
            )
        completed = []
        for name in names:
            with Image.open(done / name) as image:
                completed.append(np.asarray(image.convert("RGB"), np.uint8))
            if completed[-1].shape != suspects.crops[0].shape:
                raise CaseError(
                    f"the picture is {image.width} x {image.height} px, not 224 x 224",
                    next_step="write completed pictures at the size of their inputs",
                    path=done / name,
                )
        return Recovered(target=np.stack(completed))

    def _write_once(self, path: Path, picture: UInt8Array) -> None:
        from PIL import Image

        if not path.exists():
            with replacing(path) as part, part.open("wb") as stream:
                Image.fromarray(picture).save(stream, "PNG")
            return
        with Image.open(path) as image:
            if not np.array_equal(np.asarray(image), picture):
                raise CaseError(
                    "the picture was made for other faces or other weights",
                    next_step="name an empty folder, or use the count, seed and model of the earlier run",
                    path=path,
                )
