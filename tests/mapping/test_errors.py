"""What the errors of this package say and carry, beside one another."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from cocoproof.mapping import CategoryListError, ClassIdError, MappingError, UnmappedClassError

# What is raised, with what, the places that it is then said of, and what comes of it.
ERRORS: list[tuple[type[Any], dict[str, Any], list[str], str, dict[str, Any]]] = [
    (CategoryListError, {}, [], "wrong", {"where": None}),
    (CategoryListError, {"where": "f"}, [], "f: wrong", {"where": "f"}),
    (CategoryListError, {}, ["row 2"], "row 2: wrong", {"where": "row 2"}),
    (CategoryListError, {}, ["row 2", "f"], "f: row 2: wrong", {"where": "f: row 2"}),
    (MappingError, {}, [], "wrong", {"name": None, "nearest": None, "where": None}),
    (MappingError, {"where": "f"}, [], "f: wrong", {"name": None, "nearest": None, "where": "f"}),
    (MappingError, {"name": "Dog", "nearest": "dog"}, ["f"], "f: wrong", {"name": "Dog", "nearest": "dog", "where": "f"}),
    (ClassIdError, {}, [], "wrong", {"detection": None, "image": None}),
    (ClassIdError, {"detection": 0}, [], "detection 0: wrong", {"detection": 0, "image": None}),
    (ClassIdError, {}, ["a.png"], "image a.png: wrong", {"detection": None, "image": "a.png"}),
    (ClassIdError, {"detection": 3}, ["a.png"], "image a.png, detection 3: wrong", {"detection": 3, "image": "a.png"}),
    (UnmappedClassError, {}, [], "wrong", {"class_id": -1, "class_name": None, "nearest": None, "detection": None, "image": None}),
    (
        UnmappedClassError,
        {"class_id": 7, "class_name": "Dog", "nearest": "dog", "detection": 2},
        ["a.png"],
        "image a.png, detection 2: wrong",
        {"class_id": 7, "class_name": "Dog", "nearest": "dog", "detection": 2, "image": "a.png"},
    ),
]


@pytest.mark.parametrize(("kind", "given", "places", "said", "parts"), ERRORS, ids=range(len(ERRORS)))
def test_an_error_says_its_place_and_carries_its_parts_even_to_another_process(
    kind: type[Any], given: dict[str, Any], places: list[str], said: str, parts: dict[str, Any]
) -> None:
    bare = error = kind("wrong", **given)
    before = str(bare)
    for place in places:
        error = error.on_image(place) if issubclass(kind, ClassIdError) else error.at(place)
    for one in (error, pickle.loads(pickle.dumps(error))):  # noqa: S301
        assert type(one) is kind
        assert str(one) == said
        assert repr(one) == f"{kind.__name__}('wrong')"
        assert vars(one) == {"detail": "wrong", **parts}
    assert str(bare) == before
