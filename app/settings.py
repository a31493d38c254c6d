"""Where the program keeps things: its own resources, and the folders of the person who uses it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

APPLICATION = "unswap"
HOME_VARIABLE = "UNSWAP_HOME"

SHIPPED_MODELS_LIST = "f87abe86dea6713155583fc1870c1335341c6bee7bf8c82b0413aa8d1f3172fb"
"""SHA-256 of ``resources/models/allowed.sha256``, which names that of every shipped model, card and table."""

DEFAULT_MODEL = "dfrec-compact"
DEFAULT_EMBEDDER = "dlib-resnet-v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Folders:
    """Every place that `core` is told about.

    Attributes:
        resources: of the application, only read.
        data: of the user: gallery, imported models, preferences; made when first needed.
        logs: of the user; made when something goes wrong.
        shipped_list: SHA-256 of the list of shipped models; None takes the list as it is, for resources of one's own.
    """

    resources: Path
    data: Path
    logs: Path
    shipped_list: str | None = None

    @property
    def shipped_models(self) -> Path:
        """Weights that come with the application."""
        return self.resources / "models"

    @property
    def user_models(self) -> Path:
        """Weights that the user imported."""
        return self.data / "models"

    @property
    def calibration(self) -> Path:
        """Measured error rates of the shipped weights."""
        return self.shipped_models / "calibration.json"

    @property
    def fonts(self) -> Path:
        """Fonts of the report."""
        return self.resources / "fonts"

    @property
    def gallery(self) -> Path:
        """The gallery that is used when none is named."""
        return self.data / "gallery.db"

    @property
    def keys(self) -> Path:
        """Keys that sign custody logs and reports."""
        return self.data / "keys"

    @property
    def head_ledger(self) -> Path:
        """What was signed of each case, see `core.evidence.ledger`."""
        return self.keys / "signed-heads.jsonl"

    @property
    def preferences(self) -> Path:
        """What the user set in the window."""
        return self.data / "preferences.json"

    @property
    def layout(self) -> Path:
        """Sizes and places of the window and its docks, as Qt writes them."""
        return self.data / "layout.ini"

    @property
    def log_file(self) -> Path:
        """Where the details of unexpected errors go."""
        return self.logs / "unswap.log"


def standard_folders() -> Folders:
    """The operating system's folders for the user's data, or all in one folder when UNSWAP_HOME names it."""
    resources = Path(__file__).resolve().parent.parent / "resources"
    home = os.environ.get(HOME_VARIABLE, "")
    if home:
        data = Path(home).absolute()
        return Folders(resources=resources, data=data, logs=data / "logs", shipped_list=SHIPPED_MODELS_LIST)
    return Folders(
        resources=resources,
        data=platformdirs.user_data_path(APPLICATION, appauthor=False),
        logs=platformdirs.user_log_path(APPLICATION, appauthor=False),
        shipped_list=SHIPPED_MODELS_LIST,
    )


def application_version() -> str:
    """Version of the installed application, or of the source tree it runs from."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(APPLICATION)
    except PackageNotFoundError:
        import tomllib

        project = Path(__file__).resolve().parent.parent / "pyproject.toml"
        return str(tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"])
