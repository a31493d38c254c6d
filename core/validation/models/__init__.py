"""Campaign ``models``, see `core.validation.models.campaign`."""
