"""What is remembered of a split's annotations, image by image: to compare frequencies of classes, sizes of boxes, and neighbouring frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.row_contents import digest_text
from cocoproof.model.findings import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from cocoproof.columns.tables import Annotations, Dataset, Segments

__all__ = ["ClassCount", "SplitContents"]


@dataclass(frozen=True, slots=True)
class ClassCount:
    """How often a class is annotated.

    Attributes:
        annotations: How many annotations it has.
        images: On how many images.
        category: The first row of `categories` with its name.
    """

    annotations: int
    images: int
    category: int


@dataclass(frozen=True, eq=False)
class SplitContents:
    """The annotations of one split.

    Attributes:
        images: How many images it has.
        empty: How many of them have no annotation.
        classes: Its annotated classes, by name.
        sizes: The median size of the boxes on each image that has some: the root of the share of the image that a box covers. Ascending,
            float64.
        largest: The largest box on each image as [x, y, width, height] in pixels, float32, shape (images, 4); NaN where there is none.
        largest_class: A digest of its class, uint64, shape (images,).
    """

    images: int
    empty: int
    classes: Mapping[str, ClassCount]
    sizes: NDArray[np.float64]
    largest: NDArray[np.float32]
    largest_class: NDArray[np.uint64]

    @classmethod
    def of(cls, coco: Dataset) -> SplitContents:
        """The contents of a file."""
        table: Segments | Annotations
        if coco.kind is Kind.PANOPTIC:
            table = coco.segments
            image = np.append(coco.annotations.image_row, -1)[table.owner]
        else:
            table, image = coco.annotations, coco.annotations.image_row
        category, box = table.category_row, table.bbox.floats
        placed = image >= 0
        annotated = np.unique(image[placed])
        largest, largest_class = np.full((coco.images.n, 4), np.nan, np.float32), np.zeros(coco.images.n, np.uint64)
        boxed = np.flatnonzero(placed & (category >= 0) & table.bbox.ok & (box[:, 2:] > 0).all(axis=1))
        area = box[boxed, 2] * box[boxed, 3]
        order = np.lexsort((area, image[boxed]))
        boxed, area, owner = boxed[order], area[order], image[boxed][order]
        last = np.flatnonzero(np.append(owner[1:] != owner[:-1], True)) if len(owner) else np.empty(0, np.int64)
        largest[owner[last]] = box[boxed[last]]
        digests = np.array([digest_text(name) for name in coco.categories.name.values] or [0], np.uint64)
        if len(last):
            largest_class[owner[last]] = digests[category[boxed[last]]]
        return cls(
            coco.images.n,
            coco.images.n - len(annotated),
            _classes(coco, image, category),
            _sizes(coco, owner, area, last),
            largest,
            largest_class,
        )


def _classes(coco: Dataset, image: NDArray[np.int64], category: NDArray[np.int64]) -> Mapping[str, ClassCount]:
    names = coco.categories.name.values
    first: dict[str, int] = {}
    place = np.array([first.setdefault(name, row) for row, name in enumerate(names)] or [0], np.int64)
    used = (image >= 0) & (category >= 0)
    owner, code = image[used], place[category[used]] if len(names) else category[used]
    annotations = np.bincount(code, minlength=len(names))
    pairs = np.unique(owner * np.int64(max(len(names), 1)) + code)
    images = np.bincount(pairs % max(len(names), 1), minlength=len(names))
    return {name: ClassCount(int(annotations[row]), int(images[row]), row) for name, row in first.items() if name and annotations[row]}


def _sizes(coco: Dataset, owner: NDArray[np.int64], area: NDArray[np.float64], last: NDArray[np.int64]) -> NDArray[np.float64]:
    """The median size on each image; `owner` and `area` are sorted by image and area, `last` is the last row of each image."""
    if not len(last):
        return np.empty(0)
    images = coco.images
    starts = np.append(0, last[:-1] + 1)
    middle = area[(starts + last) // 2]
    rows = owner[last]
    whole = np.where(images.width.ok & images.height.ok, images.width.values * images.height.floats, np.nan)[rows]
    with np.errstate(all="ignore"):
        size = np.sqrt(middle / whole)
    return np.sort(size[np.isfinite(size)])
