"""Mapping files: written by hand in TOML, JSON and YAML, what is refused, and the bytes that `write` gives."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from cocoproof.mapping import Category, CategoryList, ClassMapping, MappingError, SourceClass, write_lock

from .saving import saved

if TYPE_CHECKING:
    from pathlib import Path


RECIPE = {
    "source": ["dog", "person", "sedan", "tree", "auto"],
    "target": ["person", "car", "dog"],
    "rename": {"sedan": "car"},
    "aliases": {"car": ["auto", "automobile"]},
    "drop": ["tree"],
    "start": 0,
    "unmapped": "drop",
}

RECIPE_TOML = """
source = ["dog", "person", "sedan", "tree", "auto"]
target = ["person", "car", "dog"]
drop = ["tree"]
start = 0
unmapped = "drop"

[rename]
sedan = "car"

[aliases]
car = ["auto", "automobile"]
"""

RECIPE_YAML = """
source: [dog, person, sedan, tree, auto]
target: [person, car, dog]
drop: [tree]
start: 0
unmapped: drop
rename: {sedan: car}
aliases: {car: [auto, automobile]}
"""


@pytest.mark.parametrize(("name", "content"), [("m.toml", RECIPE_TOML), ("m.json", json.dumps(RECIPE)), ("m.yaml", RECIPE_YAML)])
def test_a_recipe_is_the_arguments_of_from_names(tmp_path: Path, name: str, content: str) -> None:
    assert ClassMapping.read(saved(tmp_path, name, content)) == ClassMapping.from_names(
        ["dog", "person", "sedan", "tree", "auto"],
        ["person", "car", "dog"],
        rename={"sedan": "car"},
        aliases={"car": ["auto", "automobile"]},
        drop={"tree"},
        start=0,
        unmapped="drop",
    )


def test_ids_in_a_recipe(tmp_path: Path) -> None:
    content = 'drop = [7]\n[ids]\n0 = 1\n4 = 3\n[target]\n1 = "person"\n3 = "car"\n'
    expected = ClassMapping.from_ids({0: 1, 4: 3}, {1: "person", 3: "car"}, drop={7})
    assert ClassMapping.read(saved(tmp_path, "m.toml", content)) == expected


def test_ids_in_a_recipe_with_names_and_start(tmp_path: Path) -> None:
    content = (
        '{"ids": {"0": 5, "1": 6}, "source": ["dog", "cat", "owl"], "target": ["pet", "bird"], "start": 5, "drop": [2], "unmapped": "drop"}'
    )
    expected = ClassMapping.from_ids({0: 5, 1: 6}, ["pet", "bird"], source=["dog", "cat", "owl"], start=5, drop={2}, unmapped="drop")
    assert ClassMapping.read(saved(tmp_path, "m.json", content)) == expected


@pytest.mark.parametrize(
    "target", ['["a", "b"]', '{"names": ["a", "b"]}', '{"categories": ["a", {"name": "b"}]}', '{"1": "a", "2": "b"}', '"lock.toml"']
)
def test_the_ways_to_say_a_target(tmp_path: Path, target: str) -> None:
    write_lock(CategoryList.from_names(["a", "b"]), tmp_path / "lock.toml")
    mapping = ClassMapping.read(saved(tmp_path, "m.json", '{"source": ["b"], "target": ' + target + "}"))
    assert mapping == ClassMapping.from_names(["b"], ["a", "b"])


def test_a_table_by_hand(tmp_path: Path) -> None:
    content = """
        unmapped: drop
        categories: [car, {name: dog}]
        classes:
        - {id: 9223372036854775807, name: a, category: dog, drop: false}
        - {id: 0, name: b, drop: true}
        - {id: 3, name: c}
    """
    mapping = ClassMapping.read(saved(tmp_path, "m.yaml", content))
    assert mapping.classes == (SourceClass(2**63 - 1, "a", 2), SourceClass(0, "b", None, dropped=True), SourceClass(3, "c", None))
    assert mapping.categories == (Category(1, "car"), Category(2, "dog"))
    assert mapping.unmapped == "drop"


def test_a_source_table_keeps_its_ids_even_from_0_on(tmp_path: Path) -> None:
    content = '[source]\n0 = "b"\n1 = "a"\n[target]\n0 = "a"\n1 = "b"\n'
    mapping = ClassMapping.read(saved(tmp_path, "m.toml", content))
    assert mapping.apply_ids([0, 1]).tolist() == [1, 0]
    assert [category.id for category in mapping.categories] == [0, 1]


def test_target_and_source_may_be_files_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "conf"
    folder.mkdir()
    target = CategoryList((Category(9, "car", "vehicle"), Category(4, "person")))
    write_lock(target, folder / "lock.toml")
    saved(folder, "classes.txt", "person\ncar\n")
    mapping = ClassMapping.read(saved(folder, "m.json", '{"source": "classes.txt", "target": "lock.toml"}'))
    assert mapping == ClassMapping.from_names(["person", "car"], target)


def test_the_bytes_of_a_written_mapping(tmp_path: Path) -> None:
    mapping = ClassMapping.from_names(['d"og', "sedan", "tree", "what"], ["car", 'd"og'], rename={"sedan": "car"}, drop=["tree"])
    mapping.write(tmp_path / "m.toml")
    assert (
        (tmp_path / "m.toml").read_text("utf-8")
        == """\
