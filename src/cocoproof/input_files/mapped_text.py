"""A file that is mapped into memory, with the methods of bytes that reading needs.

Its pages are those of the system's file cache: they take no memory of the process, and are read when they are used. The price is that the file
can change meanwhile: whoever reads it asks `changed` at the end, and believes nothing if it did.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import threading
import weakref
from typing import TYPE_CHECKING, Any, Protocol, overload

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["MappedText", "MappingLibrary", "map_file"]

_LEAST_WINDOW, _WINDOW = 1 << 8, 1 << 20
"""A search copies windows of the text, at first small ones: what is looked for is mostly near."""

_lock = threading.Lock()


class MappingLibrary(Protocol):
    """The functions of the native library: see `native/mapping.h`."""

    def map(self, descriptor: int, size: int, writable: bool) -> int | None:
        """The address of the file's bytes, which a NUL byte follows; None if it cannot be mapped."""

    def unmap(self, address: int) -> None:
        """Undo `map`."""

    def faults(self, address: int) -> bool:
        """Whether bytes were missing when they were read."""


class MappedText:
    """A mapped file. Use `map_file` to make one: the class itself has no bytes."""

    _address: int
    _descriptor: int
    _library: MappingLibrary
    _status: tuple[int, int]
    _writable: bool

    if TYPE_CHECKING:

        def __len__(self) -> int: ...
        def __buffer__(self, flags: int, /) -> memoryview: ...

    def belongs_to(self, address: int, descriptor: int, library: MappingLibrary, status: tuple[int, int], writable: bool) -> None:
        """Say which mapping it is: `map_file` does so once."""
        self._address = address
        self._descriptor = descriptor
        self._library = library
        self._status = status
        self._writable = writable

    @overload
    def __getitem__(self, at: int, /) -> int: ...
    @overload
    def __getitem__(self, at: slice, /) -> bytes: ...
    def __getitem__(self, at: int | slice, /) -> int | bytes:
        if isinstance(at, slice):
            return memoryview(self)[at].tobytes()
        # The array's own method: the item as an integer.
        return int(super().__getitem__(at))  # type: ignore[misc]

    def __contains__(self, part: bytes, /) -> bool:
        return self.find(part) >= 0

    def find(self, part: bytes, start: int = 0, end: int | None = None, /) -> int:
        """As the method of bytes."""
        start, end, _ = slice(start, end).indices(len(self))
        window = _LEAST_WINDOW
        while start <= end - len(part):
            found = self[start : min(start + window + len(part) - 1, end)].find(part)
            if found >= 0:
                return start + found
            start += window
            window = min(window * 4, _WINDOW)
        return -1

    def rfind(self, part: bytes, start: int = 0, end: int | None = None, /) -> int:
        """As the method of bytes."""
        start, end, _ = slice(start, end).indices(len(self))
        window = _LEAST_WINDOW
        while start <= end - len(part):
            begin = max(end - window - len(part) + 1, start)
            found = self[begin:end].rfind(part)
            if found >= 0:
                return begin + found
            end -= window
            window = min(window * 4, _WINDOW)
        return -1

    def count(self, part: bytes, start: int = 0, end: int | None = None, /) -> int:
        """As the method of bytes, for a single byte."""
        start, end, _ = slice(start, end).indices(len(self))
        return sum(self[at : min(at + _WINDOW, end)].count(part) for at in range(start, end, _WINDOW))

    def startswith(self, part: bytes, start: int = 0, /) -> bool:
        """As the method of bytes."""
        return self[start : start + len(part)] == part

    def isascii(self) -> bool:
        """As the method of bytes."""
        return all(self[at : at + _WINDOW].isascii() for at in range(0, len(self), _WINDOW))

    @property
    def changed(self) -> bool:
        """Whether the file was changed, or could not be read, since it was mapped: then what was read may be of any of its states."""
        return self._library.faults(self._address) or _status(self._descriptor) != self._status

    def to_change(self) -> Self:
        """A copy to be changed with `overwrite`, or the text itself if it is one: only pages that are changed take memory.

        Raises:
            OSError: If the file cannot be mapped again.
        """
        if self._writable:
            return self
        copied = map_file(self._descriptor, self._library, writable=True)
        if copied is None or len(copied) != len(self):
            msg = "the file cannot be mapped again"
            raise OSError(msg)
        return copied  # type: ignore[return-value]

    def overwrite(self, start: int, part: bytes) -> None:
        """Replace bytes of a copy.

        Raises:
            IndexError: If they do not lie within the text.
        """
        if not 0 <= start <= len(self) - len(part):
            raise IndexError(start)
        ctypes.memmove(self._address + start, part, len(part))


def map_file(descriptor: int, library: MappingLibrary, *, writable: bool = False) -> MappedText | None:
    """Map a regular file.

    Args:
        descriptor: The open file, which may be closed afterwards.
        library: The native library.
        writable: Whether `overwrite` will be used.

    Returns:
        None if the system does not map it, or it becomes shorter at this moment: it is to be read then.
    """
    status = _status(descriptor)
    size = status[0]
    with _lock:
        address = library.map(descriptor, size, writable)
    if address is None:
        return None
    own = os.dup(descriptor)
    kind: Any = type("MappedText", (MappedText, ctypes.c_ubyte * size), {})
    text: MappedText = kind.from_address(address)
    text.belongs_to(address, own, library, status, writable)
    # Every view of the bytes holds the object, so that nothing can look at them afterwards.
    weakref.finalize(text, _release, address, own, library)
    return text


def _release(address: int, descriptor: int, library: MappingLibrary) -> None:
    with _lock:
        library.unmap(address)
    with contextlib.suppress(OSError):
        os.close(descriptor)


def _status(descriptor: int) -> tuple[int, int]:
    """Size and time of change."""
    status = os.fstat(descriptor)
    return status.st_size, status.st_mtime_ns
