"""darwin-py: Darwin JSON files, exported as COCO."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from darwin.exporter import export_annotations, get_exporter

from adapters.common import Adapter, edge_polygons, images_of

if TYPE_CHECKING:
    from pathlib import Path

    from adapters.common import Annotation


class ExportCoco(Adapter):
    how = (
        "Darwin JSON 2.0 files, written by the adapter with the classes mapped: bounding boxes, and polygons along pixel edges for masks; "
        '`export_annotations(get_exporter("coco"), files, folder)`.'
    )
    keeps_crowds = keeps_supercategories = keeps_folders = keeps_category_ids = False
    not_claimed = {
        "keeps_crowds": "its annotations have no crowd flag",
        "keeps_supercategories": "its classes have none",
        "keeps_folders": "`file_name` is the item's name, without its folder",
        "keeps_category_ids": "category ids are a checksum of the name",
        "category_ids": "category ids are a checksum of the name",
        "categories_in_order": "categories are sorted by a checksum of the name",
        "keeps_scores": "Darwin JSON of annotations has no scores",
        "keeps_track_ids": "tracks are for videos",
        "keeps_oriented_boxes": "its bounding boxes are upright",
        "keeps_data": "the further fields are those of its sub-annotations",
        "unmapped_class_refused": "the adapter maps the classes",
    }

    def export(self, dataset, mapping, folder) -> Path:
        source = folder.parent / f"{folder.name}-darwin"
        source.mkdir(exist_ok=True)
        files = []
        for image in images_of(dataset, mapping):
            slot = {"type": "image", "slot_name": "0", "width": image.width, "height": image.height, "source_files": []}
            document = {
                "version": "2.0",
                "item": {"name": image.name, "path": "/", "slots": [slot]},
                "annotations": [_annotation(one) for one in image.annotations],
            }
            files.append(source / f"{image.id}.json")
            files[-1].write_text(json.dumps(document), encoding="utf-8")
        export_annotations(get_exporter("coco"), files, folder)
        return folder / "output.json"


def _annotation(one: Annotation) -> dict[str, Any]:
    x, y, width, height = one.xywh
    about = {"name": one.category.name, "slot_names": ["0"], "bounding_box": {"x": x, "y": y, "w": width, "h": height}}
    if one.mask is None:
        return about
    paths = [[{"x": a, "y": b} for a, b in zip(ring[::2], ring[1::2], strict=True)] for ring in edge_polygons(one.mask)]
    return {**about, "polygon": {"paths": paths}}
