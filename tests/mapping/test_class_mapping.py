"""`ClassMapping`: how it is made, what it refuses, and what it does to class ids."""

from __future__ import annotations

import json
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from cocoproof.mapping import (
    DROPPED,
    REFUSED,
    Category,
    CategoryList,
    ClassIdError,
    ClassMapping,
    MappingError,
    SourceClass,
    UnmappedClassError,
    write_lock,
)

if TYPE_CHECKING:
    from pathlib import Path


def pairs(mapping: ClassMapping) -> list[tuple[int | None, str]]:
    return [(category.id, category.name) for category in mapping.categories]


def test_the_how_tos_scenario() -> None:
    # Ids that are not sequential, a target that no source has (dog), a merged class, one dropped by name.
    mapping = ClassMapping.from_names(
        source={7: "car", 2: "truck", 40: "person", 3: "tree"},
        target=["person", "car", "dog"],
        rename={"truck": "car"},
        drop={"tree"},
        start=1,
    )
    assert pairs(mapping) == [(1, "person"), (2, "car"), (3, "dog")]
    given = np.array([40, 7, 2, 3, 40])
    assert mapping.apply_ids(given).tolist() == [1, 2, 2, DROPPED, 1]
    assert given.tolist() == [40, 7, 2, 3, 40]
    assert not mapping.invertible


def test_the_how_tos_own_numbers() -> None:
    # supervision's subclass workflow turns dog into person, person into car and car into dog here (facts, section 1).
    mapping = ClassMapping.from_names(source=["dog", "person", "car"], target=["person", "car", "dog"])
    assert mapping.apply_ids([0, 1, 2]).tolist() == [3, 1, 2]
    assert mapping.inverse().apply_ids([3, 1, 2]).tolist() == [0, 1, 2]


def test_contiguous_model_output_onto_ids_with_gaps(tmp_path: Path) -> None:
    # COCO's first thirteen: id 12 was never used.
    names = ["person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat"]
    names += ["traffic light", "fire hydrant", "stop sign", "parking meter"]
    ids = [*range(1, 12), 13, 14]
    coco = {
        "images": [],
        "annotations": [],
        "categories": [{"id": i, "name": n} for i, n in zip(ids, names, strict=True)],
    }
    path = tmp_path / "instances.json"
    path.write_text(json.dumps(coco))
    by_place = ClassMapping.from_categories(path)
    by_name = ClassMapping.from_categories(path, source=names[::-1])
    assert by_place.apply_ids(np.arange(13)).tolist() == ids
    assert by_name.apply_ids(np.arange(13)).tolist() == ids[::-1]
    assert by_place.category_list.contiguous is False
    write_lock(by_place.category_list, tmp_path / "lock.toml")
    assert ClassMapping.from_categories(tmp_path / "lock.toml") == by_place


@pytest.mark.parametrize(
    ("target", "start", "expected"),
    [
        (None, None, [(1, "a"), (2, "b")]),
        (None, 0, [(0, "a"), (1, "b")]),
        (["b", "a"], 1, [(1, "b"), (2, "a")]),
        (["b", "a"], 5, [(5, "b"), (6, "a")]),
        ({9: "a", 4: "b"}, None, [(4, "b"), (9, "a")]),
        (CategoryList.from_names(["a", "b"], start=0), None, [(0, "a"), (1, "b")]),
        (CategoryList((Category(9, "a"), Category(4, "b"))), None, [(9, "a"), (4, "b")]),
        ([Category(None, "a", "letters"), Category(None, "b")], None, [(1, "a"), (2, "b")]),
        (np.array(["a", "b"]), None, [(1, "a"), (2, "b")]),
    ],
)
def test_targets_and_their_ids(target: Any, start: int | None, expected: list[tuple[int, str]]) -> None:
    assert pairs(ClassMapping.from_names(["a", "b"], target, start=start)) == expected


