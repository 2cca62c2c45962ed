"""Contracts as they are read: every wrong key and value is an error that names it, and the published schema accepts the same."""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from tests.examples import thorough

import cocoproof
from cocoproof.dataset_contract import contract_toml, interpret, read_contract
from cocoproof.dataset_contract.contract_file import SCHEMA, inferred_toml
from cocoproof.dataset_contract.interpret import FORMATS
from cocoproof.model.errors import SettingsError
from cocoproof.rules.examples import dataset

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PUBLISHED = json.loads((Path(__file__).parents[2] / "schemas" / "contract" / "v1.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(PUBLISHED)

FULL: dict[str, Any] = {
    "$schema": SCHEMA,
    "format-version": 1,
    "licenses": ["CC0", "https://creativecommons.org/licenses/by/4.0/"],
    "attributes": {
        "occluded": {"type": "boolean", "required": True},
        "Damage location": {"type": "text", "values": ["left", 'the "right"']},
        "speed": {"type": "number", "min": -0.5, "max": 250, "classes": ["car"]},
        "state": [{"values": ["open", "shut"], "classes": ["door"]}, {"values": [1, 2.5, True], "classes": ["lamp", "sign"]}],
        "tags": {"type": "list", "values": ["a"], "min": 1},
    },
    "counts": {
        "images": {"min": 1, "max": 10},
        "annotations": {"min": 0},
        "categories": {"max": 3},
        "annotations-per-image": {"max": 50},
        "annotations-per-class": {"min": 5},
        "classes": {"traffic light": {"min": 1}, "car": {"min": 2, "max": 2}},
    },
    "images": {
        "width": {"min": 1},
        "height": {"max": 4000},
        "sizes": [[640, 480], [480, 640]],
        "formats": ["jpeg", "png"],
        "file-name": r"[a-z]+/\d{6}\.jpg",
    },
    "balance": {"max-ratio": 20.5},
}
FULL["attributes"]["tags"] = {"type": "list", "values": ["a"]}


def read(plain: Any) -> Any:
    return interpret(plain, "here")


def test_a_full_contract_is_read_and_written_and_valid() -> None:
    contract = read(FULL)
    VALIDATOR.validate(FULL)
    assert contract.counts.classes["car"].text == "2"
    assert contract.counts.images.text == "1 to 10"
    assert [clause.classes for clause in contract.attributes["state"]] == [("door",), ("lamp", "sign")]
    assert contract.max_ratio == 20.5
    for text in (contract_toml(FULL), inferred_toml(FULL)):
        assert tomllib.loads(text) == FULL


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(PUBLISHED)
    assert PUBLISHED["$id"] == SCHEMA
    assert PUBLISHED["properties"]["images"]["properties"]["formats"]["items"]["enum"] == list(FORMATS)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"atributes": {}}, "atributes is not a key of a contract; did you mean 'attributes'?"),
        ({"zzz": 1}, "zzz is not a key of a contract; known are"),
        ({"format-version": 2}, "format-version is 2, expected 1"),
        ({"licenses": "CC0"}, "licenses is 'CC0', expected a list of texts"),
        ({"licenses": []}, "licenses is a list of 0, expected"),
        ({"licenses": [1]}, "licenses.0 is 1, expected a text"),
        ({"attributes": []}, "attributes is a list of 0, expected a table"),
        ({"attributes": {"a": {"tpye": "text"}}}, "attributes.a.tpye is not a key of a contract; did you mean 'type'?"),
        ({"attributes": {"a b": {"type": "txet"}}}, "attributes.'a b'.type is 'txet'; did you mean 'text'?"),
        ({"attributes": {"a": {"type": 1}}}, "attributes.a.type is 1; expected one of boolean, integer"),
        ({"attributes": {"a": []}}, "attributes.a is a list of 0, expected a table"),
        ({"attributes": {"a": [{}, {}]}}, "attributes.a.0 has no classes"),
        (
            {"attributes": {"a": [{"classes": ["x"]}, {"classes": ["y", "x"]}]}},
            "attributes.a.1.classes has 'x', and so has an earlier table",
        ),
        ({"attributes": {"a": {"type": "text", "max": 1}}}, "attributes.a.max is for numbers, and type is 'text'"),
        ({"attributes": {"a": {"min": 2, "max": 1}}}, "attributes.a has a min of 2 and a max of 1"),
        ({"attributes": {"a": {"min": True}}}, "attributes.a.min is True, expected a number"),
        ({"attributes": {"a": {"min": float("nan")}}}, "attributes.a.min is nan, expected a number"),
        ({"attributes": {"a": {"values": []}}}, "attributes.a.values is a list of 0, expected"),
        ({"attributes": {"a": {"values": [["x"]]}}}, "attributes.a.values.0 is a list of 1, expected"),
        ({"attributes": {"a": {"type": "integer", "values": [1, 1.5]}}}, "attributes.a.values.1 is 1.5, expected a value of type integer"),
        ({"attributes": {"a": {"max": 3, "values": [5]}}}, "attributes.a.values.0 is 5, expected at most 3"),
        ({"attributes": {"a": {"required": "yes"}}}, "attributes.a.required is 'yes', expected true or false"),
        ({"counts": {"images": {}}}, "counts.images has neither min nor max"),
        ({"counts": {"images": 3}}, "counts.images is 3, expected a table"),
        ({"counts": {"images": {"mn": 3}}}, "counts.images.mn is not a key"),
        ({"counts": {"images": {"min": 1.0}}}, "counts.images.min is 1.0, expected an integer of at least 0"),
        ({"counts": {"images": {"min": -1}}}, "counts.images.min is -1, expected an integer of at least 0"),
        ({"counts": {"classes": {"a": {"min": 3, "max": 2}}}}, "counts.classes.a has a min of 3 and a max of 2"),
        ({"images": {"width": {"min": 0}}}, "images.width.min is 0, expected an integer of at least 1"),
        ({"images": {"sizes": [[1, 2, 3]]}}, "images.sizes.0 is a list of 3, expected [width, height]"),
        ({"images": {"sizes": [[1, True]]}}, "images.sizes.0 is a list of 2, expected [width, height]"),
        ({"images": {"formats": ["jpg"]}}, "images.formats.0 is 'jpg'; did you mean 'jpeg'?"),
        ({"images": {"file-name": "(a"}}, "images.file-name is not a regular expression"),
        ({"images": {"file-name": "a" * 1001}}, "images.file-name has 1,001 characters"),
        ({"images": {"file_name": "a"}}, "images.file_name is not a key of a contract; did you mean 'file-name'?"),
        ({"balance": {"max-ratio": 0.5}}, "balance.max-ratio is 0.5, expected a number of at least 1"),
        ({"balance": {"max-ratio": None}}, "balance.max-ratio is None, expected a number"),
        ({"balance": {"ratio": 2}}, "balance.ratio is not a key"),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(change)
    assert str(caught.value).startswith(f"here: {message}"), str(caught.value)


