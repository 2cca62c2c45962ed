"""Writes the document of an exporter that returns it instead of a file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cocoproof.atomic_write import write_atomic

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["write_document"]


def write_document(document: Any, path: Path) -> Path:
    """Write what an exporter returns, for `ExporterContract.export`.

    The file is replaced in one step, so the properties of the file on disk hold by this function, and say nothing of the exporter.

    Args:
        document: A JSON text, or what `json.dumps` takes: numbers of numpy raise a TypeError, as they would in the exporter's own code.
        path: The file.

    Returns:
        The path.

    Raises:
        TypeError: If the document has a value that JSON does not have.
        OSError: If the file cannot be written.
    """
    text = document if isinstance(document, (str, bytes)) else json.dumps(document)
    write_atomic(path, text if isinstance(text, bytes) else text.encode())
    return path
