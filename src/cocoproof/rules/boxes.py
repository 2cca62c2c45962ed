"""Rules about boxes alone: their form, their place in the image, their size."""

from __future__ import annotations

from functools import partial, reduce
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.model.findings import Kind, Severity
from cocoproof.rules.detected_formats import as_corners, as_fractions, image_sizes, no_pixel_box, size_of_image
from cocoproof.rules.examples import dataset
from cocoproof.rules.reader_failures import not_loaded_with
from cocoproof.rules.rule import OBJECTS, Consequence, Fix, RuleContext, Violation, Violations, rule
from cocoproof.rules.shared_results import shared

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["RULES"]

_BOXED = OBJECTS | {Kind.RESULTS}
_PLACED = ("annotations.bbox", "annotations.image_size", "annotations.pixel_box")
_NO_MASK: dict[str, list[float]] = {"segmentation": []}


def _positive(box: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Boxes with a width and a height; NaN, for a box that is absent or broken, compares as false."""
    return np.asarray((box[:, 2] > 0) & (box[:, 3] > 0))


def _overhang(context: RuleContext) -> Iterator[NDArray[np.float64]]:
    """Pixels that each box reaches beyond the left, top, right and bottom edge of its image, each of shape (n,)."""
    (x, y, width, height), (widths, heights) = context.coco.annotations.bbox.floats.T, image_sizes(context).T
    yield -x
    yield -y
    yield x + width - widths
    yield y + height - heights


@shared
@np.errstate(over="ignore", invalid="ignore")  # a file may hold 1e300
def _apart(context: RuleContext) -> NDArray[np.bool_]:
    """Boxes that have no pixel in common with their image, shape (n,); False if the image is unknown."""
    (x, y, width, height), (widths, heights) = context.coco.annotations.bbox.floats.T, image_sizes(context).T
    beyond = (x >= widths) | (y >= heights) | (x + width <= 0) | (y + height <= 0)
    return np.asarray(beyond & np.isfinite(widths) & np.isfinite(heights))


def _shown(box: NDArray[np.float64]) -> str:
    return "[" + ", ".join(f"{value:g}" for value in box) + "]"


def _of_file(context: RuleContext, rows: NDArray[np.bool_], what: str) -> Violations:
    """One violation for all boxes of a file, at the first of them."""
    if not rows.any():
        return Violations.of_document([])
    boxes = context.coco.annotations.bbox
    row = int(np.argmax(rows))
    message = f"{int(rows.sum())} of {int(boxes.ok.sum())} boxes {what}, such as {_shown(boxes.floats[row])}"
    path: tuple[str | int, ...] = (row, "bbox") if context.coco.kind is Kind.RESULTS else ("annotations", row, "bbox")
    return Violations.of_document([Violation(message, path)])


@rule(
    "COCO501",
    severity=Severity.ERROR,
    frames=True,
    fix=Fix(safe="takes the box from the segmentation, where there is one"),
    kinds=_BOXED,
    needs=("annotations.bbox",),
    accept=[dataset(), dataset([{"bbox": [4, 5, 0.5, 0.5]}])],
    reject=[
        (dataset([{"bbox": [4, 5, 0, 16]}]), "/annotations/0/bbox"),
        (dataset([{}, {"bbox": [4, 5, 3, -16]}]), "/annotations/1/bbox"),
    ],
    explains=("COCO507", "COCO903", "COCO904"),
)
def box_not_positive(context: RuleContext) -> Violations:
    """A box has no width or no height, or a negative one.

    pycocotools gives such a box an area of zero or less, so that nothing ever matches it: evaluation loses the
    annotation in silence. Exporters write such boxes for masks of one pixel and for [x1, y1, x2, y2] gone wrong.
    """
    box = context.coco.annotations.bbox.floats
    # NaN, for a box that is absent or broken, compares as false.
    bad = (box[:, 2] <= 0) | (box[:, 3] <= 0)
    found = Violations.of_rows("annotations", bad, lambda row: f"the box is {box[row, 2]:g} x {box[row, 3]:g} px", field="bbox")
    area = context.coco.annotations.area.floats
    return found.explaining(
        Consequence(code="COCO507", rows=bad & (area == box[:, 2] * box[:, 3])),
        Consequence(code="COCO903", rows=bad, sort="empty box"),
        *not_loaded_with(context, (box[:, 2] < 0) | (box[:, 3] < 0)),
    )


@rule(
    "COCO502",
    severity=Severity.WARNING,
    frames=True,
    fix=Fix(on_request="clips the box to the image"),
    kinds=_BOXED,
    needs=_PLACED,
    accept=[
        dataset([{"bbox": [-1, -1, 66, 50], **_NO_MASK}]),
        dataset([{"bbox": [44, 33, 21, 16], **_NO_MASK}]),
    ],
    reject=[
        (dataset([{"bbox": [50, 5, 20, 16], **_NO_MASK}]), "/annotations/0/bbox"),
        (dataset([{}, {"bbox": [4, -1.5, 20, 16], **_NO_MASK}]), "/annotations/1/bbox"),
    ],
    explains=("COCO603",),
)
@np.errstate(over="ignore", invalid="ignore")  # a file may hold 1e300
def box_outside_image(context: RuleContext) -> Violations:
    """Part of a box lies more than the tolerance (`box-tolerance`, default 1 px) outside its image.

    Augmentation that forgets to clip, boxes of the image before it was scaled, width and height of the image swapped:
    training then sees objects larger than they are, and a detector that is right loses IoU. Clip the boxes to the
    image. A pixel is let pass, for many tools round outwards; a box wholly outside is COCO503. In a file whose boxes
    are [x1, y1, x2, y2] the boxes reach outside for that reason alone: COCO504 reports that once, and this rule
    skips them.
    """
    # The greatest of numbers of which one is NaN is NaN.
    bad = np.asarray(reduce(np.maximum, _overhang(context)) > context.thresholds.box_tolerance)
    if bad.any():
        bad &= _positive(context.coco.annotations.bbox.floats) & ~_apart(context)
    if bad.any():
        bad &= ~no_pixel_box(context)
    rows = np.flatnonzero(bad)
    over = dict(zip(rows.tolist(), np.stack([edge[rows] for edge in _overhang(context)], axis=1), strict=True)) if len(rows) else {}

    def say(row: int) -> str:
        edges = zip(over[row], ("left", "top", "right", "bottom"), strict=True)
        parts = [f"{past:g} px past the {edge} edge" for past, edge in edges if past > context.thresholds.box_tolerance]
        return f"the box {_boxed(context, row)} reaches {', '.join(parts)} of its image of {_sized(context, row)}"

    found = Violations.of_rows("annotations", bad, say, field="bbox", about=partial(size_of_image, context))
    return found.explaining(Consequence(code="COCO603", rows=bad & _is_envelope(context) if found.count else bad))


def _is_envelope(context: RuleContext) -> NDArray[np.bool_]:
    """Boxes that are the envelope of their segmentation, to the tolerance of COCO508, shape (n,)."""
    box, envelope = context.coco.annotations.bbox.floats, context.coco.annotations.segmentation.envelopes
    off = np.abs(np.concatenate([box[:, :2], box[:, :2] + box[:, 2:]], axis=1) - envelope)
    return np.asarray((off <= context.thresholds.envelope_tolerance).all(axis=1))


def _boxed(context: RuleContext, row: int) -> str:
    return _shown(context.coco.annotations.bbox.floats[row])


def _sized(context: RuleContext, row: int) -> str:
    at = int(context.coco.annotations.image_row[row])
    return f"{context.images.width.values[at]} x {context.images.height.values[at]} px"


@rule(
    "COCO503",
    severity=Severity.ERROR,
    frames=True,
    kinds=_BOXED,
    needs=_PLACED,
    accept=[dataset(), dataset([{"bbox": [63.5, 5, 20, 16], **_NO_MASK}])],
    reject=[
        (dataset([{"bbox": [64, 5, 20, 16], **_NO_MASK}]), "/annotations/0/bbox"),
        (dataset([{}, {"bbox": [4, -20, 20, 16], **_NO_MASK}]), "/annotations/1/bbox"),
    ],
    explains=("COCO603", "COCO902"),
)
@np.errstate(over="ignore", invalid="ignore")  # a file may hold 1e300
def box_disjoint_from_image(context: RuleContext) -> Violations:
    """A box shares no pixel with its image.

    There is nothing in the picture that a detector could find there, so the annotation is always a false negative and lowers
    recall. The usual reasons: the annotation belongs to another image, or to the image before it was cropped or
    scaled. Boxes without width or height are COCO501.
    """
    bad = _apart(context) & _positive(context.coco.annotations.bbox.floats)
    if bad.any():
        bad &= ~no_pixel_box(context)
    found = Violations.of_rows(
        "annotations",
        bad,
        lambda row: f"the box {_boxed(context, row)} has no pixel in common with its image of {_sized(context, row)}",
        field="bbox",
        about=partial(size_of_image, context),
    )
    masked = bad & _is_envelope(context) if found.count else bad
    return found.explaining(
        Consequence(code="COCO603", rows=masked), Consequence(code="COCO902", rows=masked, sort="polygon without pixels")
    )


@rule(
    "COCO504",
    severity=Severity.ERROR,
    frames=True,
    fix=Fix(
        safe="writes the boxes as [x, y, width, height], where all boxes of the file can be corners, most must be, and no segmentation, area or image size contradicts it",
        on_request="writes those that can be corners so, where no segmentation contradicts it, and exchanged image sizes do not explain them",
    ),
    kinds=_BOXED,
    needs=("annotations.bbox",),
    accept=[
        # Large objects at the top left could be corners, but nothing says that they are.
        dataset([{"bbox": [4, 5, 50, 40], "area": 2000, **_NO_MASK}, {"bbox": [2, 1, 60, 46], "area": 2760, **_NO_MASK}]),
        # One box outside its image is COCO502.
        dataset([{"bbox": [10, 5, 60, 16], **_NO_MASK}]),
    ],
    reject=[
        (dataset([{"bbox": [4, 5, 24, 21]}, {"bbox": [7, 7, 27, 23]}]), "/annotations/0/bbox"),
        (
            dataset([{"bbox": [30, 20, 50, 36], "area": 320, **_NO_MASK}, {"bbox": [8, 30, 60, 46], **_NO_MASK}]),
            "/annotations/0/bbox",
        ),
    ],
)
def boxes_look_like_xyxy(context: RuleContext) -> Violations:
    """The file's boxes read as [x1, y1, x2, y2], where COCO has [x, y, width, height].

    Every reader takes the far corner for a size: objects grow to the right and down, IoU with the truth falls to
    nothing, and no reader complains. Subtract the first two numbers from the last two.

    There is one finding per file, at the first such box. It needs nearly all boxes (`suspicious-share`, default
    0.9) to be possible as corners within the image, and a quarter of them to be hardly possible as COCO's:
    reaching out of the image, with an `area` that is (x2 - x1) * (y2 - y1), or with a segmentation that ends at the
    corner. What follows from it alone (COCO502, 503, 506, 508, 509, 510) is not reported for those boxes.
    """
    return _of_file(context, as_corners(context), "read as [x1, y1, x2, y2], not as [x, y, width, height]")


@rule(
    "COCO505",
    severity=Severity.ERROR,
    frames=True,
    fix=Fix(
        safe="writes the boxes in pixels, and with them areas, polygons and keypoints that are fractions too, where the file shows which form the boxes have (corner, centre or two corners), or `--fractions` states it",
        on_request="writes those boxes in pixels that can be fractions, where some of the file cannot",
    ),
    kinds=_BOXED,
    needs=("annotations.bbox", "annotations.image_size"),
    accept=[
        dataset([{"bbox": [0.5, 0.5, 0.75, 0.5], **_NO_MASK}, {}]),
        dataset([{"bbox": [0, 0, 1, 1], **_NO_MASK}]),
    ],
    reject=[
        (dataset([{"bbox": [0.1, 0.2, 0.5, 0.5], **_NO_MASK}]), "/annotations/0/bbox"),
        (
            dataset([{"bbox": [0.1, 0.2, 0.5, 0.5], **_NO_MASK}, {"bbox": [0, 0, 1, 0.3], **_NO_MASK}]),
            "/annotations/0/bbox",
        ),
    ],
)
def boxes_look_normalised(context: RuleContext) -> Violations:
    """The file's boxes read as fractions of the image, where COCO has pixels.

    YOLO files hold fractions; a converter that forgets to multiply writes boxes that are all within the first pixel.
    Every reader takes them, none complains, and nothing can match them. Multiply x and width by the image's width, y
    and height by its height (and mind that YOLO's x and y are the centre's).

    There is one finding per file, at the first such box, if nearly all boxes (`suspicious-share`, default 0.9)
    lie within 0 to 1 though their images are larger. That they are tiny (COCO510), or unlike area and
    segmentation (COCO506, COCO508), is then not reported for each.
    """
    return _of_file(context, as_fractions(context), "read as fractions of the image, not as pixels")


@rule(
    "COCO509",
    severity=Severity.NOTE,
    frames=True,
    kinds=OBJECTS,
    needs=("annotations.bbox", "annotations.pixel_box"),
    accept=[
        dataset([{"bbox": [2, 5, 60, 3], **_NO_MASK}]),
        dataset([{"bbox": [4, 5, 20, 0.5], **_NO_MASK}]),  # COCO510 alone
    ],
    reject=[
        (dataset([{"bbox": [2, 5, 60, 2.9], **_NO_MASK}]), "/annotations/0/bbox"),
        (dataset([{}, {"bbox": [4, 2, 1, 44], **_NO_MASK}]), "/annotations/1/bbox"),
    ],
)
@np.errstate(over="ignore", invalid="ignore")  # a file may hold 1e300
def extreme_aspect_ratio(context: RuleContext) -> Violations:
    """A box is more than 20 times (`aspect-ratio`) as long as wide, or as wide as long.

    Poles and wires have such boxes; so do slivers that tiling or clipping left at an image's border, and anchors and
    ratio-limited augmentation do not reach them. Look at a few. Boxes under a pixel are COCO510 instead.
    """
    box = context.coco.annotations.bbox.floats
    # Column by column: numpy is slow along an axis of two or four.
    short, long = np.minimum(box[:, 2], box[:, 3]), np.maximum(box[:, 2], box[:, 3])
    bad = (short > 0) & (short >= context.thresholds.tiny_box) & (long > context.thresholds.aspect_ratio * short)
    if bad.any():
        bad &= ~no_pixel_box(context)
    return Violations.of_rows(
        "annotations",
        bad,
        lambda row: f"the box is {box[row, 2]:g} x {box[row, 3]:g} px, {long[row] / short[row]:.4g} to 1",
        field="bbox",
    )


@rule(
    "COCO510",
    severity=Severity.NOTE,
    frames=True,
    kinds=OBJECTS,
    needs=("annotations.bbox", "annotations.pixel_box"),
    accept=[
        dataset([{"bbox": [4, 5, 1, 1], **_NO_MASK}]),
        dataset([{"bbox": [4, 5, 20, 1], **_NO_MASK}]),
    ],
    reject=[
        (dataset([{"bbox": [4, 5, 0.9, 16], **_NO_MASK}]), "/annotations/0/bbox"),
        (dataset([{}, {"bbox": [4, 5, 20, 0.25], **_NO_MASK}]), "/annotations/1/bbox"),
    ],
)
def tiny_box(context: RuleContext) -> Violations:
    """A box is under 1 px (`tiny-box`) in width or height.

    Such boxes are not drawn on purpose: they are a slip of the mouse, a leftover of clipping, or the extent of a mask
    that is one pixel wide, taken from pixel centres. Libraries that round boxes make it empty; MMDetection drops it
    before training.
    """
    box = context.coco.annotations.bbox.floats
    bad = _positive(box) & (np.minimum(box[:, 2], box[:, 3]) < context.thresholds.tiny_box)
    if bad.any():
        bad &= ~no_pixel_box(context)
    return Violations.of_rows("annotations", bad, lambda row: f"the box is {box[row, 2]:g} x {box[row, 3]:g} px", field="bbox")


RULES = (
    box_not_positive,
    box_outside_image,
    box_disjoint_from_image,
    boxes_look_like_xyxy,
    boxes_look_normalised,
    extreme_aspect_ratio,
    tiny_box,
)
