"""From documentation pages to a package whose calls pass against the sandbox."""
