"""A dataset in plain Python: drawn by Hypothesis or directed, reduced, and printed as code that can be pasted into a test."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

import numpy as np

from cocoproof.images.png_writer import black_bmp, black_png
from cocoproof.testing.code_text import call, literal, numbered

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray
    from supervision import DetectionDataset, Detections

    from cocoproof.mapping import ClassMapping

__all__ = [
    "BoxType",
    "CrowdType",
    "DrawnCase",
    "DrawnDataset",
    "DrawnImage",
    "ScoreType",
    "World",
    "black_file",
    "mapping_code",
    "mask_rows",
    "mask_stack",
]

BoxType: TypeAlias = Literal["float64", "float32", "int64"]
ScoreType: TypeAlias = Literal["float64", "float32", "float16"]
CrowdType: TypeAlias = Literal["int64", "uint8", "bool"]

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
        score_type: The dtype of its scores.
        crowd_type: The dtype of `data["iscrowd"]`.
        data_types: The dtypes of further columns, by name, where numpy would choose others.
    """

    COLUMNS: ClassVar[tuple[str, ...]] = ("masks", "crowd", "confidence", "tracker_id", "oriented_boxes")
    """Fields that are None or have a value for each detection."""

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
    score_type: ScoreType = "float64"
    crowd_type: CrowdType = "int64"
    data_types: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.boxes)

    def detections(self) -> Detections:
        """The detections as new `supervision.Detections`."""
        from supervision import Detections

        n = len(self)
        data: dict[str, Any] = {name: np.array(column, self.data_types.get(name)) for name, column in self.data.items()}
        if self.crowd is not None:
            data["iscrowd"] = np.array(self.crowd, np.dtype(self.crowd_type))
        if self.oriented_boxes is not None:
            data["xyxyxyxy"] = np.array(self.oriented_boxes, np.float64).reshape(n, 4, 2)
        return Detections(
            xyxy=np.array(self.boxes, np.dtype(self.box_type)).reshape(n, 4),
            mask=None if self.masks is None else mask_stack(self.masks, (self.height, self.width)),
            confidence=None if self.confidence is None else np.array(self.confidence, np.dtype(self.score_type)),
            class_id=np.array(self.class_id, np.int64),
            tracker_id=None if self.tracker_id is None else np.array(self.tracker_id, np.int64),
            data=data,
        )

    def __repr__(self) -> str:
        return call(self, ("file_name", "width", "height"))


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

        A name that ends with `.bmp` is a BMP file, any other a PNG file.

        Raises:
            OSError: If they cannot be written.
        """
        from supervision import DetectionDataset

        root = Path(folder)
        annotations = {}
        for image in self.images:
            path = root / image.file_name
            black_file(path, image.width, image.height)
            annotations[str(path)] = image.detections()
        return DetectionDataset(classes=list(self.classes), images=list(annotations), annotations=annotations)

    def __repr__(self) -> str:
        images = "".join(f"    {line},\n" for line in _image_lines(self.images))
        classes = literal(self.classes)
        return f"DrawnDataset(classes={classes}, images=(\n{images}))" if images else f"DrawnDataset(classes={classes})"


def black_file(path: Path, width: int, height: int) -> None:
    """Write a black image: a BMP file if the name ends with `.bmp`, else a PNG file.

    Raises:
        OSError: If it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    black = black_bmp if path.suffix == ".bmp" else black_png
    path.write_bytes(black(width, height))


