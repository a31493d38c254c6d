"""Version 5: what surrounds the face of a photo, beside its template."""

SCRIPT = """
CREATE TABLE surroundings_readers (
  id INTEGER PRIMARY KEY,
  reader_id TEXT NOT NULL UNIQUE CHECK (reader_id <> ''),
  dimension INTEGER NOT NULL CHECK (dimension > 0)
);

-- surroundings: float32, little-endian, unit norm; NULL where they were not read
ALTER TABLE templates ADD COLUMN surroundings BLOB;
ALTER TABLE templates ADD COLUMN surroundings_reader INTEGER REFERENCES surroundings_readers (id)
  CHECK ((surroundings IS NULL) = (surroundings_reader IS NULL));
"""
