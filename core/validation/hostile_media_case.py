"""One hostile file on the way that evidence takes: probed, then decoded, in child processes."""

from __future__ import annotations

import os
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from core.errors import CaseError
from core.gallery.photos import read_photo
from core.video.probe import probe
from core.video.pyav_reader import open_reader

_MOST_FRAMES = 100
_MOST_DECODING_S = 12.0
_MIB = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a case ended.

    Attributes:
        state: its name: of an error, or of how decoding went.
        stage: "intake", "decoding" or "photograph".
        seconds: it took.
        is_error: whether a person would be told of an error.
    """

    state: str
    stage: str
    seconds: float
    is_error: bool


def taken_in_and_decoded(path: Path, memory: MemoryWatch) -> Ended:
    """Do what the application does with a file.

    Every picture is asked for, up to the hundredth: a person may stop an analysis, too.

    Raises:
        Exception: whatever is no `CaseError`; the application promises that there is none.
    """
    begin = time.monotonic()
    try:
        item = probe(path)
    except CaseError as error:
        return Ended(state=type(error).__name__, stage="intake", seconds=time.monotonic() - begin, is_error=True)
    state = "decoded whole"
    n_frames = 0
    decoding_since = time.monotonic()
    try:
        with open_reader(item, isolated=True) as reader:
            for frame in reader.frames():
                memory.look(frame.rgb.nbytes)
                n_frames += 1
                if n_frames == _MOST_FRAMES or time.monotonic() - decoding_since > _MOST_DECODING_S:
                    state = "decoded on and on, stopped by the campaign"
                    break
            else:
                damaged = reader.corrupt_count or reader.warnings
                state = "decoded with damage that is reported" if damaged else "decoded whole"
                state = state if n_frames else "no picture, which is reported"
    except CaseError as error:
        return Ended(state=type(error).__name__, stage="decoding", seconds=time.monotonic() - begin, is_error=True)
    return Ended(state=state, stage="decoding", seconds=time.monotonic() - begin, is_error=False)


def read_as_photograph(path: Path, memory: MemoryWatch) -> Ended:
    """Do what the gallery does with a person's photograph.

    Raises:
        Exception: whatever is no `CaseError`.
    """
    begin = time.monotonic()
    try:
        photo = read_photo(path)
        memory.look(photo.rgb.nbytes)
        state, is_error = "photograph read" if photo.rgb.size else "photograph of nothing", False
    except CaseError as error:
        state, is_error = type(error).__name__, True
    return Ended(state=state, stage="photograph", seconds=time.monotonic() - begin, is_error=is_error)


class MemoryWatch:
    """Resident memory of this process, beyond that at first and beyond the picture in hand."""

    def __init__(self) -> None:
        self._at_first = resident_bytes()
        self._kept = self._beyond = 0
        self.largest_picture = 0

    def look(self, picture_bytes: int = 0) -> None:
        """Look now, while a picture of this size is in hand, or none."""
        grown = resident_bytes() - self._at_first
        self.largest_picture = max(self.largest_picture, picture_bytes)
        self._beyond = max(self._beyond, grown - picture_bytes)
        if not picture_bytes:
            self._kept = max(self._kept, grown)

    @property
    def kept_mib(self) -> float:
        """The most that was seen with no picture in hand."""
        return self._kept / _MIB

    @property
    def beyond_mib(self) -> float:
        """The most that was seen beyond the picture in hand: slots, buffers, copies."""
        return self._beyond / _MIB


def resident_bytes() -> int:
    """Resident memory of this process; where the system does not tell, the most it ever had."""
    if sys.platform == "linux":
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    if sys.platform == "win32":
        return 0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leavings:
    """What could be left behind: decoding processes, shared memory, descriptors, threads."""

    processes: int
    shared: int
    descriptors: int
    threads: int

    @classmethod
    def now(cls) -> Leavings:
        """Counted now; only on Linux, elsewhere zeros."""
        threads = threading.active_count()
        if sys.platform != "linux":
            return cls(processes=0, shared=0, descriptors=0, threads=threads)
        maps = Path("/proc/self/maps").read_text()
        return cls(
            processes=len(_descendants(os.getpid())),
            shared=maps.count("unswap frames") + len(list(Path("/dev/shm").iterdir())),
            descriptors=len(list(Path("/proc/self/fd").iterdir())),
            threads=threads,
        )


def _descendants(process_id: int) -> list[int]:
    found: list[int] = []
    try:
        for task in Path(f"/proc/{process_id}/task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                found += [child, *_descendants(child)]
    except OSError:
        return found
    return found
