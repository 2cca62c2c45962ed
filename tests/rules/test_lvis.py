"""LVIS: lists of categories, counts and frequencies, against plain Python."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from cocoproof.checking.check_file import check_source
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.model.findings import Kind, Verdict
from cocoproof.readers.reload_run import ReloadMode
from cocoproof.reading.source import Source
from cocoproof.rules.catalogue import select
from cocoproof.rules.examples import GONE, lvis

from ..examples import thorough

if TYPE_CHECKING:
    from cocoproof.model.findings import FileReport

CODES = ("COCO931", "COCO932", "COCO933", "COCO934")


def checked(document: Any, *codes: str) -> FileReport:
    options = CheckSettings(rules=select(codes or CODES), reload=ReloadMode.NEVER)
    return check_source(Source("lvis.json", json.dumps(document).encode()), options)


def found(document: Any, *codes: str) -> list[tuple[str, str]]:
    return [(finding.code, finding.message) for finding in checked(document, *codes).findings]


def reason(document: Any, code: str) -> tuple[Verdict, str]:
    (result,) = checked(document, code).rules
    return result.verdict, result.reason or ""


def many(count: int = 40, **statistics: Any) -> dict[str, Any]:
    """A file of `count` categories; of category k there are k % 3 + 1 annotations, each on an image of its own."""
    rows = [{"category_id": k, "image_id": image} for k in range(1, count + 1) for image in range(1, k % 3 + 2)]
    document = lvis([{}], images=[{"neg_category_ids": []}] * 3)
    model = document["annotations"][0]
    document["annotations"] = [model | row | {"id": number} for number, row in enumerate(rows, 1)]
    document["categories"] = [
        {
            "id": k,
            "name": f"c{k}",
            "synset": f"c{k}.n.01",
            "frequency": "r",
            "image_count": k % 3 + 1,
            "instance_count": k % 3 + 1,
            **statistics,
        }
        for k in range(1, count + 1)
    ]
    return document


def test_a_field_that_no_row_has_is_one_finding() -> None:
    document = lvis(images=[{"neg_category_ids": GONE}] * 5)
    assert [message for _, message in found(document)] == [
        "image 1 (1.jpg): there is no neg_category_ids, here and in the other 4 of 5 images: LVISEval raises KeyError"
    ]


def test_every_row_without_a_field_is_named_where_others_have_it() -> None:
    document = lvis(images=[{}, {"neg_category_ids": GONE}, {"neg_category_ids": GONE}])
    assert [code for code, _ in found(document)] == ["COCO931", "COCO931"]


def test_lists_of_another_type_are_wrong_types_and_not_read_further() -> None:
    for value in (None, "1", ["2"], [1.5], {"2": 1}, 2):
        document = lvis([{"category_id": 2}], images=[{"neg_category_ids": value}])
        report = checked(document, "COCO103", *CODES)
        assert {finding.code for finding in report.findings} == {"COCO103"}, value


def test_files_are_lvis_by_any_of_its_fields() -> None:
    for missing in (
        {"neg_category_ids": GONE, "not_exhaustive_category_ids": GONE},
        {"neg_category_ids": GONE},
        {"not_exhaustive_category_ids": GONE},
    ):
        assert checked(lvis(images=[missing])).kind is Kind.LVIS
    bare = lvis(images=[{"neg_category_ids": GONE, "not_exhaustive_category_ids": GONE}], categories=[{"synset": GONE}, {"synset": GONE}])
    assert checked(bare).kind is Kind.LVIS
    for category in bare["categories"]:
        del category["image_count"], category["instance_count"]
    assert checked(bare).kind is Kind.INSTANCES


def test_counts_that_are_not_whole_numbers_are_not_compared() -> None:
    for value in (None, "7", 1.5, True, [3], 1e300, -1e300):
        assert found(lvis(categories=[{"image_count": value}, {}])) == [], value
    assert found(lvis(categories=[{"image_count": 1.0}, {}])) == []
    assert [code for code, _ in found(lvis(categories=[{"image_count": 2.0}, {}]))] == ["COCO932"]


def test_both_counts_of_a_category_are_one_finding() -> None:
    document = lvis([{}, {}], categories=[{"image_count": 0, "instance_count": 1}, {}])
    assert found(document) == [
        (
            "COCO932",
            (
                "category 1 (cat): image_count is 0, but there is 1 image of the category; "
                "instance_count is 1, but there are 2 annotations of the category"
            ),
        )
    ]


def test_a_part_of_a_set_keeps_the_counts_of_all_of_it() -> None:
    document = many()
    whole = [dict(category) for category in document["categories"]]
    kept = [row for row in document["annotations"] if row["image_id"] != 3]
    verdict, why = reason(document | {"annotations": kept}, "COCO932")
    assert verdict is Verdict.SKIPPED
    assert why.startswith("the counts were not checked: those of 13 of 40 categories are mostly larger than the file's")
    whole[4]["image_count"] += 7
    assert [code for code, _ in found(document | {"categories": whole}, "COCO932")] == ["COCO932"]


def test_most_counts_wrong_is_one_finding() -> None:
    assert [message for _, message in found(many(instance_count=0), "COCO932")] == [
        (
            "category 1 (c1): the counts of 40 of 40 categories are not those of the file; "
            "of this one: instance_count is 0, but there are 2 annotations of the category"
        )
    ]


def test_counts_are_not_compared_where_annotations_cannot_be_counted() -> None:
    document = lvis([{}, {"category_id": "1"}], categories=[{"instance_count": 9}, {}])
    assert reason(document, "COCO932")[0] is Verdict.SKIPPED


def test_duplicate_categories_are_not_counted() -> None:
    assert found(lvis(categories=[{"image_count": 9}, {"id": 1}], negative=1), "COCO932") == []


def test_frequencies_are_compared_where_nearly_all_agree() -> None:
    document = many()
    document["categories"][3]["frequency"] = "f"
    assert found(document) == [
        ("COCO932", 'category 4 (c4): frequency is "f", but image_count is 2, which is "r" by the limits of 10 and 100 images')
    ]
    for category in document["categories"][:20]:
        category["frequency"] = "c"
    verdict, why = reason(document, "COCO932")
    assert (verdict, why) == (Verdict.PASSED, "frequencies were not checked: they may be those of another set")


def test_both_readings_of_the_limits_are_accepted() -> None:
    for count, groups in ((9, "r"), (10, "rc"), (11, "c"), (99, "c"), (100, "cf"), (101, "f")):
        for group in "rcf":
            document = many(20)
            # Counts that cannot be those of a larger set: more images than annotations.
            document["categories"][0] |= {"image_count": count, "frequency": group}
            messages = [message for _, message in found(document, "COCO932")]
            assert any("image_count is" in message for message in messages)
            large = lvis([{"image_id": k} for k in range(1, count + 1)], images=[{"neg_category_ids": []}] * count)
            large["categories"][0]["frequency"] = group
            others = [row | {"id": row["id"] + 2, "image_count": 0, "instance_count": 0} for row in many(20)["categories"]]
            large["categories"] = [large["categories"][0], *others]
            assert (found(large, "COCO932") == []) == (group in groups), (count, group)


def test_contradictions_are_counted_by_image_and_category() -> None:
    document = lvis([{"category_id": 2}, {}, {"category_id": 2}, {"category_id": 2, "image_id": 2}], images=[{}, {}, {}])
    assert found(document, "COCO933") == [
        (
            "COCO933",
            (
                "annotation 1 (image 1, 1.jpg): category_id is 2, which neg_category_ids of images[0] (id 1) lists as absent from it; "
                "as of 1 more annotation on the image"
            ),
        ),
        ("COCO933", "annotation 4 (image 2, 2.jpg): category_id is 2, which neg_category_ids of images[1] (id 2) lists as absent from it"),
    ]


def test_an_unknown_category_is_one_finding_for_all_images() -> None:
    document = lvis(images=[{}, {"neg_category_ids": [2, 9]}, {"neg_category_ids": [9]}, {"not_exhaustive_category_ids": [9, 9]}])
    assert found(document, "COCO934") == [
        ("COCO934", "image 2 (2.jpg): neg_category_ids lists 9, which is not the id of a category (ids: 1..2); 2 images list it"),
        ("COCO934", "image 4 (4.jpg): not_exhaustive_category_ids lists 9, which is not the id of a category (ids: 1..2)"),
    ]


def test_many_unknown_categories_are_one_finding() -> None:
    document = lvis(images=[{}, {"neg_category_ids": list(range(20, 31))}, {"neg_category_ids": [2, 31, 31]}])
    assert found(document, "COCO934") == [
        (
            "COCO934",
            "image 2 (2.jpg): neg_category_ids lists 12 ids that are not those of categories (ids: 1..2), on 2 images: 20..31",
        )
    ]
    assert checked(document, "COCO934").findings[0].pointer == "/images/1/neg_category_ids/0"


IDS = st.one_of(st.integers(1, 4), st.sampled_from([-(2**63), 2**63 - 1, 2**64]))


@given(st.lists(st.lists(IDS, max_size=4), min_size=1, max_size=4), st.lists(st.tuples(st.integers(1, 5), st.integers(1, 4)), max_size=6))
@thorough(150)
def test_lists_against_plain_python(lists: list[list[int]], rows: list[tuple[int, int]]) -> None:
    annotations = [{"image_id": image, "category_id": category} for image, category in rows]
    document = lvis(annotations, images=[{"neg_category_ids": ids} for ids in lists], categories=[{}, {}])
    report = checked(document, "COCO933", "COCO934")
    if document["annotations"]:
        negative = {image: set(ids) for image, ids in enumerate(lists, 1)}
        contradictions = {(image, category) for image, category in rows if category in negative.get(image, ())}
        assert sum(finding.code == "COCO933" for finding in report.findings) == len(contradictions)
    unknown = {min(number, 2**63 - 1) for ids in lists for number in ids if number not in (1, 2)}
    assert sum(finding.code == "COCO934" for finding in report.findings) == (
        0 if report.kind is not Kind.LVIS else 1 if len(unknown) > 10 else len(unknown)
    )
