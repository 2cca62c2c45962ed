"""References by id, compared by the row they lead to: ids mean nothing by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.diff.raw_rows import FieldChange, compare_fields, compare_values, decode, described, rows_of_section, shown
from cocoproof.geometry.assignment import pair_by_key
from cocoproof.model.json_types import numeric_json_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from msgspec import Raw
    from numpy.typing import NDArray

    from cocoproof.diff.input import DiffInput
    from cocoproof.diff.matching import Matched
    from cocoproof.diff.raw_rows import ChangedField, RawRow

__all__ = ["TABLES", "References", "TablePair", "changed_fields", "match_tables"]

TABLES = ("licenses", "videos", "tracks")
"""Sections besides images and categories whose rows are referred to by id. Ids of other sections are compared as they are written."""

_FIELDS = {
    "image_id": "images",
    "category_id": "categories",
    "license": "licenses",
    "video_id": "videos",
    "track_id": "tracks",
    "instance_id": "tracks",
}
"""Which section a field refers to, in whatever row."""


@dataclass(frozen=True, eq=False)
class TablePair:
    """One section of both files.

    Attributes:
        before: Its rows in the first file.
        after: Its rows in the second.
        partner: int64, shape (rows of the first,): the row of the second that each is, -1 for none.
    """

    before: Sequence[RawRow]
    after: Sequence[RawRow]
    partner: NDArray[np.int64]


class References:
    """Labels of the rows of matched sections: equal where two ids lead to rows that are matched with each other."""

    def __init__(self) -> None:
        self._labels: dict[str, tuple[dict[str, int], dict[str, int]]] = {}
        self._contents: dict[str, tuple[dict[str, object], dict[str, object]]] = {}
        self._names: dict[str, tuple[dict[str, str], dict[str, str]]] = {}

    @property
    def fields(self) -> frozenset[str]:
        """The fields that refer to rows with other ids in the other file, so that equal ids may be another reference."""
        return frozenset(self._labels)

    def add(self, section: str, table: TablePair, contents: Sequence[Sequence[str | None]] = ((), ())) -> None:
        """Know the rows of one more section.

        Args:
            section: Its name.
            table: Its rows.
            contents: For each file all but the id of each row, as one text.
        """
        # A row of the second is its own label; one of the first has its partner's, or one beyond all of them.
        own = np.where(table.partner >= 0, table.partner, len(table.after) + np.arange(len(table.partner))).tolist()
        before = {text: own[place] for text, place in _places(table.before).items()}
        after = _places(table.after)
        fields = [field for field, name in _FIELDS.items() if name == section]
        if before != after:
            self._labels.update(dict.fromkeys(fields, (before, after)))
            of = _by_id(table.before, contents[0]), _by_id(table.after, contents[1])
            self._contents.update(dict.fromkeys(fields, of))
        self._names.update(dict.fromkeys(fields, (_names(table.before), _names(table.after))))

    def label(self, field: str, value: object, side: int) -> int | None:
        """The label of what a field refers to; None where it refers to nothing that is known.

        Args:
            field: Its key.
            value: Its decoded value.
            side: 0 for the first file, 1 for the second.
        """
        return self._labels[field][side].get(numeric_json_text(value)) if field in self._labels else None

    def described(self, field: str, one: Raw | None, other: Raw | None) -> ChangedField:
        """A change of one field; a reference with the name of what it refers to."""
        change = described(field, one, other)
        if field not in self._names:
            return change
        texts = [shown(raw) + ("" if raw is None else self.name(field, decode(raw), side)) for side, raw in enumerate((one, other))]
        return change._replace(message=f"{field} {texts[0]} -> {texts[1]}")

    def name(self, field: str, value: object, side: int) -> str:
        """The name of what a field refers to, in brackets after a blank; "" where there is none."""
        name = self._names[field][side].get(numeric_json_text(value)) if field in self._names else None
        return "" if name is None else f" ({name})"

    def compare(self, field: str, one: Raw | None, other: Raw | None) -> FieldChange:
        """Compare a field that may be a reference; None where a row does not have it."""
        if field in self._labels and one is not None and other is not None:
            return self.compare_decoded(field, decode(one), decode(other))
        return compare_fields(one, other)

    def compare_decoded(self, field: str, one: object, other: object) -> FieldChange:
        """Compare two decoded values of a field that may be a reference."""
        before, after = self.label(field, one, 0), self.label(field, other, 1)
        if before is None and after is None:
            return compare_values(one, other)
        if before == after:
            return FieldChange.SAME
        texts = [of.get(numeric_json_text(value)) for of, value in zip(self._contents[field], (one, other), strict=True)]
        return FieldChange.EQUAL_ROW if texts[0] is not None and texts[0] == texts[1] else FieldChange.CHANGED


def changed_fields(one: RawRow, other: RawRow, references: References, without: frozenset[str]) -> Iterator[tuple[str, FieldChange]]:
    """The fields of two rows that are not the same, by name.

    Args:
        one: A row of the first file.
        other: A row of the second.
        references: How fields that are references are compared.
        without: Fields that are not compared here.
    """
    if one == other and not (one.keys() & references.fields) - without:
        return
    for name in sorted((one.keys() | other.keys()) - without):
        change = references.compare(name, one.get(name), other.get(name))
        if change is not FieldChange.SAME:
            yield name, change


def match_tables(a: DiffInput, b: DiffInput, matched: Matched) -> tuple[References, dict[str, TablePair]]:
    """Match the rows of the sections that both files have as lists: by content, by name, then by id.

    Returns:
        References into all matched sections, and the pairs of rows of `TABLES`.
    """
    references, tables = References(), {}
    if a.is_results:
        return references, {}
    references.add("images", TablePair(a.images, b.images, matched.images))
    references.add("categories", TablePair(a.categories, b.categories, matched.categories))
    if a.image_section == "videos":
        references.add("videos", TablePair(a.images, b.images, matched.images))
    for name in TABLES:
        if name == a.image_section:
            continue
        before, after = (rows_of_section(side.sections.get(name)) for side in (a, b))
        if before is None or after is None:
            continue
        partner = np.full(len(before), -1, np.int64)
        contents = [[_content(row, side, references) for row in rows] for side, rows in enumerate((before, after))]
        ids = [[_text(row, "id") for row in rows] for rows in (before, after)]
        # Of several rows that are equal but for their ids those with the same id.
        pair_by_key(partner, *(list(zip(*both, strict=True)) for both in zip(contents, ids, strict=True)))
        for keys in (contents, [[_text(row, "name") for row in rows] for rows in (before, after)], ids):
            pair_by_key(partner, *keys)
        tables[name] = TablePair(before, after, partner)
        references.add(name, tables[name], contents)
    return references, tables


def _places(rows: Sequence[RawRow]) -> dict[str, int]:
    """The row of each id; of several with one id the last, as in pycocotools."""
    return {numeric_json_text(decode(row["id"])): place for place, row in enumerate(rows) if "id" in row}


def _names(rows: Sequence[RawRow]) -> dict[str, str]:
    """The name of the row of each id, as JSON; of an image its file name."""
    names = ((row, row.get("name", row.get("file_name"))) for row in rows if "id" in row)
    return {numeric_json_text(decode(row["id"])): shown(name) for row, name in names if name is not None}


def _by_id(rows: Sequence[RawRow], contents: Sequence[str | None]) -> dict[str, object]:
    """The content of the row of each id."""
    return {text: contents[place] for text, place in _places(rows).items() if place < len(contents)}


def _content(row: RawRow, side: int, references: References) -> str | None:
    """All but the id of a row; None where there is nothing else."""
    fields: dict[str, object] = {}
    for name, raw in row.items():
        if name != "id":
            value = decode(raw)
            label = references.label(name, value, side)
            fields[name] = value if label is None else {"": label}
    return numeric_json_text(fields) if fields else None


def _text(row: RawRow, name: str) -> str | None:
    return numeric_json_text(decode(row[name])) if name in row else None
