"""The laws of a class mapping, for mappings and class ids of Hypothesis's choice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cocoproof.mapping import DROPPED, Category, CategoryList, ClassMapping
from cocoproof.model.names import is_blank

from ..examples import round_trip

if TYPE_CHECKING:
    from pathlib import Path

NAMES = st.text(min_size=1, max_size=12).filter(lambda name: not is_blank(name))


@dataclass(frozen=True)
class Case:
    """What was asked of the mapping, kept apart from it: the oracle goes by these alone."""

    source: dict[int, str]
    target: list[str]
    rename: dict[str, str]
    drop: set[str]
    start: int
    unmapped: Literal["error", "drop", "keep"]

    def make(self) -> ClassMapping:
        return ClassMapping.from_names(
            source=self.source,
            target=self.target,
            rename=self.rename,
            drop=self.drop,
            start=self.start,
            unmapped=self.unmapped,
        )

    def category_of(self, class_id: int) -> str | None:
        """The category's name by plain reading of the rules; None where there is none."""
        name = self.source[class_id]
        if name in self.drop:
            return None
        name = self.rename.get(name, name)
        return name if name in self.target or self.unmapped == "keep" else None


# Made once: Hypothesis takes longer to make a strategy than to draw from it.
POOLS = st.lists(NAMES, min_size=2, max_size=9, unique=True)
PLACES = st.lists(st.integers(0, 8), max_size=9, unique=True)
IDS = st.lists(st.integers(0, 2**63 - 1) | st.integers(0, 20), min_size=9, max_size=9, unique=True)
PLACE = st.integers(0, 8)
CHOSEN = st.lists(PLACE, max_size=30)
STARTS = st.integers(0, 100)
UNMAPPED = st.sampled_from(["error", "drop", "keep"])


@st.composite
def cases(draw: st.DrawFn) -> Case:
    pool = draw(POOLS)

    def some(of: list[str]) -> list[str]:
        return [of[place] for place in draw(PLACES) if place < len(of)]

    names = some(pool) or pool[:1]
    target = some(pool) or pool[:1]
    touched = some(names)
    cut = draw(PLACE)
    rename = {name: target[draw(PLACE) % len(target)] for name in touched[:cut]}
    return Case(dict(zip(draw(IDS), names, strict=False)), target, rename, set(touched[cut:]), draw(STARTS), draw(UNMAPPED))


@round_trip
@given(cases())
def test_each_class_becomes_what_the_rules_say(case: Case) -> None:
    mapping = case.make()
    names = {category.id: category.name for category in mapping.categories}
    ids = list(case.source)
    resolved = mapping.resolve(np.array(ids, np.int64)).tolist()
    assert [names.get(number) for number in resolved] == [case.category_of(number) for number in ids]


@round_trip
@given(cases())
def test_categories_are_the_targets_in_order_with_contiguous_ids_from_start(case: Case) -> None:
    mapping = case.make()
    names = [category.name for category in mapping.categories]
    assert names[: len(case.target)] == case.target
    ids = [category.id for category in mapping.categories]
    assert ids == list(range(case.start, case.start + len(ids)))
    if case.unmapped != "keep":
        assert len(names) == len(case.target)


@round_trip
@given(cases(), st.data())
def test_apply_then_inverse_is_identity_exactly_where_invertible(case: Case, data: st.DataObject) -> None:
    mapping = case.make()
    becomes = {number: case.category_of(number) for number in case.source}
    reached = [name for name in becomes.values() if name is not None]
    merged = len(set(reached)) < len(reached)
    unmapped_lost = case.unmapped == "drop" and None in becomes.values()
    assert mapping.invertible == (not merged and not case.drop and not unmapped_lost and bool(reached))
    if not mapping.invertible:
        return
    passing = [number for number, name in becomes.items() if name is not None]
    ids = np.array([passing[place % len(passing)] for place in data.draw(CHOSEN)], np.int64)
    back = mapping.inverse()
    assert back.apply_ids(mapping.apply_ids(ids)).tolist() == ids.tolist()
    assert {category.id: category.name for category in back.categories} == case.source
    assert back.inverse().apply_ids(ids).tolist() == mapping.apply_ids(ids).tolist()
    assert back.inverse().categories == mapping.categories


@round_trip
@given(cases(), st.sampled_from(["toml", "json", "yaml"]))
def test_the_file_gives_the_mapping_back(quick_folder: Path, case: Case, suffix: str) -> None:
    path = quick_folder / f"mapping.{suffix}"
    mapping = case.make()
    mapping.write(path)
    first = path.read_bytes()
    assert ClassMapping.read(path) == mapping
    ClassMapping.read(path).write(path)
    assert path.read_bytes() == first


@round_trip
@given(
    st.dictionaries(st.integers(0, 2**63 - 1) | st.integers(0, 9), st.integers(0, 5), min_size=1, max_size=8),
    st.lists(st.integers(0, 2**63 - 1) | st.integers(0, 9), max_size=20),
    st.sampled_from(["toml", "json", "yaml"]),
)
def test_an_id_table_is_a_dictionary(quick_folder: Path, table: dict[int, int], ids: list[int], suffix: str) -> None:
    target = CategoryList(tuple(Category(number, f"c{number}") for number in (5, 3, 4, 0, 2, 1)))
    mapping = ClassMapping.from_ids(table, target, unmapped="drop")
    assert mapping.apply_ids(np.array(ids, np.int64)).tolist() == [table.get(number, DROPPED) for number in ids]
    path = quick_folder / f"ids.{suffix}"
    mapping.write(path)
    assert ClassMapping.read(path) == mapping
