"""ultralytics: `convert_coco` with `cls91to80=False`, as own data need it, and the check of labels before training."""

from __future__ import annotations

from cocoproof.consumers.ultralytics import CONSUMER
from cocoproof.model.findings import Severity
from cocoproof.profiles.profile import Claim, Profile, not_asked

__all__ = ["PROFILE"]

_TREE = "https://github.com/ultralytics/ultralytics/blob/v8.4.190/ultralytics/data"
_CONVERTER = f"{_TREE}/converter.py"
_LABELS = f"{_TREE}/utils.py"

_NUMBERED = "The class is the category id less 1. Training rejects every image with a class beyond the number of names (`ignoring corrupt image/label`)."

PROFILE = Profile(
    name="ultralytics",
    summary="Every annotation arrives in YOLO labels through convert_coco, and is accepted for training.",
    consumer=CONSUMER,
    claims=(
        Claim("COCO106", Severity.NOTE, "`area` is not read, and a missing `iscrowd` is 0.", f"{_CONVERTER}#L313"),
        Claim("COCO202", Severity.NOTE, "The ids of annotations are not read.", f"{_CONVERTER}#L294"),
        Claim(
            "COCO205",
            Severity.ERROR,
            "Labels are appended to the file of that name: each of the two images gets the annotations of both.",
            f"{_CONVERTER}#L367",
        ),
        Claim("COCO206", Severity.WARNING, "Rows that are equal are written once.", f"{_CONVERTER}#L369"),
        Claim("COCO207", Severity.NOTE, "The ids of annotations are not read.", f"{_CONVERTER}#L294"),
        Claim("COCO301", Severity.ERROR, "Raises `KeyError`, and the conversion is incomplete.", f"{_CONVERTER}#L305"),
        Claim("COCO302", Severity.ERROR, f"`categories` is not read. {_NUMBERED}", f"{_LABELS}#L487"),
        Claim("COCO404", Severity.ERROR, _NUMBERED, f"{_LABELS}#L487"),
        Claim("COCO406", Severity.ERROR, _NUMBERED, f"{_LABELS}#L487"),
        Claim(
            "COCO410",
            Severity.ERROR,
            "The class is the category id less 1: -1. Training rejects every such image (`negative label values`).",
            f"{_LABELS}#L482",
        ),
        Claim("COCO501", Severity.ERROR, "The annotation is left out silently.", f"{_CONVERTER}#L320"),
        Claim(
            "COCO503",
            Severity.ERROR,
            "The box is written as it is, and training rejects the entire image (`out of bounds coordinates`).",
            f"{_LABELS}#L480",
        ),
        Claim("COCO506", Severity.NOTE, "`area` is not read.", f"{_CONVERTER}#L316"),
        Claim("COCO507", Severity.NOTE, "`area` is not read.", f"{_CONVERTER}#L316"),
        Claim("COCO601", Severity.ERROR, "With `use_segments` the polygon is replaced by the box, with a warning.", f"{_CONVERTER}#L350"),
        Claim("COCO602", Severity.ERROR, "With `use_segments` the polygon is replaced by the box, with a warning.", f"{_CONVERTER}#L350"),
        Claim("COCO606", Severity.WARNING, "With `use_segments` the box is written as the polygon, with a warning.", f"{_CONVERTER}#L350"),
        Claim(
            "COCO805",
            Severity.ERROR,
            "The name determines the path of the label file: `..` and absolute names lead out of the output folder.",
            f"{_CONVERTER}#L365",
        ),
        *not_asked("pycocotools", "COCO901", "COCO902", "COCO903"),
        *not_asked("supervision", "COCO904", "COCO905"),
    ),
)
