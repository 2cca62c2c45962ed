"""Categories and category lists made in Python."""

from __future__ import annotations

import numpy as np
import pytest

from cocoproof.mapping import Category, CategoryList, CategoryListError
from cocoproof.mapping.category_list import whole_number


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
    with pytest.raises(CategoryListError) as caught:
        CategoryList.from_names(["a"], start=5).with_ids(0)
    assert str(caught.value) == "start 0 is requested, but the list has 5; remove one of them"
    with pytest.raises(CategoryListError) as caught:
        CategoryList((Category(3, "a"),)).with_ids(1)
    assert str(caught.value) == "start is 1, but the smallest id is 3; make them agree, or remove start"


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
        ((), None, None, "the list has no categories; expected at least one name"),
        ((Category(1, "a"), Category(2, "a")), None, None, "the name 'a' occurs 2 times (places 1, 2); it must be unique"),
        ((Category(7, "a"), Category(1, "b"), Category(7, "c")), None, None, "the id 7 occurs 2 times (places 1, 3); it must be unique"),
        (
            (Category(1, "a"), Category(None, "b")),
            None,
            None,
            "1 of 2 categories have an id, 'b' has none; give every category an id, or none",
        ),
        (
            (Category(1, "a"), Category(3, "b")),
            None,
            True,
            "contiguous is true, but 2 ids run from 1 to 3; close the gaps, or set contiguous = false",
        ),
        ((Category(1, "a"),), 0, None, "start is 0, but the smallest id is 1; make them agree, or remove start"),
        ((Category(None, "a"),), -1, None, "start is -1; expected an integer from 0 that leaves room for every id"),
        ((Category(None, "a"),), True, None, "start is True; expected an integer from 0 that leaves room for every id"),
        (
            (Category(None, "a"), Category(None, "b")),
            2**63 - 1,
            None,
            "start is 9223372036854775807; expected an integer from 0 that leaves room for every id",
        ),
        ((Category(None, "a"),), None, 1, "contiguous is 1; expected true or false"),
    ],
)
def test_what_no_list_can_be(rows: tuple[Category, ...], start: int, contiguous: bool, said: str) -> None:
    with pytest.raises(CategoryListError) as caught:
        CategoryList(rows, start, contiguous)
    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ((1, ""), "a name is blank (''); expected visible text"),
        ((1, " \t\u3000"), "a name is blank (' \\t\\u3000'); expected visible text"),
        ((1, "\x87\u200b"), "a name is blank ('\\x87\\u200b'); expected visible text"),
        ((1, 5), "a name is 5; expected text (in YAML and TOML, quote names such as yes, no, null and 1)"),
        ((1, None), "a name is None; expected text (in YAML and TOML, quote names such as yes, no, null and 1)"),
        ((1, True), "a name is True; expected text (in YAML and TOML, quote names such as yes, no, null and 1)"),
        ((1, "a\ud800"), "the name 'a\\ud800' contains a lone surrogate, which UTF-8 cannot encode; write the complete character"),
        ((-1, "a"), "category 'a' has id -1; expected an integer from 0 to 2^63 - 1"),
        ((True, "a"), "category 'a' has id True; expected an integer from 0 to 2^63 - 1"),
        ((1.0, "a"), "category 'a' has id 1.0; expected an integer from 0 to 2^63 - 1"),
        (("1", "a"), "category 'a' has id '1'; expected an integer from 0 to 2^63 - 1"),
        ((2**63, "a"), "category 'a' has id 9223372036854775808; expected an integer from 0 to 2^63 - 1"),
        ((1, "a", 5), "category 'a' has the supercategory 5; expected text"),
        ((1, "a", None, (1,)), "category 'a' has keypoints that are not text; expected a list of their names"),
        ((1, "a", None, None, (1, 2)), "category 'a' has a skeleton that is not a list of pairs of keypoint numbers"),
        ((1, "a", None, None, ((1, 2, 3),)), "category 'a' has a skeleton that is not a list of pairs of keypoint numbers"),
        ((1, "a", "\ud800"), "category 'a' has the supercategory '\\ud800'; expected text"),
        ((1, "a", None, ("nose", "\udfff")), "category 'a' has keypoints that are not text; expected a list of their names"),
        ((1, "a", None, None, ([1, 2],)), "category 'a' has a skeleton that is not a list of pairs of keypoint numbers"),
        ((1, "a", None, None, ((1, 2), (1, True))), "category 'a' has a skeleton that is not a list of pairs of keypoint numbers"),
        ((1, "a", None, None, ((1, 2**63),)), "category 'a' has a skeleton that is not a list of pairs of keypoint numbers"),
        ((1, "a", None, None, ((-(2**63), 1),)), "category 'a' has a skeleton that is not a list of pairs of keypoint numbers"),
        ((1, "a", None, None, ((1, 2.0),)), "category 'a' has a skeleton that is not a list of pairs of keypoint numbers"),
    ],
)
def test_what_no_category_can_be(fields: tuple[object, ...], said: str) -> None:
    with pytest.raises(CategoryListError) as caught:
        Category(*fields)  # type: ignore[arg-type]
    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (0, 0),
        (2**63 - 1, 2**63 - 1),
        (2**63, None),
        (-1, None),
        (np.uint8(7), 7),
        (np.array(7), 7),
        (np.array([7, 8]), None),
        (True, None),
        (np.True_, None),
        (1.0, None),
        (np.float64(1), None),
        ("1", None),
        (None, None),
    ],
)
def test_what_is_an_id(value: object, number: int | None) -> None:
    assert whole_number(value) == number
    assert type(whole_number(value)) is type(number)


def test_the_ends_of_what_fits_into_64_bits() -> None:
    most = 2**63 - 1
    assert Category(most, "a", None, (), ((most, -most),)).skeleton == ((most, -most),)
    assert CategoryList.from_names(["a", "b"], start=most - 1).with_ids().ids == (most - 1, most)
    assert CategoryList.from_names(["a"], start=most).with_ids().ids == (most,)
    assert CategoryList((Category(0, "a"), Category(most, "b")), 0, False).ids == (0, most)


def test_what_stands_twice_is_named_with_its_first_five_places() -> None:
    with pytest.raises(CategoryListError) as caught:
        CategoryList.from_names(["x", "a", "b", "a", "a", "b", "a", "a", "a"])
    assert str(caught.value) == "the name 'a' occurs 6 times (places 2, 4, 5, 7, 8); it must be unique"


def test_numpy_values_become_pythons_own() -> None:
    category = Category(np.int32(4), np.str_("a"))  # type: ignore[arg-type]
    assert type(category.id) is int
    assert type(category.name) is str
    assert category == Category(4, "a")


def test_one_text_is_no_list_of_names() -> None:
    for text in ("person", b"person"):
        with pytest.raises(CategoryListError) as caught:
            CategoryList.from_names(text)  # type: ignore[arg-type]
        assert str(caught.value) == f"the names are one text, {text!r}; expected a list of names, such as ['person', 'car']"
