"""The application's own source, searched for readers that could run code."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

import core

OUR_OWN = {"app/self_check_child.py", "core/video/decode_worker.py", "core/video/decode_child.py"}
"""They read what another process of this same program wrote into a pipe, no file of anybody's."""
_UNSAFE = {("pickle", "load"), ("pickle", "loads"), ("pickle", "Unpickler"), ("torch", "jit"), ("torch", "hub")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was found.

    Attributes:
        n_files: looked through.
        n_careful: calls of ``torch.load`` with ``weights_only=True``.
        unsafe: ``file:line`` of every other reader.
    """

    n_files: int
    n_careful: int
    unsafe: tuple[str, ...]


def search(root: Path | None = None) -> Found:
    """Look through the packages ``app`` and ``core`` below a folder; by default those that are running.

    The campaign's own specimens, and the process that shows that they are hostile, are left out.
    """
    root = root or Path(next(iter(core.__path__))).parent
    files = [p for name in ("app", "core") for p in sorted((root / name).rglob("*.py"))]
    files = [p for p in files if not p.is_relative_to(root / "core" / "validation")]
    unsafe: list[str] = []
    n_careful = 0
    for path in files:
        name = path.relative_to(root).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = _dotted(node.func)
            if called == ("torch", "load"):
                is_careful = any(
                    k.arg == "weights_only" and getattr(k.value, "value", 0) is True for k in node.keywords
                )
                n_careful += is_careful
                if is_careful:
                    continue
            elif called[:2] not in _UNSAFE or name in OUR_OWN:
                continue
            unsafe.append(f"{name}:{node.lineno}")
    return Found(n_files=len(files), n_careful=n_careful, unsafe=tuple(unsafe))


def _dotted(node: ast.expr) -> tuple[str, ...]:
    """``torch.load`` as ("torch", "load"); empty for what is no plain name."""
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.Attribute):
        before = _dotted(node.value)
        return (*before, node.attr) if before else ()
    return ()
