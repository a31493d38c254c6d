"""The model card: what a weights file is, where it comes from, and how well it was measured to work."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeAlias

from core.domain.foreign_text import parsed_json
from core.domain.installation import MeasuredFigure
from core.errors import ModelError
from core.evidence.writing import write_whole
from core.models.allowlist import allow, altered

ConfigValue: TypeAlias = str | int | float | bool

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
SHA256 = re.compile(r"[0-9a-f]{64}")
MAX_BYTES = 1 << 20
MAX_SIZE = 65_536
"""Of a number in a card's config: what a network of any size needs, and far from what fills a memory."""


class ModelKind(StrEnum):
    """Which network a weights file is for."""

    DETECTOR_MTCNN = "detector-mtcnn"
    DETECTOR_SCRFD = "detector-scrfd"
    DFREC_COMPACT = "dfrec-compact"
    DFREC_OFFICIAL = "dfrec-official"
    EMBEDDER_DLIB = "embedder-dlib"
    EMBEDDER_FACENET = "embedder-facenet"
    EMBEDDER_ARCFACE = "embedder-arcface"
    RFFR = "rffr"
    BLENDS = "blends"

    @property
    def is_detector(self) -> bool:
        """Whether the network finds faces in a picture."""
        return self.value.startswith("detector-")

    @property
    def is_embedder(self) -> bool:
        """Whether the network describes faces by vectors."""
        return self.value.startswith("embedder-")

    @property
    def is_companion(self) -> bool:
        """Whether the network judges faces beside the recovery network, fused with its fake score."""
        return self in (ModelKind.RFFR, ModelKind.BLENDS)

    @property
    def is_recovery(self) -> bool:
        """Whether the network recovers source and target faces."""
        return self.value.startswith("dfrec-")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """Description of one weights file, kept beside it as ``NAME.json``.

    Attributes:
        name: 1-80 letters, digits, dots, hyphens, underscores; begins with a letter or a digit.
        kind: which network.
        file: name of the weights file in the same folder.
        sha256: of that file, 64 lower-case hexadecimal digits.
        terms: licence, or under what terms the weights may be used.
        description: what it does, in a sentence or two.
        data: what it was trained on and under which terms.
        schedule: how it was trained.
        figures: measured quality; nothing here was not measured.
        config: sizes of the network, by name.
        embedder_id: for recovery networks with identity heads, the embedder whose space they speak.
        known_failures: sentences.
        source_sha256: of the file that was imported and converted; '' when there was none.
    """

    name: str
    kind: ModelKind
    file: str
    sha256: str
    terms: str
    description: str = ""
    data: str = ""
    schedule: str = ""
    figures: tuple[MeasuredFigure, ...] = ()
    config: tuple[tuple[str, ConfigValue], ...] = ()
    embedder_id: str = ""
    known_failures: tuple[str, ...] = ()
    source_sha256: str = ""

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise ValueError(f"name {self.name!r} is not 1-80 letters, digits, '.', '-', '_'")
        if not NAME.fullmatch(self.file):
            raise ValueError(f"file {self.file!r} is no plain file name")
        if not SHA256.fullmatch(self.sha256):
            raise ValueError("sha256 is not 64 lower-case hexadecimal digits")
        if self.source_sha256 and not SHA256.fullmatch(self.source_sha256):
            raise ValueError("source_sha256 is not 64 lower-case hexadecimal digits")
        if not self.terms:
            raise ValueError("terms are empty: say under what terms the weights may be used")

    def to_json(self) -> str:
        """The card as JSON text."""
        content = asdict(self) | {"config": dict(self.config)}
        return json.dumps(content, indent=2, ensure_ascii=False) + "\n"

    def write(self, folder: Path) -> Path:
        """Write ``NAME.json`` in `folder`, put it and its weights on the folder's list, and return its path.

        Whoever writes a card this way vouches for both files; see `core.models.allowlist`.

        Raises:
            ModelError: the folder cannot be written, or its list is damaged.
        """
        path = folder / f"{self.name}.json"
        data = self.to_json().encode()
        try:
            write_whole(path, data)
            allow(folder, {path.name: hashlib.sha256(data).hexdigest(), self.file: self.sha256})
        except OSError as error:
            what = f"the model card could not be written ({error.strerror})"
            raise ModelError(what, next_step="check free space and permissions of the folder", path=path) from error
        return path


def read_card(path: Path, sha256: str | None = None) -> ModelCard:
    """Read a model card.

    Args:
        path: the card.
        sha256: digest that the file must have; None takes it as it is, for a card that somebody brings.

    Raises:
        ModelError: unreadable, altered, no JSON, or a field is missing, unknown or invalid.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise ValueError(f"it is larger than {MAX_BYTES:,} bytes")
        found = hashlib.sha256(data).hexdigest()
        if sha256 is not None and found != sha256:
            raise altered(path, found, sha256)
        content = parsed_json(data)
        if path.stem != content.get("name"):
            raise ValueError(f"name {content.get('name')!r} is not that of the file")
        return _card_from(content)
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ModelError(
            f"the model card is not valid ({error})", next_step="install or import the model again", path=path
        ) from error


def _card_from(content: dict[str, Any]) -> ModelCard:
    unknown = set(content) - {field.name for field in fields(ModelCard)}
    if unknown:
        raise ValueError(f"unknown field {min(unknown)}")
    for field in fields(ModelCard):
        if field.type == "str" and not isinstance(content.get(field.name, ""), str):
            raise ValueError(f"{field.name} is no text")
    config = content.get("config", {})
    if not all(isinstance(value, (str, int, float)) for value in config.values()):
        raise ValueError("config holds something other than texts and numbers")
    if not all(isinstance(value, str) or abs(value) <= MAX_SIZE for value in config.values()):
        raise ValueError(f"config holds a number beyond {MAX_SIZE}")
    return ModelCard(
        **content
        | {
            "kind": ModelKind(content.get("kind", "")),
            "figures": tuple(MeasuredFigure(**figure) for figure in content.get("figures", ())),
            "config": tuple(config.items()),
            "known_failures": tuple(str(line) for line in content.get("known_failures", ())),
        }
    )
