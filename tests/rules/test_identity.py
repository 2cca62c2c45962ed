"""Ids and names, held to plain Python over the same rows, and beside broken ones."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocoproof.checking.check_file import check_source
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.model.findings import FileReport, Severity, Verdict
from cocoproof.reading.source import read_document
from cocoproof.rules.catalogue import RULES
from cocoproof.rules.examples import GONE, captions, dataset, keypoint_dataset, panoptic, results

from ..examples import thorough

_MINE = [rule for rule in RULES if rule.code in {f"COCO20{k}" for k in (1, 2, 3, 4, 5, 7, 8, 9)}]


def _check(document: Any) -> FileReport:
    return check_source(read_document(document), CheckSettings(rules=_MINE))


def _places(document: Any) -> list[tuple[str, str]]:
    return [(finding.code, finding.pointer) for finding in _check(document).findings]


def _messages(document: Any) -> list[str]:
    return [finding.message for finding in _check(document).findings]


def _verdict(report: FileReport, code: str) -> tuple[Verdict, str | None]:
    return next((rule.verdict, rule.reason) for rule in report.rules if rule.code == code)


_IDS = st.lists(st.sampled_from([-1, 1, 2, 3, 2**62, "1", None]), max_size=8)


@thorough(120)
@given(_IDS, _IDS, _IDS)
def test_repeated_ids_agree_with_plain_python(images: list[Any], annotations: list[Any], categories: list[Any]) -> None:
    document = dataset(
        [{}] * 3 + [{"id": i} for i in annotations[:6]],  # of ten rows and more one finding is made
        images=[{"id": i, "file_name": f"{k}.jpg"} for k, i in enumerate(images)],
        categories=[{"id": i, "name": f"n{k}"} for k, i in enumerate(categories[:5])],
    )
    expected = []
    for code, section in (("COCO201", "images"), ("COCO202", "annotations"), ("COCO203", "categories")):
        ids = [row["id"] for row in document[section]]
        expected += [(code, f"/{section}/{k}/id") for k, i in enumerate(ids) if i is not None and i in ids[:k]]
    assert _places(document) == expected


def test_every_repetition_names_the_first() -> None:
    messages = _messages(dataset([{}, {}, {"id": 1, "image_id": 7}, {"id": 1}, {"id": 2}]))
    assert [message.partition(": ")[2] for message in messages] == [
        "id 1 is also that of annotations[0] on image 1",
        "id 1 is also that of annotations[0] on image 1",
        "id 2 is also that of annotations[1] on image 1",
    ]


def test_the_other_row_may_lack_what_would_name_it() -> None:
    assert _messages(dataset([{"image_id": None}, {"id": 1}]))[0].endswith("that of annotations[0]")
    assert _messages(dataset(images=[{"file_name": GONE}, {"id": 1}]))[0].endswith("that of images[0]")
    assert _messages(dataset(images=[{"id": "a"}, {"file_name": "1.jpg"}]))[0].endswith('that of images[0] (id "a")')


def test_broken_ids_are_no_repetitions_and_no_pass() -> None:
    report = _check(dataset([{"id": 7.5}, {"id": 7.5}, {"id": None}, {"id": None}, {"id": GONE}]))
    assert not report.findings
    assert _verdict(report, "COCO202") == (Verdict.SKIPPED, "5 of 5 annotations have no usable id")


def test_an_id_of_zero_counts_wherever_objects_are_evaluated() -> None:
    # COCOeval writes the ids into an array of floats: false and "0" are zeros there, too.
    for document in (dataset([{"id": 0}]), keypoint_dataset([{"id": 0}]), dataset([{"id": False}]), dataset([{"id": "0"}, {"id": "x"}])):
        assert _places(document) == [("COCO207", "/annotations/0/id")]
    # Nothing matches captions, panoptic annotations have no id, and an absent id is not 0.
    for document in (captions([{"id": 0}]), panoptic([{"id": 0}, {}]), dataset([{"id": "x0"}, {"id": GONE}]), results()):
        assert not _places(document)


_NAMES = st.lists(
    st.sampled_from(["cat", "Cat", "CAT ", "c a t", "dog", "", " ", "\u200b", "\uff43at", "stra\u00dfe", "STRASSE", 3]), max_size=5
)


@thorough(150)
@given(_NAMES)
def test_names_agree_with_plain_python(names: list[Any]) -> None:
    expected = []
    for k, name in enumerate(names):
        earlier = [other for other in names[:k] if isinstance(other, str)]
        if not isinstance(name, str):
            continue
        if not _plain(name):
            expected.append(("COCO208", k))
        elif name in earlier:
            expected.append(("COCO204", k))
        elif _plain(name) in map(_plain, earlier):
            expected.append(("COCO209", k))
    document = dataset(categories=[{"name": name} for name in names])
    assert sorted(_places(document)) == sorted((code, f"/categories/{k}/name") for code, k in expected)


def _plain(name: str) -> str:
    """White space out, compatibility forms and case folded; `unicodedata` says what is white space or invisible."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(char for char in folded if unicodedata.category(char) not in {"Zs", "Cf", "Cc"})


