"""supervision: `DetectionDataset.from_coco`."""

from __future__ import annotations

import supervision

from adapters.importing import ImportAdapter


class FromCoco(ImportAdapter):
    how = "`DetectionDataset.from_coco(images_directory_path=..., annotations_path=...)`."
    keeps_sizes = keeps_ids = keeps_category_ids = keeps_supercategories = False
    not_claimed = {
        "categories_in_order": "`classes` are in the order of category ids",
        "keeps_sizes": "a data set has paths, and reads sizes from the images",
        "keeps_ids": "images are found by their paths, detections have no ids",
        "keeps_category_ids": "a class id is a place in `classes`",
        "keeps_supercategories": "a data set has class names",
        "keeps_keypoints": "keypoints are in a class of their own, which has no reader of COCO",
        "keeps_scores": "the file is a data set's; `score` is not said to be read",
        "keeps_further_fields": "further keys are not said to be read",
    }

    def load(self, annotations_path, images_folder):
        return supervision.DetectionDataset.from_coco(images_directory_path=str(images_folder), annotations_path=str(annotations_path))
