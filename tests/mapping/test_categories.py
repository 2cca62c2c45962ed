"""Categories and category lists made in Python."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from cocoproof.mapping import Category, CategoryList, CategoryListError


def test_a_list_of_names_demands_order_alone() -> None:
    expected = CategoryList.from_names(["person", "car"])
    assert expected.names == ("person", "car")
    assert (expected.ids, expected.start, expected.contiguous) == (None, None, None)
    assert len(expected) == 2
    assert [category.name for category in expected] == ["person", "car"]


@pytest.mark.parametrize(
    ("listed", "start", "ids"),
    [
        (CategoryList.from_names(["a", "b", "c"]), None, (1, 2, 3)),
        (CategoryList.from_names(["a", "b", "c"]), 0, (0, 1, 2)),
        (CategoryList.from_names(["a", "b", "c"], start=5), None, (5, 6, 7)),
        (CategoryList.from_names(["a", "b", "c"], start=5), 5, (5, 6, 7)),
        (CategoryList((Category(9, "a"), Category(3, "b"))), None, (9, 3)),
        (CategoryList((Category(9, "a"), Category(3, "b"))), 3, (9, 3)),
    ],
)
def test_with_ids(listed: CategoryList, start: int | None, ids: tuple[int, ...]) -> None:
    assert listed.with_ids(start).ids == ids
    assert listed.with_ids(start).names == listed.names


def test_with_ids_refuses_another_start() -> None:
    with pytest.raises(CategoryListError, match="start 0 was asked for, but the list says 5"):
        CategoryList.from_names(["a"], start=5).with_ids(0)
    with pytest.raises(CategoryListError, match="start is 1, but the smallest id is 3"):
        CategoryList((Category(3, "a"),)).with_ids(1)


@pytest.mark.parametrize(
    ("ids", "start", "contiguous"), [((1, 2, 3), 1, True), ((1, 2, 4), 1, False), ((3, 2, 4), 2, True), ((0,), 0, True)]
)
def test_pinned_says_what_the_ids_have(ids: tuple[int, ...], start: int, contiguous: bool) -> None:
    pinned = CategoryList(tuple(Category(number, f"c{number}") for number in ids)).pinned()
    assert (pinned.start, pinned.contiguous) == (start, contiguous)
    assert pinned.pinned() == pinned


def test_pinned_lets_gaps_stay_allowed() -> None:
    assert CategoryList((Category(1, "a"), Category(2, "b")), contiguous=False).pinned().contiguous is False
    assert CategoryList.from_names(["a"]).pinned() == CategoryList.from_names(["a"])


@pytest.mark.parametrize(
    ("rows", "start", "contiguous", "said"),
    [
        ((), None, None, "there is no category"),
        ((Category(1, "a"), Category(2, "a")), None, None, "the name 'a' stands 2 times (places 1, 2)"),
        ((Category(7, "a"), Category(1, "b"), Category(7, "c")), None, None, "the id 7 stands 2 times (places 1, 3)"),
        ((Category(1, "a"), Category(None, "b")), None, None, "1 of 2 categories have an id, 'b' has none"),
        ((Category(1, "a"), Category(3, "b")), None, True, "contiguous is true, but 2 ids run from 1 to 3"),
        ((Category(1, "a"),), 0, None, "start is 0, but the smallest id is 1"),
        ((Category(None, "a"),), -1, None, "start is -1"),
        ((Category(None, "a"),), True, None, "start is True"),
        ((Category(None, "a"), Category(None, "b")), 2**63 - 1, None, "leaves room"),
        ((Category(None, "a"),), None, 1, "contiguous is 1"),
    ],
)
def test_what_no_list_can_be(rows: tuple[Category, ...], start: int, contiguous: bool, said: str) -> None:
    with pytest.raises(CategoryListError) as caught:
        CategoryList(rows, start, contiguous)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ((1, ""), "blank"),
        ((1, " \t\u3000"), "blank"),
        ((1, "\x87\u200b"), "blank"),
        ((1, 5), "a name is 5; expected text"),
        ((1, None), "a name is None"),
        ((1, True), "quote names such as yes, no"),
        ((1, "a\ud800"), "surrogate"),
        ((-1, "a"), "id -1"),
        ((True, "a"), "id True"),
        ((1.0, "a"), "id 1.0"),
        (("1", "a"), "id '1'"),
        ((2**63, "a"), "id 9223372036854775808"),
        ((1, "a", 5), "supercategory 5"),
        ((1, "a", None, (1,)), "keypoints"),
        ((1, "a", None, None, (1, 2)), "skeleton"),
        ((1, "a", None, None, ((1, 2, 3),)), "skeleton"),
        ((1, "a", None, None, ((1, 2.0),)), "skeleton"),
    ],
)
def test_what_no_category_can_be(fields: tuple[object, ...], said: str) -> None:
    with pytest.raises(CategoryListError) as caught:
        Category(*fields)  # type: ignore[arg-type]
    assert said in str(caught.value)


def test_numpy_values_become_pythons_own() -> None:
    category = Category(np.int32(4), np.str_("a"))  # type: ignore[arg-type]
    assert type(category.id) is int
    assert type(category.name) is str
    assert category == Category(4, "a")


def test_one_text_is_no_list_of_names() -> None:
    with pytest.raises(CategoryListError, match="one text, 'person'"):
        CategoryList.from_names("person")


def test_errors_can_be_pickled() -> None:
    error = CategoryListError("wrong").at("place 2").at("f.toml")
    assert str(error) == "f.toml: place 2: wrong"
    assert str(pickle.loads(pickle.dumps(error))) == str(error)  # noqa: S301
