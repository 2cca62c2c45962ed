"""Strategies for Hypothesis: masks, boxes, detections, data sets, class mappings and COCO documents, sound ones and broken ones.

They reach for the corners (holes, islands, one pixel, parts that touch at a corner, the border, images without detections, ids
with gaps, names in any Unicode, coordinates that no float32 holds) and shrink towards one small image with one detection.
"""

from __future__ import annotations

from cocoproof.testing.strategies.datasets import cases, datasets, detections
from cocoproof.testing.strategies.defects import SEEDED, defects
from cocoproof.testing.strategies.documents import coco_documents
from cocoproof.testing.strategies.mappings import class_mappings, class_names
from cocoproof.testing.strategies.oriented import oriented_documents
from cocoproof.testing.strategies.persons import person_documents
from cocoproof.testing.strategies.pixels import masks
from cocoproof.testing.strategies.points import boxes, keypoints, oriented_boxes
from cocoproof.testing.strategies.tracks import tracked_datasets

__all__ = [
    "SEEDED",
    "boxes",
    "cases",
    "class_mappings",
    "class_names",
    "coco_documents",
    "datasets",
    "defects",
    "detections",
    "keypoints",
    "masks",
    "oriented_boxes",
    "oriented_documents",
    "person_documents",
    "tracked_datasets",
]
