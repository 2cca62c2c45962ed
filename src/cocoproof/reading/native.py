"""The native reader: a small C library (`native/reader.c`) that indexes a JSON text and reads rows into arrays.

It is optional. Without it, or for a text that is not plain, the reader in Python does the same work; tests compare the two. Calls release the GIL.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from cocoproof.model.native_file import native_file

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cocoproof.json_text import Text

__all__ = ["FieldType", "IndexedMember", "NativeLibrary", "Status", "TextIndex", "native_library", "reader_name"]


class Status(IntEnum):
    """The result of a call."""

    PLAIN = 0
    ODD = 1
    """Valid JSON, but a value has another type than expected, or only the reader in Python can determine it."""
    INVALID = 2
    NO_MEMORY = 3


class FieldType(IntEnum):
    """How a field is read."""

    INTEGER = 0
    REAL = 1
    BOX = 2
    STRING = 3
    PRESENCE = 4
    NUMBERS = 5
    SEGMENTATION = 6
    LICENSE = 7
    SCORE = 8


class _Member(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_int64) for name in ("key_start", "key_end", "start", "end", "first_row", "rows")),
        ("has_escapes", ctypes.c_int32),
        ("suspicious", ctypes.c_int32),
    )


class _Index(ctypes.Structure):
    _fields_ = (
        ("members", ctypes.c_int64),
        ("member", ctypes.POINTER(_Member)),
        ("rows", ctypes.c_int64),
        ("row_starts", ctypes.POINTER(ctypes.c_int64)),
        ("row_ends", ctypes.POINTER(ctypes.c_int64)),
        ("member_room", ctypes.c_int64),
        ("row_room", ctypes.c_int64),
        ("is_list", ctypes.c_int32),
        ("is_ascii", ctypes.c_int32),
    )


class Field(ctypes.Structure):
    """One field of the rows of a section, as the library takes it."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("length", ctypes.c_int64),
        ("type", ctypes.c_int32),
        ("reserved", ctypes.c_int32),
        ("values", ctypes.c_void_p),
        ("state", ctypes.c_void_p),
    )


class Numbers(ctypes.Structure):
    """Lists of numbers, as the library fills them."""

    _fields_ = (
        ("values", ctypes.c_void_p),
        ("lengths", ctypes.c_void_p),
        ("count", ctypes.c_int64),
        ("lists", ctypes.c_int64),
        ("room", ctypes.c_int64),
    )


class NativeMasks(ctypes.Structure):
    """Segmentations, as the library fills them."""

    _fields_ = (
        ("shape", ctypes.c_void_p),
        ("rings", ctypes.c_void_p),
        ("rle_rows", ctypes.c_int64),
        ("rle_row", ctypes.c_void_p),
        ("rle_size", ctypes.c_void_p),
        ("rle_counts", ctypes.c_void_p),
        ("runs", ctypes.c_void_p),
        ("run_count", ctypes.c_int64),
        ("run_room", ctypes.c_int64),
    )


class RaggedBuffers(ctypes.Structure):
    """The fields whose values are lists, as the library fills them."""

    _fields_ = (("rings", Numbers), ("keypoints", Numbers), ("masks", NativeMasks))


@dataclass(frozen=True, slots=True)
class IndexedMember:
    """A member of the document.

    Attributes:
        key: Its key; "" for a document that is a list.
        start: Offset of its value.
        rows: The range of its rows in the index, if it is a list; else None.
        suspicious: Whether it may have a duplicate key, or a number beyond a double, outside of rows.
    """

    key: str
    start: int
    rows: range | None
    suspicious: bool


@dataclass(frozen=True, slots=True, eq=False)
class TextIndex:
    """Where the members and rows of a document are.

    Attributes:
        members: The members in the order of the text; for a list, one.
        is_list: Whether the document is a list.
        starts, ends: Where each row starts and ends, int64; the rows are not validated yet, unless they are numbers or texts.
    """

    members: tuple[IndexedMember, ...]
    is_list: bool
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]


