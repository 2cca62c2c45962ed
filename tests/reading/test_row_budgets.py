"""Rows that do not fit the format, and would take much to explain: the report says what was not checked."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cocoproof.reading import row_reader
from cocoproof.reading.document import read
from cocoproof.reading.source import Source
from cocoproof.rules.examples import dataset


def messages(document: Any) -> list[tuple[str, str]]:
    return [(one.code, one.message) for one in read(Source("a.json", json.dumps(document).encode())).defects]


@pytest.fixture(autouse=True)
def budgets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_reader, "EXPLAINED_BYTES", 400)
    monkeypatch.setattr(row_reader, "EXPLAINED_ENTRIES", 5)


def test_of_a_long_row_the_first_entries_are_checked() -> None:
    ring = [1, 1, None, 1, 9, 9, *([5, True] * 100)]
    assert messages(dataset([{"segmentation": [ring]}])) == [
        ("COCO103", "segmentation[0] has 206 entries in a row of over 400 bytes, of which the first 5 are checked"),
        ("COCO103", "segmentation[0][2] is null, expected a number"),
    ]


def test_a_long_list_is_described_as_it_is() -> None:
    found = messages(dataset([{"bbox": [1, 2, 3, 4] * 100}]))
    assert ("COCO103", "bbox has 400 entries in a row of over 400 bytes, of which the first 5 are checked") in found
    assert any(code == "COCO104" and message.startswith("bbox is a list of 400: [1, 2, ") for code, message in found)


def test_what_is_wrong_behind_the_first_entries_is_not_passed() -> None:
    found = messages(dataset([{"segmentation": [[1, 1, 9, 1, 9, 9] * 40 + [None]]}]))
    assert found == [
        ("COCO103", "segmentation[0] has 241 entries in a row of over 400 bytes, of which the first 5 are checked"),
        ("COCO103", "segmentation does not match the schema"),
    ]


def test_a_short_row_is_checked_completely() -> None:
    assert messages(dataset([{"segmentation": [[1, 1, 9, 1, 9, 9, None, 3]]}])) == [
        ("COCO103", "segmentation[0][6] is null, expected a number")
    ]


@pytest.mark.parametrize("budget", ["EXPLAINED_ROWS", "EXPLAINED_DEFECTS"])
def test_rows_beyond_the_budget_are_reported_and_not_explained(budget: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_reader, budget, 1)
    found = messages(dataset([{"bbox": [1, 2, 3, "4"]}, {"segmentation": {}}, {"bbox": {"a": [1]}}, {"segmentation": [[1, None]]}]))
    assert len(found) >= 4
    assert found[-1] == ("COCO103", "segmentation does not match the schema; what is wrong is not checked, over the budget of rows")
