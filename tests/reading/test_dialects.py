"""Dialects: how they are recognised, and how the reports name them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import cocoproof
from cocoproof.cli.main import run
from cocoproof.model.dialects import Dialect
from cocoproof.model.findings import Kind
from cocoproof.rules.examples import dataset

if TYPE_CHECKING:
    from pathlib import Path

ORIENTED = (Dialect.ORIENTED_BOXES,)
OBB = [20, 20, 10, 6, 0.5]


def dialects_of(document: Any) -> tuple[Dialect, ...]:
    return cocoproof.check(document, reload="never").files[0].dialects


def test_no_dialect() -> None:
    assert dialects_of(dataset()) == ()
    assert dialects_of({"images": []}) == ()
    assert dialects_of([]) == ()


@pytest.mark.parametrize("key", ["obb", "rotated_bbox", "xyxyxyxy"])
def test_oriented_boxes_by_their_keys(key: str) -> None:
    assert dialects_of(dataset([{key: OBB}, {}])) == ORIENTED
    assert dialects_of(dataset([{}, {key: OBB}])) == ORIENTED
    assert dialects_of(dataset([{key: None}, {}])) == ()
    assert dialects_of([{"image_id": 1, "category_id": 1, "bbox": [0, 0, 1, 1], "score": 0.5, key: OBB}]) == ORIENTED


def test_kinds_without_boxes_have_none() -> None:
    captions = {"images": [], "annotations": [{"id": 1, "image_id": 1, "caption": "a", "obb": OBB}]}
    assert cocoproof.check(captions, reload="never").files[0].kind is Kind.CAPTIONS
    assert dialects_of(captions) == ()


def test_the_sample_is_of_the_whole_file() -> None:
    rows: list[dict[str, Any]] = [{} for _ in range(3000)]
    assert dialects_of(dataset(rows)) == ()
    for row in rows[2700:]:
        row["obb"] = OBB
    assert dialects_of(dataset(rows)) == ORIENTED


def test_a_broken_row_does_not_matter() -> None:
    document = dataset([{}, {"obb": OBB}])
    document["annotations"].insert(0, 7)
    assert dialects_of(document) == ORIENTED


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_reports_name_it_after_the_kind(tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str) -> None:
    for name, row in (("a.json", {"obb": OBB}), ("b.json", {"id": 0})):
        (tmp_path / name).write_text(json.dumps(dataset([row])), encoding="utf-8")
    arguments = ["check", str(tmp_path / "a.json"), str(tmp_path / "b.json"), "--reload", "never", "--format", form]
    run(arguments)
    assert ("instances + oriented boxes" in capsys.readouterr().out) is (form != "markdown")


def test_the_json_report_lists_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.json").write_text(json.dumps(dataset([{"obb": OBB}])), encoding="utf-8")
    run(["check", str(tmp_path / "a.json"), "--reload", "never", "--format", "json"])
    (file,) = json.loads(capsys.readouterr().out)["files"]
    assert (file["kind"], file["dialects"]) == ("instances", ["oriented_boxes"])
