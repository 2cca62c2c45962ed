"""A file on its way through the loader of a consumer: what is left, and what was lost at which step.

The module of a consumer reads like its loader, with one call per step: images or annotations are dropped, masks are not read, an exception is
raised, a category gets its number. A step concerns only what is left of the file when the loader reaches it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cocoproof.columns.column import ValueState, WrittenForm
from cocoproof.model.arrivals import LossNotice
from cocoproof.model.wording import count_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cocoproof.columns.tables import Column, Dataset, RaggedColumn, TextColumn

__all__ = ["ChangedClasses", "LoaderRaised", "Loading", "LostRows", "NotModelled", "last_of_each"]


class LoaderRaised(Exception):
    """The loader raises an exception; the text is what it says.

    Attributes:
        place: Table and number of the first row for which it does; None if it is not a row.
    """

    def __init__(self, message: str, place: tuple[str, int] | None = None) -> None:
        super().__init__(message)
        self.place = place


class NotModelled(Exception):
    """The model does not cover the file; the text is the reason."""


@dataclass(frozen=True, slots=True, eq=False)
class LostRows:
    """Rows that were lost in one step.

    Attributes:
        table: images, annotations or masks; the rows of masks are those of annotations.
        rows: int64, ascending, at least one.
        reason: A predicate of the rows in the plural: `have iscrowd 1`.
        notice: Whether the loader mentions it.
        cause: The code of the rule that reports the rows as defects, or None.
    """

    table: str
    rows: NDArray[np.int64]
    reason: str
    notice: LossNotice
    cause: str | None


@dataclass(frozen=True, slots=True, eq=False)
class ChangedClasses:
    """Categories that are another class to the consumer: their rows, int64, and why."""

    rows: NDArray[np.int64]
    reason: str


class Loading:
    """What is left of a file, and what was lost.

    Attributes:
        coco: The file.
        classes: The user's list of classes (`--categories`), for loaders that are given one; None without a list.
        images: Images that are left, bool, shape (n,).
        annotations: Annotations that are left, bool, shape (n,).
        masks: Annotations whose mask is left, bool, shape (n,).
        masks_modelled: Whether the model covers masks.
        labels: The number of each category as a class, int64, shape (n,); -1 for none. None if the loader numbers no classes.
        losses: What was lost, in the order of the steps.
        changes: Categories that are another class to the consumer.
    """

    def __init__(self, coco: Dataset, classes: tuple[str, ...] | None = None) -> None:
        self.coco = coco
        self.classes = classes
        self.images = np.ones(coco.images.n, bool)
        self.annotations = np.ones(coco.annotations.n, bool)
        self.masks: NDArray[np.bool_] = coco.annotations.segmentation.is_mask.copy()
        self.masks_modelled = True
        self.labels: NDArray[np.int64] | None = None
        self.losses: list[LostRows] = []
        self.changes: list[ChangedClasses] = []

    @property
    def crowd(self) -> NDArray[np.bool_]:
        """Annotations whose `iscrowd` is not 0, of any value; one without the field is none. Shape (n,)."""
        flag = self.coco.annotations.iscrowd
        return flag.present & np.not_equal(flag.values, 0)

    def expects(self, table: str, *fields: str) -> None:
        """The loader reads these fields, and the model covers only values of the right type.

        Raises:
            NotModelled: If a row that is left has another value.
        """
        for field in fields:
            column: Column | TextColumn | RaggedColumn = getattr(getattr(self.coco, table), field)
            unread = np.equal(column.state, ValueState.BROKEN)
            if column.forms is not None:
                unread |= column.forms.are(WrittenForm.ORIENTED)
            broken = unread & self._left(table)
            if broken.any():
                raise NotModelled(
                    f"{count_of(int(broken.sum()), table[:-1] if table != 'categories' else 'category')} with a {field} of another type or length"
                )

    def expects_lists(self, *sections: str) -> None:
        """The loader goes through these sections, and the model covers only lists.

        Raises:
            NotModelled: If one is something else.
        """
        for section in sections:
            if section in self.coco.broken_sections:
                raise NotModelled(f"{section} is not a list")

    def expects_masks(self) -> None:
        """The loader reads `segmentation`, and the model covers only values that are valid.

        Raises:
            NotModelled: If a row that is left has another value.
        """
        broken = self.coco.annotations.segmentation.defective & self.annotations
        if broken.any():
            raise NotModelled(f"{count_of(int(broken.sum()), 'annotation')} with a segmentation of another form")

    def requires(self, table: str, *fields: str, rows: NDArray[np.bool_] | None = None) -> None:
        """The loader indexes these fields of all rows that are left, or of `rows` among them.

        Raises:
            LoaderRaised: KeyError, if a row lacks one.
            NotModelled: If a row has a value of another type.
        """
        for field in fields:
            column: Column = getattr(getattr(self.coco, table), field)
            self.raises(~column.present if rows is None else ~column.present & rows, table, f"KeyError: '{field}'")
            self.expects(table, field)

    def has_point(self, table: str, field: str) -> NDArray[np.bool_]:
        """Rows whose number is written with a point or an exponent, as a float to Python, bool, shape (n,)."""
        column: Column = getattr(getattr(self.coco, table), field)
        return np.zeros(len(column.state), bool) if column.forms is None else column.forms.are(WrittenForm.FLOAT)

    def raises(self, rows: NDArray[np.bool_], table: str, message: str) -> None:
        """The loader raises an exception if one of these rows is left.

        Raises:
            LoaderRaised: In that case.
        """
        wrong = np.flatnonzero(rows & self._left(table))
        if len(wrong):
            raise LoaderRaised(message, (table, int(wrong[0])))

    def drop_images(self, rows: NDArray[np.bool_], reason: str, notice: LossNotice = LossNotice.SILENT, cause: str | None = None) -> None:
        """Drop images. Annotations on them stay: they are on another image of that id, or were dropped before."""
        self._lose("images", rows & self.images, reason, notice, cause)
        self.images &= ~rows

    def drop_annotations(
        self, rows: NDArray[np.bool_], reason: str, notice: LossNotice = LossNotice.SILENT, cause: str | None = None
    ) -> None:
        """Drop annotations with their masks."""
        self._lose("annotations", rows & self.annotations, reason, notice, cause)
        self.annotations &= ~rows

    def drop_masks(self, rows: NDArray[np.bool_], reason: str, notice: LossNotice = LossNotice.SILENT, cause: str | None = None) -> None:
        """Drop masks of annotations that stay."""
        self.masks &= self.annotations
        self._lose("masks", rows & self.masks, reason, notice, cause)
        self.masks &= ~rows

    def number_classes(self, labels: NDArray[np.int64]) -> None:
        """The numbers of the categories as classes, int64, one per row of `categories`; -1 for none."""
        self.labels = labels

    def change_classes(self, rows: NDArray[np.bool_], reason: str) -> None:
        """These categories are another class to the consumer, or none."""
        if rows.any():
            self.changes.append(ChangedClasses(np.flatnonzero(rows), reason))

    def on_images(self, annotations: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Images that one of these annotations is on, bool, shape (images,)."""
        rows = self.coco.annotations.image_row[annotations]
        out = np.zeros(self.coco.images.n, bool)
        out[rows[rows >= 0]] = True
        return out

    def _left(self, table: str) -> NDArray[np.bool_]:
        if table == "categories":
            return np.ones(self.coco.categories.n, bool)
        return self.images if table == "images" else self.annotations

    def _lose(self, table: str, rows: NDArray[np.bool_], reason: str, notice: LossNotice, cause: str | None) -> None:
        if rows.any():
            self.losses.append(LostRows(table, np.flatnonzero(rows), reason, notice, cause))


def last_of_each(values: NDArray[Any]) -> NDArray[np.bool_]:
    """The last row of each value, bool, shape (n,): what a dict keeps."""
    _, first_from_the_end = np.unique(values[::-1], return_index=True)
    out = np.zeros(len(values), bool)
    out[len(values) - 1 - first_from_the_end] = True
    return out
