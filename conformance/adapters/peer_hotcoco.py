"""hotcoco: a dataset from a dict, saved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import hotcoco
import numpy as np

from adapters.common import Adapter, images_of

if TYPE_CHECKING:
    from pathlib import Path

    from adapters.common import Annotation, Image


class SaveDict(Adapter):
    how = (
        "`COCO(dict)` with masks by `hotcoco.mask.encode`, areas of masks by `hotcoco.mask.area`, `score`, `track_id`, and data columns "
        "under `attributes`; `save(path)`. The adapter maps the classes, numbers the annotations, and gives what COCO calls for."
    )
    keeps_scores = keeps_track_ids = keeps_data = True
    not_claimed = {
        "keeps_oriented_boxes": "its `obb` is five numbers, not four corners",
        "unmapped_class_refused": "the adapter maps the classes",
    }

    def export(self, dataset, mapping, folder) -> Path:
        images = images_of(dataset, mapping)
        rows = [(image, one) for image in images for one in image.annotations]
        own = hotcoco.COCO(
            {
                "images": [{"id": image.id, "file_name": image.name, "width": image.width, "height": image.height} for image in images],
                "categories": [
                    {"id": own.id, "name": own.name, **({"supercategory": own.supercategory} if own.supercategory else {})}
                    for own in mapping.categories
                ],
                "annotations": [_row(number, image, one) for number, (image, one) in enumerate(rows, 1)],
            }
        )
        own.save(str(folder / "coco.json"))
        return folder / "coco.json"


def _row(number: int, image: Image, one: Annotation) -> dict[str, Any]:
    more: dict[str, Any] = {"score": one.score, "track_id": one.track_id, "attributes": one.data or None}
    if one.mask is None:
        area = one.xywh[2] * one.xywh[3]
    else:
        more["segmentation"] = hotcoco.mask.encode(np.asfortranarray(one.mask.astype(np.uint8)))
        area = float(hotcoco.mask.area(more["segmentation"]))
    about = {"id": number, "image_id": image.id, "category_id": one.category.id, "bbox": one.xywh, "area": area, "iscrowd": one.crowd}
    return {**about, **{key: value for key, value in more.items() if value is not None}}
