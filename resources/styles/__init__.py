"""Style sheet of the window, a template over the tokens of `ui.tokens`, and its glyphs."""
