"""Ids of any type, against Python's dictionaries, which pycocotools looks ids up in."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cocoproof.columns.id_texts import LEAST_INTEGER, code_of
from cocoproof.columns.tables import lookup
from cocoproof.model.findings import Kind
from cocoproof.reading.document import read
from cocoproof.reading.source import read_document
from cocoproof.rules.examples import dataset, results

from ..examples import thorough

_LOW = code_of("a")
"""An integer that is the code of a text."""

_ANY = st.sampled_from(
    [0, 1, 2, "0", "1", "2", "01", "1.0", " 1", "", "a", "b", True, False, 1.0, 2.0, "true", 2**53, -(2**63), _LOW, str(_LOW)]
)
_IDS = st.lists(_ANY, min_size=1, max_size=5) | st.lists(st.sampled_from(["1", "2", "30", "-4"]), min_size=1, max_size=5)


def _columns(document: Any, kind: Kind | None = None) -> Any:
    found = read(read_document(document), kind).dataset
    assert found is not None
    return found


@thorough(300)
@given(_IDS, _IDS)
def test_references_lead_where_a_dictionary_leads(images: list[Any], references: list[Any]) -> None:
    coco = _columns(
        dataset(
            [{"image_id": one, "category_id": one} for one in references],
            images=[{"id": one} for one in images],
            categories=[{"id": one} for one in images],
        ),
        Kind.INSTANCES,
    )
    index = {one: row for row, one in enumerate(images)}
    due = [index.get(one, -1) for one in references]
    assert coco.annotations.image_row.tolist() == due
    assert coco.annotations.category_row.tolist() == due
    for row, one in enumerate(images):
        assert coco.images.id_of(row) == one
        assert isinstance(coco.images.id_of(row), str) is isinstance(one, str)


@thorough(200)
@given(_IDS.filter(lambda ids: _LOW not in ids), _IDS.filter(lambda ids: _LOW not in ids))
def test_references_to_another_file_do_so_too(images: list[Any], references: list[Any]) -> None:
    truth = _columns(dataset([], images=[{"id": one} for one in images]), Kind.INSTANCES)
    rows = _columns(results([{"image_id": one} for one in references]))
    index = {one: row for row, one in enumerate(images)}
    assert lookup(truth.images, rows.annotations.image_id).tolist() == [index.get(one, -1) for one in references]


def test_texts_of_integers_are_numbers_where_all_are() -> None:
    coco = _columns(dataset([{"image_id": "7"}], images=[{"id": "7"}, {"id": "12"}]))
    assert coco.images.id.values.tolist() == [7, 12]
    assert coco.images.id.numeric.all()
    assert not coco.images.id.literal.any()
    mixed = _columns(dataset([{"image_id": 7}], images=[{"id": "7"}, {"id": "12"}]))
    assert (mixed.images.id.values < LEAST_INTEGER).all()
    assert not mixed.images.id.numeric.any()
    assert [mixed.images.id.written(row) for row in range(2)] == ["7", "12"]


def test_codes_are_those_of_every_run() -> None:
    """A file may be compared with one that was read in another process."""
    assert code_of("1") == -8913332931035346308
    assert np.int64(code_of("x" * 1_000_000)) < LEAST_INTEGER
