"""Datasets in other formats as sources of an export, and COCO files written again with other categories."""

from __future__ import annotations

from cocoproof.export.formats.coco_remap import RemapReport, remap_coco
from cocoproof.export.formats.jsonl import JsonLinesSource
from cocoproof.export.formats.refusals import Refusals, SourceError
from cocoproof.export.formats.voc import VocSource
from cocoproof.export.formats.yolo import YoloSource

__all__ = ["JsonLinesSource", "Refusals", "RemapReport", "SourceError", "VocSource", "YoloSource", "remap_coco"]
