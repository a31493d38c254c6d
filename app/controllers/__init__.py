"""Controllers: they join the views to the session and its workers."""
