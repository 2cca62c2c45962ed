"""What every adapter is built on: an exporter under the contract, with what it does not claim and why, and a plain view of the data set."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from cocoproof.geometry.tracing import trace
from cocoproof.testing import ExporterContract

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from supervision import DetectionDataset

    from cocoproof.mapping import Category, ClassMapping

__all__ = ["Adapter", "Annotation", "Image", "edge_polygons", "images_of", "runs", "write_source"]


class Adapter(ExporterContract):
    """An exporter of another project.

    Attributes:
        how: How the data set is given to it, in a sentence or two; told on the page.
        not_claimed: Claim (`keeps_scores`) or property -> why it is not claimed; such a property is not tried.
    """

    how: ClassVar[str] = ""
    not_claimed: ClassVar[Mapping[str, str]] = {}


@dataclass(frozen=True)
class Annotation:
    """One detection that the mapping does not drop.

    Attributes:
        category: What its class becomes.
        class_name: The source's name of its class.
        corners: x1, y1, x2, y2 in pixels.
        mask: Bool, shape (height, width), or None.
        crowd: 0 or 1, as the source has it; a bool is a number here, as exporters say that they take one.
        score: Or None.
        track_id: Or None.
        corner_points: Of the oriented box, four pairs; or None.
        data: The further columns.
    """

    category: Category
    class_name: str
    corners: tuple[float, float, float, float]
    mask: NDArray[np.bool_] | None
    crowd: int
    score: float | None
    track_id: int | None
    corner_points: list[list[float]] | None
    data: dict[str, Any]

    @property
    def xywh(self) -> list[float]:
        """The box as COCO has it."""
        x1, y1, x2, y2 = self.corners
        return [x1, y1, x2 - x1, y2 - y1]


@dataclass(frozen=True)
class Image:
    """One image with its annotations.

    Attributes:
        id: 1 for the first.
        name: The path below the folder of all pictures, with forward slashes.
        path: The picture.
        width: Pixels.
        height: Pixels.
        annotations: In the source's order.
    """

    id: int
    name: str
    path: Path
    width: int
    height: int
    annotations: tuple[Annotation, ...]


_NO_COLUMNS = {"class_name", "iscrowd", "xyxyxyxy"}


def images_of(dataset: DetectionDataset, mapping: ClassMapping) -> list[Image]:
    """A data set in plain values, with each class through the mapping.

    Raises:
        KeyError: If the mapping has no word on a class.
    """
    categories = {category.id: category for category in mapping.categories}
    classes = {row.id: row for row in mapping.classes}
    out = []
    for number, path in enumerate(map(Path, dataset.image_paths), 1):
        found = dataset.annotations[str(path)]
        data = {name: np.asarray(column).tolist() for name, column in found.data.items()}
        rows = []
        for index in range(len(found)):
            row = classes[int(found.class_id[index])]
            if row.dropped:
                continue
            rows.append(
                Annotation(
                    categories[row.category_id],
                    dataset.classes[row.id],
                    tuple(np.asarray(found.xyxy[index], np.float64).tolist()),
                    None if found.mask is None else np.asarray(found.mask[index], np.bool_),
                    int(data["iscrowd"][index]) if "iscrowd" in data else 0,
                    None if found.confidence is None else float(found.confidence[index]),
                    None if found.tracker_id is None else int(found.tracker_id[index]),
                    data["xyxyxyxy"][index] if "xyxyxyxy" in data else None,
                    {name: column[index] for name, column in data.items() if name not in _NO_COLUMNS},
                )
            )
        width, height = _size(path)
        out.append(Image(number, _below_images(path), path, width, height, tuple(rows)))
    return out


def _below_images(path: Path) -> str:
    """The name that the contract expects: the path below the folder `images` that the test made."""
    root = next(folder for folder in path.parents if folder.name == "images")
    return path.relative_to(root).as_posix()


def _size(path: Path) -> tuple[int, int]:
    """Width and height from the header of a PNG or BMP file."""
    head = path.read_bytes()[:26]
    if head[:2] == b"BM":
        return int.from_bytes(head[18:22], "little"), abs(int.from_bytes(head[22:26], "little", signed=True))
    header = head[16:24]
    return int.from_bytes(header[:4], "big"), int.from_bytes(header[4:], "big")


def write_source(path: Path, text: str) -> None:
    """Write what an exporter is to read, unless it is there: where writes are made to fail, it is the exporter's that shall fail."""
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def edge_polygons(mask: NDArray[np.bool_]) -> list[list[float]]:
    """A mask as polygons along pixel edges that pycocotools rasterises to the very mask: for exporters that take polygons alone.

    A hole is joined to its part by a bridge of no width, so that what is lost is not lost by this.
    """
    return [[float(number) for number in np.asarray(ring).ravel()] for ring in trace(mask)]


def runs(mask: NDArray[np.bool_]) -> dict[str, Any]:
    """A mask as pycocotools' run-length encoding, with counts as text: for exporters that take segmentations as COCO has them."""
    import pycocotools.mask

    encoded = pycocotools.mask.encode(np.asfortranarray(mask.astype(np.uint8)))
    return {"size": [int(side) for side in encoded["size"]], "counts": encoded["counts"].decode("ascii")}
