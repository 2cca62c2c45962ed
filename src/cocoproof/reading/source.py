"""Where the bytes come from: a regular file, standard input, or a document in memory; plain or gzip."""

from __future__ import annotations

import gzip
import io
import json
import os
import stat
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cocoproof.reading.defects import Defect, Unreadable

if TYPE_CHECKING:
    from cocoproof.model.json_types import JsonValue

__all__ = ["MAX_BYTES", "STDIN", "Source", "read_document", "read_source"]

STDIN = "-"
MAX_BYTES = 4 << 30
"""The largest document taken, after decompression: above 4 GiB the number parser stops, and a small gzip file that
unpacks to more is a bomb."""

_MAX_RATIO = 200
"""How many times its size a gzip file may unpack to, once that is more than `_FREE_BYTES`: COCO files shrink to a tenth, up
to a fiftieth where all rows are alike, and gzip's most is a thousandth."""
_FREE_BYTES = 256 << 20

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Source:
    """A document's bytes.

    Attributes:
        path: As the caller gave it; `-` for standard input, `<document>` for an object in memory.
        data: The bytes, decompressed.
        is_file: Whether `path` names a plain, uncompressed file that another reader may open.
        is_text: Whether lines and columns mean something to the caller.
        is_gzip: Whether the bytes were compressed where they came from.
    """

    path: str
    data: bytes
    is_file: bool = False
    is_text: bool = True
    is_gzip: bool = False


def read_source(path: str | os.PathLike[str]) -> Source:
    """Read a file, or standard input where the path is `-`.

    Raises:
        Unreadable: COCO001 where the file is missing, empty, no regular file, damaged gzip, or too large.
    """
    name = os.fspath(path)
    try:
        data = _read_standard_input() if name == STDIN else _read_regular(Path(name))
    except FileNotFoundError:
        raise _unreadable("there is no such file") from None
    except PermissionError:
        raise _unreadable("permission to read the file is denied") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL byte in the path
        raise _unreadable(f"the file cannot be read: {error}") from None
    compressed = data[:2] == b"\x1f\x8b"
    if compressed:
        data = _decompress(data)
    if not data:
        raise _unreadable("the file is empty; a JSON document is expected")
    if len(data) > MAX_BYTES:
        raise _unreadable(f"the document is larger than {MAX_BYTES >> 30} GiB")
    return Source(name, data, is_file=name != STDIN and not compressed, is_gzip=compressed)


def read_document(document: JsonValue) -> Source:
    """Take a document that is in memory already, as `json.load` would give it.

    Raises:
        TypeError: If it holds what JSON has no form for.
    """
    try:
        text = json.dumps(document, ensure_ascii=True)
    except (TypeError, ValueError, RecursionError) as error:
        msg = f"a document holds only dict, list, str, int, float, bool and None: {error}"
        raise TypeError(msg) from error
    return Source("<document>", text.encode("ascii"), is_text=False)


def _read_standard_input() -> bytes:
    if sys.stdin is None:
        raise _unreadable("standard input is closed")
    return sys.stdin.buffer.read(MAX_BYTES + 1)


def _read_regular(path: Path) -> bytes:
    """Read a regular file; a folder, a FIFO or a device is refused before it is opened, so nothing can hang."""
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise _unreadable("this is a folder, not a file")
    if not stat.S_ISREG(mode):
        raise _unreadable("this is no regular file (a FIFO, socket or device)")
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _decompress(data: bytes) -> bytes:
    parts: list[bytes] = []
    total = 0
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            while part := file.read(_CHUNK):
                parts.append(part)
                total += len(part)
                if total > MAX_BYTES:
                    raise _unreadable(f"the document unpacks to more than {MAX_BYTES >> 30} GiB")
                if total > max(_FREE_BYTES, _MAX_RATIO * len(data)):
                    raise _unreadable(f"the document unpacks to more than {_MAX_RATIO} times the file's size: it looks like a gzip bomb")
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(f"the gzip data is damaged: {error}") from None
    return b"".join(parts)


def _unreadable(message: str) -> Unreadable:
    return Unreadable(Defect("COCO001", message))
