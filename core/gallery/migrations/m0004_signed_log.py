"""Version 4: a random name of the gallery's log, and signatures over where it ends."""

SCRIPT = """
CREATE TABLE log_identity (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  log_id TEXT NOT NULL
);
INSERT INTO log_identity (id, log_id) VALUES (1, lower(hex(randomblob(16))));
CREATE TRIGGER log_id_is_kept BEFORE DELETE ON log_identity BEGIN SELECT RAISE(ABORT, 'a gallery keeps its id'); END;
CREATE TRIGGER log_id_is_fixed BEFORE UPDATE ON log_identity BEGIN SELECT RAISE(ABORT, 'a gallery keeps its id'); END;

-- head: canonical JSON of a signed head, see core.evidence.heads
CREATE TABLE signed_heads (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  head TEXT NOT NULL
);
CREATE TRIGGER heads_are_kept BEFORE DELETE ON signed_heads BEGIN SELECT RAISE(ABORT, 'signatures are kept'); END;
CREATE TRIGGER heads_are_fixed BEFORE UPDATE ON signed_heads BEGIN SELECT RAISE(ABORT, 'signatures are kept'); END;
"""
