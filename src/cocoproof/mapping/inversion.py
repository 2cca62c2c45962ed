"""The inverse of a class mapping, and why one cannot be inverted."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from cocoproof.mapping.category_list import Category
from cocoproof.mapping.class_matching import MappingParts, SourceClass
from cocoproof.model.suggestions import listed, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["inverted", "what_is_lost"]


def what_is_lost(parts: MappingParts) -> str | None:
    """A description of what a mapping merges or drops; None if it is invertible."""
    counts = Counter(row.category_id for row in parts.classes)
    for category in parts.categories:
        if counts[category.id] > 1:
            merged = [row for row in parts.classes if row.category_id == category.id]
            return f"category {quoted(category.name)} is made of {len(merged)} classes: {_shown(merged)}"
    dropping = parts.unmapped == "drop"
    lost = [row for row in parts.classes if row.dropped or (dropping and row.category_id is None)]
    if lost:
        return f"it drops {_shown(lost)}"
    if dropping and parts.classes[0].name is None:
        return "it drops every class id that is not in its table"
    return None if any(row.category_id is not None for row in parts.classes) else "no class has a category"


def _shown(rows: Sequence[SourceClass]) -> str:
    return listed(str(row.id) if row.name is None else row.name for row in rows)


def inverted(parts: MappingParts) -> MappingParts:
    """The mapping from category ids to class ids, for an invertible one."""
    names = {category.id: category.name for category in parts.categories}
    class_of = {row.category_id: row.id for row in parts.classes if row.category_id is not None}
    sources = tuple(
        SourceClass(category.id, category.name, class_of.get(category.id)) for category in parts.categories if category.id is not None
    )
    # A class of an id table has no name: it gets that of its only category.
    targets = ((row.id, names.get(row.category_id) if row.name is None else row.name) for row in parts.classes)
    return MappingParts(sources, tuple(Category(number, name) for number, name in targets if name is not None), "error")
