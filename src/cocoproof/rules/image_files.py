"""Rules about the files of images: that they are there and can be read, and that the entries say of them what is true."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.images import FileState
from cocoproof.images.decode_pool import PILLOW_EXTRA, pillow_installed
from cocoproof.images.png_writer import black_png
from cocoproof.model.findings import Severity
from cocoproof.rules.examples import dataset
from cocoproof.rules.rule import DATASETS, ExampleWithFiles, RuleContext, Violations, quote, rule

if TYPE_CHECKING:
    from cocoproof.images import ImageScan
    from cocoproof.images.dataset_files import ImageFiles

__all__ = ["RULES"]

_PNG = black_png(64, 48)
_ONE = [{"file_name": "1.png"}]
_TWO = [{"file_name": "1.png"}, {"file_name": "2.png"}]


def _files(context: RuleContext) -> ImageFiles:
    if context.files is None:
        msg = "the rule requires images"
        raise RuntimeError(msg)
    return context.files


@rule(
    "COCO801",
    severity=Severity.ERROR,
    frames=True,
    kinds=DATASETS,
    needs=("images.safe_name",),
    requires=("images",),
    accept=[
        ExampleWithFiles(dataset(images=_ONE), {"1.png": _PNG}),
        ExampleWithFiles(dataset(images=[{"file_name": "train/./1.png"}]), {"train/1.png": _PNG}),
    ],
    reject=[
        (ExampleWithFiles(dataset(images=_TWO), {"1.png": _PNG}), "/images/1/file_name"),
        (ExampleWithFiles(dataset(images=_ONE), {"train/1.png": _PNG}), "/images/0/file_name"),
    ],
)
def image_missing(context: RuleContext) -> Violations:
    """The file that an image names is not there.

    Loaders stop at the first such image, often hours into a training run, or pass over it in silence and train on less than was paid for.
    `file_name` is taken as relative to the folder of images, with letters of the same case, as Linux does. A link to nothing counts as
    missing. Where all are missing, the folder is probably another one than the names are relative to.
    """
    files = _files(context)
    pictures = files.pictures
    missing = np.equal(pictures.state, FileState.MISSING)

    def say(row: int) -> str:
        name = pictures.names[row]
        near = files.near(name)
        hint = f"; there is {quote(near)}" if near is not None else ""
        return f"the file {quote(name)} {pictures.reasons[row]}{hint}"

    violations = Violations.of_rows("images", missing, say, field="file_name")
    asked = int(np.not_equal(pictures.state, FileState.UNASKED).sum())
    if asked > 1 and violations.count == asked:
        return violations.with_remark(f"none of {asked:,} files is in {quote(files.root.name)}: are the names relative to another folder?")
    return violations


@rule(
    "COCO802",
    severity=Severity.ERROR,
    frames=True,
    kinds=DATASETS,
    needs=("images.safe_name", "images.judged_picture"),
    requires=("images",),
    accept=[
        ExampleWithFiles(dataset(images=_ONE), {"1.png": _PNG}),
        ExampleWithFiles(
            dataset(images=[{"file_name": "1.jpg"}]), {"1.jpg": _PNG}
        ),  # COCO809 reports that it is not a JPEG; readers accept it
    ],
    reject=[
        (ExampleWithFiles(dataset(images=_TWO), {"1.png": _PNG, "2.png": b""}), "/images/1/file_name"),
        (ExampleWithFiles(dataset(images=_ONE), {"1.png": _PNG[:30]}), "/images/0/file_name"),
        (ExampleWithFiles(dataset(images=[{"file_name": "1.jpg"}]), {"1.jpg": b"<!DOCTYPE html><html>404</html>"}), "/images/0/file_name"),
    ],
)
def image_unreadable(context: RuleContext) -> Violations:
    """The image file does not decode.

    There is something of that name, but no picture that readers open: it is empty or cut off, an HTML page that a server sent in the
    place of a picture, a folder, a FIFO, a format that training code does not read, or has more pixels than Pillow agrees to decode (the
    threshold `image-pixels`). A link that leads out of the folder of images is not followed and counts as well: whoever unpacks the data
    set does not have what it points to. Without `--decode` the header is read, and the end of JPEG and PNG files, which shows that one was cut off; damage in between then passes.
    """
    pictures = _files(context).pictures
    limit = context.thresholds.image_pixels
    # As floats: a header may say 2^31 x 2^31.
    large = pictures.width.astype(np.float64) * pictures.height > limit

    def say(row: int) -> str:
        name = quote(pictures.names[row])
        if large[row]:
            pixels = int(pictures.width[row]) * int(pictures.height[row])
            return f"the file {name} is {_size(pictures, row)} by its header: {pixels:,} pixels, more than the {limit:,} that are decoded"
        return f"the file {name} {pictures.reasons.get(row) or pictures.faults[row]}"

    unreadable = large | np.equal(pictures.state, FileState.UNREADABLE)
    unreadable[list(pictures.faults)] = True
    violations = Violations.of_rows("images", unreadable, say, field="file_name")
    unchecked = np.flatnonzero(np.equal(pictures.state, FileState.UNKNOWN))
    if len(unchecked):
        first = int(unchecked[0])
        missing = "" if pillow_installed() else f": {PILLOW_EXTRA}"
        return violations.with_remark(f"the first of these, {quote(pictures.names[first])}, {pictures.reasons[first]}{missing}")
    return violations if pictures.decoded else violations.with_remark("headers were read, no picture was decoded (--decode)")


@rule(
    "COCO803",
    severity=Severity.ERROR,
    frames=True,
    kinds=DATASETS,
    needs=("images.width", "images.height", "images.picture"),
    requires=("images",),
    accept=[
        ExampleWithFiles(dataset(images=_ONE), {"1.png": _PNG}),
        ExampleWithFiles(dataset(images=_ONE), {"1.png": black_png(64, 48, orientation=6)}),
        ExampleWithFiles(dataset(images=_ONE), {"1.png": black_png(48, 64, orientation=6)}),  # the turned size: COCO804
    ],
    reject=[
        (ExampleWithFiles(dataset(images=_TWO), {"1.png": _PNG, "2.png": black_png(65, 48)}), "/images/1"),
        (ExampleWithFiles(dataset(images=_ONE), {"1.png": black_png(48, 64)}), "/images/0"),
    ],
)
def image_size_mismatch(context: RuleContext) -> Violations:
    """An image's width and height are not the file's.

    Boxes, masks and keypoints are in pixels of the picture that the entry describes. A loader that scales by width and height, or makes
    masks of that size, puts all of them in the wrong place; one that crops raises. It comes from pictures that were resized or
    replaced after they were annotated, and from height and width in the wrong order. A size after the EXIF rotation is reported by COCO804, not by
    this rule.
    """
    pictures, images = _files(context).pictures, context.coco.images
    sized = images.width.ok & images.height.ok & pictures.ok
    width, height = images.width.values, images.height.values
    stored = (width == pictures.width) & (height == pictures.height)
    swapped = (width == pictures.height) & (height == pictures.width)
    wrong = sized & ~stored & ~(swapped & (pictures.orientation >= 5))

    def say(row: int) -> str:
        turned = f" as stored, {_turned_size(pictures, row)} as EXIF turns it" if pictures.orientation[row] >= 5 else ""
        hint = "; width and height are swapped" if swapped[row] else ""
        return f"the entry says {int(width[row])} x {int(height[row])} px, the file's header {_size(pictures, row)}{turned}{hint}"

    def sizes(row: int) -> str:
        return f"{int(width[row])}x{int(height[row])} for {int(pictures.width[row])}x{int(pictures.height[row])}"

    return Violations.of_rows("images", wrong, say, about=sizes)


_TURNS = {
    2: "mirrors it",
    3: "turns it upside down",
    4: "mirrors it upside down",
    5: "mirrors it and turns it by a quarter",
    6: "turns it by a quarter, clockwise",
    7: "mirrors it and turns it by a quarter",
    8: "turns it by a quarter, counter-clockwise",
}
"""What EXIF's orientation asks whoever shows the picture to do (Exif 2.32, 4.6.4)."""


