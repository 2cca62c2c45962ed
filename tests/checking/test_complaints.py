"""Files and results that loaded, and were of no use: what is reported of each.

Users described these defects in public issues. Each file here has one of them, and the rest of it is correct: the findings of severity error and
warning are those of the defect, and no others.
"""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import pytest

from cocoproof import check
from cocoproof.model.findings import Severity
from cocoproof.rules.examples import GONE, captions, dataset, lvis

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("cat", "dog", "bird")


def truth() -> dict[str, Any]:
    """30 images with three objects each, of three classes."""
    dice = random.Random(1)  # noqa: S311
    boxes = [[dice.randint(0, 400), dice.randint(0, 300), dice.randint(40, 200), dice.randint(40, 150)] for _ in range(90)]
    rows = [
        {"id": k, "image_id": 1 + k // 3 % 30, "category_id": 1 + k % 3, "bbox": box, "area": box[2] * box[3], "iscrowd": 0}
        for k, box in enumerate(boxes, 1)
    ]
    return dataset([]) | {
        "licenses": [],
        "images": [{"id": k, "width": 640, "height": 480, "file_name": f"{k}.jpg"} for k in range(1, 31)],
        "annotations": rows,
        "categories": [{"id": k, "name": name} for k, name in enumerate(NAMES, 1)],
    }


def results(**changes: Any) -> list[dict[str, Any]]:
    """A detection of each object, with its fields changed by functions of the row."""
    dice = random.Random(2)  # noqa: S311
    rows = [
        {"image_id": row["image_id"], "category_id": row["category_id"], "bbox": row["bbox"], "score": round(dice.uniform(0.3, 1), 3)}
        for row in truth()["annotations"]
    ]
    return [row | {name: change(row) for name, change in changes.items()} for row in rows]


def changed(**sections: Any) -> dict[str, Any]:
    return truth() | sections


def numbered(ids: dict[int, int]) -> dict[str, Any]:
    """Other category ids."""
    rows = [row | {"category_id": ids.get(row["category_id"], row["category_id"])} for row in truth()["annotations"]]
    categories = [row | {"id": ids.get(row["id"], row["id"])} for row in truth()["categories"]]
    return changed(annotations=rows, categories=sorted(categories, key=lambda row: row["id"]))


def boxes_as_masks() -> dict[str, Any]:
    rows = truth()["annotations"]
    for row in rows:
        x, y, width, height = row["bbox"]
        row["segmentation"] = [[x, y, x + width, y, x + width, y + height, x, y + height]]
    return changed(annotations=rows)


def named(*names: str) -> dict[str, Any]:
    return changed(categories=[{"id": k, "name": name} for k, name in enumerate(names, 1)])


FILES: dict[str, tuple[Any, dict[str, int]]] = {
    "an export without annotations and categories": (changed(annotations=[], categories=[]), {"COCO306": 1}),
    "an export without annotations": (changed(annotations=[]), {"COCO306": 1}),
    "a category id that readers allocate memory for": (numbered({3: 74673216}), {"COCO404": 1, "COCO412": 1}),
    "masks that are filled boxes": (boxes_as_masks(), {}),
    "names with white space around them": (named("person ", "dog\n", "bird"), {"COCO212": 2}),
    "one box under two classes": (
        changed(annotations=[*truth()["annotations"], truth()["annotations"][0] | {"id": 91, "category_id": 3}]),
        {"COCO211": 1},
    ),
    "captions without text": (captions([{"caption": ""}, {"caption": " "}]), {"COCO213": 2}),
    "category ids that are strings in the annotations alone": (
        changed(annotations=[row | {"category_id": str(row["category_id"])} for row in truth()["annotations"]]),
        {"COCO103": 1},
    ),
    "ids and flags of other types throughout": (
        changed(
            images=[row | {"id": f"image {row['id']}"} for row in truth()["images"]],
            annotations=[
                row | {"image_id": f"image {row['image_id']}", "iscrowd": 0.0, "id": str(row["id"])} for row in truth()["annotations"]
            ],
        ),
        {"COCO103": 3},
    ),
    "LVIS without neg_category_ids": (lvis(images=[{"neg_category_ids": GONE}]), {"COCO931": 1}),
    "LVIS with a wrong image_count": (lvis(categories=[{"image_count": 5}, {}]), {"COCO932": 1}),
    "LVIS with the frequency q": (lvis(categories=[{"frequency": "q"}, {}]), {"COCO931": 1}),
    "LVIS with a category that is annotated and negative": (lvis([{"category_id": 2}]), {"COCO933": 1}),
}


def errors_and_warnings(found: Any) -> dict[str, int]:
    counts: dict[str, int] = {}
    for finding in found.findings:
        if finding.severity is not Severity.NOTE:
            counts[finding.code] = counts.get(finding.code, 0) + 1
    return counts


@pytest.mark.parametrize("complaint", FILES)
def test_files(complaint: str) -> None:
    document, expected = FILES[complaint]
    assert errors_and_warnings(check(document, reload="never")) == expected


def test_the_files_are_correct_otherwise() -> None:
    for document in (truth(), lvis(), captions([{}, {}])):
        assert errors_and_warnings(check(document, reload="never")) == {}


def test_masks_that_are_boxes_are_a_note() -> None:
    report = check(boxes_as_masks(), reload="never")
    assert [finding.message for finding in report.findings] == ["90 of 90 masks are rectangles equal to their boxes"]


RESULTS: dict[str, tuple[Any, dict[str, int]]] = {
    "classes shifted by one": (results(category_id=lambda row: row["category_id"] % 3 + 1), {"COCO916": 1}),
    "boxes at half scale": (results(bbox=lambda row: [side / 2 for side in row["bbox"]]), {"COCO917": 1}),
    "results for one of thirty images": ([row for row in results() if row["image_id"] == 7] * 4, {"COCO918": 1}),
    "results that are right": (results(), {}),
}


@pytest.mark.parametrize("complaint", RESULTS)
def test_results(complaint: str, tmp_path: Path) -> None:
    rows, expected = RESULTS[complaint]
    path = tmp_path / "gt.json"
    path.write_text(json.dumps(truth()))
    assert errors_and_warnings(check(rows, gt=path, reload="never")) == expected


def test_a_misspelt_class_needs_a_class_list(tmp_path: Path) -> None:
    """Loaders that select categories by name drop a misspelt one, and number the others anew."""
    path = tmp_path / "classes.txt"
    path.write_text("\n".join(NAMES))
    document = named("cat", "dgo", "bird")
    assert errors_and_warnings(check(document, reload="never")) == {}
    report = check(document, categories=path, reload="never")
    assert errors_and_warnings(report) == {"COCO402": 1, "COCO403": 1}
    assert 'is category 2, "dgo", meant to be it?' in report.findings[0].message
