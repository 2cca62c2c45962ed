"""RF-DETR: a data set in Roboflow's layout."""

from __future__ import annotations

from cocoproof.consumers.rf_detr import CONSUMER
from cocoproof.model.findings import Severity
from cocoproof.profiles.profile import Claim, Profile, not_asked

__all__ = ["PROFILE"]

_LOADER = "https://github.com/roboflow/rf-detr/blob/1.11.2/src/rfdetr/datasets/coco.py"

_RENUMBERED = (
    "`CocoDetection` numbers the categories from 0 in the order of their ids: the names stay with their annotations whatever the ids are."
)

PROFILE = Profile(
    name="rf-detr",
    summary="Every annotation arrives in RF-DETR's training.",
    consumer=CONSUMER,
    claims=(
        Claim(
            "COCO106",
            Severity.ERROR,
            "A missing `area` raises `KeyError` when the image's turn comes. A missing `iscrowd` is read as 0.",
            f"{_LOADER}#L817",
        ),
        Claim(
            "COCO202",
            Severity.ERROR,
            "Annotations are looked up by id: each of those with one id becomes the last of them, which may be of another image.",
            f"{_LOADER}#L719",
        ),
        Claim(
            "COCO301",
            Severity.ERROR,
            "Annotations are looked up image by image: one without an image is dropped silently.",
            f"{_LOADER}#L719",
        ),
        Claim("COCO302", Severity.ERROR, "Raises `KeyError` (`Unknown category_id`) when the image's turn comes.", f"{_LOADER}#L799"),
        Claim("COCO404", Severity.NOTE, _RENUMBERED, f"{_LOADER}#L680"),
        Claim("COCO405", Severity.NOTE, _RENUMBERED, f"{_LOADER}#L680"),
        Claim("COCO406", Severity.NOTE, _RENUMBERED, f"{_LOADER}#L680"),
        Claim("COCO501", Severity.ERROR, "The annotation is dropped silently.", f"{_LOADER}#L807"),
        Claim("COCO502", Severity.WARNING, "The box is clipped to the image; its `area` stays.", f"{_LOADER}#L789"),
        Claim("COCO503", Severity.ERROR, "Clipped to the image the box has no extent, and is dropped silently.", f"{_LOADER}#L807"),
        Claim("COCO601", Severity.ERROR, "With masks, pycocotools draws another polygon from the numbers.", f"{_LOADER}#L457"),
        Claim("COCO602", Severity.ERROR, "With masks, pycocotools raises `TypeError` for four numbers.", f"{_LOADER}#L457"),
        Claim(
            "COCO607",
            Severity.ERROR,
            "With masks, those of one image are stacked: one of another size raises `RuntimeError`.",
            f"{_LOADER}#L467",
        ),
        Claim("COCO805", Severity.ERROR, "A name with `..` opens a file outside the folder.", f"{_LOADER}#L701"),
        *not_asked("supervision", "COCO904", "COCO905"),
    ),
)
