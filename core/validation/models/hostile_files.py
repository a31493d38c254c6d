"""Files that hold no code and would do harm otherwise: fill the memory, lead elsewhere, or lie about themselves."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, helper, numpy_helper

from core.models.card import ModelKind
from core.validation.models.pickles import (
    EMPTY_DICT,
    MARK,
    PROTO2,
    SETITEM,
    STOP,
    TUPLE,
    called,
    legacy,
    name_of,
    word,
    zipped,
)  # fmt: skip

ELSEWHERE = "../../../../../../etc/passwd"
_HUGE = 10**12


@dataclass(frozen=True, slots=True, kw_only=True)
class HostileFile:
    """One hostile file.

    Attributes:
        name: what it tries.
        file: its name.
        write: makes it, and what belongs beside it, at a path.
        refusal: a part of the sentence it has to be refused with.
    """

    name: str
    file: str
    write: Callable[[Path], None]
    refusal: str


def _archive(path: Path, change: Callable[[str, bytes], list[tuple[str, bytes]]], compression: int) -> None:
    """A true checkpoint with its records changed."""
    true = io.BytesIO()
    torch.save({"conv.weight": torch.zeros(1000)}, true)
    with zipfile.ZipFile(true) as old, zipfile.ZipFile(path, "w", compression) as new:
        for info in old.infolist():
            for name, data in change(info.filename, old.read(info)):
                new.writestr(name, data)


def _bomb(path: Path) -> None:
    """256 megabytes of zeros in a quarter of one."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("net/data.pkl", PROTO2 + EMPTY_DICT + STOP)
        with archive.open("net/data/0", "w", force_zip64=True) as record:
            for _ in range(16):
                record.write(bytes(1 << 24))


def _overlapping(path: Path) -> None:
    """Many names for the same bytes: the table of contents points to one place again and again."""
    _archive(path, lambda name, data: [(name, data)], zipfile.ZIP_STORED)
    with zipfile.ZipFile(path, "a") as archive:
        largest = max(archive.infolist(), key=lambda record: record.file_size)
        for number in range(40):
            again = zipfile.ZipInfo(f"{largest.filename.rpartition('/')[0]}/{number + 100}")
            for field in ("header_offset", "file_size", "compress_size", "CRC"):
                setattr(again, field, getattr(largest, field))
            archive.filelist.append(again)
            archive.NameToInfo[again.filename] = again
        archive._didModify = True  # type: ignore[attr-defined]


def _storage(count: int) -> bytes:
    """Persistent id of a storage of so many float32 numbers."""
    return (
        MARK
        + word("storage")
        + name_of("torch", "FloatStorage")
        + word("0")
        + word("cpu")
        + _long(count)
        + TUPLE
        + b"Q"
    )


def _long(value: int) -> bytes:
    data = value.to_bytes((value.bit_length() + 8) // 8, "little", signed=True)
    return b"\x8a" + bytes([len(data)]) + data


def _tensor(stored: int, size: int) -> bytes:
    """A table with one tensor of `size` numbers over a storage that claims to hold `stored`."""
    shape, stride = MARK + _long(size) + TUPLE, MARK + b"K\x01" + TUPLE
    hooks = called(name_of("collections", "OrderedDict"))
    rebuilt = called(
        name_of("torch._utils", "_rebuild_tensor_v2"), _storage(stored), b"K\x00", shape, stride, b"\x89", hooks
    )
    return EMPTY_DICT + word("w") + rebuilt + SETITEM


def _safetensors(header: object, body: bytes = bytes(64), claims: int | None = None) -> bytes:
    text = json.dumps(header).encode()
    return (len(text) if claims is None else claims).to_bytes(8, "little") + text + body


def _with_card(path: Path, data: bytes, config: dict[str, int] | None = None) -> None:
    """A model of this application's own form: weights, and a card that vouches for their hash."""
    path.write_bytes(data)
    card = {
        "name": path.stem,
        "kind": ModelKind.RFFR.value,
        "file": path.name,
        "sha256": hashlib.sha256(data).hexdigest(),
        "terms": "none",
        "config": config or {},
    }
    path.with_suffix(".json").write_text(json.dumps(card))


def _entry(start: int, end: int, shape: list[int], dtype: str = "F32") -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


def _onnx(path: Path, nodes: list[NodeProto], constants: list[TensorProto] = []) -> None:  # noqa: B006 - read only
    graph = helper.make_graph(
        nodes,
        "recognition",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, 112, 112])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 16])],
        constants,
    )
    imports = [helper.make_opsetid("", 17), helper.make_opsetid("evil.example", 1)]
    model: ModelProto = helper.make_model(graph, opset_imports=imports, ir_version=9)
    path.write_bytes(model.SerializeToString())


_ENDING = [
    helper.make_node("GlobalAveragePool", ["x"], ["pooled"]),
    helper.make_node("Flatten", ["pooled"], ["flat"]),
    helper.make_node("MatMul", ["flat", "w"], ["y"]),
]


def _external(path: Path) -> None:
    weight = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[3, 16], data_location=TensorProto.EXTERNAL)
    weight.external_data.add(key="location", value=ELSEWHERE)
    _onnx(path, _ENDING, [weight])


def _external_in_attribute(path: Path) -> None:
    weight = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[3, 16], data_location=TensorProto.EXTERNAL)
    weight.external_data.add(key="location", value=ELSEWHERE)
    _onnx(path, [helper.make_node("Constant", [], ["w"], value=weight), *_ENDING])


