"""Fixes of the text itself: a byte order mark, duplicate keys."""

from __future__ import annotations

from codecs import BOM_UTF8
from typing import TYPE_CHECKING

from cocoproof.fix.changes import Cut, NotFixed
from cocoproof.reading.locator import members

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cocoproof.fix.context import FixContext
    from cocoproof.model.json_types import JsonPath
    from cocoproof.reading.locator import Member

__all__ = ["byte_order_mark", "repeated_keys", "undecided"]


def byte_order_mark(context: FixContext) -> Iterator[Cut]:
    """Remove the mark."""
    if context.wants("COCO004") and context.text.original.startswith(BOM_UTF8):
        yield Cut("COCO004", (), (0, len(BOM_UTF8)))


def repeated_keys(context: FixContext) -> Iterator[Cut | NotFixed]:
    """Remove the earlier ones of equal keys, where all have the same value."""
    if not context.wants("COCO005"):
        return
    differ = 0
    for path, found, places in _repeated(context):
        if not _same_text(context, found, places):
            differ += 1
            continue
        # The last one counts, so that it is the one to stay; another member follows each of those before it.
        for place in places[:-1]:
            yield Cut("COCO005", path[:-1], (found[place].key_start, found[place + 1].key_start))
    if differ:
        yield NotFixed("COCO005", differ, "the values differ, and the right one is not known")


def undecided(context: FixContext) -> frozenset[JsonPath]:
    """Values that must not be changed: their keys are duplicates, and readers take the last one without a reason.

    Changed, the last one could become equal to the one before it, which a second run would then remove as a copy.
    """
    return frozenset(
        path for path, found, places in _repeated(context) if not context.wants("COCO005") or not _same_text(context, found, places)
    )


def _repeated(context: FixContext) -> Iterator[tuple[JsonPath, list[Member], list[int]]]:
    """Duplicate keys: their paths, the members of their objects, and which of them they are; none where that is unknown."""
    data = context.text.data
    objects: dict[JsonPath, dict[str | int, None]] = {}
    for defect in context.rule_context.defects:
        if defect.code == "COCO005":
            objects.setdefault(defect.path[:-1], {})[defect.path[-1]] = None
    for path, keys in objects.items():
        raw = context.text.find(path) if path else None
        found: list[Member] = []
        if raw is not None or not path:
            start = len(data) - len(data.lstrip()) if raw is None else context.text.span(raw)[0]
            found = list(members(data, start))
        for key in keys:
            yield (*path, key), found, [place for place, member in enumerate(found) if member.key == key]


def _same_text(context: FixContext, found: list[Member], places: list[int]) -> bool:
    return len({context.text.original[found[place].start : context.text.true_end(found[place].end)] for place in places}) == 1