@dataclass(frozen=True)
class DrawnCase:
    """The input of an exporter.

    Attributes:
        dataset: The data set.
        mapping: Its classes to categories.
    """

    NEEDED: ClassVar[frozenset[str]] = frozenset()
    """Columns without which it is not an input of its exporter."""
    KIND: ClassVar[Literal["instances", "keypoints", "results"]] = "instances"
    """The kind of file that is written."""

    dataset: DrawnDataset
    mapping: ClassMapping

    def build(self, folder: str | Path) -> Any:
        """Write the images into a folder, and return the source that the exporter is given.

        Raises:
            OSError: If they cannot be written.
        """
        return self.dataset.build(folder)

    def export_by(self, exporter: Any, source: Any, mapping: ClassMapping, folder: Path) -> object:
        """Call the exporter as its contract says; returns what it returns.

        Args:
            exporter: The exporter under test.
            source: What `build` returned.
            mapping: The mapping of its classes.
            folder: An existing folder.
        """
        return exporter.export(source, mapping, folder)

    def of_images(self, images: tuple[DrawnImage, ...]) -> DrawnCase:
        """The same with these images."""
        return replace(self, dataset=replace(self.dataset, images=images))

    def plainer(self) -> Iterator[DrawnCase]:
        """Cases that differ in form alone and are plainer; there are none of a dataset."""
        return iter(())

    def code(self) -> str:
        """Python code that creates the dataset and mapping: `dataset` and `mapping`, given a `folder`."""
        return "\n".join(
            [
                "from cocoproof import ClassMapping",
                "from cocoproof.mapping import Category",
                f"from cocoproof.testing import {', '.join(self.imported())}",
                "",
                f"drawn = {self.dataset!r}",
                f"dataset = {self.made()}  # folder: a pathlib.Path, such as tmp_path",
                f"mapping = {mapping_code(self.mapping)}",
                *self.further_code(),
            ]
        )

    def imported(self) -> tuple[str, ...]:
        """What the code imports from `cocoproof.testing`."""
        return ("DrawnDataset", "DrawnImage")

    def made(self) -> str:
        """The code that makes what the exporter is given, of `drawn` and a `folder`."""
        return 'drawn.build(folder / "images")'

    def further_code(self) -> tuple[str, ...]:
        """Lines of code after those of the mapping."""
        return ()

    def __repr__(self) -> str:
        return f"DrawnCase(\n{self.dataset!r},\n{mapping_code(self.mapping)})"


@dataclass(frozen=True)
class World:
    """A directed dataset.

    Attributes:
        name: The levels that are not ordinary.
        case: The dataset and the mapping.
    """

    name: str
    case: DrawnCase


def _image_lines(images: tuple[DrawnImage, ...]) -> list[str]:
    """The code of images: images of consecutive numbers that are otherwise alike become one comprehension."""
    lines: list[str] = []
    place = 0
    while place < len(images):
        own = images[place]
        alike = place + 1
        while alike < len(images) and replace(images[alike], file_name=own.file_name) == own:
            alike += 1
        pattern = numbered([image.file_name for image in images[place:alike]])
        if pattern is None:
            lines.append(repr(own))
            place += 1
        else:
            text = call(own, ("file_name", "width", "height"), {"file_name": pattern.text})
            lines.append(f"*({text} for k in {pattern.numbers})")
            place = alike
    return lines


def mapping_code(mapping: ClassMapping) -> str:
    """A mapping as the shortest call of `ClassMapping.from_ids` that creates it."""
    table = {row.id: row.category_id for row in mapping.classes if row.category_id is not None}
    target = {category.id: category.name for category in mapping.categories}
    names = {row.id: row.name for row in mapping.classes}
    dropped = [row.id for row in mapping.classes if row.dropped]
    # A table of ids is read by ascending id; where the order is another, or there is more to say, the categories are spelt out.
    ascending = list(target) == sorted(target, key=lambda number: number or 0)
    ascending &= all(category.supercategory is None and category.keypoints is None for category in mapping.categories)
    spelt = literal(target) if ascending else "[" + ", ".join(call(category, ("id", "name")) for category in mapping.categories) + "]"
    source = (
        ""
        if None in names.values()
        else f", source={literal(list(names.values()))}"
        if list(names) == list(range(len(names)))
        else f", source={literal(names)}"
    )
    drop = f", drop={literal(dropped)}" if dropped else ""
    unmapped = "" if mapping.unmapped == "error" else f", unmapped={mapping.unmapped!r}"
    return f"ClassMapping.from_ids({literal(table)}, {spelt}{source}{drop}{unmapped})"


def mask_stack(masks: tuple[tuple[str, ...], ...], size: tuple[int, int]) -> NDArray[np.bool_]:
    """Masks as an array, bool, shape (n, height, width).

    Args:
        masks: Rows of text.
        size: Height and width.
    """
    text = "".join("".join(rows) for rows in masks)
    found: NDArray[np.bool_] = np.frombuffer(text.encode("ascii"), np.uint8) == ord("#")
    return found.reshape(len(masks), *size)


def mask_rows(mask: NDArray[np.bool_]) -> tuple[str, ...]:
    """A mask, bool, shape (height, width), as rows of text."""
    rows: list[str] = []
    for row in np.where(mask, ord("#"), ord(".")).astype(np.uint8):
        text = row.tobytes().decode("ascii")
        rows.append(rows[-1] if rows and rows[-1] == text else text)  # equal rows of large masks share their memory
    return tuple(rows)
