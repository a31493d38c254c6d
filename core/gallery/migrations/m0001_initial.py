"""Version 1: one gallery, its embedder, people, templates, thumbnails, audit."""

SCRIPT = """
CREATE TABLE embedders (
  id INTEGER PRIMARY KEY,
  embedder_id TEXT NOT NULL UNIQUE,
  dimension INTEGER CHECK (dimension > 0)
);

CREATE TABLE gallery (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  revision INTEGER NOT NULL DEFAULT 0,
  embedder INTEGER NOT NULL REFERENCES embedders (id),
  token_key BLOB NOT NULL,
  created_at TEXT NOT NULL
);

CREATE TABLE people (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL CHECK (name <> ''),
  note TEXT NOT NULL DEFAULT '',
  basis TEXT NOT NULL DEFAULT '',
  added_at TEXT NOT NULL
);
CREATE INDEX people_by_name ON people (name);

CREATE TABLE templates (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  person_id INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
  embedder INTEGER NOT NULL REFERENCES embedders (id),
  embedding BLOB NOT NULL,
  photo_sha256 BLOB,
  photo_name TEXT NOT NULL DEFAULT '',
  quality REAL NOT NULL DEFAULT 0,
  added_at TEXT NOT NULL
);
CREATE INDEX templates_by_person ON templates (person_id);
CREATE UNIQUE INDEX one_template_a_photo ON templates (photo_sha256, person_id)
  WHERE photo_sha256 IS NOT NULL;

CREATE TABLE thumbnails (
  template_id INTEGER PRIMARY KEY REFERENCES templates (id) ON DELETE CASCADE,
  png BLOB NOT NULL
);

CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  person_id INTEGER,
  person_token TEXT NOT NULL DEFAULT '',
  basis TEXT NOT NULL DEFAULT '',
  detail TEXT NOT NULL DEFAULT '',
  nonce BLOB,
  text_sha256 TEXT NOT NULL,
  entry_sha256 TEXT NOT NULL
);
CREATE INDEX audit_by_person ON audit (person_id);
CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit
BEGIN
  SELECT RAISE(ABORT, 'audit entries are never deleted');
END;
CREATE TRIGGER audit_is_fixed
BEFORE UPDATE OF id, at, actor, action, person_id, person_token, text_sha256, entry_sha256 ON audit
BEGIN
  SELECT RAISE(ABORT, 'audit entries are never changed');
END;
"""
