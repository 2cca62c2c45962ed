"""Rules about the sizes of images beside the boxes on them: sizes that are wrong in the whole file, and boxes of the size of their image."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.geometry.size_evidence import misfits
from cocoproof.model.findings import Severity
from cocoproof.rules.detected_formats import exchanged_images, image_sizes, no_pixel_box, size_of_image
from cocoproof.rules.examples import dataset
from cocoproof.rules.rule import OBJECTS, Consequence, RuleContext, Violation, Violations, ViolationScope, quote, rule
from cocoproof.rules.violations import FILE_WIDE

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["RULES", "outside_of_wrong_sizes"]

_PLACED = ("annotations.bbox", "annotations.image_size", "annotations.pixel_box")
_NO_MASK: dict[str, list[float]] = {"segmentation": []}
_OUTSIDE = ("COCO502", "COCO503", "COCO603", "COCO607", "COCO902", "COCO905")
"""Rules that compare boxes and masks with the sizes of images."""

_MANY_BOXES = 10
_MOST = 0.5

_TALL = [{"bbox": [4, 5 + k, 20, 16], "area": 320, **_NO_MASK} for k in range(6)] + [
    {"bbox": [k, 40, 30, 20], "area": 600, **_NO_MASK} for k in range(6)
]
"""Boxes in an image of 48 x 64 px, half of them beyond the lower edge of one of 64 x 48."""
_SMALL = {"width": 28, "height": 28}


def _outside(rows: NDArray[np.bool_]) -> list[Consequence]:
    """What other rules report of annotations that are outside only because the size of their image is wrong."""
    follows = [Consequence(code=code, rows=rows) for code in ("COCO502", "COCO503", "COCO603")]
    follows += [Consequence(code="COCO902", rows=rows, sort=sort) for sort in ("polygon without pixels", "thin polygon")]
    return [*follows, Consequence(code="COCO905", rows=rows, sort="other mask")]


def _wrong_sizes(context: RuleContext, images: NDArray[np.bool_]) -> list[Consequence]:
    """What other rules report of RLEs on images of a wrong size, whose own size is another one."""
    rows = np.append(images, False)[context.coco.annotations.image_row]
    return [
        Consequence(code="COCO607", rows=rows),
        Consequence(code="COCO902", rows=rows, sort="mask size"),
        Consequence(code="COCO905", rows=rows, sort="other mask"),
    ]


@rule(
    "COCO511",
    severity=Severity.ERROR,
    frames=True,
    kinds=OBJECTS,
    needs=("annotations.bbox", "annotations.image_size"),
    explains=_OUTSIDE,
    accept=[
        dataset([*_TALL, *_TALL], images=[{"width": 48, "height": 64}]),
        # A few boxes beyond one edge are COCO502.
        dataset([{}] * 12 + [{"bbox": [4, 30, 20, 22], **_NO_MASK}] * 3),
    ],
    reject=[
        (dataset(_TALL), "/images"),
        (dataset([row | {"image_id": 1 + k % 2} for k, row in enumerate(_TALL)], images=[{}, {}]), "/images"),
    ],
)
def image_sizes_swapped(context: RuleContext) -> Violations:
    """Boxes fit their images when width and height are exchanged, and do not as the file states the sizes.

    The usual cause is `height, width = image.size` where a library gives width first, or `image.shape` where it gives height first. Readers
    clip the boxes, scale them with the wrong side, or drop them; masks are drawn on the wrong grid. Exchange `width` and `height` of the images.
    Where only some images are concerned, they often have an EXIF orientation: the boxes are in the rotated image, and the size is that of the file.

    Only images that are not square count. *All* are exchanged if, of ten or more boxes, 98% (or all but one) are within the exchanged sizes, and
    three or more, and 5%, end far outside the stated ones: beyond the edge by a quarter of the difference between the sides. *Some* are
    exchanged if ten or more images have boxes outside by more than a tenth of that difference, exchanging puts 90% of them right, half of these have a
    box that ends far outside, and they have 30 boxes or more. Nothing is reported where masks or areas show that the boxes are corners (COCO504).

    In 9,000 simulated files of right sizes, with up to half of their boxes beyond an edge, neither was reported. Where all sizes were exchanged, 84% of files with
    12 images and 95% of those with 40 were found; where 40% of the sizes were, 48% of files with 40 images, 86% with 100, and all with 300.
    """
    found = exchanged_images(context)
    if found is None:
        return Violations.of_document([])
    outside, images = int(found.outside.sum()), int(found.images.sum())
    reach = f"{outside:,} of {found.boxes:,} boxes reach out of the images, and fit when width and height are exchanged"
    if found.every:
        violation = Violation(f"width and height of the images are exchanged: {reach}", ("images",), scope=ViolationScope.FILE)
    else:
        rows = np.flatnonzero(found.images)
        first, names = int(rows[0]), context.images.file_name.values
        width, height = (int(side.values[first]) for side in (context.images.width, context.images.height))
        name = f"{context.images.id_of(first)} ({quote(names[first])[1:-1]})"
        violation = Violation(
            f"width and height of {images:,} of {context.images.n:,} images are exchanged: {reach}; image {name} is not {width} x {height} px",
            ("images", first),
            scope=ViolationScope.FILE,
            about="\n".join(sorted(names[row] for row in rows.tolist())),
        )
    return Violations.of_document([violation]).explaining(*_outside(found.outside), *_wrong_sizes(context, found.images))


@rule(
    "COCO512",
    severity=Severity.ERROR,
    frames=True,
    kinds=OBJECTS,
    needs=_PLACED,
    explains=_OUTSIDE,
    accept=[
        dataset([{"image_id": 1 + k % 2} for k in range(10)], images=[{}, {}]),
        # Half of the boxes fit.
        dataset(
            [{"bbox": [4, 5, 20, 16] if k % 2 else [20, 5, 20, 16], "image_id": 1 + k % 2, **_NO_MASK} for k in range(10)],
            images=[_SMALL] * 2,
        ),
    ],
    reject=[
        (
            dataset([{"image_id": 1 + k % 2, "bbox": [40, 30, 60, 50], "area": 3000, **_NO_MASK} for k in range(10)], images=[_SMALL] * 2),
            "/images",
        ),
        (dataset([{"image_id": 1 + k % 3, "bbox": [90, 60, 9, 9], **_NO_MASK} for k in range(12)], images=[{}] * 3), "/images"),
    ],
)
def image_sizes_implausible(context: RuleContext) -> Violations:
    """All images have one size, which most boxes do not fit.

    The size is a placeholder, or that to which the images were scaled while the boxes were not. Readers clip the boxes to it, or drop them; relative
    coordinates are wrong by the same factor. Write the size of each image file, or scale the boxes.

    Reported if two or more images all have the same width and height, and more than half of ten or more boxes reach out by more than
    the tolerance (`box-tolerance`); not where the boxes are corners (COCO504), or width and height exchanged (COCO511). In files of right sizes few boxes do.
    """
    images, box = context.images, context.coco.annotations.bbox.floats
    sizes = np.stack([images.width.values, images.height.values], axis=1)
    known = images.width.ok & images.height.ok
    one_size = images.n >= 2 and bool(known.all()) and bool((sizes == sizes[0]).all())
    placed = (box[:, 2] > 0) & (box[:, 3] > 0) & (context.coco.annotations.image_row >= 0)
    count = int(placed.sum())
    if not one_size or count < _MANY_BOXES:
        return Violations.of_document([])
    outside = placed & misfits(box, image_sizes(context), context.thresholds.box_tolerance)
    number = int(outside.sum())
    if number <= _MOST * count or no_pixel_box(context).any() or exchanged_images(context) is not None:
        return Violations.of_document([])
    reach = (box[outside, :2] + box[outside, 2:]).max(axis=0)
    size = f"{int(sizes[0, 0])} x {int(sizes[0, 1])}"
    message = (
        f"all {images.n:,} images are {size} px, and {number:,} of {count:,} boxes reach out of them, up to ({reach[0]:g}, {reach[1]:g})"
    )
    found = Violations.of_document([Violation(message, ("images",), scope=ViolationScope.FILE, about=size)])
    return found.explaining(*_outside(outside), *_wrong_sizes(context, np.ones(images.n, bool)))


@rule(
    "COCO513",
    severity=Severity.NOTE,
    frames=True,
    kinds=OBJECTS,
    needs=_PLACED,
    accept=[dataset(), dataset([{"bbox": [0, 0, 64, 47], **_NO_MASK}])],
    reject=[
        (dataset([{"bbox": [0, 0, 64, 48], **_NO_MASK}]), "/annotations/0/bbox"),
        (dataset([{}, {"bbox": [-1, 0, 66, 48], **_NO_MASK}]), "/annotations/1/bbox"),
        (dataset([{"bbox": [0, 0, 64, 48], **_NO_MASK}] * 10), "/annotations/0/bbox"),
    ],
)
@np.errstate(over="ignore", invalid="ignore")  # a file may hold 1e300
def box_covers_image(context: RuleContext) -> Violations:
    """A box covers its entire image.

    Converters of classification datasets write one such box per image. Readers accept it, but a detector cannot learn
    positions from it. Convert such a dataset only if every object fills its image. Where all boxes of a file, ten or more, are so, that is one finding.
    """
    box, size = context.coco.annotations.bbox.floats, image_sizes(context)
    covers = (box[:, 0] <= 0) & (box[:, 1] <= 0) & (box[:, 0] + box[:, 2] >= size[:, 0]) & (box[:, 1] + box[:, 3] >= size[:, 1])
    if covers.any():
        covers &= ~no_pixel_box(context)
    count = int(covers.sum())
    if count >= FILE_WIDE and count == int(np.isfinite(box[:, 2]).sum()):
        path = ("annotations", int(covers.argmax()), "bbox")
        return Violations.of_file(f"all {count:,} boxes cover their image", path, table="annotations", rows=covers)

    def message(row: int) -> str:
        shown = ", ".join(f"{value:g}" for value in box[row])
        return f"the box [{shown}] covers its image of {size[row, 0]:g} x {size[row, 1]:g} px"

    found = Violations.of_rows("annotations", covers, message, field="bbox", about=partial(size_of_image, context))
    return found.part_of((("annotations", 0, "bbox"), ""))


def outside_of_wrong_sizes(context: RuleContext) -> NDArray[np.int64]:
    """The annotations whose box is outside its image only because the size of the image is wrong (COCO511, COCO512); ascending."""
    out = np.zeros(context.coco.annotations.n, bool)
    for one in (image_sizes_swapped, image_sizes_implausible):
        found = one.check(context)
        for violations in [found] if isinstance(found, Violations) else found:
            if violations.count:
                for consequence in violations.explains:
                    if consequence.code == "COCO502" and consequence.rows is not None:
                        out[consequence.rows] = True
    return np.flatnonzero(out)


RULES = (image_sizes_swapped, image_sizes_implausible, box_covers_image)
