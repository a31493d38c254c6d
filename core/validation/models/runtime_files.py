"""A process that loads everything an analysis runs on, and prints which files and pickles Python touched meanwhile.

Run as ``python -m core.validation.models.runtime_files RESOURCES USER``. Python itself tells of every file it opens and
of every class that a pickle asks for (audit events, PEP 578).
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from core.models.registry import ModelRegistry
from core.recovery.loading import load_detector, load_embedder, load_recoverer


def main(resources: str, user: str) -> None:
    """Print ``{"opened": [...], "unpickled": [...]}``: paths of files, names of classes."""
    opened: list[str] = []
    unpickled: list[str] = []

    def note(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" and isinstance(arguments[0], (str, os.PathLike)):
            opened.append(os.fspath(arguments[0]))
        elif event == "pickle.find_class":
            unpickled.append(".".join(map(str, arguments)))

    sys.addaudithook(note)
    registry = ModelRegistry(Path(resources) / "models", Path(user))
    load_detector(registry, "mtcnn", "cpu")
    load_recoverer(registry, "dfrec-compact", "cpu", load_embedder(registry, "dlib-resnet-v1", "cpu"))
    print(json.dumps({"opened": sorted(set(opened)), "unpickled": unpickled}))


if __name__ == "__main__":
    main(*sys.argv[1:])
