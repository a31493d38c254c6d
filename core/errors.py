"""The one family of errors. `CaseError` is something a person can act on; `BugError` is ours to mend."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar


class UnswapError(Exception):
    """Root of every error this application raises on purpose."""

    exit_code: ClassVar[int] = 1


class BugError(UnswapError):
    """An invariant of the program is broken; never the user's doing."""

    exit_code: ClassVar[int] = 70


class CaseError(UnswapError):
    """Input or environment is not usable: says what happened, to which file, and what to do next.

    Args:
        what: one clause, no full stop, for example ``"the file holds sound but no picture"``.
        next_step: one clause that tells a person what to do.
        path: the file or folder concerned, when there is one.
    """

    exit_code: ClassVar[int] = 2

    def __init__(self, what: str, *, next_step: str, path: Path | None = None) -> None:
        self.what = what
        self.next_step = next_step
        self.path = path
        where = f"{path}: " if path is not None else ""
        super().__init__(f"{where}{what}. {next_step[:1].upper()}{next_step[1:]}.")


class EvidenceNotFoundError(CaseError):
    """No file at that path."""

    exit_code: ClassVar[int] = 10


class EvidenceIsDirectoryError(CaseError):
    """A directory stands where a media file was expected."""

    exit_code: ClassVar[int] = 11


class EvidencePermissionError(CaseError):
    """The operating system does not let us read the file."""

    exit_code: ClassVar[int] = 12


class NotMediaError(CaseError):
    """No decoder recognises the file as a video or a picture."""

    exit_code: ClassVar[int] = 13


class NoVideoStreamError(CaseError):
    """The container holds no video stream (sound only, for example)."""

    exit_code: ClassVar[int] = 14


class TruncatedMediaError(CaseError):
    """The file ends before its index or its first picture."""

    exit_code: ClassVar[int] = 15


class NoFramesError(CaseError):
    """The stream opens and yields no picture."""

    exit_code: ClassVar[int] = 16


class FrameTooLargeError(CaseError):
    """The declared picture is larger than we agree to decode."""

    exit_code: ClassVar[int] = 17


class EvidenceChangedError(CaseError):
    """The file's hash is no longer the one recorded at intake."""

    exit_code: ClassVar[int] = 18


class DecoderDiedError(CaseError):
    """The separate process that decodes a file crashed or stopped answering."""

    exit_code: ClassVar[int] = 19


class DecoderCrashedError(DecoderDiedError):
    """The separate process was ended by a fault of the decoder, or answered nonsense."""


class DecoderMemoryError(DecoderDiedError):
    """Decoding the file needs more memory than a decoder is given."""


class DecoderCpuTimeError(DecoderDiedError):
    """Decoding the file used up the processor time that a file of its size is given."""


class DecoderHungError(DecoderDiedError):
    """The separate process gave no sign of life for too long, or took too long as a whole."""


class PhotoRefusedError(CaseError):
    """A photograph cannot be enrolled or searched with (no face, several faces, too small, ...)."""

    exit_code: ClassVar[int] = 20


class GalleryError(CaseError):
    """The gallery database cannot be opened or changed."""

    exit_code: ClassVar[int] = 21


class EmbedderMismatchError(GalleryError):
    """Templates of different embedders were about to be compared."""

    exit_code: ClassVar[int] = 22


class GalleryLockedError(GalleryError):
    """The gallery is encrypted: its passphrase was not given, or is wrong."""


class ModelError(CaseError):
    """Model weights are missing, altered or of a form we do not load."""

    exit_code: ClassVar[int] = 30


class CaseFileError(CaseError):
    """The case folder or its database cannot be opened, is locked, newer, or damaged."""

    exit_code: ClassVar[int] = 40


class CaseOutOfReachError(CaseFileError):
    """The case cannot be opened here or now, which says nothing against it: locked, missing, of a newer version."""


class CaseUnwritableError(CaseOutOfReachError):
    """Nothing can be written beside the case, as opening it asks for: it is protected, or the disk is full."""


class ReportError(CaseError):
    """The report cannot be written or read."""

    exit_code: ClassVar[int] = 41


class OutputError(CaseError):
    """Results cannot be written to the place that was named for them."""

    exit_code: ClassVar[int] = 42


class ExaminerKeyError(CaseError):
    """The examiner's key cannot be made or opened: no such name, wrong passphrase, no keyring, damaged."""

    exit_code: ClassVar[int] = 43


class AnalysisCancelledError(CaseError):
    """A person asked to stop; what was finished is kept."""

    exit_code: ClassVar[int] = 130
