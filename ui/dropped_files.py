"""What a person drags onto the window, as paths."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData


def local_paths(data: QMimeData) -> list[Path]:
    """Return the files and folders being dragged; empty when it is something else."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
