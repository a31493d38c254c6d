"""Work that can be killed at any moment, gone on with, and compared with work that was left alone."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Protocol

import numpy as np


class Workload(Protocol):
    """A series of steps, each one call of a public method that stores something.

    Attributes:
        name: of a command line argument.
        title: for a reader.
        database: name of the SQLite file within the work's folder.
    """

    name: str
    title: str
    database: str

    def prepare(self, folder: Path) -> None:
        """Make what the work begins with."""

    def work(self, folder: Path) -> Iterator[int]:
        """Do the steps that `folder` does not hold yet; yields the number (1-based) of each when it is committed."""

    def attempts(self, folder: Path) -> Iterator[Callable[[], object]]:
        """Each step for the caller to do; one that was refused may be tried again before the next is asked for."""

    def state(self, folder: Path) -> str:
        """Fingerprint of all that is stored but times and random numbers; '' while there is nothing."""

    def problems(self, folder: Path) -> list[str]:
        """What SQLite's checks, the log's chain and a look for leftovers find wrong."""


def fingerprint(value: object) -> str:
    """Hex SHA-256 of nested records, arrays and scalars, bit by bit."""
    digest = hashlib.sha256()
    for part in _parts(value):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


def _parts(value: object) -> Iterator[bytes]:
    if is_dataclass(value) and not isinstance(value, type):
        yield type(value).__name__.encode()
        for field in fields(value):
            yield from _parts(getattr(value, field.name))
    elif isinstance(value, np.ndarray):
        yield f"{value.shape} {value.dtype.str}".encode()
        yield value.tobytes()
    elif isinstance(value, tuple | list):
        yield f"{len(value)} of".encode()
        for each in value:
            yield from _parts(each)
    elif isinstance(value, dict):
        yield from _parts(sorted(value.items()))
    elif isinstance(value, bytes):
        yield value
    else:
        yield (value.hex() if isinstance(value, float) else repr(value)).encode()
