"""Whole documents: every defect in one pass, and ids made to hurt."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cocoproof.checking.check_file import check_source
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.readers.reload_run import ReloadMode
from cocoproof.reading.document import read
from cocoproof.reading.source import Source


def test_every_defect_in_one_pass() -> None:
    """The list of issue 2: one file, each defect with pointer, line and column, and sound rows still judged."""
    lines = [
        '{"images": [',
        '  {"id": 1, "width": 40, "height": 30, "file_name": "é.png"},',
        '  {"id": 2, "width": 40, "height": 30, "file_name": "b.png"}],',
        ' "annotations": [',
        '  {"id": 1, "image_id": 1, "category_id": 1, "bbox": [4, 5, 20, 16], "area": NaN, "iscrowd": 0},',
        '  {"id": 2, "image_id": 1, "category_id": 1, "bbox": [4, 5, 20, 16], "area": 320, "area": 321, "iscrowd": 0},',
        '  {"id": "3", "image_id": 2, "category_id": 1, "bbox": [4, 5, 20, 16], "area": 320, "iscrowd": 0},',
        '  {"id": true, "image_id": 2, "category_id": 1, "bbox": [4, 5, 20, 16], "area": 320, "iscrowd": 0},',
        '  {"id": 5.0, "image_id": 2, "category_id": 1, "bbox": [4, 5, 20, 16], "area": 320, "iscrowd": 0},',
        '  {"id": 6, "image_id": 2, "category_id": 1, "bbox": [4, 5, 20, 16], "area": 320, "iscrowd": 0, "é": 1, "segmentation": {"size": [30, 40], "counts": "PPP"}},',
        '  {"id": 7, "image_id": 2, "category_id": 1, "bbox": [4, 5, 20], "area": 320, "iscrowd": 0},',
        "  null,",
        '  {"id": 9, "image_id": 77, "category_id": 1, "bbox": [4, 5, 20, 16], "area": 320, "iscrowd": 0},',
        '  {"id": 10, "image_id": 2, "category_id": 1, "bbox": [4, 5, 0, 16], "area": 320, "iscrowd": 0}],',
        ' "categories": [{"id": 1, "name": "cat"}]}',
    ]
    wanted = {
        ("COCO006", "/annotations/0/area", "NaN"),
        ("COCO005", "/annotations/1/area", '"area": 321'),
        ("COCO103", "/annotations/2/id", '"3"'),
        ("COCO103", "/annotations/3/id", "true"),
        ("COCO103", "/annotations/4/id", "5.0"),
        ("COCO609", "/annotations/5/segmentation", None),
        ("COCO104", "/annotations/6/bbox", "[4, 5, 20]"),
        ("COCO103", "/annotations/7", "null"),
        ("COCO301", "/annotations/8/image_id", "77"),
        ("COCO501", "/annotations/9/bbox", "[4, 5, 0, 16]"),
    }
    report = check_source(Source("x", "\n".join(lines).encode()), CheckSettings(reload=ReloadMode.NEVER))
    for code, place, stands in wanted:
        found = [finding for finding in report.findings if finding.code == code and finding.pointer.startswith(place)]
        assert found, (code, place, [(finding.code, finding.pointer) for finding in report.findings])
        assert found[0].line is not None
        assert found[0].column is not None
        here = lines[found[0].line - 1][found[0].column - 1 :]
        assert stands is None or here.startswith(stands), (code, here)
    by_row = {
        finding.pointer.split("/")[2]: finding.annotation_id for finding in report.findings if finding.pointer.startswith("/annotations/")
    }
    assert {by_row["0"], by_row["2"], by_row["8"]} == {1, "3", 9}


def test_more_coordinates_than_the_text_promised() -> None:
    """Room is taken for six bytes a number; these take two."""
    rows = [{"id": k, "segmentation": [[k % 7] * 3000, [1] * 6]} for k in range(1, 9)]
    coco = read(Source("x", json.dumps({"images": [], "annotations": rows}, separators=(",", ":")).encode())).dataset
    assert coco is not None
    rings = coco.annotations.segmentation.rings
    assert [len(rings[k]) for k in range(16)] == [3000, 6] * 8
    assert [float(rings[2 * k][0]) for k in range(8)] == [(k + 1) % 7 for k in range(8)]
    assert float(rings.values.sum()) == sum(3000 * (k % 7) + 6 for k in range(1, 9))


def _ids(value: int) -> Any:
    return {
        "images": [{"id": value * k, "width": 1, "height": 1, "file_name": str(k)} for k in range(1, 3000)],
        "annotations": [],
        "categories": [],
    }


@pytest.mark.parametrize("step", [2**61 - 1, 2**62, 2**70, 10**30])
def test_ids_that_collide_or_are_huge(step: int) -> None:
    """Ids built to fall on one slot of a hash table cost no more than others, and are told apart."""
    document = read(Source("x", json.dumps(_ids(step)).encode()))
    assert document.dataset is not None
    codes = [defect.code for defect in document.defects]
    assert codes == ["COCO007"] * sum(step * k > 2**63 - 1 for k in range(1, 3000))
