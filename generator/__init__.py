"""Turns the OpenAPI spec into the typed client: `python -m generator`."""
