"""labelformat: its COCO inputs."""

from __future__ import annotations

import json

import hypothesis
from labelformat.formats.coco import COCOInstanceSegmentationInput, COCOObjectDetectionInput
from labelformat.model.bounding_box import BoundingBoxFormat
from labelformat.model.multipolygon import MultiPolygon

from adapters.importing import ImportAdapter
from cocoproof.testing import ImportedAnnotation, ImportedCategory, ImportedDataset, ImportedImage

_NOT_CLAIMED = {
    "annotation_ids": "its objects have no ids",
    "keeps_supercategories": "its categories have an id and a name",
    "keeps_areas": "its objects have no area",
    "keeps_keypoints": "keypoints are not its task",
    "keeps_further_fields": "its model has no further fields",
}


class _Importing(ImportAdapter):
    keeps_supercategories = keeps_areas = False

    def content(self, source, annotation) -> ImportedDataset:
        held = {label.image.id: [annotation(own) for own in label.objects] for label in source.get_labels()}
        images = [ImportedImage(own.filename, own.width, own.height, own.id, held.get(own.id, ())) for own in source.get_images()]
        return ImportedDataset(images, [ImportedCategory(own.name, own.id) for own in source.get_categories()])


class ObjectDetection(_Importing):
    how = "`COCOObjectDetectionInput(path)`: `get_categories`, `get_images`, `get_labels`."
    keeps_masks = keeps_crowds = False
    keeps_scores = True
    not_claimed = {**_NOT_CLAIMED, "keeps_masks": "boxes are its task", "keeps_crowds": "its boxes have no flags"}

    def load(self, annotations_path, images_folder) -> ImportedDataset:
        def annotation(own) -> ImportedAnnotation:
            return ImportedAnnotation(own.category.name, own.box.to_format(BoundingBoxFormat.XYWH), score=own.confidence)

        return self.content(COCOObjectDetectionInput(annotations_path), annotation)


class InstanceSegmentation(_Importing):
    how = (
        "`COCOInstanceSegmentationInput(path)`: `get_categories`, `get_images`, `get_labels`; a `BinaryMaskSegmentation` is a crowd, as for its "
        "output. Files with annotations that have no mask are put aside."
    )
    not_claimed = {
        **_NOT_CLAIMED,
        "boxes": "boxes are made of the segmentation",
        "keeps_scores": "the segmentation model has no scores",
    }

    def load(self, annotations_path, images_folder) -> ImportedDataset:
        document = json.loads(annotations_path.read_text(encoding="utf-8"))
        if any("segmentation" not in row for row in document["annotations"]):
            hypothesis.reject()
        return self.content(COCOInstanceSegmentationInput(annotations_path), _annotation)


def _annotation(own) -> ImportedAnnotation:
    shape = own.segmentation
    if isinstance(shape, MultiPolygon):
        polygons = [[side for point in polygon for side in point] for polygon in shape.polygons]
        return ImportedAnnotation(own.category.name, shape.bounding_box().to_format(BoundingBoxFormat.XYWH), polygons, 0)
    box = shape.bounding_box.to_format(BoundingBoxFormat.XYWH)
    return ImportedAnnotation(own.category.name, box, shape.get_binary_mask().astype(bool), 1)
