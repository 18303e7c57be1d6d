"""Documentation pages: reading them, comparing them with the contract, starting one from them."""