def test_supercategories_and_keypoints_go_along() -> None:
    category = Category(4, "person", "human", ("nose", "tail"), ((1, 2),))
    assert ClassMapping.from_names(["person"], CategoryList((category,))).categories == (category,)


@pytest.mark.parametrize(
    "source",
    [{5: "b", 2: "a"}, {np.int64(5): "b", np.int64(2): "a"}, CategoryList((Category(2, "a"), Category(5, "b")))],
)
def test_sources_with_ids(source: Any) -> None:
    mapping = ClassMapping.from_names(source)
    assert pairs(mapping) == [(1, "a"), (2, "b")]
    assert mapping.apply_ids([5, 2]).tolist() == [2, 1]


def test_without_a_target_the_renamed_names_are_it() -> None:
    mapping = ClassMapping.from_names(["sedan", "tree", "car", "dog"], rename={"sedan": "car"}, drop=["tree"])
    assert pairs(mapping) == [(1, "car"), (2, "dog")]
    assert mapping.apply_ids([0, 1, 2, 3]).tolist() == [1, DROPPED, 1, 2]


def test_renames_are_simultaneous() -> None:
    mapping = ClassMapping.from_names(["a", "b"], ["a", "b"], rename={"a": "b", "b": "a"})
    assert mapping.apply_ids([0, 1]).tolist() == [2, 1]


def test_aliases() -> None:
    aliases = {"car": ["automobile", "sedan"], "person": ("human",)}
    mapping = ClassMapping.from_names(["automobile", "human", "car"], ["person", "car"], aliases=aliases)
    assert mapping.apply_ids([0, 1, 2]).tolist() == [2, 1, 2]
    # A rename says more than an alias.
    mapping = ClassMapping.from_names(["sedan"], ["person", "car"], aliases=aliases, rename={"sedan": "person"})
    assert mapping.apply_ids([0]).tolist() == [1]


def test_an_unmapped_class_is_an_error_when_it_is_detected() -> None:
    mapping = ClassMapping.from_names(["person", "Car", "zebra"], ["person", "car", "dog"])
    assert [row.name for row in mapping.unmapped_classes] == ["Car", "zebra"]
    assert mapping.apply_ids([0, 0]).tolist() == [1, 1]
    with pytest.raises(UnmappedClassError) as caught:
        mapping.apply_ids([0, 1, 2])
    error = caught.value
    assert (error.class_id, error.class_name, error.nearest, error.detection, error.image) == (1, "Car", "car", 1, None)
    assert "class 'Car' (id 1) has no category; did you mean 'car'?" in str(error)
    placed = error.on_image("im3.png")
    assert isinstance(placed, UnmappedClassError)
    assert str(placed).startswith("image im3.png, detection 1: class 'Car'")
    again = pickle.loads(pickle.dumps(placed))  # noqa: S301
    assert str(again) == str(placed)
    assert vars(again) == vars(placed)
    with pytest.raises(UnmappedClassError, match=r"'zebra' .* there are 'person', 'car', 'dog'"):
        mapping.apply_ids([2])


def test_unmapped_drop_and_keep() -> None:
    source, target = ["person", "cat", "tree", "bird"], {4: "person", 9: "car"}
    dropping = ClassMapping.from_names(source, target, unmapped="drop")
    assert dropping.apply_ids([0, 1, 2, 3]).tolist() == [4, DROPPED, DROPPED, DROPPED]
    keeping = ClassMapping.from_names(source, target, drop={"tree"}, unmapped="keep")
    assert pairs(keeping) == [(4, "person"), (9, "car"), (10, "cat"), (11, "bird")]
    assert keeping.apply_ids([0, 1, 2, 3]).tolist() == [4, 10, DROPPED, 11]
    assert keeping.unmapped_classes == ()


