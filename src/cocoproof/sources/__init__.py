"""Datasets in other formats as sources of an export, and COCO files written again with other categories."""

from __future__ import annotations

from cocoproof.export.refusals import Refusals
from cocoproof.sources.coco_remap import RemapReport, remap_coco
from cocoproof.sources.errors import SourceError
from cocoproof.sources.jsonl import JsonLinesSource
from cocoproof.sources.voc import VocSource
from cocoproof.sources.yolo import YoloSource

__all__ = ["JsonLinesSource", "Refusals", "RemapReport", "SourceError", "VocSource", "YoloSource", "remap_coco"]
