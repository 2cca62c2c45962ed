"""Categories against a class list: what one finding says, and what does not follow from what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocoproof.checking.check_file import check_source
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.mapping import Category, CategoryList
from cocoproof.model.findings import FileReport, Severity, Verdict
from cocoproof.reading.source import read_document
from cocoproof.rules.catalogue import RULES
from cocoproof.rules.examples import GONE, captions, dataset

from ..examples import thorough

if TYPE_CHECKING:
    from collections.abc import Sequence

_MINE = [rule for rule in RULES if rule.code in {"COCO401", "COCO402", "COCO403", "COCO409"}]


def _categories(*rows: tuple[Any, Any]) -> list[dict[str, Any]]:
    return [{"id": number, "name": name} for number, name in rows]


def _report(categories: Sequence[dict[str, Any]], expected: CategoryList | None) -> FileReport:
    document = dataset([], document={"categories": list(categories)})
    return check_source(read_document(document), CheckSettings(rules=_MINE, expected=expected))


def _codes(report: FileReport) -> list[str]:
    return [finding.code for finding in report.findings]


def _verdict(report: FileReport, code: str) -> tuple[Verdict, str | None]:
    return next((rule.verdict, rule.reason) for rule in report.rules if rule.code == code)


def _with_ids(*rows: tuple[int, str]) -> CategoryList:
    return CategoryList(tuple(Category(number, name) for number, name in rows))


_NAMES = CategoryList.from_names(["person", "car", "dog"])


def test_swapped_order_is_one_finding_that_shows_both_orders() -> None:
    report = _report(_categories((1, "person"), (2, "dog"), (3, "car")), _NAMES)
    assert _codes(report) == ["COCO401"]
    (finding,) = report.findings
    assert finding.message == (
        'category 2 (dog): is where "car" is expected; 2 of 3 classes are out of place. '
        'The file has "person", "dog", "car"; the class list has "person", "car", "dog"'
    )
    assert (finding.pointer, finding.category_id) == ("/categories/1/name", 2)


def test_the_order_of_a_long_list_is_shown_around_the_first_difference() -> None:
    names = [f"class {k}" for k in range(80)]
    found = [*names[:40], names[41], names[40], *names[42:]]
    report = _report(_categories(*enumerate(found, 1)), CategoryList.from_names(names))
    (finding,) = report.findings
    assert '... "class 39", "class 41", "class 40", "class 42", "class 43", ...' in finding.message
    assert "2 of 80" in finding.message
    assert len(finding.message) < 400


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([(3, "dog"), (1, "person"), (2, "car")], "by their ids they would be in order"),
        ([(1, "car"), (2, "dog"), (3, "person")], "the file is in alphabetical order"),
    ],
)
def test_the_reason_is_told_where_it_shows(rows: list[tuple[int, str]], reason: str) -> None:
    (finding,) = _report(_categories(*rows), _NAMES).findings
    assert reason in finding.message


def test_an_absent_and_an_unexpected_class_are_no_disorder() -> None:
    report = _report(_categories((1, "persn"), (2, "car"), (3, "dog"), (4, "zebra")), _NAMES)
    assert _codes(report) == ["COCO402", "COCO403", "COCO403"]
    missing, near, far = report.findings
    assert missing.message == 'the expected class "person" is not among the 4 categories; is category 1, "persn", meant to be it?'
    assert near.message.endswith('did you mean "person"?')
    assert "did you mean" not in far.message


def test_all_classes_another_s() -> None:
    report = _report(_categories((1, "a"), (2, "b")), _NAMES)
    assert sorted(_codes(report)) == ["COCO402"] * 3 + ["COCO403"] * 2


@pytest.mark.parametrize("name", [None, 7, GONE, "", "  "])
def test_a_class_whose_name_is_unusable_is_not_called_absent_or_unexpected(name: Any) -> None:
    categories = _categories((1, "person"), (2, name), (3, "dog"))
    if name is GONE:
        del categories[1]["name"]
    report = _report(categories, _NAMES)
    # Blank names are usable as far as reading goes: the class is absent, but the blank is not unexpected as well.
    assert _codes(report) == (["COCO402"] if isinstance(name, str) else [])


def test_more_classes_absent_than_names_unusable() -> None:
    report = _report(_categories((1, None)), _NAMES)
    assert _codes(report) == ["COCO402"] * 3
    assert "1 of 1 categories have no usable name" in str(_verdict(report, "COCO402")[1])


def test_a_repeated_name_counts_by_its_first_row() -> None:
    report = _report(_categories((1, "person"), (2, "car"), (3, "dog"), (4, "person")), _NAMES)
    assert _codes(report) == []


def test_skipped_where_there_is_nothing_to_judge() -> None:
    no_section = check_source(read_document(dataset([], document={"categories": GONE})), CheckSettings(rules=_MINE, expected=_NAMES))
    assert {_verdict(no_section, rule.code) for rule in _MINE} == {(Verdict.SKIPPED, "the file has no list of categories")}
    no_list = _report(_categories((1, "person")), None)
    assert {_verdict(no_list, rule.code)[0] for rule in _MINE} == {Verdict.SKIPPED}
    assert _verdict(_report(_categories((1, "person")), _NAMES), "COCO409") == (Verdict.SKIPPED, "the class list gives no ids")
    caption = check_source(read_document(captions()), CheckSettings(rules=_MINE, expected=_NAMES))
    assert {_verdict(caption, rule.code)[0] for rule in _MINE} == {Verdict.SKIPPED}


def test_ids_swapped_are_two_findings_that_name_each_other() -> None:
    report = _report(_categories((2, "person"), (1, "car"), (3, "dog")), _with_ids((1, "person"), (2, "car"), (3, "dog")))
    assert [finding.message for finding in report.findings] == [
        'category 2 (person): has id 2, the class list gives it 1, which in this file is "car"',
        'category 1 (car): has id 1, the class list gives it 2, which in this file is "person"',
    ]


def test_a_shift_of_all_ids_is_one_finding() -> None:
    names = [f"c{k}" for k in range(80)]
    report = _report(_categories(*enumerate(names, 0)), _with_ids(*enumerate(names, 1)))
    (finding,) = report.findings
    assert finding.message == "category 0 (c0): has id 0, the class list gives it 1; all 80 ids are 1 too low"
    assert finding.severity is Severity.ERROR


def test_a_shift_of_some_ids_is_a_finding_each() -> None:
    report = _report(_categories((1, "a"), (3, "b"), (4, "c")), _with_ids((1, "a"), (2, "b"), (3, "c")))
    assert _codes(report) == ["COCO409"] * 2


def test_an_unusable_id_is_not_a_wrong_one() -> None:
    report = _report(_categories((1, "a"), ("2", "b"), (None, "c")), _with_ids((1, "a"), (2, "b"), (3, "c")))
    assert _codes(report) == []


_WORDS = st.sampled_from(["a", "b", "c", "d", "e", "f"])


@thorough(120)
@given(found=st.lists(_WORDS, max_size=7), due=st.lists(_WORDS, min_size=1, max_size=6, unique=True))
def test_agrees_with_plain_sets_and_lists(found: list[str], due: list[str]) -> None:
    report = _report(_categories(*enumerate(found, 1)), CategoryList.from_names(due))
    codes = _codes(report)
    firsts = list(dict.fromkeys(found))
    assert codes.count("COCO402") == len(set(due) - set(found))
    assert codes.count("COCO403") == len(set(found) - set(due))
    assert ("COCO401" in codes) == ([name for name in firsts if name in due] != [name for name in due if name in found])


def test_of_thousands_of_foreign_names_only_some_get_a_hint() -> None:
    # difflib on every pair would take minutes.
    found, due = ([f"{word} number {k}" for k in range(3000)] for word in ("left", "right"))
    report = _report(_categories(*enumerate(found, 1)), CategoryList.from_names(due))
    assert report.summary.errors == 6000
    hinted = [finding for finding in report.findings if "did you mean" in finding.message or "meant to be" in finding.message]
    assert 2 <= len(hinted) <= 20
