"""Reads the bytes of a document: a regular file, standard input, or a document in memory; plain or gzip."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cocoproof.input_files.gzip_data import GZIP_MAGIC, GzipError, unpack
from cocoproof.input_files.regular_file import NotRegularError, read_regular
from cocoproof.reading.defects import Defect, Unreadable

if TYPE_CHECKING:
    from cocoproof.model.json_types import JsonValue

__all__ = ["MAX_BYTES", "STDIN", "Source", "read_document", "read_source"]

STDIN = "-"
MAX_BYTES = 4 << 30
"""The largest document, after decompression: the number parser stops at 4 GiB, and a small gzip file that
unpacks to more is a decompression bomb."""


@dataclass(frozen=True, slots=True)
class Source:
    """A document's bytes.

    Attributes:
        path: As the caller gave it; `-` for standard input, `<document>` for an object in memory.
        data: The decompressed bytes.
        is_file: Whether `path` is an uncompressed file that another reader can open.
        is_text: Whether lines and columns are meaningful to the caller.
        is_gzip: Whether the bytes were compressed.
    """

    path: str
    data: bytes
    is_file: bool = False
    is_text: bool = True
    is_gzip: bool = False


def read_source(path: str | os.PathLike[str]) -> Source:
    """Read a file, or standard input if the path is `-`.

    Raises:
        Unreadable: COCO001, if the file is missing, empty, not a regular file, damaged gzip, or too large.
    """
    name = os.fspath(path)
    try:
        data = _read_standard_input() if name == STDIN else read_regular(name, MAX_BYTES)
    except NotRegularError as error:
        raise _unreadable(error.reason) from None
    except FileNotFoundError:
        raise _unreadable("there is no such file") from None
    except PermissionError:
        raise _unreadable("permission to read the file is denied") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL byte in the path
        raise _unreadable(f"the file cannot be read: {error}") from None
    compressed = data[:2] == GZIP_MAGIC
    if compressed:
        try:
            data = unpack(data, MAX_BYTES)
        except GzipError as error:
            raise _unreadable(str(error)) from None
    if not data:
        raise _unreadable("the file is empty; a JSON document is expected")
    if len(data) > MAX_BYTES:
        raise _unreadable(f"the document is larger than {MAX_BYTES >> 30} GiB")
    return Source(name, data, is_file=name != STDIN and not compressed, is_gzip=compressed)


def read_document(document: JsonValue) -> Source:
    """Encode a document in memory, as `json.load` returns it.

    Raises:
        TypeError: If it contains a value of a type that JSON does not have.
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


def _unreadable(message: str) -> Unreadable:
    return Unreadable(Defect("COCO001", message))
