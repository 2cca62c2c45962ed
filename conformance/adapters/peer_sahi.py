"""sahi: its Coco utilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sahi.utils.coco import Coco, CocoAnnotation, CocoCategory, CocoImage
from sahi.utils.cv import get_coco_segmentation_from_bool_mask
from sahi.utils.file import save_json

from adapters.common import Adapter, images_of

if TYPE_CHECKING:
    from pathlib import Path


class CocoUtilities(Adapter):
    how = (
        "`Coco`, `CocoCategory`, `CocoImage`, `CocoAnnotation(bbox=..., segmentation=get_coco_segmentation_from_bool_mask(mask), "
        "iscrowd=...)`, `save_json(coco.json, path)`. The adapter maps the classes."
    )
    not_claimed = {
        "keeps_scores": "scores are for lists of results, `prediction_array`",
        "keeps_track_ids": "its image annotations have no track",
        "keeps_oriented_boxes": "its boxes are upright",
        "keeps_data": "its annotations have no further fields",
        "unmapped_class_refused": "the adapter maps the classes",
    }

    def export(self, dataset, mapping, folder) -> Path:
        own = Coco()
        for category in mapping.categories:
            own.add_category(CocoCategory(id=category.id, name=category.name, supercategory=category.supercategory))
        for image in images_of(dataset, mapping):
            row = CocoImage(file_name=image.name, height=image.height, width=image.width)
            for one in image.annotations:
                row.add_annotation(
                    CocoAnnotation(
                        category_id=one.category.id,
                        category_name=one.category.name,
                        bbox=one.xywh,
                        segmentation=None if one.mask is None else get_coco_segmentation_from_bool_mask(one.mask),
                        iscrowd=one.crowd,
                    )
                )
            own.add_image(row)
        save_json(own.json, str(folder / "coco.json"))
        return folder / "coco.json"
