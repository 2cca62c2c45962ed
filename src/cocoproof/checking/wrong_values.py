"""The wrong value of a finding, as a text that does not depend on the rest of the file.

A baseline accepts a value, not a position: another wrong value later is another finding. Values that the digest of a row contains
already (`columns.row_contents`) are excluded here, and so are ids, which an exporter renumbers; but the wrong value of a dangling
reference is its id.
"""

from __future__ import annotations

import json
import re
import threading
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.checking.frame_rules import contexts_of, path_of
from cocoproof.columns.tables import Column, RaggedColumn, ValueState, WrittenForm, lookup
from cocoproof.reading.locator import members

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from cocoproof.columns.tables import Table
    from cocoproof.model.json_types import JsonPath
    from cocoproof.reading.document import Document
    from cocoproof.rules.rule import RuleContext, Violation

__all__ = ["WrongValues", "readable"]

_IN_THE_ROW = frozenset(
    {
        "id",
        "bbox",
        "segmentation",
        "keypoints",
        "caption",
        "file_name",
        "name",
        "video_id",
        "track_id",
        "instance_id",
        "frame_id",
        "frame_index",
    }
)
"""Fields that are part of a row's digest, and ids of rows, which are not part of a fingerprint."""
_REFERENCES = frozenset({"image_id", "category_id", "license"})
_OF_IDS = frozenset({"COCO007", "COCO103"})
"""Rules about ids of a type or size that readers do not accept."""
_NUMBER = "\0"
"""Prefix of a number, to distinguish it from a string of the same characters."""
_MARKED = re.compile(r'"\\u0000([^"]*)"')
_CANONICAL = 1 << 16
"""A value of up to this many bytes is parsed and serialised again, so that white space does not matter."""


