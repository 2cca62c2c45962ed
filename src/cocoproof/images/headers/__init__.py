"""Readers of headers, one a format: pure functions on the first bytes of a file."""
