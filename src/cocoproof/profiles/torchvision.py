"""torchvision: `datasets.CocoDetection`, wrapped for transforms v2, and its detectors."""

from __future__ import annotations

from cocoproof.consumers.torchvision import CONSUMER
from cocoproof.model.findings import Severity
from cocoproof.profiles.profile import Claim, Profile, not_asked

__all__ = ["PROFILE"]

_TREE = "https://github.com/pytorch/vision/blob/v0.29.1/torchvision"
_DATASET = f"{_TREE}/datasets/coco.py"
_WRAPPER = f"{_TREE}/tv_tensors/_dataset_wrapper.py"
_MODELS = f"{_TREE}/models/detection"

PROFILE = Profile(
    name="torchvision",
    summary="Every image and annotation arrives through CocoDetection, and a detector can be trained on them.",
    consumer=CONSUMER,
    claims=(
        Claim(
            "COCO202",
            Severity.ERROR,
            "`_load_target` looks annotations up by id: each of those with one id becomes the last of them, which may be of another image.",
            f"{_DATASET}#L45",
        ),
        Claim(
            "COCO301",
            Severity.ERROR,
            "Annotations are looked up image by image: one without an image is dropped silently.",
            f"{_DATASET}#L45",
        ),
        Claim(
            "COCO305",
            Severity.WARNING,
            "The wrapped target of such an image has neither `boxes` nor `labels`, and a detector that is given it raises.",
            f"{_WRAPPER}#L377",
        ),
        Claim(
            "COCO404",
            Severity.WARNING,
            "The category id is the label: a detector with one output a category and one for the background raises for the ids beyond. It needs "
            "as many outputs as the highest id, and one more.",
            f"{_WRAPPER}#L409",
        ),
        Claim(
            "COCO410",
            Severity.ERROR,
            "Label 0 is the background to the detectors: such a box is learned as nothing, and gives no loss for its place.",
            f"{_MODELS}/roi_heads.py#L40",
        ),
        Claim(
            "COCO501",
            Severity.ERROR,
            "Detectors raise `AssertionError`: all boxes should have positive height and width.",
            f"{_MODELS}/generalized_rcnn.py#L103",
        ),
        Claim(
            "COCO602",
            Severity.ERROR,
            "If masks are requested, pycocotools raises `TypeError` for four numbers.",
            f"{_WRAPPER}#L367",
        ),
        Claim("COCO606", Severity.WARNING, "If masks are requested, `[]` raises `IndexError`.", f"{_WRAPPER}#L367"),
        Claim(
            "COCO607",
            Severity.ERROR,
            "The masks of one image are stacked: one of another size raises `RuntimeError`.",
            f"{_WRAPPER}#L400",
        ),
        Claim("COCO801", Severity.ERROR, "Raises `FileNotFoundError` when the image is loaded.", f"{_DATASET}#L43"),
        Claim(
            "COCO805",
            Severity.ERROR,
            "`os.path.join` and `Image.open` follow an absolute name, or one with `..`, out of the folder.",
            f"{_DATASET}#L43",
        ),
        *not_asked("supervision", "COCO904", "COCO905"),
    ),
)
