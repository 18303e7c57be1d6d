"""Documentation pages: reading them, comparing them with the spec, starting one from them."""
