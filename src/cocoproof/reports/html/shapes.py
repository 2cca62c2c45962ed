"""An annotation as paths in image pixels: box, polygons, mask, keypoints, however malformed the row is.

No value of the file is trusted. What cannot be drawn is left out, with a remark.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from cocoproof.columns.tables import Shape as Form
from cocoproof.columns.tables import ValueState
from cocoproof.reports.html.bitmaps import Bitmap, Colour, NoBitmap, bitmap_of_runs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from cocoproof.columns.oriented_boxes import OrientedBoxes
    from cocoproof.columns.tables import Annotations, Categories, Column

__all__ = ["Extent", "OutlinePath", "Stroke", "box_outline", "number", "outline_of", "union"]

Extent: TypeAlias = tuple[float, float, float, float]
"""Least x, least y, greatest x, greatest y, in pixels of the image."""

_FAR = 1e7
"""Pixels from the origin; coordinates beyond are moved there."""

_MOST_RINGS = 100
_MOST_KEYPOINTS = 300


@dataclass(frozen=True, slots=True)
class Stroke:
    """One path.

    Attributes:
        part: What it shows, and its CSS class: box, turned, ring, line, bones, seen, hidden, stray.
        path: SVG path data, in pixels of the image.
    """

    part: str
    path: str


@dataclass(frozen=True, slots=True)
class OutlinePath:
    """An annotation as it can be drawn.

    Attributes:
        strokes: Paths, the lowest first.
        bitmap: The mask of an RLE.
        extent: Its extent; None if nothing can be drawn.
        remarks: What could not be drawn, and why; each continues a sentence that begins with "Its".
    """

    strokes: tuple[Stroke, ...] = ()
    bitmap: Bitmap | None = None
    extent: Extent | None = None
    remarks: tuple[str, ...] = ()


def number(value: float) -> str:
    """A coordinate with at most two decimals."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def union(*extents: Extent | None) -> Extent | None:
    """The smallest extent that contains all given ones."""
    given = [extent for extent in extents if extent is not None]
    if not given:
        return None
    table = np.array(given)
    low, high = table[:, :2].min(0), table[:, 2:].max(0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


@dataclass(slots=True)
class _Sketch:
    """Collects the parts of a drawing."""

    strokes: list[Stroke] = field(default_factory=list)
    extents: list[Extent] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    bitmap: Bitmap | None = None

    def add(self, part: str, path: str, points: NDArray[np.float64]) -> None:
        """Add a path through these points, shape (n, 2)."""
        self.strokes.append(Stroke(part, path))
        low, high = points.min(0), points.max(0)
        self.extents.append((float(low[0]), float(low[1]), float(high[0]), float(high[1])))

    def done(self) -> OutlinePath:
        return OutlinePath(tuple(self.strokes), self.bitmap, union(*self.extents), tuple(self.remarks))


def outline_of(
    annotations: Annotations, categories: Categories, row: int, vertices: int, colour: Colour, *, oriented: OrientedBoxes | None = None
) -> OutlinePath:
    """Draw one row of `annotations`, or of a results list.

    Args:
        annotations: The table.
        categories: The table that `category_row` refers to; it has the skeletons.
        row: The row.
        vertices: At most so many vertices of polygons are drawn.
        colour: The colour of an RLE mask; paths get theirs from the style sheet.
        oriented: The oriented boxes of the file, where it has some.
    """
    sketch = _Sketch()
    _segmentation(annotations, row, vertices, colour, sketch)
    _box(annotations.bbox, row, sketch)
    if oriented is not None:
        _oriented_box(oriented, row, sketch)
    _keypoints(annotations, categories, row, sketch)
    return sketch.done()


def box_outline(column: Column, row: int) -> OutlinePath:
    """Draw one row's box alone, such as a panoptic segment's."""
    sketch = _Sketch()
    _box(column, row, sketch)
    return sketch.done()


def _box(column: Column, row: int, sketch: _Sketch) -> None:
    if not column.present[row]:
        return
    values = column.floats[row]
    if not column.ok[row] or not np.isfinite(values).all():
        sketch.remarks.append("box is not drawn: it is not four finite numbers")
        return
    with np.errstate(over="ignore"):
        corners = np.clip(np.array([values[:2], values[:2] + values[2:]]), -_FAR, _FAR)
    x, y, width, height = (number(value) for value in (*corners[0], *(corners[1] - corners[0])))
    sketch.add("box", f"M{x} {y}h{width}v{height}H{x}z", corners)
    if (values[2:] < 0).any():
        sketch.remarks.append("box is drawn from its corner backwards: a side is negative")


def _oriented_box(oriented: OrientedBoxes, row: int, sketch: _Sketch) -> None:
    """The turned box, its first edge with a mark in the middle: there is the top of what was turned."""
    if oriented.state[row] == ValueState.BROKEN:
        sketch.remarks.append("oriented box is not drawn: it is neither four corners nor centre, size and angle")
    corners = oriented.corners[row]
    if not np.isfinite(corners).all():
        return
    corners = np.clip(corners, -_FAR, _FAR)
    top, centre = corners[:2].mean(axis=0), corners.mean(axis=0)
    mark = f"M{number(top[0])} {number(top[1])}L{number((3 * top[0] + centre[0]) / 4)} {number((3 * top[1] + centre[1]) / 4)}"
    sketch.add("turned", _through(corners) + "z" + mark, corners)


def _segmentation(annotations: Annotations, row: int, vertices: int, colour: Colour, sketch: _Sketch) -> None:
    segmentation = annotations.segmentation
    form = segmentation.shape[row]
    if form == Form.BROKEN:
        sketch.remarks.append("segmentation is not drawn: it is neither polygons nor an RLE")
    elif form == Form.POLYGONS:
        first, last = int(segmentation.ring_offsets[row]), int(segmentation.ring_offsets[row + 1])
        if last - first > _MOST_RINGS:
            sketch.remarks.append(f"polygons are {last - first:,}, of which {_MOST_RINGS} are drawn")
            last = first + _MOST_RINGS
        rings = [segmentation.rings[ring] for ring in range(first, last)]
        step = max(1, -(-sum(len(ring) // 2 for ring in rings) // vertices))
        if step > 1:
            sketch.remarks.append(f"polygons are drawn with one vertex in {step}")
        for ring in rings:
            _ring(ring, step, sketch)
    elif segmentation.is_rle[row]:
        at = int(np.searchsorted(segmentation.rle_rows, row))
        try:
            sketch.bitmap, remark = bitmap_of_runs(segmentation.rle_runs[at], segmentation.rle_sizes[at], colour)
        except NoBitmap as why:
            sketch.remarks.append(f"mask is not drawn: {why}")
            return
        if remark:
            sketch.remarks.append(f"mask is drawn as far as possible: {remark}")
        if sketch.bitmap is not None:
            sketch.extents.append(sketch.bitmap.extent)


def _ring(ring: NDArray[np.float64], step: int, sketch: _Sketch) -> None:
    if len(ring) % 2:
        sketch.remarks.append("polygon has an odd number of coordinates: the last one is not drawn")
    points = ring[: len(ring) // 2 * 2].reshape(-1, 2)
    finite = np.isfinite(points).all(axis=1)
    if not finite.all():
        sketch.remarks.append("polygon is drawn without the vertices that are not finite")
        points = points[finite]
    if not len(points):
        return
    points = np.clip(points[::step], -_FAR, _FAR)
    if len(points) < 3:
        sketch.add("line", _through(points) + ("h0" if len(points) == 1 else ""), points)
    else:
        sketch.add("ring", _through(points) + "z", points)


def _through(points: NDArray[np.float64]) -> str:
    """Path data through points, relative after the first: that is shorter, and rounding does not add up."""
    at = np.round(points, 1)
    moves = np.diff(at, axis=0)
    steps = " ".join(f"{number(x)} {number(y)}" for x, y in moves)
    return f"M{number(at[0, 0])} {number(at[0, 1])}" + (f"l{steps}" if steps else "")


def _keypoints(annotations: Annotations, categories: Categories, row: int, sketch: _Sketch) -> None:
    column = annotations.keypoints
    if not column.present[row]:
        return
    values = column.rows[row]
    if not column.ok[row]:
        sketch.remarks.append("keypoints are not drawn: they are not a list of numbers")
        return
    if len(values) % 3:
        sketch.remarks.append("keypoints are not triples: the last values are not drawn")
    table = values[: min(len(values) // 3, _MOST_KEYPOINTS) * 3].reshape(-1, 3)
    if len(values) // 3 > _MOST_KEYPOINTS:
        sketch.remarks.append(f"keypoints are {len(values) // 3:,}, of which {_MOST_KEYPOINTS} are drawn")
    finite = np.isfinite(table).all(axis=1)
    places = np.clip(np.nan_to_num(table[:, :2]), -_FAR, _FAR)
    visibility = table[:, 2]
    labelled = finite & (visibility > 0)
    bones = list(_bones(categories, int(annotations.category_row[row]), places, labelled))
    if bones:
        sketch.strokes.append(Stroke("bones", "".join(bones)))
    kinds = (
        ("seen", labelled & (visibility != 1)),
        ("hidden", labelled & (visibility == 1)),
        ("stray", finite & ~labelled & (places != 0).any(axis=1)),
    )
    for part, chosen in kinds:
        if chosen.any():
            dots = "".join(f"M{number(x)} {number(y)}h0" for x, y in places[chosen])
            sketch.add(part, dots, places[chosen])


def _bones(categories: Categories, category: int, places: NDArray[np.float64], labelled: NDArray[np.bool_]) -> Iterator[str]:
    """The edges of the category's skeleton between labelled keypoints; edges to other indices are skipped."""
    if category < 0 or categories.skeleton.state[category] != ValueState.OK:
        return
    flat = categories.skeleton.rows[category]
    for start, end in flat[: len(flat) // 2 * 2].reshape(-1, 2)[:_MOST_KEYPOINTS].astype(np.int64) - 1:
        if 0 <= start < len(places) and 0 <= end < len(places) and labelled[start] and labelled[end]:
            (x, y), (to_x, to_y) = places[start], places[end]
            yield f"M{number(x)} {number(y)}L{number(to_x)} {number(to_y)}"
