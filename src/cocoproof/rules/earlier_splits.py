"""What a run keeps of the splits checked before a file: enough to find what they share."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.row_contents import RowContents
from cocoproof.columns.row_digests import digest_columns
from cocoproof.images.file_names import plain

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cocoproof.columns.tables import Column, Dataset, TextColumn
    from cocoproof.images import ImageScan
    from cocoproof.images.perceptual_hash import PerceptualHashes

__all__ = ["EarlierSplits", "SplitRecord", "annotation_contents"]


@dataclass(frozen=True, eq=False)
class SplitRecord:
    """One split as the others see it.

    Attributes:
        path: As the report names it.
        file_names: The `file_name` of each image, "" where it is unusable.
        image_ids: Ids of the images.
        category_ids: Ids of the categories, in the order of the list.
        category_names: Their names.
        annotation_ids: Usable annotation ids, int64, ascending.
        contents: A digest of the row with each of these ids, uint64; see `annotation_contents`.
        pictures: What was found of the image files, where they were looked at.
        looks: How they look, where that was asked.
    """

    path: str
    file_names: TextColumn
    image_ids: Column
    category_ids: Column
    category_names: TextColumn
    annotation_ids: NDArray[np.int64]
    contents: NDArray[np.uint64]
    pictures: ImageScan | None = None
    looks: PerceptualHashes | None = None

    @classmethod
    def of(cls, path: str, coco: Dataset, pictures: ImageScan | None, looks: PerceptualHashes | None) -> SplitRecord:
        """What is remembered of a file."""
        ids, rows = coco.annotations.id_index
        return cls(
            path,
            coco.images.file_name,
            coco.images.id,
            coco.categories.id,
            coco.categories.name,
            ids,
            annotation_contents(coco)[rows],
            pictures,
            looks,
        )

    @cached_property
    def image_by_name(self) -> dict[str, int]:
        """The first row with each usable file_name, as `plain` writes it."""
        names = self.file_names.values
        return {plain(names[row]): row for row in reversed(np.flatnonzero(self.file_names.ok).tolist()) if names[row]}

    @cached_property
    def image_by_id(self) -> dict[int, int]:
        """The first row with each usable image id."""
        return _first_rows(self.image_ids)

    @cached_property
    def category_by_id(self) -> dict[int, int]:
        """The first row with each usable category id."""
        return _first_rows(self.category_ids)

    @cached_property
    def category_by_name(self) -> dict[str, int]:
        """The first row with each usable category name."""
        names = self.category_names.values
        return {names[row]: row for row in reversed(np.flatnonzero(self.category_names.ok).tolist()) if names[row]}

    def image(self, row: int) -> str:
        """An image as a message names it: `image 3 of train.json`."""
        name = f"image {self.image_ids.values[row]}" if self.image_ids.ok[row] else f"image at index {row}"
        return f"{name} of {self.path}"


@dataclass(frozen=True, eq=False)
class EarlierSplits:
    """The splits checked before a file, in the order of the command line.

    Attributes:
        sides: Those that could be read.
        unread: Paths of those that could not, or that are not datasets.
        similar: Whether images are to be compared by how they look, too.
    """

    sides: tuple[SplitRecord, ...] = field(default=())
    unread: tuple[str, ...] = field(default=())
    similar: bool = False

    def plus(
        self, path: str, coco: Dataset | None, pictures: ImageScan | None = None, looks: PerceptualHashes | None = None
    ) -> EarlierSplits:
        """These and one more."""
        if coco is None:
            return replace(self, unread=(*self.unread, path))
        return replace(self, sides=(*self.sides, SplitRecord.of(path, coco, pictures, looks)))


def annotation_contents(coco: Dataset) -> NDArray[np.uint64]:
    """What each annotation says, whatever its ids, its mask and its scores: a digest of its image, its category and its box.

    Returns:
        uint64, shape (annotations,).
    """
    annotations = coco.annotations
    contents, rows = RowContents(coco, coco.images, coco.categories), np.arange(annotations.n)
    box = np.where(annotations.bbox.ok[:, None], annotations.bbox.floats, -1.0)
    return digest_columns([contents.of_image(rows), contents.of_category(rows), *np.ascontiguousarray(box.T)])


def _first_rows(ids: Column) -> dict[int, int]:
    values = ids.values.tolist()
    return {values[row]: row for row in reversed(np.flatnonzero(ids.ok).tolist())}