@pytest.mark.parametrize("unmapped", ["error", "drop", "keep"])
@pytest.mark.parametrize("number", [3, 99, -1, -(2**63), 2**63 - 1])
def test_an_id_that_no_source_class_has_is_always_an_error(unmapped: Any, number: int) -> None:
    mapping = ClassMapping.from_names(["a", "b", "c"], unmapped=unmapped)
    with pytest.raises(UnmappedClassError, match=f"class id {number} is not in the mapping, whose 3 classes have the ids 0 to 2"):
        mapping.apply_ids([0, number])
    assert mapping.resolve([0, number]).tolist() == [1, REFUSED]


def test_id_tables() -> None:
    target = CategoryList((Category(1, "person"), Category(3, "car")))
    mapping = ClassMapping.from_ids({0: 1, 1: 3, 5: 3}, target, drop={2})
    assert mapping.apply_ids([5, 1, 0, 2]).tolist() == [3, 3, 1, DROPPED]
    with pytest.raises(UnmappedClassError):
        mapping.apply_ids([4])
    loose = ClassMapping.from_ids({0: 1, 1: 3}, target, unmapped="drop")
    assert loose.apply_ids([0, 4, 1]).tolist() == [1, DROPPED, 3]
    assert not loose.invertible
    with pytest.raises(UnmappedClassError):
        loose.apply_ids([-1])
    named = ClassMapping.from_ids({0: 1}, target, source=["human", "cat"], unmapped="keep")
    assert pairs(named) == [(1, "person"), (3, "car"), (4, "cat")]
    assert named.apply_ids([0, 1]).tolist() == [1, 4]
    back = ClassMapping.from_ids({0: 1, 1: 3}, target).inverse()
    assert back.apply_ids([3, 1]).tolist() == [1, 0]
    assert pairs(back) == [(0, "person"), (1, "car")]


REFUSED_CALLS: list[tuple[dict[str, Any], str]] = [
    ({"source": []}, "source: there is no class"),
    ({"source": {}}, "source: there is no class"),
    ({"source": ["a", "a"]}, "source: the class name 'a' stands 2 times"),
    ({"source": ["a", " "]}, "source: a name is blank"),
    ({"source": ["a", 5]}, "source: a name is 5"),
    ({"source": "person"}, "source: found 'person'; expected names in order"),
    ({"source": {"a", "b"}}, "source: found a set; expected names in order"),
    ({"source": 5}, "source: found 5"),
    ({"source": {-1: "a"}}, "a class id is -1"),
    ({"source": {True: "a"}}, "a class id is True"),
    ({"source": {1.0: "a"}}, "a class id is 1.0"),
    ({"source": {"0": "a"}}, "a class id is '0'"),
    ({"target": []}, "target: there is no category"),
    ({"target": ["a", "a"]}, "target: the name 'a' stands 2 times"),
    ({"target": ["a", ""]}, "target: a name is blank"),
    ({"target": "ab"}, "target: found 'ab'"),
    ({"target": {"a", "b"}}, "target: found a set"),
    ({"target": {3: "a"}, "start": 1}, "target: start is 1, but the smallest id is 3"),
    ({"start": -1}, "a start id is -1"),
    ({"start": True}, "a start id is True"),
    ({"rename": {"c": "a"}}, "rename names 'c', which is no source class; there are 'a', 'b'"),
    ({"rename": {"A": "a"}}, "did you mean 'a'?"),
    ({"rename": {"a": "c"}, "target": ["a", "b"]}, "'a' is renamed to 'c', which is no category; there are 'a', 'b'"),
    ({"rename": {"a": "B"}, "target": ["a", "b"], "unmapped": "keep"}, "did you mean 'b'?"),
    ({"rename": {"a": ""}}, "target: a name is blank"),
    ({"rename": {"a": 5}}, "rename: found 5"),
    ({"rename": {"a": "b"}, "drop": {"a"}}, "'a' is both renamed and dropped"),
    ({"drop": {"c"}}, "drop names 'c', which is no source class"),
    ({"drop": "a"}, "drop: found 'a'; expected a list or a set of names"),
    ({"drop": {0}}, "drop: found 0"),
    ({"drop": {"a", "b"}}, "every source class is dropped"),
    ({"aliases": {"c": ["x"]}}, "aliases are given for 'c', which is no category"),
    ({"aliases": {"a": "x"}}, "aliases of 'a': found 'x'"),
    ({"aliases": {"a": ["x"], "b": ["x"]}}, "'x' is an alias of 'a' and of 'b'"),
    ({"aliases": {"a": ["b"]}}, "'b' is an alias of 'a', but a category itself"),
    ({"aliases": {"a": [" "]}}, "aliases of 'a': a name is blank"),
    ({"target": {2**63 - 1: "a"}, "unmapped": "keep"}, "'b' cannot be kept: no id is left"),
    ({"unmapped": "ignore"}, "unmapped is 'ignore'; expected 'error', 'drop', 'keep'"),
]


