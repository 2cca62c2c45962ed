"""What the errors of this package say and carry, beside one another."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from cocoproof.mapping import CategoryListError, ClassIdError, MappingError, UnmappedClassError

PLACED = [
    (CategoryListError("wrong"), "wrong", {"detail": "wrong", "where": None}),
    (CategoryListError("wrong", where="f"), "f: wrong", {"detail": "wrong", "where": "f"}),
    (CategoryListError("wrong").at("f"), "f: wrong", {"detail": "wrong", "where": "f"}),
    (CategoryListError("wrong").at("row 2").at("f"), "f: row 2: wrong", {"detail": "wrong", "where": "f: row 2"}),
    (MappingError("wrong"), "wrong", {"detail": "wrong", "name": None, "nearest": None, "where": None}),
    (MappingError("wrong", where="f"), "f: wrong", {"detail": "wrong", "name": None, "nearest": None, "where": "f"}),
    (
        MappingError("wrong", name="Dog", nearest="dog").at("f"),
        "f: wrong",
        {"detail": "wrong", "name": "Dog", "nearest": "dog", "where": "f"},
    ),
    (ClassIdError("wrong"), "wrong", {"detail": "wrong", "detection": None, "image": None}),
    (ClassIdError("wrong", detection=0), "detection 0: wrong", {"detail": "wrong", "detection": 0, "image": None}),
    (ClassIdError("wrong").on_image("a.png"), "image a.png: wrong", {"detail": "wrong", "detection": None, "image": "a.png"}),
    (
        ClassIdError("wrong", detection=3).on_image("a.png"),
        "image a.png, detection 3: wrong",
        {"detail": "wrong", "detection": 3, "image": "a.png"},
    ),
    (
        UnmappedClassError("wrong"),
        "wrong",
        {"detail": "wrong", "class_id": -1, "class_name": None, "nearest": None, "detection": None, "image": None},
    ),
    (
        UnmappedClassError("wrong", class_id=7, class_name="Dog", nearest="dog", detection=2).on_image("a.png"),
        "image a.png, detection 2: wrong",
        {"detail": "wrong", "class_id": 7, "class_name": "Dog", "nearest": "dog", "detection": 2, "image": "a.png"},
    ),
]


@pytest.mark.parametrize(("error", "said", "parts"), PLACED, ids=range(len(PLACED)))
def test_an_error_says_its_place_and_carries_its_parts_even_to_another_process(error: Exception, said: str, parts: dict[str, Any]) -> None:
    for one in (error, pickle.loads(pickle.dumps(error))):  # noqa: S301
        assert type(one) is type(error)
        assert str(one) == said
        assert repr(one) == f"{type(error).__name__}('wrong')"
        assert vars(one) == parts


def test_to_place_an_error_leaves_it_as_it_was() -> None:
    for error in (CategoryListError("wrong"), MappingError("wrong")):
        assert type(error.at("f")) is type(error)
        assert str(error) == "wrong"
    for unplaced in (ClassIdError("wrong"), UnmappedClassError("wrong")):
        assert type(unplaced.on_image("a.png")) is type(unplaced)
        assert str(unplaced) == "wrong"
