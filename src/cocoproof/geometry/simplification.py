"""Polygons with fewer vertices than the exact ones, and the IoU that they keep as pycocotools rasterises them.

Outlines are simplified with their holes apart (Douglas and Peucker 1973, in GEOS's variant that keeps rings simple and
holes inside) and joined by keyholes afterwards. A bridge runs between two vertices; pycocotools draws it twice, over
the very same points, so it cannot change the raster, wherever it runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pycocotools.mask
import shapely

from cocoproof.geometry.tracing import outlines, outlines_of_runs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from numpy.typing import ArrayLike

    from cocoproof.geometry.tracing import Outline, Ring

__all__ = ["simplify", "simplify_runs"]

_FINEST = 0.5
"""The least tolerance tried, in pixels: under half a pixel diagonal no corner of a pixel staircase goes."""

_REFINEMENTS = 4
"""How often the span between two tolerances is halved; the result's tolerance is within 2^(1/16) of the best."""

_LARGEST = 40_000
"""The most numbers of a ring that is simplified; what is more jagged than that is noise, and GEOS takes minutes for it."""

_BOX = 4
"""Vertices of a box."""

_MAX_PIXELS = 2**24 - 1
"""The largest frame that pycocotools' RLE strings can hold."""


def simplify(
    mask: ArrayLike, rings: list[Ring], *, min_iou: float | None = None, max_vertices: int | None = None
) -> tuple[list[Ring], float]:
    """Simplify the traced rings of a mask within a tolerance.

    The tolerance, in pixels, is searched for by doubling and then by bisection. With `min_iou` alone the result has the
    fewest vertices found; with `max_vertices` it has the greatest IoU found within that number, small holes and parts
    left out where nothing else helps. Where both cannot be met, `min_iou` is kept and `max_vertices` is not. A part
    with more than 20,000 vertices stays as it is, or is left out where `max_vertices` asks for that.

    Args:
        mask: Shape (height, width), bool, or integers where anything but 0 is set.
        rings: What `trace` gave for this mask.
        min_iou: The least IoU of the mask with what pycocotools makes of the rings, 0 to 1.
        max_vertices: The most vertices of all rings together, at least 4: those of a box.

    Returns:
        The rings, each of at least three vertices and none but for an empty mask, and the IoU they keep, measured. The
        given rings and 1.0 where neither limit is given or nothing better was found. The same input gives the same
        output.

    Raises:
        ValueError: If a limit is out of its domain, the mask is not two-dimensional or its box is larger than
            pycocotools can take (2^24 - 1 pixels).
        TypeError: If the mask is neither bool nor integer.
    """
    pixels = np.asarray(mask)
    _check(min_iou, max_vertices)
    if not rings or (min_iou is None and max_vertices is None):
        return rings, 1.0
    return _search(outlines(pixels), rings, (pixels.shape[0], pixels.shape[1]), min_iou, max_vertices)


def simplify_runs(
    counts: ArrayLike,
    size: Sequence[int],
    rings: list[Ring],
    *,
    min_iou: float | None = None,
    max_vertices: int | None = None,
) -> tuple[list[Ring], float]:
    """Simplify the traced rings of a run-length encoding, as `simplify` does, without making the mask.

    Args:
        counts: Uncompressed COCO counts.
        size: `(height, width)` of the frame in pixels.
        rings: What `trace_runs` gave for them.
        min_iou: As for `simplify`.
        max_vertices: As for `simplify`.

    Returns:
        As for `simplify`.

    Raises:
        ValueError: As for `simplify` and `trace_runs`.
    """
    _check(min_iou, max_vertices)
    if not rings or (min_iou is None and max_vertices is None):
        return rings, 1.0
    return _search(outlines_of_runs(counts, size), rings, (size[0], size[1]), min_iou, max_vertices)


def _check(min_iou: float | None, max_vertices: int | None) -> None:
    if min_iou is not None and not 0 <= min_iou <= 1:
        msg = f"min_iou is between 0 and 1, not {min_iou}"
        raise ValueError(msg)
    if max_vertices is not None and max_vertices < _BOX:
        msg = f"max_vertices is at least {_BOX}, not {max_vertices}"
        raise ValueError(msg)


