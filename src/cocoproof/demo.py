"""A small dataset with its images, with the defects that exporters typically produce."""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.export import ImageInfo, PlainDetections, export_coco
from cocoproof.geometry.ragged import Ragged
from cocoproof.geometry.rle import encode_counts, encode_mask
from cocoproof.mapping import ClassMapping

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from cocoproof.export import ExportReport

__all__ = ["Demonstration", "make_demonstration", "write_png"]

_WIDTH, _HEIGHT = 320, 240
_CLASSES = ("person", "car", "dog")
_MODEL = ("car", "dog", "person")
"""The classes of a model, which numbers them from 0 in an order of its own."""


@dataclass(frozen=True, slots=True)
class Demonstration:
    """The files of the demonstration.

    Attributes:
        annotations: The broken COCO file.
        categories: The class list that it should follow.
        images: The image folder.
        exported: The same detections as `export_coco` writes them.
        detections: The detections of a model, image by image, as `export_coco` accepts them.
        mapping: From the model's classes to the categories of the class list.
        report: The report of the export.
    """

    annotations: Path
    categories: Path
    images: Path
    exported: Path
    detections: list[tuple[ImageInfo, PlainDetections]]
    mapping: ClassMapping
    report: ExportReport


def make_demonstration(folder: Path) -> Demonstration:
    """Write three images, a class list, a broken COCO file, and a valid one of the same detections into a folder.

    Raises:
        OSError: If a file cannot be written.
    """
    images = folder / "images"
    images.mkdir(exist_ok=True)
    disc, ring, bar = _disc((90, 120), 50), _disc((200, 110), 60) & ~_disc((200, 110), 25), _box(60, 150, 180, 60)
    block = _box(30, 40, 90, 70)
    seen = {"street.png": ((disc, "person"), (ring, "car")), "park.png": ((bar, "car"), (block, "dog")), "yard.png": ((ring, "dog"),)}
    for name, found in seen.items():
        write_png(images / name, _image(tuple(mask for mask, _ in found)))
    annotations = folder / "instances.json"
    annotations.write_text(_document(disc, ring, bar, block), encoding="utf-8", newline="\n")
    categories = folder / "classes.txt"
    categories.write_text("\n".join(_CLASSES) + "\n", encoding="utf-8", newline="\n")
    exported = folder / "exported.json"
    detections = _detections(seen)
    mapping = ClassMapping.from_names(source=list(_MODEL), target=list(_CLASSES))
    report = export_coco(detections, exported, mapping=mapping)
    return Demonstration(annotations, categories, images, exported, detections, mapping, report)


def _detections(seen: dict[str, tuple[tuple[NDArray[np.bool_], str], ...]]) -> list[tuple[ImageInfo, PlainDetections]]:
    """The detections as a model would return them, with its own order of classes."""
    return [
        (
            ImageInfo(name, _WIDTH, _HEIGHT),
            PlainDetections(
                xyxy=np.array([_corners(mask) for mask, _ in found]),
                class_id=np.array([_MODEL.index(label) for _, label in found]),
                mask=np.array([mask for mask, _ in found]),
                confidence=np.linspace(0.9, 0.7, len(found)),
            ),
        )
        for name, found in seen.items()
    ]


def write_png(path: Path, image: NDArray[np.uint8]) -> None:
    """Write an image, uint8, shape (H, W, 3), as a PNG (RFC 2083), without a library that only the demo would need."""
    height, width, _ = image.shape
    rows = np.concatenate([np.zeros((height, 1), np.uint8), image.reshape(height, -1)], axis=1)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows.tobytes())) + chunk(b"IEND", b""))


def _disc(centre: tuple[int, int], radius: int) -> NDArray[np.bool_]:
    y, x = np.mgrid[:_HEIGHT, :_WIDTH]
    inside: NDArray[np.bool_] = (x - centre[0]) ** 2 + (y - centre[1]) ** 2 <= radius**2
    return inside


def _box(x: int, y: int, width: int, height: int) -> NDArray[np.bool_]:
    out = np.zeros((_HEIGHT, _WIDTH), bool)
    out[y : y + height, x : x + width] = True
    return out


