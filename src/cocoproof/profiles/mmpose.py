"""mmpose: `CocoDataset`, with one sample per instance."""

from __future__ import annotations

from cocoproof.consumers.mmpose import CONSUMER
from cocoproof.model.findings import Severity
from cocoproof.profiles.profile import Claim, ClaimEvidence, Profile, not_asked

__all__ = ["PROFILE"]

_TREE = "https://github.com/open-mmlab/mmpose/blob/v1.3.2/mmpose"
_LOADER = f"{_TREE}/datasets/datasets/base/base_coco_style_dataset.py"

_CLASSES = "`category_id` is not looked up: every instance is one of the only class."
_MASKS = "`segmentation` is not used with `data_mode='topdown'`."

PROFILE = Profile(
    name="mmpose",
    summary="Every instance arrives in mmpose's training.",
    consumer=CONSUMER,
    claims=(
        Claim(
            "COCO106",
            Severity.ERROR,
            "Training works a missing `area` out from the box, but `CocoMetric` raises `AssertionError`. A missing `iscrowd` is read as 0, a missing "
            "`num_keypoints` is counted.",
            f"{_TREE}/evaluation/metrics/coco_metric.py#L340",
            ClaimEvidence.SOURCE,
        ),
        Claim(
            "COCO202",
            Severity.ERROR,
            "Annotations are looked up by id: each of those with one id becomes the last of them, which may be of another image.",
            f"{_LOADER}#L247",
        ),
        Claim(
            "COCO301",
            Severity.ERROR,
            "Annotations are looked up image by image: one without an image is dropped silently.",
            f"{_LOADER}#L246",
        ),
        Claim("COCO302", Severity.NOTE, _CLASSES, f"{_LOADER}#L321"),
        Claim("COCO404", Severity.NOTE, _CLASSES, f"{_LOADER}#L321"),
        Claim("COCO405", Severity.NOTE, _CLASSES, f"{_LOADER}#L321"),
        Claim("COCO406", Severity.NOTE, _CLASSES, f"{_LOADER}#L321"),
        Claim("COCO501", Severity.ERROR, "The instance is dropped silently.", f"{_LOADER}#L346"),
        Claim("COCO502", Severity.WARNING, "The box is clipped to the image; its keypoints and `area` stay.", f"{_LOADER}#L285"),
        Claim(
            "COCO503",
            Severity.ERROR,
            "Clipped to the image the box has no extent, and the instance is dropped silently.",
            f"{_LOADER}#L346",
        ),
        Claim("COCO601", Severity.NOTE, _MASKS, f"{_LOADER}#L319"),
        Claim("COCO602", Severity.NOTE, _MASKS, f"{_LOADER}#L319"),
        Claim("COCO607", Severity.NOTE, _MASKS, f"{_LOADER}#L319"),
        Claim("COCO701", Severity.ERROR, "Numbers that are not triples raise `ValueError`, and nothing is loaded.", f"{_LOADER}#L294"),
        Claim(
            "COCO702",
            Severity.ERROR,
            "An instance with `num_keypoints` 0 is dropped silently, whatever its keypoints are.",
            f"{_LOADER}#L340",
        ),
        Claim("COCO805", Severity.ERROR, "A name with `..` opens a file outside the folder.", f"{_LOADER}#L242"),
        *not_asked("supervision", "COCO904", "COCO905"),
    ),
)
