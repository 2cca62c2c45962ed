"""Bytes that arrive in parts, such as standard input and unpacked data: in memory, or beyond a limit in a temporary file."""

from __future__ import annotations

import io
from typing import IO, TYPE_CHECKING

from cocoproof.input_files.mapped_text import MappedText, map_file

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cocoproof.input_files.mapped_text import MappingLibrary

__all__ = ["HELD_BYTES", "collect"]

HELD_BYTES = 64 << 20
"""More than this many bytes go to a temporary file, so that what is refused in the end was never held."""


def collect(parts: Iterable[bytes], library: MappingLibrary | None) -> bytes | MappedText:
    """All parts as one text.

    Args:
        parts: The parts.
        library: The native library, which maps the temporary file; None if it is read into memory at the end.

    Raises:
        OSError: If there is no room for the temporary file (`TMPDIR` names the folder).
    """
    held: IO[bytes] = io.BytesIO()
    size = 0
    try:
        for part in parts:
            size += len(part)
            if isinstance(held, io.BytesIO) and size > HELD_BYTES:
                import tempfile

                file = tempfile.TemporaryFile()  # noqa: SIM115 # closed below
                file.write(held.getbuffer())
                held = file
            held.write(part)
        if isinstance(held, io.BytesIO):
            return held.getvalue()
        held.flush()
        mapped = None if library is None else map_file(held.fileno(), library)
        if mapped is not None:
            return mapped
        held.seek(0)
        return held.read()
    finally:
        held.close()
