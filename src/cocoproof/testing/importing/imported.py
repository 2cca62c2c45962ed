"""What a reader holds after it read a COCO file, in a form that belongs to no library."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from supervision import DetectionDataset

__all__ = ["ImportedAnnotation", "ImportedCategory", "ImportedDataset", "ImportedImage", "Segmentation", "from_supervision"]

Segmentation: TypeAlias = "NDArray[Any] | Sequence[Sequence[float]] | Mapping[str, Any]"
"""A mask of shape (height, width), or polygons `[[x1, y1, x2, y2, ...], ...]` or run lengths (`size`, `counts`) as COCO has them."""


@dataclass(frozen=True)
class ImportedCategory:
    """One category.

    Attributes:
        name: Its name.
        id: The file's id; None if the reader does not keep it.
        supercategory: None if there is none, or the reader does not keep it.
        keypoints: The names of its keypoints, in order; None likewise.
    """

    name: str
    id: int | None = None
    supercategory: str | None = None
    keypoints: tuple[str, ...] | None = None


@dataclass(frozen=True)
class ImportedAnnotation:
    """One annotation. A field that the reader does not keep is None: then do not claim it.

    Attributes:
        category: The name of its category.
        bbox: x, y, width, height in pixels, as COCO has them.
        segmentation: Its mask; None without one.
        iscrowd: 0 or 1.
        area: In square pixels.
        keypoints: x, y, v of each keypoint, one after another; None without keypoints.
        score: Its score.
        id: The file's id.
        fields: Further keys of the annotation with their values, such as `attributes` or `track_id`.
    """

    category: str
    bbox: Sequence[float] | None = None
    segmentation: Segmentation | None = None
    iscrowd: int | None = None
    area: float | None = None
    keypoints: Sequence[float] | None = None
    score: float | None = None
    id: int | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ImportedImage:
    """One image.

    Attributes:
        file_name: Below the folder of images, with forward slashes.
        width: Pixels; None if the reader does not keep it.
        height: Likewise.
        id: The file's id; None likewise.
        annotations: In the reader's order.
    """

    file_name: str
    width: int | None = None
    height: int | None = None
    id: int | None = None
    annotations: Sequence[ImportedAnnotation] = ()


@dataclass(frozen=True)
class ImportedDataset:
    """What a reader holds.

    Attributes:
        images: In the reader's order.
        categories: In the reader's order.
    """

    images: Sequence[ImportedImage] = ()
    categories: Sequence[ImportedCategory] = ()


def from_supervision(dataset: DetectionDataset, images_folder: Path) -> ImportedDataset:
    """A `supervision.DetectionDataset` in this form; `data` has `iscrowd`, `area` and further fields, if anything has them.

    Args:
        dataset: What `DetectionDataset.from_coco` returned.
        images_folder: The folder that it was given.
    """
    names = list(dataset.classes)
    images = []
    for path in dataset.image_paths:
        found = dataset.annotations[path]
        numbers: Any = found.class_id
        corners = np.asarray(found.xyxy, np.float64).reshape(-1, 4)
        data = {key: np.asarray(column).tolist() for key, column in found.data.items()}
        annotations = []
        for place, (x1, y1, x2, y2) in enumerate(corners.tolist()):
            own = {key: column[place] for key, column in data.items() if key != "class_name"}
            annotations.append(
                ImportedAnnotation(
                    names[int(numbers[place])],
                    (x1, y1, x2 - x1, y2 - y1),
                    None if found.mask is None else np.asarray(found.mask[place], np.bool_),
                    own.pop("iscrowd", None),
                    own.pop("area", None),
                    score=None if found.confidence is None else float(found.confidence[place]),
                    fields=own,
                )
            )
        images.append(ImportedImage(_below(path, images_folder), annotations=annotations))
    return ImportedDataset(images, [ImportedCategory(name) for name in names])


def _below(path: str | Path, folder: Path) -> str:
    """A path below a folder, with forward slashes; the whole path where it is elsewhere."""
    from pathlib import Path as Own

    own = Own(path)
    return own.relative_to(folder).as_posix() if own.is_relative_to(folder) else own.as_posix()
