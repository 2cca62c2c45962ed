"""pycocowriter: its constructors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pycocowriter.coco import COCOAnnotation, COCOCategory, COCOData, COCOImage, COCOInfo

from adapters.common import Adapter, images_of, runs

if TYPE_CHECKING:
    from pathlib import Path


class Constructors(Adapter):
    how = (
        "`COCOData` of `COCOImage`, `COCOAnnotation`, `COCOCategory`, `to_json(path)`. Segmentations and areas of masks are given to it, "
        "as run lengths of pycocotools and pixel counts; the area of a box is its own. The adapter maps the classes."
    )
    not_claimed = {
        "keeps_scores": "its annotations have no score",
        "keeps_track_ids": "its annotations have no track",
        "keeps_oriented_boxes": "its boxes are upright",
        "keeps_data": "its annotations have no further fields",
        "unmapped_class_refused": "the adapter maps the classes",
    }

    def export(self, dataset, mapping, folder) -> Path:
        images = images_of(dataset, mapping)
        numbers = iter(range(1, 1_000_000))
        own = COCOData(
            COCOInfo(),
            [COCOImage(image.id, image.name, image.width, image.height) for image in images],
            [
                COCOAnnotation(
                    image.id,
                    next(numbers),
                    one.category.id,
                    bbox=one.xywh,
                    area=None if one.mask is None else int(one.mask.sum()),
                    segmentation=None if one.mask is None else runs(one.mask),
                    iscrowd=one.crowd,
                )
                for image in images
                for one in image.annotations
            ],
            [],
            [COCOCategory(category.name, category.id, supercategory=category.supercategory) for category in mapping.categories],
        )
        own.to_json(str(folder / "coco.json"))
        return folder / "coco.json"
