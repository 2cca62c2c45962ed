"""Readers of headers, one per format: pure functions on the first bytes of a file."""
