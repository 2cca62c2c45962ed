"""iNaturalist and Omni3D: sound files of theirs have no error, and what only looks like them is checked as any file."""

from __future__ import annotations

from typing import Any

import cocoproof
from cocoproof.model.dialects import Dialect

RANKS = dict.fromkeys(("kingdom", "phylum", "class", "order", "family", "genus"), "x")


def checked(document: Any) -> Any:
    return cocoproof.check(document, reload="never").files[0]


def errors(document: Any) -> set[str]:
    return {finding.code for finding in checked(document).findings if finding.severity is cocoproof.Severity.ERROR}


def inaturalist() -> dict[str, Any]:
    return {
        "info": {"year": 2019},
        "licenses": [{"id": 0, "name": "CC BY-NC 4.0", "url": ""}],
        "images": [{"id": k, "width": 800, "height": 600, "file_name": f"val/Plantae/{k}.jpg", "license": 0} for k in range(12)],
        "annotations": [{"id": k, "image_id": k, "category_id": k % 5} for k in range(12)],
        "categories": [{"id": k, "name": f"Species {'abcde'[k]}", "supercategory": "Plants", **RANKS} for k in range(5)],
    }


def omni3d() -> dict[str, Any]:
    seen = [700.1, 143.2, 810.2, 307.9]
    space = {"bbox3D_cam": [[0, 0, 1]] * 8, "center_cam": [1, 1, 8], "dimensions": [1, 2, 4], "R_cam": [[1, 0, 0], [0, 1, 0], [0, 0, 1]]}
    return {
        "info": {"name": "KITTI Train"},
        "images": [
            {"id": k, "width": 1242, "height": 375, "file_path": f"image_2/{k}.png", "K": [[7, 0, 6], [0, 7, 1], [0, 0, 1]]}
            for k in range(1, 13)
        ],
        "annotations": [
            {"id": k, "image_id": k, "category_id": 1, "valid3D": True, "bbox2D_tight": [-1] * 4, "bbox2D_proj": seen, **space}
            for k in range(1, 13)
        ],
        "categories": [{"id": 1, "name": "car", "supercategory": "vehicle"}],
    }


def test_labels_of_images() -> None:
    document = inaturalist()
    assert checked(document).dialects == (Dialect.INATURALIST,)
    assert errors(document) == set()


def test_lost_boxes_are_an_error_all_the_same() -> None:
    document = inaturalist()
    for row in document["categories"]:
        del row["genus"]
    assert checked(document).dialects == ()
    assert errors(document) >= {"COCO102", "COCO106", "COCO207"}


def test_boxes_of_an_early_inaturalist_file_are_checked() -> None:
    document = inaturalist()
    document["annotations"][3]["bbox"] = [0, 0, 9, 9]
    assert checked(document).dialects == ()
    assert "COCO102" in errors(document)


def test_boxes_in_space() -> None:
    document = omni3d()
    assert checked(document).dialects == (Dialect.OMNI3D,)
    assert errors(document) == set()
    document["annotations"][1]["category_id"] = 7
    assert errors(document) == {"COCO302"}


def test_half_of_a_box_in_space_is_none() -> None:
    document = omni3d()
    for row in document["annotations"]:
        del row["R_cam"]
    assert checked(document).dialects == ()
    assert errors(document) == {"COCO102", "COCO106"}
