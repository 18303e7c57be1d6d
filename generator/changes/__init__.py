"""What changed between two versions of the contract, for whom it breaks, and what follows."""
