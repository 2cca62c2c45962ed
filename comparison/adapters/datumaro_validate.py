"""datumaro: what `datum validate` does. The file is imported as `coco`, and validated for detection and for segmentation."""

import json
import shutil
from pathlib import Path

from common import Message, main
from datumaro.components.dataset import Dataset
from datumaro.plugins.validators import DetectionValidator, SegmentationValidator

NAMES = {"keypoints": "person_keypoints", "captions": "captions", "panoptic": "panoptic", "image_info": "image_info"}


def report(job):
    root = Path(job.path).parent / "datumaro"
    prefix = NAMES.get(job.kind, "instances")
    (root / "annotations").mkdir(parents=True)
    splits = {"val": job.path, **({"train": job.earlier} if job.earlier else {})}
    for split, path in splits.items():
        shutil.copy(path, root / "annotations" / f"{prefix}_{split}.json")
        (root / "images" / split).mkdir(parents=True)  # the importer refuses a dataset without the folder
    if job.images:
        shutil.copytree(job.images, root / "images" / "val", dirs_exist_ok=True)
    if job.panoptic:
        shutil.copytree(job.panoptic, root / "annotations" / f"{prefix}_val")
    dataset = Dataset.import_from(str(root), "coco")
    dataset.init_cache()
    for item in dataset:  # where there are image files, each is read
        if job.images and item.media is not None:
            _ = item.media.data
    for validator in validators(job):
        for row in json.loads(json.dumps(validator(**defaults(validator)).validate(dataset)["validation_reports"], default=str)):
            yield Message(row["anomaly_type"], row["severity"], f"{row['description']} {row.get('item_id', '')}".strip())


def validators(job):
    if job.kind in ("captions", "image_info"):
        return []
    if job.kind == "panoptic":
        return [SegmentationValidator]
    return [DetectionValidator, SegmentationValidator] if job.masks else [DetectionValidator]


def defaults(validator):
    """The options of `datum validate`, as its command line has them by default."""
    return validator.parse_cmdline([])


main(report)
