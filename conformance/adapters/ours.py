"""This repository's exporter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.common import Adapter
from cocoproof import export_coco

if TYPE_CHECKING:
    from pathlib import Path


class ExportCoco(Adapter):
    how = "`export_coco(dataset, path, mapping=mapping)`."
    keeps_scores = keeps_track_ids = keeps_oriented_boxes = keeps_data = True

    def export(self, dataset, mapping, folder) -> Path:
        return export_coco(dataset, folder / "coco.json", mapping=mapping).path


class ExportPolygons(Adapter):
    how = '`export_coco(dataset, path, mapping=mapping, masks="polygon")`.'
    keeps_scores = keeps_track_ids = keeps_oriented_boxes = keeps_data = True

    def export(self, dataset, mapping, folder) -> Path:
        return export_coco(dataset, folder / "coco.json", mapping=mapping, masks="polygon").path
