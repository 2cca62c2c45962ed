"""A mapping drawn as a table for people."""

from __future__ import annotations

import pytest

from cocoproof.mapping import ClassMapping


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
    assert mapping.table() == str(mapping)


@pytest.mark.parametrize(
    ("mapping", "lines"),
    [
        (
            ClassMapping.from_ids({4: 1}, ["x"], unmapped="drop"),
            ["       4  -                1  x", "1 class, 1 category; any other class id is dropped"],
        ),
        (
            ClassMapping.from_ids({4: 1}, ["x"]),
            ["       4  -                1  x", "1 class, 1 category; any other class id is an error"],
        ),
        (
            ClassMapping.from_names(["x", "y"], ["x"], unmapped="drop"),
            [
                "       0  x                1  x",
                "       1  y                -  (none: dropped)",
                "2 classes, 1 category; any other class id is an error",
            ],
        ),
    ],
)
def test_what_becomes_of_other_classes(mapping: ClassMapping, lines: list[str]) -> None:
    assert str(mapping).split("\n") == ["class id  class  category id  category", *lines]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a" * 60, "a" * 60),
        ("a" * 61, "a" * 57 + "..."),
        ("a\u202eb", r"a\u202eb"),
        ("a\nb", r"a\nb"),
    ],
)
def test_long_names_are_cut_and_what_no_screen_shows_is_escaped(name: str, shown: str) -> None:
    _, first, _ = str(ClassMapping.from_names([name])).split("\n")
    assert first == f"       0  {shown.ljust(5)}            1  {shown}"


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("abcdefg", 7),
        ("\u732b\u732b\u732b\u732b", 8),  # two columns each
        ("\uff41\uff42\uff43\uff44", 8),  # full-width letters
        ("\uff71\uff72\uff73\uff74\uff75\uff76", 6),  # half-width ones
        ("e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301", 6),  # accents stand on their letters
        ("\u0398\u0398\u0398\u0398\u0398\u0398", 6),  # of ambiguous width
    ],
)
def test_columns_stand_one_below_the_other_on_a_terminal(name: str, columns: int) -> None:
    head, first, second, _ = str(ClassMapping.from_names([name, "x"])).split("\n")
    wide = max(columns, len("class"))
    right = " " * (len("category id") - 1)
    assert head == f"class id  class{' ' * (wide - 5)}  category id  category"
    assert first == f"       0  {name}{' ' * (wide - columns)}  {right}1  {name}"
    assert second == f"       1  x{' ' * (wide - 1)}  {right}2  x"
