"""Small files that ask for much work: each shape at any size, as bytes of a COCO file."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["SHAPES", "Shape"]

Shape: TypeAlias = "Callable[[int], bytes]"

_IMAGES = [{"id": 1, "file_name": "a.jpg", "width": 640, "height": 480}]
_ROW = {"image_id": 1, "category_id": 1, "bbox": [1, 2, 41, 40], "area": 1000, "iscrowd": 0}


def _file(annotations: list[dict[str, Any]], **sections: Any) -> bytes:
    rows = [{"id": k, **_ROW, **row} for k, row in enumerate(annotations, 1)]
    document = {"info": {}, "licenses": [], "images": _IMAGES, "annotations": rows, "categories": [{"id": 1, "name": "a"}], **sections}
    return json.dumps(document, separators=(",", ":")).encode()


def _ring(numbers: list[float]) -> bytes:
    return _file([{"segmentation": [numbers]}])


def retraced_square(passes: int) -> bytes:
    """A ring that runs round one square again and again."""
    return _ring([1, 2, 31, 2, 31, 42, 1, 42] * passes)


def retraced_line(passes: int) -> bytes:
    """A ring that goes out and back along one line again and again."""
    return _ring([1, 2, 31, 2] * passes)


def retraced_pair(passes: int) -> bytes:
    """A ring that runs round one square again and again, and out of it: its area alone does not tell."""
    return _ring([1, 2, 31, 2, 31, 42, 1, 42, 1, 2, 1, 42, 31, 42, 31, 2] * passes + [600, 400, 500, 470])


def overlapping_line(points: int) -> bytes:
    """A ring whose edges all lie on one line, none on another exactly, with one point beside it."""
    return _ring([number for k in range(points) for number in (k * 0.01 + (k % 2) * 100, 5)] + [300, 100])


def near_spiral(points: int) -> bytes:
    """Points that go round a centre and back a little beside it."""
    out = [(0.1 * k, 10 + 0.02 * k) for k in range(points)]
    back = [(angle, radius + 0.01) for angle, radius in reversed(out)]
    return _ring(
        [round(number, 2) for angle, radius in out + back for number in (320 + radius * math.cos(angle), 240 + radius * math.sin(angle))]
    )


def rosette(leaves: int) -> bytes:
    """A ring that comes through one point once for each leaf."""
    numbers: list[float] = []
    for k in range(leaves):
        for angle in (2 * math.pi * k / leaves, 2 * math.pi * (k + 0.5) / leaves):
            numbers += [round(320 + 200 * math.cos(angle), 2), round(240 + 200 * math.sin(angle), 2)]
        numbers += [320, 240]
    return _ring(numbers)


def comb(teeth: int) -> bytes:
    """Slanted teeth: the bounds of all edges overlap, and none meet."""
    numbers = [number for k in range(2 * teeth) for number in (round(k * 0.01 + (k % 2) * 300, 2), k % 2 * 400)]
    return _ring([*numbers, 600 + teeth * 0.02, -5, 0, -5])


def scrambled(points: int) -> bytes:
    """Points of one ring out of order."""
    return _ring([number for k in range(points) for number in (k * 7919 % 640, k * 104729 % 480)])


def fine_circle(points: int) -> bytes:
    """A circle of very many points."""
    angles = [2 * math.pi * k / points for k in range(points)]
    return _ring([round(number, 3) for angle in angles for number in (320 + 200 * math.cos(angle), 240 + 200 * math.sin(angle))])


def empty_polygons(count: int) -> bytes:
    """One annotation of empty polygons, four bytes each as `json.dump` writes them."""
    return _file([{"segmentation": [[]] * count}]).replace(b"[],", b"[], ")


def equal_polygons(count: int) -> bytes:
    """One annotation of one triangle again and again."""
    return _file([{"segmentation": [[1, 1, 9, 1, 9, 9]] * count}])


def large_polygons(count: int) -> bytes:
    """Annotations of one image whose large polygons all overlap."""
    annotations = []
    for k in range(count):
        points = [
            (320 + (200 + k % 50) * math.cos(math.pi * i / 6 + k), 240 + (150 + k % 60) * math.sin(math.pi * i / 6 + k)) for i in range(12)
        ]
        annotations.append({"segmentation": [[round(number, 1) for point in points for number in point]], "bbox": [1, 1, 600, 470]})
    return _file(annotations)


def compressed_counts(characters: int) -> bytes:
    """One mask whose compressed counts have this many characters, a run each."""
    side = math.isqrt(characters)
    counts = "111" + "0" * (side * side - 3)
    image = [{"id": 1, "file_name": "a.jpg", "width": side, "height": side}]
    mask = {"size": [side, side], "counts": counts}
    row = {"bbox": [0, 0, side, side], "area": side * side // 2, "iscrowd": 1, "segmentation": mask}
    return _file([row], images=image)


def listed_counts(runs: int) -> bytes:
    """One mask of this many runs of one pixel, as a list."""
    side = math.isqrt(runs)
    image = [{"id": 1, "file_name": "a.jpg", "width": side, "height": side}]
    mask = {"size": [side, side], "counts": [1] * (side * side)}
    return _file([{"bbox": [0, 0, side, side], "area": side * side // 2, "iscrowd": 1, "segmentation": mask}], images=image)


def wide_crowds(width: int) -> bytes:
    """Crowds one pixel high and very wide: one run of each is a stretch of pixels in every column."""
    image = [{"id": 1, "file_name": "a.jpg", "width": width, "height": 1}]
    row = {"bbox": [0, 0, width, 1], "area": width, "iscrowd": 1, "segmentation": {"size": [1, width], "counts": [0, width]}}
    return _file([row] * 20, images=image)


def skeleton_edges(count: int) -> bytes:
    """A category with a skeleton of this many edges."""
    category = {"id": 1, "name": "a", "keypoints": ["a", "b"], "skeleton": [[100000, 200000]] * count}
    return _file([{}], categories=[category])


def long_key(characters: int) -> bytes:
    """A top-level key of this length."""
    return _file([{}], **{"k" * characters: 1})


def long_file_name(characters: int) -> bytes:
    """A file name of this length."""
    return _file([{}], images=[{**_IMAGES[0], "file_name": "a" * characters}])


def many_keys(count: int) -> bytes:
    """This many unknown top-level keys."""
    return _file([{}], **{f"annotation{k}": 1 for k in range(count)})


def large_ids(count: int) -> bytes:
    """Categories with ids from 74,673,216 on."""
    categories = [{"id": 74673216 + 1000 * k, "name": f"c{k}"} for k in range(count)]
    return _file([{"category_id": 74673216}], categories=categories)


SHAPES: Mapping[str, tuple[Callable[[int], bytes], tuple[int, int, int]]] = {
    "retraced_square": (retraced_square, (1_000, 2_500, 5_000)),
    "retraced_line": (retraced_line, (1_000, 5_000, 10_000)),
    "retraced_pair": (retraced_pair, (500, 2_500, 5_000)),
    "overlapping_line": (overlapping_line, (2_000, 20_000, 100_000)),
    "near_spiral": (near_spiral, (500, 2_000, 20_000)),
    "rosette": (rosette, (300, 3_000, 30_000)),
    "comb": (comb, (1_000, 8_000, 100_000)),
    "scrambled": (scrambled, (1_000, 100_000, 1_000_000)),
    "fine_circle": (fine_circle, (10_000, 300_000, 3_000_000)),
    "empty_polygons": (empty_polygons, (10_000, 100_000, 1_000_000)),
    "equal_polygons": (equal_polygons, (10_000, 100_000, 300_000)),
    "large_polygons": (large_polygons, (100, 1_000, 3_000)),
    "compressed_counts": (compressed_counts, (200_000, 4_000_000, 20_000_000)),
    "listed_counts": (listed_counts, (100_000, 1_000_000, 10_000_000)),
    "wide_crowds": (wide_crowds, (10_000, 16_000_000, 2_000_000_000)),
    "skeleton_edges": (skeleton_edges, (10_000, 100_000, 1_000_000)),
    "long_key": (long_key, (1_000_000, 10_000_000, 50_000_000)),
    "long_file_name": (long_file_name, (1_000_000, 10_000_000, 40_000_000)),
    "many_keys": (many_keys, (1_000, 10_000, 100_000)),
    "large_ids": (large_ids, (10, 1_000, 20_000)),
}
"""Each shape with three sizes: the first for every run of the suite, the last as large as users met it."""
