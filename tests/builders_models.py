"""Models to import: real ones under names of their own, and tiny ones."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from core.evidence.hashing import file_sha256
from core.models.card import ModelCard, ModelKind

MODELS = Path(__file__).parents[1] / "resources" / "models"

SIDE = 128
STRIDES = (8, 16, 32)
ROW, COLUMN = 5, 6
"""Cell of stride 8 whose first anchor fires: centre (48, 40), box (32, 16, 64, 64)."""


def own_embedder(folder: Path, name: str = "mine") -> ModelCard:
    """The shipped embedder as somebody else would hand it on: weights and card."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.safetensors"
    shutil.copyfile(MODELS / "dlib-resnet-v1.safetensors", file)
    card = ModelCard(name=name, kind=ModelKind.EMBEDDER_DLIB, file=file.name, sha256=file_sha256(file), terms="CC0-1.0")
    card.write(folder)
    return card


def scrfd_network(path: Path, with_landmarks: bool = True) -> Path:
    """Scores are those of one anchor times the mean of the first channel, which must be red."""
    nodes = [
        helper.make_node("Gather", ["image", "channel"], ["red"], axis=1),
        helper.make_node("ReduceMean", ["red"], ["mean"], axes=[1, 2], keepdims=0),
    ]
    constants = [numpy_helper.from_array(np.array(0), "channel")]
    outputs = []
    for kind, width in (("score", 1), ("box", 4), ("points", 10))[: 3 if with_landmarks else 2]:
        for stride in STRIDES:
            values = np.zeros((2 * (SIDE // stride) ** 2, width), np.float32)
            if stride == 8:
                values[2 * (ROW * (SIDE // stride) + COLUMN)] = {
                    "score": [0.95],
                    "box": [2, 3, 2, 3],
                    "points": [-1, -1, 1, -1, 0, 0, -1, 1, 1, 1],
                }[kind]
            name = f"{kind}_{stride}"
            constants.append(numpy_helper.from_array(values, f"{name}_values"))
            operation = ("Mul", [f"{name}_values", "mean"]) if kind == "score" else ("Identity", [f"{name}_values"])
            nodes.append(helper.make_node(*operation, [name]))
            outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, values.shape))
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, SIDE, SIDE])
    graph = helper.make_graph(nodes, "tiny", [image], outputs, constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10), path)
    return path
