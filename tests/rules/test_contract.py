"""The rules of the dataset contract, beside plain Python on the JSON document."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.examples import thorough

import cocoproof
from cocoproof.columns.attributes import RowSpans, read_attributes
from cocoproof.model.findings import Severity, Verdict
from cocoproof.rules.examples import dataset, lvis, panoptic

CODES = ["COCO121", "COCO122", "COCO123", "COCO124", "COCO131", "COCO132", "COCO133", "COCO134", "COCO135"]
NAMES = ["occluded", "age", "état", "a/b"]
CLASSES = ["cat", "dog"]


def check(document: Any, contract: Any, **options: Any) -> Any:
    return cocoproof.check(document, contract=contract, images=False, reload="never", **{"select": CODES, **options}).files[0]


def places(report: Any, code: str) -> list[str]:
    return [one.pointer for one in report.findings if one.code == code]


_SCALARS = st.sampled_from([True, False, 0, 1, 2, 2.0, 2.5, -3, "", "1", "red", "blue", "true"])
_VALUES = _SCALARS | st.sampled_from([None, ["red"], ["red", 2], [], {"x": 1}])
_ATTRIBUTES = st.dictionaries(st.sampled_from(NAMES), _VALUES, max_size=3)


@st.composite
def clauses(draw: st.DrawFn) -> dict[str, Any]:
    type_ = draw(st.sampled_from([None, "boolean", "integer", "number", "text", "list"]))
    clause: dict[str, Any] = {} if type_ is None else {"type": type_}
    if type_ in (None, "integer", "number", "list") and draw(st.booleans()):
        clause |= {"min": draw(st.sampled_from([-1, 0, 1])), "max": draw(st.sampled_from([1, 2, 2.5]))}
    if draw(st.booleans()) and "min" not in clause:
        fits = {
            "boolean": [True, False],
            "integer": [1, 2, 0],
            "number": [2.5, 1],
            "text": ["red", "1"],
        }.get(type_ or "", [True, 1, "red", 2.5])
        clause["values"] = draw(st.lists(st.sampled_from(fits), min_size=1, max_size=3))
    if draw(st.booleans()):
        clause["required"] = draw(st.booleans())
    return clause


@st.composite
def contracts(draw: st.DrawFn) -> dict[str, Any]:
    attributes: dict[str, Any] = {}
    for name in draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=3)):
        form = draw(st.sampled_from(["all", "one", "both"]))
        if form == "all":
            attributes[name] = draw(clauses())
        elif form == "one":
            attributes[name] = draw(clauses()) | {"classes": [draw(st.sampled_from(CLASSES))]}
        else:
            attributes[name] = [draw(clauses()) | {"classes": [one]} for one in CLASSES]
    return {"attributes": attributes}


_ROWS = st.lists(
    st.fixed_dictionaries(
        {"category_id": st.sampled_from([1, 2, 7])}, optional={"attributes": _ATTRIBUTES | st.sampled_from([None, [1], "x", 3])}
    ),
    max_size=7,
)


def allowed(clause: dict[str, Any], value: Any) -> bool:
    """Whether a clause allows a value: as the page describes it."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    types = {
        "boolean": isinstance(value, bool),
        "integer": number and value == int(value),
        "number": number,
        "text": isinstance(value, str),
        "list": isinstance(value, list),
    }
    if "type" in clause and not types[clause["type"]]:
        return False
    parts = value if clause.get("type") == "list" else [value]
    for part in parts:
        if "values" in clause and not any(json.dumps(part) == json.dumps(one) or _same_number(part, one) for one in clause["values"]):
            return False
        if "min" in clause and (isinstance(part, bool) or not isinstance(part, int | float) or not clause["min"] <= part <= clause["max"]):
            return False
    return True


def _same_number(one: Any, other: Any) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in (one, other)) and one == other


