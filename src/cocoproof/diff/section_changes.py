"""Sections besides images, annotations and categories: `info`, `licenses`, and whatever else a file has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cocoproof.diff.raw_rows import FieldChange, compare_fields, compare_values, decode, described, shorten, shown, without_marks
from cocoproof.diff.references import changed_fields
from cocoproof.diff.report import Difference, DiffKind
from cocoproof.diff.row_changes import unmatched
from cocoproof.model.json_types import json_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from msgspec import Raw

    from cocoproof.diff.input import DiffInput
    from cocoproof.diff.raw_rows import RawRow
    from cocoproof.diff.references import References, TablePair
    from cocoproof.diff.report import DifferenceList

__all__ = ["section_changes"]

_ROWS = frozenset({"images", "annotations", "categories"})
_DEEPEST = 20
"""Levels of a message's path; values below are compared and shown as one."""


def section_changes(
    a: DiffInput, b: DiffInput, tables: Mapping[str, TablePair], references: References, ignore: Collection[str], found: DifferenceList
) -> None:
    """Compare the top-level fields of two files.

    Args:
        a: The first file.
        b: The second.
        tables: Sections whose rows are matched.
        references: How references in them are compared.
        ignore: Sections that are not compared.
        found: Takes the changes.
    """
    for name in dict.fromkeys([*a.sections, *b.sections]):
        if name in ignore:
            continue
        one, other = a.sections.get(name), b.sections.get(name)
        if name in tables:
            changes = _table_changes(name, tables[name], references, found)
        elif name in _ROWS or name == a.image_section:
            changes = _shape_change(name, one, other)
        elif one is None or other is None:
            changes = iter([_difference(name, one, other)])
        else:
            changes = _value_changes(name, decode(one), decode(other), references, found)
        for change in changes:
            found.note(change)


def _difference(name: str, one: Raw | None, other: Raw | None) -> Difference:
    field = described(name, one, other)
    return Difference(DiffKind.SECTION_CHANGED, field.message, before=field.before, after=field.after)


def _shape_change(name: str, one: Raw | None, other: Raw | None) -> Iterator[Difference]:
    """A section of rows that is missing or not a list in one file. Lists are compared row by row elsewhere."""
    rows = [None if raw is None else decode_list(raw) for raw in (one, other)]
    if rows[0] is not None and rows[1] is not None:
        return
    # A section that is missing beside one with rows: each row is a change of its own.
    if (one is None and rows[1]) or (other is None and rows[0]):
        return
    if compare_fields(one, other) is not FieldChange.SAME:
        yield _difference(name, one, other)


def decode_list(raw: Raw) -> bool | None:
    """Whether a list has rows; None for what is not a list."""
    text = bytes(raw).strip()
    return text[1:-1].strip() != b"" if text.startswith(b"[") else None


def _table_changes(name: str, table: TablePair, references: References, found: DifferenceList) -> Iterator[Difference]:
    """What changed of the rows of a section whose rows are matched."""
    for k, other in enumerate(table.partner.tolist()):
        if other < 0:
            yield _row_difference(name, "removed", table.before[k], None)
            continue
        one, another = table.before[k], table.after[other]
        for field, change in changed_fields(one, another, references, frozenset({"id"})):
            if not found.is_change(change):
                continue
            what = references.described(field, one.get(field), another.get(field))
            message = f"{name}: {_row_label(one)}: {what.message}"
            yield Difference(DiffKind.SECTION_CHANGED, message, before=what.before, after=what.after)
    for k in unmatched(table.partner, len(table.after)):
        yield _row_difference(name, "added", None, table.after[k])


def _row_difference(name: str, verb: str, one: RawRow | None, other: RawRow | None) -> Difference:
    row = one if one is not None else other
    assert row is not None  # noqa: S101 - one of them is given
    values = [None if side is None else {key: without_marks(decode(raw)) for key, raw in side.items()} for side in (one, other)]
    return Difference(DiffKind.SECTION_CHANGED, f"{name}: {_row_label(row)} {verb}", before=values[0], after=values[1])


def _row_label(row: RawRow) -> str:
    key = "name" if "name" in row else "id"
    return shown(row[key]) if key in row else "a row without an id"


def _value_changes(
    path: str, one: object, other: object, references: References, found: DifferenceList, depth: int = 0
) -> Iterator[Difference]:
    """Go down to the values that differ."""
    if not references.fields and compare_values(one, other) is FieldChange.SAME:
        return
    if isinstance(one, dict) and isinstance(other, dict) and depth < _DEEPEST:
        for key in sorted(one.keys() | other.keys()):
            if key in one and key in other:
                yield from _value_changes(f"{path}.{key}", one[key], other[key], references, found, depth + 1)
            else:
                texts = [shorten(json_text(side[key])) if key in side else "none" for side in (one, other)]
                yield _changed_value(f"{path}.{key}", texts, one.get(key), other.get(key))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other) and depth < _DEEPEST:
        for place, (before, after) in enumerate(zip(one, other, strict=True)):
            yield from _value_changes(f"{path}[{place}]", before, after, references, found, depth + 1)
    elif found.is_change(references.compare_decoded(key := path.rpartition(".")[2], one, other)):
        texts = [shorten(json_text(value)) + references.name(key, value, side) for side, value in enumerate((one, other))]
        if isinstance(one, list) and isinstance(other, list):
            texts = [f"{len(value):,} values" if len(value) != 1 else "1 value" for value in (one, other)]
        yield _changed_value(path, texts, one, other)


def _changed_value(path: str, texts: list[str], one: object, other: object) -> Difference:
    message = f"{path} {texts[0]} -> {texts[1]}"
    return Difference(DiffKind.SECTION_CHANGED, message, before=without_marks(one), after=without_marks(other))
