"""Oriented boxes through an export: every corner comes back, by plain arithmetic and by our reader."""

from __future__ import annotations

import cmath
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given

from cocoproof import ClassMapping, ExportError, export_coco, export_results
from cocoproof.cli.main import run
from cocoproof.export import PlainDetections
from cocoproof.reading.document import read
from cocoproof.reading.source import Source
from cocoproof.roundtrip import LossKind, compare
from cocoproof.testing import strategies

from ..examples import round_trip

if TYPE_CHECKING:
    from pathlib import Path

    from cocoproof.testing.drawn import DrawnCase

DRAWN = strategies.cases(dataset=strategies.datasets(min_images=1, max_images=2, min_size=1, masks=False, oriented=True, data=False))
SQUARE = np.array([[30, 4], [44, 18], [30, 32], [16, 18]], float)
MAPPING = ClassMapping.from_names(["ship"])


def corners_of(numbers: list[float]) -> list[float]:
    """Four corners of centre, size and angle, by complex numbers."""
    if len(numbers) == 8:
        return numbers
    x, y, w, h, angle = numbers
    turn = cmath.exp(1j * angle)
    points = [complex(x, y) + turn * complex(a * w / 2, b * h / 2) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    return [number for point in points for number in (point.real, point.imag)]


def given_corners(case: DrawnCase, dataset: Any) -> list[list[float]]:
    """The corners of the detections whose class is not dropped, in the order of the export."""
    dropped = {row.id for row in case.mapping.classes if row.dropped}
    found = (dataset.annotations[path] for path in dataset.image_paths)
    return [
        own.data["xyxyxyxy"][place].ravel().tolist()
        for own in found
        for place in range(len(own))
        if int(own.class_id[place]) not in dropped
    ]


@round_trip
@given(DRAWN)
def test_corners_come_back(quick_folder: Path, case: DrawnCase) -> None:
    dataset = case.dataset.build(quick_folder / "images")
    path = export_coco(dataset, quick_folder / "out.json", mapping=case.mapping).path
    expected = given_corners(case, dataset)
    assert [row["obb"] for row in json.loads(path.read_text(encoding="utf-8"))["annotations"]] == expected
    columns = read(Source(str(path), path.read_bytes())).dataset
    assert columns is not None
    assert columns.oriented is None if not expected else columns.oriented.corners.reshape(-1, 8).tolist() == expected
    assert compare(dataset, path, mapping=case.mapping, via="own").losses == ()


@round_trip
@given(DRAWN)
def test_centre_size_and_angle_are_the_same_corners(quick_folder: Path, case: DrawnCase) -> None:
    dataset = case.dataset.build(quick_folder / "images")
    path = export_coco(dataset, quick_folder / "out.json", mapping=case.mapping, oriented_boxes="centre").path
    expected = given_corners(case, dataset)
    rows = json.loads(path.read_text(encoding="utf-8"))["annotations"]
    assert all(len(row["obb"]) == 5 for row in rows)
    # The order of the corners is kept: the angle is that of the first edge.
    assert [corners_of(row["obb"]) for row in rows] == [pytest.approx(one, abs=1e-9) for one in expected]
    assert [loss for loss in compare(dataset, path, mapping=case.mapping, via="own").losses if loss.kind is LossKind.ORIENTED_BOX] == []


def one(corners: np.ndarray, **columns: Any) -> list[Any]:
    box = np.array([[*corners.min(axis=0), *corners.max(axis=0)]])
    return [(("1.jpg", (64, 48)), PlainDetections(box, np.zeros(1, int), data={"xyxyxyxy": corners[None]}, **columns))]


def test_results_have_them_too(tmp_path: Path) -> None:
    export_coco(one(SQUARE), tmp_path / "gt.json", mapping=MAPPING, verify=True)
    for style, expected in (("corners", SQUARE.ravel().tolist()), ("centre", [30, 18, 14 * 2**0.5, 14 * 2**0.5, np.pi / 4])):
        out = tmp_path / f"{style}.json"
        export_results(
            one(SQUARE, confidence=np.array([0.5])), out, mapping=MAPPING, gt=tmp_path / "gt.json", verify=True, oriented_boxes=style
        )
        (row,) = json.loads(out.read_text(encoding="utf-8"))
        assert row["obb"] == pytest.approx(expected)
        assert row["bbox"] == [16, 4, 28, 28]


def test_a_change_of_the_angle_is_a_loss(tmp_path: Path) -> None:
    path = export_coco(one(SQUARE), tmp_path / "a.json", mapping=MAPPING, oriented_boxes="centre").path
    document = json.loads(path.read_text(encoding="utf-8"))
    for place, by in ((4, 1e-5), (2, 1e-4), (0, 1e-4)):
        changed = json.loads(json.dumps(document))
        changed["annotations"][0]["obb"][place] += by
        path.write_text(json.dumps(changed), encoding="utf-8")
        assert {loss.kind for loss in compare(one(SQUARE), path, mapping=MAPPING, via="own").losses} == {LossKind.ORIENTED_BOX}


def test_free_quadrilaterals_have_no_angle(tmp_path: Path) -> None:
    free = SQUARE + np.array([[0, 0], [0, 0], [0, 9], [0, 0]])
    with pytest.raises(ExportError, match="off a rectangle"):
        export_coco(one(free), tmp_path / "a.json", mapping=MAPPING, oriented_boxes="centre")
    assert export_coco(one(free), tmp_path / "a.json", mapping=MAPPING).path.exists()


def test_another_style_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="oriented_boxes"):
        export_coco(one(SQUARE), tmp_path / "a.json", mapping=MAPPING, oriented_boxes="degrees")  # type: ignore[arg-type]


def test_the_command_writes_angles(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    detections = [{"class": "ship", "obb": SQUARE.ravel().tolist()}]
    row = {"file_name": "1.jpg", "width": 64, "height": 48, "detections": detections}
    (tmp_path / "a.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    arguments = ["export", "jsonl", str(tmp_path / "a.jsonl"), str(tmp_path / "out.json"), "--classes", "ship"]
    assert run([*arguments, "--oriented-boxes", "centre"]) == 0, capsys.readouterr()
    (found,) = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["annotations"]
    assert found["obb"] == pytest.approx([30, 18, 14 * 2**0.5, 14 * 2**0.5, np.pi / 4])
