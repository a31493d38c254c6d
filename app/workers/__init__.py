"""Threads of the window: desks that own a database, the engine that owns the networks, the frame server."""