@rule(
    "COCO804",
    severity=Severity.WARNING,
    frames=True,
    kinds=DATASETS,
    needs=("images.picture",),
    requires=("images",),
    accept=[
        ExampleWithFiles(dataset(images=_ONE), {"1.png": _PNG}),
        ExampleWithFiles(dataset(images=_ONE), {"1.png": black_png(64, 48, orientation=1)}),
    ],
    reject=[
        (ExampleWithFiles(dataset(images=_TWO), {"1.png": _PNG, "2.png": black_png(48, 64, orientation=6)}), "/images/1/file_name"),
        (ExampleWithFiles(dataset(images=_ONE), {"1.png": black_png(64, 48, orientation=8)}), "/images/0/file_name"),
        (ExampleWithFiles(dataset(images=_ONE), {"1.png": black_png(64, 48, orientation=3)}), "/images/0/file_name"),
    ],
)
def image_exif_rotated(context: RuleContext) -> Violations:
    """EXIF orientation turns or mirrors what some readers see.

    OpenCV and every viewer turn such a picture as its EXIF data ask; Pillow's `open`, torchvision and most training code hand out the
    pixels as they are stored (of TIFF, Pillow turns them, too). Boxes drawn on the one lie elsewhere on the other. Turn the pixels once and for all (`jpegtran`, or
    `PIL.ImageOps.exif_transpose`), remove the orientation, and let width and height say what the file then has. Which formats OpenCV turns depends
    on its release: with `--decode` and OpenCV installed, the message says it.
    """
    pictures, images = _files(context).pictures, context.coco.images
    width, height = images.width, images.height

    def say(row: int) -> str:
        orientation = int(pictures.orientation[row])
        shown = f"EXIF orientation {orientation} {_TURNS[orientation]}: {_size(pictures, row)} as stored"
        if orientation < 5:
            return f"{shown} and as readers see it, but not the same way up{_by_opencv(pictures, row)}"
        shown += f", {_turned_size(pictures, row)} as turned"
        if not (width.ok[row] and height.ok[row]):
            return shown + _by_opencv(pictures, row)
        entry = (int(width.values[row]), int(height.values[row]))
        stored = (int(pictures.width[row]), int(pictures.height[row]))
        which = {stored: "the stored size", pictures.turned(row): "the turned size"}
        says = "fits both" if stored == stored[::-1] == entry else f"has {which.get(entry, 'neither')}"
        return f"{shown}; the entry {says}{_by_opencv(pictures, row)}"

    def turned(row: int) -> str:
        entry = [int(side.values[row]) if side.ok[row] else None for side in (width, height)]
        return f"orientation {int(pictures.orientation[row])}, {entry[0]}x{entry[1]} for {int(pictures.width[row])}x{int(pictures.height[row])}"

    return Violations.of_rows("images", pictures.ok & (pictures.orientation > 1), say, field="file_name", about=turned)


