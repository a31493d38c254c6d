"""What a case is about: media files and their decoded frames."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from pathlib import Path

import numpy as np

from core.domain.arrays import UInt8Array, frozen_array
from core.domain.time import TimePoint


class EvidenceKind(StrEnum):
    """Whether the item is a moving or a still picture."""

    VIDEO = "video"
    IMAGE = "image"


class CredentialState(StrEnum):
    """What was found when content credentials (C2PA) were looked for."""

    NOT_EXAMINED = "not examined"
    ABSENT = "absent"
    VALID = "valid"
    INVALID = "invalid"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentCredentials:
    """The state of a file's content credentials (C2PA) at intake; never what they claim.

    Attributes:
        state: what was found.
        codes: validation codes of what failed (C2PA specification), for invalid ones.
        detail: why they could not be read; '' otherwise.
    """

    state: CredentialState = CredentialState.NOT_EXAMINED
    codes: tuple[str, ...] = ()
    detail: str = ""

    @property
    def words(self) -> str:
        """What was found and what it does not mean, as sentences."""
        match self.state:
            case CredentialState.NOT_EXAMINED:
                return "Not examined. Absence would not mean that the file is forged."
            case CredentialState.ABSENT:
                return "Absent. That does not mean that the file is forged."
            case CredentialState.VALID:
                return "Present and valid: unchanged since somebody signed it. That is integrity, not truth."
            case CredentialState.INVALID:
                codes = f" ({', '.join(self.codes)})" if self.codes else ""
                return f"Present and invalid{codes}: the file, or the credentials, changed after it was signed."
            case CredentialState.UNREADABLE:
                return f"Could not be read ({self.detail}). That does not mean that the file is forged."


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceItem:
    """One media file at intake.

    Attributes:
        path: absolute path; the file is only ever opened for reading.
        sha256: hex digest of the whole file at intake.
        size_bytes: file size.
        modified_at: file system modification time, UTC.
        ingested_at: when it was hashed, UTC.
        kind: video or image.
        container: demuxer's name, for example ``"mov,mp4,m4a,3gp,3g2,mj2"``.
        codec: decoder's name of the analysed stream, for example ``"h264"``.
        pixel_format: for example ``"yuv420p10le"``.
        stream_index: index of the analysed video stream within the container.
        n_video_streams: how many video streams the container holds.
        has_audio: whether it holds sound.
        width_px, height_px: of the upright picture, rotation applied.
        rotation_deg: clockwise turn applied to the coded picture, one of 0, 90, 180, 270.
        mirrored: the coded picture was mirrored left to right before that turn.
        pixel_aspect: width to height of a pixel of the upright picture as the file states it, > 0; 1 also where it
            states nothing. It is not applied: the picture is analysed as if pixels were square.
        nominal_fps: what the container claims; None when it claims nothing.
        is_vfr: True when its first pictures are unevenly spaced or, where not all of them were looked at, the
            container's average and base frame rates differ by more than 1 %; None when unknown.
        time_base: seconds per pts unit of the stream.
        duration_s: what the container claims, seconds; None when it claims nothing.
        first_s: time of its first picture on the stream's clock, seconds; None when unknown.
        encoder: encoder tag written into the container or stream, '' when absent.
        credentials: state of its content credentials.
    """

    path: Path
    sha256: str
    size_bytes: int
    modified_at: datetime
    ingested_at: datetime
    kind: EvidenceKind
    container: str
    codec: str
    pixel_format: str
    stream_index: int
    n_video_streams: int
    has_audio: bool
    width_px: int
    height_px: int
    rotation_deg: int
    nominal_fps: Fraction | None
    is_vfr: bool | None
    time_base: Fraction
    duration_s: Fraction | None
    encoder: str = ""
    mirrored: bool = False
    pixel_aspect: Fraction = Fraction(1)
    first_s: Fraction | None = None
    credentials: ContentCredentials = ContentCredentials()


class EvidenceState(StrEnum):
    """How far the analysis of an item is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvidence:
    """One item of the case.

    Attributes:
        id: of the item within the case, > 0, in intake order.
        item: as taken in first.
        state: how far its analysis is. ``running`` in a case that nobody analyses means: interrupted.
        failure: why it failed; '' otherwise.
    """

    id: int
    item: EvidenceItem
    state: EvidenceState
    failure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frame:
    """One decoded picture.

    Attributes:
        index: position in decoding-to-presentation order from the stream's first picture, 0-based.
        time: rational presentation time.
        rgb: (H, W, 3) uint8, RGB, upright, read-only.
        rotation_deg: clockwise turn that was applied, one of 0, 90, 180, 270.
        is_corrupt: the decoder flagged the picture as damaged.
    """

    index: int
    time: TimePoint
    rgb: UInt8Array
    rotation_deg: int
    is_corrupt: bool

    def __post_init__(self) -> None:
        object.__setattr__(self, "rgb", frozen_array(self.rgb, "Frame.rgb", (None, None, 3), np.uint8))


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameRecord:
    """What is kept of an analysed frame: its name in court.

    Attributes:
        index: see `Frame.index`.
        time: see `Frame.time`.
        sha256: hex digest of the upright RGB pixels, row by row (see `core.evidence.hashing.pixels_sha256`).
        is_corrupt: the decoder flagged the picture as damaged.
        is_duplicate: the pixels equal those of the previous analysed frame.
        is_cut: a scene cut lies between the previous analysed frame and this one.
    """

    index: int
    time: TimePoint
    sha256: str
    is_corrupt: bool
    is_duplicate: bool = False
    is_cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ShownFrame:
    """A frame on its way to a person's eyes, with the name its pixels have in court.

    Attributes:
        frame: the decoded picture.
        sha256: of its pixels, as `FrameRecord.sha256`.
        is_exact: it is the picture that was asked for; False for one nearby (a key picture) that can be shown at once.
            Its index and time are its own either way.
    """

    frame: Frame
    sha256: str
    is_exact: bool
