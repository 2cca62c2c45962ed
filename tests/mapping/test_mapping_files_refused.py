"""Files that are no mapping: the whole message, with the file, the reason and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cocoproof.mapping import ClassMapping, MappingError

from .messages import says
from .saving import saved

if TYPE_CHECKING:
    from pathlib import Path

CATEGORIES = '"categories": [{"id": 1, "name": "a"}]'

REFUSED = [
    ("m.txt", "a", "a mapping is a TOML, JSON or YAML file; its name must end in .toml, .json, .yaml or .yml"),
    ("m.json", "[]", "expected an object with the keys source and target (or classes and categories)"),
    (
        "m.json",
        '{"images": [], "categories": [{"id": 1, "name": "a"}]}',
        "expected an object with the keys source and target (or classes and categories)",
    ),
    ("m.json", "{}", "source is missing; expected source (the model's class names) and target (the categories)"),
    ("m.json", "{", "not valid JSON: line 1, column 1: the text ends before the document does"),
    ("m.json", '{"source": ["a"], "source": ["b"]}', "duplicate key 'source' in an object"),
    ("m.json", '{"source": ["a"], "traget": ["a"]}', "the file has the unknown key 'traget'; did you mean 'target'?"),
    (
        "m.json",
        '{"source": ["a"], "zzz": 1}',
        "the file has the unknown key 'zzz'; there are 'format_version', 'unmapped', 'source', 'target', 'rename', 'aliases', 'drop', 'start', 'ids'",
    ),
    (
        "m.json",
        '{"source": ["a"], "format_version": 2}',
        "format_version is 2; this cocoproof reads version 1: update cocoproof, or write the file again",
    ),
    ("m.json", '{"source": ["a"], "unmapped": ["drop"]}', "unmapped is a list of 1; expected 'error', 'drop', 'keep'"),
    ("m.json", '{"source": ["a"], "start": 1.5}', "start is 1.5; expected an integer from 0"),
    ("m.json", '{"source": ["a"], "drop": "a"}', "drop is 'a'; expected a list"),
    ("m.json", '{"source": ["a"], "drop": [1]}', "drop contains 1; expected names"),
    ("m.json", '{"source": ["a"], "rename": ["a"]}', "rename is a list of 1; expected a table from name to name"),
    ("m.json", '{"source": ["a"], "rename": {"a": 1}}', "rename has 'a' = 1; expected text on both sides (quote it)"),
    ("m.json", '{"source": ["a"], "rename": {"a ": "b"}}', "rename names 'a ', which is not a source class; did you mean 'a'?"),
    ("m.json", '{"source": ["a"], "aliases": {"a": "b"}}', "aliases has 'a' = 'b'; expected a category name and a list of names"),
    ("m.json", '{"source": ["a"], "aliases": []}', "aliases is a list of 0; expected a table from category name to a list of names"),
    ("m.json", '{"source": 5}', "source is 5; expected names, a table id -> name, or the path of a category list"),
    ("m.json", '{"source": ["a"], "target": {"x": "b"}}', "target: the key 'x' is not an id; expected an integer from 0"),
    ("m.json", '{"ids": {"0": 1}}', "ids is a table from class id to category id; it needs target"),
    ("m.json", '{"ids": {"0": 1}, "target": ["a"], "rename": {}}', "ids is a table from class id to category id; rename needs names"),
    ("m.json", '{"ids": {"0": "1"}, "target": ["a"]}', "ids: class id '0' is mapped to '1'; expected a category id, an integer from 0"),
    ("m.json", '{"ids": {"0": 1, "00": 1}, "target": ["a"]}', "ids: duplicate class id 0"),
    ("m.json", '{"ids": [1], "target": ["a"]}', "ids is a list of 1; expected a table from class id to category id"),
    ("m.json", '{"ids": {"0": 1}, "target": ["a"], "drop": ["x"]}', "a class id is 'x'; expected an integer from 0"),
    ("m.json", '{"classes": []}', "classes are given without categories; give both, or source and target"),
    ("m.json", '{"classes": [], ' + CATEGORIES + "}", "expected at least one source class, and a name for each or for none"),
    ("m.json", '{"classes": {}, ' + CATEGORIES + "}", "classes is a dict of 0; expected a list"),
    ("m.json", '{"classes": [5], ' + CATEGORIES + "}", "class 1 is 5; expected an object with id, name and category"),
    ("m.json", '{"classes": [{"name": "a"}], ' + CATEGORIES + "}", "class 1 has id None; expected an integer from 0"),
    ("m.json", '{"classes": [{"id": 0, "name": 1}], ' + CATEGORIES + "}", "class 1 has the name 1; expected text"),
    ("m.json", '{"classes": [{"id": 0, "drop": 1}], ' + CATEGORIES + "}", "class 1 has drop = 1; expected true or false"),
    (
        "m.json",
        '{"classes": [{"id": 0, "category": "A"}], ' + CATEGORIES + "}",
        "class 1 is mapped to 'A', which is not a category; did you mean 'a'?",
    ),
    (
        "m.json",
        '{"classes": [{"id": 0, "categry": "a"}], ' + CATEGORIES + "}",
        "class 1 has the unknown key 'categry'; did you mean 'category'?",
    ),
    (
        "m.json",
        '{"classes": [{"id": 0, "category": "a", "drop": true}], ' + CATEGORIES + "}",
        "class 0 is mapped to category id 1, which contradicts that it is dropped",
    ),
    (
        "m.json",
        '{"classes": [{"id": 0, "category": "zebra"}], "categories": ["a", "b", "c", "d", "e", "f"]}',
        "class 1 is mapped to 'zebra', which is not a category; there are 'a', 'b', 'c', 'd', 'e' and 1 more",
    ),
    (
        "m.json",
        '{"classes": [{"id": 0}, {"id": 1, "category": 5}], ' + CATEGORIES + "}",
        "class 2 is mapped to 5, which is not a category; there are 'a'",
    ),
    (
        "m.json",
        '{"classes": [], "source": [], ' + CATEGORIES + "}",
        "the file has the unknown key 'source'; there are 'format_version', 'unmapped', 'classes', 'categories'",
    ),
    (
        "m.yaml",
        "{classes: [], categories: [], 5: x}",
        "the file has the unknown key 5; there are 'format_version', 'unmapped', 'classes', 'categories'",
    ),
    (
        "m.json",
        '{"classes": [{"id": 0, "zzz": 1}], ' + CATEGORIES + "}",
        "class 1 has the unknown key 'zzz'; there are 'id', 'name', 'category', 'drop'",
    ),
    ("m.json", '{"classes": [], "categories": [{"id": 1}]}', "categories 1 has no name"),
    ("m.json", '{"classes": [{"id": -1}], ' + CATEGORIES + "}", "class 1 has id -1; expected an integer from 0"),
    (
        "m.json",
        '{"source": ["a"], "format_version": true}',
        "format_version is True; this cocoproof reads version 1: update cocoproof, or write the file again",
    ),
    ("m.json", '{"source": ["a"], "unmapped": "Drop"}', "unmapped is 'Drop'; expected 'error', 'drop', 'keep'"),
    ("m.json", '{"source": ["a"], "start": true}', "start is True; expected an integer from 0"),
    ("m.json", '{"source": ["a"], "target": 5}', "target is 5; expected names, a table id -> name, or the path of a category list"),
    ("m.json", '{"source": ["a", 5]}', "source: entry 2 is 5; expected a name, or an object with a name"),
    ("m.json", '{"source": ["a"], "target": {"names": 5}}', "target: names is 5; expected a list of names, or a table from id to name"),
    ("m.json", '{"ids": {"x": 1}, "target": ["a"]}', "ids: the key 'x' is not an id; expected an integer from 0"),
    ("m.json", '{"ids": {"0": 1}, "target": ["a"], "aliases": {}}', "ids is a table from class id to category id; aliases needs names"),
    ("m.yaml", "{source: [a], rename: {1: a}}", "rename has 1 = 'a'; expected text on both sides (quote it)"),
    ("m.yaml", "{source: [a], aliases: {1: [a]}}", "aliases has 1 = a list of 1; expected a category name and a list of names"),
    ("m.toml", "source = [", "not valid TOML: …"),
]


@pytest.mark.parametrize(("name", "content", "said"), REFUSED, ids=range(len(REFUSED)))
def test_refused_with_the_file_and_the_reason(tmp_path: Path, name: str, content: str, said: str) -> None:
    path = saved(tmp_path, name, content)
    with pytest.raises(MappingError) as caught:
        ClassMapping.read(path)
    assert says(caught.value, f"{path}: {said}")
    assert caught.value.where == str(path)


def test_a_list_beside_it_that_cannot_be_read_is_named_too(tmp_path: Path) -> None:
    path, beside = tmp_path / "m.json", tmp_path / "names.txt"
    for content, key in [('{"source": "names.txt"}', "source"), ('{"source": ["a"], "target": "names.txt"}', "target")]:
        saved(tmp_path, "m.json", content)
        beside.unlink(missing_ok=True)
        with pytest.raises(MappingError) as caught:
            ClassMapping.read(path)
        assert str(caught.value) == f"{path}: {key}: {beside}: cannot be read: No such file or directory"
        beside.write_text("a\n\nb")
        with pytest.raises(MappingError) as caught:
            ClassMapping.read(path)
        assert str(caught.value).startswith(f"{path}: {key}: {beside}: line 2 is empty; ")


@pytest.mark.parametrize(
    ("content", "name", "nearest"),
    [
        ('{"source": ["dog"], "rename": {"Dog": "x"}}', "Dog", "dog"),
        ('{"classes": [{"id": 0, "name": "hound", "category": "A"}], ' + CATEGORIES + "}", "hound", "a"),
        ('{"classes": [{"id": 0, "name": "hound", "category": "zebra"}], ' + CATEGORIES + "}", "hound", None),
        ('{"source": ["a"], "drop": 5}', None, None),
    ],
)
def test_an_error_keeps_the_class_and_the_name_that_was_meant(tmp_path: Path, content: str, name: str | None, nearest: str | None) -> None:
    with pytest.raises(MappingError) as caught:
        ClassMapping.read(saved(tmp_path, "m.json", content))
    assert (caught.value.name, caught.value.nearest) == (name, nearest)
