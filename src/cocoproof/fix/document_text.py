"""A document's text, and its values by their paths."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

import msgspec
from msgspec import Raw

from cocoproof.json_text import REFUSALS
from cocoproof.reading.edits import Spans
from cocoproof.reading.strict_text import make_strict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cocoproof.model.json_types import JsonPath

__all__ = ["Container", "JsonText", "entries_of", "entry"]

Container: TypeAlias = "dict[str, Raw] | list[Raw]"

_SPACES = re.compile(rb" *")

_decode_container = msgspec.json.Decoder(dict[str, Raw] | list[Raw]).decode


def entries_of(raw: bytes | Raw) -> Container | None:
    """The entries of an object or a list; of two equal keys the last, as for every reader. None of another value."""
    try:
        entries: Container = _decode_container(raw)
    except REFUSALS:
        return None
    return entries


def entry(entries: Container | None, part: str | int) -> Raw | None:
    """The entry under a key or an index, or None."""
    if isinstance(entries, dict):
        return entries.get(part) if isinstance(part, str) else None
    return entries[part] if isinstance(entries, list) and isinstance(part, int) and part < len(entries) else None


class JsonText:
    """A text, and its values by their paths.

    Args:
        original: The text as it was read.

    Attributes:
        original: That text.
        data: The same, overwritten where it is not JSON: of the same length.
        top: The entries of the document; None if it is neither an object nor a list.

    Raises:
        Unreadable: If it is not a JSON document.
    """

    def __init__(self, original: bytes) -> None:
        strict = make_strict(original)
        self.original = original
        self.data = strict.data
        self.top = strict.top
        self._spans = Spans(strict.data)
        self._rows: dict[str, list[Raw]] = {}

    def rows(self, section: str) -> list[Raw]:
        """The rows of a section; those of a results list are those of the section ""."""
        if section not in self._rows:
            raw = entry(self.top, section)
            found = self.top if not section else None if raw is None else entries_of(raw)
            self._rows[section] = found if isinstance(found, list) else []
        return self._rows[section]

    def row(self, section: str, place: int) -> Mapping[str, Raw]:
        """The members of a row; empty if it is not an object."""
        entries = entries_of(self.rows(section)[place])
        return entries if isinstance(entries, dict) else {}

    def find(self, path: JsonPath) -> Raw | None:
        """The value at a path, or None."""
        entries, rest = self.top, path
        if len(path) > 1 and isinstance(path[0], str) and isinstance(path[1], int):
            entries, rest = self.rows(path[0]), path[1:]  # which was taken apart already
        raw = None
        for part in rest:
            raw = entry(entries, part)
            if raw is None:
                return None
            entries = entries_of(raw)
        return raw

    def span(self, raw: Raw) -> tuple[int, int]:
        """First byte of a value as it was read, and the byte after its last."""
        start, end = self._spans.of(raw)
        return start, self.true_end(end)

    def true_end(self, end: int) -> int:
        """Where a value ends in the text as it was read that ends here in the overwritten one.

        What is not JSON (NaN, Infinity, what was nested too deep) was overwritten by something shorter, and spaces.
        """
        if self.data is self.original:
            return end
        filled = _SPACES.match(self.data, end)
        last = end if filled is None else filled.end()
        while last > end and self.data[last - 1] == self.original[last - 1]:
            last -= 1
        return last

    def shown(self, raw: Raw) -> bytes:
        """The text of a value as it was read."""
        return bytes(raw) if self.data is self.original else self.original[slice(*self.span(raw))]
