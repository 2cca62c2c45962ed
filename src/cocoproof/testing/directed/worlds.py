"""Directed datasets from rows of levels."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from cocoproof.mapping import Category, ClassMapping
from cocoproof.testing.directed.columns import columns_at
from cocoproof.testing.directed.covering import alone_rows, large_rows, pairwise_rows
from cocoproof.testing.directed.dimensions import DIMENSIONS
from cocoproof.testing.directed.names import class_names_at, file_names_at
from cocoproof.testing.directed.shapes import box_at, cell_box, cells_size, mask_at, small_mask
from cocoproof.testing.drawn import DrawnCase, DrawnDataset, DrawnImage, World, mask_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cocoproof.testing.claims import Claims
    from cocoproof.testing.directed.covering import Row
    from cocoproof.testing.directed.dimensions import Dimension
    from cocoproof.testing.drawn import Box

__all__ = ["DatasetWorlds", "busy_world", "one_image", "ordinary_row", "rows_of", "said", "world_at", "worlds"]

_STEPS = (7, 11, 13, 1)
"""Class ids count up by one of these, so that every class occurs, in an order that is not its own."""

_SIZED, _MASKED, _FULL = 0, 1, 2
"""The places of the image with the size, of that with the mask, and of that with most detections."""

_SMALL = (12, 9)
"""Width and height of the other images."""


def worlds(claims: Claims, *, twins: bool, large: bool = False) -> Sequence[World]:
    """Every directed dataset, those that cost least first.

    Args:
        claims: What the exporter claims.
        twins: Whether the file system keeps names apart that are equal but for case or Unicode form.
        large: Whether the largest are among them.
    """
    return _worlds(claims, twins, large)


@functools.lru_cache(maxsize=4)
def _worlds(claims: Claims, twins: bool, large: bool) -> tuple[World, ...]:
    return tuple(world_at(row, claims, twins=twins) for row in rows_of(DIMENSIONS, large=large))


def busy_world(claims: Claims, *, twins: bool) -> World:
    """One dataset with something of everything, for properties of the process: enough for sets and orders to show.

    Names of files are ASCII, for a locale may have nothing else.
    """
    chosen: Row = {
        "images": 11,
        "detections": 9,
        "classes": 11,
        "class names": "emoji",
        "file names": "bases",
        "mask": ("holes", 3),
        "scores": "float32",
        "crowds": "int64",
        "tracks": "small",
        "data": "text",
        "mapping": "supercategories",
        "empty": "last",
        "oriented": "all",
    }
    return world_at(ordinary_row() | chosen, claims, twins=twins)


def one_image(claims: Claims) -> World:
    """One image with two boxes."""
    return world_at(ordinary_row() | {"images": 1, "classes": 2}, claims, twins=False)


class DatasetWorlds:
    """The directed datasets of exporters of datasets."""

    worlds = staticmethod(worlds)
    busy = staticmethod(busy_world)
    least = staticmethod(one_image)


def rows_of(dimensions: Sequence[Dimension], *, large: bool) -> list[Row]:
    """Every row of levels, those that cost least first."""
    rows = [*pairwise_rows(dimensions), *alone_rows(dimensions), *(large_rows(dimensions) if large else [])]
    costly = [dimension.name for dimension in dimensions if dimension.alone]
    return sorted(rows, key=lambda row: sum(level for name in costly if isinstance(level := row[name], int)))


def world_at(row: Row, claims: Claims, *, twins: bool) -> World:
    """The dataset of a row.

    Args:
        row: The level of every dimension.
        claims: What the exporter claims: without claims a dimension may have its ordinary level.
        twins: As for `worlds`.
    """
    own = row | ({} if claims.masks else {"mask": "none"}) | ({} if claims.crowds else {"crowds": "none"})
    names = class_names_at(own["class names"], _number(own["classes"]))
    images = _images(own, claims, twins)
    return World(said(own, DIMENSIONS), DrawnCase(DrawnDataset(names, images), _mapping(str(own["mapping"]), names, claims)))


def ordinary_row() -> Row:
    """The ordinary level of every dimension."""
    return {dimension.name: dimension.ordinary for dimension in DIMENSIONS}


def said(row: Row, dimensions: Sequence[Dimension]) -> str:
    """The levels of a row that are not ordinary, in words."""
    ordinary = {dimension.name: dimension.ordinary for dimension in dimensions}
    return ", ".join(f"{name} {_said(level)}" for name, level in row.items() if level != ordinary[name]) or "ordinary"


def _number(level: object) -> int:
    return level if isinstance(level, int) else 1


def _said(level: object) -> str:
    if isinstance(level, tuple):
        return ("x" if isinstance(level[0], int) else " ").join(map(str, level))
    return repr(level) if isinstance(level, str) else f"{level:,}"


def _images(row: Row, claims: Claims, twins: bool) -> tuple[DrawnImage, ...]:
    count = _number(row["images"])
    classes = _number(row["classes"])
    step = next(step for step in _STEPS if math.gcd(step, classes) == 1)
    images: list[DrawnImage] = []
    before = 0
    for place, name in enumerate(file_names_at(row["file names"], count, folders=claims.folders, twins=twins and claims.folders)):
        image = _image(row, place, count)
        n = len(image["boxes"])
        class_id = tuple((classes - 1 - (before + k) * step) % classes for k in range(n))  # the last class comes first
        # Columns have numpy's dtype for text, which an image without detections has not.
        images.append(DrawnImage(name, class_id=class_id, **image, **columns_at(row, place, n, before)))
        before += n
    return tuple(images)


def _image(row: Row, place: int, count: int) -> dict[str, Any]:
    """Size, boxes and masks of an image, as arguments of `DrawnImage`."""
    masked = row["mask"] != "none" and not (row["mask"] == "later" and place == 0)
    sized = row["size"]
    size = (int(sized[0]), int(sized[1])) if place == _SIZED and isinstance(sized, tuple) else _SMALL
    cells = [(1, 1, 5, 4)]
    shapes: list[NDArray[np.bool_]] | None = None
    if place == _FULL:
        most = _number(row["detections"])
        size, cells = cells_size(most), [cell_box(k, most) for k in range(most)]
    elif place == _MASKED and masked:
        shape = mask_at(row["mask"])
        shapes = [shape, shape[::-1, ::-1]]
        size, cells = (shape.shape[1], shape.shape[0]), [_envelope(own) for own in shapes]
    elif place == _SIZED:
        cells = [_within((1, 1, 5, 4), size), (0, 0, 1, 1)]
    width, height = size
    if _is_empty(str(row["empty"]), place, count):
        return {"width": width, "height": height, "boxes": ()}
    boxes = [tuple(map(float, cell)) for cell in cells]
    if row["boxes"] != "inside":
        boxes[0] = box_at(row["boxes"], (width, height))
    if masked and shapes is None:
        shapes = [small_mask(cell, (width, height)) for cell in cells]
    return {
        "width": width,
        "height": height,
        "boxes": tuple(_of_type(box, str(row["box type"])) for box in boxes),  # type: ignore[arg-type]  # four numbers each
        "masks": None if shapes is None else tuple(map(mask_rows, shapes)),
        "box_type": row["box type"],
    }


def _within(cell: tuple[int, int, int, int], size: tuple[int, int]) -> tuple[int, int, int, int]:
    """The part of a cell that is on an image; its first pixel if there is none."""
    right, bottom = min(cell[2], size[0]), min(cell[3], size[1])
    return min(cell[0], right - 1), min(cell[1], bottom - 1), right, bottom


def _envelope(mask: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _is_empty(level: str, place: int, count: int) -> bool:
    return {"first": place == 0, "last": place == count - 1, "most": place not in (_MASKED, _FULL)}.get(level, False)


def _of_type(box: Box, dtype: str) -> Box:
    """A box in whole pixels where its dtype is; at least one pixel wide and high."""
    if dtype != "int64":
        return box
    left, top = math.floor(box[0]), math.floor(box[1])
    return float(left), float(top), float(max(round(box[2]), left + 1)), float(max(round(box[3]), top + 1))


def _mapping(level: str, names: tuple[str, ...], claims: Claims) -> ClassMapping:
    first = claims.first_category_id
    if not claims.mapped:
        return ClassMapping.from_names(names, start=1 if first is None else first)
    n = len(names)
    # The last class is dropped, and the last but one merged: then something is left of every other.
    dropped = {k for k in range(n) if k % 3 == 2} if level == "dropped" else set()
    merged = {k: k - 1 for k in range(1, n, 3)} if level == "merged" else {}
    wants = [k for k in range(n) if k not in dropped and k not in merged]
    listed = [None, *wants, None, None] if level == "unused" else list(wants)
    ids = _ids(level, len(listed), first)
    becomes = {want: ids[place] for place, want in enumerate(listed) if want is not None}
    categories = [
        Category(ids[place], f"unused {place}" if want is None else names[want], _supercategory(level, place))
        for place, want in enumerate(listed)
    ]
    table = {k: becomes[merged.get(k, k)] for k in range(n) if k not in dropped}
    return ClassMapping.from_ids(table, categories, source=names, drop=sorted(dropped))


def _ids(level: str, count: int, first: int | None) -> list[int]:
    if first is not None:
        return list(range(first, first + count))
    start, step = {"zero": (0, 1), "descending": (count, -1), "gaps": (5, 3), "2^31": (2**31 - 2, 1), "2^53": (2**53 - 1, 1)}.get(
        level, (1, 1)
    )
    return [start + step * k for k in range(count)]


def _supercategory(level: str, place: int) -> str | None:
    return (f"group {place % 5}", "thing", None)[place % 3] if level == "supercategories" else None
