"""Tables of a case. Arrays are raw little-endian BLOBs, pictures PNG, records and scalars JSON.

SQLite stores NaN as NULL and drops the sign of -0.0, so floats that must come back exactly are kept as JSON text.
Paths may hold undecodable bytes and are BLOBs (`core.casefile.codec.text_blob`).
"""

from __future__ import annotations

import re

APPLICATION_ID = 0x55736361  # "Usca", at offset 68 of the file
SCHEMA_VERSION = 7

# What schema 2 added: a person's decisions, faces that a person drew, and the tracks of a finished run.
REVIEW_SCRIPT = """
CREATE TABLE review (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1))
);

CREATE TABLE added_detections (
  run_id INTEGER NOT NULL,
  track_id INTEGER NOT NULL,
  frame_index INTEGER NOT NULL,
  face_number INTEGER NOT NULL,
  pts INTEGER NOT NULL,
  time_base TEXT NOT NULL,
  box_and_score TEXT NOT NULL,
  landmarks BLOB NOT NULL,
  quality TEXT,
  embedding BLOB,
  is_refined INTEGER NOT NULL,
  PRIMARY KEY (run_id, frame_index, face_number),
  FOREIGN KEY (run_id, frame_index) REFERENCES frames (run_id, frame_index) ON DELETE CASCADE
) WITHOUT ROWID;

-- faces: JSON list of [frame index, face number, 1 where a person drew the face]
CREATE TABLE tracks (
  run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  track_id INTEGER NOT NULL,
  person_track_id INTEGER,
  is_ignored INTEGER NOT NULL,
  faces TEXT NOT NULL,
  PRIMARY KEY (run_id, track_id)
) WITHOUT ROWID;
"""

# What schema 3 added: a random name of the case, and signatures over heads of the custody log. A statement ends at a
# semicolon that ends its line, so triggers are lines.
CUSTODY_SCRIPT = """
CREATE TABLE case_identity (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  case_id TEXT NOT NULL
);
INSERT INTO case_identity (id, case_id) VALUES (1, lower(hex(randomblob(16))));
CREATE TRIGGER identity_is_kept BEFORE DELETE ON case_identity BEGIN SELECT RAISE(ABORT, 'a case keeps its id'); END;
CREATE TRIGGER identity_is_fixed BEFORE UPDATE ON case_identity BEGIN SELECT RAISE(ABORT, 'a case keeps its id'); END;

-- head: canonical JSON of a signed head, see core.evidence.heads
CREATE TABLE signed_heads (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  head TEXT NOT NULL
);
CREATE TRIGGER heads_are_kept BEFORE DELETE ON signed_heads BEGIN SELECT RAISE(ABORT, 'signatures are kept'); END;
CREATE TRIGGER heads_are_fixed BEFORE UPDATE ON signed_heads BEGIN SELECT RAISE(ABORT, 'signatures are kept'); END;
"""

# What schema 4 added is in the custody log alone: hashes of every row (`core.casefile.binding_start` enters those that
# are missing). An older version would go on without them, and what it stored would be called put in: it refuses.
BINDING_SCRIPT = ""

