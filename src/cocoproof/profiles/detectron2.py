"""detectron2: `load_coco_json`, and `DatasetMapper` for training."""

from __future__ import annotations

from dataclasses import replace

from cocoproof.consumers.detectron2 import CONSUMER
from cocoproof.model.findings import Severity
from cocoproof.profiles.profile import Claim, ClaimEvidence, Profile, not_asked
from cocoproof.profiles.pycocotools import INFO

__all__ = ["PROFILE"]

_TREE = "https://github.com/facebookresearch/detectron2/blob/02b5c4e295e990042a714712c21dc79b731e8833/detectron2"
_LOADER = f"{_TREE}/data/datasets/coco.py"
_UTILS = f"{_TREE}/data/detection_utils.py"

_RENUMBERED = "`load_coco_json` numbers the classes from 0 in the order of the ids, and keeps their names: any ids will do."

PROFILE = Profile(
    name="detectron2",
    summary="Every annotation arrives in detectron2's training.",
    consumer=CONSUMER,
    claims=(
        Claim(
            "COCO106",
            Severity.ERROR,
            "Training does without, but `COCOEvaluator` gives the file to pycocotools' `COCOeval`, which raises `KeyError`.",
            f"{_TREE}/evaluation/coco_evaluator.py#L146",
            ClaimEvidence.SOURCE,
        ),
        replace(INFO, proof=ClaimEvidence.SOURCE),
        Claim("COCO202", Severity.ERROR, "Raises `AssertionError` (`Annotation ids ... are not unique`).", f"{_LOADER}#L145"),
        Claim("COCO301", Severity.ERROR, "The annotation is dropped; a line in the log gives their number.", f"{_LOADER}#L137"),
        Claim("COCO302", Severity.ERROR, "Raises `KeyError` (`this id does not exist in 'categories'`).", f"{_LOADER}#L218"),
        Claim(
            "COCO305",
            Severity.WARNING,
            "Training leaves the image out (`DATALOADER.FILTER_EMPTY_ANNOTATIONS`, which is on by default).",
            f"{_TREE}/data/build.py#L46",
        ),
        Claim("COCO404", Severity.NOTE, _RENUMBERED, f"{_LOADER}#L102"),
        Claim("COCO405", Severity.NOTE, _RENUMBERED, f"{_LOADER}#L102"),
        Claim("COCO406", Severity.NOTE, _RENUMBERED, f"{_LOADER}#L102"),
        Claim(
            "COCO501",
            Severity.ERROR,
            "A box of width or height 0 is dropped in training silently; one of negative size is turned into a positive one.",
            f"{_UTILS}#L489",
        ),
        Claim("COCO503", Severity.ERROR, "Clipped to the image the box is empty, and dropped in training silently.", f"{_UTILS}#L489"),
        Claim(
            "COCO601",
            Severity.ERROR,
            "The polygon is dropped; an annotation without another one too (`Filtered out ... instances without valid segmentation`).",
            f"{_LOADER}#L192",
        ),
        Claim(
            "COCO602",
            Severity.ERROR,
            "The polygon is dropped; an annotation without another one too (`Filtered out ... instances without valid segmentation`).",
            f"{_LOADER}#L192",
        ),
        Claim(
            "COCO606",
            Severity.WARNING,
            "`[]` counts as no segmentation. Beside an annotation that has one, training with masks raises `KeyError: 'segmentation'`; training with "
            "boxes alone is not affected.",
            f"{_UTILS}#L416",
        ),
        Claim(
            "COCO607", Severity.ERROR, "Training with masks raises `AssertionError`: the mask is not of the image's size.", f"{_UTILS}#L319"
        ),
        Claim("COCO803", Severity.ERROR, "`DatasetMapper` raises `SizeMismatchError`.", f"{_UTILS}#L197"),
        Claim(
            "COCO804",
            Severity.WARNING,
            "`read_image` turns the picture as EXIF says: where the file gives the size as stored, `DatasetMapper` raises `SizeMismatchError`.",
            f"{_UTILS}#L184",
        ),
        *not_asked("supervision", "COCO904", "COCO905"),
    ),
)
