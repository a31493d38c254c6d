"""The face detector with the weights that ship."""

from pathlib import Path

from core.detection.mtcnn import MtcnnDetector
from core.models.weights import load_weights

MODELS = Path(__file__).parents[1] / "resources" / "models"


def mtcnn() -> MtcnnDetector:
    return MtcnnDetector(load_weights(MODELS / "mtcnn.safetensors", sha256=None))
