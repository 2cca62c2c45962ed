"""Contracts that are inferred: the dataset keeps its own, and a change that breaks a clause is found."""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.examples import thorough

import cocoproof
from cocoproof.cli.main import run
from cocoproof.dataset_contract import infer_contract, inferred_toml
from cocoproof.reading.document import read
from cocoproof.reading.source import read_document, read_source
from cocoproof.rules.examples import captions, dataset, keypoint_dataset, lvis, panoptic

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Callable

FIXTURES = Path(__file__).parents[2] / "fixtures"
CODES = ["COCO121", "COCO122", "COCO123", "COCO131", "COCO132", "COCO133", "COCO134", "COCO135", "COCO411"]


def infer(document: Any) -> dict[str, Any]:
    coco = read(read_document(document)).dataset
    assert coco is not None
    plain = tomllib.loads(inferred_toml(infer_contract(coco)))
    assert plain == infer_contract(coco), "what is written is what was inferred"
    return plain


def codes(document: Any, contract: Any) -> set[str]:
    report = cocoproof.check(document, contract=contract, select=CODES, images=False, reload="never").files[0]
    return {one.code for one in report.findings}


_VALUES = st.sampled_from([True, False, 0, 1, 2.5, -3, 10**17, "", "red", "blue", None, ["red"], {"x": 1}])
_ROWS = st.lists(
    st.fixed_dictionaries(
        {"category_id": st.sampled_from([1, 2, 7]), "image_id": st.sampled_from([1, 2, 9])},
        optional={"attributes": st.dictionaries(st.sampled_from(["a", "b c", "é"]), _VALUES, max_size=3) | st.sampled_from([None, [1]])},
    ),
    max_size=30,
)
_IMAGES = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "width": st.sampled_from([64, 32, 1, 0, "64", None]),
            "file_name": st.sampled_from(["1.jpg", "a/22.png", "x", "", "12", 5]),
            "license": st.sampled_from([1, 2, None, "1"]),
        },
    ),
    min_size=1,
    max_size=4,
)


@thorough(150)
@given(_ROWS, _IMAGES, st.sampled_from([("cat", "dog"), ("cat", "cat"), ("", "dog")]), st.sampled_from([dataset, keypoint_dataset, lvis]))
def test_a_dataset_keeps_the_contract_that_is_inferred_from_it(rows: Any, images: Any, names: Any, make: Callable[..., Any]) -> None:
    document = make(rows, images=images, categories=[{"name": name} for name in names])
    assert codes(document, infer(document)) == set()


@pytest.mark.parametrize("path", sorted((FIXTURES / "accept").glob("*.json")), ids=lambda path: path.stem)
def test_the_sound_files_keep_theirs(path: Path) -> None:
    coco = read(read_source(path), dictionaries=True).dataset
    assert coco is not None
    assert codes(path, infer_contract(coco)) == set()


def good() -> Any:
    rows = [
        {
            "image_id": 1 + k % 10,
            "category_id": 1 + k % 2,
            "attributes": {"occluded": bool(k % 3), "state": ["open", "shut"][k % 2], "speed": k / 2, "count": k}
            | ({"tag": "x"} if k % 2 else {}),
        }
        for k in range(40)
    ]
    images = [{"file_name": f"train/{k:04}.jpg"} for k in range(10)]
    return dataset(rows, images=images)


def test_what_is_proposed_of_a_good_dataset() -> None:
    assert infer(good()) == {
        "format-version": 1,
        "licenses": ["CC0"],
        "attributes": {
            "occluded": {"type": "boolean", "required": True},
            "state": {"type": "text", "values": ["open", "shut"], "required": True},
            "speed": {"type": "number", "min": 0.0, "max": 19.5, "required": True},
            "count": {"type": "integer", "min": 0, "max": 39, "required": True},
            "tag": {"type": "text", "values": ["x"], "required": True, "classes": ["dog"]},
        },
        "counts": {
            "images": {"min": 1},
            "annotations": {"min": 1},
            "annotations-per-image": {"min": 4, "max": 4},
            "categories": {"min": 2, "max": 2},
            "classes": {"cat": {"min": 1}, "dog": {"min": 1}},
        },
        "images": {"sizes": [[64, 48]], "formats": ["jpeg"], "file-name": r"train/\d{4}\.jpg"},
        "balance": {"max-ratio": 1},
    }


def _attribute(name: str, value: Any) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        document["annotations"][3]["attributes"][name] = value

    return change


def _image(name: str, value: Any) -> Callable[[Any], None]:
    return lambda document: document["images"][2].__setitem__(name, value)


