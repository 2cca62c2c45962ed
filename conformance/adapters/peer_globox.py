"""globox: an AnnotationSet, saved as COCO."""

from __future__ import annotations

from typing import TYPE_CHECKING

from globox import Annotation, AnnotationSet, BoundingBox

from adapters.common import Adapter, images_of

if TYPE_CHECKING:
    from pathlib import Path


class SaveCoco(Adapter):
    how = (
        "An `AnnotationSet` of `BoundingBox`es, classes renamed by `map_labels`, "
        "`save_coco(path, label_to_id=..., imageid_to_id=...)` with the mapping's ids."
    )
    keeps_masks = keeps_crowds = keeps_supercategories = False
    keeps_scores = True
    not_claimed = {
        "keeps_masks": "it has boxes alone",
        "keeps_crowds": "its boxes have no crowd flag",
        "keeps_supercategories": "its categories are names",
        "keeps_track_ids": "its boxes have no track",
        "keeps_oriented_boxes": "its boxes are upright",
        "keeps_data": "its boxes have no further fields",
        "unmapped_class_refused": "the adapter looks the classes up",
    }

    def export(self, dataset, mapping, folder) -> Path:
        images = images_of(dataset, mapping)
        names = {category.id: category.name for category in mapping.categories}
        found = AnnotationSet()
        for image in images:
            boxes = [
                BoundingBox(label=one.class_name, xmin=x1, ymin=y1, xmax=x2, ymax=y2, confidence=one.score)
                for one in image.annotations
                for x1, y1, x2, y2 in [one.corners]
            ]
            found.add(Annotation(image.name, (image.width, image.height), boxes))
        found.map_labels({row.name: names[row.category_id] for row in mapping.classes if row.category_id is not None})
        found.save_coco(
            folder / "coco.json",
            label_to_id={category.name: category.id for category in mapping.categories},
            imageid_to_id={image.name: image.id for image in images},
        )
        return folder / "coco.json"
