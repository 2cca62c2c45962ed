"""Right importers, each in its own way, with nothing of ours in them but the form of what they return."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

from cocoproof.testing import ImportedAnnotation, ImportedCategory, ImportedDataset, ImportedImage, ImporterContract

__all__ = ["STYLES", "Honest"]

KNOWN = ("id", "image_id", "category_id", "bbox", "area", "iscrowd", "segmentation", "keypoints", "num_keypoints", "score")


class Honest(ImporterContract):
    """Decodes the document, and reads its rows: what the saboteurs spoil."""

    keeps_keypoints = keeps_scores = keeps_further_fields = True

    def load(self, annotations_path, images_folder) -> ImportedDataset:
        return self.read(json.loads(annotations_path.read_text(encoding="utf-8")))

    def read(self, document) -> ImportedDataset:
        found = {row["id"]: [] for row in document["images"]}
        names = {row["id"]: row["name"] for row in document["categories"]}
        for row in document["annotations"]:
            found[row["image_id"]].append(self.annotation(row, names))
        images = [ImportedImage(row["file_name"], row["width"], row["height"], row["id"], found[row["id"]]) for row in document["images"]]
        return ImportedDataset(images, [category(row) for row in document["categories"]])

    def annotation(self, row, names) -> ImportedAnnotation:
        return ImportedAnnotation(
            category=names[row["category_id"]],
            bbox=row["bbox"],
            segmentation=row.get("segmentation"),
            iscrowd=row["iscrowd"],
            area=row["area"],
            keypoints=row.get("keypoints"),
            score=row.get("score"),
            id=row["id"],
            fields={key: value for key, value in row.items() if key not in KNOWN},
        )


def category(row) -> ImportedCategory:
    return ImportedCategory(row["name"], row["id"], row.get("supercategory"), tuple(row.get("keypoints", ())) or None)


class ByPycocotools(Honest):
    """Through the index of pycocotools, with masks as its `annToMask` gives them."""

    def load(self, annotations_path, images_folder) -> ImportedDataset:
        coco = COCO(str(annotations_path))
        names = {number: row["name"] for number, row in coco.cats.items()}
        images = []
        for number, row in coco.imgs.items():
            own = []
            for annotation in coco.imgToAnns[number]:
                mask = coco.annToMask(annotation).astype(bool) if "segmentation" in annotation else None
                own.append(replace(self.annotation(annotation, names), segmentation=mask))
            images.append(ImportedImage(row["file_name"], row["width"], row["height"], number, own))
        return ImportedDataset(images, [category(row) for row in coco.cats.values()])


class OfText(Honest):
    """Every mask as compressed run lengths, in bytes."""

    def read(self, document) -> ImportedDataset:
        sizes = {row["id"]: (row["height"], row["width"]) for row in document["images"]}
        for row in document["annotations"]:
            shape = row.get("segmentation")
            if isinstance(shape, list):
                row["segmentation"] = coco_mask.merge(coco_mask.frPyObjects(shape, *sizes[row["image_id"]]))
            elif shape is not None and isinstance(shape["counts"], list):
                row["segmentation"] = coco_mask.frPyObjects(shape, *shape["size"])
        return super().read(document)


class OfArrays(Honest):
    """Boxes through their corners, and numbers as numpy has them."""

    def annotation(self, row, names) -> ImportedAnnotation:
        own = super().annotation(row, names)
        box = np.array(row["bbox"], np.float64)
        corners = np.concatenate([box[:2], box[:2] + box[2:]])
        points = None if own.keypoints is None else np.array(own.keypoints, np.float64)
        return replace(
            own, bbox=[*corners[:2], *(corners[2:] - corners[:2])], area=np.float64(own.area), id=np.int64(own.id), keypoints=points
        )


class InNoOrder(Honest):
    """Everything sorted, and no ids: annotations are told apart by what they are."""

    keeps_order = keeps_ids = keeps_category_ids = False

    def read(self, document) -> ImportedDataset:
        document["annotations"].sort(key=lambda row: (row["category_id"], row["id"]))
        found = super().read(document)
        images = [replace(own, id=None, annotations=[replace(one, id=None) for one in own.annotations]) for own in found.images]
        by_name = sorted(found.categories, key=lambda own: own.name)
        return ImportedDataset(sorted(images, key=lambda own: own.file_name), [replace(own, id=None) for own in by_name])


class OfBoxes(Honest):
    """Boxes and classes alone, by its own word."""

    keeps_masks = keeps_crowds = keeps_sizes = keeps_ids = keeps_category_ids = keeps_supercategories = keeps_areas = False
    keeps_keypoints = keeps_scores = keeps_further_fields = False

    def read(self, document) -> ImportedDataset:
        found = super().read(document)
        images = [
            ImportedImage(own.file_name, annotations=[ImportedAnnotation(one.category, one.bbox) for one in own.annotations])
            for own in found.images
        ]
        return ImportedDataset(images, [ImportedCategory(own.name) for own in found.categories])


class OfSupervision(OfBoxes):
    """What it returns is a data set of supervision's, with flags as a column."""

    keeps_crowds = True

    def load(self, annotations_path, images_folder):
        from supervision import DetectionDataset, Detections

        document = json.loads(annotations_path.read_text(encoding="utf-8"))
        places = {row["id"]: place for place, row in enumerate(document["categories"])}
        rows = {row["id"]: [] for row in document["images"]}
        for row in document["annotations"]:
            rows[row["image_id"]].append(row)
        annotations = {}
        for image in document["images"]:
            own = rows[image["id"]]
            box = np.array([row["bbox"] for row in own], np.float64).reshape(-1, 4)
            annotations[str(images_folder / image["file_name"])] = Detections(
                xyxy=np.concatenate([box[:, :2], box[:, :2] + box[:, 2:]], axis=1),
                class_id=np.array([places[row["category_id"]] for row in own], int),
                data={"iscrowd": np.array([row["iscrowd"] for row in own])},
            )
        return DetectionDataset([row["name"] for row in document["categories"]], list(annotations), annotations)


STYLES = (Honest, ByPycocotools, OfText, OfArrays, InNoOrder, OfBoxes, OfSupervision)
