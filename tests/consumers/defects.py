"""One document for each rule that claims of several consumers are about."""

from __future__ import annotations

from typing import Any

from cocoproof.rules.examples import GONE, dataset, keypoint_dataset

from .claims import GONE_PICTURE

__all__ = ["DEFECTS"]

TWO = [{}, {"category_id": 2}]
RUNS = {"size": [24, 64], "counts": [100, 20, 24 * 64 - 120]}


def _renumbered(first: int, second: int) -> Any:
    return dataset([{"category_id": first}, {"category_id": second}], categories=[{"id": first}, {"id": second}])


DEFECTS: dict[str, Any] = {
    "COCO106": dataset([{"area": GONE, "iscrowd": GONE}]),
    "COCO107": dataset(document={"info": GONE, "licenses": GONE}),
    "COCO201": dataset([{}, {}], images=[{}, {"id": 1}]),
    "COCO202": dataset([{"bbox": [40, 20, 8, 8], "segmentation": [], "area": 64}, {"id": 1}]),
    "COCO204": dataset(TWO, categories=[{}, {"name": "cat"}]),
    "COCO205": dataset([{}, {"image_id": 2}], images=[{}, {"file_name": "1.jpg"}]),
    "COCO207": dataset([{"id": 0}, {}]),
    "COCO301": dataset([{}, {"image_id": 7}]),
    "COCO302": dataset([{"category_id": 7}]),
    "COCO303": dataset(images=[{"license": 9}]),
    "COCO306": dataset([]),
    "COCO404": _renumbered(1, 3),
    "COCO405": dataset(TWO, categories=[{"id": 2}, {"id": 1}]),
    "COCO406": _renumbered(5, 6),
    "COCO410": _renumbered(0, 1),
    "COCO412": dataset([{"category_id": 74673216}], categories=[{"id": 74673216}]),
    "COCO501": dataset([{"bbox": [4, 5, 0, 16]}]),
    "COCO502": dataset([{"bbox": [-3, 5, 20, 16]}]),
    "COCO506": dataset([{"area": 77}]),
    "COCO507": dataset([{"area": 0}]),
    "COCO601": dataset([{"segmentation": [[4, 5, 24, 5, 24, 21, 4]]}]),
    "COCO602": dataset([{"segmentation": [[4, 5, 24, 5]]}]),
    "COCO606": dataset([{"segmentation": []}]),
    "COCO607": dataset([{}, {"segmentation": RUNS}]),
    "COCO701": keypoint_dataset([{"keypoints": [6, 7, 2, 10]}]),
    "COCO703": keypoint_dataset([{"keypoints": [6, 7, 3, 10, 12, 1, 0, 0, 0]}]),
    "COCO801": dataset(images=[{"file_name": GONE_PICTURE}]),
    "COCO805": dataset(images=[{"file_name": "../1.jpg"}]),
}
"""Images are 64 x 48 px, and categories are cat, dog, ..."""
