"""COCO-Text, RefCOCO, COCO-Stuff and BURST: sound files have no error, and a seeded defect of each rule is found at its place."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

import cocoproof
from cocoproof.cli.main import run
from cocoproof.fix.fix_file import NotFixable, fix
from cocoproof.model.dialects import Dialect

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
ACCEPT = ROOT / "fixtures" / "accept"


def example(name: str) -> Any:
    return json.loads((ACCEPT / f"{name}.json").read_text(encoding="utf-8"))


def checked(document: Any, **options: Any) -> Any:
    return cocoproof.check(document, reload="never", **options).files[0]


def places(document: Any, code: str, **options: Any) -> list[str]:
    return [finding.pointer for finding in checked(document, **options).findings if finding.code == code]


@pytest.mark.parametrize(
    ("name", "dialect"),
    [
        ("coco_text", Dialect.COCO_TEXT),
        ("results_ref_coco", Dialect.REFERRING_EXPRESSIONS),
        ("coco_stuff", Dialect.COCO_STUFF),
        ("inaturalist", Dialect.INATURALIST),
        ("omni3d", Dialect.OMNI3D),
    ],
)
def test_recognised(name: str, dialect: Dialect) -> None:
    assert checked(example(name)).dialects == (dialect,)


def repeat_id(document: Any) -> None:
    document["anns"]["2"]["id"] = 1


def outside_of_images(document: Any) -> None:
    document["anns"]["2"]["image_id"] = 9


def negative_width(document: Any) -> None:
    document["anns"]["3"]["bbox"][2] = -5


def text_in_box(document: Any) -> None:
    document["anns"]["1"]["bbox"][0] = "x"


def no_box(document: Any) -> None:
    del document["anns"]["2"]["bbox"]


def no_width(document: Any) -> None:
    document["imgs"]["2"]["width"] = 0


def one_name(document: Any) -> None:
    document["imgs"]["2"]["file_name"] = document["imgs"]["1"]["file_name"]


@pytest.mark.parametrize(
    ("seed", "code", "pointer"),
    [
        (repeat_id, "COCO202", "/anns/2/id"),
        (outside_of_images, "COCO301", "/anns/2/image_id"),
        (negative_width, "COCO501", "/anns/3/bbox"),
        (text_in_box, "COCO103", "/anns/1/bbox/0"),
        (no_box, "COCO102", "/anns/2"),
        (no_width, "COCO105", "/imgs/2/width"),
        (one_name, "COCO205", "/imgs/2/file_name"),
    ],
)
def test_defects_of_coco_text(seed: Callable[[Any], None], code: str, pointer: str) -> None:
    document = example("coco_text")
    assert places(document, code) == []
    seed(document)
    assert places(document, code) == [pointer]


def test_positions_in_coco_text(tmp_path: Path) -> None:
    document = example("coco_text")
    document["anns"]["3"]["bbox"] = [12, 6, -5, 5]
    path = tmp_path / "words.json"
    text = json.dumps(document, ensure_ascii=False, indent=1)
    path.write_text(text, encoding="utf-8")
    (found,) = (finding for finding in cocoproof.check(path, reload="never").files[0].findings if finding.code == "COCO501")
    lines = text.splitlines()
    assert lines[found.line - 1][found.column - 1 :] == "["
    assert [line.strip(" ,") for line in lines[found.line : found.line + 4]] == ["12", "6", "-5", "5"]


def test_a_key_that_occurs_twice_is_a_row_of_its_own(tmp_path: Path) -> None:
    document = example("coco_text")
    row = document["anns"]["2"]
    again = json.dumps(row).replace('"id": 2', '"id": 1')
    text = json.dumps(document).replace(f'"2": {json.dumps(row)}', f'"1": {again}', 1)
    path = tmp_path / "words.json"
    path.write_text(text, encoding="utf-8")
    assert [finding.code for finding in cocoproof.check(path, reload="never").files[0].findings] == ["COCO202", "COCO407"]


def test_coco_text_without_sections_that_no_reader_needs() -> None:
    document = example("coco_text")
    del document["cats"], document["imgToAnns"]
    assert [finding.code for finding in checked(document).findings] == []


def test_dictionaries_of_something_else_are_no_coco_text() -> None:
    document = example("coco_text")
    for row in document["anns"].values():
        del row["bbox"]
    assert [finding.code for finding in checked(document).findings] == ["COCO109"]
    assert [finding.code for finding in checked({"imgs": [], "anns": []}).findings] == ["COCO109"]


def test_no_consumer_takes_coco_text() -> None:
    assert places(example("coco_text"), "COCO110", consumers=["pycocotools"]) == [""]


def test_fix_leaves_coco_text_alone(tmp_path: Path) -> None:
    path = tmp_path / "words.json"
    document = example("coco_text")
    negative_width(document)
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(NotFixable, match="dictionaries"):
        fix(path)
    assert run(["fix", str(path)]) == 2
    assert json.loads(path.read_text(encoding="utf-8")) == document


def test_references_are_compared_with_their_ground_truth() -> None:
    truth = ACCEPT / "instances.json"
    rows = example("results_ref_coco")
    for code, field in (("COCO911", "image_id"), ("COCO912", "category_id")):
        assert places(rows, code, gt=truth) == []
        broken = copy.deepcopy(rows)
        broken[0][field] = 999
        assert places(broken, code, gt=truth) == [f"/0/{field}"]


def test_half_a_reference_is_a_result() -> None:
    rows = example("results_ref_coco")
    del rows[0]["sentences"]
    assert checked(rows).dialects == ()
    assert {finding.code for finding in checked(rows).findings} >= {"COCO102", "COCO913"}


def test_stuff_of_other_ids_is_checked_as_any_file() -> None:
    document = example("coco_stuff")
    document["categories"][0]["id"] = document["annotations"][0]["category_id"] = 71
    assert checked(document).dialects == ()
    assert places(document, "COCO406") == ["/categories/0/id"]


BURST = {
    "sequences": [
        {"id": 1, "width": 64, "height": 48, "annotated_image_paths": ["1.jpg"], "segmentations": [{"1": {"rle": "PS31", "is_gt": True}}]}
    ]
}


def test_burst_is_not_checked_and_the_report_states_why() -> None:
    (found,) = checked(BURST).findings
    assert (found.code, "BURST" in found.message, "not checked" in found.message) == ("COCO109", True, True)


@pytest.mark.parametrize(
    ("name", "sound", "path", "value"),
    [
        ("coco_text", example("coco_text"), ("anns", "1", "bbox"), [1, 2, 3]),
        ("coco_text", example("coco_text"), ("imgs", "1", "width"), 0),
        ("referring_expressions", example("results_ref_coco"), (0, "sentences"), []),
        ("burst", BURST, ("sequences", 0, "segmentations", 0, "1", "rle"), 5),
    ],
)
def test_schemas(name: str, sound: Any, path: tuple[Any, ...], value: Any) -> None:
    validator = Draft202012Validator(json.loads((ROOT / "schemas" / "dialects" / f"{name}.json").read_text(encoding="utf-8")))
    validator.validate(sound)
    broken = copy.deepcopy(sound)
    parent = broken
    for part in path[:-1]:
        parent = parent[part]
    parent[path[-1]] = value
    assert not validator.is_valid(broken)


def test_results_of_halpe_are_compared_with_a_truth_that_defines_no_keypoints() -> None:
    truth = ACCEPT / "keypoints_halpe.json"
    row = example("keypoints_halpe")["annotations"][0]
    results = [{name: row[name] for name in ("image_id", "category_id", "keypoints")} | {"score": 1.0}]
    assert places(results, "COCO707", gt=truth) == []
