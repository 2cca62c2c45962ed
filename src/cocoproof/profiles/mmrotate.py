"""mmrotate: mmdetection's `CocoDataset` as `dota_coco.py` sets it for training."""

from __future__ import annotations

from cocoproof.consumers.mmrotate import CONSUMER
from cocoproof.model.findings import Severity
from cocoproof.profiles.profile import Claim, Profile, not_asked

__all__ = ["PROFILE"]

_TREE = "https://github.com/open-mmlab/mmdetection/blob/v3.1.0/mmdet"
_LOADER = f"{_TREE}/datasets/coco.py"
_MASKS = f"{_TREE}/datasets/transforms/loading.py"
_BOXES = "https://github.com/open-mmlab/mmrotate/blob/5d0491c826ad52b7490a7c1146fb65a7d78e2347/mmrotate/datasets/transforms/transforms.py"

_NUMBERED = "`cat2label` numbers the classes from 0 in the order of the list: any ids will do."

PROFILE = Profile(
    name="mmrotate",
    summary="Every annotation arrives in mmrotate's training with a rotated box, as the class that it has.",
    consumer=CONSUMER,
    claims=(
        Claim("COCO106", Severity.ERROR, "A missing `area` raises `KeyError`. A missing `iscrowd` is read as 0.", f"{_LOADER}#L145"),
        Claim("COCO202", Severity.ERROR, "Raises `AssertionError` (`Annotation ids ... are not unique`).", f"{_LOADER}#L94"),
        Claim(
            "COCO301",
            Severity.ERROR,
            "Annotations are looked up image by image: one without an image is dropped silently.",
            f"{_LOADER}#L82",
        ),
        Claim("COCO302", Severity.ERROR, "The annotation is dropped silently.", f"{_LOADER}#L147"),
        Claim("COCO305", Severity.WARNING, "Training leaves the image out (`filter_empty_gt=True`).", f"{_LOADER}#L195"),
        Claim("COCO404", Severity.NOTE, _NUMBERED, f"{_LOADER}#L72"),
        Claim("COCO406", Severity.NOTE, _NUMBERED, f"{_LOADER}#L72"),
        Claim("COCO501", Severity.ERROR, "The annotation is dropped silently, though its polygons may be right.", f"{_LOADER}#L143"),
        Claim("COCO503", Severity.ERROR, "The annotation is dropped silently, though its polygons may be right.", f"{_LOADER}#L143"),
        Claim("COCO507", Severity.ERROR, "The annotation is dropped silently.", f"{_LOADER}#L145"),
        Claim(
            "COCO601",
            Severity.ERROR,
            "`ConvertMask2BoxType` raises `ValueError` where it is the annotation's first polygon.",
            f"{_BOXES}#L428",
        ),
        Claim("COCO602", Severity.ERROR, "An annotation without another polygon is not trained on, silently.", f"{_MASKS}#L354"),
        Claim(
            "COCO606",
            Severity.ERROR,
            "`LoadAnnotations` raises `KeyError: 'mask'`: rotated boxes are made from polygons.",
            f"{_MASKS}#L348",
        ),
        Claim(
            "COCO612",
            Severity.ERROR,
            "An RLE, as crowds have, raises `KeyError` in `ConvertMask2BoxType`: rotated boxes are made from polygons.",
            f"{_BOXES}#L425",
        ),
        Claim("COCO805", Severity.ERROR, "A name with `..` opens a file outside the folder.", f"{_LOADER}#L117"),
        *not_asked("supervision", "COCO904", "COCO905"),
    ),
)
