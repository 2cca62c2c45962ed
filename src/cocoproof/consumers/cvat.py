"""CVAT: its importer of COCO files, which reads with its own branch of datumaro."""

from __future__ import annotations

from cocoproof.columns.column import WrittenForm
from cocoproof.consumers.consumer import Consumer
from cocoproof.model.findings import Kind

__all__ = ["CONSUMER"]

CONSUMER = Consumer(
    name="cvat",
    package="CVAT's datumaro",
    version="commit 6ade96f; tried on datumaro 1.13.12",
    loader='StreamDataset.import_from(file, "coco_instances")',
    refused_types=frozenset(
        {
            ("image ids", WrittenForm.TEXT),
            ("image ids", WrittenForm.FLOAT),
            ("image ids", WrittenForm.BOOLEAN),
            ("category ids", WrittenForm.TEXT),
            ("category ids", WrittenForm.FLOAT),
            ("annotation ids", WrittenForm.TEXT),
            ("annotation ids", WrittenForm.FLOAT),
            ("annotation ids", WrittenForm.BOOLEAN),
            ("annotations iscrowd", WrittenForm.FLOAT),
            ("image sizes", WrittenForm.FLOAT),
        }
    ),
    kinds=frozenset({Kind.INSTANCES, Kind.KEYPOINTS}),
    verb="imports",
    unchecked=(
        "That the file names are those of the task's frames, and the category names those of its labels: only CVAT knows them.",
        "Two images whose names differ in the ending alone (`1.jpg`, `1.png`) are one item to datumaro.",
    ),
)
