"""transformers: `DetrImageProcessor`, and the loss of the DETR models."""

from __future__ import annotations

from cocoproof.consumers.transformers import CONSUMER
from cocoproof.model.findings import Severity
from cocoproof.profiles.profile import Claim, Profile, not_asked

__all__ = ["PROFILE"]

_TREE = "https://github.com/huggingface/transformers/blob/v5.24.0/src/transformers"
_PROCESSOR = f"{_TREE}/models/detr/image_processing_detr.py"
_LOSS = f"{_TREE}/loss/loss_for_object_detection.py"
_DATASET = "https://github.com/pytorch/vision/blob/v0.29.1/torchvision/datasets/coco.py"

_LABELS = (
    "The category id is the label. With one output a category, label n of n is that of no object, so that the class is never learned, and labels above "
    "raise `IndexError` in the loss: the model needs as many outputs as the highest id, and one more."
)

PROFILE = Profile(
    name="transformers",
    summary="Every annotation arrives in the training of a DETR model of transformers.",
    consumer=CONSUMER,
    claims=(
        Claim("COCO106", Severity.ERROR, "A missing `area` raises `KeyError`. A missing `iscrowd` is read as 0.", f"{_PROCESSOR}#L287"),
        Claim(
            "COCO202",
            Severity.ERROR,
            "`CocoDetection` looks annotations up by id: each of those with one id becomes the last of them, which may be of another image.",
            f"{_DATASET}#L45",
        ),
        Claim(
            "COCO301",
            Severity.ERROR,
            "Annotations are looked up image by image: one without an image is dropped silently.",
            f"{_DATASET}#L45",
        ),
        Claim("COCO302", Severity.ERROR, f"`categories` is not read. {_LABELS}", f"{_LOSS}#L355"),
        Claim("COCO404", Severity.WARNING, _LABELS, f"{_LOSS}#L355"),
        Claim("COCO406", Severity.WARNING, _LABELS, f"{_LOSS}#L136"),
        Claim("COCO410", Severity.NOTE, "Label 0 is a class like any other; the last label is that of no object.", f"{_LOSS}#L136"),
        Claim("COCO501", Severity.ERROR, "The annotation is dropped silently.", f"{_PROCESSOR}#L301"),
        Claim("COCO502", Severity.WARNING, "The box is clipped to the image; its `area` stays.", f"{_PROCESSOR}#L298"),
        Claim("COCO503", Severity.ERROR, "Clipped to the image the box has no extent, and is dropped silently.", f"{_PROCESSOR}#L301"),
        Claim(
            "COCO601",
            Severity.ERROR,
            "With `return_segmentation_masks=True` pycocotools draws another polygon from the numbers.",
            f"{_PROCESSOR}#L248",
        ),
        Claim(
            "COCO602",
            Severity.ERROR,
            "With `return_segmentation_masks=True` pycocotools raises `TypeError` for four numbers.",
            f"{_PROCESSOR}#L248",
        ),
        Claim(
            "COCO612",
            Severity.WARNING,
            "Annotations with `iscrowd` 1 are dropped silently: an object with a hole that is flagged so is lost.",
            f"{_PROCESSOR}#L285",
        ),
        *not_asked("supervision", "COCO904", "COCO905"),
    ),
)