# The category of each source class. Written by cocoproof; ClassMapping.read reads it.
format_version = 1
unmapped = "error"
classes = [
  { id = 0, name = "d\\"og", category = "d\\"og" },
  { id = 1, name = "sedan", category = "car" },
  { id = 2, name = "tree", drop = true },
  { id = 3, name = "what" },
]

[[categories]]
id = 1
name = "car"

[[categories]]
id = 2
name = "d\\"og"
"""
    )


WRITTEN_JSON = """\
{
  "format_version": 1,
  "unmapped": "drop",
  "classes": [
    {
      "id": 4,
      "name": "caf\u00e9",
      "category": "caf\u00e9"
    }
  ],
  "categories": [
    {
      "id": 1,
      "name": "caf\u00e9"
    }
  ]
}
"""

WRITTEN_YAML = """\
format_version: 1
unmapped: drop
classes:
- id: 4
  name: "caf\\xE9"
  category: "caf\\xE9"
categories:
- id: 1
  name: "caf\\xE9"
"""


@pytest.mark.parametrize(("name", "content"), [("m.json", WRITTEN_JSON), ("M.YML", WRITTEN_YAML)])
def test_the_bytes_in_other_formats(tmp_path: Path, name: str, content: str) -> None:
    ClassMapping.from_names({4: "caf\u00e9"}, unmapped="drop").write(tmp_path / name)
    assert (tmp_path / name).read_bytes() == content.encode()


def test_a_long_name_stands_on_one_line_of_yaml(tmp_path: Path) -> None:
    name = "word " * 19 + "word"
    ClassMapping.from_names([name]).write(tmp_path / "m.yaml")
    assert f"- id: 0\n  name: {name}\n  category: {name}\n" in (tmp_path / "m.yaml").read_text("utf-8")


def test_keypoints_survive_every_format(tmp_path: Path) -> None:
    target = CategoryList((Category(1, "person", "human", ("nose", "tail"), ((1, 2),)), Category(8, "yes", "")))
    mapping = ClassMapping.from_names(["no", "person"], target, rename={"no": "yes"})
    for suffix in ("toml", "json", "yaml", "yml"):
        mapping.write(tmp_path / f"m.{suffix}")
        assert ClassMapping.read(tmp_path / f"m.{suffix}") == mapping


@pytest.mark.parametrize("name", ["m.txt", "m", "m.json.gz", "m.json.GZ"])
def test_write_needs_a_known_suffix(tmp_path: Path, name: str) -> None:
    with pytest.raises(MappingError) as caught:
        ClassMapping.from_names(["a"]).write(tmp_path / name)
    assert str(caught.value) == f"{tmp_path / name}: a mapping is written as TOML, JSON or YAML; name it .toml, .json, .yaml or .yml"
    assert not list(tmp_path.iterdir())


def test_without_pyyaml_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(ImportError) as caught:
        ClassMapping.from_names(["a"]).write(tmp_path / "m.yaml")
    assert str(caught.value) == "writing YAML needs PyYAML: pip install 'cocoproof[yaml]' (or write the file as TOML or JSON)"
    assert not list(tmp_path.iterdir())
