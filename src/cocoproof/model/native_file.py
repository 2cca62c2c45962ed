"""The native library: a small C library that reads JSON text and computes on columns. It is optional; without it Python code does the same work."""

from __future__ import annotations

import ctypes
import os
from functools import cache
from pathlib import Path

__all__ = ["LIBRARY_FILE", "native_file"]

_INTERFACE_VERSION = 6
LIBRARY_FILE = "reader.native.dll" if os.name == "nt" else "reader.native.so"
"""The library's name in the folder of `reading`, where the build puts it. With the dot it is not taken for a module of Python's."""

_CHOICE = "COCOPROOF_READER"
"""The environment variable that selects the code: `python` for the one in Python even where the library is installed."""


@cache
def native_file() -> ctypes.CDLL | None:
    """The loaded library; None if it was not built, cannot be loaded, is of another version, or is switched off."""
    if os.environ.get(_CHOICE, "").lower() == "python":
        return None
    try:
        library = ctypes.CDLL(str(Path(__file__).parents[1] / "reading" / LIBRARY_FILE))
        return library if library.cocoproof_interface_version() == _INTERFACE_VERSION else None
    except (OSError, AttributeError):
        return None
