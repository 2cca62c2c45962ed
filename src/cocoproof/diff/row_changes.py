"""Images and categories: which were added, removed, renamed or changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.diff.annotation_changes import annotation_name
from cocoproof.diff.raw_rows import FieldChange, compare_fields, decode, described, shown
from cocoproof.diff.references import changed_fields
from cocoproof.diff.report import Difference, DiffKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from msgspec import Raw
    from numpy.typing import NDArray

    from cocoproof.diff.input import DiffInput
    from cocoproof.diff.matching import Matched
    from cocoproof.diff.raw_rows import RawRow
    from cocoproof.diff.references import References
    from cocoproof.diff.report import DifferenceList
    from cocoproof.model.findings import Id

__all__ = ["category_changes", "image_changes", "lone_annotations", "unmatched"]

_IMAGE_COLUMNS = frozenset({"id", "file_name", "width", "height"})
_CATEGORY_COLUMNS = frozenset({"id", "name"})


def category_changes(a: DiffInput, b: DiffInput, matched: Matched, references: References, found: DifferenceList) -> Iterator[Difference]:
    """What changed of categories."""
    partner = matched.categories
    used = [np.bincount(side.category_row + 1, minlength=len(side.category_names) + 1)[1:] for side in (a, b)]
    for k in np.flatnonzero(partner >= 0).tolist():
        other = int(partner[k])
        raw = a.categories[k].get("name"), b.categories[other].get("name")
        if a.category_names[k] == b.category_names[other] and compare_fields(*raw) is FieldChange.CHANGED:  # neither is usable
            field = described("name", *raw)
            message = f"category {a.category_ids[k]}: {field.message}"
            yield Difference(DiffKind.CATEGORY_RENAMED, message, None, a.category_ids[k], b.category_ids[other], field.before, field.after)
    yield from _renamed_categories(a, b, partner, used[1])
    for k in np.flatnonzero(partner < 0).tolist():
        message = f"category {a.category_ids[k]} {a.category_names[k]!r}, {_annotations(int(used[0][k]))}"
        yield Difference(DiffKind.CATEGORY_REMOVED, message, None, a.category_ids[k], None, a.category_names[k])
    for k in unmatched(partner, len(b.category_names)):
        message = f"category {b.category_ids[k]} {b.category_names[k]!r}, {_annotations(int(used[1][k]))}"
        yield Difference(DiffKind.CATEGORY_ADDED, message, None, None, b.category_ids[k], None, b.category_names[k])
    for k in np.flatnonzero(partner >= 0).tolist():
        other = int(partner[k])
        one, another = a.categories[k], b.categories[other]
        for name, change in changed_fields(one, another, references, _CATEGORY_COLUMNS):
            if not found.is_change(change):
                continue
            field = references.described(name, one.get(name), another.get(name))
            message = f"category {a.category_ids[k]} {a.category_names[k]!r}: {field.message}"
            yield Difference(DiffKind.CATEGORY_CHANGED, message, None, a.category_ids[k], b.category_ids[other], field.before, field.after)


def _renamed_categories(a: DiffInput, b: DiffInput, partner: NDArray[np.int64], used: NDArray[np.int64]) -> Iterator[Difference]:
    renamed = [k for k in range(len(partner)) if partner[k] >= 0 and a.category_names[k] != b.category_names[partner[k]]]
    before = {a.category_names[k] for k in renamed}
    after = {b.category_names[int(partner[k])] for k in renamed}
    for k in renamed:
        other = int(partner[k])
        names = a.category_names[k], b.category_names[other]
        count = int(used[other])
        message = f"category {a.category_ids[k]}: the name {names[0]!r} -> {names[1]!r}"
        if names[0] in after and names[1] in before:
            message += ", which was another category's; "
            message += f"{_annotations(count)} with id {b.category_ids[other]} now mean{'s' * (count == 1)} {names[1]!r}"
            kind = DiffKind.CATEGORY_NAMES_SWAPPED
        else:
            message += f" ({_annotations(count)})"
            kind = DiffKind.CATEGORY_RENAMED
        yield Difference(kind, message, None, a.category_ids[k], b.category_ids[other], *names)


def image_changes(a: DiffInput, b: DiffInput, matched: Matched, references: References, found: DifferenceList) -> Iterator[Difference]:
    """What changed of images."""
    partner = matched.images
    on = [np.bincount(side.image_row + 1, minlength=len(side.image_names) + 1)[1:] for side in (a, b)]
    for k, other in enumerate(partner.tolist()):
        name, number = a.image_names[k], a.image_ids[k]
        if other < 0:
            message = f"{a.noun} {number} {name!r} with {_annotations(int(on[0][k]))}"
            yield Difference(DiffKind.IMAGE_REMOVED, message, name, number, None, name)
        elif a.is_results:
            if name != b.image_names[other]:
                message = f"{a.image_key} {name} -> {b.image_names[other]}, {_annotations(int(on[1][other]))}"
                yield Difference(DiffKind.IMAGE_RENAMED, message, name, number, b.image_ids[other], name, b.image_names[other])
        else:
            yield from _one_image(a, b, k, other, references, found)
    for k in unmatched(partner, len(b.image_names)):
        message = f"{a.noun} {b.image_ids[k]} {b.image_names[k]!r} with {_annotations(int(on[1][k]))}"
        yield Difference(DiffKind.IMAGE_ADDED, message, b.image_names[k], None, b.image_ids[k], None, b.image_names[k])


def _one_image(a: DiffInput, b: DiffInput, k: int, other: int, references: References, found: DifferenceList) -> Iterator[Difference]:
    name, number = a.image_names[k], a.image_ids[k]
    ids: tuple[Id, Id] = number, b.image_ids[other]
    one, another = a.images[k], b.images[other]
    changes = changed_fields(one, another, references, frozenset({"id"}))
    changed = [field for field, change in changes if found.is_change(change)]
    if "file_name" in changed:
        texts = [_quoted(row.get("file_name")) for row in (one, another)]
        field = described("file_name", one.get("file_name"), another.get("file_name"))
        message = f"{a.noun} {number}: file_name {texts[0]} -> {texts[1]}"
        yield Difference(DiffKind.IMAGE_RENAMED, message, name, *ids, field.before, field.after)
    if "width" in changed or "height" in changed:
        sizes = [_size(row) for row in (one, another)]
        yield Difference(DiffKind.IMAGE_RESIZED, f"{a.noun} {number} {name!r}: {sizes[0]} -> {sizes[1]}", name, *ids, sizes[0], sizes[1])
    for key in changed:
        if key not in _IMAGE_COLUMNS:
            change = references.described(key, one.get(key), another.get(key))
            yield Difference(
                DiffKind.IMAGE_CHANGED, f"{a.noun} {number} {name!r}: {change.message}", name, *ids, change.before, change.after
            )


def _quoted(raw: Raw | None) -> str:
    value = None if raw is None else decode(raw)
    return repr(value) if isinstance(value, str) else shown(raw)


def _size(row: RawRow) -> str:
    width, height = shown(row.get("width")), shown(row.get("height"))
    return f"{width}x{height} px" if width.isdigit() and height.isdigit() else f"width {width}, height {height}"


def lone_annotations(a: DiffInput, b: DiffInput, matched: Matched, found: DifferenceList) -> None:
    """Annotations of one file alone."""
    for side, rows, kind in ((a, matched.removed, DiffKind.ANNOTATION_REMOVED), (b, matched.added, DiffKind.ANNOTATION_ADDED)):
        for row in rows.tolist():
            if found.wanted(kind):
                box = side.boxes[row].tolist() if not np.isnan(side.boxes[row]).any() else None
                text = "no box" if box is None else "box [" + ", ".join(f"{value:.10g}" for value in box) + "]"
                image = int(side.image_row[row])
                number = side.coco.annotations.id_of(row)
                ids: tuple[Id, Id] = (number, None) if side is a else (None, number)
                values = (box, None) if side is a else (None, box)
                name = side.image_names[image] if image >= 0 else None
                found.add(Difference(kind, f"{annotation_name(side, row)}: {text}", name, *ids, *values))


def unmatched(partner: NDArray[np.int64], count: int) -> list[int]:
    """Rows of the second file that no row of the first is matched with."""
    there = np.zeros(count, np.bool_)
    there[partner[partner >= 0]] = True
    return [int(row) for row in np.flatnonzero(~there)]


def _annotations(count: int) -> str:
    return f"{count:,} annotation{'s' * (count != 1)}"
