from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from cocoproof.model.findings import Kind
from cocoproof.readers import self_evaluation as subject
from cocoproof.readers.safe_masks import readable_masks

if TYPE_CHECKING:
    from tests.reload.conftest import Build, Reload

    from cocoproof.readers import SelfEvaluation

SQUARE = [[4, 4, 24, 4, 24, 20, 4, 20]]
POINTS = [5, 5, 2, 9, 9, 1, 0, 0, 0]


def only(evaluations: tuple[SelfEvaluation, ...], iou_type: str) -> SelfEvaluation:
    (evaluation,) = (each for each in evaluations if each.iou_type == iou_type)
    return evaluation


@pytest.mark.parametrize(
    ("fault", "pointer", "says"),
    [
        ({"id": 0}, "/annotations/1/id", "id is 0"),
        ({"id": False}, "/annotations/1/id", "id is 0"),
        ({"bbox": [30, 4, 0, 16]}, "/annotations/1/bbox", "0 x 16 px"),
        ({"bbox": [30, 20, -5, -5]}, "/annotations/1/bbox", "-5 x -5 px"),
    ],
)
def test_annotation_that_does_not_match_itself(
    through_pycocotools: Reload, build: Build, fault: dict[str, object], pointer: str, says: str
) -> None:
    evaluation = only(through_pycocotools(build({}, fault)).evaluations, "bbox")
    assert evaluation.imperfect
    assert [cause.pointer for cause in evaluation.causes] == [pointer]
    assert says in evaluation.causes[0].message
    assert evaluation.cause_count == 1


def test_score_of_the_only_annotation_with_id_0(through_pycocotools: Reload, build: Build) -> None:
    assert only(through_pycocotools(build({"id": 0})).evaluations, "bbox").ap == 0


def test_id_0_is_blamed_even_where_another_has_the_same_box(through_pycocotools: Reload, build: Build) -> None:
    evaluation = only(through_pycocotools(build({"id": 0}, {"id": 5})).evaluations, "bbox")
    assert {cause.pointer for cause in evaluation.causes} == {"/annotations/0/id"}


def test_shared_id(through_pycocotools: Reload, build: Build) -> None:
    evaluation = only(through_pycocotools(build({"id": 3}, {"id": 3, "bbox": [30, 30, 9, 9]})).evaluations, "bbox")
    assert evaluation.imperfect
    assert [cause.pointer for cause in evaluation.causes] == ["/annotations/0/id", "/annotations/1/id"]


def test_box_that_is_not_finite_takes_the_match_of_others(through_pycocotools: Reload, build: Build) -> None:
    box = [float("inf"), float("inf"), float("-inf"), float("-inf")]
    evaluation = only(through_pycocotools(build({"bbox": box}, {})).evaluations, "bbox")
    assert evaluation.imperfect
    assert "annotation 1 beside it" in evaluation.causes[1].message


