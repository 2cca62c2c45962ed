"""pylabel: a COCO file in, a COCO file out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pylabel import importer

from adapters.common import Adapter
from cocoproof import export_coco

if TYPE_CHECKING:
    from pathlib import Path


class ImportAndExport(Adapter):
    how = (
        'A COCO file that cocoproof wrote, with the classes mapped and `masks="polygon"`, read by `importer.ImportCoco` and written by '
        "`dataset.export.ExportToCoco(output_path=...)`."
    )
    not_claimed = {
        "keeps_scores": "its table has no column of scores",
        "keeps_track_ids": "its table has no column of tracks",
        "keeps_oriented_boxes": "its table has no oriented boxes",
        "keeps_data": "its table has no further columns",
        "unmapped_class_refused": "the adapter maps the classes",
    }

    def export(self, dataset, mapping, folder) -> Path:
        source = folder.parent / f"{folder.name}-source.json"
        if not source.is_file():
            export_coco(dataset, source, mapping=mapping, masks="polygon")
        importer.ImportCoco(str(source)).export.ExportToCoco(output_path=str(folder / "coco.json"))
        return folder / "coco.json"
