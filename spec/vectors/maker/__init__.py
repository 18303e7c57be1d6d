"""Make the test vectors with openssl and plain string code, never with the client under test."""
