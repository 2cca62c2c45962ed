"""supervision's own exporter, and the workflow of a how-to about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import hypothesis
import supervision

from adapters.common import Adapter

if TYPE_CHECKING:
    from pathlib import Path

_RELEASE = tuple(int(part) for part in supervision.__version__.split(".")[:2])

_NOT_WRITTEN = {
    "keeps_supercategories": "a data set has class names and no supercategories",
    "keeps_scores": "the file is a data set's; `confidence` is not said to be written",
    "keeps_track_ids": "`tracker_id` is not said to be written",
    "keeps_oriented_boxes": "oriented boxes are not said to be written",
    "keeps_data": "`data` columns are not said to be written",
    "keeps_folders": "file names are written without their folders",
}


class _Supervision(Adapter):
    keeps_folders = keeps_supercategories = keeps_category_ids = False
    first_category_id = 1 if _RELEASE >= (0, 29) else 0
    """Class ids are written as they are up to 0.28, plus 1 since."""


class AsCoco(_Supervision):
    how = "`DetectionDataset.as_coco(annotations_path=...)`."
    maps_classes = False
    not_claimed = {**_NOT_WRITTEN, "maps_classes": "it takes no mapping: class k becomes the k-th category"}

    def export(self, dataset, mapping, folder) -> Path:
        dataset.as_coco(annotations_path=str(folder / "coco.json"))
        return folder / "coco.json"


class MappedDataset(_Supervision):
    how = (
        "A way to a class mapping that a how-to on the web teaches, not supervision's documentation: "
        "`build_coco_class_index_mapping`, `map_detections_class_id` in the `__iter__` of a `DetectionDataset` subclass, "
        "`save_coco_annotations`. The how-to's `MappedDataset(images_dir=..., ...)` raises TypeError, as there is no such argument; "
        "here it gets `images=`. The how-to merges and drops no class, so mappings that do are put aside; where a class is renamed, "
        "the source's classes are given to it under their new names."
    )
    not_claimed = {**_NOT_WRITTEN, "keeps_category_ids": "categories are numbered in the order of the target classes"}

    def export(self, dataset, mapping, folder) -> Path:
        from supervision.dataset.core import DetectionDataset
        from supervision.dataset.formats.coco import build_coco_class_index_mapping, save_coco_annotations
        from supervision.dataset.utils import map_detections_class_id

        target_classes = [category.name for category in mapping.categories]
        becomes = {category.id: category.name for category in mapping.categories}
        ids = [row.category_id for row in mapping.classes if row.category_id is not None]
        if any(row.dropped for row in mapping.classes) or len(set(ids)) < len(ids):
            hypothesis.reject()
        source_classes = [becomes.get(row.category_id, row.name) for row in mapping.classes]
        class_mapping = build_coco_class_index_mapping(
            coco_categories=[{"id": i, "name": name} for i, name in enumerate(source_classes)], target_classes=target_classes
        )

        class MappedDataset(DetectionDataset):
            def __iter__(self):
                for image_path, image, detections in super().__iter__():
                    yield (
                        image_path,
                        image,
                        map_detections_class_id(source_to_target_mapping=class_mapping, detections=detections),
                    )

        mapped = MappedDataset(images=dataset.image_paths, annotations=dataset.annotations, classes=target_classes)
        save_coco_annotations(dataset=mapped, annotation_path=str(folder / "coco.json"))
        return folder / "coco.json"
