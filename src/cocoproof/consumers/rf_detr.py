"""RF-DETR: the data set class of its training."""

from __future__ import annotations

from cocoproof.columns.column import WrittenForm
from cocoproof.consumers.consumer import Consumer
from cocoproof.model.findings import Kind

__all__ = ["CONSUMER"]

CONSUMER = Consumer(
    name="rf-detr",
    package="rfdetr",
    version="1.11.2",
    loader="CocoDetection(..., remap_category_ids=True)",
    refused_types=frozenset(
        {
            ("image ids", WrittenForm.TEXT),
            ("image ids", WrittenForm.FLOAT),
            ("image ids", WrittenForm.BOOLEAN),
            ("category ids", WrittenForm.TEXT),
        }
    ),
    kinds=frozenset({Kind.INSTANCES, Kind.KEYPOINTS}),
    verb="trains on",
    unchecked=(
        "The layout: `train/_annotations.coco.json` and the same in `valid` and `test`, with the pictures beside the file.",
        "A category without annotations that others name as their `supercategory` is not a class, which is right for the first one of Roboflow's exports.",
        "Up to release 1.4.1 a category without `supercategory` raised `KeyError`.",
        "`width` and `height` are not read: boxes are clipped to the picture as it is.",
    ),
)
