"""The schemas as published: what editors, check-jsonschema and this package all read.

Run as a program, this file writes what follows from `schemas/*.json`: common.json inside each of the others, and the
package's copies.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag, urljoin

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry

from cocoproof import schemas
from cocoproof.reading.schema_errors import _CODES, _DEFINITIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

PUBLISHED = Path(__file__).parents[1] / "schemas"
PACKAGED = Path(schemas.__file__).parent
SCHEMAS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(PUBLISHED.glob("*.json"))}
KINDS = sorted(SCHEMAS.keys() - {"common"})

IMAGE = {"id": 1, "width": 4, "height": 3, "file_name": "a.png"}
CATEGORY = {"id": 1, "name": "cat"}
BOX = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 1, 1], "area": 1}
ANNOTATION = BOX | {"iscrowd": 0, "segmentation": [[0, 0, 1, 0, 1, 1]]}
SEGMENT = {"id": 1, "category_id": 1, "area": 2, "iscrowd": 0, "bbox": [0, 0, 2, 1]}
PANOPTIC = {"image_id": 1, "file_name": "a.png", "segments_info": [SEGMENT]}


def _document(annotation: dict[str, Any]) -> dict[str, Any]:
    return {"images": [IMAGE], "annotations": [annotation], "categories": [CATEGORY]}


VIDEO = {"id": 1, "width": 4, "height": 3, "length": 2, "file_names": ["a/1.jpg", "a/2.jpg"]}
TRACK = {
    "id": 1,
    "video_id": 1,
    "category_id": 1,
    "iscrowd": 0,
    "bboxes": [[0, 0, 1, 1], None],
    "segmentations": [None, [[0, 0, 1, 0, 1, 1]]],
    "areas": [1, None],
}
LISTS = {"results", "video_results"}

DOCUMENTS: dict[str, Any] = {
    "instances": _document(ANNOTATION),
    "keypoints": _document(ANNOTATION | {"keypoints": [1, 1, 2], "num_keypoints": 1}),
    "captions": {"images": [IMAGE], "annotations": [{"id": 1, "image_id": 1, "caption": "a cat"}]},
    "panoptic": _document(PANOPTIC),
    "image_info": {"images": [IMAGE]},
    "lvis": _document(BOX),
    "results": [
        {"image_id": 1, "category_id": 1, "score": 0.5, "bbox": [0, 0, 1, 1]},
        {"image_id": 1, "caption": "a cat"},
    ],
    "video_instances": {"videos": [VIDEO], "annotations": [TRACK], "categories": [CATEGORY]},
    "video_results": [{"video_id": 1, "category_id": 1, "score": 0.5, "segmentations": [{"size": [3, 4], "counts": "<0"}, None]}],
}


def _nodes(schema: object, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every subschema with a pointer to it, the embedded copy of common.json left out."""
    if not isinstance(schema, dict):
        return
    yield place, schema
    for keyword in ("properties", "$defs"):
        for name, below in schema.get(keyword, {}).items():
            if (keyword, name) != ("$defs", "common"):
                yield from _nodes(below, f"{place}/{keyword}/{name}")
    for keyword in ("items", "if", "then", "else"):
        if keyword in schema:
            yield from _nodes(schema[keyword], f"{place}/{keyword}")
    for index, below in enumerate(schema.get("anyOf", ())):
        yield from _nodes(below, f"{place}/anyOf/{index}")


def _alone(name: str) -> Draft202012Validator:
    """A validator that has this one file and retrieves nothing."""
    return Draft202012Validator(SCHEMAS[name], registry=Registry())


def test_the_package_carries_the_same_bytes() -> None:
    packaged = {path.name: path.read_bytes() for path in PACKAGED.glob("*.json")}
    assert packaged == {path.name: path.read_bytes() for path in PUBLISHED.glob("*.json")}, f"run python {__file__}"
    assert set(schemas.NAMES) == SCHEMAS.keys()


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_is_a_schema_and_says_which(name: str) -> None:
    schema = SCHEMAS[name]
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == f"{schemas.BASE}{name}.json"
    assert schemas.retrieve(schema["$id"]) == schema


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_carries_the_common_part(kind: str) -> None:
    assert SCHEMAS[kind]["$defs"]["common"] == SCHEMAS["common"], f"run python {__file__}"


