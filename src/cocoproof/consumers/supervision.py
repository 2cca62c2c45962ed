"""supervision: `DetectionDataset.from_coco`."""

from __future__ import annotations

from cocoproof.columns.column import WrittenForm
from cocoproof.consumers.consumer import Consumer
from cocoproof.model.findings import Kind

__all__ = ["CONSUMER"]

CONSUMER = Consumer(
    name="supervision",
    package="supervision",
    version="0.31.2",
    loader="DetectionDataset.from_coco",
    refused_types=frozenset(
        {
            ("category ids", WrittenForm.TEXT),
            ("image sizes", WrittenForm.FLOAT),
        }
    ),
    kinds=frozenset({Kind.INSTANCES, Kind.KEYPOINTS, Kind.LVIS}),
    verb="loads",
    unchecked=(),
)
