"""COCO-WholeBody, CrowdPose and Halpe files in xtcocotools, whose evaluation is that of their benchmarks. It is not in the test extra.

Its wheels are built for numpy 1: `pip install 'numpy<2' xtcocotools`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cocoproof import check

pytestmark = pytest.mark.consumers

ACCEPT = Path(__file__).parents[2] / "fixtures" / "accept"
PARTS = ("foot_kpts", "face_kpts", "lefthand_kpts", "righthand_kpts")


def _results(document: Any) -> list[dict[str, Any]]:
    """The annotations as perfect predictions."""
    names = ("image_id", "category_id", "keypoints", *PARTS)
    return [{name: row[name] for name in names if name in row} | {"score": 1.0} for row in document["annotations"]]


def _average_precision(truth: Path, results: Path, kind: str, points: int, *, use_area: bool) -> float:
    cocoeval = pytest.importorskip("xtcocotools.cocoeval")
    coco = pytest.importorskip("xtcocotools.coco").COCO(str(truth))
    evaluation = cocoeval.COCOeval(coco, coco.loadRes(str(results)), kind, np.full(points, 0.05), use_area)
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    return float(evaluation.stats[0])


@pytest.mark.parametrize(
    ("name", "kind", "use_area"),
    [
        ("whole_body", "keypoints", True),
        ("whole_body", "keypoints_wholebody", True),
        ("whole_body", "keypoints_foot", True),
        ("crowd_pose", "keypoints_crowd", False),
        ("halpe", "keypoints", True),
    ],
)
def test_a_sound_file_evaluates_against_itself(name: str, kind: str, use_area: bool, tmp_path: Path) -> None:
    truth = ACCEPT / f"keypoints_{name}.json"
    document = json.loads(truth.read_text(encoding="utf-8"))
    first = document["annotations"][0]
    fields = {"keypoints_wholebody": ("keypoints", *PARTS), "keypoints_foot": ("foot_kpts",)}
    points = sum(len(first[field]) for field in fields.get(kind, ("keypoints",))) // 3
    results = tmp_path / "results.json"
    results.write_text(json.dumps(_results(document)), encoding="utf-8")
    assert _average_precision(truth, results, kind, points, use_area=use_area) == pytest.approx(1)
    assert check(results, gt=truth, reload="never").files[0].summary.errors == 0


def test_a_foot_of_another_length_is_an_error_in_both(tmp_path: Path) -> None:
    document = json.loads((ACCEPT / "keypoints_whole_body.json").read_text(encoding="utf-8"))
    results = tmp_path / "results.json"
    results.write_text(json.dumps(_results(document)), encoding="utf-8")
    for row in document["annotations"]:
        row["foot_kpts"] = row["foot_kpts"][:15]
    truth = tmp_path / "truth.json"
    truth.write_text(json.dumps(document), encoding="utf-8")
    assert {finding.code for finding in check(truth, reload="never").files[0].findings} >= {"COCO711"}
    with pytest.raises(ValueError, match="broadcast"):
        _average_precision(truth, results, "keypoints_foot", 6, use_area=True)
