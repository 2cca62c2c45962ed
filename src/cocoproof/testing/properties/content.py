"""Properties of the content: nothing of the source is lost when pycocotools reads the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cocoproof.roundtrip.losses import LossKind
from cocoproof.testing.trial import PropertyBroken

if TYPE_CHECKING:
    from cocoproof.roundtrip.losses import Loss, RoundTripReport
    from cocoproof.testing.trial import Trial

__all__ = [
    "areas",
    "boxes",
    "categories_complete",
    "categories_in_order",
    "category_ids",
    "classes_through_mapping",
    "crowd_flags",
    "data_columns",
    "detections_complete",
    "detections_in_order",
    "empty_dataset",
    "empty_image",
    "file_names",
    "image_sizes",
    "images_complete",
    "images_in_order",
    "masks",
    "oriented_boxes",
    "scores",
    "segmentations_readable",
    "supercategories",
    "track_ids",
]


def images_complete(trial: Trial) -> None:
    """Every image is listed once, with or without detections, and no other."""
    trial.expect_none(LossKind.IMAGE_MISSING, LossKind.IMAGE_EXTRA)


def images_in_order(trial: Trial) -> None:
    """Images are in the order of the dataset."""
    trial.expect_none(LossKind.IMAGE_ORDER)


def image_sizes(trial: Trial) -> None:
    """`width` and `height` are those of the image file."""
    trial.expect_none(LossKind.IMAGE_SIZE)


def file_names(trial: Trial) -> None:
    """`file_name` is the path below the folder that holds all the images, or below the one in which the test put them."""
    names = _of_names(trial.loaded(trial.report))
    if names and _of_names(trial.report_below(trial.folder / "images")):
        raise PropertyBroken("\n".join(map(str, names)))


def _of_names(report: RoundTripReport) -> tuple[Loss, ...]:
    """Losses of names; if images are missing and there are others instead, their names are wrong."""
    missing, extra = report.of(LossKind.IMAGE_MISSING), report.of(LossKind.IMAGE_EXTRA)
    return (*report.of(LossKind.IMAGE_NAME), *((*missing, *extra) if missing and extra else ()))


def categories_complete(trial: Trial) -> None:
    """Every category of the mapping is listed once, used or not, and no other."""
    trial.expect_none(LossKind.CATEGORY_MISSING, LossKind.CATEGORY_EXTRA)


def categories_in_order(trial: Trial) -> None:
    """Categories are listed in the mapping's order."""
    trial.expect_none(LossKind.CATEGORY_ORDER)


def category_ids(trial: Trial) -> None:
    """Every category has the mapping's id: contiguous from the start if the mapping's ids are."""
    trial.expect_none(LossKind.CATEGORY_ID)


def supercategories(trial: Trial) -> None:
    """Every category has the mapping's supercategory."""
    trial.expect_none(LossKind.CATEGORY_FIELDS)


def detections_complete(trial: Trial) -> None:
    """Every detection that the mapping does not drop becomes one annotation of its image, and there are no others."""
    trial.expect_none(LossKind.IMAGE_MISSING, LossKind.DETECTION_MISSING, LossKind.DETECTION_EXTRA)


def detections_in_order(trial: Trial) -> None:
    """The annotations of an image are in the order of its detections."""
    trial.expect_none(LossKind.DETECTION_ORDER)


def classes_through_mapping(trial: Trial) -> None:
    """Every annotation has the category to which the mapping maps its class."""
    trial.expect_none(LossKind.CLASS)


def boxes(trial: Trial) -> None:
    """`bbox` is [x1, y1, x2 - x1, y2 - y1] within one rounding of float64."""
    trial.expect_none(LossKind.BOX)


def masks(trial: Trial) -> None:
    """Every mask is read back by pycocotools pixel by pixel; a detection without a mask has none."""
    trial.expect_none(LossKind.MASK)


def segmentations_readable(trial: Trial) -> None:
    """Every `segmentation` can be decoded: `annToMask` fails on an empty list."""
    trial.expect_none(LossKind.MASK_UNREADABLE)


def areas(trial: Trial) -> None:
    """`area` is the count of the mask's pixels, or the box's area if there is no mask."""
    trial.expect_none(LossKind.AREA)


def crowd_flags(trial: Trial) -> None:
    """`iscrowd` is the source's value, or 0: never a guess from the shape of the mask."""
    trial.expect_none(LossKind.CROWD)


def scores(trial: Trial) -> None:
    """Scores are kept."""
    trial.expect_none(LossKind.SCORE)


def track_ids(trial: Trial) -> None:
    """Tracker ids are kept."""
    trial.expect_none(LossKind.TRACK_ID)


def oriented_boxes(trial: Trial) -> None:
    """The corners of oriented boxes are kept."""
    trial.expect_none(LossKind.ORIENTED_BOX)


def data_columns(trial: Trial) -> None:
    """The further `data` columns are kept."""
    trial.expect_none(LossKind.DATA)


def empty_dataset(trial: Trial) -> None:
    """A dataset without images becomes a file with every category, no image and no annotation."""
    document = trial.document
    if document["images"] or document["annotations"]:
        msg = f"a data set without images has {len(document['images'])} images and {len(document['annotations'])} annotations in the file"
        raise PropertyBroken(msg)
    trial.expect_none(LossKind.CATEGORY_MISSING)


def empty_image(trial: Trial) -> None:
    """A dataset of images without detections becomes a file with those images and no annotation."""
    if trial.document["annotations"]:
        msg = f"images without detections have {len(trial.document['annotations'])} annotations in the file"
        raise PropertyBroken(msg)
    trial.expect_none(LossKind.IMAGE_MISSING, LossKind.IMAGE_EXTRA)