@pytest.mark.parametrize(("arguments", "said"), REFUSED_CALLS, ids=range(len(REFUSED_CALLS)))
def test_from_names_refuses(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(MappingError) as caught:
        ClassMapping.from_names(**{"source": ["a", "b"], **arguments})
    assert said in str(caught.value)


def test_the_error_of_a_misspelt_rename_has_its_parts() -> None:
    with pytest.raises(MappingError) as caught:
        ClassMapping.from_names(["sedan"], ["person", "car"], rename={"sedan": "Car"})
    assert (caught.value.name, caught.value.nearest) == ("sedan", "car")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"table": {0: 2}}, "class id 0 is mapped to category id 2, which is no category; there are 1, 3"),
        ({"table": {0: 1}, "drop": {0}}, "class id 0 is both mapped and dropped"),
        ({"table": {0: 1}, "source": {1: "a"}}, "class id 0 is none of the 1 source classes"),
        ({"table": {0: 1}, "source": ["a"], "drop": {4}}, "class id 4 is none"),
        ({"table": {0: 1}, "unmapped": "keep"}, "needs the names"),
        ({"table": {0: 1}, "source": ["car"], "drop": (), "unmapped": "x"}, "unmapped is 'x'"),
        ({"table": {0: 3}, "source": ["a", "person"], "unmapped": "keep"}, "'person' has no category to go to"),
        ({"table": {"0": 1}}, "a class id is '0'"),
        ({"table": {0: 1.0}}, "a category id is 1.0"),
        ({"table": {}}, "at least one source class"),
    ],
)
def test_from_ids_refuses(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(MappingError) as caught:
        ClassMapping.from_ids(**{"target": {1: "person", 3: "car"}, **arguments})
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("classes", "categories", "unmapped", "said"),
    [
        ((), (Category(1, "a"),), "error", "at least one source class"),
        ((SourceClass(0, "a", 1),), (), "error", "no category"),
        ((SourceClass(0, "a", 1),), (Category(None, "a"),), "error", "no ids"),
        ((SourceClass(0, "a", 2),), (Category(1, "a"),), "error", "becomes category id 2, but is no category"),
        ((SourceClass(0, "a", 1, dropped=True),), (Category(1, "a"),), "error", "is also dropped"),
        ((SourceClass(0, "a", None),), (Category(1, "a"),), "keep", "unmapped is 'keep'"),
        ((SourceClass(0, "a", 1), SourceClass(0, "b", 1)), (Category(1, "a"),), "error", "class id 0 stands 2 times"),
        ((SourceClass(0, "a", 1), SourceClass(1, None, 1)), (Category(1, "a"),), "error", "for each or for none"),
        ((SourceClass(-3, "a", 1),), (Category(1, "a"),), "error", "class id -3"),
    ],
)
def test_the_constructor_refuses(classes: Any, categories: Any, unmapped: Any, said: str) -> None:
    with pytest.raises(MappingError) as caught:
        ClassMapping(classes, categories, unmapped)
    assert said in str(caught.value)


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.int64, np.uint64, ">i4"])
def test_every_integer_dtype_and_shape(dtype: Any) -> None:
    mapping = ClassMapping.from_names(["a", "b", "c"], ["c", "b", "a"])
    given = np.array([[0, 1], [2, 2]], dtype)
    before = given.copy()
    given.flags.writeable = False
    resolved = mapping.apply_ids(given)
    assert resolved.tolist() == [[3, 2], [1, 1]]
    assert resolved.dtype == np.int64
    assert resolved.dtype.isnative
    assert not np.shares_memory(resolved, given)
    assert (given == before).all()


