"""From a path to its position in the text, and back. Only findings need positions, so the text is walked only for them."""

from __future__ import annotations

import json
import re
from array import array
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.geometry.kernels import kernels

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from cocoproof.json_text import Text
    from cocoproof.model.json_types import JsonPath

__all__ = ["Locator", "Member", "end_of_string", "members", "skip_space"]

_SPACE = re.compile(rb"[ \t\r\n]*")
_SCALAR = re.compile(rb"[^,\]}\s]+")
_STRUCTURE = re.compile(rb'["\[\]{}]')

_NEWLINE, _PIECE = 10, 1 << 16

_REMEMBERED = 64
"""The most arrays and objects whose entries are cached: those on the paths of a few findings."""


@dataclass(frozen=True, slots=True)
class Member:
    """One entry of an array or object: its key, where the key starts, and where its value starts and ends."""

    key: str | int
    key_start: int
    start: int
    end: int


def members(data: Text, start: int) -> Iterator[Member]:
    """Walk the entries of the array or object that starts at an offset of strict JSON; nothing for another value."""
    is_object = data[start : start + 1] == b"{"
    if not is_object and data[start : start + 1] != b"[":
        return
    at = skip_space(data, start + 1)
    index = 0
    while data[at : at + 1] not in (b"]", b"}", b""):
        key: str | int = index
        key_start = at
        if is_object:
            end = _end_of_value(data, at)
            key = _string(data[at:end])
            at = skip_space(data, skip_space(data, end) + 1)
        end = _end_of_value(data, at)
        yield Member(key, key_start, at, end)
        at = skip_space(data, end)
        if data[at : at + 1] == b",":
            at = skip_space(data, at + 1)
        index += 1


def _string(text: bytes) -> str:
    """The string that a JSON text is."""
    if b"\\" in text:
        value: str = json.loads(text, strict=False)
        return value
    return text[1:-1].decode()


def _count_lines(raw: NDArray[np.uint8], start: int, end: int) -> tuple[int, int, int]:
    """How many lines end between two offsets, the offset after the last line end (`start` without one), and how many bytes from there on continue a character."""
    library = kernels()
    if library is not None:
        return library.count_lines(raw, start, end)

    def pieces(first: int) -> Iterator[NDArray[np.uint8]]:
        """What fits a processor's cache, piece by piece."""
        return (raw[at : min(at + _PIECE, end)] for at in range(first, end, _PIECE))

    lines = sum(int(np.count_nonzero(piece == _NEWLINE)) for piece in pieces(start))
    last, stop = start, end
    while lines and last == start:
        begin = max(stop - _PIECE, start)
        found = np.flatnonzero(raw[begin:stop] == _NEWLINE)
        last = begin + int(found[-1]) + 1 if len(found) else start
        stop = begin
    # Bytes 10xxxxxx continue a character.
    return lines, last, sum(int(np.count_nonzero((piece & 0xC0) == 0x80)) for piece in pieces(last))


def skip_space(data: Text, at: int) -> int:
    """Offset of what follows the white space at an offset."""
    match = _SPACE.match(data, at)
    return match.end() if match else at


def end_of_string(data: Text, at: int) -> int:
    """Offset just after the string that starts at an offset of strict JSON."""
    # Not with a regular expression, which takes a hundred bytes of memory for each byte of a long string.
    begin = at + 1
    while (end := data.find(b'"', begin)) >= 0:
        escapes = data[begin:end]
        if (len(escapes) - len(escapes.rstrip(b"\\"))) % 2 == 0:
            return end + 1
        begin = end + 1
    return len(data)


def _end_of_value(data: Text, at: int) -> int:
    first = data[at : at + 1]
    if first == b'"':
        return end_of_string(data, at)
    if first in (b"[", b"{"):
        return _end_of_container(data, at)
    match = _SCALAR.match(data, at)
    return match.end() if match else len(data)


def _end_of_container(data: Text, at: int) -> int:
    depth = 0
    while match := _STRUCTURE.search(data, at):
        if match[0] == b'"':
            at = end_of_string(data, match.start())
            continue
        depth += 1 if match[0] in b"[{" else -1
        at = match.end()
        if depth == 0:
            return at
    return len(data)


class _Entries:
    """Offsets of the entries of one array or object; it is walked only as far as needed."""

    def __init__(self, ahead: Iterator[Member]) -> None:
        self._ahead = ahead
        self._by_key: dict[str, int] = {}
        self._by_index = array("q")

    def start_of(self, part: str | int) -> int | None:
        """Offset of the entry with this key or index, or None. Of duplicate keys the last counts, as for every reader."""
        if isinstance(part, int) and part < len(self._by_index):
            return self._by_index[part]
        for member in self._ahead:
            if isinstance(member.key, str):
                self._by_key[member.key] = member.start
                continue
            self._by_index.append(member.start)
            if member.key == part:
                return member.start
        return self._by_key.get(part) if isinstance(part, str) else None


