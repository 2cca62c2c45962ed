"""datumaro: `Dataset.import_from` with the format of COCO instances."""

from __future__ import annotations

import json
from pathlib import Path

import datumaro as dm
import hypothesis

from adapters.importing import ImportAdapter
from cocoproof.testing import ImportedAnnotation, ImportedCategory, ImportedDataset, ImportedImage

_OWN_ATTRIBUTES = {"is_crowd", "score"}
"""Attributes in which datumaro keeps fields of COCO."""


class CocoInstances(ImportAdapter):
    how = (
        '`Dataset.import_from(path, "coco_instances")`. An annotation is the group of what has its id: a `Bbox`, `Polygon`s, a `RleMask`. '
        "Crowd flags are the attribute `is_crowd`, scores `score`; files whose `attributes` have such a name themselves are put aside."
    )
    keeps_order = keeps_category_ids = keeps_areas = False
    keeps_scores = True
    not_claimed = {
        "keeps_order": "items are found by their ids, and labels are in the order of category ids",
        "keeps_category_ids": "labels are numbered in the order of category ids; there is the option `keep_original_category_ids`",
        "keeps_areas": "areas are computed",
        "keeps_keypoints": "keypoints are another format, `coco_person_keypoints`",
        "keeps_further_fields": "it reads `attributes` and `score`, no other keys",
    }

    def load(self, annotations_path, images_folder) -> ImportedDataset:
        document = json.loads(annotations_path.read_text(encoding="utf-8"))
        if any(not _OWN_ATTRIBUTES.isdisjoint(row.get("attributes", {})) for row in document["annotations"]):
            hypothesis.reject()
        dataset = dm.Dataset.import_from(str(annotations_path), "coco_instances")
        labels = dataset.categories()[dm.AnnotationType.label].items
        images = []
        for item in dataset:
            height, width = item.media.size
            groups: dict[int, list] = {}
            for part in item.annotations:
                groups.setdefault(part.group, []).append(part)
            name = Path(item.media.path).relative_to(images_folder).as_posix()
            rows = [_annotation(number, parts, labels) for number, parts in groups.items()]
            images.append(ImportedImage(name, width, height, item.attributes.get("id"), rows))
        return ImportedDataset(images, [ImportedCategory(own.name, None, own.parent or None) for own in labels])


def _annotation(number, parts, labels) -> ImportedAnnotation:
    (box,) = [part for part in parts if part.type == dm.AnnotationType.bbox]
    polygons = [list(part.points) for part in parts if part.type == dm.AnnotationType.polygon]
    masks = [part.image.astype(bool) for part in parts if part.type == dm.AnnotationType.mask]
    attributes = dict(box.attributes)
    return ImportedAnnotation(
        "" if box.label is None else labels[box.label].name,
        box.get_bbox(),
        masks[0] if masks else (polygons or None),
        int(attributes.pop("is_crowd", 0)),
        score=attributes.pop("score", None),
        id=number,
    )
