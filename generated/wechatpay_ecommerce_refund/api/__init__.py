# Generated from openapi.yaml by `python -m generator generate`; never edited by hand.
"""The operations of the spec, a package for each tag and a module for each operation."""