def _custom(path: Path) -> None:
    _onnx(path, [helper.make_node("LoadLibrary", ["x"], ["y"], domain="evil.example", library="/tmp/evil.so")])


def _nested(path: Path) -> None:
    graph = GraphProto(name="inner")
    for _ in range(20):
        outer = GraphProto(name="outer")
        outer.node.append(helper.make_node("If", ["c"], ["y"], then_branch=graph, else_branch=GraphProto(name="e")))
        graph = outer
    _onnx(path, list(graph.node))


def _constant(path: Path) -> None:
    """Folding the constants of this network would fill four terabytes."""
    size = numpy_helper.from_array(np.array([_HUGE], np.int64), "size")
    nodes = [
        helper.make_node("ConstantOfShape", ["size"], ["huge"]),
        helper.make_node("ReduceSum", ["huge"], ["one"], keepdims=0),
        helper.make_node("GlobalAveragePool", ["x"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("Add", ["flat", "one"], ["sum"]),
        helper.make_node("MatMul", ["sum", "w"], ["y"]),
    ]
    _onnx(path, nodes, [size, numpy_helper.from_array(np.ones((3, 16), np.float32), "w")])


def _hostile(name: str, file: str, refusal: str, write: Callable[[Path], None]) -> HostileFile:
    return HostileFile(name=name, file=file, write=write, refusal=refusal)


def _bytes(data: bytes) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_bytes(data)

    return write


FILES = (
    _hostile("zip bomb, 256 MB in 256 KB", "bomb.pth", "compressed", _bomb),
    _hostile("zip whose records overlap", "overlap.pth", "overlap", _overlapping),
    _hostile(
        "zip record named ../../../etc/passwd", "traversal.pth", "outside itself",
        lambda path: _archive(path, lambda n, d: [(n.replace("archive/version", ELSEWHERE), d)], zipfile.ZIP_STORED),
    ),
    _hostile(
        "zip with two tables of tensors", "twice.pth", "two records of one name",
        lambda path: _archive(path, lambda n, d: [(n, d)] * (1 + n.endswith("data.pkl")), zipfile.ZIP_STORED),
    ),
    _hostile("storage of 4 TB declared in a zip", "huge.pth", "not a PyTorch checkpoint",
             _bytes(zipped(PROTO2 + _tensor(_HUGE, _HUGE) + STOP))),
    _hostile("storage of 4 TB declared in the legacy format", "legacy.pth", "not a PyTorch checkpoint",
             _bytes(legacy(_tensor(_HUGE, _HUGE)))),
    _hostile("tensor that shows one number 10^12 times", "expanded.pth", "one number stands for many",
             lambda path: torch.save({"w": torch.zeros(1).expand(_HUGE)}, path)),
    _hostile("checkpoint cut off in the middle", "cut.pth", "damaged",
             _bytes(zipped(PROTO2 + _tensor(3, 3) + STOP)[:400])),
    _hostile("a million nested lists", "nested.pth", "not a PyTorch checkpoint",
             _bytes(PROTO2 + b"]" * 10**6 + b"a" * (10**6 - 1) + STOP)),
    _hostile("safetensors header of 2^63 bytes", "header.safetensors", "no intact safetensors file",
             lambda path: _with_card(path, _safetensors({}, claims=2**63))),
    _hostile("safetensors header of 200 MB", "large.safetensors", "no intact safetensors file",
             lambda path: _with_card(path, _safetensors({"w": _entry(0, 64, [16])}, b" " * (200 << 20), 200 << 20))),
    _hostile("safetensors whose tensors overlap", "overlap.safetensors", "no intact safetensors file",
             lambda path: _with_card(path, _safetensors({"a": _entry(0, 64, [16]), "b": _entry(32, 64, [8])}))),
    _hostile("safetensors whose tensor ends behind the file", "behind.safetensors", "no intact safetensors file",
             lambda path: _with_card(path, _safetensors({"w": _entry(0, 4 * _HUGE, [_HUGE])}))),
    _hostile("safetensors whose shape and size differ", "shape.safetensors", "no intact safetensors file",
             lambda path: _with_card(path, _safetensors({"w": _entry(0, 64, [17])}))),
    _hostile("safetensors of a network that the card does not describe", "other.safetensors", "are missing",
             lambda path: _with_card(path, _safetensors({"w": _entry(0, 64, [16])}))),
    _hostile("card of a network of 10^12 layers", "depth.safetensors", "beyond 65536",
             lambda path: _with_card(path, _safetensors({"w": _entry(0, 64, [16])}), {"depth": _HUGE})),
    _hostile(f"ONNX with weights in {ELSEWHERE}", "external.onnx", "weights from another file", _external),
    _hostile("the same within an attribute", "attribute.onnx", "weights from another file", _external_in_attribute),
    _hostile("ONNX with an operator of a library", "custom.onnx", "a library of its own", _custom),
    _hostile("ONNX with 20 graphs in each other", "nested.onnx", "nested too deeply", _nested),
    _hostile("ONNX that asks for 4 TB of zeros", "constant.onnx", "", _constant),
    _hostile("ONNX that is none", "none.onnx", "no intact ONNX model", _bytes(bytes(range(256)))),
)  # fmt: skip
"""Every one; those read in this process (``.safetensors``) and those read in the confined child."""
