"""The base of the tables of a file's sections."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cocoproof.columns.column import Column
    from cocoproof.model.findings import Id

__all__ = ["Table"]


@dataclass(frozen=True, eq=False)
class Table:
    """The base of all sections.

    Attributes:
        n: The number of rows.
        path: Pointer of the list of the rows; "" if the document itself is that list.
        id: int64 ids, shape (n,).
        odd_ids: Ids that cannot be used, by row, as written in the file.
    """

    n: int
    path: str
    id: Column
    odd_ids: dict[int, Id]

    def id_of(self, row: int) -> Id:
        """The row's id for findings."""
        return self.id.written(row) if self.id.ok[row] else self.odd_ids.get(row)

    @cached_property
    def id_index(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Usable ids in ascending order and their rows; of duplicate ids the last row comes last."""
        rows = np.flatnonzero(self.id.ok)
        order = np.argsort(self.id.values[rows], kind="stable")
        return self.id.values[rows][order].astype(np.int64), rows[order]
