"""Receivers of notices with three frameworks, and the store they share: see ../README.md."""
