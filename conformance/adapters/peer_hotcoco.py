"""hotcoco: a dataset from columns, saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import hotcoco
import hypothesis
import numpy as np

from adapters.common import Adapter, images_of

if TYPE_CHECKING:
    from pathlib import Path


class FromArrays(Adapter):
    how = (
        "`COCO.from_arrays(images, categories, image_ids, category_ids, boxes, iscrowd=..., segmentation=..., area=...)` with masks by "
        "`hotcoco.mask.encode` and areas by `hotcoco.mask.area`, which it asks for with segmentations; `save(path)`. The adapter maps the "
        "classes. Data sets with masks on some detections only are put aside: the column has a segmentation for each."
    )
    not_claimed = {
        "keeps_scores": "`from_arrays` has no column of scores",
        "keeps_track_ids": "`from_arrays` has no column of tracks",
        "keeps_oriented_boxes": "its boxes are upright",
        "keeps_data": "`from_arrays` has no further columns",
        "unmapped_class_refused": "the adapter maps the classes",
    }

    def export(self, dataset, mapping, folder) -> Path:
        images = images_of(dataset, mapping)
        rows = [(image.id, one) for image in images for one in image.annotations]
        masks = [one.mask for _, one in rows if one.mask is not None]
        if masks and len(masks) < len(rows):
            hypothesis.reject()
        encoded = [hotcoco.mask.encode(np.asfortranarray(mask.astype(np.uint8))) for mask in masks]
        own = hotcoco.COCO.from_arrays(
            images=[{"id": image.id, "file_name": image.name, "width": image.width, "height": image.height} for image in images],
            categories=[
                {"id": category.id, "name": category.name, **({"supercategory": category.supercategory} if category.supercategory else {})}
                for category in mapping.categories
            ],
            image_ids=np.array([image_id for image_id, _ in rows], np.int64),
            category_ids=np.array([one.category.id for _, one in rows], np.int64),
            boxes=np.array([one.xywh for _, one in rows], np.float64).reshape(-1, 4),
            iscrowd=np.array([one.crowd for _, one in rows], np.int64),
            **({"segmentation": encoded, "area": np.asarray(hotcoco.mask.area(encoded), np.float64)} if encoded else {}),
        )
        own.save(str(folder / "coco.json"))
        return folder / "coco.json"
