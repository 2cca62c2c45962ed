"""`nearest`, and names as messages quote them."""

from __future__ import annotations

import time

import pytest

from cocoproof.mapping.near import folded, listed, nearest, quoted


@pytest.mark.parametrize(
    ("name", "candidates", "expected"),
    [
        ("Person", ["dog", "person"], "person"),
        ("traffic_light", ["light", "traffic light"], "traffic light"),
        ("cafe\u0301", ["cafes", "caf\u00e9"], "caf\u00e9"),  # composed and decomposed
        ("\uff24\uff2f\uff27", ["dig", "dog"], "dog"),  # full-width letters
        ("STRASSE", ["strase", "stra\u00dfe"], "stra\u00dfe"),
        ("preson", ["person", "car"], "person"),
        ("persons", ["parson", "person"], "person"),
        ("zebra", ["person", "car"], None),
        ("x", [], None),
        ("", ["a"], None),
        ("ab", ["ax", "ay"], None),  # ratio 0.5
    ],
)
def test_nearest(name: str, candidates: list[str], expected: str | None) -> None:
    assert nearest(name, candidates) == expected


def test_an_equal_name_but_for_case_wins_over_a_more_similar_spelling() -> None:
    assert nearest("CAR", ["CAR5", "car"]) == "car"


def test_among_equals_the_first_wins() -> None:
    assert nearest("cat", ["car", "cap"]) == "car"
    assert nearest("cat", ["cap", "car"]) == "cap"


def test_among_very_many_candidates_only_the_folded_name_is_found() -> None:
    many = [f"class {number}" for number in range(6_000)]
    assert nearest("CLASS_5999", many) == "class 5999"
    assert nearest("clas 5999x", many) is None


def test_separators_alone_are_near_nothing_else() -> None:
    assert nearest("---", ["person"]) is None


def test_hostile_names_cost_no_time() -> None:
    marks = "".join(chr(0x300 + i % 60) for i in range(400_000))
    started = time.process_time()
    assert nearest("a" * 2_000_000, ["b" * 2_000_000, "a" * 1_999_999]) is not None
    folded("a" + marks)
    nearest("a" + marks, [f"x{i}" for i in range(20_000)])
    assert time.process_time() - started < 2


def test_quoted_escapes_and_cuts() -> None:
    assert quoted("a\x1b[31m\u202e\n") == r"'a\x1b[31m\u202e\n'"
    assert quoted("a" * 300) == "'" + "a" * 200 + "...'"
    assert quoted(10**6000) == "a number of 19932 bits"
    assert quoted([1] * 1000) == "a list of 1000"
    assert quoted(None) == "None"


def test_listed_says_how_many_more() -> None:
    assert listed("abc") == "'a', 'b', 'c'"
    assert listed("abcdefg") == "'a', 'b', 'c', 'd', 'e' and 2 more"
