"""Turns the OpenAPI contract into the typed client: `python -m generator`."""
