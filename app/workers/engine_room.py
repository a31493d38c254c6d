"""What lives on the engine thread: loaded networks, kept from job to job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.settings import DEFAULT_MODEL, Folders
from app.workers.heavy_imports import import_heavy_libraries

if TYPE_CHECKING:
    from core.config import AnalysisSettings
    from core.gallery.enrol import FaceTemplater
    from core.pipeline import Engines


class EngineRoom:
    """Loads networks when a job first asks for them. Made and used on the engine thread only."""

    def __init__(self, folders: Folders) -> None:
        self.folders = folders
        self._engines_key: tuple[str, str, str, str | None] | None = None
        self._engines: Engines | None = None
        self._templaters: dict[tuple[str, str, str | None], FaceTemplater] = {}

    def engines(self, settings: AnalysisSettings, embedder_name: str | None) -> Engines:
        """What an analysis runs on; the last one is kept.

        Raises:
            ModelError: a model is missing, altered or of the wrong kind, or the device is not there.
        """
        import_heavy_libraries()
        from app.assembly import build_engines

        key = (settings.model, settings.detector, settings.device, embedder_name)
        if self._engines is None or key != self._engines_key:
            self._engines = None  # two sets of networks need not fit beside each other
            self._engines = build_engines(self.folders, settings, embedder_name)
            self._engines_key = key
        return self._engines

    def templater(self, embedder_name: str, device: str = "auto", model: str | None = DEFAULT_MODEL) -> FaceTemplater:
        """What turns photos into templates of a gallery, see `app.assembly.build_templater`.

        Raises:
            ModelError: no such embedder or device.
        """
        import_heavy_libraries()
        from app.assembly import build_templater

        key = (embedder_name, device, model)
        if key not in self._templaters:
            self._templaters[key] = build_templater(self.folders, embedder_name, device, model)
        return self._templaters[key]

    def forget(self) -> None:
        """Drop the networks, for example after models were imported."""
        self._engines, self._engines_key = None, None
        self._templaters.clear()
