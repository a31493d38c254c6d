"""Icons of the window, drawn for it: 24 px strokes in currentColor, tinted by the theme."""
