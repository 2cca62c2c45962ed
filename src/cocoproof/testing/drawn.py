"""A small data set in plain Python: what Hypothesis draws, shrinks and prints as code that can be pasted into a test."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from cocoproof.images.png_writer import black_png

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from supervision import DetectionDataset, Detections

    from cocoproof.mapping import ClassMapping

__all__ = ["BoxType", "DrawnCase", "DrawnDataset", "DrawnImage", "mapping_code", "mask_rows", "mask_stack"]

BoxType: TypeAlias = Literal["float64", "float32", "int64"]

Box: TypeAlias = "tuple[float, float, float, float]"


@dataclass(frozen=True)
class DrawnImage:
    """One image with its detections; every column is None or as long as `boxes`.

    Attributes:
        file_name: Below the folder of images, with forward slashes.
        width: Pixels.
        height: Pixels.
        boxes: x1, y1, x2, y2 of each detection, in pixels.
        class_id: The source class of each.
        masks: The mask of each as rows of text, `#` for a pixel that is set and `.` for one that is not.
        crowd: The values of `data["iscrowd"]`.
        confidence: Scores.
        tracker_id: Tracks.
        oriented_boxes: Four corners each, in pixels.
        data: Further columns.
        box_type: The dtype of the source's boxes.
    """

    file_name: str
    width: int
    height: int
    boxes: tuple[Box, ...] = ()
    class_id: tuple[int, ...] = ()
    masks: tuple[tuple[str, ...], ...] | None = None
    crowd: tuple[int, ...] | None = None
    confidence: tuple[float, ...] | None = None
    tracker_id: tuple[int, ...] | None = None
    oriented_boxes: tuple[tuple[tuple[float, float], ...], ...] | None = None
    data: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    box_type: BoxType = "float64"

    def __len__(self) -> int:
        return len(self.boxes)

    def detections(self) -> Detections:
        """The detections as new `supervision.Detections`."""
        from supervision import Detections

        n = len(self)
        data: dict[str, Any] = {name: np.array(column) for name, column in self.data.items()}
        if self.crowd is not None:
            data["iscrowd"] = np.array(self.crowd, np.int64)
        if self.oriented_boxes is not None:
            data["xyxyxyxy"] = np.array(self.oriented_boxes, np.float64).reshape(n, 4, 2)
        return Detections(
            xyxy=np.array(self.boxes, np.dtype(self.box_type)).reshape(n, 4),
            mask=None if self.masks is None else mask_stack(self.masks, (self.height, self.width)),
            confidence=None if self.confidence is None else np.array(self.confidence, np.float64),
            class_id=np.array(self.class_id, np.int64),
            tracker_id=None if self.tracker_id is None else np.array(self.tracker_id, np.int64),
            data=data,
        )

    def __repr__(self) -> str:
        return _code(self, ("file_name", "width", "height"))


@dataclass(frozen=True)
class DrawnDataset:
    """A data set as classes and images; `build` makes a `supervision.DetectionDataset` of it.

    Attributes:
        classes: Class names by class id.
        images: In order.
    """

    classes: tuple[str, ...]
    images: tuple[DrawnImage, ...] = ()

    def build(self, folder: str | Path) -> DetectionDataset:
        """Write black images into a folder and return the dataset with them.

        Raises:
            OSError: If they cannot be written.
        """
        from supervision import DetectionDataset

        root = Path(folder)
        annotations = {}
        for image in self.images:
            path = root / image.file_name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(black_png(image.width, image.height))
            annotations[str(path)] = image.detections()
        return DetectionDataset(classes=list(self.classes), images=list(annotations), annotations=annotations)

    def __repr__(self) -> str:
        images = "".join(f"    {image!r},\n" for image in self.images)
        return f"DrawnDataset(classes={self.classes!r}, images=(\n{images}))" if images else f"DrawnDataset(classes={self.classes!r})"


@dataclass(frozen=True)
class DrawnCase:
    """The input of an exporter.

    Attributes:
        dataset: The data set.
        mapping: Its classes to categories.
    """

    dataset: DrawnDataset
    mapping: ClassMapping

    def code(self) -> str:
        """Python code that creates the dataset and mapping: `dataset` and `mapping`, given a `folder`."""
        return "\n".join(
            [
                "from cocoproof import ClassMapping",
                "from cocoproof.mapping import Category",
                "from cocoproof.testing import DrawnDataset, DrawnImage",
                "",
                f"drawn = {self.dataset!r}",
                'dataset = drawn.build(folder / "images")  # folder: a pathlib.Path, such as tmp_path',
                f"mapping = {mapping_code(self.mapping)}",
            ]
        )

    def __repr__(self) -> str:
        return f"DrawnCase(\n{self.dataset!r},\n{mapping_code(self.mapping)})"


def mapping_code(mapping: ClassMapping) -> str:
    """A mapping as the shortest call of `ClassMapping.from_ids` that creates it."""
    table = {row.id: row.category_id for row in mapping.classes if row.category_id is not None}
    target = {category.id: category.name for category in mapping.categories}
    names = {row.id: row.name for row in mapping.classes}
    dropped = [row.id for row in mapping.classes if row.dropped]
    # A table of ids is read by ascending id; where the order is another, or there is more to say, the categories are spelt out.
    ascending = list(target) == sorted(target, key=lambda number: number or 0)
    ascending &= all(category.supercategory is None and category.keypoints is None for category in mapping.categories)
    spelt = repr(target) if ascending else "[" + ", ".join(_code(category, ("id", "name")) for category in mapping.categories) + "]"
    source = (
        ""
        if None in names.values()
        else f", source={list(names.values())!r}"
        if list(names) == list(range(len(names)))
        else f", source={names!r}"
    )
    drop = f", drop={dropped!r}" if dropped else ""
    unmapped = "" if mapping.unmapped == "error" else f", unmapped={mapping.unmapped!r}"
    return f"ClassMapping.from_ids({table!r}, {spelt}{source}{drop}{unmapped})"


def mask_stack(masks: tuple[tuple[str, ...], ...], size: tuple[int, int]) -> NDArray[np.bool_]:
    """Masks as an array, bool, shape (n, height, width).

    Args:
        masks: Rows of text.
        size: Height and width.
    """
    flat = np.array([[character == "#" for character in "".join(rows)] for rows in masks], np.bool_)
    return flat.reshape(len(masks), *size)


def mask_rows(mask: NDArray[np.bool_]) -> tuple[str, ...]:
    """A mask, bool, shape (height, width), as rows of text."""
    return tuple("".join("#" if pixel else "." for pixel in row) for row in mask.tolist())


def _code(value: Any, positional: tuple[str, ...]) -> str:
    """A dataclass as the call that creates it, without fields that have their defaults."""
    parts = [repr(getattr(value, name)) for name in positional]
    for entry in fields(value):
        own = getattr(value, entry.name)
        default = {} if entry.name == "data" else entry.default
        if entry.name not in positional and own != default:
            parts.append(f"{entry.name}={own!r}")
    return f"{type(value).__name__}({', '.join(parts)})"
