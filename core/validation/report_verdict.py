"""What `verify` says of altered copies of a report; runs in a confined process, many copies to a process."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from core.errors import CaseError
from core.isolation.call import isolated_call
from core.isolation.ending import ChildEndedError
from core.isolation.limits import GIB, Limits
from core.report.check_lines import State, worst
from core.report.examine import examine_bytes
from core.report.examine_child import LOOP
from core.report.verify import UnreadableResultError, check_document

REFUSED = "refused"
_LIMITS = Limits(memory_bytes=3 * GIB, cpu_s=300, wall_s=300)
_TO_A_PROCESS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of a copy.

    Attributes:
        state: of the check, or ``"refused"`` when the file could not be read as a report.
        words: the lines that failed, or why it was refused.
        ended: the process that read it came to its end by it.
    """

    state: str
    words: tuple[str, ...]
    ended: bool = False

    @property
    def is_noticed(self) -> bool:
        """Whether `verify` would end with an error."""
        return self.state in (State.FAILED, REFUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """One byte XORed with a value from 1 to 255."""

    at: int
    mask: int


def verdict(data: bytes, certificate: x509.Certificate | None = None) -> Verdict:
    """The verdict on a file, in this process."""
    try:
        examined = examine_bytes(data, LOOP)
        try:
            lines, _ = check_document(examined, certificate)
        except UnreadableResultError as error:
            lines = error.lines
    except CaseError as error:
        return Verdict(state=REFUSED, words=(error.what,))
    words = tuple(f"{line.subject}: {line.words}" for line in lines if line.state is State.FAILED)
    return Verdict(state=worst(lines).value, words=words)


def flipped_verdicts(path: Path, flips: Sequence[Flip]) -> Iterator[Verdict]:
    """The verdict on each copy of a file with one byte changed, from confined processes."""
    for start in range(0, len(flips), _TO_A_PROCESS):
        part = flips[start : start + _TO_A_PROCESS]
        try:
            yield from _asked(path, part)
        except ChildEndedError:
            for flip in part:
                try:
                    yield from _asked(path, [flip])
                except ChildEndedError as error:
                    yield Verdict(state=REFUSED, words=(str(error),), ended=True)


def isolated_verdict(path: Path) -> Verdict:
    """The verdict on a file as it is, from a confined process."""
    try:
        return next(_asked(path, [Flip(at=0, mask=0)]))
    except ChildEndedError as error:
        return Verdict(state=REFUSED, words=(str(error),), ended=True)


def _asked(path: Path, flips: Sequence[Flip]) -> Iterator[Verdict]:
    order = json.dumps([[flip.at, flip.mask] for flip in flips])
    answer = isolated_call("core.validation.report_verdict:answer", path, argument=order, limits=_LIMITS)
    for state, words in json.loads(answer):
        yield Verdict(state=state, words=tuple(words))


def answer(path: Path, argument: str, data: bytes) -> bytes:
    """For the child process."""
    original = path.read_bytes()
    found = []
    for at, mask in json.loads(argument):
        copy = bytearray(original)
        if mask:
            copy[at] ^= mask
        one = verdict(bytes(copy))
        found.append((one.state, one.words))
    return json.dumps(found).encode()
