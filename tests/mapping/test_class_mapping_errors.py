"""What `ClassMapping` refuses, and in which words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cocoproof.mapping import REFUSED, Category, CategoryList, ClassIdError, ClassMapping, MappingError, SourceClass

REFUSED_CALLS: list[tuple[dict[str, Any], str]] = [
    ({"source": []}, "source: no classes; expected at least one name"),
    ({"source": {}}, "source: no classes; expected at least one name"),
    ({"source": ["a", "a"]}, "source: the class name 'a' occurs 2 times (places 1, 2); it must be unique"),
    ({"source": ["a", " "]}, "source: a name is blank (' '); expected visible text"),
    ({"source": ["a", 5]}, "source: a name is 5; expected text (in YAML and TOML, quote names such as yes, no, null and 1)"),
    ({"source": "person"}, "source: found 'person'; expected names in order, such as ['person', 'car'], or id -> name"),
    ({"source": {"a", "b"}}, "source: found a set; expected names in order, such as ['person', 'car'], or id -> name"),
    ({"source": 5}, "source: found 5; expected names in order, such as ['person', 'car'], or id -> name"),
    ({"source": {-1: "a"}}, "a class id is -1; expected an integer from 0"),
    ({"source": {True: "a"}}, "a class id is True; expected an integer from 0"),
    ({"source": {1.0: "a"}}, "a class id is 1.0; expected an integer from 0"),
    ({"source": {"0": "a"}}, "a class id is '0'; expected an integer from 0"),
    ({"target": []}, "target: the list has no categories; expected at least one name"),
    ({"target": ["a", "a"]}, "target: the name 'a' occurs 2 times (places 1, 2); it must be unique"),
    ({"target": ["a", ""]}, "target: a name is blank (''); expected visible text"),
    ({"target": "ab"}, "target: found 'ab'; expected names in order, such as ['person', 'car'], or id -> name"),
    ({"target": {"a", "b"}}, "target: found a set; expected names in order, such as ['person', 'car'], or id -> name"),
    ({"target": {3: "a"}, "start": 1}, "target: start is 1, but the smallest id is 3; make them agree, or remove start"),
    ({"start": -1}, "a start id is -1; expected an integer from 0"),
    ({"start": True}, "a start id is True; expected an integer from 0"),
    ({"rename": {"c": "a"}}, "rename names 'c', which is not a source class; there are 'a', 'b'"),
    ({"rename": {"A": "a"}}, "rename names 'A', which is not a source class; did you mean 'a'?"),
    ({"rename": {"a": "c"}, "target": ["a", "b"]}, "'a' is renamed to 'c', which is not a category; there are 'a', 'b'"),
    ({"rename": {"a": "B"}, "target": ["a", "b"], "unmapped": "keep"}, "'a' is renamed to 'B', which is not a category; did you mean 'b'?"),
    ({"rename": {"a": ""}}, "target: a name is blank (''); expected visible text"),
    ({"rename": {"a": 5}}, "rename: found 5; expected a name"),
    ({"rename": {"a": "b"}, "drop": {"a"}}, "'a' is both renamed and dropped; remove one of them"),
    ({"drop": {"c"}}, "drop names 'c', which is not a source class; there are 'a', 'b'"),
    ({"drop": "a"}, "drop: found 'a'; expected a list or a set of names"),
    ({"drop": {0}}, "drop: found 0; expected a name"),
    ({"drop": {"a", "b"}}, "every source class is dropped; keep at least one, or pass a target"),
    ({"aliases": {"c": ["x"]}}, "aliases are given for 'c', which is not a category; there are 'a', 'b'"),
    ({"aliases": {"a": "x"}}, "aliases of 'a': found 'x'; expected a list or a set of names"),
    ({"aliases": {"a": ["x"], "b": ["x"]}}, "'x' is an alias of 'a' and of 'b'; an alias must be unique"),
    ({"aliases": {"a": ["b"]}}, "'b' is an alias of 'a', but a category itself; remove one of them"),
    ({"aliases": {"a": [" "]}}, "aliases of 'a': a name is blank (' '); expected visible text"),
    ({"target": {2**63 - 1: "a"}, "unmapped": "keep"}, "'b' cannot be kept: 9223372036854775807 is the largest id"),
    ({"source": b"ab"}, "source: found b'ab'; expected names in order, such as ['person', 'car'], or id -> name"),
    ({"source": frozenset("a")}, "source: found a frozenset; expected names in order, such as ['person', 'car'], or id -> name"),
    ({"source": [Category(3, "a"), Category(None, "b")]}, "a class id is None; expected an integer from 0"),
    ({"source": [Category(3, "a"), Category(3, "b")]}, "source: the class id 3 occurs 2 times (places 1, 2); it must be unique"),
    ({"target": {-1: "a"}}, "a category id is -1; expected an integer from 0"),
    ({"target": [Category(3, "a"), "b"]}, "target: 1 of 2 categories have an id, 'b' has none; give every category an id, or none"),
    (
        {"target": CategoryList.from_names(["a"], start=2), "start": 0},
        "target: start 0 is requested, but the list has 2; remove one of them",
    ),
    ({"rename": {5: "a"}}, "rename: found 5; expected a name"),
    ({"drop": {"zz", "yy", "a"}}, "drop names 'yy', which is not a source class; there are 'a', 'b'"),
    ({"drop": {"A"}}, "drop names 'A', which is not a source class; did you mean 'a'?"),
    ({"drop": b"a"}, "drop: found b'a'; expected a list or a set of names"),
    ({"drop": 5}, "drop: found 5; expected a list or a set of names"),
    ({"aliases": {"A": ["x"]}}, "aliases are given for 'A', which is not a category; did you mean 'a'?"),
    ({"aliases": {5: ["x"]}}, "aliases: found 5; expected a name"),
    ({"aliases": {"a": [5]}}, "aliases of 'a': found 5; expected a name"),
    ({"unmapped": "ignore"}, "unmapped is 'ignore'; expected 'error', 'drop', 'keep'"),
]


@pytest.mark.parametrize(("arguments", "said"), REFUSED_CALLS, ids=range(len(REFUSED_CALLS)))
def test_from_names_refuses(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(MappingError) as caught:
        ClassMapping.from_names(**{"source": ["a", "b"], **arguments})
    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("arguments", "name", "nearest"),
    [
        ({"source": []}, None, None),
        ({"rename": {"A": "b"}}, "A", "a"),
        ({"drop": {"B"}}, "B", "b"),
        ({"drop": {"zebra"}}, "zebra", None),
        ({"rename": {"a": "b"}, "drop": {"a"}}, "a", None),
        ({"rename": {"a": "Car"}, "target": ["car"]}, "a", "car"),
        ({"aliases": {"A": ["x"]}}, "A", "a"),
        ({"aliases": {"a": [" "]}}, "a", None),
        ({"aliases": {"a": ["b"]}}, "b", None),
        ({"aliases": {"a": ["x"], "b": ["x"]}}, "x", None),
        ({"target": {2**63 - 1: "a"}, "unmapped": "keep"}, "b", None),
    ],
)
def test_the_name_that_an_error_is_about_and_the_one_that_was_meant(
    arguments: dict[str, Any], name: str | None, nearest: str | None
) -> None:
    with pytest.raises(MappingError) as caught:
        ClassMapping.from_names(**{"source": ["a", "b"], **arguments})
    assert (caught.value.name, caught.value.nearest) == (name, nearest)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"table": {0: 2}}, "class id 0 is mapped to category id 2, which is not the id of a category; the ids are 1, 3"),
        ({"table": {0: 1}, "drop": {0}}, "class id 0 is both mapped and dropped; remove one of them"),
        ({"table": {0: 1}, "source": {1: "a"}}, "class id 0 is not one of the 1 source classes (1 to 1)"),
        ({"table": {0: 1}, "source": ["a"], "drop": {4}}, "class id 4 is not one of the 1 source classes (0 to 0)"),
        (
            {"table": {0: 1}, "unmapped": "keep"},
            "unmapped='keep' needs the names of the source classes: a category must have a name; pass source=",
        ),
        ({"table": {0: 1}, "source": ["car"], "drop": (), "unmapped": "x"}, "unmapped is 'x'; expected 'error', 'drop', 'keep'"),
        (
            {"table": {0: 3}, "source": ["a", "person"], "unmapped": "keep"},
            "'person' has no category and cannot be kept: another category has this name",
        ),
        ({"table": {"0": 1}}, "a class id is '0'; expected an integer from 0"),
        ({"table": {0: 1.0}}, "a category id is 1.0; expected an integer from 0"),
        ({"table": {0: 1}, "start": 2}, "target: start is 2, but the smallest id is 1; make them agree, or remove start"),
        ({"table": {0: 1}, "drop": {-1}}, "a class id is -1; expected an integer from 0"),
        ({"table": {4: 1, 9: 1}, "drop": {9, 4}}, "class id 4 is both mapped and dropped; remove one of them"),
        ({"table": {9: 1, 4: 1}, "source": {1: "a", 3: "b"}}, "class id 4 is not one of the 2 source classes (1 to 3)"),
        (
            {"table": {0: 0}, "target": [f"c{number}" for number in range(10)]},
            "class id 0 is mapped to category id 0, which is not the id of a category; the ids are 1, 2, 3, 4, 5, 6, 7, 8, 9, 10",
        ),
        (
            {"table": {0: 0}, "target": [f"c{number}" for number in range(11)]},
            "class id 0 is mapped to category id 0, which is not the id of a category; the ids are 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 1 more",
        ),
        ({"table": {}}, "expected at least one source class, and a name for each or for none"),
    ],
)
def test_from_ids_refuses(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(MappingError) as caught:
        ClassMapping.from_ids(**{"target": {1: "person", 3: "car"}, **arguments})
    assert str(caught.value) == said
    assert caught.value.name == ("person" if "cannot be kept" in said else None)


@pytest.mark.parametrize(
    ("classes", "categories", "unmapped", "said"),
    [
        ((), (Category(1, "a"),), "error", "expected at least one source class, and a name for each or for none"),
        ((SourceClass(0, "a", 1),), (), "error", "the list has no categories; expected at least one name"),
        (
            (SourceClass(0, "a", 1),),
            (Category(None, "a"),),
            "error",
            "the categories have no ids, which a mapping needs: CategoryList.with_ids() adds them",
        ),
        (
            (SourceClass(0, "a", 2),),
            (Category(1, "a"),),
            "error",
            "class 0 ('a') is mapped to category id 2, which is not the id of a category",
        ),
        (
            (SourceClass(0, "a", 1, dropped=True),),
            (Category(1, "a"),),
            "error",
            "class 0 ('a') is mapped to category id 1, which contradicts that it is dropped",
        ),
        ((SourceClass(0, "a", None),), (Category(1, "a"),), "keep", "class 0 ('a') has no category, though unmapped is 'keep'"),
        (
            (SourceClass(0, "a", 1), SourceClass(0, "b", 1)),
            (Category(1, "a"),),
            "error",
            "the class id 0 occurs 2 times (places 1, 2); it must be unique",
        ),
        (
            (SourceClass(0, "a", 1), SourceClass(1, None, 1)),
            (Category(1, "a"),),
            "error",
            "expected at least one source class, and a name for each or for none",
        ),
        (
            (SourceClass(0, "a", 1), SourceClass(1, "a", 1)),
            (Category(1, "a"),),
            "error",
            "the class name 'a' occurs 2 times (places 1, 2); it must be unique",
        ),
        ((SourceClass(0, None, 2),), (Category(1, "a"),), "error", "class 0 is mapped to category id 2, which is not the id of a category"),
        ((SourceClass(0, None, None),), (Category(1, "a"),), "keep", "class 0 has no category, though unmapped is 'keep'"),
        ((SourceClass(True, "a", 1),), (Category(1, "a"),), "error", "class id True is not an integer from 0"),
        ((SourceClass(0, "a", 1),), (Category(1, "a"),), "lose", "unmapped is 'lose'; expected 'error', 'drop', 'keep'"),
        ((SourceClass(-3, "a", 1),), (Category(1, "a"),), "error", "class id -3 is not an integer from 0"),
    ],
)
def test_the_constructor_refuses(classes: Any, categories: Any, unmapped: Any, said: str) -> None:
    with pytest.raises(MappingError) as caught:
        ClassMapping(classes, categories, unmapped)
    assert str(caught.value) == said
    assert caught.value.name == ("a" if said.startswith("class 0 ('a')") else None)


@pytest.mark.parametrize(
    ("given", "dtype"),
    [([0.0], "float64"), ([np.nan], "float64"), ([True], "bool"), ([None], "object"), (np.array(["0"]), "<U1"), (None, "object")],
)
def test_what_is_no_class_id(given: Any, dtype: str) -> None:
    with pytest.raises(ClassIdError) as caught:
        ClassMapping.from_names(["a", "b"]).apply_ids(given)
    assert str(caught.value) == f"class ids are of dtype {dtype}; expected integers (a Python list must contain only ints)"


def test_a_class_id_beyond_what_int64_holds() -> None:
    mapping = ClassMapping.from_names(["a", "b"])
    assert mapping.resolve(np.array([[1, 2**63 - 1]], np.uint64)).tolist() == [[2, REFUSED]]
    with pytest.raises(ClassIdError) as caught:
        mapping.resolve(np.array([[0, 1], [2**63, 2**64 - 1]], np.uint64))
    assert str(caught.value) == "detection 2: class id 9223372036854775808 does not fit in int64"


@pytest.mark.parametrize(
    ("mapping", "why"),
    [
        (
            ClassMapping.from_names(["a", "b"], ["a"], rename={"b": "a"}),
            "the mapping cannot be inverted: category 'a' is made of 2 classes: 'a', 'b'",
        ),
        (ClassMapping.from_names(["a", "b"], drop=["b"]), "the mapping cannot be inverted: it drops 'b'"),
        (ClassMapping.from_names(["a", "b"], ["a"], unmapped="drop"), "the mapping cannot be inverted: it drops 'b'"),
        (
            ClassMapping.from_ids({0: 1}, ["a"], unmapped="drop"),
            "the mapping cannot be inverted: it drops every class id that is not in its table",
        ),
        (
            ClassMapping.from_ids({0: 1, 4: 2, 7: 2}, ["a", "b"]),
            "the mapping cannot be inverted: category 'b' is made of 2 classes: '4', '7'",
        ),
        (ClassMapping.from_ids({0: 1}, ["a"], drop=[5]), "the mapping cannot be inverted: it drops '5'"),
        (ClassMapping.from_names(["a"], ["b"]), "the mapping cannot be inverted: no class has a category"),
    ],
)
def test_what_cannot_be_inverted(mapping: ClassMapping, why: str) -> None:
    assert not mapping.invertible
    with pytest.raises(MappingError) as caught:
        mapping.inverse()
    assert str(caught.value) == why