_VALUES = st.sampled_from(
    [None, True, 0, 1, 2.5, "", "text", "jpeg", [], ["a"], [[1, 2]], {}, {"min": 1}, {"min": -1}, {"max": 2.5}, {"type": "text"}]
)
_KEYS = st.sampled_from(["min", "max", "type", "values", "classes", "required", "images", "width", "sizes", "zzz", "max-ratio"])


@st.composite
def changed(draw: st.DrawFn) -> Any:
    """A full contract in which one value is replaced, removed or added."""
    plain = copy.deepcopy(FULL)
    place: Any = plain
    for _ in range(draw(st.integers(0, 3))):
        below = [key for key, one in place.items() if isinstance(one, dict)]
        if not below:
            break
        place = place[draw(st.sampled_from(below))]
    if draw(st.booleans()) and place:
        key = draw(st.sampled_from(list(place)))
        if draw(st.booleans()):
            del place[key]
        else:
            place[key] = draw(_VALUES)
    else:
        place[draw(_KEYS)] = draw(_VALUES)
    return plain


_BEYOND_A_SCHEMA = ("has a min of", "has no classes", "and so has an earlier table", "as the clause says", "is not a regular expression")


@thorough(150)
@given(changed())
def test_the_schema_and_the_reader_agree(plain: Any) -> None:
    try:
        read(plain)
        refused = ""
    except SettingsError as error:
        refused = str(error)
    beyond = any(words in refused for words in _BEYOND_A_SCHEMA)
    assert beyond or VALIDATOR.is_valid(plain) == (not refused), (refused, list(VALIDATOR.iter_errors(plain)))


def test_a_file_that_is_not_one(tmp_path: Path) -> None:
    path = tmp_path / "contract.toml"
    with pytest.raises(SettingsError, match=r"dataset contract .*contract\.toml: "):
        read_contract(path)
    for content in (b"a = ", b"\xff", b"a = 1\na = 2"):
        path.write_bytes(content)
        with pytest.raises(SettingsError, match=r"contract\.toml: not TOML"):
            read_contract(path)
    with pytest.raises(SettingsError, match="contract"):
        read_contract(tmp_path)


def test_in_every_place_of_the_options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cocoproof.cli.main import run  # the command line, where other tests of this module need none

    data = tmp_path / "data.json"
    data.write_text(json.dumps(dataset()))
    (tmp_path / "contract.toml").write_text('licenses = ["MIT"]')
    arguments = ["check", str(data), "--reload", "never", "--no-images", "--output", str(tmp_path / "report.txt")]
    monkeypatch.chdir(tmp_path)
    assert run(arguments) == 0
    assert run([*arguments, "--contract", "contract.toml"]) == 1
    (tmp_path / "cocoproof.toml").write_text('[contract]\nlicenses = ["MIT"]')
    assert run(arguments) == 1
    assert run([*arguments, "--no-contract"]) == 0
    (tmp_path / "cocoproof.toml").write_text('contract = "contract.toml"')
    assert run(arguments) == 1
    (tmp_path / "cocoproof.toml").unlink()
    (tmp_path / "pyproject.toml").write_text('[tool.cocoproof.contract]\nlicenses = ["MIT"]')
    assert run(arguments) == 1
    (tmp_path / "pyproject.toml").write_text('[tool.cocoproof.contract]\nlicences = ["MIT"]')
    assert run(arguments) == 2
    for contract in ({"licenses": ["MIT"]}, "contract.toml", Path("contract.toml")):
        assert [one.code for one in cocoproof.check(data, contract=contract, select="COCO135").files[0].findings] == ["COCO135"]
    assert cocoproof.check(data, contract=False, select="COCO135").files[0].findings == ()
    with pytest.raises(TypeError):
        cocoproof.check(data, contract=True)  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match="contract: licences is not a key of a contract; did you mean 'licenses'"):
        cocoproof.check(data, contract={"licences": []})
