"""PaddleDetection: `COCODataSet` as its configurations set it for training."""

from __future__ import annotations

from dataclasses import replace

from cocoproof.consumers.paddledetection import CONSUMER
from cocoproof.model.findings import Severity
from cocoproof.profiles.profile import Claim, ClaimEvidence, Profile, not_asked
from cocoproof.profiles.pycocotools import INFO

__all__ = ["PROFILE"]

_LOADER = "https://github.com/PaddlePaddle/PaddleDetection/blob/v2.6.0/ppdet/data/source/coco.py"

_NUMBERED = "`catid2clsid` numbers the classes from 0 in the order of the list, and names them in the same order: any ids will do."

PROFILE = Profile(
    name="paddledetection",
    summary="Every annotation arrives in PaddleDetection's training.",
    consumer=CONSUMER,
    claims=(
        Claim("COCO106", Severity.ERROR, "A missing `iscrowd` or `area` raises `KeyError`.", f"{_LOADER}#L139"),
        replace(INFO, proof=ClaimEvidence.SOURCE),
        Claim(
            "COCO202",
            Severity.ERROR,
            "Annotations are looked up by id: each of those with one id becomes the last of them, which may be of another image.",
            f"{_LOADER}#L141",
        ),
        Claim(
            "COCO301",
            Severity.ERROR,
            "Annotations are looked up image by image: one without an image is dropped silently.",
            f"{_LOADER}#L139",
        ),
        Claim("COCO302", Severity.ERROR, "Raises `KeyError`, and nothing is loaded.", f"{_LOADER}#L186"),
        Claim(
            "COCO305",
            Severity.WARNING,
            "Training leaves the image out (`allow_empty` is false by default); the log has the number of these images.",
            f"{_LOADER}#L171",
        ),
        Claim("COCO404", Severity.NOTE, _NUMBERED, f"{_LOADER}#L100"),
        Claim("COCO405", Severity.NOTE, _NUMBERED, f"{_LOADER}#L100"),
        Claim("COCO406", Severity.NOTE, _NUMBERED, f"{_LOADER}#L100"),
        Claim(
            "COCO501",
            Severity.ERROR,
            "The annotation is dropped with a warning; one with a box of zeros silently.",
            f"{_LOADER}#L159",
        ),
        Claim("COCO507", Severity.ERROR, "The annotation is dropped with a warning (`Found an invalid bbox`).", f"{_LOADER}#L159"),
        Claim(
            "COCO612",
            Severity.WARNING,
            "Annotations with `iscrowd` 1 are dropped silently (`load_crowd` is false by default): an object with a hole that is flagged so is lost.",
            f"{_LOADER}#L139",
        ),
        Claim("COCO801", Severity.ERROR, "The image is left out, with a warning (`Illegal image file`).", f"{_LOADER}#L120"),
        *not_asked("supervision", "COCO904", "COCO905"),
    ),
)
