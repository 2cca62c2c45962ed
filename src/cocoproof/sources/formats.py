"""The source formats. A new one is a module with a `FORMAT`, and its line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cocoproof.sources import coco_remap, jsonl, voc, yolo

if TYPE_CHECKING:
    from cocoproof.sources.protocol import SourceFormat

__all__ = ["FORMATS"]

FORMATS: tuple[SourceFormat, ...] = (
    yolo.FORMAT,
    voc.FORMAT,
    jsonl.FORMAT,
    coco_remap.FORMAT,
)
"""Every format, in the order of the documentation."""
