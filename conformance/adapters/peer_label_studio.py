"""Label Studio: tasks of its JSON, converted by its converter."""

from __future__ import annotations

import json
import math
import shutil
from typing import TYPE_CHECKING, Any

import hypothesis
from label_studio_sdk.converter import Converter

from adapters.common import Adapter, edge_polygons, images_of, write_source

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from adapters.common import Annotation, Image


class ConvertToCoco(Adapter):
    how = (
        "Tasks in its JSON, written by the adapter, with `rectanglelabels` for boxes and `polygonlabels` for masks (along pixel edges, "
        "traced by the adapter), the pictures as uploads of a project; `Converter(config, ...).convert_to_coco(...)`. Category ids by the "
        "`category` attribute of its labels; the adapter maps the classes. A polygon label is one ring, so data sets with masks of "
        "several parts are put aside."
    )
    keeps_crowds = keeps_supercategories = keeps_folders = False
    not_claimed = {
        "boxes": "a polygon label has no box of its own",
        "nothing_left_behind": "the adapter's copies of the images stay in the folder",
        "after_a_failure": "the adapter's copies of the images stay in the folder, also those of an export that failed",
        "keeps_crowds": "its regions have no crowd flag",
        "keeps_supercategories": "its labels have none",
        "keeps_folders": "uploads of a project are in one folder",
        "keeps_scores": "COCO export is of annotations",
        "keeps_track_ids": "its image regions have no track",
        "keeps_oriented_boxes": "COCO export makes upright boxes of rotated ones",
        "keeps_data": "COCO export has no further fields",
        "unmapped_class_refused": "the adapter maps the classes",
    }

    def export(self, dataset, mapping, folder) -> Path:
        images = images_of(dataset, mapping)
        names = [category.name for category in mapping.categories]
        tag = {"to_name": ["image"], "inputs": [{"type": "Image", "value": "image"}], "labels": names}
        ids = {category.name: {"value": category.name, "category": str(category.id)} for category in mapping.categories}
        config = {
            "rectangle": {**tag, "type": "RectangleLabels", "labels_attrs": ids},
            "polygon": {**tag, "type": "PolygonLabels", "labels_attrs": {}},
        }
        uploads = folder / "1"  # of project 1, whose output goes there too, so that file names are the pictures' own
        uploads.mkdir(exist_ok=True)
        tasks = []
        for image in images:
            if not (uploads / image.name).is_file():
                shutil.copyfile(image.path, uploads / image.name)
            result = [_region(one, image) for one in image.annotations]
            tasks.append(
                {"id": image.id, "data": {"image": f"/data/upload/1/{image.name}"}, "annotations": [{"id": image.id, "result": result}]}
            )
        source = folder.parent / f"{folder.name}-tasks.json"
        write_source(source, json.dumps(tasks))
        converter = Converter(config, str(folder), upload_dir=str(folder), download_resources=False)
        converter.convert_to_coco(str(source), str(uploads), is_dir=False)
        return uploads / "result.json"


def _region(one: Annotation, image: Image) -> dict[str, Any]:
    """A region, its coordinates in per cent of the image."""
    sides = image.width, image.height
    about = {"to_name": "image", "original_width": image.width, "original_height": image.height, "image_rotation": 0}
    if one.mask is None:
        x, y, width, height = (
            _per_cent(number, side, lambda part, side: part * side / 100) for number, side in zip(one.xywh, sides * 2, strict=True)
        )
        value: dict[str, Any] = {"x": x, "y": y, "width": width, "height": height, "rotation": 0}
        return {**about, "from_name": "rectangle", "type": "rectanglelabels", "value": {**value, "rectanglelabels": [one.category.name]}}
    rings = edge_polygons(one.mask)
    if len(rings) > 1:
        hypothesis.reject()
    corners = zip(rings[0][::2], rings[0][1::2], strict=True)
    points = [
        [_per_cent(number, side, lambda part, side: part / 100 * side) for number, side in zip(corner, sides, strict=True)]
        for corner in corners
    ]
    value = {"points": points, "closed": True, "polygonlabels": [one.category.name]}
    return {**about, "from_name": "polygon", "type": "polygonlabels", "value": value}


def _per_cent(pixels: float, side: int, back: Callable[[float, int], float]) -> float:
    """The per cent that the converter's own arithmetic turns into these pixels, where there is one: its rounding, not the adapter's."""
    first = pixels * 100 / side
    near = [first]
    for towards in (-math.inf, math.inf):
        part = first
        for _ in range(4):
            part = math.nextafter(part, towards)
            near.append(part)
    return next((part for part in near if back(part, side) == pixels), first)
