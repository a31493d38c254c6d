"""Runs in the confined child process of `core.report.examine`; imports now what could not be read later."""

from __future__ import annotations

import asyncio
import codecs
import json
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from core.report.examine import examine_bytes

_CODECS = (
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-be",
    "utf-16-le",
    "latin-1",
    "ascii",
    "cp1252",
    "idna",
    "punycode",
    "hex",
)
import_module("lxml.etree")  # which pikepdf would load when it first reads metadata
for _codec in _CODECS:
    codecs.lookup(_codec)
# Made before the confinement, which forbids the pair of sockets that a loop wakes itself with.
LOOP = asyncio.new_event_loop()


def answer(path: Path, argument: str, data: bytes) -> bytes:
    """Facts as a line of JSON, then the attached result."""
    examined = examine_bytes(path.read_bytes(), LOOP)
    return json.dumps(asdict(examined.facts)).encode("utf-8") + b"\n" + examined.result
