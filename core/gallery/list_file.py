"""Form of a list of people: written by `core.gallery.export`, read again by imports and erasures."""

from __future__ import annotations

LIST_NAME = "people.csv"
FACES_NAME = "faces"
COLUMNS = ("path", "name", "note", "basis", "person", "legal_hold", "photo", "photo_sha256", "quality", "enrolled_at")
