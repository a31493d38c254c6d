"""Numbered schema changes. A published script never changes again; a new one is appended."""

from __future__ import annotations

from core.gallery.migrations import (
    m0001_initial,
    m0002_erasure,
    m0003_retention,
    m0004_signed_log,
    m0005_surroundings,
    m0006_mentions,
)

MIGRATIONS: tuple[str, ...] = (
    m0001_initial.SCRIPT,
    m0002_erasure.SCRIPT,
    m0003_retention.SCRIPT,
    m0004_signed_log.SCRIPT,
    m0005_surroundings.SCRIPT,
    m0006_mentions.SCRIPT,
)
"""SQL scripts; script ``n`` (0-based) brings a database from schema version ``n`` to ``n + 1``."""
