"""Paths as other systems write them."""

from __future__ import annotations

import os

__all__ = ["portable"]


def portable(path: str) -> str:
    """A path with `/` between its parts, without `./` before them: as a repository names its files."""
    if os.sep == "\\":
        path = path.replace("\\", "/")
    while path.startswith("./") and len(path) > 2:
        path = path[2:].lstrip("/")
    return path