def _image(masks: tuple[NDArray[np.bool_], ...]) -> NDArray[np.uint8]:
    shade = np.linspace(60, 120, _HEIGHT).astype(np.uint8)
    image = np.repeat(np.repeat(shade[:, None, None], _WIDTH, 1), 3, 2)
    for k, mask in enumerate(masks):
        image[mask] = ((214, 120, 60), (70, 150, 210))[k % 2]
    return image


def _envelope(mask: NDArray[np.bool_]) -> list[int]:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return [int(columns[0]), int(rows[0]), int(columns[-1] - columns[0] + 1), int(rows[-1] - rows[0] + 1)]


def _corners(mask: NDArray[np.bool_]) -> list[int]:
    x, y, width, height = _envelope(mask)
    return [x, y, x + width, y + height]


def _rle(mask: NDArray[np.bool_]) -> dict[str, object]:
    counts = encode_counts(Ragged.from_rows([encode_mask(mask)], np.int64))[0].decode("ascii")
    return {"size": [_HEIGHT, _WIDTH], "counts": counts}


def _outline(rectangle: NDArray[np.bool_]) -> list[int]:
    x, y, width, height = _envelope(rectangle)
    return [x, y, x + width, y, x + width, y + height, x, y + height]


def _document(disc: NDArray[np.bool_], ring: NDArray[np.bool_], bar: NDArray[np.bool_], block: NDArray[np.bool_]) -> str:
    images = [
        {"id": k, "width": _WIDTH, "height": _HEIGHT, "file_name": name} for k, name in enumerate(("street.png", "park.png", "yard.png"), 1)
    ]
    x, y, width, height = _envelope(bar)
    # Each row is valid except for what its comment describes.
    annotations = [
        # Ids from 0: pycocotools reads the match of annotation 0 as a miss.
        {
            "id": 0,
            "image_id": 1,
            "category_id": 1,
            "bbox": _envelope(disc),
            "area": int(disc.sum()),
            "iscrowd": 0,
            "segmentation": _rle(disc),
        },
        # A mask with a hole became a crowd: evaluation ignores it.
        {
            "id": 1,
            "image_id": 1,
            "category_id": 2,
            "bbox": _envelope(ring),
            "area": int(ring.sum()),
            "iscrowd": 1,
            "segmentation": _rle(ring),
        },
        # [x1, y1, x2, y2] instead of [x, y, width, height]: the box exceeds the image.
        {
            "id": 2,
            "image_id": 2,
            "category_id": 2,
            "bbox": [x, y, x + width, y + height],
            "area": int(bar.sum()),
            "iscrowd": 0,
            "segmentation": [_outline(bar)],
        },
        # A class without a category, and a missing area.
        {"id": 3, "image_id": 2, "category_id": 4, "bbox": _envelope(block), "iscrowd": 0, "segmentation": [_outline(block)]},
        # A duplicate id, and a box with NaN.
        {
            "id": 3,
            "image_id": 3,
            "category_id": 3,
            "bbox": [float("nan"), 50, 120, 120],
            "area": int(ring.sum()),
            "iscrowd": 0,
            "segmentation": _rle(ring),
        },
        # The runs are truncated.
        {
            "id": 5,
            "image_id": 3,
            "category_id": 3,
            "bbox": _envelope(ring),
            "area": int(ring.sum()),
            "iscrowd": 0,
            "segmentation": {"size": [_HEIGHT, _WIDTH], "counts": [20000, 500]},
        },
    ]
    # The classes in alphabetical order, unlike in the class list: every id means another class.
    categories = [{"id": k, "name": name, "supercategory": ""} for k, name in enumerate(sorted(_CLASSES), 1)]
    parts = {"images": images, "annotations": annotations, "categories": categories}
    body = ",\n".join(
        f" {json.dumps(name)}: [\n  " + ",\n  ".join(json.dumps(row) for row in rows) + "\n ]" for name, rows in parts.items()
    )
    return "{\n" + body + "\n}\n"
