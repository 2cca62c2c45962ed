"""datumaro: a Dataset of items, exported as coco_instances."""

from __future__ import annotations

from typing import TYPE_CHECKING

import datumaro as dm

from adapters.common import Adapter, images_of

if TYPE_CHECKING:
    from pathlib import Path

    from adapters.common import Annotation


class CocoInstances(Adapter):
    how = (
        "`Dataset.from_iterable` of items with a `Bbox` and, where there is one, a `Mask` in its group; the class mapping by the "
        "transforms `remap_labels` (rename, merge, drop) and `project_labels` (order, unused categories); "
        '`export(folder, "coco_instances", save_media=False)`; its `segmentation_mode="mask"` would write every mask as a crowd. Crowd flags as the attribute `is_crowd`, scores as `score`, '
        "data columns as attributes. Supercategories as the labels' `parent`, set after the transforms, which drop them."
    )
    keeps_category_ids = writes_one_file = False
    keeps_scores = keeps_data = True
    not_claimed = {
        "writes_one_file": "it writes a folder `annotations` with its file",
        "keeps_category_ids": "labels are numbered from 1 in their order",
        "keeps_track_ids": "a track id is an attribute like any other",
        "keeps_oriented_boxes": "COCO export has no rotated boxes",
        "unmapped_class_refused": "`remap_labels` has an option for unknown labels",
    }

    def export(self, dataset, mapping, folder) -> Path:
        names = {category.id: category.name for category in mapping.categories}
        label_of = {name: number for number, name in enumerate(dataset.classes)}
        group = iter(range(1, 1_000_000))
        items = [
            dm.DatasetItem(
                id=image.name.rsplit(".", 1)[0],
                media=dm.Image.from_file(path=str(image.path), size=(image.height, image.width)),
                annotations=[part for one in image.annotations for part in _parts(one, label_of[one.class_name], next(group))],
            )
            for image in images_of(dataset, mapping)
        ]
        own = dm.Dataset.from_iterable(items, categories=list(dataset.classes))
        own = own.transform("remap_labels", mapping={row.name: names.get(row.category_id, "") for row in mapping.classes}, default="delete")
        own = own.transform("project_labels", dst_labels=[category.name for category in mapping.categories])
        for label, category in zip(own.categories()[dm.AnnotationType.label].items, mapping.categories, strict=True):
            label.parent = category.supercategory or ""
        own.export(str(folder), "coco_instances", save_media=False)
        return folder / "annotations" / "instances_default.json"


def _parts(one: Annotation, label: int, group: int) -> list[dm.Annotation]:
    attributes = {"is_crowd": bool(one.crowd), **({} if one.score is None else {"score": one.score}), **one.data}
    parts: list[dm.Annotation] = [dm.Bbox(*one.xywh, label=label, group=group, attributes=attributes)]
    if one.mask is not None:
        parts.append(dm.Mask(one.mask, label=label, group=group, attributes=attributes))
    return parts
