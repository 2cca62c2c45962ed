"""References, held to plain Python over the same rows, and beside broken ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cocoproof.checking.check_file import check_source
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.model.findings import FileReport, Verdict
from cocoproof.reading.document import read
from cocoproof.reading.source import read_document
from cocoproof.rules.catalogue import RULES, find
from cocoproof.rules.examples import GONE, captions, dataset, panoptic, results
from cocoproof.rules.id_offsets import constant_offset
from cocoproof.rules.row_names import numbers_of

from ..examples import thorough

_MINE = [rule for rule in RULES if rule.code.startswith("COCO3") and rule.code != "COCO308"]
"""COCO308 takes up what the others find; it has tests of its own."""


def _check(document: Any, **options: Any) -> FileReport:
    return check_source(read_document(document), CheckSettings(rules=_MINE, **options))


def _places(document: Any) -> list[tuple[str, str]]:
    return [(finding.code, finding.pointer) for finding in _check(document).findings]


def _results(report: FileReport) -> dict[str, tuple[Verdict, str | None]]:
    return {rule.code: (rule.verdict, rule.reason) for rule in report.rules}


_REFERENCE = st.sampled_from([0, 1, 2, 3, "1", None, True])
_IDS = st.lists(st.sampled_from([0, 1, 2, 2**40, "2"]), max_size=4)


def _is_id(value: Any) -> bool:
    """What a reader can look up: 1, true and "1" are keys, and the first two are one key."""
    return value is not None


@thorough(150)
@given(
    images=_IDS,
    categories=_IDS,
    licenses=st.lists(st.integers(0, 2), max_size=2),
    rows=st.lists(st.tuples(_REFERENCE, _REFERENCE), min_size=1, max_size=6),
    license_id=st.integers(0, 3),
)
def test_agrees_with_plain_python(
    images: list[Any], categories: list[Any], licenses: list[int], rows: list[tuple[Any, Any]], license_id: int
) -> None:
    document = dataset(
        [{"image_id": image, "category_id": category} for image, category in rows],
        images=[{"id": i, "license": license_id} for i in images],
        categories=[{"id": i} for i in categories],
        document={"licenses": [{"id": i} for i in licenses]},
    )
    image_ids, category_ids = ([i for i in ids if _is_id(i)] for ids in (images, categories))
    expected = [("COCO301", f"/annotations/{k}/image_id") for k, (i, _) in enumerate(rows) if _is_id(i) and i not in image_ids]
    expected += [("COCO302", f"/annotations/{k}/category_id") for k, (_, c) in enumerate(rows) if _is_id(c) and c not in category_ids]
    if license_id not in licenses:
        expected += [("COCO303", f"/images/{k}/license") for k in range(len(images))]
    used_images, used_categories = ([i for i in column if _is_id(i)] for column in zip(*rows, strict=True))
    expected += [("COCO304", f"/categories/{k}") for k, c in enumerate(categories) if _is_id(c) and c not in used_categories]
    expected += [("COCO305", f"/images/{k}") for k, i in enumerate(images) if _is_id(i) and i not in used_images]
    assert _places(document) == expected


@pytest.mark.parametrize(("section", "code"), [("images", "COCO301"), ("categories", "COCO302")])
@pytest.mark.parametrize(("value", "reporter"), [(GONE, "COCO101"), ({}, "COCO103")])
def test_without_the_section_nothing_is_dangling(section: str, code: str, value: Any, reporter: str) -> None:
    report = _check(dataset(document={section: value}))
    assert not [finding for finding in report.findings if finding.code == code]
    assert _results(report)[code] == (Verdict.SKIPPED, f"there is no list of {section} ({reporter})")


def test_an_empty_section_leaves_everything_dangling() -> None:
    document = dataset(images=[], categories=[])
    messages = [finding.message for finding in _check(document).findings]
    assert [message.partition(": ")[2] for message in messages] == [
        "image_id 1 is not the id of an image; the ids are none",
        "category_id 1 is not the id of a category; the ids are none",
    ]


def test_an_id_of_the_wrong_type_is_no_target_but_is_named() -> None:
    report = _check(dataset(images=[{}, {"id": "7"}], annotations=[{}, {"image_id": 7}]))
    (finding,) = [finding for finding in report.findings if finding.code == "COCO301"]
    assert finding.message.endswith('image_id 7 is not the id of an image; the ids are 1, "7"; one reads the same, but is a string')


def test_notes_stay_true_beside_broken_references() -> None:
    report = _check(dataset([{"image_id": "2", "category_id": "2"}, {}], images=[{}, {}]))
    notes = [finding for finding in report.findings if finding.code in ("COCO304", "COCO305")]
    assert [(finding.code, finding.message) for finding in notes] == [
        ("COCO304", "category 2 (dog): no annotation with a usable category_id has this category"),
        ("COCO305", "image 2 (2.jpg): no annotation with a usable image_id is on this image"),
    ]


def test_segments_use_categories() -> None:
    report = _check(panoptic([{}, {"category_id": 5}]))
    assert [(finding.code, finding.pointer) for finding in report.findings] == [
        ("COCO302", "/annotations/0/segments_info/1/category_id"),
        ("COCO304", "/categories/1"),
    ]


def test_rows_with_one_id_are_used_together() -> None:
    document = dataset(images=[{}, {"id": 1}], categories=[{}, {"id": 1}])
    assert _places(document) == []


def test_license_may_be_absent_null_or_text() -> None:
    document = dataset(
        images=[{"license": GONE}, {"license": None}, {"license": "CC0"}, {"license": 1}], document={"licenses": [{"id": 2}]}
    )
    assert [place for code, place in _places(document) if code == "COCO303"] == ["/images/3/license"]


def test_a_file_of_images_alone_has_no_unused_ones() -> None:
    document = dataset([], images=[{}, {}])
    assert {code: verdict for code, (verdict, _) in _results(_check(document)).items()} == {
        "COCO301": Verdict.SKIPPED,
        "COCO302": Verdict.SKIPPED,
        "COCO303": Verdict.PASSED,
        "COCO304": Verdict.SKIPPED,
        "COCO305": Verdict.SKIPPED,
        "COCO306": Verdict.FAILED,
        "COCO307": Verdict.SKIPPED,
    }


def test_results_are_held_to_their_ground_truth_by_other_rules() -> None:
    report = _check(results([{"image_id": 9}]), truth=read(read_document(dataset())))
    assert {verdict for verdict, _ in _results(report).values()} == {Verdict.SKIPPED}
    assert not _places(captions())


@pytest.mark.parametrize(
    ("ids", "told"),
    [
        ([], "none"),
        ([5], "5"),
        ([3, 1, 2, 2], "1..3"),
        ([7, 1, 3], "1, 3, 7"),
        ([-1, 0], "-1..0"),
        (list(range(0, 18, 2)), "9 from 0 to 16"),
        (list(range(0, 16, 2)), "0, 2, 4, 6, 8, 10, 12, 14"),
        (list(range(1, 100)), "1..99"),
    ],
)
def test_ids_are_told_in_few_words(ids: list[int], told: str) -> None:
    assert numbers_of(np.array(ids, np.int64)) == told


def _offset_by_brute_force(used: set[int], known: set[int]) -> int | None:
    fits = [by for by in range(-60, 61) if {one - by for one in used} <= known]
    if used <= known or len(fits) != 1:
        return None
    return fits[0] if not used & known or (len(used) == len(known) >= 3) else None


@thorough(300)
@given(st.sets(st.integers(0, 12), min_size=1, max_size=8), st.sets(st.integers(0, 12), min_size=1, max_size=8))
@example({0, 1, 2}, {1, 2, 3})
@example({5}, {7})
@example({0, 1}, {1, 2})
def test_a_constant_offset_agrees_with_plain_python(used: set[int], known: set[int]) -> None:
    arrays = (np.array(sorted(one), np.int64) for one in (used, known))
    assert constant_offset(*arrays) == _offset_by_brute_force(used, known)


def test_an_offset_of_extreme_ids() -> None:
    low, high = np.array([-(2**63)]), np.array([2**63 - 1])
    assert constant_offset(low, high) is None
    assert constant_offset(np.arange(5, 2000), np.arange(1, 1996)) == 4
    assert constant_offset(np.arange(5, 2000, 10), np.arange(1, 4000)) is None


def test_a_few_stray_categories_are_no_offset() -> None:
    """One category that is missing, beside one that is not used, looks like an offset of two ids, and is none."""
    document = dataset([{"category_id": k} for k in (2, 3)] * 20, categories=[{}, {}])
    assert {
        finding.code for finding in check_source(read_document(document), CheckSettings(rules=find("COCO302") + find("COCO308"))).findings
    } == {"COCO302"}


def test_most_images_and_categories_without_annotations_are_one_finding() -> None:
    names = [{"id": k, "name": f"n{k}", "supercategory": ""} for k in range(1, 21)]
    document = dataset([{}], images=[{}] * 20, document={"categories": names})
    found = check_source(read_document(document), CheckSettings(rules=find("COCO304") + find("COCO305"))).findings
    assert [(finding.code, finding.pointer, finding.message) for finding in found] == [
        ("COCO304", "/categories/1", "no annotation has one of 19 of 20 categories"),
        ("COCO305", "/images/1", "no annotation is on 19 of 20 images"),
    ]
    fewer = dataset([{"image_id": k} for k in range(1, 4)], images=[{}] * 20)
    assert len(check_source(read_document(fewer), CheckSettings(rules=find("COCO305"))).findings) == 17
