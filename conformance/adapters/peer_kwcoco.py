"""kwcoco: a CocoDataset, made conforming and dumped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import kwcoco
import kwimage

from adapters.common import Adapter, images_of

if TYPE_CHECKING:
    from pathlib import Path


class Dump(Adapter):
    how = (
        "`CocoDataset.add_category`, `add_image`, `add_annotation` with `bbox`, `iscrowd`, `score`, `track_id`, and "
        '`segmentation=kwimage.Mask(...).to_coco(style="orig")`; `conform(pycocotools_info=True)`, which fills in `area`; `dump()`. '
        "The adapter maps the classes; data columns go under `attributes`."
    )
    keeps_scores = keeps_track_ids = keeps_data = True
    not_claimed = {
        "keeps_oriented_boxes": "its boxes are upright",
        "unmapped_class_refused": "the adapter maps the classes",
    }

    def export(self, dataset, mapping, folder) -> Path:
        path = folder / "coco.json"
        own = kwcoco.CocoDataset()
        own.fpath = str(path)
        for category in mapping.categories:
            more = {} if category.supercategory is None else {"supercategory": category.supercategory}
            own.add_category(category.name, id=category.id, **more)
        for image in images_of(dataset, mapping):
            image_id = own.add_image(file_name=image.name, id=image.id, width=image.width, height=image.height)
            for one in image.annotations:
                more = {"score": one.score, "track_id": one.track_id, "attributes": one.data or None}
                if one.mask is not None:
                    more["segmentation"] = kwimage.Mask.coerce(one.mask).to_coco(style="orig")
                own.add_annotation(
                    image_id=image_id,
                    category_id=one.category.id,
                    bbox=one.xywh,
                    iscrowd=one.crowd,
                    **{key: value for key, value in more.items() if value is not None},
                )
        own.conform(pycocotools_info=True, ensure_imgsize=False)
        own.dump()
        return path