class _Raster:
    """The exact mask as pycocotools holds it, to measure candidates by."""

    def __init__(self, exact: list[Ring], size: tuple[int, int]) -> None:
        self._height, self._width = size
        self._shift = np.zeros(2, np.int64)
        if size[0] * size[1] > _MAX_PIXELS:
            # The frame is too large; that of the box gives the same raster but for ties in rounding along slopes.
            vertices = np.concatenate(exact).reshape(-1, 2)
            self._shift = vertices.min(axis=0)
            self._width, self._height = (vertices.max(axis=0) - self._shift).tolist()
            if self._width * self._height > _MAX_PIXELS:
                msg = f"a mask of {self._height} x {self._width} px is too large to be measured (2^24 - 1)"
                raise ValueError(msg)
        self._exact = self._encode(exact)
        self._pixels = int(pycocotools.mask.area(self._exact))

    def _encode(self, rings: list[Ring]) -> Any:
        lists = [(ring.reshape(-1, 2) - self._shift).ravel().tolist() for ring in rings]
        encoded = pycocotools.mask.frPyObjects(lists, self._height, self._width)
        while len(encoded) > 1:
            # A few at a time: a union of thousands, one after another, would take the square of their number.
            encoded = [pycocotools.mask.merge(encoded[at : at + 16]) for at in range(0, len(encoded), 16)]
        return encoded[0]

    def iou(self, rings: list[Ring]) -> float:
        """Intersection over union, 0 to 1, of the exact mask and these rings."""
        other = self._encode(rings)
        shared = int(pycocotools.mask.area(pycocotools.mask.merge([self._exact, other], intersect=True)))
        return shared / (self._pixels + int(pycocotools.mask.area(other)) - shared)


def _search(
    parts: list[Outline], exact: list[Ring], size: tuple[int, int], min_iou: float | None, max_vertices: int | None
) -> tuple[list[Ring], float]:
    raster = _Raster(exact, size)
    simplifier = _Simplifier(parts, exact)
    if max_vertices is not None:
        rings, iou = _finest_within(max_vertices, simplifier, raster)
        if min_iou is None or iou >= min_iou:
            return rings, iou
    return _coarsest_keeping(min_iou or 0.0, simplifier, raster)


def _finest_within(max_vertices: int, simplifier: _Simplifier, raster: _Raster) -> tuple[list[Ring], float]:
    """The rings with the greatest IoU found that have no more than so many vertices."""
    if _vertices(simplifier.exact) <= max_vertices:
        return simplifier.exact, 1.0
    best = [simplifier.box]
    kept, tolerance_kept = raster.iou(best), _FINEST
    for tolerance in simplifier.tolerances():
        rings = simplifier.at(tolerance, max_vertices)
        iou = raster.iou(rings)
        if iou > kept:
            best, kept, tolerance_kept = rings, iou, tolerance
    fine, coarse = tolerance_kept / 2, tolerance_kept
    for _ in range(_REFINEMENTS):
        middle = (fine * coarse) ** 0.5
        rings = simplifier.at(middle, max_vertices)
        iou = raster.iou(rings)
        if iou > kept:
            best, kept, coarse = rings, iou, middle
        else:
            fine = middle
    return best, kept


def _coarsest_keeping(min_iou: float, simplifier: _Simplifier, raster: _Raster) -> tuple[list[Ring], float]:
    """The rings with the fewest vertices found that keep this IoU."""
    best, kept = simplifier.exact, 1.0
    fewest, tolerance_kept = _vertices(best), _FINEST
    box_iou = raster.iou([simplifier.box])
    if box_iou >= min_iou and fewest > _BOX:
        best, kept, fewest = [simplifier.box], box_iou, _BOX
    for tolerance in simplifier.tolerances():
        rings = simplifier.at(tolerance)
        iou = raster.iou(rings)
        if iou >= min_iou and iou > 0 and _vertices(rings) < fewest:
            best, kept, fewest, tolerance_kept = rings, iou, _vertices(rings), tolerance
    fine, coarse = tolerance_kept, tolerance_kept * 2
    for _ in range(_REFINEMENTS):
        middle = (fine * coarse) ** 0.5
        rings = simplifier.at(middle)
        iou = raster.iou(rings)
        if iou >= min_iou and iou > 0 and _vertices(rings) <= fewest:
            best, kept, fewest, fine = rings, iou, _vertices(rings), middle
        else:
            coarse = middle
    return best, kept


def _vertices(rings: list[Ring]) -> int:
    return sum(len(ring) for ring in rings) // 2


