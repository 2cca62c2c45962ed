"""Mapping files: written by hand in TOML, JSON and YAML, what is refused, and the bytes that `write` gives."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from cocoproof.mapping import Category, CategoryList, ClassMapping, MappingError, write_lock

if TYPE_CHECKING:
    from pathlib import Path


def saved(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.write_text(content, "utf-8")
    return path


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
# What each source class becomes. Written by cocoproof; ClassMapping.read reads it back.
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


def test_keypoints_survive_every_format(tmp_path: Path) -> None:
    target = CategoryList((Category(1, "person", "human", ("nose", "tail"), ((1, 2),)), Category(8, "yes", "")))
    mapping = ClassMapping.from_names(["no", "person"], target, rename={"no": "yes"})
    for suffix in ("toml", "json", "yaml", "yml"):
        mapping.write(tmp_path / f"m.{suffix}")
        assert ClassMapping.read(tmp_path / f"m.{suffix}") == mapping


CATEGORIES = '"categories": [{"id": 1, "name": "a"}]'

REFUSED = [
    ("m.txt", "a", "its name must end in .toml"),
    ("m.json", "[]", "expected an object with the keys source and target"),
    ("m.json", '{"images": [], "categories": [{"id": 1, "name": "a"}]}', "expected an object with the keys source"),
    ("m.json", "{}", "there is no source"),
    ("m.json", "{", "not valid JSON"),
    ("m.json", '{"source": ["a"], "source": ["b"]}', "stands twice"),
    ("m.json", '{"source": ["a"], "traget": ["a"]}', "unknown key 'traget'; did you mean 'target'?"),
    ("m.json", '{"source": ["a"], "zzz": 1}', "unknown key 'zzz'; there are 'format_version'"),
    ("m.json", '{"source": ["a"], "format_version": 2}', "format_version is 2"),
    ("m.json", '{"source": ["a"], "unmapped": ["drop"]}', "unmapped is a list of 1"),
    ("m.json", '{"source": ["a"], "start": 1.5}', "start is 1.5"),
    ("m.json", '{"source": ["a"], "drop": "a"}', "drop is 'a'; expected a list"),
    ("m.json", '{"source": ["a"], "drop": [1]}', "drop holds 1"),
    ("m.json", '{"source": ["a"], "rename": ["a"]}', "rename is a list of 1"),
    ("m.json", '{"source": ["a"], "rename": {"a": 1}}', "rename has 'a' = 1"),
    ("m.json", '{"source": ["a"], "rename": {"a ": "b"}}', "did you mean 'a'?"),
    ("m.json", '{"source": ["a"], "aliases": {"a": "b"}}', "aliases has 'a' = 'b'"),
    ("m.json", '{"source": ["a"], "aliases": []}', "aliases is a list of 0"),
    ("m.json", '{"source": 5}', "source is 5"),
    ("m.json", '{"source": ["a"], "target": {"x": "b"}}', "the key 'x' is no id"),
    ("m.json", '{"source": "no-such.txt"}', "No such file"),
    ("m.json", '{"ids": {"0": 1}}', "it needs target"),
    ("m.json", '{"ids": {"0": 1}, "target": ["a"], "rename": {}}', "rename goes by name"),
    ("m.json", '{"ids": {"0": "1"}, "target": ["a"]}', "mapped to '1'"),
    ("m.json", '{"ids": {"0": 1, "00": 1}, "target": ["a"]}', "class id 0 stands twice"),
    ("m.json", '{"ids": [1], "target": ["a"]}', "ids is a list of 1"),
    ("m.json", '{"ids": {"0": 1}, "target": ["a"], "drop": ["x"]}', "a class id is 'x'"),
    ("m.json", '{"classes": []}', "classes are given without categories"),
    ("m.json", '{"classes": [], ' + CATEGORIES + "}", "at least one source class"),
    ("m.json", '{"classes": {}, ' + CATEGORIES + "}", "classes is a dict of 0"),
    ("m.json", '{"classes": [5], ' + CATEGORIES + "}", "class 1 is 5"),
    ("m.json", '{"classes": [{"name": "a"}], ' + CATEGORIES + "}", "class 1 has id None"),
    ("m.json", '{"classes": [{"id": 0, "name": 1}], ' + CATEGORIES + "}", "class 1 has the name 1"),
    ("m.json", '{"classes": [{"id": 0, "drop": 1}], ' + CATEGORIES + "}", "drop = 1"),
    ("m.json", '{"classes": [{"id": 0, "category": "A"}], ' + CATEGORIES + "}", "did you mean 'a'?"),
    ("m.json", '{"classes": [{"id": 0, "categry": "a"}], ' + CATEGORIES + "}", "did you mean 'category'?"),
    ("m.json", '{"classes": [{"id": 0, "category": "a", "drop": true}], ' + CATEGORIES + "}", "is also dropped"),
]


@pytest.mark.parametrize(("name", "content", "said"), REFUSED, ids=range(len(REFUSED)))
def test_refused_with_the_file_and_the_reason(tmp_path: Path, name: str, content: str, said: str) -> None:
    path = saved(tmp_path, name, content)
    with pytest.raises(MappingError) as caught:
        ClassMapping.read(path)
    assert said in str(caught.value)
    assert str(caught.value).startswith(str(path))


@pytest.mark.parametrize("name", ["m.txt", "m", "m.json.gz"])
def test_write_needs_a_known_suffix(tmp_path: Path, name: str) -> None:
    with pytest.raises(MappingError, match=r"name it \.toml"):
        ClassMapping.from_names(["a"]).write(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_without_pyyaml_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(ImportError, match=r"pip install 'cocoproof\[yaml\]'"):
        ClassMapping.from_names(["a"]).write(tmp_path / "m.yaml")
    assert not list(tmp_path.iterdir())
