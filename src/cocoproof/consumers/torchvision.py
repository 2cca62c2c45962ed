"""torchvision: `datasets.CocoDetection`."""

from __future__ import annotations

from cocoproof.columns.column import WrittenForm
from cocoproof.consumers.consumer import Consumer
from cocoproof.model.findings import Kind

__all__ = ["CONSUMER"]

CONSUMER = Consumer(
    name="torchvision",
    package="torchvision",
    version="0.29.1",
    loader="CocoDetection, wrap_dataset_for_transforms_v2",
    refused_types=frozenset(
        {
            ("image ids", WrittenForm.TEXT),
            ("image ids", WrittenForm.FLOAT),
            ("image ids", WrittenForm.BOOLEAN),
            ("category ids", WrittenForm.TEXT),
            ("category ids", WrittenForm.FLOAT),
            ("category ids", WrittenForm.BOOLEAN),
        }
    ),
    kinds=frozenset({Kind.INSTANCES, Kind.KEYPOINTS, Kind.LVIS, Kind.CAPTIONS, Kind.IMAGE_INFO}),
    verb="loads",
    unchecked=("An annotation without `segmentation` raises `KeyError` if masks are requested.",),
)
