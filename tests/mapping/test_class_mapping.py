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
    ClassMapping,
    SourceClass,
    UnmappedClassError,
    write_lock,
)
from cocoproof.mapping.class_ids import IdLookup

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


def test_classes_with_ids_need_not_be_in_order() -> None:
    mapping = ClassMapping.from_names([Category(8, "b"), Category(2, "a"), Category(5, "z")], ["a", "b"])
    assert [row.id for row in mapping.classes] == [8, 2, 5]
    with pytest.raises(UnmappedClassError) as caught:
        mapping.apply_ids([3])
    assert str(caught.value) == "detection 0: class id 3 is not in the mapping, whose 3 classes have the ids 2 to 8"
    assert pairs(ClassMapping.from_names(["a"], {1: "b", 0: "a"})) == [(0, "a"), (1, "b")]


def test_from_categories_takes_all_that_from_names_takes(tmp_path: Path) -> None:
    target = CategoryList.from_names(["person", "car"])
    write_lock(target, tmp_path / "lock.toml")
    wishes: dict[str, Any] = {"rename": {"sedan": "car"}, "aliases": {"person": ["human"]}, "drop": ["tree"], "start": 7}
    source = ["sedan", "human", "tree", "cat"]
    expected = [SourceClass(0, "sedan", 8), SourceClass(1, "human", 7), SourceClass(2, "tree", None, dropped=True)]
    for given in (target, tmp_path / "lock.toml", str(tmp_path / "lock.toml")):
        mapping = ClassMapping.from_categories(given, source=source, unmapped="keep", **wishes)
        assert mapping.classes == (*expected, SourceClass(3, "cat", 9))
        assert pairs(mapping) == [(7, "person"), (8, "car"), (9, "cat")]


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
    # What a category is called anyway, or is called twice, is no contradiction.
    again = ClassMapping.from_names(["x"], ["a", "b"], aliases={"a": ["a", "x", "x"]})
    assert again.apply_ids([0]).tolist() == [1]
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
    advice = "Rename it, drop it, or make the mapping with unmapped='drop' or 'keep'"
    assert str(error) == f"detection 1: class 'Car' (id 1) has no category; did you mean 'car'? {advice}"
    placed = error.on_image("im3.png")
    assert isinstance(placed, UnmappedClassError)
    assert str(placed).startswith("image im3.png, detection 1: class 'Car'")
    again = pickle.loads(pickle.dumps(placed))  # noqa: S301
    assert str(again) == str(placed)
    assert vars(again) == vars(placed)
    with pytest.raises(UnmappedClassError) as caught:
        mapping.apply_ids([[2]])
    assert str(caught.value) == f"detection 0: class 'zebra' (id 2) has no category; there are 'person', 'car', 'dog'. {advice}"


def test_unmapped_drop_and_keep() -> None:
    source, target = ["person", "cat", "tree", "bird"], {4: "person", 9: "car"}
    dropping = ClassMapping.from_names(source, target, unmapped="drop")
    assert dropping.apply_ids([0, 1, 2, 3]).tolist() == [4, DROPPED, DROPPED, DROPPED]
    keeping = ClassMapping.from_names(source, target, drop={"tree"}, unmapped="keep")
    assert pairs(keeping) == [(4, "person"), (9, "car"), (10, "cat"), (11, "bird")]
    assert keeping.apply_ids([0, 1, 2, 3]).tolist() == [4, 10, DROPPED, 11]
    assert keeping.unmapped_classes == ()
    last = ClassMapping.from_names(["a", "b"], {2**63 - 2: "a"}, unmapped="keep")
    assert last.apply_ids([1]).tolist() == [2**63 - 1]


@pytest.mark.parametrize("unmapped", ["error", "drop", "keep"])
@pytest.mark.parametrize("number", [3, 99, -1, -(2**63), 2**63 - 1])
def test_an_id_that_no_source_class_has_is_always_an_error(unmapped: Any, number: int) -> None:
    mapping = ClassMapping.from_names(["a", "b", "c"], unmapped=unmapped)
    with pytest.raises(UnmappedClassError) as caught:
        mapping.apply_ids([0, number])
    assert str(caught.value) == f"detection 1: class id {number} is not in the mapping, whose 3 classes have the ids 0 to 2"
    assert (caught.value.class_id, caught.value.detection) == (number, 1)
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
    assert pairs(ClassMapping.from_ids({0: 7}, ["a"], start=7)) == [(7, "a")]
    back = ClassMapping.from_ids({0: 1, 1: 3}, target).inverse()
    assert back.apply_ids([3, 1]).tolist() == [1, 0]
    assert pairs(back) == [(0, "person"), (1, "car")]


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


def test_a_table_of_all_ids_is_kept_where_it_is_small() -> None:
    assert IdLookup.of({1: 7, 3: 8}, DROPPED).dense.tolist() == [-1, 7, -1, 8, -1]  # type: ignore[union-attr]
    assert IdLookup.of({65_535: 7}, DROPPED).dense.nbytes == 8 * 65_537  # type: ignore[union-attr]
    assert IdLookup.of({0: 7, 65_536: 8}, DROPPED).dense is None


def test_empty_class_ids() -> None:
    mapping = ClassMapping.from_names(["a"])
    for empty in ([], np.empty(0), np.empty(0, np.int32), np.empty(0, np.uint64), np.empty((0, 3)), np.empty(0, "U1")):
        assert mapping.apply_ids(empty).shape == np.shape(empty)
        assert mapping.apply_ids(empty).dtype == np.int64


def test_a_mapping_is_a_value() -> None:
    one, same = (ClassMapping.from_names(["a", "b"], drop=["b"]) for _ in range(2))
    one.apply_ids([0])  # fills its cache, which is no part of it
    assert one == same
    assert hash(one) == hash(same)
    assert pickle.loads(pickle.dumps(one)) == same  # noqa: S301
    with pytest.raises(AttributeError):
        one.unmapped = "drop"  # type: ignore[misc]
