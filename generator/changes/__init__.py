"""What changed between two versions of the spec, for whom it breaks, and what follows."""
