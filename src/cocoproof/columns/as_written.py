"""A dataset without the values that were read as what they mean: for comparisons of what files say, where "1" is not 1."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.column import Column, RaggedColumn, ValueState, WrittenForm
from cocoproof.columns.tables import Shape, lookup
from cocoproof.columns.written_forms import other_forms
from cocoproof.geometry.ragged import Ragged

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cocoproof.columns.tables import Dataset, Segmentation

__all__ = ["as_written"]

_IDS = frozenset({"id", "image_id", "category_id", "video_id"})


def as_written(coco: Dataset) -> Dataset:
    """The dataset with these values marked as broken.

    Kept are integers with a point, and true and false for a flag: JSON libraries of Python give numbers that are equal to those of the columns.
    """
    forms = [
        one
        for one in other_forms(coco)
        if one.form is not WrittenForm.FLOAT and not (one.form is WrittenForm.BOOLEAN and one.field not in _IDS)
    ]
    if not forms:
        return coco
    tables = {name: getattr(coco, name) for name in ("images", "annotations", "categories", "segments", "videos")}
    for found in forms:
        table = tables[found.table]
        column = getattr(table, found.field)
        if found.field == "id":
            written = {row: _id(table.id_of(row), found.form) for row in found.rows.tolist()}
            table = replace(table, odd_ids=table.odd_ids | written)
        tables[found.table] = replace(table, **{found.field: _without(column, found.rows)})
    annotations, segments = tables["annotations"], tables["segments"]
    tables["annotations"] = replace(
        annotations,
        image_row=lookup(tables["images"], annotations.image_id),
        category_row=lookup(tables["categories"], annotations.category_id),
    )
    tables["segments"] = replace(segments, category_row=lookup(tables["categories"], segments.category_id))
    return replace(coco, **tables)


def _id(value: str | int | None, form: WrittenForm) -> str:
    return str(bool(value)).lower() if form is WrittenForm.BOOLEAN else str(value)


def _without(column: Column | RaggedColumn | Segmentation, rows: NDArray[np.int64]) -> Column | RaggedColumn | Segmentation:
    """A column with these rows marked as broken."""
    if isinstance(column, Column):
        values, state = column.values.copy(), column.state.copy()
        values[rows] = np.nan if values.dtype.kind == "f" else 0
        state[rows] = ValueState.BROKEN
        return replace(column, values=values, state=state, texts=None)
    if isinstance(column, RaggedColumn):
        state, lengths = column.state.copy(), column.rows.lengths.copy()
        state[rows] = ValueState.BROKEN
        kept = np.repeat(~np.isin(np.arange(len(lengths)), rows), lengths)
        lengths[rows] = 0
        return replace(column, rows=Ragged.from_lengths(column.rows.values[kept], lengths), state=state)
    shape, counts = column.shape.copy(), np.diff(column.ring_offsets)
    shape[rows] = Shape.BROKEN
    rings = column.rings.take(np.flatnonzero(~np.isin(column.ring_rows, rows)))
    counts[rows] = 0
    return replace(column, shape=shape, rings=rings, ring_offsets=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64))
