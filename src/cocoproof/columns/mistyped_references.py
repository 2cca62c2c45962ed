"""References that differ from the id that they mean in type alone: "1" for 1, or 1 for "1"."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.column import WrittenForm
from cocoproof.columns.id_texts import integers_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cocoproof.columns.column import Column

__all__ = ["mistyped_references"]


def mistyped_references(references: Column, ids: Column, found: NDArray[np.int64]) -> NDArray[np.bool_]:
    """The references that lead nowhere, and would lead to a row if both were integers, or both texts.

    Args:
        references: The references, shape (n,).
        ids: The ids that they refer to, of the same file or of another.
        found: int64, shape (n,): the row of each reference, -1 for none.
    """
    lost = references.ok & (found < 0)
    out = np.zeros(len(lost), bool)
    if not lost.any() or (references.texts is None and ids.texts is None):
        return out
    texts, integers = _parts(references)
    text_ids, integer_ids = _parts(ids)
    for rows, numbers, others in ((texts[0], texts[1], integer_ids[1]), (integers[0], integers[1], text_ids[1])):
        out[rows] = np.isin(numbers, others)
    return out & lost


_Part = tuple["NDArray[np.int64]", "NDArray[np.int64]"]


def _parts(column: Column) -> tuple[_Part, _Part]:
    """Rows with texts of integers and these integers; rows with integers and these."""
    is_text = np.zeros(len(column.state), bool) if column.forms is None else column.forms.are(WrittenForm.TEXT)
    rows = np.flatnonzero(column.ok & ~is_text)
    plain = rows, column.values[rows].astype(np.int64)
    marked = np.flatnonzero(column.ok & is_text)
    values = column.values[marked].astype(np.int64)
    if column.texts is None or column.texts.all_integers:
        return (marked, values), plain
    meant = {code: number[0] for code, text in column.texts.of_codes.items() if (number := integers_of([text])) is not None}
    codes = np.array(sorted(meant), np.int64)
    known = np.isin(values, codes)
    numbers = np.array([meant[code] for code in codes.tolist()], np.int64)
    return (marked[known], numbers[np.searchsorted(codes, values[known])]), plain