def test_ids_far_apart_and_close_together_are_looked_up_alike() -> None:
    near_ids, far_ids = [3, 65_534, 65_535], [3, 65_535, 65_536]
    for ids in (near_ids, far_ids):
        mapping = ClassMapping.from_ids(dict(zip(ids, [1, 2, 3], strict=True)), ["a", "b", "c"], unmapped="drop")
        assert mapping.resolve(ids).tolist() == [1, 2, 3]
        others = [0, 2, 4, 65_533, 65_537, 2**62, 2**63 - 1, -1, -(2**63)]
        assert mapping.resolve(others).tolist() == [DROPPED] * 7 + [REFUSED] * 2


def test_empty_class_ids() -> None:
    mapping = ClassMapping.from_names(["a"])
    for empty in ([], np.empty(0), np.empty(0, np.int32)):
        assert mapping.apply_ids(empty).shape == (0,)
        assert mapping.apply_ids(empty).dtype == np.int64


@pytest.mark.parametrize("given", [[0.0], [np.nan], [True], [None], ["0"], np.array([2**63], np.uint64), None])
def test_what_is_no_class_id(given: Any) -> None:
    with pytest.raises(ClassIdError):
        ClassMapping.from_names(["a", "b"]).apply_ids(given)


def test_a_mapping_is_a_value() -> None:
    one, same = (ClassMapping.from_names(["a", "b"], drop=["b"]) for _ in range(2))
    one.apply_ids([0])  # fills its cache, which is no part of it
    assert one == same
    assert hash(one) == hash(same)
    assert pickle.loads(pickle.dumps(one)) == same  # noqa: S301
    with pytest.raises(AttributeError):
        one.unmapped = "drop"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("mapping", "why"),
    [
        (ClassMapping.from_names(["a", "b"], ["a"], rename={"b": "a"}), "category 'a' is made of 2 classes: 'a', 'b'"),
        (ClassMapping.from_names(["a", "b"], drop=["b"]), "it drops 'b'"),
        (ClassMapping.from_names(["a", "b"], ["a"], unmapped="drop"), "it drops 'b'"),
        (ClassMapping.from_ids({0: 1}, ["a"], unmapped="drop"), "every class id that is not in its table"),
        (ClassMapping.from_names(["a"], ["b"]), "no class has a category"),
    ],
)
def test_what_cannot_be_inverted(mapping: ClassMapping, why: str) -> None:
    assert not mapping.invertible
    with pytest.raises(MappingError) as caught:
        mapping.inverse()
    assert why in str(caught.value)


def test_the_table() -> None:
    mapping = ClassMapping.from_names(
        ["dog", "sedan", "猫", "evil\x1b[2J", "gone"], ["person", "car", "dog"], rename={"sedan": "car"}, drop={"gone"}
    )
    assert str(mapping).split("\n") == [
        "class id  class        category id  category",
        "       0  dog                    3  dog",
        "       1  sedan                  2  car",
        "       2  猫                     -  (none: an error)",
        r"       3  evil\x1b[2J            -  (none: an error)",
        "       4  gone                   -  (dropped)",
        "       -  (no class)             1  person",
        "5 classes, 3 categories; any other class id is an error",
    ]
    assert str(ClassMapping.from_ids({4: 1}, ["x"], unmapped="drop")).split("\n")[1:] == [
        "       4  -                1  x",
        "1 class, 1 category; any other class id is dropped",
    ]
