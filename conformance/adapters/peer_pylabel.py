"""pylabel: a COCO file in, a COCO file out."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from pylabel import importer

from adapters.common import Adapter, images_of
from cocoproof import export_coco

if TYPE_CHECKING:
    from pathlib import Path

    from adapters.common import Image
    from cocoproof.mapping import ClassMapping


class ImportAndExport(Adapter):
    how = (
        'A COCO file that cocoproof wrote, with the classes mapped and `masks="polygon"`, read by `importer.ImportCoco` and written by '
        "`dataset.export.ExportToCoco(output_path=...)`."
    )
    not_claimed = {
        "images_not_decoded": "it raises an error for any dataset without annotations, which this property takes for the pixels",
        "keeps_scores": "its table has no column of scores",
        "keeps_track_ids": "its table has no column of tracks",
        "keeps_oriented_boxes": "its table has no oriented boxes",
        "keeps_data": "its table has no further columns",
        "unmapped_class_refused": "the adapter maps the classes",
    }

    def export(self, dataset, mapping, folder) -> Path:
        source = folder.parent / f"{folder.name}-{_digest(images_of(dataset, mapping), mapping)}-source.json"
        if not source.is_file():
            export_coco(dataset, source, mapping=mapping, masks="polygon")
        importer.ImportCoco(str(source)).export.ExportToCoco(output_path=str(folder / "coco.json"))
        return folder / "coco.json"


def _digest(images: list[Image], mapping: ClassMapping) -> str:
    """Of what is exported: another dataset for the same folder has a source of its own."""
    rows = [(replace(one, mask=None), None if one.mask is None else one.mask.tobytes()) for image in images for one in image.annotations]
    known = [(image.name, image.width, image.height, len(image.annotations)) for image in images]
    return hashlib.sha256(repr((known, rows, mapping.categories)).encode()).hexdigest()[:16]
