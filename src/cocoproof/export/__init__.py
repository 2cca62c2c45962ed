"""Detections to COCO: a dataset file, or a results list."""

from __future__ import annotations

from cocoproof.export.dataset import export_coco
from cocoproof.export.detections import PlainDetections
from cocoproof.export.errors import ExportError, ExportVerificationError
from cocoproof.export.image_entries import ImageInfo
from cocoproof.export.keypoint_input import Skeleton
from cocoproof.export.mask_runs import Runs, Segmentations
from cocoproof.export.refusals import Refusals
from cocoproof.export.report import ClassTally, ExportReport, Fidelity, LeftOut, MaskTally
from cocoproof.export.results import export_results
from cocoproof.export.tracks import export_tracks

__all__ = [
    "ClassTally",
    "ExportError",
    "ExportReport",
    "ExportVerificationError",
    "Fidelity",
    "ImageInfo",
    "LeftOut",
    "MaskTally",
    "PlainDetections",
    "Refusals",
    "Runs",
    "Segmentations",
    "Skeleton",
    "export_coco",
    "export_results",
    "export_tracks",
]