@pytest.mark.parametrize("name", SCHEMAS)
def test_references_are_relative_and_stay_in_the_folder(name: str) -> None:
    references = [node["$ref"] for _, node in _nodes(SCHEMAS[name]) if "$ref" in node]
    assert references
    for reference in references:
        assert reference.startswith(("#/$defs/", "common.json#/$defs/"))
        uri, pointer = urldefrag(urljoin(SCHEMAS[name]["$id"], reference))
        target: Any = SCHEMAS[uri.removeprefix(schemas.BASE).removesuffix(".json")]
        for step in pointer.split("/")[1:]:
            target = target[step]
        assert isinstance(target, dict)


@pytest.mark.parametrize("name", SCHEMAS)
def test_only_keywords_that_the_slow_lane_can_explain(name: str) -> None:
    told = {"$schema", "$id", "$defs", "$ref", "title", "description", "properties", "items", "if", "then", "else"}
    for place, node in _nodes(SCHEMAS[name]):
        assert node.keys() <= told | _CODES.keys(), place


@pytest.mark.parametrize("name", SCHEMAS)
def test_whatever_an_editor_points_at_is_described(name: str) -> None:
    for place, node in _nodes(SCHEMAS[name]):
        parent = place.rpartition("/")[0]
        if not place or parent.endswith(("/properties", "/$defs")):
            assert "$ref" in node or {"title", "description"} <= node.keys() or "/items/" in place, place


@pytest.mark.parametrize("kind", KINDS)
def test_rows_and_documents_are_held_to_the_same_definitions(kind: str) -> None:
    schema = SCHEMAS[kind]
    if kind in LISTS:
        assert schema["items"] == {"$ref": "#/$defs/result"}
        return
    for section in {"images", "annotations", "categories", "videos"} & schema["properties"].keys():
        assert schema["properties"][section]["items"]["$ref"] == f"#/$defs/{_DEFINITIONS[section]}"


@pytest.mark.parametrize("kind", KINDS)
def test_a_sound_document_passes_with_one_file_alone(kind: str) -> None:
    assert list(_alone(kind).iter_errors(DOCUMENTS[kind])) == []


@pytest.mark.parametrize("kind", sorted(set(KINDS) - LISTS))
@pytest.mark.parametrize("value", [None, "", 3, {}, [], [None], [{"id": "x"}], {"year": []}])
def test_info_and_licenses_may_hold_anything(kind: str, value: object) -> None:
    assert _alone(kind).is_valid(DOCUMENTS[kind] | {"info": value, "licenses": value, "further": value})


@pytest.mark.parametrize("kind", sorted(set(KINDS) - LISTS))
def test_sections_that_the_kind_needs_must_be_there_and_be_lists(kind: str) -> None:
    own = {"captions": {"images", "annotations"}, "image_info": {"images"}, "video_instances": {"videos", "categories"}}
    required = own.get(kind, {"images", "annotations", "categories"})
    for section in DOCUMENTS[kind]:
        without = {name: rows for name, rows in DOCUMENTS[kind].items() if name != section}
        assert _alone(kind).is_valid(without) == (section not in required)
        # The official files of videos for validation and test have null for their annotations.
        for wrong in ({}, "rows") if (kind, section) == ("video_instances", "annotations") else (None, {}, "rows"):
            assert not _alone(kind).is_valid(DOCUMENTS[kind] | {section: wrong})


def test_a_bad_row_is_refused_where_it_stands() -> None:
    for kind in sorted(set(KINDS) - LISTS):
        for section in DOCUMENTS[kind]:
            (error,) = _alone(kind).iter_errors(DOCUMENTS[kind] | {section: [*DOCUMENTS[kind][section], None]})
            assert list(error.absolute_path) == [section, 1]


def test_a_panoptic_document_is_judged_down_to_its_segments() -> None:
    annotation = PANOPTIC | {"segments_info": [SEGMENT, {**SEGMENT, "id": "1"}]}
    (error,) = _alone("panoptic").iter_errors(DOCUMENTS["panoptic"] | {"annotations": [annotation]})
    assert list(error.absolute_path) == ["annotations", 0, "segments_info", 1, "id"]


def test_a_name_that_is_no_schema_is_refused() -> None:
    with pytest.raises(LookupError, match="no schema is named"):
        schemas.text("../findings")
    for uri in (
        "https://example.org/x.json",
        f"{schemas.BASE}nothing.json",
        f"{schemas.BASE}common.json#",
        "instances",
    ):
        with pytest.raises(LookupError, match="nothing is fetched"):
            schemas.retrieve(uri)


def publish() -> None:
    """Write what follows from `schemas/*.json`."""
    for name, schema in SCHEMAS.items():
        if name != "common":
            schema["$defs"]["common"] = SCHEMAS["common"]
        for folder in (PUBLISHED, PACKAGED):
            (folder / f"{name}.json").write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    publish()
