"""Drawn documents with oriented boxes: sound to the verifier, to the schema, and the same in each style."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

import cocoproof
from cocoproof.rules.examples import dataset
from cocoproof.testing import strategies

from ..examples import thorough

SCHEMAS = Path(__file__).parents[2] / "schemas"
RESOURCES = [
    Resource.from_contents(json.loads(path.read_text(encoding="utf-8")))
    for path in (*SCHEMAS.glob("*.json"), *SCHEMAS.glob("dialects/*.json"))
]
REGISTRY: Any = Registry().with_resources([(str(one.id()), one) for one in RESOURCES])


def _validator(name: str) -> Any:
    return Draft202012Validator(json.loads((SCHEMAS / "dialects" / f"{name}.json").read_text(encoding="utf-8")), registry=REGISTRY)


VALIDATOR, FIVE_NUMBERS, RESULTS = (_validator(name) for name in ("oriented_boxes", "oriented_bbox", "oriented_results"))


@pytest.mark.parametrize("style", ["corners", "pairs", "centre", "bbox"])
def test_they_are_sound(style: Any) -> None:
    @thorough(100)
    @given(strategies.oriented_documents(style=style))
    def run(document: Any) -> None:
        report = cocoproof.check(document, reload="never").files[0]
        assert [
            found.message for found in report.findings if found.severity is cocoproof.Severity.ERROR or found.code.startswith("COCO95")
        ] == []
        assert report.kind_name == "instances + oriented boxes"
        assert VALIDATOR.is_valid(document) is (style != "bbox")
        assert FIVE_NUMBERS.is_valid(document) is (style == "bbox" or not document["annotations"])
        RESULTS.validate([row | {"score": 0.5} for row in document["annotations"]])

    run()


@pytest.mark.parametrize("value", [[1, 2, 3], "x", [[1, 2]] * 3, [1, 2, 3, 4, "5"]])
def test_the_schema_refuses_what_the_rule_does(value: Any) -> None:
    document = dataset([{"obb": value}])
    assert not VALIDATOR.is_valid(document)
    assert [found.code for found in cocoproof.check(document, reload="never", select=["COCO951"]).findings] == ["COCO951"]


def test_the_fixture_fits_the_schema() -> None:
    VALIDATOR.validate(json.loads((SCHEMAS.parent / "fixtures" / "accept" / "oriented_boxes.json").read_text(encoding="utf-8")))


@pytest.mark.parametrize("box", [{"bbox": [1, 2, 3]}, {"bbox": [1, 2, 3, 4, "5"]}, {"obb": [1, 2, 3]}, {}])
def test_the_schema_of_results_refuses_other_lengths(box: Any) -> None:
    row = {"image_id": 1, "category_id": 1, "score": 0.5}
    assert RESULTS.is_valid([row | {"bbox": [1, 2, 3, 4, 0.5]}, row | {"obb": [[1, 2]] * 4}])
    assert not RESULTS.is_valid([row | box])