@rule(
    "COCO807",
    severity=Severity.WARNING,
    frames=True,
    kinds=DATASETS,
    needs=("images.picture",),
    requires=("images",),
    accept=[
        ExampleWithFiles(dataset(images=_TWO), {"1.png": _PNG, "2.png": black_png(64, 48, orientation=1)}),
        ExampleWithFiles(dataset(images=_ONE), {"1.png": _PNG, "copy.png": _PNG}),  # of which the document says nothing
    ],
    reject=[
        (ExampleWithFiles(dataset(images=_TWO), {"1.png": _PNG, "2.png": _PNG}), "/images/1/file_name"),
        (ExampleWithFiles(dataset(images=[*_TWO, {"file_name": "b/1.png"}]), {"1.png": _PNG, "2.png": black_png(64, 48, orientation=1), "b/1.png": _PNG}), "/images/2/file_name"),
    ],
)  # fmt: skip
def image_duplicate_content(context: RuleContext) -> Violations:
    """Two image files have the same bytes.

    One image is in the dataset under two names. It weighs twice as much in training, its two sets of annotations may contradict each other,
    and a random split puts one of them into training and the other into validation. Keep one of the two. Only files of one size and
    beginning are read whole and compared by their SHA-256.
    """
    files = _files(context)
    first = {row: group[0] for group in files.copies for row in group[1:]}
    rows = np.array(sorted(first), np.int64)

    def say(row: int) -> str:
        other = first[row]
        shown = context.coco.images.id_of(other)
        named = f"images[{other}]" if shown is None else f"image {shown}"
        return f"the file {quote(files.pictures.names[row])} has the same bytes as {quote(files.pictures.names[other])} of {named}"

    return Violations.of_rows("images", rows, say, field="file_name", other=first.__getitem__)


def _size(pictures: ImageScan, row: int) -> str:
    return f"{int(pictures.width[row])} x {int(pictures.height[row])} px"


def _turned_size(pictures: ImageScan, row: int) -> str:
    width, height = pictures.turned(row)
    return f"{width} x {height} px"


def _by_opencv(pictures: ImageScan, row: int) -> str:
    """Whether OpenCV applies the orientation, where it was tried."""
    view = None if pictures.views is None else pictures.views.get(row)
    if view is None or view.turned is None:
        return ""
    return f"; {view.opencv} {'applies' if view.turned else 'does not apply'} the orientation, {view.pillow} does not"


RULES = (image_missing, image_unreadable, image_size_mismatch, image_exif_rotated, image_duplicate_content)
