"""Rules about segmentations that are polygons, or nothing."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.tables import Shape
from cocoproof.geometry.crossings import crossing_place
from cocoproof.geometry.polygons import RingCheck, crossing_point, enclosing_nothing, self_crossing
from cocoproof.model.budgets import MESSAGE_CONTACTS, MESSAGE_PAIRS, MESSAGE_PAIRS_OF_FILE, affordable
from cocoproof.model.findings import Kind, Severity
from cocoproof.rules.detected_formats import image_sizes, size_of_image
from cocoproof.rules.examples import GONE, dataset
from cocoproof.rules.rule import OBJECTS, Consequence, Fix, RuleContext, Violations, over_budget, rule
from cocoproof.rules.violations import FILE_WIDE

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from cocoproof.model.json_types import JsonPath

__all__ = ["RULES"]

_MASKED = OBJECTS | {Kind.RESULTS}
_SQUARE = [4, 5, 24, 5, 24, 21, 4, 21]


def _of_rings(
    context: RuleContext,
    bad: NDArray[np.bool_],
    say: Callable[[int], str],
    number: Callable[[int], int] | None = None,
    about: Callable[[int], str] | None = None,
) -> Violations:
    """Violations by rings.

    Args:
        context: The case.
        bad: bool, shape (rings,).
        say: Ring -> what is wrong, to go on from the polygon's name.
        number: Ring -> the index of the number at fault in it, where it is one.
        about: Row -> what else is wrong, as in `Violations.of_rows`.
    """
    segmentation = context.coco.annotations.segmentation
    rings = np.flatnonzero(bad)
    rows = np.searchsorted(segmentation.ring_offsets, rings, side="right") - 1
    places = rings - segmentation.ring_offsets[rows]

    def message(k: int) -> str:
        ring, row = int(rings[k]), int(rows[k])
        count = int(segmentation.ring_offsets[row + 1] - segmentation.ring_offsets[row])
        name = "the polygon" if count == 1 else f"polygon {int(places[k]) + 1} of {count}"
        return f"{name} {say(ring)}"

    def inside(k: int) -> tuple[str | int, ...]:
        path = ("segmentation", int(places[k]))
        return path if number is None else (*path, number(int(rings[k])))

    what = None if about is None else lambda k: about(int(rows[k]))
    return Violations.of_rows("annotations", rows, message, inside=inside, about=what)


@rule(
    "COCO601",
    severity=Severity.ERROR,
    frames=True,
    kinds=_MASKED,
    needs=("annotations.segmentation",),
    accept=[dataset(), dataset([{"segmentation": [[4, 5, 24, 5, 24, 21]], "area": 160}])],
    reject=[
        (dataset([{"segmentation": [[*_SQUARE, 4]]}]), "/annotations/0/segmentation/0"),
        (dataset([{}, {"segmentation": [_SQUARE, [4, 5, 9, 5, 9]]}]), "/annotations/1/segmentation/1"),
    ],
)
def polygon_odd_length(context: RuleContext) -> Violations:
    """A polygon has an odd count of numbers.

    The numbers are x and y in turn, so one is missing, or one too many, and all after it may be in the wrong place.
    pycocotools drops the last number in silence; libraries that reshape to pairs raise an error, most in the midst of
    training. Export the annotation again.
    """
    lengths = context.coco.annotations.segmentation.rings.lengths
    return _of_rings(context, lengths % 2 != 0, lambda ring: f"has {lengths[ring]} numbers; x and y go in pairs")


@rule(
    "COCO602",
    severity=Severity.ERROR,
    frames=True,
    fix=Fix(safe="removes the polygon, where the annotation has others"),
    kinds=_MASKED,
    needs=("annotations.segmentation",),
    accept=[
        dataset([{"segmentation": [[4, 5, 24, 5, 24, 21]], "area": 160}]),
        dataset([{"segmentation": [[4, 5, 24, 5, 24, 21, 4, 5]], "area": 160}]),
    ],
    reject=[
        (dataset([{"segmentation": [[4, 5, 24, 21]]}]), "/annotations/0/segmentation/0"),
        (dataset([{}, {"segmentation": [_SQUARE, []]}]), "/annotations/1/segmentation/1"),
    ],
)
def polygon_too_short(context: RuleContext) -> Violations:
    """A polygon has fewer than three points.

    Two points enclose nothing. pycocotools takes a list of four numbers for a box [x, y, width, height] if it is
    first, and raises TypeError; further on it draws nothing for it. An empty one makes it fail, or crash. Leave the polygon
    out; if the annotation has no other, leave out the key, or write the mask as an RLE.
    """
    lengths = context.coco.annotations.segmentation.rings.lengths
    bad = (lengths % 2 == 0) & (lengths < 6)

    def say(ring: int) -> str:
        points = int(lengths[ring]) // 2
        return f"has {points or 'no'} point{'' if points == 1 else 's'}; it takes three to enclose anything"

    return _of_rings(context, bad, say)


@rule(
    "COCO603",
    severity=Severity.WARNING,
    frames=True,
    kinds=_MASKED,
    needs=("annotations.mask", "annotations.image_size"),
    accept=[
        dataset([{"bbox": [-1, -1, 66, 50], "segmentation": [[-1, -1, 65, -1, 65, 49, -1, 49]], "area": 3300}]),
        dataset([{"bbox": [0, 0, 64, 48], "segmentation": [[0, 0, 64, 0, 64, 48, 0, 48]], "area": 3072}]),
    ],
    reject=[
        (dataset([{"segmentation": [[4, 5, 66, 5, 4, 21]]}]), "/annotations/0/segmentation/0/2"),
        (dataset([{}, {"segmentation": [_SQUARE, [4, 5, 24, 5, 24, -2]]}]), "/annotations/1/segmentation/1/4"),
    ],
)
@np.errstate(over="ignore", invalid="ignore")  # a file may hold 1e300
def polygon_outside_image(context: RuleContext) -> Violations:
    """A vertex lies more than the tolerance (`polygon-tolerance`, default 1 px) outside its image.

    pycocotools cuts the mask off at the border, so that mask, box and area no longer agree; other libraries draw
    what is beyond into the border, or fail. Usual reasons: augmentation that forgets to clip, an image scaled without
    its polygons, width and height swapped. Clip the polygon to the image.
    """
    segmentation = context.coco.annotations.segmentation
    bounds = segmentation.ring_bounds
    size = image_sizes(context)[segmentation.ring_rows]
    tolerance = context.thresholds.polygon_tolerance
    before = np.minimum(bounds[:, 0], bounds[:, 1]) < -tolerance
    beyond = (bounds[:, 2] - size[:, 0] > tolerance) | (bounds[:, 3] - size[:, 1] > tolerance)
    bad = (before | beyond) & ~np.isnan(size[:, 0])

    def worst(ring: int) -> tuple[int, float]:
        """The vertex that lies furthest outside, and how far."""
        vertices = segmentation.rings[ring].reshape(-1, 2)
        past = np.maximum(-vertices, vertices - size[ring]).max(axis=1)
        return int(past.argmax()), float(past.max())

    def say(ring: int) -> str:
        vertex, past = worst(ring)
        x, y = segmentation.rings[ring].reshape(-1, 2)[vertex]
        return f"has a vertex at ({x:g}, {y:g}), {past:g} px outside its image of {size[ring, 0]:g} x {size[ring, 1]:g} px"

    return _of_rings(context, bad, say, lambda ring: 2 * worst(ring)[0], partial(size_of_image, context))


@rule(
    "COCO604",
    severity=Severity.WARNING,
    frames=True,
    kinds=_MASKED,
    needs=("annotations.mask",),
    accept=[
        dataset([{"bbox": [4, 5, 20, 0.1], "segmentation": [[4, 5, 24, 5, 24, 5.1]], "area": 1}]),
        dataset([{"segmentation": [[4, 5, 24, 21, 24, 5, 4, 21]], "area": 160}]),  # two lobes: COCO605
    ],
    reject=[
        (dataset([{"segmentation": [[4, 5, 14, 13, 24, 21]]}]), "/annotations/0/segmentation/0"),
        (dataset([{}, {"segmentation": [_SQUARE, [4, 5, 24, 5, 24, 21, 24, 5]]}]), "/annotations/1/segmentation/1"),
    ],
    explains=("COCO903",),
)
def polygon_zero_area(context: RuleContext) -> Violations:
    """A polygon encloses nothing: its points are one, or lie on a line that goes out and back.

    No pixel is set for it. Alone, it makes an object that no segmentation can match; beside others it is a leftover
    of tracing or simplifying. Contours of masks one pixel wide come out so if they run through pixel centres: write
    such masks as RLE, or trace pixel edges. Leave the polygon out.
    """
    segmentation = context.coco.annotations.segmentation
    check = enclosing_nothing(segmentation.rings, segmentation.ring_areas, segmentation.ring_bounds)
    lengths = segmentation.rings.lengths
    found = _within_budget(context, check, lambda ring: f"encloses nothing with its {lengths[ring] // 2} points")
    return found.explaining(Consequence(code="COCO903", rows=found.rows, sort="no pixel"))


@rule(
    "COCO605",
    severity=Severity.WARNING,
    frames=True,
    kinds=_MASKED,
    needs=("annotations.mask",),
    accept=[
        # Closed, with a point said twice, and touching itself in a point.
        dataset([{"segmentation": [[*_SQUARE, 4, 5]]}, {"segmentation": [[4, 5, 4, 5, *_SQUARE[2:]]]}]),
        dataset([{"segmentation": [[4, 5, 24, 5, 14, 13, 24, 21, 4, 21, 14, 13]], "area": 160}]),
        # A keyhole: a bridge of no width to a hole, and back.
        dataset([{"segmentation": [[4, 5, 24, 5, 24, 21, 4, 21, 4, 13, 9, 13, 9, 17, 14, 17, 14, 13, 4, 13]], "area": 300}]),
    ],
    reject=[
        (dataset([{"segmentation": [[4, 5, 24, 21, 24, 5, 4, 21]], "area": 160}]), "/annotations/0/segmentation/0"),
        (
            dataset([{}, {"segmentation": [[14, 5, 20, 21, 4, 11, 24, 11, 8, 21]], "bbox": [4, 5, 20, 16], "area": 320}]),
            "/annotations/1/segmentation/0",
        ),
    ],
)
def polygon_self_intersecting(context: RuleContext) -> Violations:
    """A polygon's edges cross.

    What such a polygon encloses is a matter of taste: pycocotools and OpenCV fill by the even-odd rule, so that what
    is run round twice is a hole; the shoelace formula counts it twice, and lobes run round backwards negatively;
    shapely and GIS tools refuse the polygon. Mask, area and picture then differ. The usual reasons are points out of
    order, or a slip while drawing. Repair it with `shapely.make_valid`, or draw it again.

    Only real crossings count. A ring that touches itself, that goes to a hole and back along one bridge (a keyhole),
    that is closed, or that has one point twice in a row, is fine.
    """
    segmentation = context.coco.annotations.segmentation
    rings = segmentation.rings
    check = self_crossing(rings, segmentation.ring_areas, segmentation.ring_bounds)
    found = np.flatnonzero(check.found)
    vertices = rings.lengths[found] // 2
    pays = np.zeros(len(rings), bool)
    pays[found] = affordable(np.minimum(vertices**2, MESSAGE_PAIRS + 8 * vertices), MESSAGE_PAIRS_OF_FILE)
    return _within_budget(context, check, lambda ring: f"crosses itself {_near(rings[ring]) if pays[ring] else ''}".rstrip())


def _within_budget(context: RuleContext, check: RingCheck, say: Callable[[int], str]) -> Violations:
    """The violations that a check of rings found, and how many rings it had no budget for."""
    why = "the edges meet too often, or are too many"
    unchecked = over_budget(int(check.unchecked.sum()), len(check.unchecked), "polygons", why)
    return replace(_of_rings(context, check.found, say), unchecked=unchecked)


def _near(ring: NDArray[np.float64]) -> str:
    """Where a ring crosses itself; "" where it would take long to find out."""
    point = crossing_point(ring)
    if point is None:
        point, contacts = crossing_place(ring)
        if point is None and contacts < MESSAGE_CONTACTS:
            point = _meeting_point(ring.reshape(-1, 2))
    return "" if point is None else f"near ({point[0]:g}, {point[1]:g})"


def _meeting_point(points: NDArray[np.float64]) -> tuple[float, float] | None:
    """The first point, in the order of the ring, where more than two of its edges meet, or that the ring has twice.

    GEOS names the point of a crossing in the text of `is_valid_reason` alone, and texts change.

    Args:
        points: float64, shape (n, 2), in pixels.
    """
    import shapely

    parts = shapely.get_parts(shapely.node(shapely.LineString(np.vstack([points, points[:1]]))))
    ends = np.array([shapely.get_coordinates(part)[[0, -1]] for part in parts]).reshape(-1, 2)
    nodes, first, counts = np.unique(ends, axis=0, return_index=True, return_counts=True)
    crossings = np.flatnonzero(counts > 2)
    if not len(crossings):
        nodes, first, counts = np.unique(points, axis=0, return_index=True, return_counts=True)
        crossings = np.flatnonzero(counts > 1)
    if not len(crossings):
        return None
    x, y = nodes[crossings[first[crossings].argmin()]]
    return float(x), float(y)


@rule(
    "COCO606",
    severity=Severity.WARNING,
    frames=True,
    fix=Fix(on_request="removes the key `segmentation`, but not from results: readers that index it without a check then raise KeyError"),
    kinds=_MASKED,
    accept=[dataset(), dataset([{"segmentation": GONE}])],
    reject=[
        (dataset([{"segmentation": []}]), "/annotations/0/segmentation"),
        (dataset([{}, {"segmentation": []}]), "/annotations/1/segmentation"),
        (dataset([{"segmentation": []}] * 10), "/annotations/0/segmentation"),
    ],
    explains=("COCO905",),
)
def empty_segmentation(context: RuleContext) -> Violations:
    """`segmentation` is `[]`.

    `COCO.annToMask` and COCOeval with `iouType="segm"` look into the list without asking and raise IndexError, on the
    whole file, for one annotation. For a data set of boxes alone leave the key out: it is then plain to every reader
    that there is no mask. supervision writes `[]` for boxes without masks, and for masks of one pixel.

    In a file of ten or more such annotations and without any mask it is one finding.
    """
    shape = context.coco.annotations.segmentation.shape
    bad = np.equal(shape, Shape.EMPTY)
    count = int(bad.sum())
    said = "pycocotools' annToMask and segm evaluation raise IndexError"
    follows = Consequence(code="COCO905", rows=bad, sort="empty segmentation")
    first = int(bad.argmax()) if count else 0
    path: JsonPath = (first, "segmentation") if context.coco.kind is Kind.RESULTS else ("annotations", first, "segmentation")
    if count >= FILE_WIDE and bool((bad | np.equal(shape, Shape.ABSENT)).all()):
        message = f"segmentation is [] in {count:,} annotations, and the file has no mask: {said}"
        return Violations.of_file(message, path, table="annotations", rows=bad)
    found = Violations.of_rows("annotations", bad, lambda _: f"segmentation is []: {said}", field="segmentation")
    return found.part_of((path, "")).explaining(follows)


RULES = (
    polygon_odd_length,
    polygon_too_short,
    polygon_outside_image,
    polygon_zero_area,
    polygon_self_intersecting,
    empty_segmentation,
)
