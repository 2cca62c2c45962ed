"""The laws of a class mapping, for mappings and class ids of Hypothesis's choice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cocoproof.coco.names import is_blank
from cocoproof.mapping import DROPPED, Category, CategoryList, ClassMapping

if TYPE_CHECKING:
    import pytest

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


@st.composite
def cases(draw: st.DrawFn) -> Case:
    pool = draw(st.lists(NAMES, min_size=2, max_size=9, unique=True))
    names = draw(st.lists(st.sampled_from(pool), min_size=1, unique=True))
    ids = draw(st.lists(st.integers(0, 2**63 - 1) | st.integers(0, 20), min_size=len(names), max_size=len(names), unique=True))
    target = draw(st.lists(st.sampled_from(pool), min_size=1, unique=True))
    touched = draw(st.lists(st.sampled_from(names), unique=True))
    cut = draw(st.integers(0, len(touched)))
    rename = {name: draw(st.sampled_from(target)) for name in touched[:cut]}
    return Case(
        dict(zip(ids, names, strict=True)),
        target,
        rename,
        set(touched[cut:]),
        draw(st.integers(0, 100)),
        draw(st.sampled_from(["error", "drop", "keep"])),
    )


@given(cases())
@settings(max_examples=100, deadline=None)
def test_each_class_becomes_what_the_rules_say(case: Case) -> None:
    mapping = case.make()
    names = {category.id: category.name for category in mapping.categories}
    ids = list(case.source)
    resolved = mapping.resolve(np.array(ids, np.int64)).tolist()
    assert [names.get(number) for number in resolved] == [case.category_of(number) for number in ids]


@given(cases())
@settings(max_examples=60, deadline=None)
def test_categories_are_the_targets_in_order_with_contiguous_ids_from_start(case: Case) -> None:
    mapping = case.make()
    names = [category.name for category in mapping.categories]
    assert names[: len(case.target)] == case.target
    ids = [category.id for category in mapping.categories]
    assert ids == list(range(case.start, case.start + len(ids)))
    if case.unmapped != "keep":
        assert len(names) == len(case.target)


@given(cases(), st.data())
@settings(max_examples=100, deadline=None)
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
    ids = np.array(data.draw(st.lists(st.sampled_from(passing), max_size=30)), np.int64)
    back = mapping.inverse()
    assert back.apply_ids(mapping.apply_ids(ids)).tolist() == ids.tolist()
    assert {category.id: category.name for category in back.categories} == case.source
    assert back.inverse().apply_ids(ids).tolist() == mapping.apply_ids(ids).tolist()
    assert back.inverse().categories == mapping.categories


@given(cases(), st.sampled_from(["toml", "json", "yaml"]))
@settings(max_examples=40, deadline=None)
def test_the_file_gives_the_mapping_back(tmp_path_factory: pytest.TempPathFactory, case: Case, suffix: str) -> None:
    path = tmp_path_factory.getbasetemp() / f"mapping.{suffix}"
    mapping = case.make()
    mapping.write(path)
    first = path.read_bytes()
    assert ClassMapping.read(path) == mapping
    ClassMapping.read(path).write(path)
    assert path.read_bytes() == first


@given(
    st.dictionaries(st.integers(0, 2**63 - 1) | st.integers(0, 9), st.integers(0, 5), min_size=1, max_size=8),
    st.lists(st.integers(0, 2**63 - 1) | st.integers(0, 9), max_size=20),
    st.sampled_from(["toml", "json", "yaml"]),
)
@settings(max_examples=60, deadline=None)
def test_an_id_table_is_a_dictionary(tmp_path_factory: pytest.TempPathFactory, table: dict[int, int], ids: list[int], suffix: str) -> None:
    target = CategoryList(tuple(Category(number, f"c{number}") for number in (5, 3, 4, 0, 2, 1)))
    mapping = ClassMapping.from_ids(table, target, unmapped="drop")
    assert mapping.apply_ids(np.array(ids, np.int64)).tolist() == [table.get(number, DROPPED) for number in ids]
    path = tmp_path_factory.getbasetemp() / f"ids.{suffix}"
    mapping.write(path)
    assert ClassMapping.read(path) == mapping