class _Simplifier:
    """The parts of a mask at any tolerance.

    Attributes:
        exact: The rings that were traced, one a part.
        box: The ring of the mask's box.
    """

    def __init__(self, parts: list[Outline], exact: list[Ring]) -> None:
        self.exact = exact
        vertices = np.concatenate(exact).reshape(-1, 2)
        low, high = vertices.min(axis=0), vertices.max(axis=0)
        self.box: Ring = np.array([low[0], low[1], high[0], low[1], high[0], high[1], low[0], high[1]])
        self._extent = float((high - low).max())
        self._parts = parts
        self._simple = [part for part, ring in enumerate(exact) if len(ring) <= _LARGEST]
        self._polygons = [_polygon(parts[part]) for part in self._simple]
        # A ring's pixels decide which are taken first, an outer ring before a hole of its size.
        self._order = sorted(
            (-abs(_doubled_area(ring)), place != 0, part, place) for part in self._simple for place, ring in enumerate(parts[part].rings)
        )

    def tolerances(self) -> list[float]:
        """From the finest worth trying, doubled up to the size of the mask, in pixels."""
        count = max(int(np.ceil(np.log2(max(self._extent, 1.0) / _FINEST))), 1)
        return [_FINEST * 2.0**step for step in range(count)]

    def at(self, tolerance: float, max_vertices: int | None = None) -> list[Ring]:
        """Keyholed rings at a tolerance: all of them, or the largest that have no more than so many vertices."""
        polygons = shapely.simplify(self._polygons, tolerance, preserve_topology=True)
        rings = {
            part: [_open(polygon.exterior), *map(_open, polygon.interiors)] for part, polygon in zip(self._simple, polygons, strict=True)
        }
        if max_vertices is None:
            return [
                _keyholed(rings[part], outline, set(range(len(rings[part])))) if part in rings else self.exact[part]
                for part, outline in enumerate(self._parts)
            ]
        chosen: dict[int, set[int]] = {}
        left = max_vertices
        for _, is_hole, part, place in self._order:
            cost = len(rings[part][place]) + 2 * is_hole  # a bridge repeats two vertices
            if cost <= left and (part in chosen or not is_hole):
                chosen.setdefault(part, set()).add(place)
                left -= cost
        if not chosen:
            return [self.box]
        return [_keyholed(rings[part], self._parts[part], chosen[part]) for part in sorted(chosen)]


def _polygon(outline: Outline) -> Any:
    shell, *holes = (ring.reshape(-1, 2) for ring in outline.rings)
    return shapely.Polygon(shell, holes)


def _open(ring: Any) -> Any:
    """The vertices of a ring, int64, shape (n, 2), without the closing one."""
    return shapely.get_coordinates(ring)[:-1].astype(np.int64)


def _doubled_area(ring: Ring) -> int:
    """The shoelace sum of a ring: twice its signed area in pixels."""
    x, y = ring[0::2], ring[1::2]
    return int(x @ np.roll(y, -1) - y @ np.roll(x, -1))


def _keyholed(rings: list[Any], outline: Outline, chosen: set[int]) -> Ring:
    """One ring of an outer ring and its holes.

    A hole hangs on the ring that the exact trace joined it to (or the one that this hangs on, if it was left out),
    between its vertex nearest to where the exact bridge began and the vertex nearest to that one.

    Args:
        rings: Vertices of each ring, int64, shape (n, 2).
        outline: The exact rings, for their parents and first vertices.
        chosen: Which rings to take; 0, the outer ring, is one of them.
    """
    hanging: list[dict[int, list[list[list[int]]]]] = [{} for _ in rings]
    walk: list[list[int]] = []
    for place in sorted(chosen, reverse=True):  # the outer ring last: a parent comes before its holes
        vertices = rings[place]
        first = _nearest(vertices, outline.rings[place][:2]) if place else 0
        walk = []
        for index in (*range(first, len(vertices)), *range(first)):
            walk.append(vertices[index].tolist())
            for hole in hanging[place].get(index, ()):
                walk += hole
                walk.append(walk[-1 - len(hole)])
        if place:
            parent = outline.parents[place]
            while parent not in chosen:
                parent = outline.parents[parent]
            walk.append(walk[0])
            hanging[parent].setdefault(_nearest(rings[parent], vertices[first]), []).append(walk)
    return np.array(walk, np.int64).ravel()


def _nearest(vertices: Any, point: Any) -> int:
    """The first of the vertices, shape (n, 2), that is nearest to a point, shape (2,)."""
    return int(((vertices - point) ** 2).sum(axis=1).argmin())
