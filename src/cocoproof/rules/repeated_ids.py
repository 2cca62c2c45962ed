"""Rows that share an id, and whether that is so in the whole file: ids that start again, or rows that are in the file twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.model.wording import shown_id
from cocoproof.rules.violations import FILE_WIDE, Violations

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from cocoproof.columns.tables import Annotations, Images, Table
    from cocoproof.model.json_types import JsonPath

__all__ = ["RepeatedIds", "copies_of_annotations", "copies_of_images"]


_COPIES = "copies"


@dataclass(frozen=True, slots=True)
class RepeatedIds:
    """The rows of a table whose id an earlier row has.

    Attributes:
        section: The table's name.
        table: The table.
        rows: The rows, int64, ascending.
        origins: The first row with the same id, int64, aligned with `rows`.
    """

    section: str
    table: Table
    rows: NDArray[np.int64]
    origins: NDArray[np.int64]

    @classmethod
    def of(cls, section: str, table: Table) -> RepeatedIds:
        """Those of a table."""
        ids, rows = table.id_index
        again = ids[1:] == ids[:-1]
        if not again.any():
            nothing = np.empty(0, np.int64)
            return cls(section, table, nothing, nothing)
        again = np.concatenate([[False], again])
        # Equal ids are adjacent, in the order of the rows: the last one that is not again there is the first.
        start = np.maximum.accumulate(np.where(again, 0, np.arange(len(ids))))
        later, first = rows[again].astype(np.int64), rows[start[again]].astype(np.int64)
        order = np.argsort(later)
        return cls(section, table, later[order], first[order])

    @property
    def concerned(self) -> NDArray[np.int64]:
        """All rows that share an id, also the first of each."""
        return np.union1d(self.rows, self.origins) if len(self.rows) else self.rows

    def is_of_file(self, share: float) -> bool:
        """Whether this share of all rows, ten or more, share their ids."""
        return len(self.concerned) >= max(FILE_WIDE, share * self.table.n)

    def each(self, other: Callable[[int], str]) -> Violations:
        """One violation for each row.

        Args:
            other: How a message names the earlier row.
        """
        origin = dict(zip(self.rows.tolist(), self.origins.tolist(), strict=True))
        found = Violations.of_rows(
            self.section,
            self.rows,
            lambda row: f"id {shown_id(self.table.id_of(row))} is also that of {other(origin[row])}",
            field="id",
            other=origin.__getitem__,
        )
        place: JsonPath = (self.section, 0, "id")
        return found.part_of((place, _COPIES), (place, ""))

    def of_file(self, copied: NDArray[np.bool_]) -> Violations:
        """One violation for the file.

        Args:
            copied: Which rows also repeat what the earlier row contains, bool, aligned with `rows`.
        """
        concerned, different = len(self.concerned), len(np.unique(self.origins))
        shared = f"{concerned:,} of {self.table.n:,} {self.section} share {different:,} id{'s' * (different != 1)}"
        if copied.all():
            message, about = f"{shared}, and repeat each other: the file contains them more than once", _COPIES
        else:
            message, about = f"{shared}: numbering starts again, as in files that were merged, or numbered image by image", ""
        rows = np.zeros(self.table.n, bool)
        rows[self.rows] = True
        return Violations.of_file(message, (self.section, int(self.rows[0]), "id"), table=self.section, rows=rows, about=about)


def copies_of_annotations(annotations: Annotations, repeated: RepeatedIds) -> NDArray[np.bool_]:
    """Which of the later rows have the image, category and box of the first, bool, shape (rows,)."""
    rows, first = repeated.rows, repeated.origins
    boxes = annotations.bbox.floats
    same = (annotations.image_id.values[rows] == annotations.image_id.values[first]) & annotations.image_id.ok[rows]
    same &= (annotations.category_id.values[rows] == annotations.category_id.values[first]) & annotations.category_id.ok[rows]
    return np.asarray(same & (boxes[rows] == boxes[first]).all(axis=1))


def copies_of_images(images: Images, repeated: RepeatedIds) -> NDArray[np.bool_]:
    """Which of the later rows have the file name of the first, bool, shape (rows,)."""
    names, named = images.file_name.values, images.file_name.ok
    pairs = zip(repeated.rows.tolist(), repeated.origins.tolist(), strict=True)
    return np.array([bool(named[row]) and names[row] == names[first] for row, first in pairs], bool)
