"""mmdetection: `CocoDataset` as its base configurations set it for training."""

from __future__ import annotations

from dataclasses import replace

from cocoproof.consumers.mmdetection import CONSUMER
from cocoproof.model.findings import Severity
from cocoproof.profiles.profile import Claim, ClaimEvidence, Profile, not_asked
from cocoproof.profiles.pycocotools import INFO

__all__ = ["PROFILE"]

_TREE = "https://github.com/open-mmlab/mmdetection/blob/v3.3.0/mmdet"
_LOADER = f"{_TREE}/datasets/coco.py"
_MASKS = f"{_TREE}/datasets/transforms/loading.py"

_NUMBERED = "`cat2label` numbers the classes from 0 in the order of the list: any ids will do."

PROFILE = Profile(
    name="mmdetection",
    summary="Every annotation arrives in mmdetection's training, as the class that it has.",
    consumer=CONSUMER,
    claims=(
        Claim("COCO106", Severity.ERROR, "A missing `area` raises `KeyError`. A missing `iscrowd` is read as 0.", f"{_LOADER}#L146"),
        replace(INFO, proof=ClaimEvidence.SOURCE),
        Claim("COCO202", Severity.ERROR, "Raises `AssertionError` (`Annotation ids ... are not unique`).", f"{_LOADER}#L94"),
        Claim(
            "COCO204",
            Severity.ERROR,
            "Each category of the name is a class of its own: from the second on, labels are read as another class of `METAINFO['classes']`.",
            f"{_LOADER}#L72",
        ),
        Claim(
            "COCO301",
            Severity.ERROR,
            "Annotations are looked up image by image: one without an image is dropped silently.",
            f"{_LOADER}#L82",
        ),
        Claim("COCO302", Severity.ERROR, "The annotation is dropped silently.", f"{_LOADER}#L148"),
        Claim("COCO305", Severity.WARNING, "Training leaves the image out (`filter_empty_gt=True`).", f"{_LOADER}#L196"),
        Claim("COCO404", Severity.NOTE, _NUMBERED, f"{_LOADER}#L72"),
        Claim(
            "COCO405",
            Severity.WARNING,
            "Labels count the categories in the order of the list, and are read as positions in `METAINFO['classes']`: with classes in the order of "
            "the ids they are exchanged.",
            f"{_LOADER}#L70",
        ),
        Claim("COCO406", Severity.NOTE, _NUMBERED, f"{_LOADER}#L72"),
        Claim("COCO501", Severity.ERROR, "The annotation is dropped silently.", f"{_LOADER}#L144"),
        Claim("COCO503", Severity.ERROR, "The annotation is dropped silently.", f"{_LOADER}#L144"),
        Claim("COCO507", Severity.ERROR, "The annotation is dropped silently.", f"{_LOADER}#L146"),
        Claim(
            "COCO601",
            Severity.ERROR,
            "With masks the polygon is dropped, and an annotation without another one is not trained on.",
            f"{_MASKS}#L354",
        ),
        Claim(
            "COCO602",
            Severity.ERROR,
            "With masks the polygon is dropped, and an annotation without another one is not trained on.",
            f"{_MASKS}#L354",
        ),
        Claim("COCO606", Severity.WARNING, "With masks `[]` raises `KeyError: 'mask'`.", f"{_MASKS}#L348"),
        Claim(
            "COCO607",
            Severity.ERROR,
            "With masks those of one image are stacked: one of another size raises an exception.",
            f"{_TREE}/structures/mask/structures.py#L268",
        ),
        Claim(
            "COCO612",
            Severity.WARNING,
            "Annotations with `iscrowd` 1 become `ignored_instances`: an object with a hole that is flagged so is lost.",
            f"{_LOADER}#L152",
        ),
        Claim("COCO805", Severity.ERROR, "A name with `..` opens a file outside the folder.", f"{_LOADER}#L117"),
        *not_asked("supervision", "COCO904", "COCO905"),
    ),
)
