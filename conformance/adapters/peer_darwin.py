"""darwin-py: Darwin JSON files, exported as COCO."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import hypothesis
import numpy as np
from darwin.exporter import export_annotations, get_exporter

from adapters.common import Adapter, images_of, write_source

if TYPE_CHECKING:
    from pathlib import Path

    from adapters.common import Annotation, Image


class ExportCoco(Adapter):
    how = (
        "Darwin JSON 2.0 files, written by the adapter with the classes mapped: bounding boxes, and for masks a raster layer and its `mask` "
        'annotations; `export_annotations(get_exporter("coco"), files, folder)`. A raster layer has one mask a pixel and names are read '
        "without outer blanks, so data sets with masks that overlap, or with such names, are put aside."
    )
    keeps_crowds = keeps_supercategories = keeps_folders = keeps_category_ids = False
    not_claimed = {
        "keeps_crowds": "its annotations have no crowd flag",
        "keeps_supercategories": "its classes have none",
        "keeps_folders": "`file_name` is the item's name, without its folder",
        "keeps_category_ids": "category ids are a checksum of the name",
        "category_ids": "category ids are a checksum of the name",
        "categories_complete": "Darwin JSON names no class that does not occur",
        "empty_dataset": "Darwin JSON names no class that does not occur",
        "categories_in_order": "categories are sorted by a checksum of the name",
        "keeps_scores": "Darwin JSON of annotations has no scores",
        "keeps_track_ids": "tracks are for videos",
        "keeps_oriented_boxes": "its bounding boxes are upright",
        "keeps_data": "the further fields are those of its sub-annotations",
        "unmapped_class_refused": "the adapter maps the classes",
    }

    def export(self, dataset, mapping, folder) -> Path:
        if any(category.name.strip() != category.name for category in mapping.categories):
            hypothesis.reject()
        source = folder.parent / f"{folder.name}-darwin"
        source.mkdir(exist_ok=True)
        files = []
        for image in images_of(dataset, mapping):
            slot = {"type": "image", "slot_name": "0", "width": image.width, "height": image.height, "source_files": []}
            document = {
                "version": "2.0",
                "item": {"name": image.name, "path": "/", "slots": [slot]},
                "annotations": [*_annotations(image), *_raster_layer(image)],
            }
            files.append(source / f"{image.id}.json")
            write_source(files[-1], json.dumps(document))
        export_annotations(get_exporter("coco"), files, folder)
        return folder / "output.json"


def _annotations(image: Image) -> list[dict[str, Any]]:
    return [_annotation(one, str(label)) for label, one in enumerate(image.annotations, 1)]


def _annotation(one: Annotation, name: str) -> dict[str, Any]:
    about = {"id": name, "name": one.category.name, "slot_names": ["0"]}
    if one.mask is not None:
        return {**about, "mask": {"sparse_rle": None}}
    x, y, width, height = one.xywh
    return {**about, "bounding_box": {"x": x, "y": y, "w": width, "h": height}}


def _raster_layer(image: Image) -> list[dict[str, Any]]:
    """The masks of an image as one map of labels, row by row, in pairs of label and run."""
    labels = np.zeros((image.height, image.width), np.int64)
    mapping = {}
    for label, one in enumerate(image.annotations, 1):
        if one.mask is not None:
            if labels[one.mask].any():
                hypothesis.reject()
            labels[one.mask] = label
            mapping[str(label)] = label
    if not mapping:
        return []
    pairs = [number for label in labels.ravel().tolist() for number in (label, 1)]
    layer = {"dense_rle": pairs, "mask_annotation_ids_mapping": mapping, "total_pixels": labels.size}
    return [{"id": "layer", "name": "__raster_layer__", "slot_names": ["0"], "raster_layer": layer}]