def _without(name: str) -> Callable[[Any], None]:
    return lambda document: document["annotations"][3]["attributes"].pop(name)


def _without_class(document: Any) -> None:
    for row in document["annotations"]:
        row["category_id"] = 1


def _unbalanced(document: Any) -> None:
    document["annotations"][0]["category_id"] = 2


SEEDED: dict[str, tuple[Callable[[Any], Any], str]] = {
    "required": (_without("occluded"), "COCO121"),
    "required of a class": (_without("tag"), "COCO121"),
    "undefined": (_attribute("weather", "rain"), "COCO122"),
    "of another class": (lambda document: document["annotations"][0]["attributes"].update(tag="x"), "COCO122"),
    "boolean": (_attribute("occluded", "false"), "COCO123"),
    "values": (_attribute("state", "Open"), "COCO123"),
    "number": (_attribute("speed", "3"), "COCO123"),
    "min": (_attribute("speed", -0.5), "COCO123"),
    "max": (_attribute("count", 40), "COCO123"),
    "integer": (_attribute("count", 2.5), "COCO123"),
    "images": (lambda document: document.update(images=[], annotations=[]), "COCO131"),
    "annotations": (lambda document: document.update(annotations=[]), "COCO131"),
    "categories": (lambda document: document["categories"].append({"id": 3, "name": "lynx"}), "COCO131"),
    "per image, more": (lambda document: document["annotations"].append(document["annotations"][0] | {"id": 99}), "COCO131"),
    "per image, fewer": (lambda document: document["annotations"].pop(), "COCO131"),
    "a class": (_without_class, "COCO131"),
    "sizes": (_image("width", 48), "COCO132"),
    "formats": (_image("file_name", "train/0002.png"), "COCO133"),
    "file-name": (_image("file_name", "train/2.jpg"), "COCO134"),
    "licenses": (lambda document: document["licenses"][0].update(name="CC BY-NC"), "COCO135"),
    "no licence": (lambda document: document["images"][2].pop("license"), "COCO135"),
    "max-ratio": (_unbalanced, "COCO411"),
}


@pytest.mark.parametrize("name", SEEDED)
def test_a_seeded_violation_of_each_clause_is_found(name: str) -> None:
    document = good()
    contract = infer(document)
    changed = copy.deepcopy(document)
    change, code = SEEDED[name]
    change(changed)
    assert code in codes(changed, contract)


def test_bounds_of_many_sizes() -> None:
    document = dataset([], images=[{"width": 60 + k, "height": 48 - k} for k in range(6)])
    assert infer(document)["images"]["width"] == {"min": 60, "max": 65}
    assert infer(document)["images"]["height"] == {"min": 43, "max": 48}


@pytest.mark.parametrize(
    ("names", "pattern"),
    [
        (["1.jpg", "2.jpg"], r"\d{1}\.jpg"),
        (["1.jpg", "22.jpg"], r"\d+\.jpg"),
        (["a/1 (x).jpg", "a/2 (x).jpg"], r"a/\d{1}\ \(x\)\.jpg"),
        (["a.jpg", "b.jpg"], None),
        (["a1.jpg", "b2.jpg"], None),
        (["1.jpg"], None),
        (["1٣.jpg", "2٣.jpg"], r"\d{1}٣\.jpg"),
    ],
)
def test_patterns(names: list[str], pattern: str | None) -> None:
    found = infer(dataset([], images=[{"file_name": name} for name in names]))
    assert found["images"].get("file-name") == pattern


@pytest.mark.parametrize("make", [captions, panoptic])
def test_other_kinds(make: Callable[..., Any]) -> None:
    assert "attributes" not in infer(make())
    assert codes(make(), infer(make())) == set()


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    Path("data.json").write_text(json.dumps(good()))
    assert run(["contract", "infer", "data.json"]) == 0
    assert capsys.readouterr().out == "15 clauses written to contract.toml\n"
    check = ["check", "data.json", "--contract", "contract.toml", "--select", "COCO12,COCO13,COCO411", "--no-images"]
    assert run([*check, "--output", "report.txt"]) == 0
    assert run([*check, "--output", "contract.toml"]) == 2, "it is read, and may not be written over"
    assert run(["contract", "infer", "data.json"]) == 2
    assert run(["contract", "infer", "data.json", "--force"]) == 0
    Path("data.json").write_text("[")
    assert run(["contract", "infer", "data.json", "-o", "other.toml"]) == 2
    assert run(["contract", "infer", "absent.json", "-o", "other.toml"]) == 2
    assert not Path("other.toml").exists()
