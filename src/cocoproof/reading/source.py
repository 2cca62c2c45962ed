"""Reads the bytes of a document: a regular file, standard input, or a document in memory; plain, gzip or zstd."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from cocoproof.input_files.mapped_text import MappedText, map_file
from cocoproof.input_files.packed_data import PackedError, Packing, packing_of, unpacked
from cocoproof.input_files.regular_file import NotRegularError, open_regular
from cocoproof.input_files.spool import collect
from cocoproof.reading.defects import Defect, Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cocoproof.model.json_types import JsonValue
    from cocoproof.reading.native import NativeLibrary

__all__ = ["LEAST_MAPPED", "STDIN", "Source", "read_document", "read_source"]

STDIN = "-"
LEAST_MAPPED = 8 << 20
"""A smaller file is read: nothing can change it afterwards."""

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Source:
    """A document's bytes.

    Attributes:
        path: As the caller gave it; `-` for standard input, `<document>` for an object in memory.
        data: The unpacked bytes, or the file that has them.
        is_file: Whether `path` is an uncompressed file that another reader can open.
        is_text: Whether lines and columns are meaningful to the caller.
        packing: How the bytes were compressed; None if they were not.
    """

    path: str
    data: bytes | MappedText
    is_file: bool = False
    is_text: bool = True
    packing: Packing | None = None

    @property
    def content(self) -> bytes:
        """The bytes in memory; those of a mapped file are copied."""
        return self.data if isinstance(self.data, bytes) else self.data[:]

    @property
    def changed(self) -> bool:
        """Whether a mapped file was changed since: nothing that was read of it may be believed."""
        return isinstance(self.data, MappedText) and self.data.changed


def read_source(path: str | os.PathLike[str], *, mapped: bool = False, on_bytes: Callable[[int], None] | None = None) -> Source:
    """Read a file, or standard input if the path is `-`.

    Args:
        path: The path.
        mapped: Whether a large file may be mapped instead of read; who uses it then asks at the end whether it has `changed`. Without the
            native library, and on Windows, where a mapped file cannot be replaced, files are read.
        on_bytes: Called from time to time with the number of bytes that were unpacked or read so far.

    Raises:
        Unreadable: COCO001, if the file is missing, empty, not a regular file, damaged gzip or zstd, or too large for the memory.
    """
    name = os.fspath(path)
    library = None
    if mapped:
        from cocoproof.reading.native import native_library  # it needs numpy, which --help does without

        library = native_library()
    try:
        if name == STDIN:
            source = _stream(name, _standard_input(), None, library, on_bytes)
        else:
            with open_regular(name) as (file, size):
                source = _file(name, file, size, library, on_bytes)
    except NotRegularError as error:
        raise _unreadable(error.reason) from None
    except FileNotFoundError:
        raise _unreadable("there is no such file") from None
    except PermissionError:
        raise _unreadable("permission to read the file is denied") from None
    except PackedError as error:
        raise _unreadable(str(error)) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL byte in the path
        raise _unreadable(f"the file cannot be read: {error}") from None
    except MemoryError:
        raise _unreadable("the memory does not suffice to read the file") from None
    if not len(source.data):
        raise _unreadable("the file is empty; a JSON document is expected")
    return source


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


def _file(name: str, file: IO[bytes], size: int, library: NativeLibrary | None, on_bytes: Callable[[int], None] | None) -> Source:
    if packing_of(file.read(min(size, 4))) is not None:
        file.seek(0)
        return _stream(name, file, size, library, on_bytes)
    data = None
    if library is not None and size >= LEAST_MAPPED:
        data = map_file(file.fileno(), library)
    if data is not None:
        return Source(name, data, is_file=True)
    file.seek(0)
    return Source(name, file.read(size), is_file=True)


def _stream(name: str, file: IO[bytes], size: int | None, library: NativeLibrary | None, on_bytes: Callable[[int], None] | None) -> Source:
    start = file.read(4 if size is None else min(size, 4))
    packing = packing_of(start)

    def parts() -> Iterator[bytes]:
        part, left = start, None if size is None else size - len(start)
        while part:
            yield part
            part = file.read(_CHUNK if left is None else min(_CHUNK, left))
            left = None if left is None else left - len(part)

    def counted(each: Iterator[bytes]) -> Iterator[bytes]:
        total = 0
        for part in each:
            total += len(part)
            if on_bytes is not None:
                on_bytes(total)
            yield part

    data = collect(counted(parts() if packing is None else unpacked(parts(), packing, size=size)), library)
    return Source(name, data, packing=packing)


def _standard_input() -> IO[bytes]:
    if sys.stdin is None:
        raise _unreadable("standard input is closed")
    return sys.stdin.buffer


def _unreadable(message: str) -> Unreadable:
    return Unreadable(Defect("COCO001", message))
