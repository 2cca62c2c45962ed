"""What the strategies give: sound, with every corner in it, broken where it says so, and small when shrunk."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from cocoproof import ClassMapping, check
from cocoproof.model.findings import Kind, Severity
from cocoproof.rules.catalogue import RULES
from cocoproof.testing import DrawnDataset, DrawnImage, strategies
from cocoproof.testing.strategies.documents import KINDS

FEW = settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
MANY = settings(max_examples=2000, deadline=None, derandomize=True, database=None, phases=[Phase.generate, Phase.shrink])


@pytest.mark.parametrize("kind", [*KINDS, Kind.VIDEO_INSTANCES, Kind.VIDEO_RESULTS])
def test_documents_have_no_error(kind) -> None:
    @FEW
    @given(strategies.coco_documents(kind=kind))
    def holds(document) -> None:
        report = check(document, reload="never", max_findings=5)
        errors = [finding for finding in report.findings if finding.severity is Severity.ERROR]
        assert not errors
        assert report.ok()
        assert report.files[0].kind == kind

    holds()


@pytest.mark.parametrize("code", strategies.SEEDED)
def test_a_seeded_defect_breaks_its_rule(code) -> None:
    @settings(FEW, max_examples=8)
    @given(strategies.defects(code=code))
    def holds(document) -> None:
        report = check(document, select=[code], reload="never")
        assert {finding.code for finding in report.findings} == {code}

    holds()


def test_defects_are_of_known_rules() -> None:
    assert set(strategies.SEEDED) <= {rule.code for rule in RULES}
    with pytest.raises(ValueError, match="COCO001"):
        strategies.defects(code="COCO001")
    with pytest.raises(ValueError, match="unknown"):
        strategies.coco_documents(kind="unknown")


def holes(mask: np.ndarray) -> bool:
    """Whether some pixel that is not set is walled in, by four-neighbours."""
    outside = np.pad(~mask, 1, constant_values=True)
    reached = np.zeros_like(outside)
    reached[0, 0] = True
    for _ in range(outside.size):
        spread = reached.copy()
        spread[1:] |= reached[:-1]
        spread[:-1] |= reached[1:]
        spread[:, 1:] |= reached[:, :-1]
        spread[:, :-1] |= reached[:, 1:]
        reached = spread & outside
    return bool((outside & ~reached).any())


@pytest.mark.slow
def test_masks_reach_the_corners_and_shrink() -> None:
    assert find(strategies.masks(), lambda _: True, settings=MANY).tolist() == [[True]]
    ring = find(strategies.masks(), holes, settings=MANY)
    assert ring.shape == (3, 3)
    assert ring.sum() <= 8
    diagonal = find(strategies.masks(), lambda m: m.shape == (2, 2) and m.tolist() in ([[1, 0], [0, 1]], [[0, 1], [1, 0]]), settings=MANY)
    assert diagonal.sum() == 2
    apart = find(strategies.masks(height=1), lambda m: (np.diff(m[0].astype(int)) == 1).sum() + m[0, 0] > 1, settings=MANY)
    assert apart.sum() == 2
    assert not holes(find(strategies.masks(allow_holes=False, width=3, height=3), lambda m: m.sum() == 9, settings=MANY))
    with pytest.raises(ValueError, match="at least one pixel"):
        strategies.masks(width=0)


@FEW
@given(strategies.masks(allow_holes=False, allow_parts=False, width=4, height=3))
def test_a_plain_mask_is_one_rectangle(mask) -> None:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    assert mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].all()
    assert mask.shape == (3, 4)


@settings(FEW, max_examples=100)
@given(st.data(), st.sampled_from(["float64", "float32", "int64"]))
def test_boxes_are_on_the_image_and_of_their_type(data, dtype) -> None:
    x1, y1, x2, y2 = data.draw(strategies.boxes(width=7, height=3, dtype=dtype))
    assert 0 <= x1 < x2 <= 7
    assert 0 <= y1 < y2 <= 3
    assert np.array([x1, y1, x2, y2], dtype).tolist() == [x1, y1, x2, y2]
    assert x2 - x1 >= 0.24


def test_boxes_hold_what_float32_does_not() -> None:
    far = find(strategies.boxes(allow_far=True), lambda box: float(np.float32(box[2])) != box[2] and box[2] > 100, settings=MANY)
    assert far[:3] == (0.0, 0.0, 2.0**24 + 1)
    assert far[3] <= 2


@FEW
@given(strategies.oriented_boxes())
def test_oriented_boxes_are_rectangles(corners) -> None:
    sides = np.roll(corners, -1, axis=0) - corners
    assert corners.shape == (4, 2)
    assert np.allclose(sides[0], -sides[2])
    assert abs(sides[0] @ sides[1]) < 1e-6
    assert np.linalg.norm(sides, axis=1).min() > 0.49


@FEW
@given(strategies.keypoints(count=4))
def test_keypoints_are_cocos(points) -> None:
    assert points.shape == (4, 3)
    assert set(points[:, 2]) <= {0, 1, 2}
    assert not points[points[:, 2] == 0].any()


def test_detections_have_the_columns_that_are_asked_for() -> None:
    @FEW
    @given(strategies.detections(min_size=1, masks=True, crowd=True, scores=True, track_ids=True, oriented=True, data=True))
    def every(found) -> None:
        n = len(found)
        assert n == len(found.mask) == len(found.confidence) == len(found.tracker_id)
        assert {"iscrowd", "xyxyxyxy", "note", "weight"} <= found.data.keys()
        assert found.mask.any(axis=(1, 2)).all()
        rows = found.mask.any(axis=2)
        assert (found.xyxy[:, 1] == rows.argmax(axis=1)).all()

    @FEW
    @given(strategies.detections(masks=False, crowd=False, scores=False, track_ids=False, oriented=False, data=False))
    def none(found) -> None:
        assert found.mask is found.confidence is found.tracker_id is None
        assert not found.data

    every()
    none()


@pytest.mark.slow
def test_data_sets_shrink_to_what_is_asked_of_them() -> None:
    def shows(drawn: DrawnDataset) -> bool:
        return any(holes(mask) for image in drawn.images if image.masks for mask in image.detections().mask)

    small = find(strategies.datasets(), shows, settings=MANY)
    assert len(small.images) == 1
    assert len(small.images[0]) == 1
    assert (small.images[0].width, small.images[0].height) == (3, 3)
    assert len(small.classes) == 1
    assert "'###', '#.#', '###'" in repr(small)


@FEW
@given(strategies.class_mappings())
def test_mappings_know_every_class(mapping) -> None:
    assert not mapping.unmapped_classes
    assert {row.category_id for row in mapping.classes} - {None} <= {category.id for category in mapping.categories}


@pytest.mark.slow
@pytest.mark.parametrize("shows", ["merge", "drop", "gap", "unused", "reorder", "zero"])
def test_mappings_reach_their_corners(shows) -> None:
    def has(mapping: ClassMapping) -> bool:
        becomes = [row.category_id for row in mapping.classes if row.category_id is not None]
        ids = [category.id for category in mapping.categories]
        return {
            "merge": len(set(becomes)) < len(becomes),
            "drop": len(becomes) < len(mapping.classes),
            "gap": ids[-1] - ids[0] >= len(ids),
            "unused": bool(set(ids) - set(becomes)),
            "reorder": becomes != sorted(becomes),
            "zero": 0 in ids,
        }[shows]

    assert len(find(strategies.class_mappings(), has, settings=MANY).classes) <= 3


def test_an_identity_mapping_maps_nothing() -> None:
    mapping = find(strategies.class_mappings(classes=["b", "a"], identity=True), lambda _: True, settings=MANY)
    assert [(row.name, row.category_id) for row in mapping.classes] == [("b", 1), ("a", 2)]
    assert [category.name for category in mapping.categories] == ["b", "a"]


def test_the_code_of_a_case_makes_it_again(tmp_path) -> None:
    runs = iter(range(10**6))

    @FEW
    @given(strategies.cases())
    def holds(case) -> None:
        folder = tmp_path / str(next(runs))
        names: dict = {"folder": folder}
        exec("from cocoproof.mapping import Category\n" + case.code(), names)  # noqa: S102 - our own words
        assert names["drawn"] == case.dataset
        assert names["mapping"].apply_ids([row.id for row in case.mapping.classes]).tolist() == [
            -1 if row.category_id is None else row.category_id for row in case.mapping.classes
        ]
        assert [(c.id, c.name) for c in names["mapping"].categories] == [(c.id, c.name) for c in case.mapping.categories]
        built = names["dataset"]
        assert [len(built.annotations[path]) for path in built.image_paths] == [len(image) for image in case.dataset.images]

    holds()


def test_pictures_are_pictures(tmp_path) -> None:
    image = pytest.importorskip("PIL.Image")
    DrawnDataset(("a",), (DrawnImage("a/0.png", 5, 3),)).build(tmp_path)
    with image.open(tmp_path / "a" / "0.png") as picture:
        picture.load()
        assert picture.size == (5, 3)


@pytest.mark.slow
def test_data_sets_reach_what_confounding_exporters_stumble_over() -> None:
    def of_one_size(drawn: DrawnDataset) -> bool:
        sizes = [(image.width, image.height) for image in drawn.images]
        masks = [image.masks for image in drawn.images if image.masks]
        return len(sizes) == len(masks) == 2 and sizes[0] == sizes[1] and masks[0] != masks[1]

    def of_one_name(drawn: DrawnDataset) -> bool:
        return len({image.file_name.rsplit("/", 1)[-1] for image in drawn.images}) < len(drawn.images)

    def stacked(drawn: DrawnDataset) -> bool:
        return any(len(set(zip(image.boxes, image.class_id, strict=True))) < len(image) for image in drawn.images)

    for shows in (of_one_size, of_one_name, stacked):
        small = find(strategies.datasets(), shows, settings=MANY)
        assert len(small.images) <= 2
        assert all(len(image) <= 2 for image in small.images)


@pytest.mark.slow
def test_loose_boxes_are_any_and_classes_as_many_as_asked_for() -> None:
    tight = strategies.detections(min_size=1, masks=True)
    loose = strategies.detections(min_size=1, masks=True, loose_boxes=True)

    def off(found) -> bool:
        return bool((found.xyxy[:, 1] != found.mask.any(axis=2).argmax(axis=1)).any())

    assert len(find(loose, off, settings=MANY)) == 1
    with pytest.raises(NoSuchExample):
        find(tight, off, settings=settings(MANY, max_examples=200))
    assert len(find(strategies.datasets(max_classes=6), lambda drawn: len(drawn.classes) == 6, settings=MANY).images) == 0


def test_boxes_begin_before_the_image_where_they_may_be_far() -> None:
    assert find(strategies.boxes(allow_far=True), lambda box: box[1] < 0, settings=MANY)[:2] == (0.0, -1.0)
