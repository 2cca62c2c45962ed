"""Which values of a file are written in another type than the format gives them, and are used as what they mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.column import WrittenForm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cocoproof.columns.tables import Dataset

__all__ = ["OtherForm", "other_forms"]

_FIELDS = {
    "images": ("id", "width", "height"),
    "annotations": (
        "id",
        "video_id",
        "image_id",
        "category_id",
        "bbox",
        "area",
        "iscrowd",
        "segmentation",
        "keypoints",
        "num_keypoints",
    ),
    "segments": ("id", "category_id", "area", "bbox", "iscrowd"),
    "categories": ("id", "isthing"),
    "videos": ("id", "width", "height", "length"),
}


@dataclass(frozen=True, eq=False, slots=True)
class OtherForm:
    """The values of one field that are written in one other form.

    Attributes:
        table: images, annotations, segments or categories.
        field: The field.
        form: The form.
        rows: int64, shape (k,), ascending: the rows whose value is written so.
        of: The number of rows that have the field.
        example: The first of the values, as text; it may contain characters of the file.
    """

    table: str
    field: str
    form: WrittenForm
    rows: NDArray[np.int64]
    of: int
    example: str


def other_forms(coco: Dataset) -> list[OtherForm]:
    """The values of a file that are written in another form, by field and form, in the order of the tables."""
    found = []
    for table, fields in _FIELDS.items():
        for field in fields:
            column = getattr(getattr(coco, table), field, None)
            if column is None or column.forms is None:
                continue
            present = int(np.count_nonzero(column.shape if field == "segmentation" else column.state))
            for form in WrittenForm:
                other = form not in (WrittenForm.DUE, WrittenForm.ORIENTED)  # a dialect is not a defect
                rows = np.flatnonzero(column.forms.are(form)) if other else np.empty(0, np.int64)
                if len(rows):
                    found.append(OtherForm(table, field, form, rows, present, column.forms.examples[form]))
    return found