def expected(document: Any, contract: Any) -> dict[str, list[str]]:
    names = {1: "cat", 2: "dog"}
    missing, undefined, wrong = [], {}, []
    for k, row in enumerate(document["annotations"]):
        name_of_class = names.get(row["category_id"])
        value = row.get("attributes")
        malformed = value is not None and not isinstance(value, dict)
        attributes = value if isinstance(value, dict) else {}
        if malformed:
            wrong.append(f"/annotations/{k}/attributes")
        escaped = {name: f"/annotations/{k}/attributes/{name.replace('~', '~0').replace('/', '~1')}" for name in NAMES}
        for name, given_clauses in contract["attributes"].items():
            listed = given_clauses if isinstance(given_clauses, list) else [given_clauses]
            mine = [one for one in listed if "classes" not in one or name_of_class in one["classes"]]
            for one in mine:
                if one.get("required") and attributes.get(name) is None:
                    missing.append(f"/annotations/{k}/attributes" if "attributes" in row else f"/annotations/{k}")
                if attributes.get(name) is not None and not allowed(one, attributes[name]):
                    wrong.append(escaped[name])
            if name in attributes and not mine and name_of_class is not None:
                undefined.setdefault((name, name_of_class), escaped[name])
        for name in attributes:
            if name not in contract["attributes"]:
                undefined.setdefault((name, None), escaped[name])
    return {"COCO121": sorted(missing), "COCO122": sorted(undefined.values()), "COCO123": sorted(wrong)}


@thorough(150)
@given(_ROWS, contracts())
def test_attributes_beside_plain_python(rows: list[dict[str, Any]], contract: dict[str, Any]) -> None:
    document = dataset(rows)
    report = check(document, contract)
    assert {code: sorted(places(report, code)) for code in ("COCO121", "COCO122", "COCO123")} == expected(document, contract)


def mixed(document: Any) -> set[str]:
    kinds: dict[tuple[str, int], set[str]] = {}
    for row in document["annotations"]:
        for name, value in (row.get("attributes") or {}).items() if isinstance(row.get("attributes"), dict | None) else ():
            kind = "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__
            if value is not None:
                kinds.setdefault((name, row["category_id"]), set()).add(kind)
    return {name for (name, _), found in kinds.items() if len(found) > 1}


@thorough(100)
@given(_ROWS)
def test_mixed_types_beside_plain_python(rows: list[dict[str, Any]]) -> None:
    document = dataset([row for row in rows if isinstance(row.get("attributes", {}), dict | None)])
    report = check(document, None, select=["COCO124"])
    assert Counter(re.findall(r'^.*?attribute "([^"]+)" has values', one.message)[0] for one in report.findings) == Counter(mixed(document))


