"""Ids and orders of matched rows: listed beside the changes in meaning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.diff.raw_rows import FieldChange, compare_fields, decode, described, id_of
from cocoproof.diff.report import Difference, DiffKind, Renumbered

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from msgspec import Raw
    from numpy.typing import NDArray

    from cocoproof.diff.input import DiffInput
    from cocoproof.diff.matching import Matched
    from cocoproof.diff.raw_rows import RawRow
    from cocoproof.diff.references import TablePair
    from cocoproof.diff.report import DifferenceList

__all__ = ["id_changes", "order_changes"]


@dataclass(frozen=True, eq=False)
class _MatchedRows:
    """Matched rows of one section."""

    name: str
    before: Sequence[RawRow]
    after: Sequence[RawRow]
    rows: NDArray[np.int64]
    others: NDArray[np.int64]


def _sections(a: DiffInput, b: DiffInput, matched: Matched, tables: Mapping[str, TablePair]) -> Iterator[_MatchedRows]:
    for name, one, other, partner in (
        (a.image_section, a.images, b.images, matched.images),
        ("categories", a.categories, b.categories, matched.categories),
        *((name, table.before, table.after, table.partner) for name, table in tables.items()),
    ):
        rows = np.flatnonzero(partner >= 0)
        yield _MatchedRows(name, one, other, rows, partner[rows])
    yield _MatchedRows("annotations", a.annotations, b.annotations, *matched.annotations)


def id_changes(a: DiffInput, b: DiffInput, matched: Matched, tables: Mapping[str, TablePair], found: DifferenceList) -> Renumbered:
    """Compare the ids of matched rows.

    Returns:
        How many rows have another number, or another string, as id. Ids that were removed or added, or are of another type
        (1 and "1", or 1 and 1.0), are changes.
    """
    counts: dict[str, int] = {}
    for section in _sections(a, b, matched, tables):
        if a.is_results and section.name != "annotations":
            continue  # ids of another file: another id is another image or category
        for row, other in zip(section.rows.tolist(), section.others.tolist(), strict=True):
            raw = section.before[row].get("id"), section.after[other].get("id")
            if compare_fields(*raw) is FieldChange.SAME:
                continue
            if _type(raw[0]) is _type(raw[1]) is not None:
                counts[section.name] = counts.get(section.name, 0) + 1
            elif found.wanted(DiffKind.ID_CHANGED):
                field = described("id", *raw)
                where = f"{section.name[:-1].replace('categorie', 'category')} in row {row}"
                ids = id_of(section.before[row]), id_of(section.after[other])
                found.add(
                    Difference(
                        DiffKind.ID_CHANGED,
                        f"{where}: {field.message}",
                        id_before=ids[0],
                        id_after=ids[1],
                        before=field.before,
                        after=field.after,
                    )
                )
    return Renumbered(**counts)


def _type(raw: Raw | None) -> type | None:
    """The type of an id that can be another one without a change in meaning: a whole number, a fraction or a string."""
    value = None if raw is None else decode(raw)
    return type(value) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else None


def order_changes(a: DiffInput, b: DiffInput, matched: Matched, tables: Mapping[str, TablePair]) -> Iterator[str]:
    """The names of the sections whose matched rows are in another order."""
    for section in _sections(a, b, matched, tables):
        if (np.diff(section.others) < 0).any():
            yield section.name
