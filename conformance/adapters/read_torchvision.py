"""torchvision: `CocoDetection`."""

from __future__ import annotations

from torchvision.datasets import CocoDetection

from adapters.importing import ImportAdapter
from cocoproof.testing import ImportedAnnotation, ImportedCategory, ImportedDataset, ImportedImage

_COMPARED = ("id", "image_id", "category_id", "bbox", "area", "iscrowd", "segmentation", "keypoints", "num_keypoints", "score")


class Coco(ImportAdapter):
    how = (
        "`CocoDetection(root, annFile)`: each item is an image and the rows of its annotations; names of images and categories "
        "come from its attribute `coco`, which is pycocotools'. Sizes are those of the image that it opens."
    )
    keeps_keypoints = keeps_scores = keeps_further_fields = True
    not_claimed = {"images_in_order": "items are in the order of image ids"}

    def load(self, annotations_path, images_folder) -> ImportedDataset:
        dataset = CocoDetection(str(images_folder), str(annotations_path))
        names = {number: row["name"] for number, row in dataset.coco.cats.items()}
        images = []
        for place, number in enumerate(dataset.ids):
            picture, rows = dataset[place]
            name = dataset.coco.imgs[number]["file_name"]
            images.append(ImportedImage(name, picture.width, picture.height, number, [_annotation(row, names) for row in rows]))
        categories = [
            ImportedCategory(row["name"], row["id"], row.get("supercategory"), tuple(row.get("keypoints", ())) or None)
            for row in dataset.coco.cats.values()
        ]
        return ImportedDataset(images, categories)


def _annotation(row, names) -> ImportedAnnotation:
    return ImportedAnnotation(
        names[row["category_id"]],
        row["bbox"],
        row.get("segmentation"),
        row["iscrowd"],
        row["area"],
        row.get("keypoints"),
        row.get("score"),
        row["id"],
        {key: value for key, value in row.items() if key not in _COMPARED},
    )