@dataclass(eq=False)
class Locator:
    """Positions in one text.

    Attributes:
        data: The text, strict JSON; for another text, only `positions` may be called.
        sections: Start of each top-level value, by its path: `("annotations",)`.
        rows: Start of each row of the sections that are lists, int64; the key is `()` if the document is a list.
        names: For each section that the document has under another name, as a dictionary: that name, and the keys of its rows.
        unseen: Characters at the start that editors do not count: the replacement of a byte order mark.
    """

    data: Text
    sections: dict[JsonPath, int] = field(default_factory=dict)
    rows: dict[JsonPath, NDArray[np.int64]] = field(default_factory=dict)
    unseen: int = 0
    names: Mapping[str, tuple[str, Sequence[str | int]]] = field(default_factory=dict)
    _walked: dict[int, _Entries] = field(default_factory=dict, init=False, repr=False)

    def offset_of(self, path: JsonPath) -> int | None:
        """Byte offset of the value at a path, or of its nearest ancestor that exists."""
        offset, rest = self._anchor(path)
        for part in rest:
            found = self._entries_of(offset).start_of(part)
            if found is None:
                break
            offset = found
        return offset

    def as_written(self, path: JsonPath) -> JsonPath:
        """A path in the columns' sections and rows, as it is in the document: `("anns", "45346", "bbox")` for `("annotations", 0, "bbox")`."""
        if not path or path[0] not in self.names:
            return path
        name, keys = self.names[str(path[0])]
        row = path[1:2]
        if row and isinstance(row[0], int) and row[0] < len(keys):
            row = (keys[row[0]],)
        return (name, *row, *path[2:])

    def end_of(self, start: int) -> int:
        """Offset just after the value that starts at an offset."""
        return _end_of_value(self.data, start)

    def path_of(self, offset: int) -> JsonPath:
        """The path of the innermost value, or object key, that contains an offset."""
        return self.paths_of([offset])[0]

    def paths_of(self, offsets: Sequence[int]) -> list[JsonPath]:
        """The path of the innermost value, or object key, that contains each offset: each row is walked once."""
        groups: dict[tuple[JsonPath, int], list[int]] = {}
        ends: dict[int, int] = {}
        for offset in sorted(set(offsets)):
            groups.setdefault(self._enclosing(offset, ends), []).append(offset)
        found: dict[int, JsonPath] = {}
        for (path, start), inside in groups.items():
            found.update(zip(inside, self._walk(path, start, inside), strict=True))
        return [found[offset] for offset in offsets]

    def positions(self, offsets: Sequence[int]) -> list[tuple[int, int]]:
        """Line and column of byte offsets.

        Args:
            offsets: In any order.

        Returns:
            One (line, column) per offset, both from 1; columns count characters, not bytes.
        """
        raw = np.frombuffer(memoryview(self.data), np.uint8)
        out: dict[int, tuple[int, int]] = {}
        line, at, column = 1, 0, 1
        for offset in sorted(set(offsets)):
            lines, last, continued = _count_lines(raw, at, offset)
            line += lines
            column = (1 if lines else column) + offset - last - continued
            at = offset
            out[offset] = (line, column if line > 1 else max(column - self.unseen, 1))
        return [out[offset] for offset in offsets]

    def _entries_of(self, start: int) -> _Entries:
        """The entries of the value that starts at an offset, cached for further findings in the same value."""
        entries = self._walked.pop(start, None)
        if entries is None:
            entries = _Entries(members(self.data, start))
            if len(self._walked) == _REMEMBERED:
                del self._walked[next(iter(self._walked))]
        self._walked[start] = entries
        return entries

    def _anchor(self, path: JsonPath) -> tuple[int, JsonPath]:
        """The deepest value on a path whose offset is known without walking, and the rest of the path."""
        for depth in (1, 0):
            prefix, rest = path[:depth], path[depth:]
            rows = self.rows.get(prefix)
            if rows is not None and rest and isinstance(rest[0], int) and rest[0] < len(rows):
                return int(rows[rest[0]]), rest[1:]
            if prefix in self.sections:
                return self.sections[prefix], rest
        return skip_space(self.data, 0), path

    def _enclosing(self, offset: int, ends: dict[int, int]) -> tuple[JsonPath, int]:
        """The row that contains an offset, or the document; `ends` caches where rows end."""
        for section, rows in self.rows.items():
            row = bisect_right(rows, offset) - 1
            if row >= 0:
                start = int(rows[row])
                if start not in ends:
                    ends[start] = _end_of_value(self.data, start)
                if offset < ends[start]:
                    return (*section, row), start
        return (), skip_space(self.data, 0)

    def _walk(self, base: JsonPath, start: int, offsets: Sequence[int]) -> list[JsonPath]:
        """The paths of ascending offsets in the value that starts at an offset and has the path `base`."""
        data, path = self.data, list(base)
        found: list[JsonPath] = []

        def pass_by(end: int) -> None:
            while len(found) < len(offsets) and offsets[len(found)] < end:
                found.append(tuple(path))

        # For each open container: the index of its next entry, None for an object.
        opened: list[int | None] = []
        at = start
        if data[at : at + 1] in (b"[", b"{"):
            opened, at = self._enter(path, at)
        while opened and len(found) < len(offsets):
            at = skip_space(data, at)
            if data[at : at + 1] in (b"]", b"}", b""):
                at += 1
                pass_by(at)
                opened.pop()
                if opened:  # the outermost container is not an entry
                    path.pop()
                continue
            if data[at : at + 1] == b",":
                at += 1
                continue
            pass_by(at)
            index = opened[-1]
            if index is None:
                end = _end_of_value(data, at)
                path.append(_string(data[at:end]))
                at = skip_space(data, skip_space(data, end) + 1)
            else:
                path.append(index)
                opened[-1] = index + 1
            if data[at : at + 1] in (b"[", b"{"):
                inner, at = self._enter(path, at)
                opened += inner
            else:
                at = _end_of_value(data, at)
                pass_by(at)
                path.pop()
        return found + [base] * (len(offsets) - len(found))

    def _enter(self, path: Sequence[str | int], at: int) -> tuple[list[int | None], int]:
        """Where to continue in the container that starts at an offset: after its rows, if they are known, else inside."""
        if self.data[at : at + 1] == b"{":
            return [None], at + 1
        rows = self.rows.get(tuple(path)) if len(path) < 2 else None
        if rows is not None and len(rows) and int(rows[0]) == skip_space(self.data, at + 1):
            return [len(rows)], _end_of_value(self.data, int(rows[-1]))
        return [0], at + 1
