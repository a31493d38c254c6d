"""Version 6: whether a copy owes the names in the records of others, too; nobody chose so before."""

SCRIPT = """
ALTER TABLE owed_erasures ADD COLUMN redact_mentions INTEGER NOT NULL DEFAULT 0;
"""
