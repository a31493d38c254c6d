"""ONNX networks that the user brings: looked through before anything runs them, and opened from bytes already checked.

A network may name files beside it as its weights, and operators that a library on the disk would bring. Neither is
taken: all weights lie inside, and only the operators of the ONNX standard are run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import onnx
import onnxruntime
from google.protobuf.message import DecodeError  # type: ignore[import-untyped, unused-ignore]
from onnx import AttributeProto, GraphProto, ModelProto, NodeProto, SparseTensorProto, TensorProto
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from core.errors import ModelError

MAX_BYTES = 2 << 30
"""What the protocol can hold; larger networks keep their weights in other files, which is refused."""
_DOMAINS = {"", "ai.onnx", "ai.onnx.ml"}
_MAX_DEPTH = 16

RUNTIME_ERRORS = (
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.InvalidProtobuf,
    ort_errors.NoSuchFile,
    ort_errors.NotImplemented,
    ort_errors.RuntimeException,
)
"""ONNX Runtime's errors have no common root but Exception."""


def check_onnx(data: bytes, path: Path) -> ModelProto:
    """Read a network without running it.

    Args:
        data: the whole file.
        path: where it came from, for the message.

    Raises:
        ModelError: no ONNX model, weights in other files, operators of others, or graphs nested without end.
    """
    try:
        model = onnx.load_model_from_string(data)
    except (DecodeError, ValueError, RecursionError) as error:
        raise _no_onnx(path) from error
    if not model.graph.node:
        raise _no_onnx(path)
    for function in model.functions:
        _check_nodes(function.node, path, {f.domain for f in model.functions}, 1)
    _check_graph(model.graph, path, {f.domain for f in model.functions}, 0)
    return model


def open_session(data: bytes, path: Path, device: str = "cpu", threads: int = 0) -> onnxruntime.InferenceSession:
    """Make a network of checked bytes ready to run, the same way each time.

    Args:
        data: the whole file; see `check_onnx`.
        path: where it came from, for the message.
        device: ``"cpu"``, or ``"cuda"`` which falls back to the CPU where ONNX Runtime has no CUDA.
        threads: to compute with; 0 leaves that to ONNX Runtime.

    Raises:
        ModelError: ONNX Runtime does not take it.
    """
    wanted = ["CUDAExecutionProvider"] if device.startswith("cuda") else []
    wanted = [p for p in wanted if p in onnxruntime.get_available_providers()] + ["CPUExecutionProvider"]
    options = onnxruntime.SessionOptions()
    options.use_deterministic_compute = True
    options.intra_op_num_threads = threads
    options.log_severity_level = 4  # what goes wrong is said by the exception
    try:
        return onnxruntime.InferenceSession(data, sess_options=options, providers=wanted)
    except RUNTIME_ERRORS as error:
        reason = str(error).splitlines()[0].rpartition("failed:")[2].strip(" .")[:200]
        raise ModelError(
            f"ONNX Runtime cannot read the network ({reason})",
            next_step="download the file again and check that it is complete",
            path=path,
        ) from error


def _no_onnx(path: Path) -> ModelError:
    return ModelError("this is no intact ONNX model", next_step="download the file again", path=path)


def _check_graph(graph: GraphProto, path: Path, own: set[str], depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise ModelError("its graphs are nested too deeply", next_step="use another network", path=path)
    _check_tensors(graph.initializer, path)
    _check_tensors(_dense(graph.sparse_initializer), path)
    _check_nodes(graph.node, path, own, depth)


def _check_nodes(nodes: Iterable[NodeProto], path: Path, own: set[str], depth: int) -> None:
    for node in nodes:
        if node.domain not in _DOMAINS | own:
            raise ModelError(
                f"the network needs the operator {node.op_type[:60]!r} of {node.domain[:60]!r}, which would come from "
                "a library of its own",
                next_step="ask its publisher for a network of standard ONNX operators",
                path=path,
            )
        for attribute in node.attribute:
            _check_attribute(attribute, path, own, depth)


def _check_attribute(attribute: AttributeProto, path: Path, own: set[str], depth: int) -> None:
    if attribute.HasField("t"):
        _check_tensors([attribute.t], path)
    if attribute.HasField("sparse_tensor"):
        _check_tensors(_dense([attribute.sparse_tensor]), path)
    _check_tensors(attribute.tensors, path)
    _check_tensors(_dense(attribute.sparse_tensors), path)
    for graph in (*([attribute.g] if attribute.HasField("g") else ()), *attribute.graphs):
        _check_graph(graph, path, own, depth + 1)


def _check_tensors(tensors: Iterable[TensorProto], path: Path) -> None:
    for tensor in tensors:
        if tensor.data_location == TensorProto.EXTERNAL or tensor.external_data:
            place = next((e.value for e in tensor.external_data if e.key == "location"), "")
            raise ModelError(
                f"the network wants weights from another file ({place[:80]!r})",
                next_step="ask its publisher for a network with all weights in one file",
                path=path,
            )


def _dense(sparse: Iterable[SparseTensorProto]) -> Iterator[TensorProto]:
    for tensor in sparse:
        yield tensor.values
        yield tensor.indices
