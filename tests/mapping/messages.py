"""Whole messages: what a user reads says what is wrong, where, what was expected and what to do, so tests hold to all of it."""

from __future__ import annotations


def says(error: Exception, said: str) -> bool:
    """Whether this is the error's whole message. Where `said` ends with an ellipsis, a library's own words follow."""
    return str(error).startswith(said[:-1]) if said.endswith("…") else str(error) == said
