"""COCO103: what pycocotools makes of values of another type decides the severity, and one finding is about all values of a kind."""

from __future__ import annotations

import contextlib
import copy
import io
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from cocoproof import check
from cocoproof.checking.check_file import check_source
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.model.findings import FileReport, Finding, Severity, Verdict
from cocoproof.reading.source import read_document
from cocoproof.rules.catalogue import RULES
from cocoproof.rules.examples import dataset, panoptic, results

if TYPE_CHECKING:
    from pathlib import Path

Change = Callable[[Any], Any]


def _file() -> dict[str, Any]:
    """Two images with two objects each."""
    rows = [{"image_id": 1 + k % 2, "category_id": 1 + k // 2, "bbox": [4 + 9 * k, 5, 20, 16]} for k in range(4)]
    for row in rows:
        x, y, width, height = row["bbox"]
        row["segmentation"] = [[x, y, x + width, y, x + width, y + height, x, y + height]]
    return dataset(rows, images=[{}, {}])


def _changed(places: list[tuple[str, str]], change: Change, *, only: Any = None) -> dict[str, Any]:
    document = copy.deepcopy(_file())
    for section, field in places:
        for row in document[section]:
            if only is None or row[field] == only:
                row[field] = change(row[field])
    return document


IMAGE_IDS = [("images", "id"), ("annotations", "image_id")]
CATEGORY_IDS = [("categories", "id"), ("annotations", "category_id")]
ANNOTATION_IDS = [("annotations", "id")]

EVALUATED: list[dict[str, Any]] = [
    *(_changed(places, change) for places in (IMAGE_IDS, CATEGORY_IDS) for change in (str, float, "name {}".format, "0{}".format)),
    *(_changed(places, bool, only=1) for places in (IMAGE_IDS, CATEGORY_IDS)),
    _changed(ANNOTATION_IDS, str),
    _changed(ANNOTATION_IDS, float),
    _changed(ANNOTATION_IDS, "0{}".format),
    _changed(ANNOTATION_IDS, "name {}".format),
    *(_changed(places, str, only=2) for places in (IMAGE_IDS, CATEGORY_IDS)),
    *(_changed(places[:1], str) for places in (IMAGE_IDS, CATEGORY_IDS)),
    *(_changed(places[1:], str) for places in (IMAGE_IDS, CATEGORY_IDS)),
    *(_changed([("annotations", "iscrowd")], change) for change in (bool, float, str)),
    _changed([("annotations", "area")], str),
    *(
        _changed([("annotations", "bbox")], change)
        for change in (lambda box: [str(number) for number in box], lambda box: [box], lambda box: dict(zip("xywh", box, strict=True)))
    ),
    *(_changed([("images", "width"), ("images", "height")], change) for change in (float, str)),
    _changed([("annotations", "segmentation")], lambda rings: rings[0]),
    _changed([("annotations", "segmentation")], lambda rings: [[str(number) for number in ring] for ring in rings]),
]


def _self_evaluation(document: Any) -> bool:
    """Whether pycocotools finds every object in a file that is its own result, by boxes and by masks."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            truth = COCO()
            truth.dataset = copy.deepcopy(document)
            truth.createIndex()
            for kind in ("bbox", "segm"):
                found = []
                for row in copy.deepcopy(document["annotations"]):
                    result = {"image_id": row["image_id"], "category_id": row["category_id"], "score": 1.0}
                    found.append(result | ({"bbox": row["bbox"]} if kind == "bbox" else {"segmentation": truth.annToRLE(row)}))
                evaluation = COCOeval(truth, truth.loadRes(found), kind)
                evaluation.evaluate()
                evaluation.accumulate()
                evaluation.summarize()
                if evaluation.stats[0] < 0.999:
                    return False
    except Exception:  # whatever pycocotools raises
        return False
    return True


def _report(document: Any, **options: Any) -> FileReport:
    return check(document, reload="never", **options).files[0]


def _found(document: Any, code: str = "COCO103", **options: Any) -> list[Finding]:
    return [finding for finding in _report(document, **options).findings if finding.code == code]


def test_the_untouched_file_is_perfect() -> None:
    assert _self_evaluation(_file())
    assert not _found(_file())


@pytest.mark.parametrize(
    "document", EVALUATED, ids=lambda document: json.dumps(document["images"][0])[:30] + json.dumps(document["annotations"][0])[:60]
)
def test_an_error_is_what_pycocotools_does_not_evaluate(document: Any) -> None:
    found = _found(document)
    assert found
    severity = Severity.WARNING if _self_evaluation(document) else Severity.ERROR
    assert {finding.severity for finding in found} == {severity}
    assert len(found) == 1


def test_one_finding_counts_every_value() -> None:
    (finding,) = _found(_changed(IMAGE_IDS, str))
    assert finding.message == (
        'id is a string in all 2 images and image_id is a string in all 4 annotations, 6 values such as "1", expected an integer; '
        "pycocotools takes strings for ids, many other readers do not"
    )
    assert finding.pointer == "/images/0/id"
    (single,) = _found(dataset([{"iscrowd": False}, {}]))
    assert single.message == (
        "annotation 1 (image 1, 1.jpg): iscrowd is false, expected 0 or 1; Python takes true for 1 and false for 0, and so pycocotools does"
    )


def test_it_is_an_error_for_consumers_that_fail() -> None:
    document = _changed(IMAGE_IDS, str)
    (lenient,), (strict,) = (_found(document, consumers=[name]) for name in ("detectron2", "ultralytics"))
    assert (lenient.severity, strict.severity) == (Severity.WARNING, Severity.ERROR)
    assert strict.message.endswith("many other readers do not; ultralytics cannot read them")
    assert {one.severity for one in _found(document, consumers=["detectron2", "ultralytics"])} == {Severity.ERROR}


def test_lists_of_numbers_are_one_value() -> None:
    """A flat polygon of integers and floats is one wrong value, and not one for each number."""
    flat = [4, 5, 24.5, 5, 24, 21.5, 4, 21]
    (finding,) = _found(dataset([{"segmentation": flat}] * 28))
    assert finding.message.startswith(
        "segmentation is one list of numbers in all 28 annotations, 28 values such as a list of 8: [4, 5, 24.5, 5"
    )
    # An odd number of coordinates is no polygon, and cannot be read as one.
    (odd,) = _found(dataset([{"segmentation": flat[:7]}, {}]))
    assert odd.message.endswith(
        "segmentation is a list of 7: [4, 5, 24.5, 5, 24, 21.5, 4], expected a list of lists of numbers or an object with size and counts"
    )


def test_a_row_with_two_wrong_types_has_each_once() -> None:
    document = dataset([{"image_id": "1", "segmentation": [4, 5, 24, 5, 24]}, {}])
    assert sorted(finding.pointer for finding in _found(document)) == ["/annotations/0/image_id", "/annotations/0/segmentation"]


def test_values_are_judged_by_the_other_rules() -> None:
    row = {"bbox": ["60", "5", "20", "16"], "area": "999", "segmentation": [4, 5, 24, 5, 24, 21, 4, 21], "image_id": "a"}
    found = _report(dataset([row, row], images=[{"id": "a", "width": "64", "height": 48.0}])).findings
    assert {"COCO206", "COCO502", "COCO506", "COCO508"} <= {finding.code for finding in found}


def test_text_boxes_have_an_area() -> None:
    document = dataset([{"bbox": ["4", "5", "20", "16"], "area": 320, "segmentation": []}])
    assert not _found(document, "COCO506")
    assert _found(dataset([{"bbox": ["4", "5", "20", "16"], "area": 400, "segmentation": []}]), "COCO506")


@pytest.mark.parametrize(
    ("places", "code"),
    [(IMAGE_IDS[1:], "COCO301"), (CATEGORY_IDS[1:], "COCO302"), (IMAGE_IDS[:1], "COCO301"), (CATEGORY_IDS[:1], "COCO302")],
)
def test_references_of_the_wrong_type_alone_follow_from_it(places: list[tuple[str, str]], code: str) -> None:
    document = _changed(places, str)
    report = _report(document)
    (finding,) = [one for one in report.findings if one.code in ("COCO103", code)]
    assert finding.code == "COCO103"
    assert finding.consequences[code] == 4
    assert not [one for one in report.findings if one.code in ("COCO304", "COCO305")]
    verdict = next(rule for rule in report.rules if rule.code == code)
    assert verdict.verdict is Verdict.SKIPPED
    # What leads nowhere in any type is no consequence.
    document["annotations"][0] |= {"image_id": 77, "category_id": 77}
    assert [one.pointer for one in _report(document).findings if one.code == code] == [
        f"/annotations/0/{'image' if code == 'COCO301' else 'category'}_id"
    ]


def test_results_and_ground_truth_of_different_types(tmp_path: Path) -> None:
    truth, texts = tmp_path / "truth.json", tmp_path / "texts.json"
    truth.write_text(json.dumps(dataset([{}, {}])))
    texts.write_text(json.dumps(dataset([{"image_id": "1"}] * 2, images=[{"id": "1"}])))
    rows, text_rows = results([{}, {}]), results([{"image_id": "1"}] * 2)
    severities = [[one.severity for one in _found(document, gt=gt)] for document, gt in ((text_rows, texts), (text_rows, truth))]
    assert severities == [[Severity.WARNING], [Severity.ERROR]]
    for document, gt in ((text_rows, texts), (rows, truth)):
        assert not _found(document, "COCO911", gt=gt)
    # These results have no value of a wrong type: it is the ground truth that differs.
    assert len(_found(rows, "COCO911", gt=texts)) == 2


def test_over_a_hundred_results_an_image_are_counted_by_text() -> None:
    rows = results([{"image_id": "a"}] * 101)
    assert _found(rows, "COCO915")
    assert not _found(rows[:100], "COCO915")


def test_another_kind_of_wrong_type_is_another_finding() -> None:
    def marks(document: Any) -> set[str | None]:
        settings = CheckSettings(rules=[rule for rule in RULES if rule.code == "COCO103"], fingerprints=True)
        return {finding.fingerprint for finding in check_source(read_document(document), settings).findings}

    texts = marks(_changed(IMAGE_IDS, str))
    # More rows of the same are the same finding, and ids say nothing.
    assert texts == marks(_changed(IMAGE_IDS, lambda number: str(number + 7)))
    others = [_changed(IMAGE_IDS, float), _changed(CATEGORY_IDS, str), _changed(IMAGE_IDS[1:], str), _changed(IMAGE_IDS, str, only=2)]
    found = [marks(document) for document in others]
    assert all(texts.isdisjoint(one) for one in found)
    both = _changed(IMAGE_IDS, str)
    for row in both["annotations"]:
        row["iscrowd"] = False
    assert marks(both) > texts
    # Values that cannot be read: another value is another finding.
    assert marks(dataset([{"area": None}, {"area": None}])).isdisjoint(marks(dataset([{"area": None}] * 3)))
    assert marks(dataset([{"area": "x"}, {"area": "x"}])).isdisjoint(marks(dataset([{"area": "x"}, {"area": "y"}])))


def test_the_id_of_a_segment_is_a_colour() -> None:
    (finding,) = _found(panoptic([{"id": "7"}, {"id": "8"}]))
    assert finding.severity is Severity.ERROR
    (as_float,) = _found(panoptic([{"id": 7.0}, {"id": 8.0}]))
    assert as_float.severity is Severity.WARNING


def test_consistent_names_leave_nothing_uncertain() -> None:
    (finding,) = _found(dataset([{"image_id": "a"}], images=[{"id": "a"}, {"id": "b"}]), "COCO305")
    assert finding.message == 'image "b" (2.jpg): no annotation is on this image'


def test_what_was_not_checked_has_the_true_reason() -> None:
    def reason(document: Any) -> str | None:
        return next(rule.reason for rule in _report(document).rules if rule.code == "COCO502")

    assert reason(dataset([{}, {"image_id": 9}], images=[{}])) == "1 of 2 annotations have no image that is listed"
    assert (
        reason(dataset([{}, {"image_id": 2}], images=[{}, {"width": None}]))
        == "1 of 2 annotations have no image with a usable width and height"
    )
    assert reason(dataset([{"image_id": "1"}], images=[{"id": "1"}])) is None


def test_masks_read_otherwise_do_not_reach_pycocotools() -> None:
    """Its reload excludes them, and neither crashes nor loses the others."""
    flat, texts = [4, 5, 24, 5, 24, 21, 4, 21], [["4", "5", "24", "5", "24", "21"]]
    document = dataset([{"segmentation": flat}, {"segmentation": texts}, {}, {"bbox": {"x": 1, "y": 2, "w": 3, "h": 4}}])
    report = check(document).files[0]
    assert next(rule for rule in report.rules if rule.code == "COCO902").verdict is not Verdict.CRASHED
    assert not [finding for finding in report.findings if finding.code == "COCO902"]