@pytest.mark.parametrize("count", [150, 1])
def test_more_boxes_than_the_evaluation_counts(through_pycocotools: Reload, build: Build, count: int) -> None:
    boxes = ({"bbox": [n % 15 * 4, n // 15 * 4, 3, 3]} for n in range(count))
    evaluation = only(through_pycocotools(build(*boxes)).evaluations, "bbox")
    assert evaluation.ap == pytest.approx(1)
    assert evaluation.reason is None


@pytest.mark.parametrize(
    ("rows", "ran", "says"),
    [
        ([], True, "nothing to evaluate"),
        ([{"iscrowd": 1}], True, "nothing to find"),
        ([{"area": ...}], False, "KeyError: 'area'"),
        ([{"iscrowd": ...}], False, "KeyError: 'iscrowd'"),
        ([{"bbox": ...}], True, "1 annotation without a box of four numbers left out"),
        ([{"bbox": {"size": [48, 64], "counts": "PP"}}], True, "without a box of four numbers"),
        ([{"image_id": 9}, {"image_id": 8}], True, "2 annotations of no image left out"),
        ([{"category_id": 9}], True, "1 annotation of no category left out"),
    ],
)
def test_no_score(through_pycocotools: Reload, build: Build, rows: list[dict[str, object]], ran: bool, says: str) -> None:
    evaluation = only(through_pycocotools(build(*rows)).evaluations, "bbox")
    assert (evaluation.ap, evaluation.ran, evaluation.imperfect) == (None, ran, False)
    assert says in str(evaluation.reason)


def test_no_categories(through_pycocotools: Reload, build: Build) -> None:
    document = build({"category_id": ...})
    del document["categories"]
    evaluation = only(through_pycocotools(document).evaluations, "bbox")
    assert (evaluation.ap, evaluation.ran, evaluation.reason) == (None, False, "there are no categories")


def test_mask_without_a_pixel(through_pycocotools: Reload, build: Build) -> None:
    sliver = [[10.01, 5, 10.1, 5, 10.1, 35, 10.01, 35]]
    evaluation = only(through_pycocotools(build({"segmentation": SQUARE}, {"segmentation": sliver})).evaluations, "segm")
    assert [cause.pointer for cause in evaluation.causes] == ["/annotations/1/segmentation"]
    assert "no pixel" in evaluation.causes[0].message


def keypoints(**row: object) -> dict[str, object]:
    return {"keypoints": POINTS, "num_keypoints": 2, **row}


def test_keypoints_other_than_17(through_pycocotools: Reload, build: Build) -> None:
    outcome = through_pycocotools(build(keypoints(), keypoints(image_id=2), keypoints(category_id=2, keypoints=[5, 5, 2])), Kind.KEYPOINTS)
    assert [(e.iou_type, e.ap) for e in outcome.evaluations] == [("bbox", pytest.approx(1)), ("keypoints", pytest.approx(1))]


def test_person_without_visible_keypoints_is_not_to_be_found(through_pycocotools: Reload, build: Build) -> None:
    nobody = keypoints(keypoints=[0] * 9, num_keypoints=0, bbox=[30, 30, 5, 5])
    evaluation = only(through_pycocotools(build(nobody, keypoints()), Kind.KEYPOINTS).evaluations, "keypoints")
    assert evaluation.ap == pytest.approx(1)


def test_person_whose_count_of_keypoints_lies(through_pycocotools: Reload, build: Build) -> None:
    liar = keypoints(keypoints=[0] * 9, num_keypoints=3, bbox=[30, 30, 5, 5])
    evaluation = only(through_pycocotools(build(keypoints(), liar), Kind.KEYPOINTS).evaluations, "keypoints")
    assert [cause.pointer for cause in evaluation.causes] == ["/annotations/1/num_keypoints"]


def test_category_of_several_lengths_is_left_out(through_pycocotools: Reload, build: Build) -> None:
    rows = [keypoints(), keypoints(keypoints=[5, 5, 2]), keypoints(category_id=2)]
    evaluation = only(through_pycocotools(build(*rows), Kind.KEYPOINTS).evaluations, "keypoints")
    assert (evaluation.ap, evaluation.reason) == (pytest.approx(1), "category 1 left out, with annotations of 1 and 3 keypoints")


def test_crowded_image_is_left_out(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "EVALUATION_STEPS", 64 + 10 * 5**2)
    document = build({"image_id": 2}, *({"bbox": [n, n, 3, 3]} for n in range(5)))
    coco = COCO()
    coco.dataset = document
    coco.createIndex()
    (evaluation,) = subject.evaluate(coco, document["annotations"], {}, keypoints=False)  # type: ignore[arg-type]
    assert (evaluation.ap, evaluation.reason) == (pytest.approx(1), "1 crowded image left out")
    assert evaluation.over_budget == "1 crowded image left out"


def test_runs_of_masks_count_towards_the_budget(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    """Boxes of this image are compared, its masks are not: each has some 80 runs."""
    monkeypatch.setattr(subject, "EVALUATION_STEPS", 2 * (64 + 10 * 20**2) + 20 * 20)
    document = build(*({"segmentation": [[n, 0, n + 40, 0, n + 40, 20, n, 20]], "bbox": [n, 0, 40, 20]} for n in range(20)))
    coco = COCO()
    coco.dataset = document
    coco.createIndex()
    masks, _ = readable_masks(document["annotations"], coco.imgs, ())
    found = {one.iou_type: one for one in subject.evaluate(coco, document["annotations"], masks, keypoints=False)}
    assert (found["bbox"].ap, found["bbox"].over_budget) == (pytest.approx(1), None)
    assert (found["segm"].ap, found["segm"].over_budget) == (None, "1 crowded image left out")


def test_categories_of_the_file_count_on_each_image(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    """pycocotools has an entry for each of these 400 pairs, of which 20 have an annotation."""
    monkeypatch.setattr(subject, "EVALUATION_STEPS", 10 * (64 * 20 + 10))
    document = build(
        *({"image_id": n, "category_id": n} for n in range(1, 21)),
        images=[{"id": n, "file_name": f"{n}.png", "width": 64, "height": 48} for n in range(1, 21)],
        categories=[{"id": n, "name": f"c{n}"} for n in range(1, 21)],
    )
    coco = COCO()
    coco.dataset = document
    coco.createIndex()
    (evaluation,) = subject.evaluate(coco, document["annotations"], {}, keypoints=False)  # type: ignore[arg-type]
    assert (evaluation.ap, evaluation.over_budget) == (pytest.approx(1), "10 crowded images left out")


def test_images_without_a_category_are_passed_over_without_changing_the_result(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = random.Random(5)  # noqa: S311
    rows = [
        {"image_id": draw.choice([1, 2]), "category_id": draw.choice([1, 2, 3]), "bbox": [draw.randrange(9), 4, 20, 16]} for _ in range(30)
    ]
    document = build(*rows, categories=[{"id": n, "name": f"c{n}"} for n in (1, 2, 3)])
    document["annotations"][3]["id"] = 0
    coco = COCO()
    coco.dataset = document
    coco.createIndex()
    annotations = dict(enumerate(document["annotations"]))  # type: ignore[arg-type]
    copies = [{place: dict(row) for place, row in annotations.items()} for _ in range(2)]
    ours = subject._run("bbox", coco, copies[0], copies[0])
    monkeypatch.setattr(subject, "_Evaluation", COCOeval)
    theirs = subject._run("bbox", coco, copies[1], copies[1])
    assert ours.precision.min() < 1
    np.testing.assert_array_equal(ours.precision, theirs.precision)
    assert repr(ours.images) == repr(theirs.images)
