"""Repairs of the text itself: a byte order mark, keys that stand twice."""

from __future__ import annotations

from codecs import BOM_UTF8
from typing import TYPE_CHECKING

from cocoproof.fix.changes import Cut, Left
from cocoproof.reading.locate import members

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cocoproof.fix.sheet import Sheet
    from cocoproof.reading.locate import Path

__all__ = ["byte_order_mark", "repeated_keys"]


def byte_order_mark(sheet: Sheet) -> Iterator[Cut]:
    """Take the mark away."""
    if sheet.wants("COCO004") and sheet.text.original.startswith(BOM_UTF8):
        yield Cut("COCO004", (), (0, len(BOM_UTF8)))


def repeated_keys(sheet: Sheet) -> Iterator[Cut | Left]:
    """Take the earlier ones of equal keys away, where all have the same value."""
    data = sheet.text.data
    objects: dict[Path, dict[str | int, None]] = {}
    differ = 0
    for defect in sheet.defects("COCO005"):
        objects.setdefault(defect.path[:-1], {})[defect.path[-1]] = None
    for path, keys in objects.items():
        raw = sheet.text.find(path) if path else None
        if path and raw is None:
            differ += len(keys)
            continue
        start = len(data) - len(data.lstrip()) if raw is None else sheet.text.span(raw)[0]
        found = list(members(data, start))
        for key in keys:
            places = [place for place, member in enumerate(found) if member.key == key]
            if len({sheet.text.original[found[place].start : sheet.text.true_end(found[place].end)] for place in places}) > 1:
                differ += 1
                continue
            # The last one counts, so that it is the one to stay; another member follows each of those before it.
            for place in places[:-1]:
                yield Cut("COCO005", path, (found[place].key_start, found[place + 1].key_start))
    if differ:
        yield Left("COCO005", differ, "the values differ, and nobody knows which is right")
