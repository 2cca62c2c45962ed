"""COCO111 and COCO112: what arrives in the consumers of a file. Their models are compared with the loaders in tests/consumers."""

from __future__ import annotations

from typing import Any

import pytest

import cocoproof
from cocoproof.model.findings import FileReport, Severity
from cocoproof.rules.examples import dataset

CROWD = {"iscrowd": 1}


def check(document: Any, *consumers: str, **options: Any) -> FileReport:
    return cocoproof.check(document, consumers=consumers, reload="never", images=False, **options).files[0]


def found(report: FileReport, code: str) -> list[tuple[Severity, str, str]]:
    return [(one.severity, one.pointer, one.message) for one in report.findings if one.code == code]


def custom(*numbers: int) -> Any:
    """A file of custom categories with these ids, each annotated."""
    rows = [{"id": number, "name": f"class {number}"} for number in numbers]
    return dataset([{"category_id": number, "bbox": [4, 5, 20, 16]} for number in numbers]) | {"categories": rows}


@pytest.mark.parametrize("consumer", ["detectron2", "ultralytics", "rf-detr"])
def test_crowds_alone_are_an_error_for_trainers(consumer: str) -> None:
    report = check(dataset([CROWD] * 90), consumer)
    ((severity, pointer, message),) = found(report, "COCO111")
    assert (severity, pointer) == (Severity.ERROR, "/annotations/0")
    assert message == f'{consumer} trains on none of 90 annotations: all have iscrowd 1 ("cat" 90; ids 1, 2, 3, 4, 5, ...)'
    assert found(report, "COCO307") == [], "one cause is one finding"
    (arrival,) = report.arrives
    assert arrival.annotations is not None
    assert (arrival.annotations.given, arrival.annotations.arrived) == (90, 0)


def test_a_file_that_arrives_whole_has_no_finding() -> None:
    names = ["pycocotools", "supervision", "torchvision", "detectron2", "ultralytics", "rf-detr", "cvat"]
    report = check(dataset([{}, {"category_id": 2}]), *names)
    assert found(report, "COCO111") == found(report, "COCO112") == []
    assert [(one.consumer, one.annotations and one.annotations.arrived) for one in report.arrives] == [(name, 2) for name in names]


def test_some_crowds_are_a_warning_and_for_an_evaluation_a_note() -> None:
    document = dataset([{}, CROWD])
    assert [severity for severity, _, _ in found(check(document, "detectron2"), "COCO111")] == [Severity.WARNING]
    assert [severity for severity, _, _ in found(check(document, "pycocotools"), "COCO111")] == [Severity.NOTE]


def test_a_class_of_which_nothing_arrives_is_an_error_and_the_rest_a_warning() -> None:
    report = check(dataset([{}, CROWD, {"category_id": 2, **CROWD}]), "detectron2")
    assert found(report, "COCO111") == [
        (Severity.ERROR, "/annotations/2", 'detectron2 trains on no annotation of 1 class: 1 has iscrowd 1 ("dog" 1; ids 3)'),
        (Severity.WARNING, "/annotations/1", 'detectron2 drops 1 of 3 annotations: 1 has iscrowd 1 ("cat" 1; ids 2)'),
    ]


def test_what_another_rule_reports_is_not_repeated() -> None:
    report = check(dataset([{}, {"bbox": [4, 5, 0, 16]}]), "detectron2")
    assert found(report, "COCO111") == []
    assert len(found(report, "COCO501")) == 1
    (arrival,) = report.arrives
    assert [(loss.count, loss.cause) for loss in arrival.losses if loss.what == "annotations"] == [(1, "COCO501")]


def test_custom_ids_do_not_pass_for_ultralytics() -> None:
    ((severity, pointer, message),) = found(check(custom(*range(1, 21)), "ultralytics"), "COCO111")
    assert (severity, pointer) == (Severity.ERROR, "/categories/11")
    assert message.startswith("ultralytics trains on none of 20 annotations: it raises TypeError: category id 12 is none of COCO's 80")


def test_ids_that_cls91to80_renumbers_are_other_classes() -> None:
    report = check(custom(*(number for number in range(1, 21) if number != 12)), "ultralytics")
    assert found(report, "COCO112") == []
    document = custom(*range(1, 21))
    document["annotations"] = [row for row in document["annotations"] if row["category_id"] != 12]
    report = check(document, "ultralytics")
    ((severity, pointer, message),) = found(report, "COCO112")
    assert (severity, pointer) == (Severity.ERROR, "/categories/12")
    assert message.startswith("ultralytics gives 8 annotations of 8 classes another class: ")
    (arrival,) = report.arrives
    assert [(row.name, row.label) for row in arrival.by_class if row.changed][:2] == [("class 13", 11), ("class 14", 12)]


def test_a_first_category_that_groups_the_others_is_not_counted() -> None:
    exported = dataset([{"category_id": 1}, {"category_id": 2}], categories=[{"id": 0, "name": "animal"}, {"id": 1}, {"id": 2}])
    assert found(check(exported, "ultralytics"), "COCO112") == []


def test_what_is_not_modelled_is_not_claimed() -> None:
    report = check(dataset([{"bbox": None}]), "detectron2")
    (arrival,) = report.arrives
    assert arrival.not_modelled == "1 annotation with a bbox of another type or length"
    assert arrival.annotations is None
    (rule,) = (rule for rule in report.rules if rule.code == "COCO111")
    assert rule.reason is not None
    assert rule.reason.startswith("what arrives is not modelled (detectron2: ")