@pytest.mark.parametrize("block", [1, 2, 3, 20_000])
def test_blocks_of_rows(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr("cocoproof.columns.attributes._BLOCK", block)
    rows = [
        {"attributes": {"a": 1, "b": "x"}},
        {},
        {"attributes": {"b": 1e5}},
        {"attributes": None},
        {"attributes": [1]},
        {"attributes": {"a": 1}},
    ]
    text, starts = b"[", []
    for row in rows:
        starts.append(len(text))
        text += json.dumps(row).encode() + b" ,\n "
    text = text[:-3] + b" \n ]"
    table = read_attributes(RowSpans(text, np.array(starts), text.rindex(b"]")), len(rows), sampled=False)
    assert {name: column.rows.tolist() for name, column in table.columns.items()} == {"a": [0, 5], "b": [0, 2]}
    assert [table.columns["b"].value(k).decoded() for k in range(2)] == ["x", 100000.0]
    assert table.columns["a"].codes[0] == table.columns["a"].codes[1]
    assert table.malformed.tolist() == [False, False, False, False, True, False]
    assert table.present.tolist() == [True, False, True, True, True, True]


def test_what_is_so_of_all_is_one_finding() -> None:
    contract = {
        "attributes": {"a": {"required": True}, "b": {"type": "boolean"}},
        "counts": {"annotations-per-image": {"min": 2}},
        "images": {"formats": ["png"], "file-name": "x.*", "width": {"max": 5}},
        "licenses": ["MIT"],
    }
    rows = [{"image_id": k, "attributes": {"b": "true"}} for k in range(1, 11)]
    report = check(dataset(rows, images=[{}] * 10), contract)
    assert Counter(one.code for one in report.findings) == Counter(set(CODES) - {"COCO122", "COCO124"})
    report = check(
        dataset([*rows, {"image_id": 11, "attributes": {"a": 1, "b": True}}], images=[{}] * 10 + [{"width": 4, "file_name": "x.png"}]),
        contract,
    )
    counts = Counter(one.code for one in report.findings)
    assert (counts["COCO121"], counts["COCO123"], counts["COCO132"], counts["COCO133"], counts["COCO134"]) == (10, 10, 10, 10, 10)


_BOUNDS = st.tuples(st.integers(0, 4), st.integers(0, 3)).map(lambda pair: {"min": pair[0], "max": sum(pair)})


@thorough(100)
@given(
    st.lists(st.tuples(st.integers(1, 4), st.integers(1, 3)), max_size=7),
    st.fixed_dictionaries(
        {},
        optional={
            "images": _BOUNDS,
            "annotations": _BOUNDS,
            "categories": _BOUNDS,
            "annotations-per-image": _BOUNDS,
            "annotations-per-class": _BOUNDS,
            "classes": st.dictionaries(st.sampled_from(["cat", "dog", "lynx"]), _BOUNDS),
        },
    ),
)
def test_counts_beside_plain_python(rows: list[tuple[int, int]], counts: dict[str, Any]) -> None:
    document = dataset([{"image_id": image, "category_id": category} for image, category in rows], images=[{}] * 3)
    sections = [name for name in ("images", "annotations", "categories") if name in counts]
    wanted = [f"/{name}" for name in sections if not counts[name]["min"] <= len(document[name]) <= counts[name]["max"]]
    per_image, per_class = Counter(image for image, _ in rows), Counter(category for _, category in rows)
    for key, section, found, total in (
        ("annotations-per-image", "images", per_image, 3),
        ("annotations-per-class", "categories", per_class, 2),
    ):
        if key in counts:
            wanted += [f"/{section}/{k - 1}" for k in range(1, total + 1) if not counts[key]["min"] <= found[k] <= counts[key]["max"]]
    for name, bounds in counts.get("classes", {}).items():
        number = {"cat": 1, "dog": 2}.get(name)
        if not bounds["min"] <= per_class[number] <= bounds["max"]:
            wanted.append("/categories" if number is None else f"/categories/{number - 1}")
    report = check(document, {"counts": counts})
    assert sorted(places(report, "COCO131")) == sorted(wanted)


@pytest.mark.parametrize(
    ("images", "change", "place"),
    [
        ({"width": {"min": 64}}, {"width": 63}, "/images/1/width"),
        ({"width": {"max": 64}}, {"width": 65}, "/images/1/width"),
        ({"height": {"min": 48}}, {"height": 47}, "/images/1/width"),
        ({"sizes": [[64, 48]]}, {"width": 48, "height": 64}, "/images/1/width"),
        ({"formats": ["jpeg"]}, {"file_name": "x.png"}, "/images/1/file_name"),
        ({"file-name": r"[0-9]\.jpg"}, {"file_name": "22.jpg"}, "/images/1/file_name"),
        ({"file-name": r"[0-9]\.jpg"}, {"file_name": "2.jpg\n"}, "/images/1/file_name"),
    ],
)
def test_each_clause_of_images_at_its_bound(images: dict[str, Any], change: dict[str, Any], place: str) -> None:
    assert check(dataset(images=[{}, {}]), {"images": images}).findings == ()
    report = check(dataset(images=[{}, change, {}]), {"images": images})
    assert [one.pointer for one in report.findings] == [place]


def test_names_that_are_too_long_are_not_matched() -> None:
    report = check(dataset(images=[{}, {"file_name": "2" * 5000}]), {"images": {"file-name": ".*"}}, select=["COCO134"])
    assert report.rules[0].verdict is Verdict.SKIPPED
    assert "1 of 2 names not checked" in report.rules[0].reason


def test_licences_by_name_and_url_and_none() -> None:
    listed = [{"id": 1, "name": " CC0 "}, {"id": 2, "url": "https://x"}, {"id": 3, "name": 5}, {"id": 4, "name": "GPL", "url": "https://y"}]
    document = dataset(images=[{"license": k} for k in (1, 2, 3, 4, 4)], document={"licenses": listed})
    assert places(check(document, {"licenses": ["CC0", "https://x"]}), "COCO135") == ["/licenses/2", "/licenses/3"]
    del document["images"][1]["license"]
    assert places(check(document, {"licenses": ["CC0", "https://y"]}), "COCO135") == ["/licenses/2", "/images/1"]
    del document["licenses"]
    assert places(check(document, {"licenses": ["CC0"]}), "COCO135") == ["/images/1"]


def test_the_balance_of_classes_is_an_error_where_the_contract_states_it() -> None:
    document = dataset([{}] * 5 + [{"category_id": 2}])
    assert check(document, {"balance": {"max-ratio": 5}}, select=["COCO411"]).findings == ()
    (found,) = check(document, {"balance": {"max-ratio": 4.5}}, select=["COCO411"]).findings
    assert (found.severity, found.pointer) == (Severity.ERROR, "/categories/1")
    assert "the contract allows 4.5 times" in found.message
    few = lvis([{}, {}, {"category_id": 2}])
    assert check(few, None, select=["COCO411"]).findings == ()
    assert len(check(few, {"balance": {"max-ratio": 1}}, select=["COCO411"]).findings) == 1


def test_a_contract_without_a_section_checks_nothing_and_says_so() -> None:
    report = check(dataset(), {})
    reasons = {one.code: one.reason for one in report.rules if one.verdict is Verdict.SKIPPED}
    assert reasons.keys() == set(CODES) - {"COCO124"}
    assert all(reason.startswith("the contract has no ") for reason in reasons.values())
    without = check(dataset(), None)
    assert {one.reason for one in without.rules if one.code != "COCO124"} == {"needs a dataset contract (--contract FILE)"}


@pytest.mark.parametrize(
    "text", ['{"a": 1e999}', '{"a": "\\ud800"}', '{"a": ' + "[" * 900 + "]" * 900 + "}", '{"a": 12345678901234567890123}']
)
def test_values_that_cannot_be_decoded_crash_nothing(text: str, tmp_path: Any) -> None:
    path = tmp_path / "data.json"
    path.write_text(json.dumps(dataset([{"attributes": 0}, {}])).replace('"attributes": 0', f'"attributes": {text}'))
    report = check(str(path), {"attributes": {"a": {"type": "integer", "min": 0, "max": 3, "values": [1], "required": True}}})
    assert Verdict.CRASHED not in {one.verdict for one in report.rules}
    assert places(report, "COCO121") == ["/annotations/1"]


def test_segments_of_a_panoptic_file_are_counted() -> None:
    document = panoptic([{}, {}, {"category_id": 2}])
    contract = {"counts": {"annotations-per-image": {"max": 2}, "classes": {"cat": {"max": 1}, "dog": {"max": 1}}}}
    report = check(document, contract)
    assert [(one.pointer, "3 annotations" in one.message) for one in report.findings] == [("/images/0", True), ("/categories/1", False)]


def test_an_export_without_annotations_is_out_of_bounds() -> None:
    document = dataset([], categories=[])
    contract = {"counts": {"annotations": {"min": 1}, "classes": {"cat": {"min": 1}}}}
    assert places(check(document, contract), "COCO131") == ["/annotations", "/categories"]
    del document["annotations"], document["categories"]
    assert check(document, contract).findings == ()


def test_null_is_as_good_as_none() -> None:
    rows = [{"attributes": {"a": None}}, {"attributes": {"a": "x"}}]
    assert places(check(dataset(rows), {"attributes": {"a": {"required": True, "type": "text"}}}), "COCO121") == [
        "/annotations/0/attributes"
    ]
    assert check(dataset(rows), None, select=["COCO124"]).findings == ()
    assert len(check(dataset([*rows, {"attributes": {"a": 1}}]), None, select=["COCO124"]).findings) == 1