class NativeLibrary:
    """The loaded library."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library
        rows = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)
        library.cocoproof_index.argtypes = (ctypes.c_void_p, ctypes.c_int64, ctypes.POINTER(_Index))
        library.cocoproof_free_index.argtypes = (ctypes.POINTER(_Index),)
        library.cocoproof_free_index.restype = None
        library.cocoproof_validate.argtypes = (*rows, ctypes.POINTER(ctypes.c_int32))
        library.cocoproof_read_rows.argtypes = (
            *rows,
            ctypes.POINTER(Field),
            ctypes.c_int32,
            ctypes.POINTER(RaggedBuffers),
            ctypes.POINTER(ctypes.c_int32),
        )
        library.cocoproof_map.argtypes = (ctypes.c_int32, ctypes.c_int64, ctypes.c_int32)
        library.cocoproof_map.restype = ctypes.c_void_p
        library.cocoproof_unmap.argtypes = library.cocoproof_faults.argtypes = (ctypes.c_void_p,)
        library.cocoproof_unmap.restype = None

    def map(self, descriptor: int, size: int, writable: bool) -> int | None:
        """The address of the bytes of a file, which a NUL byte follows; None if it cannot be mapped."""
        address: int | None = self._library.cocoproof_map(descriptor, size, writable)
        return address

    def unmap(self, address: int) -> None:
        """Undo `map`."""
        self._library.cocoproof_unmap(address)

    def faults(self, address: int) -> bool:
        """Whether bytes of a mapping were missing when they were read."""
        return bool(self._library.cocoproof_faults(address))

    def index(self, data: Text) -> TextIndex | None:
        """The members and rows of a document; None if it is not plain JSON: the reader in Python finds the reason."""
        found = _Index()
        try:
            if self._library.cocoproof_index(data, len(data), ctypes.byref(found)) != Status.PLAIN:
                return None
            members = [_member(data, entry) for entry in found.member[: found.members]]
            # A duplicate key, or an escape that may hide one, needs explaining.
            if any(entry.has_escapes for entry in found.member[: found.members]) or len({one.key for one in members}) < len(members):
                return None
            return TextIndex(
                tuple(members), bool(found.is_list), _copied(found.row_starts, found.rows), _copied(found.row_ends, found.rows)
            )
        finally:
            self._library.cocoproof_free_index(ctypes.byref(found))

    def validate(self, data: Text, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> bool | None:
        """Validate rows: None if one is not JSON, else whether one may have a duplicate key or a number beyond a double."""
        suspicious = ctypes.c_int32()
        status = self._library.cocoproof_validate(data, _address(starts), _address(ends), len(starts), ctypes.byref(suspicious))
        return None if status == Status.INVALID else bool(suspicious.value)

    def read_rows(
        self, data: Text, starts: NDArray[np.int64], ends: NDArray[np.int64], fields: ctypes.Array[Field], out: RaggedBuffers
    ) -> tuple[Status, bool]:
        """Read rows into the columns that `fields` and `out` point to.

        Returns:
            The status, and whether a row may have a duplicate key, or a number beyond a double.
        """
        suspicious = ctypes.c_int32()
        status = self._library.cocoproof_read_rows(
            data, _address(starts), _address(ends), len(starts), fields, len(fields), ctypes.byref(out), ctypes.byref(suspicious)
        )
        return Status(status), bool(suspicious.value)


def _address(array: NDArray[Any]) -> int:
    return array.ctypes.data


def _member(data: Text, entry: _Member) -> IndexedMember:
    key = "" if entry.key_start < 0 else data[entry.key_start : entry.key_end].decode()
    rows = None if entry.rows < 0 else range(entry.first_row, entry.first_row + entry.rows)
    return IndexedMember(key, entry.start, rows, bool(entry.suspicious))


def _copied(pointer: Any, n: int) -> NDArray[np.int64]:
    return np.ctypeslib.as_array(pointer, (n,)).astype(np.int64) if n else np.empty(0, np.int64)


@cache
def native_library() -> NativeLibrary | None:
    """The library; None if it was not built, cannot be loaded, or is switched off."""
    library = native_file()
    return None if library is None else NativeLibrary(library)


def reader_name() -> str:
    """The reader that runs: `native` or `python`."""
    return "python" if native_library() is None else "native"
