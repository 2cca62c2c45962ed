"""COCO-WholeBody, CrowdPose, Halpe and DensePose: what is recognised, and what rules of other files are not for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

import cocoproof
from cocoproof.model.dialects import Dialect
from cocoproof.rules.examples import GONE, crowd_pose, dense_pose, keypoint_dataset, whole_body

ROOT = Path(__file__).parents[2]
CROWD_POSE_SKELETON = [[16, 14], [14, 12], [17, 15], [15, 13], [12, 13], [6, 12], [7, 13], [6, 7], [6, 8], [7, 9], [8, 10], [9, 11]]


def checked(document: Any) -> Any:
    return cocoproof.check(document, reload="never").files[0]


def found(document: Any, *codes: str) -> list[str]:
    return [finding.code for finding in checked(document).findings if not codes or finding.code in codes]


def halpe(keypoints: int, **person: Any) -> Any:
    person = {"keypoints": [6, 7, 2] * keypoints, "num_keypoints": 17, **person}
    return keypoint_dataset([person], categories=[{"keypoints": [], "skeleton": []}])


def fourteen(v: list[int], **category: Any) -> Any:
    names = [f"point {k}" for k in range(14)]
    document = crowd_pose([{"keypoints": [number for k in v for number in ((6, 7, k) if k else (0, 0, 0))]}])
    document["categories"][0] |= {"keypoints": names, "skeleton": CROWD_POSE_SKELETON, **category}
    return document


@pytest.mark.parametrize(
    ("document", "dialect"),
    [
        (whole_body(), Dialect.WHOLE_BODY),
        (crowd_pose(), Dialect.CROWD_POSE),
        (dense_pose(), Dialect.DENSE_POSE),
        (halpe(136), Dialect.HALPE),
        (halpe(26), Dialect.HALPE),
    ],
)
def test_dialects_are_recognised(document: Any, dialect: Dialect) -> None:
    assert checked(document).dialects == (dialect,)
    assert not [finding for finding in checked(document).findings if finding.severity is cocoproof.Severity.ERROR]


def test_other_keypoint_files_are_none() -> None:
    assert checked(keypoint_dataset()).dialects == ()
    assert checked(halpe(17)).dialects == ()
    assert found(halpe(17), "COCO707") == ["COCO707"]


def test_numbers_for_68_points_of_a_face() -> None:
    (finding,) = checked(whole_body([{"face_kpts": list(range(10))}])).findings
    assert (finding.code, finding.pointer) == ("COCO711", "/annotations/0/face_kpts")
    assert "10 numbers" in finding.message
    assert "68" in finding.message


def test_parts_of_crowds_may_be_anything() -> None:
    assert found(whole_body([{"face_valid": True, "iscrowd": 1}]), "COCO712") == []


def test_areas_are_those_of_boxes_in_crowd_pose() -> None:
    assert found(crowd_pose([{"area": GONE}]), "COCO106") == []
    assert found(keypoint_dataset([{"area": GONE}]), "COCO106") == ["COCO106"]
    assert found(crowd_pose([{"iscrowd": GONE}]), "COCO106") == ["COCO106"]


def test_head_and_neck_may_be_left_out_of_the_count() -> None:
    v = [2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]
    for count, wrong in ((2, False), (4, False), (3, True), (0, True)):
        document = fourteen(v)
        document["annotations"][0]["num_keypoints"] = count
        assert found(document, "COCO702") == ["COCO702"] * wrong, count


def test_the_skeleton_of_the_official_files() -> None:
    assert found(fourteen([0] * 14), "COCO705") == []
    assert found(fourteen([0] * 14, skeleton=[[15, 14]]), "COCO705") == ["COCO705"]
    document = fourteen([0] * 14)
    del document["images"][0]["crowdIndex"]
    assert found(document, "COCO705") == ["COCO705"]


@pytest.mark.parametrize(("u", "accepted"), [([0, 1, 0.5], True), ([-0.01, 1.02, 0.5], True), ([0.5, 0.5, 128], False)])
def test_u_may_miss_its_range_by_a_little(u: list[float], accepted: bool) -> None:
    assert found(dense_pose([{"dp_U": u}]), "COCO714") == ([] if accepted else ["COCO714"])


@pytest.mark.parametrize(
    ("name", "example", "broken"),
    [
        ("whole_body", "keypoints_whole_body", whole_body([{"face_kpts": [1, 2]}])),
        ("crowd_pose", "keypoints_crowd_pose", crowd_pose(images=[{"crowdIndex": 33}])),
        ("dense_pose", "keypoints_dense_pose", dense_pose([{"dp_I": [25.0, 1, 2]}])),
    ],
)
def test_schemas(name: str, example: str, broken: Any) -> None:
    schemas = [json.loads(path.read_text(encoding="utf-8")) for path in (ROOT / "schemas").rglob("*.json")]
    resources: list[tuple[str, Any]] = [(schema["$id"], Resource.from_contents(schema)) for schema in schemas if "$id" in schema]
    schema = json.loads((ROOT / "schemas" / "dialects" / f"{name}.json").read_text(encoding="utf-8"))
    validator = Draft202012Validator(schema, registry=Registry().with_resources(resources))
    validator.validate(json.loads((ROOT / "fixtures" / "accept" / f"{example}.json").read_text(encoding="utf-8")))
    assert not validator.is_valid(broken)
