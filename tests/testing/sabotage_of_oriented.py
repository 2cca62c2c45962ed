"""Broken exporters of oriented boxes: corners in another order, angles of another sign or unit, and boxes that are upright again."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from .honest import image_size
from .sabotage import Saboteur, spoils

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ORIENTED"]


def turned(centre, sides, angle) -> np.ndarray:
    """The corners of a box, clockwise from the one that is top left at an angle of 0."""
    along = np.array([math.cos(angle), math.sin(angle)]) * sides[0] / 2
    across = np.array([-math.sin(angle), math.cos(angle)]) * sides[1] / 2
    return np.array(centre) + np.array([-along - across, along - across, along + across, -along + across])


def parts(corners) -> tuple[np.ndarray, tuple[float, float], float]:
    """Centre, sides and angle of the first side."""
    first, second = corners[1] - corners[0], corners[2] - corners[1]
    return corners.mean(axis=0), (math.hypot(*first), math.hypot(*second)), math.atan2(first[1], first[0])


def corners(name: str, change: Callable) -> Saboteur:
    """One that writes other corners: `change(corners, size of the image)` gives them; None for no oriented box at all."""

    def spoil(document, dataset, mapping) -> None:
        sizes = {row["id"]: image_size(path) for row, path in zip(document["images"], dataset.image_paths, strict=True)}
        for row in document["annotations"]:
            if "obb" in row:
                new = change(np.array(row["obb"], np.float64).reshape(4, 2), sizes[row["image_id"]])
                if new is None:
                    del row["obb"]
                else:
                    row["obb"] = np.asarray(new, np.float64).ravel().tolist()

    return spoils(name, "oriented_boxes", spoil)


def by_parts(name: str, change: Callable) -> Saboteur:
    """One that writes a box of other parts: `change(centre, sides, angle)` gives them. A box that stays keeps its digits."""

    def rebuilt(box, _) -> np.ndarray:
        new = turned(*change(*parts(box)))
        return box if np.abs(new - box).max() < 1e-9 else new

    return corners(name, rebuilt)


def envelope(box, _) -> np.ndarray:
    (left, top), (right, bottom) = box.min(axis=0), box.max(axis=0)
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)])


def to_first_quadrant(centre, sides, angle):
    """As OpenCV's angles: in (0, 90] degrees, the sides exchanged with each quarter of a turn."""
    quarters = math.ceil(angle / (math.pi / 2)) - 1
    return centre, sides[:: -1 if quarters % 2 else 1], angle - quarters * math.pi / 2


def long_edge_first(centre, sides, angle):
    return (centre, sides, angle) if sides[0] >= sides[1] else (centre, sides[::-1], angle + math.pi / 2)


def about_the_first_corner(box, _) -> np.ndarray:
    upright = turned(*parts(box)[:2], 0)
    return box - box[0] + upright[0]


def of_the_one_before(document, dataset, mapping) -> None:
    rows = [row for row in document["annotations"] if "obb" in row]
    boxes = [row["obb"] for row in rows]
    for row, box in zip(rows, boxes[-1:] + boxes[:-1], strict=True):
        row["obb"] = box


def upright_ones_left_out(box, _) -> np.ndarray | None:
    return None if np.abs(envelope(box, _) - box).max() < 1e-9 else box


_BROKEN: tuple[Saboteur, ...] = (
    corners("oriented boxes counter-clockwise", lambda box, _: box[[0, 3, 2, 1]]),
    corners("corners of oriented boxes in rows of two", lambda box, _: box[[0, 1, 3, 2]]),
    corners("oriented boxes from the top corner on", lambda box, _: np.roll(box, -int(np.lexsort((box[:, 0], box[:, 1]))[0]), axis=0)),
    by_parts("angles of the other sign", lambda centre, sides, angle: (centre, sides, -angle)),
    by_parts("degrees taken for radians", lambda centre, sides, angle: (centre, sides, math.degrees(angle))),
    by_parts("radians taken for degrees", lambda centre, sides, angle: (centre, sides, math.radians(angle))),
    by_parts("width and height of oriented boxes exchanged", lambda centre, sides, angle: (centre, sides[::-1], angle)),
    by_parts("the rotation of oriented boxes lost", lambda centre, sides, _: (centre, sides, 0.0)),
    by_parts("angles as OpenCV has them", to_first_quadrant),
    by_parts("the longer side of oriented boxes first", long_edge_first),
    by_parts("angles in whole degrees", lambda centre, sides, angle: (centre, sides, math.radians(round(math.degrees(angle))))),
    by_parts("angles up to half a turn", lambda centre, sides, angle: (centre, sides, angle % math.pi)),
    corners("oriented boxes turned about a corner", about_the_first_corner),
    corners("envelopes for oriented boxes", envelope),
    corners("corners clipped to the image", lambda box, size: np.clip(box, 0, size)),
    corners("corners as float32", lambda box, _: box.astype(np.float32)),
    corners("corners of two decimals", lambda box, _: np.round(box, 2)),
    corners("corners in fractions of the image", lambda box, size: box / size),
    corners("corners as y, x", lambda box, _: box[:, ::-1]),
    corners("two corners of the oriented box", lambda box, _: box[[0, 2]]),
    corners("oriented boxes that are upright left out", upright_ones_left_out),
    spoils("the oriented box of the one before", "oriented_boxes", of_the_one_before),
)

ORIENTED: tuple[Saboteur, ...] = tuple(replace(saboteur, group="oriented boxes") for saboteur in _BROKEN)
"""They need datasets with oriented boxes."""
