"""Images that OpenCV and Pillow read differently."""

from __future__ import annotations

import numpy as np

from cocoproof.images.png_writer import black_png, grey16_png
from cocoproof.model.findings import Severity
from cocoproof.rules.examples import dataset
from cocoproof.rules.rule import DATASETS, ExampleWithFiles, RuleContext, RuleSkipped, Violations, quote, rule

__all__ = ["RULES"]

_ONE = [{"file_name": "1.png"}]
_TWO = [{"file_name": "1.png"}, {"file_name": "2.png"}]


@rule(
    "COCO810",
    severity=Severity.NOTE,
    frames=True,
    kinds=DATASETS,
    needs=("images.picture",),
    requires=("images", "opencv"),
    accept=[
        ExampleWithFiles(dataset(images=_TWO), {"1.png": black_png(64, 48), "2.png": grey16_png(64, 48, 0)}),
        ExampleWithFiles(dataset(images=_ONE), {"1.png": black_png(64, 48, orientation=3)}),  # COCO804
    ],
    reject=[
        (ExampleWithFiles(dataset(images=_TWO), {"1.png": black_png(64, 48), "2.png": grey16_png(64, 48, 4000)}), "/images/1/file_name"),
        (ExampleWithFiles(dataset(images=_ONE), {"1.png": grey16_png(64, 48, 200)}), "/images/0/file_name"),
    ],
)
def image_libraries_differ(context: RuleContext) -> Violations:
    """OpenCV sees other pixels in an image than Pillow.

    Training code reads images with `cv2.imread(file)` or with Pillow's `open(file).convert("RGB")`, and a model that was trained with one of them
    is often used with the other. For most images both return the same pixels. They do not for 16-bit grey images, which Pillow's `convert` clips at 255 and OpenCV
    divides by 256, for TIFF with alpha, Lab colours or floating-point numbers, and for transparent pixels of GIF; and builds of OpenCV differ in whether they read GIF, AVIF and JPEG 2000.
    Write such images as 8-bit RGB, in the way that is meant.

    With `--decode`, and OpenCV installed (`pip install 'cocoproof[opencv]'`), each image is read by both. An image that only the EXIF orientation makes different is a
    finding of COCO804, whose message then says whether this OpenCV applies it. In formats without loss, differences of up to 2 of 255 are rounding; JPEG, WebP, AVIF and JPEG
    2000 differ if the mean difference is above 4, because their decoders may choose faster arithmetic. [The image files](../images.md) has the measurements. An image
    that OpenCV does not read is a note, not an error: the file may be right.
    """
    pictures = None if context.files is None else context.files.pictures
    if pictures is None or pictures.views is None:
        msg = "OpenCV was not compared"
        raise RuleSkipped(msg)
    views = pictures.views
    different = np.array(sorted(row for row, view in views.items() if view.difference), np.int64)

    def say(row: int) -> str:
        view = views[row]
        return f'{view.opencv} (imread) and {view.pillow} (convert("RGB")) see different images in {quote(pictures.names[row])}: {view.difference}'

    def cause(row: int) -> str:
        return views[row].difference.partition(":")[0]

    violations = Violations.of_rows("images", different, say, field="file_name", about=cause)
    uncompared = sorted(row for row, view in views.items() if view.skipped)
    if uncompared:
        first = uncompared[0]
        return violations.with_remark(
            f"{len(uncompared):,} of {len(views):,} images were not compared; the first, {quote(pictures.names[first])}: {views[first].skipped}"
        )
    return violations


RULES = (image_libraries_differ,)
