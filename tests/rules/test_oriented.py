"""Rules about oriented boxes, beyond their examples: conventions of angles, tolerances, and one finding for one cause."""

from __future__ import annotations

import math
from typing import Any

import pytest

import cocoproof
from cocoproof.model.dialects import Dialect
from cocoproof.reading.document import read
from cocoproof.reading.source import read_document
from cocoproof.rules.examples import GONE, dataset, results

Json = dict[str, Any]
IMAGE = [{"width": 400, "height": 300}]


def corners(cx: float, cy: float, w: float, h: float, degrees: float) -> list[float]:
    """The corners of a turned box, by complex numbers: clockwise in an image, whose y axis points down."""
    turn = complex(math.cos(math.radians(degrees)), math.sin(math.radians(degrees)))
    points = [complex(cx, cy) + turn * complex(x * w / 2, y * h / 2) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    return [number for point in points for number in (point.real, point.imag)]


def envelope(flat: list[float]) -> list[float]:
    x, y = min(flat[::2]), min(flat[1::2])
    return [x, y, max(flat[::2]) - x, max(flat[1::2]) - y]


BOXES = [(60 + 22 * k, 60 + 15 * k, 40 + 3 * k, 12 + k, -80 + 17.0 * k) for k in range(10)]
"""Centre, size and angle in degrees, clockwise."""


def row(k: int, angle: float, *, key: str = "obb", mask: bool = True, box: bool = True) -> Json:
    """A row of box k, whose angle is written as given, with the corners in `segmentation` and their envelope in `bbox`."""
    flat = corners(*BOXES[k])
    cx, cy, w, h, _ = BOXES[k]
    out: Json = {key: [cx, cy, w, h, angle], "area": w * h, "segmentation": [flat] if mask else GONE}
    return out | ({"bbox": envelope(flat)} if box else {})


def document(rows: list[Json], **info: str) -> Json:
    return dataset(rows, images=IMAGE, categories=[{}], document={"info": info})


def findings(given: Any, *codes: str) -> list[tuple[str, str]]:
    report = cocoproof.check(given, reload="never", select=codes or ("COCO95",)).files[0]
    return [(finding.code, finding.pointer) for finding in report.findings]


def said(given: Any) -> str:
    (finding,) = cocoproof.check(given, reload="never", select=["COCO95"]).files[0].findings
    return finding.message


def oriented(given: Any) -> Any:
    dataset_ = read(read_document(given)).dataset
    assert dataset_ is not None
    return dataset_.oriented


UNITS = {"radians": math.radians, "degrees": float}
WAYS = {"clockwise": 1, "counter-clockwise": -1}


@pytest.mark.parametrize("key", ["obb", "rotated_bbox", "rbox"])
@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("way", WAYS)
def test_polygons_show_unit_and_direction(unit: str, way: str, key: str) -> None:
    given = document([row(k, UNITS[unit](WAYS[way] * BOXES[k][4]), key=key) for k in range(10)])
    found = oriented(given)
    assert (found.convention.meaning.unit, found.convention.meaning.direction) == (unit, way)
    for k in range(10):
        assert found.corners[k].ravel().tolist() == pytest.approx(corners(*BOXES[k]))
    # Only hotcoco's `obb` has a convention that the file could break.
    broken = key == "obb" and (unit, way) != ("radians", "clockwise")
    assert findings(given) == ([("COCO955", "/annotations/0/obb")] if broken else [])


@pytest.mark.parametrize("unit", UNITS)
def test_envelopes_show_the_unit_alone(unit: str) -> None:
    given = document([row(k, UNITS[unit](-BOXES[k][4]), key="rotated_bbox", mask=False) for k in range(10)])
    convention = oriented(given).convention
    assert (convention.meaning.unit, convention.unit_grounds.value) == (unit, "shown")
    assert convention.direction_grounds.value == "assumed"
    assert findings(given) == []


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("from_corner", [False, True])
def test_boxes_of_five_numbers(unit: str, way: str, from_corner: bool) -> None:
    rows = []
    for k, (cx, cy, w, h, angle) in enumerate(BOXES):
        x, y = (cx - w / 2, cy - h / 2) if from_corner else (cx, cy)
        rows.append({"bbox": [x, y, w, h, UNITS[unit](WAYS[way] * angle)], "area": w * h, "segmentation": [corners(*BOXES[k])]})
    given = document(rows)
    report = cocoproof.check(given, reload="never").files[0]
    assert report.kind_name == "instances + oriented boxes"
    assert [finding.code for finding in report.findings if finding.severity is not cocoproof.Severity.NOTE] == []
    meaning = oriented(given).convention.meaning
    assert (meaning.unit, meaning.direction, meaning.from_corner) == (unit, way, from_corner)
    columns = read(read_document(given)).dataset
    assert columns is not None
    for k in range(10):
        assert columns.annotations.bbox.floats[k].tolist() == pytest.approx(envelope(corners(*BOXES[k])))


def test_five_numbers_without_polygons_are_detectron2s() -> None:
    given = document([{"bbox": [*BOXES[k][:4], -BOXES[k][4]], "area": BOXES[k][2] * BOXES[k][3], "segmentation": GONE} for k in range(10)])
    report = cocoproof.check(given, reload="auto").files[0]
    assert {finding.code for finding in report.findings if finding.severity is not cocoproof.Severity.NOTE} == set()
    assert oriented(given).corners[3].ravel().tolist() == pytest.approx(corners(*BOXES[3]))


def test_a_score_behind_a_coco_box_is_no_angle() -> None:
    rows = [{"bbox": [4 + 3 * k, 5 + 2 * k, 20, 16, 0.5]} for k in range(3)]
    assert findings(dataset(rows), "COCO104", "COCO95") == [("COCO104", f"/annotations/{k}/bbox") for k in range(3)]


def test_a_lost_rotation_is_not_taken_for_small_degrees() -> None:
    rows = [row(k, math.radians(BOXES[k][4]), mask=False) for k in range(10)]
    for one in rows:
        cx, cy, w, h, _ = one["obb"]
        one["bbox"] = [cx - w / 2, cy - h / 2, w, h]
    assert findings(document(rows)) == [("COCO953", "/annotations/0/bbox")]
    assert "10 of 10" in said(document(rows))
    assert oriented(document(rows)).convention.meaning.unit == "radians"


def test_one_row_of_another_unit() -> None:
    rows = [row(k, math.radians(BOXES[k][4]), mask=False) for k in range(10)]
    rows[2]["obb"][4] = BOXES[2][4]
    assert findings(document(rows)) == [("COCO955", "/annotations/2/obb")]


def test_what_the_file_states_is_compared_with_what_it_shows() -> None:
    rows = [row(k, BOXES[k][4]) for k in range(10)]
    assert findings(document(rows, angle_unit="degrees")) == []
    assert "info states radians" in said(document(rows, angle_unit="radians"))


@pytest.mark.parametrize(
    ("version", "wrong"),
    [("le90", []), ("le135", [0, 1, 2]), ("opencv", [0, 1, 2, 3, 4]), ("oc", [0, 1, 2, 3, 4]), ("opencv-old", [5, 6, 7, 8, 9])],
)
def test_ranges_of_angles(version: str, wrong: list[int]) -> None:
    assert [k for k in range(10) if BOXES[k][4] < -45] == [0, 1, 2]
    given = document([row(k, BOXES[k][4]) for k in range(10)], angle_unit="degrees", angle_version=version)
    assert findings(given) == [("COCO955", f"/annotations/{k}/obb") for k in wrong]


@pytest.mark.parametrize(
    ("version", "inside", "outside"),
    [("opencv", 90, 0), ("opencv-old", 0, 1), ("opencv-old", -90, -91), ("le90", -90, 90), ("le135", -45, 135)],
)
def test_ends_of_ranges(version: str, inside: float, outside: float) -> None:
    for angle, wrong in ((inside, 0), (outside, 1)):
        given = document(
            [{"obb": [60, 60, 40, 12, angle], "bbox": GONE, "segmentation": GONE}], angle_unit="degrees", angle_version=version
        )
        assert len(findings(given, "COCO955")) == wrong


def test_nothing_shows_the_unit() -> None:
    given = document([{"rotated_bbox": [60, 60, 40, 12, 0.5], "bbox": GONE, "segmentation": GONE}])
    (rule,) = cocoproof.check(given, reload="never", select=["COCO955"]).files[0].rules
    assert (rule.verdict.value, rule.reason) == ("skipped", "nothing shows or states the unit of the angles")


@pytest.mark.parametrize(("off", "wrong"), [(2.3, False), (2.9, True)])
def test_the_tolerance_of_rectangles(off: float, wrong: bool) -> None:
    # A corner that moves along the diagonal moves its midpoint by half of that, and the diagonals differ by all of it.
    flat = [50, 50, 100, 50, 100, 90, 50, 90]
    flat[4] += 2 * off * 50 / math.hypot(50, 40)
    flat[5] += 2 * off * 40 / math.hypot(50, 40)
    given = document([{"obb": flat, "bbox": envelope(flat), "area": 2000, "segmentation": GONE}])
    assert findings(given, "COCO952") == ([("COCO952", "/annotations/0/obb")] if wrong else [])


def test_free_quadrilaterals_are_one_finding() -> None:
    flat = [30, 4, 44, 18, 30, 40, 16, 18]
    rows = [
        {"obb": [number + k for number in flat], "bbox": envelope([number + k for number in flat]), "area": 500, "segmentation": GONE}
        for k in range(12)
    ]
    assert findings(document(rows)) == [("COCO952", "/annotations/0/obb")]
    assert findings(document(rows[:9])) == [("COCO952", f"/annotations/{k}/obb") for k in range(9)]


def test_the_envelope_may_end_at_the_image() -> None:
    flat = corners(10, 10, 40, 20, 30)
    x, y, w, h = envelope(flat)
    clipped = [0, 0, x + w, y + h]
    for box, wrong in ((clipped, 0), ([x, y, w, h], 0), ([0, 0, x + w, y + h - 3], 1)):
        given = document([{"obb": flat, "bbox": box, "area": 800, "segmentation": GONE}])
        assert len(findings(given, "COCO953")) == wrong


def test_a_wrong_box_beside_polygon_and_oriented_box_is_one_finding() -> None:
    rows = [row(0, math.radians(BOXES[0][4])) | {"bbox": [10, 10, 30, 30], "area": 520}]
    assert findings(document(rows), "COCO508", "COCO95") == [("COCO953", "/annotations/0/bbox")]


def test_areas_of_oriented_boxes_are_right() -> None:
    given = document([row(k, math.radians(BOXES[k][4]), mask=False) for k in range(10)])
    assert findings(given, "COCO506") == []
    del given["annotations"][0]["obb"]
    assert findings(given, "COCO506") == [("COCO506", "/annotations/0/area")]


class TestRotations:
    """A `rotation` beside `bbox`: CVAT's is about the centre, Label Studio's about the top left corner."""

    @staticmethod
    def cvat(angle: float, **changes: Any) -> Json:
        return {"bbox": [50, 60, 40, 20], "area": 800, "segmentation": [], "attributes": {"occluded": False, "rotation": angle}, **changes}

    def test_zeros_are_no_dialect(self) -> None:
        assert oriented(document([self.cvat(0.0)] * 3)) is None
        assert cocoproof.check(document([self.cvat(0.0)] * 3), reload="never").files[0].dialects == ()

    def test_one_rotation_among_many_rows(self) -> None:
        given = document([self.cvat(0.0) for _ in range(1000)])
        given["annotations"][777]["attributes"]["rotation"] = 33.3
        assert cocoproof.check(given, reload="never").files[0].dialects == (Dialect.ORIENTED_BOXES,)
        assert findings(given) == [("COCO956", "/annotations/777/attributes/rotation")]

    @pytest.mark.parametrize(("angle", "seen"), [(180, False), (360, False), (90, True), (-45, True), (0.01, False)])
    def test_only_rotations_that_change_the_box(self, angle: float, seen: bool) -> None:
        assert bool(findings(document([self.cvat(angle), self.cvat(0)]))) is seen

    def test_they_turn_clockwise_about_the_centre(self) -> None:
        found = oriented(document([self.cvat(30)]))
        assert found.corners[0].ravel().tolist() == pytest.approx(corners(70, 70, 40, 20, 30))
        assert "about its centre" in said(document([self.cvat(30)]))

    def test_label_studios_turn_about_the_corner(self) -> None:
        given = document([{"bbox": [50, 60, 40, 20], "area": 800, "segmentation": [], "rotation": 90}])
        assert oriented(given).corners[0].ravel().tolist() == pytest.approx([50, 60, 50, 100, 30, 100, 30, 60])
        assert "about its top left corner" in said(given)

    def test_a_polygon_that_is_turned_shows_the_rotation(self) -> None:
        flat = corners(70, 70, 40, 20, 30)
        given = document([self.cvat(30, segmentation=[flat], bbox=envelope(flat))])
        assert findings(given) == []
        given["annotations"][0]["bbox"] = [50, 60, 40, 20]
        assert findings(given) == [("COCO956", "/annotations/0/attributes/rotation")]


def test_polygons_of_four_corners_are_a_dialect_where_they_are_turned() -> None:
    turned = [
        {"segmentation": [corners(*BOXES[k])], "bbox": envelope(corners(*BOXES[k])), "area": BOXES[k][2] * BOXES[k][3]} for k in range(6)
    ]
    assert cocoproof.check(document(turned), reload="never").files[0].kind_name == "instances + oriented boxes"
    assert findings(document(turned)) == []
    assert oriented(document([{}] * 6)) is None
    assert oriented(document([*turned[:5], {"segmentation": [[1, 1, 9, 1, 5, 9]]}])) is None


def test_results_with_oriented_boxes() -> None:
    flat = corners(*BOXES[5])
    good = results([{"obb": flat, "bbox": envelope(flat)}, {"obb": [*BOXES[5][:4], math.radians(BOXES[5][4])], "bbox": envelope(flat)}])
    assert findings(good) == []
    assert findings(results([{"obb": flat, "bbox": [1, 2, 3, 4]}])) == [("COCO953", "/0/bbox")]


@pytest.mark.parametrize(
    "value",
    [
        [],
        {},
        7,
        "x",
        [1] * 6,
        [1] * 9,
        [[1, 2]] * 3,
        [[1, 2, 3]] * 4,
        [1, 2, 3, 4, True],
        [1, 2, 3, 4, None],
        [[1, 2], [3, 4], [5]],
        {"cx": 1},
        [1e400] * 8,
    ],
)
@pytest.mark.parametrize("key", ["obb", "xyxyxyxy"])
def test_malformed_boxes(value: Any, key: str) -> None:
    found = findings(dataset([{key: value}]), "COCO95")
    assert found[0] == ("COCO951", f"/annotations/0/{key}")
    assert len(found) == 1


def test_extreme_numbers_do_not_crash() -> None:
    for value in ([1e308] * 8, [1e308, 1e308, 1e308, 1e308, 1e308], [0] * 8, [0] * 5, [0, 0, 1e-300, 1e300, 1e15]):
        report = cocoproof.check(dataset([{"obb": value}] * 12, document={"info": {"angle_version": "le90"}}), reload="never")
        assert not report.crashed


class TestComplaints:
    """What users reported of other programs, as files."""

    def test_supervision_makes_oriented_boxes_upright(self) -> None:
        """The corners that are left when boxes went through `xyxy`: those of the envelopes."""
        rows = []
        for k in range(10):
            x, y, w, h = envelope(corners(*BOXES[k]))
            rows.append({"obb": [x, y, x + w, y, x + w, y + h, x, y + h], "bbox": [x, y, w, h], "area": w * h, "segmentation": GONE})
        assert findings(document(rows)) == [("COCO954", "/annotations/0/obb")]

    def test_cvat_exports_a_rotation_that_importers_discard(self) -> None:
        rows = [
            {"bbox": [x, y, 40, 20], "area": 800, "segmentation": [], "attributes": {"occluded": False, "rotation": angle}}
            for x, y, angle in ((50, 60, 0.0), (90, 60, 28.4), (50, 120, 331.2))
        ]
        assert findings(document(rows)) == [("COCO956", "/annotations/1/attributes/rotation")]
        assert "2 of 3 annotations" in said(document(rows))

    def test_cvat_imports_the_same_boxes_upright(self) -> None:
        """After its own import all rotations are 0, and nothing in the file shows that they were not."""
        rows = [{"bbox": [50, 60, 40, 20], "area": 800, "segmentation": [], "attributes": {"occluded": False, "rotation": 0.0}}]
        assert findings(document(rows)) == []


def test_long_and_many_malformed_boxes() -> None:
    long = dataset([{"obb": [1] * 100_000}])
    assert findings(long) == [("COCO951", "/annotations/0/obb")]
    assert "is something else" in said(long)
    many = cocoproof.check(dataset([{"obb": [1, 2]} for _ in range(1100)]), reload="never", select=["COCO951"], max_findings=2000).files[0]
    assert many.summary.errors == 1100
    assert len({finding.message.partition(": ")[2] for finding in many.findings}) == 2