@pytest.mark.parametrize(
    "blank",
    [
        "",
        " ",
        "\t\r\n",
        "\u00a0",
        "\u3000",
        "\u2028",
        "\u200b",
        "\ufeff",
        "\u2060",
        "\u00ad",
        "\u3164",
        "\u2800",
        "\u180e",
        "\x00",
        "\x1f",
        " \u200d\u200c ",
    ],
)
def test_a_name_with_nothing_to_see_is_blank(blank: str) -> None:
    assert ("COCO208", "/images/0/file_name") in _places(dataset(images=[{"file_name": blank}]))
    assert _places(dataset(categories=[{"name": blank}])) == [("COCO208", "/categories/0/name")]


@pytest.mark.parametrize("name", ["0", ".", "\u00b7", "\u732b", "\U0001f408", "\u0301", "\u200dx"])
def test_a_name_with_a_mark_is_not_blank(name: str) -> None:
    assert not _places(dataset(categories=[{"name": name}], images=[{"file_name": name}]))


def test_every_white_space_that_python_knows_is_blank() -> None:
    spaces = [chr(code) for code in range(0x3100) if chr(code).isspace()]
    assert len(spaces) > 20
    found = _check(dataset(images=[{"file_name": space} for space in spaces])).findings
    assert [finding.pointer for finding in found] == [f"/images/{k}/file_name" for k in range(len(spaces))]


def test_a_blank_name_is_shown_without_being_written_out() -> None:
    (finding,) = _check(dataset(categories=[{"name": "\u200b\u0007"}])).findings
    assert finding.message.endswith(r"name '\u200b\x07' has no character that can be seen")


def test_the_png_of_a_panoptic_annotation_needs_a_name_too() -> None:
    document = panoptic()
    document["annotations"][0]["file_name"] = " "
    assert _places(document) == [("COCO208", "/annotations/0/file_name")]


def test_blank_file_names_are_not_called_repeated_as_well() -> None:
    assert _places(dataset(images=[{"file_name": ""}, {"file_name": ""}])) == [("COCO208", f"/images/{k}/file_name") for k in (0, 1)]


def test_absent_and_broken_file_names_are_not_repeated() -> None:
    report = _check(dataset(images=[{"file_name": GONE}, {"file_name": GONE}, {"file_name": 3}, {"file_name": 3}]))
    assert not report.findings
    assert _verdict(report, "COCO205") == (Verdict.SKIPPED, "4 of 4 images have no usable file_name")


@pytest.mark.parametrize(
    ("one", "other", "difference"),
    [
        ("cat", "CAT", "case"),
        ("stra\u00dfe", "STRASSE", "case"),
        ("hot dog", "hotdog", "white space"),
        ("cat", "cat\u200b", "white space"),
        ("cat", "c\uff41t", "its Unicode normal form"),
        ("\u00e9", "e\u0301", "its Unicode normal form"),
        ("Hot Dog", "hotdog", "case, white space or Unicode normal form"),
    ],
)
def test_confusable_names_are_told_apart(one: str, other: str, difference: str) -> None:
    (finding,) = _check(dataset(categories=[{"name": one}, {"name": other}])).findings
    assert (finding.code, finding.severity) == ("COCO209", Severity.WARNING)
    assert finding.message.endswith(f'"{other}" is that of categories[0] (id 1), "{one}", but for {difference}')


def test_results_have_no_ids_or_names_of_their_own() -> None:
    assert {rule.verdict for rule in _check(results([{"id": 0}, {"id": 0}])).rules} == {Verdict.SKIPPED}
