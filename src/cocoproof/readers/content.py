"""The content of a dataset, in the source and as returned by a reader: the two sides of a comparison."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

__all__ = ["Aspect", "CategoryOf", "DetectionOf", "FileContent", "ImageOf", "MaskOf", "plain"]


class Aspect(enum.Enum):
    """A part of the content that a reader can preserve."""

    CATEGORY_IDS = "category ids"
    CATEGORY_ORDER = "the order of categories"
    CATEGORY_FIELDS = "supercategories and skeletons"
    IMAGE_SIZES = "image sizes"
    METADATA = "image metadata"
    BOXES = "boxes"
    MASKS = "masks"
    AREAS = "areas"
    CROWD = "crowd flags"
    SCORES = "scores"
    TRACK_IDS = "tracker ids"
    ORIENTED_BOXES = "oriented boxes"
    DATA = "data columns"
    KEYPOINTS = "keypoints"
    IMAGE_FIELDS = "further fields of images"
    SECTIONS = "info, licences and further sections"


@dataclass(frozen=True, slots=True)
class MaskOf:
    """A mask that is decoded on demand, so that not all masks of a dataset are in memory.

    Attributes:
        size: Height and width.
        decode: Returns bool, shape `size`.
    """

    size: tuple[int, int]
    decode: Callable[[], NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class DetectionOf:
    """A detection, or the annotation that it became.

    Attributes:
        place: Its index in the image, from 0.
        category: The category's name; None if it has none.
        category_id: Its id, or, for a detection, that given by the mapping; None if there is none.
        class_id: For a detection, the source's class.
        box: x1, y1, x2, y2 in pixels, float64; None if there is none.
        mask: None if there is none, or it cannot be decoded.
        mask_trouble: Why an annotation's segmentation cannot be decoded.
        area: In pixels; None if none is written.
        crowd: As written; None if it is not.
        keypoints: x, y, v of each, flat.
        data: The further columns in plain Python, by name.
        id: The annotation's id as written; None if there is none. It is not compared, but differences are counted.
        recorded: Fields that an export recomputes (`area`, `num_keypoints`), as written. Not compared, but differences are counted.
    """

    place: int
    category: str | None
    category_id: int | None = None
    class_id: int | None = None
    box: NDArray[np.float64] | None = None
    mask: MaskOf | None = None
    mask_trouble: str | None = None
    area: float | None = None
    crowd: object = None
    score: object = None
    track_id: object = None
    oriented_box: list[float] | None = None
    keypoints: list[float] | None = None
    keypoint_scores: list[float] | None = None
    data: Mapping[str, object] = field(default_factory=dict)
    id: object = None
    recorded: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ImageOf:
    """An image with its detections; `size` is width and height, None if unknown."""

    name: str
    size: tuple[int, int] | None
    detections: tuple[DetectionOf, ...]
    metadata: Mapping[str, object] = field(default_factory=dict)
    turned: bool = False
    """Whether the EXIF orientation of the image file turns it, so that width and height may be in either order."""
    fields: Mapping[str, object] = field(default_factory=dict)
    """The further fields of its entry."""
    id: object = None
    """Its id as written. It is not compared, but differences are counted."""


@dataclass(frozen=True, slots=True)
class CategoryOf:
    """A category; a value that a side does not have is None. `fields` has the further fields of its row."""

    name: str
    id: int | None = None
    supercategory: str | None = None
    keypoints: tuple[str, ...] | None = None
    skeleton: tuple[tuple[int, int], ...] | None = None
    fields: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FileContent:
    """One side.

    Attributes:
        images: In order.
        categories: In order.
        aspects: The parts of the content that this side has.
        precision: The precision of its boxes: the relative step of its floats.
        strays: Annotations without an image.
        sections: The further top-level fields of the file.
        notes: What it does not have, and why.
    """

    images: tuple[ImageOf, ...]
    categories: tuple[CategoryOf, ...]
    aspects: frozenset[Aspect] = frozenset(Aspect)
    precision: float = 2.0**-52
    strays: int = 0
    sections: Mapping[str, object] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def plain(value: object) -> object:
    """A value in Python's own types: numpy's scalars and arrays become numbers and lists, tuples lists.

    A value that JSON cannot represent becomes a string with its type, such as `<object>`.
    """
    if isinstance(value, np.generic | np.ndarray):
        if value.dtype.kind in "mM":
            return f"<{value.dtype}>"
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return f"<{type(value).__name__}>"
