"""Rings whose edges meet very often are decided without GEOS, or not checked."""

from __future__ import annotations

import json

import numpy as np
import pytest

from cocoproof.geometry import polygons
from cocoproof.geometry.polygons import enclosing_nothing, measure, self_crossing
from cocoproof.geometry.ragged import Ragged
from cocoproof.model import budgets

from ..limits import shapes


def ring_of(document: bytes) -> Ragged:
    return Ragged.from_rows(json.loads(document)["annotations"][0]["segmentation"], np.float64)


@pytest.fixture
def geos_vertices(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The vertices that GEOS was asked to work the area of out, call by call."""
    seen: list[int] = []
    real = polygons.enclosed_areas
    monkeypatch.setattr(polygons, "enclosed_areas", lambda rings: (seen.append(len(rings.values) // 2), real(rings))[1])
    return seen


@pytest.mark.parametrize("passes", [1_000, 2_500, 5_000])
def test_a_square_that_is_run_round_again_and_again_crosses_itself(passes: int, geos_vertices: list[int]) -> None:
    rings = ring_of(shapes.retraced_square(passes))
    found = self_crossing(rings, *measure(rings))
    assert (found.found.tolist(), found.unchecked.tolist()) == ([True], [False])
    assert not geos_vertices


def test_a_line_that_is_retraced_encloses_nothing(geos_vertices: list[int]) -> None:
    rings = ring_of(shapes.retraced_line(10_000))
    crossing, nothing = self_crossing(rings, *measure(rings)), enclosing_nothing(rings, *measure(rings))
    assert (crossing.found.tolist(), nothing.found.tolist()) == ([False], [True])
    assert not crossing.unchecked.any()
    assert not nothing.unchecked.any()
    assert not geos_vertices


@pytest.mark.parametrize(
    ("make", "size"),
    [
        (shapes.retraced_pair, 5_000),
        (shapes.overlapping_line, 20_000),
        (shapes.rosette, 3_000),
        (shapes.comb, 50_000),
        (shapes.near_spiral, 20_000),
    ],
)
def test_what_meets_too_often_is_not_checked(make: shapes.Shape, size: int, geos_vertices: list[int]) -> None:
    rings = ring_of(make(size))
    found = self_crossing(rings, *measure(rings))
    assert (found.found.tolist(), found.unchecked.tolist()) == ([False], [True])
    assert not geos_vertices


@pytest.mark.parametrize(
    ("make", "size"), [(shapes.rosette, 50), (shapes.comb, 1_000), (shapes.near_spiral, 500), (shapes.fine_circle, 100_000)]
)
def test_what_is_within_the_budget_is_checked(make: shapes.Shape, size: int) -> None:
    rings = ring_of(make(size))
    found = self_crossing(rings, *measure(rings))
    assert (found.found.tolist(), found.unchecked.tolist()) == ([False], [False])


def test_one_ring_over_the_budget_does_not_hide_another() -> None:
    many = json.loads(shapes.rosette(3_000))["annotations"][0]["segmentation"][0]
    bow = [4, 5, 24, 21, 24, 5, 4, 21]
    rings = Ragged.from_rows([bow, many, bow], np.float64)
    found = self_crossing(rings, *measure(rings))
    assert (found.found.tolist(), found.unchecked.tolist()) == ([True, False, True], [False, True, False])


def test_a_budget_pays_in_order_and_passes_over_what_it_cannot_pay() -> None:
    assert budgets.affordable(np.array([5, -3, 9, 0, 5, 1]), 11).tolist() == [True, True, False, True, True, True]
    assert budgets.affordable(np.array([5, 7]), 11).tolist() == [True, False]
    assert [list(range(6))[part] for part in budgets.portions(np.array([3, 3, 3, 20, 1, 1]), 6)] == [[0, 1], [2], [3], [4, 5]]
