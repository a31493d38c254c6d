"""The case folder and its database, on which analyses are autosaved."""