FIRST_SCRIPT = """
CREATE TABLE case_info (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  info TEXT NOT NULL
);

CREATE TABLE run_basis (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  basis TEXT NOT NULL
);

CREATE TABLE evidence (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  sha256 TEXT NOT NULL,
  path BLOB NOT NULL,
  item TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'done', 'failed')),
  failure TEXT NOT NULL DEFAULT '',
  UNIQUE (sha256, path)
);

CREATE TABLE refused (
  id INTEGER PRIMARY KEY,
  path BLOB NOT NULL UNIQUE,
  reason TEXT NOT NULL
);

CREATE TABLE runs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  evidence_id INTEGER NOT NULL UNIQUE REFERENCES evidence (id) ON DELETE CASCADE,
  run_key TEXT NOT NULL,
  time_range TEXT NOT NULL,
  started_at TEXT NOT NULL,
  finder_state TEXT,
  n_decoded INTEGER NOT NULL DEFAULT 0,
  n_corrupt INTEGER NOT NULL DEFAULT 0,
  scan_done INTEGER NOT NULL DEFAULT 0,
  warnings TEXT NOT NULL DEFAULT '[]'
);

CREATE TABLE frames (
  run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  frame_index INTEGER NOT NULL,
  pts INTEGER NOT NULL,
  time_base TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  is_corrupt INTEGER NOT NULL,
  is_duplicate INTEGER NOT NULL,
  is_cut INTEGER NOT NULL,
  is_key INTEGER NOT NULL,
  PRIMARY KEY (run_id, frame_index)
) WITHOUT ROWID;

CREATE TABLE detections (
  run_id INTEGER NOT NULL,
  frame_index INTEGER NOT NULL,
  face_number INTEGER NOT NULL,
  pts INTEGER NOT NULL,
  time_base TEXT NOT NULL,
  box_and_score TEXT NOT NULL,
  landmarks BLOB NOT NULL,
  quality TEXT,
  embedding BLOB,
  is_refined INTEGER NOT NULL,
  PRIMARY KEY (run_id, frame_index, face_number),
  FOREIGN KEY (run_id, frame_index) REFERENCES frames (run_id, frame_index) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE TABLE crops (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL,
  frame_index INTEGER NOT NULL,
  face_number INTEGER NOT NULL,
  track_key INTEGER NOT NULL,
  pts INTEGER NOT NULL,
  time_base TEXT NOT NULL,
  frame_sha256 TEXT NOT NULL,
  frame_to_crop BLOB NOT NULL,
  landmarks BLOB NOT NULL,
  quality TEXT NOT NULL,
  png BLOB NOT NULL,
  UNIQUE (run_id, frame_index, face_number),
  FOREIGN KEY (run_id, frame_index) REFERENCES frames (run_id, frame_index) ON DELETE CASCADE
);
-- holds all that the list of crops needs, so that listing reads no page with pixels
CREATE INDEX crops_without_pixels ON crops (run_id, frame_index, face_number, track_key);

CREATE TABLE recovered (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL,
  frame_index INTEGER NOT NULL,
  face_number INTEGER NOT NULL,
  facts TEXT NOT NULL,
  input_embedding BLOB NOT NULL,
  source_embedding BLOB NOT NULL,
  target_embedding BLOB NOT NULL,
  source_png BLOB NOT NULL,
  target_png BLOB NOT NULL,
  map_shape TEXT NOT NULL,
  map_zlib BLOB NOT NULL,
  UNIQUE (run_id, frame_index, face_number),
  FOREIGN KEY (run_id, frame_index, face_number)
    REFERENCES crops (run_id, frame_index, face_number) ON DELETE CASCADE
);

CREATE TABLE results (
  run_id INTEGER PRIMARY KEY REFERENCES runs (id) ON DELETE CASCADE,
  result TEXT NOT NULL
);

CREATE TABLE result_pictures (
  run_id INTEGER NOT NULL REFERENCES results (run_id) ON DELETE CASCADE,
  sha256 TEXT NOT NULL,
  picture BLOB NOT NULL,
  PRIMARY KEY (run_id, sha256)
) WITHOUT ROWID;

CREATE TABLE audit (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  entry TEXT NOT NULL,
  entry_sha256 TEXT NOT NULL
);
CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit
BEGIN
  SELECT RAISE(ABORT, 'audit entries are never deleted');
END;
CREATE TRIGGER audit_is_fixed BEFORE UPDATE ON audit
BEGIN
  SELECT RAISE(ABORT, 'audit entries are never changed');
END;
CREATE TRIGGER audit_is_appended BEFORE INSERT ON audit
WHEN NEW.number <> (SELECT ifnull(max(number), 0) + 1 FROM audit)
BEGIN
  SELECT RAISE(ABORT, 'audit entries are only appended');
END;
"""

SCRIPT = FIRST_SCRIPT + REVIEW_SCRIPT + CUSTODY_SCRIPT + BINDING_SCRIPT
# Recovered faces hold what surrounds them within `facts`, so that rows of before keep the hashes that logs hold of
# them. No table changes; a version that does not know it must refuse such a case all the same.
SURROUNDINGS_SCRIPT = ""
# The log holds the hash of the list of refused inputs (`core.casefile.refused_rows`). A version that does not know it
# would change that list without a word, and be called a forger.
REFUSED_SCRIPT = ""
# What results were made with is kept for each item; earlier versions, which know one run alone, could not read it.
RUN_BASES_SCRIPT = ""
MIGRATIONS = {
    1: REVIEW_SCRIPT,
    2: CUSTODY_SCRIPT,
    3: BINDING_SCRIPT,
    4: SURROUNDINGS_SCRIPT,
    5: REFUSED_SCRIPT,
    6: RUN_BASES_SCRIPT,
}
"""By the version it starts from: what brings a case one version further."""
BOUND_SINCE = 4
"""Schema version from which on the custody log holds hashes of everything that is stored but refused inputs."""
REFUSED_BOUND_SINCE = 6
"""Schema version from which on it holds that of refused inputs, too."""

TRIGGERS = {found[1]: found[0] for found in re.finditer(r"CREATE TRIGGER (\w+) .*?END(?=;)", SCRIPT, re.DOTALL)}
"""What keeps log, signatures and id as they are: the statement of each trigger by its name."""
