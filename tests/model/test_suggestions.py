"""`nearest`, and names as messages quote them."""

from __future__ import annotations

import time

import pytest

from cocoproof.model import suggestions
from cocoproof.model.budgets import SUGGESTIONS
from cocoproof.model.suggestions import Suggestions, folded, listed, nearest, quoted


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
        ("abcde", ["abcxy"], "abcxy"),  # ratio 0.6, by the letters that they share
        ("abc", ["abcdefg"], "abcdefg"),  # ratio 0.6, by their lengths alone
        ("abcdef", ["abcxyz"], None),
        ("abcde", ["abcxy", "abcdx", "abcd"], "abcd"),  # 0.6, 0.8, 0.89
        ("traffic.light-2", ["traffic light", "TrafficLight 2"], "TrafficLight 2"),
        ("a" * 100 + "b", ["c", "a" * 100 + "d"], "a" * 100 + "d"),
        ("a" * 1000 + "b", ["a" * 1000, "x"], "a" * 1000),  # the same as far as names are folded
        ("a" * 99 + "b", ["a" * 98 + "xy", "a" * 99 + "x"], "a" * 99 + "x"),
    ],
)
def test_nearest(name: str, candidates: list[str], expected: str | None) -> None:
    assert nearest(name, candidates) == expected


def test_an_equal_name_but_for_case_wins_over_a_more_similar_spelling() -> None:
    assert nearest("CAR", ["CAR5", "car"]) == "car"


def test_among_equals_the_first_wins() -> None:
    assert nearest("cat", ["car", "cap"]) == "car"
    assert nearest("cat", ["cap", "car"]) == "cap"


def test_the_bound_on_candidates_that_are_compared() -> None:
    many = [f"class {number}" for number in range(5_001)]
    assert nearest("clas 4999x", many[:5_000]) == "class 4999"
    assert nearest("clas 4999x", many) is None


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
    assert quoted((1, 2)) == "a tuple of 2"
    assert quoted({1: 2}) == "a dict of 1"
    assert quoted({1}) == "a set of 1"
    assert quoted(frozenset()) == "a frozenset of 0"
    assert quoted(None) == "None"
    assert quoted(-7) == "-7"


def test_the_longest_that_is_quoted_whole() -> None:
    assert quoted("a" * 200) == "'" + "a" * 200 + "'"
    assert quoted("a" * 201) == "'" + "a" * 200 + "...'"
    assert quoted(b"a" * 197) == "b'" + "a" * 197 + "'"  # 200 characters
    assert quoted(b"a" * 198) == "b'" + "a" * 198 + "..."
    assert quoted(2**800 - 1) == str(2**800 - 1)[:200] + "..."
    assert quoted(2**800) == "a number of 801 bits"


def test_listed_says_how_many_more() -> None:
    assert listed("abc") == "'a', 'b', 'c'"
    assert listed("abcde") == "'a', 'b', 'c', 'd', 'e'"
    assert listed("abcdefg") == "'a', 'b', 'c', 'd', 'e' and 2 more"


def test_suggestions_are_those_of_nearest() -> None:
    names = ["person", "car", "traffic light"]
    found = Suggestions(names)
    for name in ("Person ", "preson", "zebra", "traffic_light", "cra", "preson"):
        assert found.nearest(name) == nearest(name, names)
    assert found.hint("preson") == "did you mean 'person'?"
    assert found.hint("zebra", 2) == "there are 'person', 'car' and 1 more"


def test_suggestions_compare_no_more_than_their_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    real = suggestions._nearest
    monkeypatch.setattr(suggestions, "_nearest", lambda key, known: (calls.append(key), real(key, known))[1])
    found = Suggestions([f"class {k}" for k in range(300)])
    for k in range(10_000):
        found.hint(f"clas {k % 5_000} x")
    assert len(calls) == SUGGESTIONS
    assert found.nearest("CLASS_299") == "class 299"  # one of the same folded form costs nothing
