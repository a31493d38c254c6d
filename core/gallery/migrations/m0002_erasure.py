"""Version 2: what a thorough erasure needs: former names, legal holds, an unfinished scrub."""

SCRIPT = """
ALTER TABLE people ADD COLUMN former_names TEXT NOT NULL DEFAULT '[]';
ALTER TABLE people ADD COLUMN legal_hold TEXT NOT NULL DEFAULT '';
ALTER TABLE gallery ADD COLUMN scrub_pending INTEGER NOT NULL DEFAULT 0;
"""
