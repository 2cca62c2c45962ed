"""fiftyone: its COCO importer, asked sample by sample."""

from __future__ import annotations

from pathlib import Path

import fiftyone.utils.coco as fouc
import numpy as np

from adapters.importing import ImportAdapter
from cocoproof.testing import ImportedAnnotation, ImportedCategory, ImportedDataset, ImportedImage


class DatasetImporter(ImportAdapter):
    how = (
        '`fiftyone.utils.coco.COCODetectionDatasetImporter(data_path=..., labels_path=..., label_types=["detections", "segmentations", "keypoints"], '
        "include_id=True, include_annotation_id=True)`, as `Dataset.add_importer` drives it; no database is started. Masks and keypoints belong to the "
        "detection with the same `coco_id`; a mask is pasted at the corner of the rounded box, or at the image's border. Categories are those of "
        "`get_dataset_info()`."
    )
    keeps_areas = False
    keeps_keypoints = keeps_scores = True
    not_claimed = {
        "images_in_order": "samples are in the order of image ids",
        "keeps_areas": "a detection has no area",
        "keeps_further_fields": "further keys become attributes beside its own, such as `supercategory`",
    }

    def load(self, annotations_path, images_folder) -> ImportedDataset:
        importer = fouc.COCODetectionDatasetImporter(
            data_path=str(images_folder),
            labels_path=str(annotations_path),
            label_types=["detections", "segmentations", "keypoints"],
            include_id=True,
            include_annotation_id=True,
        )
        importer.setup()
        images = []
        for path, metadata, labels in importer:
            found = labels or {}
            size = (metadata.width, metadata.height)
            masks = {own.coco_id: own for own in (found["segmentations"].detections if found.get("segmentations") else ())}
            points = {own.coco_id: own for own in (found["keypoints"].keypoints if found.get("keypoints") else ())}
            boxes = found["detections"].detections if found.get("detections") else ()
            rows = [_annotation(own, masks.get(own.coco_id), points.get(own.coco_id), size) for own in boxes]
            name = Path(path).relative_to(images_folder).as_posix()
            images.append(ImportedImage(name, *size, found.get("coco_id"), rows))
        categories = [
            ImportedCategory(row["name"], row["id"], row.get("supercategory"), tuple(row.get("keypoints", ())) or None)
            for row in importer.get_dataset_info()["categories"]
        ]
        return ImportedDataset(images, categories)


def _annotation(own, masked, posed, size) -> ImportedAnnotation:
    width, height = size
    x, y, w, h = own.bounding_box
    return ImportedAnnotation(
        own.label,
        (x * width, y * height, w * width, h * height),
        None if masked is None else _pasted(masked, size),
        own.iscrowd,
        keypoints=None if posed is None else _flat(posed, size),
        score=own.confidence,
        id=own.coco_id,
    )


def _pasted(own, size) -> np.ndarray:
    """The mask of a detection on its image, at the corner of the rounded box.

    A box that begins left of the image or above it has its mask from the image's border on. Where the mask has been cut out elsewhere, it is
    in the wrong place then, and `masks` says so.
    """
    width, height = size
    whole = np.zeros((height, width), bool)
    left, top = (max(_whole(own.bounding_box[k] * size[k]), 0) for k in (0, 1))
    place = whole[top:, left:]
    rows, columns = (min(sides) for sides in zip(place.shape, own.mask.shape, strict=True))
    place[:rows, :columns] = own.mask[:rows, :columns]
    return whole


def _whole(side: float) -> int:
    """As the importer rounds: halves of a pixel are halves again after their way through fractions of the image."""
    return round(round(side, 6))


def _flat(own, size) -> list[float]:
    width, height = size
    flat: list[float] = []
    for (x, y), flag in zip(own.points, own.visible, strict=True):
        flat += [0, 0, 0] if flag == 0 else [x * width, y * height, flag]
    return flat