class WrongValues:
    """Reads the wrong values of one file's findings.

    Args:
        context: The context of the rules.
        document: The document that was read.
    """

    def __init__(self, context: RuleContext, document: Document) -> None:
        self._context = context
        self._document = document
        self._objects: dict[JsonPath, dict[str | int, list[bytes]]] = {}
        self._lock = threading.Lock()  # rules may run in threads, and a locator is not thread-safe

    def of(self, code: str, violation: Violation) -> str:
        """The wrong value of a finding; "" if row, field and `about` are sufficient.

        Args:
            code: The rule's code.
            violation: The violation.
        """
        if violation.from_reading:
            with self._lock:
                return self._as_written(code, violation)
        if not violation.from_row or violation.table is None or violation.row is None or not violation.path:
            return ""
        return self._of_field(violation.table, violation.row, str(violation.path[0]))

    def _of_field(self, table: str, row: int, field: str) -> str:
        own, name = contexts_of(self._context, table)
        if field == "segmentation" and not _is_sound(own, row):
            return self._broken(table, row, field)
        if field in _IN_THE_ROW:
            return ""
        column = getattr(getattr(own.coco, str(name)), field, None)
        if field in _REFERENCES:
            return str(column.written(row)) if column is not None and column.ok[row] and self._dangles(table, row, field) else ""
        if isinstance(column, RaggedColumn):
            return repr(column.rows[row].tolist())
        if not isinstance(column, Column):
            return ""
        if column.state[row] == ValueState.BROKEN:
            return self._broken(table, row, field)
        return repr(float(column.values[row])) if column.present[row] else ""

    def _broken(self, table: str, row: int, field: str) -> str:
        """The text of a field that has no value in its column."""
        if table == "segments":
            return ""
        with self._lock:
            return self._text(path_of(self._context, table, row, (field,)))

    def _dangles(self, table: str, row: int, field: str) -> bool:
        if field == "license":
            return bool(self._licenses[row] < 0)
        rows = getattr(self._context.coco, table)
        found: NDArray[np.int64] = rows.image_row if field == "image_id" else rows.category_row
        return bool(found[row] < 0)

    @cached_property
    def _licenses(self) -> NDArray[np.int64]:
        return lookup(self._context.coco.licenses, self._context.coco.images.license)

    def _as_written(self, code: str, violation: Violation) -> str:
        """The text of a value that is a defect found while reading."""
        if not violation.path:
            return ""
        if code == "COCO005":
            return self._repeated(violation.path)
        text = self._text(violation.path)
        if code in _OF_IDS and violation.path[-1] == "id":
            return _type(text)  # the value itself is not part of the fingerprint, like every id of a row
        return self._meant(str(violation.path[-1]), text) if code in _OF_IDS else text

    def _meant(self, field: str, text: str) -> str:
        """The target of a reference that is not a usable integer: a name if a row has the same id, else the text."""
        name = self._named(field).get(str(_parsed(text)).removeprefix(_NUMBER))
        return text if name is None else f"the id of {name}"

    def _named(self, field: str) -> Mapping[str, str]:
        return self._images if field == "image_id" else self._categories if field == "category_id" else {}

    @cached_property
    def _images(self) -> Mapping[str, str]:
        images = self._context.images
        return {identifier: images.file_name.values[row] for row, identifier in _texts(images)}

    @cached_property
    def _categories(self) -> Mapping[str, str]:
        categories = self._context.categories
        return {identifier: categories.name.values[row] for row, identifier in _texts(categories)}

    def _text(self, path: JsonPath) -> str:
        """The JSON text at a path, as written in the file."""
        locator, original = self._document.locator, self._document.source.data
        start = locator.offset_of(path)
        if start is None:
            return ""
        end = locator.end_of(start)
        # A value that is not JSON was overwritten by a shorter one, and spaces.
        while end < len(original) and locator.data[end] == ord(" ") != original[end]:
            end += 1
        return _canonical(original[start:end])

    def _repeated(self, path: JsonPath) -> str:
        """All values of a duplicate key; for a key of the document itself, those that readers drop."""
        container = path[:-1]
        if container not in self._objects:
            locator = self._document.locator
            start = locator.offset_of(container)
            values: dict[str | int, list[bytes]] = {}
            for member in members(locator.data, start) if start is not None else ():
                values.setdefault(member.key, []).append(self._document.source.data[member.start : member.end])
            self._objects = {container: {key: found for key, found in values.items() if len(found) > 1}}
        found = self._objects[container].get(path[-1], [])
        return " ".join(_canonical(one) for one in (found if container else found[:-1]))


def _is_sound(context: RuleContext, row: int) -> bool:
    """Whether the digest of an annotation contains its mask: runs that cannot be decoded are not part of it."""
    segmentation = context.coco.annotations.segmentation
    at = int(np.searchsorted(segmentation.rle_rows, row))
    return at == len(segmentation.rle_rows) or int(segmentation.rle_rows[at]) != row or bool(segmentation.rle_sound[at])


def _texts(table: Table) -> Iterator[tuple[int, str]]:
    """The ids of a table that are texts, or cannot be used, by row."""
    yield from ((row, str(odd)) for row, odd in table.odd_ids.items())
    if table.id.forms is not None:
        yield from ((row, str(table.id_of(row))) for row in np.flatnonzero(table.id.forms.are(WrittenForm.TEXT)).tolist())


def readable(value: str) -> str:
    """A wrong value for messages: numbers without their prefix."""
    return _MARKED.sub(r"\1", value)


def _type(text: str) -> str:
    value = _parsed(text)
    return "number" if isinstance(value, str) and value.startswith(_NUMBER) else type(value).__name__


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _spelt(number: str) -> str:
    return _NUMBER + number


def _canonical(raw: bytes) -> str:
    """A value's text without white space."""
    text = raw.decode("utf-8", "replace")
    if len(raw) > _CANONICAL:
        return text
    try:
        # The spelling of numbers is kept: 3.0 is another wrong value than 3, and than "3".
        return json.dumps(json.loads(text, parse_int=_spelt, parse_float=_spelt, parse_constant=_spelt), sort_keys=True)
    except (ValueError, RecursionError):
        return text
