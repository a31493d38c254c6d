"""Version 3: who holds and since when, until when people are kept, copies that were made, erasures owed to them."""

SCRIPT = """
ALTER TABLE people ADD COLUMN held_by TEXT NOT NULL DEFAULT '';
ALTER TABLE people ADD COLUMN held_at TEXT NOT NULL DEFAULT '';
ALTER TABLE people ADD COLUMN retain_until TEXT NOT NULL DEFAULT '';
ALTER TABLE people ADD COLUMN retention_basis TEXT NOT NULL DEFAULT '';
ALTER TABLE gallery ADD COLUMN retention_days INTEGER CHECK (retention_days > 0);

CREATE TABLE copies (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL CHECK (kind IN ('gallery', 'list')),
  path TEXT NOT NULL,
  made_at TEXT NOT NULL
);

CREATE TABLE owed_erasures (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  copy_id INTEGER NOT NULL REFERENCES copies (id) ON DELETE CASCADE,
  person_ids TEXT NOT NULL,
  template_ids TEXT NOT NULL,
  owed_since TEXT NOT NULL
);
"""
