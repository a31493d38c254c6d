"""ArcFace (Deng et al. 2019) through ONNX Runtime: insightface's recognition models that the user brings."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from insightface.model_zoo.arcface_onnx import ArcFaceONNX

from core.domain.arrays import FloatArray, UInt8Array
from core.errors import ModelError
from core.models.embedding import check_chips, embedder_id
from core.models.onnx_file import check_onnx, open_session

BATCH = 32
CHIP = 112

# insightface's five-point template for 112 px chips, same order as MTCNN's landmarks
TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]],
    dtype=np.float32,
)


def open_arcface(data: bytes, path: Path, device: str = "cpu", threads: int = 0) -> ArcFaceONNX:
    """Open a recognition model of insightface; its input scaling is found as insightface finds it.

    Args:
        data: the whole .onnx file, all weights inside.
        path: where it came from, for the message.
        device, threads: see `core.models.onnx_file.open_session`.

    Raises:
        ModelError: no ONNX model that may be run, or none that maps (N, 3, 112, 112) to (N, D).
    """
    check_onnx(data, path)
    session = open_session(data, path, device, threads)
    shapes = [tuple(v.shape) for v in (*session.get_inputs(), *session.get_outputs())]
    if len(shapes) != 2 or shapes[0][1:] != (3, CHIP, CHIP) or len(shapes[1]) != 2:
        raise ModelError(
            f"the network maps {str(shapes)[:200]}, which is no face recognition model for {CHIP} px chips",
            next_step="give the recognition model of a pack, for example w600k_r50.onnx",
            path=path,
        )
    return ArcFaceONNX(model_file=io.BytesIO(data), session=session)


class ArcFaceEmbedder:
    """ArcFace behind the `Embedder` protocol: usually 512 components, chips of 112 px."""

    chip_size = CHIP

    def __init__(self, *, name: str, sha256: str, data: bytes, path: Path, device: str = "cpu") -> None:
        """Open the model.

        Args:
            name: name of the model.
            sha256: of the .onnx file.
            data: the whole .onnx file, of that SHA-256.
            path: where it lies, for messages.
            device: compute device.

        Raises:
            ModelError: see `open_arcface`.
        """
        self.embedder_id = embedder_id(name, sha256)
        self._model = open_arcface(data, path, device)
        batch = self._model.input_shape[0]
        self._batch = batch if isinstance(batch, int) and batch > 0 else BATCH
        self._fixed_batch = self._batch == batch
        self.dim = self._run(np.zeros((1, CHIP, CHIP, 3), dtype=np.uint8)).shape[1]

    @property
    def template_points(self) -> FloatArray:
        """(5, 2) float32, see `Embedder`."""
        return TEMPLATE.copy()

    def embed(self, chips: UInt8Array) -> FloatArray:
        """(N, 112, 112, 3) uint8 RGB -> (N, D) float32, unit norm. Raises ValueError for another shape."""
        check_chips(chips, CHIP)
        vectors = np.empty((len(chips), self.dim), dtype=np.float32)
        for start in range(0, len(chips), self._batch):
            vectors[start : start + self._batch] = self._run(chips[start : start + self._batch])
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        return vectors

    def _run(self, chips: UInt8Array) -> FloatArray:
        """(n, 112, 112, 3), n at most the batch, -> (n, D) as the network says it."""
        n = len(chips)
        if self._fixed_batch and n < self._batch:  # the model takes exactly that many
            chips = np.concatenate((chips, np.zeros((self._batch - n, CHIP, CHIP, 3), dtype=np.uint8)))
        x = chips.transpose(0, 3, 1, 2).astype(np.float32)
        return np.asarray(self._model.forward(x)[:n], dtype=np.float32)
