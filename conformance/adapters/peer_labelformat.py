"""labelformat: inputs of its model, saved by its COCO outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import hypothesis
from labelformat.formats.coco import COCOInstanceSegmentationOutput, COCOObjectDetectionOutput
from labelformat.model.binary_mask_segmentation import BinaryMaskSegmentation
from labelformat.model.bounding_box import BoundingBox
from labelformat.model.category import Category
from labelformat.model.image import Image
from labelformat.model.instance_segmentation import ImageInstanceSegmentation, InstanceSegmentationInput, SingleInstanceSegmentation
from labelformat.model.multipolygon import MultiPolygon
from labelformat.model.object_detection import ImageObjectDetection, ObjectDetectionInput, SingleObjectDetection

from adapters.common import Adapter, edge_polygons, images_of

if TYPE_CHECKING:
    from pathlib import Path

_NOT_CLAIMED = {
    "keeps_supercategories": "its categories have an id and a name",
    "keeps_track_ids": "its model of images has no tracks",
    "keeps_oriented_boxes": "its boxes are upright",
    "keeps_data": "its model has no further fields",
    "unmapped_class_refused": "the adapter maps the classes",
}


class ObjectDetection(Adapter):
    how = "An `ObjectDetectionInput` of its model, saved by `COCOObjectDetectionOutput`. The adapter maps classes to its `Category`."
    keeps_masks = keeps_crowds = keeps_supercategories = False
    keeps_scores = True
    not_claimed = {
        **_NOT_CLAIMED,
        "keeps_masks": "the detection output has boxes alone",
        "keeps_crowds": "the detection model has no crowds",
    }

    def export(self, dataset, mapping, folder) -> Path:
        images = images_of(dataset, mapping)
        categories = {category.id: Category(category.id, category.name) for category in mapping.categories}

        class Input(ObjectDetectionInput):
            @staticmethod
            def add_cli_arguments(parser) -> None:
                """There is no command line."""

            def get_categories(self):
                return list(categories.values())

            def get_images(self):
                return [Image(image.id, image.name, image.width, image.height) for image in images]

            def get_labels(self):
                for image, own in zip(images, self.get_images(), strict=True):
                    found = [
                        SingleObjectDetection(categories[one.category.id], BoundingBox(*one.corners), one.score)
                        for one in image.annotations
                    ]
                    yield ImageObjectDetection(own, found)

        COCOObjectDetectionOutput(folder / "coco.json").save(Input())
        return folder / "coco.json"


class InstanceSegmentation(Adapter):
    how = (
        "An `InstanceSegmentationInput` of its model, saved by `COCOInstanceSegmentationOutput`: a crowd as `BinaryMaskSegmentation`, "
        "any other mask as `MultiPolygon` along pixel edges, traced by the adapter. Data sets with detections that have no mask are put aside."
    )
    keeps_supercategories = False
    not_claimed = {
        **_NOT_CLAIMED,
        "keeps_scores": "the segmentation model has no scores",
        "boxes": "boxes are made of the segmentation",
    }

    def export(self, dataset, mapping, folder) -> Path:
        images = images_of(dataset, mapping)
        if any(one.mask is None for image in images for one in image.annotations):
            hypothesis.reject()
        categories = {category.id: Category(category.id, category.name) for category in mapping.categories}

        class Input(InstanceSegmentationInput):
            @staticmethod
            def add_cli_arguments(parser) -> None:
                """There is no command line."""

            def get_categories(self):
                return list(categories.values())

            def get_images(self):
                return [Image(image.id, image.name, image.width, image.height) for image in images]

            def get_labels(self):
                for image, own in zip(images, self.get_images(), strict=True):
                    found = [SingleInstanceSegmentation(categories[one.category.id], _segmentation(one)) for one in image.annotations]
                    yield ImageInstanceSegmentation(own, found)

        COCOInstanceSegmentationOutput(folder / "coco.json").save(Input())
        return folder / "coco.json"


def _segmentation(one):
    if one.crowd:
        return BinaryMaskSegmentation.from_binary_mask(one.mask.astype(int), BoundingBox(*one.corners))
    return MultiPolygon([list(zip(ring[::2], ring[1::2], strict=True)) for ring in edge_polygons(one.mask)])
