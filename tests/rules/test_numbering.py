"""Gaps, order and start of ids."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocoproof.checking.check_file import check_source
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.mapping import Category, CategoryList
from cocoproof.model.findings import FileReport, Finding, Severity, Verdict
from cocoproof.reading.source import read_document
from cocoproof.rules.catalogue import RULES
from cocoproof.rules.examples import dataset
from cocoproof.rules.thresholds import Thresholds

from ..examples import thorough

_INT64 = st.integers(-(2**63), 2**63 - 1)


def _check(document: Any, code: str, **options: Any) -> FileReport:
    rules = [rule for rule in RULES if rule.code == code]
    return check_source(read_document(document), CheckSettings(rules=rules, **options))


def _file(*ids: Any) -> Any:
    return dataset([], document={"categories": [{"id": number, "name": f"c{k}"} for k, number in enumerate(ids)]})


def _findings(document: Any, code: str, **options: Any) -> tuple[Finding, ...]:
    return _check(document, code, **options).findings


def _list(*ids: int, **demands: Any) -> CategoryList:
    return CategoryList(tuple(Category(number, f"c{k}") for k, number in enumerate(ids)), **demands)


def _severities(findings: tuple[Finding, ...]) -> list[Severity]:
    return [finding.severity for finding in findings]


def test_gaps_of_the_official_categories() -> None:
    unused = {12, 26, 29, 30, 45, 66, 68, 69, 71, 83}
    (finding,) = _findings(_file(*(k for k in range(1, 91) if k not in unused)), "COCO404")
    assert finding.message == "category ids leave 8 gaps in 1..90: no category has id 12, 26, 29..30, 45, 66, 68..69, ..."
    assert finding.severity is Severity.WARNING


@pytest.mark.parametrize(
    ("expected", "contiguous", "severities"),
    [
        (None, False, [Severity.WARNING]),
        (None, True, [Severity.ERROR]),
        (CategoryList.from_names(["c0", "c1"]), False, [Severity.WARNING]),
        (CategoryList((Category(None, "c0"), Category(None, "c1")), contiguous=True), False, [Severity.ERROR]),
        (CategoryList((Category(None, "c0"), Category(None, "c1")), contiguous=False), False, []),
        (CategoryList((Category(None, "c0"), Category(None, "c1")), contiguous=False), True, [Severity.ERROR]),
        (_list(1, 3), False, []),  # the list's own ids have the gap
        (_list(1, 3).pinned(), False, []),  # and so do a lock's
        (_list(1, 2).pinned(), False, [Severity.ERROR]),
    ],
)
def test_who_asks_for_contiguity(expected: CategoryList | None, contiguous: bool, severities: list[Severity]) -> None:
    assert _severities(_findings(_file(1, 3), "COCO404", expected=expected, contiguous=contiguous)) == severities


@pytest.mark.parametrize("ids", [(1, "2", 3), (1, None, 3), (1, 2.5, 3), (1, 3, "x", None)])
def test_an_unusable_id_may_fill_the_gap(ids: tuple[Any, ...]) -> None:
    report = _check(_file(*ids), "COCO404")
    assert report.findings == ()
    assert report.rules[0].verdict is Verdict.SKIPPED


def test_more_free_ids_than_unusable_ones() -> None:
    assert len(_findings(_file(1, "2", 5), "COCO404")) == 1


def _runs(ids: set[int]) -> list[str]:
    ordered = sorted(ids)
    return [str(a + 1) if b - a == 2 else f"{a + 1}..{b - 1}" for a, b in pairwise(ordered) if b - a > 1]


@thorough(150)
@given(ids=st.lists(st.integers(-3, 25), max_size=12) | st.lists(_INT64, max_size=5))
def test_gaps_agree_with_plain_arithmetic(ids: list[int]) -> None:
    findings = _findings(dataset(images=[{"id": number} for number in ids], annotations=[]), "COCO408")
    runs = _runs(set(ids))
    assert len(findings) == bool(runs)
    if runs:
        shown = ", ".join(runs[:6]) + (", ..." if len(runs) > 6 else "")
        gaps = "1 gap" if len(runs) == 1 else f"{len(runs)} gaps"
        assert findings[0].message == f"image ids leave {gaps} in {min(ids)}..{max(ids)}: no image has id {shown}"


@thorough(100)
@given(ids=st.lists(st.integers(0, 6) | _INT64, max_size=8))
def test_the_first_fall_is_named(ids: list[int]) -> None:
    findings = _findings(_file(*ids), "COCO405")
    falls = [place for place in range(1, len(ids)) if ids[place] < ids[place - 1]]
    assert [finding.pointer for finding in findings] == [f"/categories/{place}/id" for place in falls[:1]]


def test_falls_are_seen_across_a_row_without_an_id() -> None:
    assert [finding.pointer for finding in _findings(_file(5, "x", 3, 4), "COCO405")] == ["/categories/2/id"]


def test_a_list_that_gives_this_very_order_allows_it() -> None:
    assert _findings(_file(2, 1), "COCO405", expected=_list(2, 1)) == ()
    assert len(_findings(_file(2, 1), "COCO405", expected=_list(1, 2))) == 1


@pytest.mark.parametrize(
    ("ids", "expected", "start", "severities"),
    [
        ((1, 2), None, 1, []),
        ((0, 1), None, 1, [Severity.WARNING]),
        ((0, 1), None, 0, []),
        ((1, 0), None, 1, [Severity.WARNING]),  # the smallest, wherever it stands
        ((-1, 1), None, 1, [Severity.WARNING]),
        ((92, 93), None, 1, [Severity.WARNING]),
        ((0, 1), CategoryList.from_names(["c0", "c1"], start=1), 0, [Severity.ERROR]),
        ((0, 1), CategoryList.from_names(["c0", "c1"], start=0), 1, []),
        ((0, 1), CategoryList.from_names(["c0", "c1"]), 1, [Severity.WARNING]),
        ((0, 1), _list(0, 1), 1, []),
        ((0, 1), _list(1, 2), 0, [Severity.WARNING]),
        ((0, 1), _list(1, 2).pinned(), 0, [Severity.ERROR]),
        ((), None, 1, []),
        (("1", 2), None, 1, []),  # the unusable id may be the start
        (("1", 0), None, 1, [Severity.WARNING]),
    ],
)
def test_start(ids: tuple[Any, ...], expected: CategoryList | None, start: int, severities: list[Severity]) -> None:
    findings = _findings(_file(*ids), "COCO406", expected=expected, thresholds=Thresholds(category_start=start))
    assert _severities(findings) == severities


def test_the_start_is_not_asked_for_where_its_class_is_absent() -> None:
    document = dataset([], document={"categories": [{"id": 2, "name": "c1"}]})
    report = _check(document, "COCO406", expected=_list(1, 2).pinned())
    assert report.findings == ()
    assert (report.rules[0].verdict, report.rules[0].reason) == (Verdict.SKIPPED, 'the first expected class, "c0", is absent')


def test_a_file_without_categories_is_not_passed() -> None:
    document = dataset([])
    del document["categories"]
    for code in ("COCO404", "COCO405", "COCO406"):
        assert _check(document, code).rules[0].verdict is Verdict.SKIPPED


def test_annotation_gaps_are_one_note() -> None:
    document = dataset([{"id": number} for number in (900, 1, 10, 11, 500)])
    (finding,) = _findings(document, "COCO407")
    assert finding.message == "annotation ids leave 3 gaps in 1..900: no annotation has id 2..9, 12..499, 501..899"
    assert (finding.severity, finding.pointer) == (Severity.NOTE, "/annotations")


def test_annotations_of_id_zero_are_counted() -> None:
    (finding,) = _findings(dataset([{"category_id": 0}, {"category_id": 0}, {}], categories=[{}, {"id": 0}]), "COCO410")
    assert finding.message == "category 0 (dog): some readers do not accept id 0 as a class, and 2 annotations are of it"
    assert finding.severity is Severity.NOTE


@pytest.mark.parametrize(
    "categories",
    [
        [{"id": 1}, {"id": 2}],
        [{"id": 0}, {"id": 1}],  # no annotation is of 0
        [{"id": False}, {"id": 1}],  # another rule speaks of it
    ],
)
def test_id_zero_alone_or_elsewhere_is_no_matter(categories: list[Any]) -> None:
    assert _findings(dataset([{"category_id": 1}], categories=categories), "COCO410") == ()
    assert _findings(dataset([{"category_id": 0}], categories=[{"id": 1}]), "COCO410") == ()
