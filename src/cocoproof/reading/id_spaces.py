"""Decides, once all sections are read, what the ids that are texts are: integers written as texts, or names.

The ids of images and the references to them are one space, and so are those of categories; the ids of annotations and of segments are
spaces of their own. Where every id of a space is the text of an integer, they are these integers, so that rules about numbering apply.
In any other space a text stays a code, which no integer equals: to readers "1" is not 1.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from cocoproof.columns.column import WrittenForm
from cocoproof.columns.id_texts import LEAST_INTEGER, IdTexts, code_of, integers_of
from cocoproof.columns.tables import lookup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cocoproof.columns.column import Column
    from cocoproof.columns.tables import Dataset

__all__ = ["settle_ids"]

_Place: TypeAlias = tuple[str, str]

_SPACES: tuple[tuple[_Place, ...], ...] = (
    (("images", "id"), ("annotations", "image_id")),
    (("categories", "id"), ("annotations", "category_id"), ("segments", "category_id")),
    (("annotations", "id"),),
    (("segments", "id"),),
    (("videos", "id"), ("annotations", "video_id")),
)
"""Table and field of the columns that hold the ids of one kind."""


def settle_ids(coco: Dataset) -> Dataset:
    """The dataset with its texts of ids as integers, where they are; references are resolved anew. Unchanged if no id is a text."""
    changed: dict[_Place, Column] = {}
    spaces = _SPACES if coco.frames is not None else _SPACES[:-1]  # tracks of other files are read without being settled
    for space in spaces:
        columns = [_column(coco, place) for place in space]
        if any(column.texts is not None for column in columns):
            changed.update(zip(space, _settled(columns), strict=True))
    if not changed:
        return coco
    tables = {name: getattr(coco, name) for name in ("images", "categories", "annotations", "segments", "videos")}
    for (table, field), column in changed.items():
        tables[table] = replace(tables[table], **{field: column})
    for table, field, target, rows in (
        ("annotations", "image_id", "images", "image_row"),
        ("annotations", "category_id", "categories", "category_row"),
        ("segments", "category_id", "categories", "category_row"),
    ):
        tables[table] = replace(tables[table], **{rows: lookup(tables[target], getattr(tables[table], field))})
    return replace(coco, **tables)


def _column(coco: Dataset, place: _Place) -> Column:
    column: Column = getattr(getattr(coco, place[0]), place[1])
    return column


def _settled(columns: Sequence[Column]) -> list[Column]:
    of_codes = {code: text for column in columns if column.texts is not None for code, text in column.texts.of_codes.items()}
    codes = np.array(sorted(of_codes), np.int64)
    texts = [of_codes[code] for code in codes.tolist()]
    all_texts = all(np.array_equal(column.ok, _is_text(column)) for column in columns)
    integers = integers_of(texts) if all_texts else None
    if integers is None:
        return [_with_names(column, of_codes) for column in columns]
    numbers = np.array(integers, np.int64)
    settled = []
    for column in columns:
        values = column.values.copy()
        values[column.ok] = numbers[np.searchsorted(codes, values[column.ok])]
        settled.append(replace(column, values=values, texts=IdTexts(all_integers=True)))
    return settled


def _is_text(column: Column) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    return np.zeros(len(column.state), bool) if column.forms is None else column.forms.are(WrittenForm.TEXT)


def _with_names(column: Column, of_codes: dict[int, str | int]) -> Column:
    """The column with the texts of its space; an integer as low as a code gets a code of its own."""
    low = column.ok & ~_is_text(column) & (column.values < LEAST_INTEGER)
    values = column.values
    if low.any():
        values = values.copy()
        for row in np.flatnonzero(low).tolist():
            number = int(values[row])
            values[row] = code_of(number)
            of_codes[int(values[row])] = number
    return replace(column, values=values, texts=IdTexts(of_codes))
