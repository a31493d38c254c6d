"""Campaigns that show what docs/validation.md promises; each is a module with a `CAMPAIGN`."""
