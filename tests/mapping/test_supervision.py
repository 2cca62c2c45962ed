"""`ClassMapping.apply` on supervision's own objects; and that nothing else needs supervision."""

from __future__ import annotations

import copy
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from cocoproof.mapping import ClassIdError, ClassMapping, UnmappedClassError

sv = pytest.importorskip("supervision")

MAPPING = ClassMapping.from_names(
    source=["dog", "person", "sedan", "tree", "car"],
    target=["person", "car", "dog"],
    rename={"sedan": "car"},
    drop={"tree"},
)


def detections(class_ids: list[int], *, stale_names: bool = True) -> Any:
    count = len(class_ids)
    masks = np.zeros((count, 8, 9), bool)
    for place in range(count):
        masks[place, place, place : place + 2] = True
    data: dict[str, Any] = {
        "feature": np.arange(count * 2.0).reshape(count, 2),
        "note": [f"n{i}" for i in range(count)],
    }
    if stale_names:
        data["class_name"] = np.array(["stale"] * count)
    return sv.Detections(
        xyxy=np.arange(count * 4, dtype=np.float32).reshape(count, 4),
        mask=masks,
        confidence=np.linspace(0.1, 0.9, count),
        class_id=np.array(class_ids, np.int32),
        tracker_id=np.arange(count) + 100,
        data=data,
        metadata={"camera": ["left"]},
    )


@pytest.mark.parametrize("stale_names", [False, True])
@pytest.mark.parametrize("class_ids", [[0, 3, 1, 2, 4, 3], [0, 1, 2, 4], [3, 3]])
def test_detections(class_ids: list[int], stale_names: bool) -> None:
    given = detections(class_ids, stale_names=stale_names)
    before = copy.deepcopy(given)
    mapped = MAPPING.apply(given)
    kept = [place for place, number in enumerate(class_ids) if number != 3]
    by_hand = {0: (3, "dog"), 1: (1, "person"), 2: (2, "car"), 4: (2, "car")}
    expected = [by_hand[class_ids[place]] for place in kept]
    assert type(mapped) is sv.Detections
    assert mapped.class_id.tolist() == [number for number, _ in expected]
    assert mapped.data["class_name"].tolist() == [name for _, name in expected]
    assert mapped.data["class_name"].dtype.kind == "U"
    assert mapped.data["note"] == [f"n{place}" for place in kept]
    for name in ("xyxy", "mask", "confidence", "tracker_id"):
        assert np.array_equal(getattr(mapped, name), getattr(before, name)[kept])
    assert np.array_equal(mapped.data["feature"], before.data["feature"][kept])
    assert mapped.metadata == {"camera": ["left"]}
    assert given == before
    assert given.data.keys() == before.data.keys()


def test_the_result_shares_nothing_with_the_callers() -> None:
    for class_ids in ([0, 1], [0, 3, 1]):
        given = detections(class_ids)
        before = copy.deepcopy(given)
        mapped = MAPPING.apply(given)
        mapped.xyxy[:] = -1
        mapped.mask[:] = True
        mapped.class_id[:] = 99
        mapped.data["feature"][:] = -1
        mapped.data["more"] = np.zeros(2)
        mapped.data["note"].append("x")
        mapped.metadata["camera"].append("right")
        assert given == before
        assert given.metadata == {"camera": ["left"]}


def test_compact_masks_stay_compact_and_right() -> None:
    given = detections([0, 3, 1, 2]).to_compact_masks()
    mapped = MAPPING.apply(given)
    assert type(mapped.mask) is type(given.mask)
    assert np.array_equal(np.asarray(mapped.mask.to_dense()), np.asarray(given.mask.to_dense())[[0, 2, 3]])


def test_no_detections() -> None:
    for empty in (sv.Detections.empty(), sv.Detections(xyxy=np.empty((0, 4)))):
        mapped = MAPPING.apply(empty)
        assert len(mapped) == 0
        assert mapped.class_id.dtype == np.int64
        assert mapped is not empty
        assert "class_name" not in empty.data


def test_key_points() -> None:
    given = sv.KeyPoints(
        xy=np.arange(24, dtype=float).reshape(4, 3, 2),
        class_id=np.array([1, 3, 0, 2]),
        keypoint_confidence=np.linspace(0, 1, 12).reshape(4, 3),
        data={"class_name": np.array(["x"] * 4)},
    )
    before = copy.deepcopy(given)
    mapped = MAPPING.apply(given)
    assert mapped.class_id.tolist() == [1, 3, 2]
    assert mapped.data["class_name"].tolist() == ["person", "dog", "car"]
    assert np.array_equal(mapped.xy, before.xy[[0, 2, 3]])
    assert given == before


def test_errors_name_the_detection() -> None:
    with pytest.raises(UnmappedClassError) as caught:
        MAPPING.apply(detections([0, 1, 7]))
    assert (caught.value.class_id, caught.value.class_name, caught.value.detection) == (7, None, 2)
    given = detections([0, 1])
    given.class_id = None
    with pytest.raises(ClassIdError, match="the 2 detections have no class ids"):
        MAPPING.apply(given)


def test_the_package_imports_without_supervision_and_yaml() -> None:
    code = "import sys, cocoproof.mapping; print(sorted({'supervision', 'yaml', 'pycocotools'} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
