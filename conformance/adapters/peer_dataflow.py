"""DataFlow-CV: LabelMe files, converted to COCO."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import hypothesis
from dataflow.convert import CocoAndLabelMeConverter

from adapters.common import Adapter, edge_polygons, images_of, write_source

if TYPE_CHECKING:
    from pathlib import Path

    from adapters.common import Annotation, Image


class LabelMeToCoco(Adapter):
    how = (
        "LabelMe files and a class file, written by the adapter with the classes mapped: rectangles for boxes, polygons along pixel edges "
        "for masks; `CocoAndLabelMeConverter(source_to_target=False).convert(...)`. A LabelMe polygon is one ring and a class file has a "
        "name a line, so data sets with masks of several parts, or with line breaks or outer blanks in names, are put aside; so are those "
        "with boxes that reach beyond the image, as it says that it cuts them at the border."
    )
    keeps_crowds = keeps_supercategories = keeps_folders = keeps_category_ids = False
    first_category_id = 0
    not_claimed = {
        "boxes": "a LabelMe polygon has no box of its own",
        "nothing_left_behind": "the adapter's LabelMe files stay beside the folder",
        "keeps_crowds": "LabelMe has no crowd flag",
        "keeps_supercategories": "a class file has names alone",
        "images_in_order": "LabelMe files are read in the order of their names",
        "keeps_folders": "LabelMe files are in one folder, named after the image",
        "keeps_category_ids": "categories are numbered from 0 in the order of the class file",
        "keeps_scores": "COCO output for training has no scores",
        "keeps_track_ids": "LabelMe shapes have no track",
        "keeps_oriented_boxes": "LabelMe rectangles are upright",
        "keeps_data": "its model has no further fields",
        "unmapped_class_refused": "the adapter maps the classes",
    }

    def export(self, dataset, mapping, folder) -> Path:
        names = [category.name for category in mapping.categories]
        if any(name.strip() != name or len(name.splitlines()) > 1 for name in names):
            hypothesis.reject()
        source = folder.parent / f"{folder.name}-labelme"
        source.mkdir(exist_ok=True)
        class_file = folder.parent / f"{folder.name}-classes.txt"
        write_source(class_file, "\n".join(names))
        for image in images_of(dataset, mapping):
            if any(_reaches_out(one, image) for one in image.annotations):
                hypothesis.reject()
            document = {
                "version": "5.4.1",
                "flags": {},
                "shapes": [_shape(one) for one in image.annotations],
                "imagePath": image.name,
                "imageData": None,
                "imageHeight": image.height,
                "imageWidth": image.width,
            }
            write_source(source / f"{image.path.stem}.json", json.dumps(document))
        target = folder / "coco.json"
        done = CocoAndLabelMeConverter(source_to_target=False).convert(str(source), str(target), class_file=str(class_file))
        if not done.success:
            raise RuntimeError("; ".join(map(str, done.errors))[:400])
        return target


def _reaches_out(one: Annotation, image: Image) -> bool:
    x1, y1, x2, y2 = one.corners
    return min(x1, y1) < 0 or x2 > image.width or y2 > image.height


def _shape(one: Annotation) -> dict[str, Any]:
    about = {"label": one.category.name, "group_id": None, "flags": {}}
    if one.mask is None:
        x1, y1, x2, y2 = one.corners
        return {**about, "shape_type": "rectangle", "points": [[x1, y1], [x2, y2]]}
    rings = edge_polygons(one.mask)
    if len(rings) > 1:
        hypothesis.reject()
    return {**about, "shape_type": "polygon", "points": [list(point) for point in zip(rings[0][::2], rings[0][1::2], strict=True)]}
