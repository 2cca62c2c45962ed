"""pycocotools: its loader, `COCO(file)`; of results `COCO(ground truth).loadRes(file)`. It has no validator."""

from common import main
from pycocotools.coco import COCO


def report(job):
    if job.kind == "results":
        COCO(job.truth).loadRes(job.path)
    else:
        COCO(job.path)
    return []


main(report)
