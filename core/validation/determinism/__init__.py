"""Campaign ``determinism``, see `core.validation.determinism.campaign`."""
