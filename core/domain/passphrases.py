"""What is asked of a passphrase, whatever it opens."""

SHORTEST_PASSPHRASE = 8
"""Characters; shorter ones are guessed at once."""
