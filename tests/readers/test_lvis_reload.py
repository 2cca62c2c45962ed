"""LVIS files through the real package `lvis`, which is an extra of its own: these tests are skipped without it."""

from __future__ import annotations

import importlib.util
import json
from typing import TYPE_CHECKING, Any

import pytest

from cocoproof.checking.check_file import check_source, start_readers
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.model.findings import Kind, Verdict
from cocoproof.readers import Counts, Ending, Loader, Stage
from cocoproof.reading.source import Source
from cocoproof.rules.catalogue import select
from cocoproof.rules.examples import GONE, lvis

from .conftest import reloading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cocoproof.model.findings import FileReport

    from .conftest import Reload

if importlib.util.find_spec("lvis") is None:
    pytest.skip("lvis is not installed", allow_module_level=True)

PERFECT = pytest.approx(1)
RULES = ("COCO901", "COCO902", "COCO903")


@pytest.fixture(scope="module")
def through_lvis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reload]:
    yield from reloading(Loader.LVIS, tmp_path_factory.mktemp("lvis"))


def checked(document: Any) -> FileReport:
    return check_source(Source("lvis.json", json.dumps(document).encode()), CheckSettings(rules=select(RULES)))


def test_sound_file(through_lvis: Reload) -> None:
    rle = {"size": [48, 64], "counts": [197, 16, 2859]}
    outcome = through_lvis(lvis([{}, {"segmentation": rle, "category_id": 2}], images=[{"neg_category_ids": []}]), Kind.LVIS)
    assert (outcome.ending, outcome.stage, outcome.losses) == (Ending.COMPLETE, Stage.EVALUATE, ())
    assert outcome.counts == Counts(images=1, annotations=2, categories=2, masks=2)
    assert [(one.iou_type, one.ap, one.reason) for one in outcome.evaluations] == [("bbox", PERFECT, None), ("segm", PERFECT, None)]


def test_more_than_300_annotations_on_an_image(through_lvis: Reload) -> None:
    rows = [{"bbox": [k % 60, k // 60, 2, 2], "segmentation": GONE} for k in range(400)]
    outcome = through_lvis(lvis(rows), Kind.LVIS)
    assert [(one.iou_type, one.ap) for one in outcome.evaluations] == [("bbox", PERFECT)]


@pytest.mark.parametrize(
    ("document", "raised"),
    [
        (lvis(images=[{"neg_category_ids": GONE}]), "KeyError: 'neg_category_ids'"),
        (lvis(images=[{"not_exhaustive_category_ids": GONE}]), "KeyError: 'not_exhaustive_category_ids'"),
        (lvis(categories=[{"frequency": GONE}, {}]), "KeyError: 'frequency'"),
        (lvis(categories=[{"frequency": "q"}, {}]), "ValueError: 'q' is not in list"),
        (lvis([{"area": GONE}]), "KeyError: 'area'"),
    ],
)
def test_what_the_evaluation_raises(through_lvis: Reload, document: Any, raised: str) -> None:
    outcome = through_lvis(document, Kind.LVIS)
    assert outcome.loaded
    assert [one.reason for one in outcome.evaluations] == [f"lvis raised {raised}"] * 2
    assert [result.verdict for result in checked(document).rules] == [Verdict.PASSED, Verdict.PASSED, Verdict.SKIPPED]


def test_what_the_load_raises(through_lvis: Reload) -> None:
    for field in ("id", "image_id", "category_id"):
        outcome = through_lvis(lvis([{field: GONE}]), Kind.LVIS)
        assert (outcome.loaded, outcome.failure) == (False, f"lvis raised KeyError: '{field}'")


def test_annotation_id_0_is_no_match() -> None:
    report = checked(lvis([{"id": 0}, {}]))
    assert [(finding.code, finding.pointer) for finding in report.findings] == [("COCO903", "/annotations/0/id")] * 2
    assert "LVISEval reads a match with id 0 as none (bbox AP is 0.2525, not 1)" in report.findings[0].message


def test_duplicate_ids_are_lost() -> None:
    report = checked(lvis([{}, {"id": 1, "bbox": [30, 20, 9, 9]}]))
    assert {finding.code for finding in report.findings} == {"COCO902", "COCO903"}
    assert "lvis keeps only that annotation" in next(finding.message for finding in report.findings if finding.code == "COCO902")


def test_a_contradictory_list_does_not_change_the_score(through_lvis: Reload) -> None:
    """COCO933 and COCO934 report what the evaluation does not notice."""
    for ids in ([1], [77]):
        outcome = through_lvis(lvis(images=[{"neg_category_ids": ids, "not_exhaustive_category_ids": ids}]), Kind.LVIS)
        assert [one.ap for one in outcome.evaluations] == [PERFECT, PERFECT]


def test_other_kinds_do_not_go_through_lvis() -> None:
    settings = CheckSettings(rules=select(RULES))
    with start_readers(settings) as readers:
        for document in (lvis(), lvis([{"iscrowd": 0, "id": 0}]) | {"annotations": [{**lvis()["annotations"][0], "iscrowd": 0, "id": 0}]}):
            source = Source("file.json", json.dumps(document).encode())
            report = check_source(source, settings, readers)
        assert report.kind is Kind.INSTANCES
        assert "COCOeval" in report.findings[-1].message
