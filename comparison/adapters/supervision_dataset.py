"""supervision: its loader, `DetectionDataset.from_coco`. It has no validator. Where there are image files, each is read, as training does."""

from pathlib import Path

import supervision as sv
from common import main


def report(job):
    folder = job.images or str(Path(job.path).parent)
    dataset = sv.DetectionDataset.from_coco(images_directory_path=folder, annotations_path=job.path)
    if job.images:
        for _ in dataset:
            pass
    return []


main(report)
