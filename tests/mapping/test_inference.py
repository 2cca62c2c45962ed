"""Mappings inferred from results and their ground truth; what the command writes is what `export coco` applies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cocoproof import check
from cocoproof.cli.main import run
from cocoproof.mapping import ClassMapping, MappingError, infer_mapping
from cocoproof.rules.result_meaning import EXAMPLE_RESULTS, EXAMPLE_TRUTH

Written = tuple[str, str]


@pytest.fixture
def written(tmp_path: Path) -> Any:
    def write(change: Any) -> Written:
        (tmp_path / "gt.json").write_text(json.dumps(EXAMPLE_TRUTH))
        (tmp_path / "results.json").write_text(json.dumps([row | change(row) for row in EXAMPLE_RESULTS]))
        return str(tmp_path / "gt.json"), str(tmp_path / "results.json")

    return write


def _table(mapping: ClassMapping) -> dict[int, int | None]:
    return {row.id: row.category_id for row in mapping.classes}


def test_ids_that_mean_what_they_say(written: Any) -> None:
    gt, results = written(lambda _: {})
    found = infer_mapping(gt=gt, results=results)
    assert _table(found.mapping) == {1: 1, 2: 2, 3: 3}
    assert (found.confidence, found.right_before, found.detected, found.reason) == (1.0, 36, 36, "")


def test_a_shift_is_inferred_and_the_command_writes_what_export_applies(written: Any, tmp_path: Path) -> None:
    gt, results = written(lambda row: {"category_id": row["category_id"] - 1})
    found = infer_mapping(gt=gt, results=results)
    assert _table(found.mapping) == {0: 1, 1: 2, 2: 3}
    assert (found.right_before, found.right_after) == (0, 36)
    mapping, fixed = str(tmp_path / "mapping.toml"), str(tmp_path / "fixed.json")
    assert run(["mapping", "infer", results, "--gt", gt, "-o", mapping]) == 0
    assert run(["mapping", "check", mapping, "--categories", gt]) == 0
    assert run(["export", "coco", results, fixed, "--mapping", mapping, "--no-verify"]) == 0
    assert json.loads((tmp_path / "fixed.json").read_text()) == EXAMPLE_RESULTS
    assert not [finding for finding in check(fixed, gt=gt, reload="never").findings if finding.code == "COCO916"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda row: {"bbox": [side / 2 for side in row["bbox"]]}, "the boxes must be corrected first: the boxes are scaled by 0.5"),
        (lambda row: {"category_id": 1 + hash((row["bbox"][0], row["image_id"])) % 3}, "no renumbering explains"),
        (lambda _: {"bbox": [0, 0, 64, 48]}, "does not settle"),
    ],
)
def test_without_evidence_there_is_no_mapping(written: Any, change: Any, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    gt, results = written(change)
    with pytest.raises(MappingError, match=message):
        infer_mapping(gt=gt, results=results)
    assert run(["mapping", "infer", results, "--gt", gt]) == 1
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("results", "gt", "message"),
    [
        ("missing.json", "gt.json", "missing.json: there is no such file"),
        ("results.json", "missing.json", "missing.json: there is no such file"),
        ("broken.json", "gt.json", "broken.json: "),
        ("gt.json", "gt.json", "gt.json: this is not a list of results"),
        ("results.json", "results.json", "results.json: this is a list of results; the ground truth is a COCO dataset"),
    ],
)
def test_a_file_that_cannot_be_used_is_wrong_usage(
    written: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, results: str, gt: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    written(lambda _: {})
    (tmp_path / "broken.json").write_text("[{")
    monkeypatch.chdir(tmp_path)
    assert run(["mapping", "infer", results, "--gt", gt]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("change", [{"name": "dog"}, {"id": 2}, {"name": " "}, {"id": -5}])
def test_categories_that_are_not_a_list_are_wrong_usage(written: Any, change: Any, capsys: pytest.CaptureFixture[str]) -> None:
    gt, results = written(lambda _: {})
    broken = EXAMPLE_TRUTH | {"categories": [EXAMPLE_TRUTH["categories"][0] | change, *EXAMPLE_TRUTH["categories"][1:]]}
    Path(gt).write_text(json.dumps(broken), encoding="utf-8")
    with pytest.raises(MappingError):
        infer_mapping(gt=gt, results=results)
    assert run(["mapping", "infer", results, "--gt", gt]) == 2
    assert "gt.json: its categories are not a valid list: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("gt.json", "--output gt.json is an input file"),
        ("results.json", "--output results.json is an input file"),
        ("mapping.txt", "a mapping is written as TOML, JSON or YAML"),
        ("-", "a mapping is written as TOML, JSON or YAML"),
        ("missing/mapping.toml", "cannot write missing/mapping.toml: the folder"),
        (".", "cannot write .: "),
    ],
)
def test_an_output_that_cannot_be_written_is_wrong_usage(
    written: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    written(lambda _: {})
    monkeypatch.chdir(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert run(["mapping", "infer", "results.json", "--gt", "gt.json", "-o", output]) == 2
    assert message in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_check_names_each_difference(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mapping = ClassMapping.from_names(source={0: "cat", 1: "tree"}, target=["cat", "dog"])
    mapping.write(tmp_path / "m.toml")
    (tmp_path / "list.txt").write_text("dog\ncat\nbird\n")
    assert run(["mapping", "check", str(tmp_path / "m.toml"), "--categories", str(tmp_path / "list.txt"), "--all-mapped"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "category 1 is cat (id 1), the list has dog",
        "category 2 is dog (id 2), the list has cat",
        "the mapping has 2 categories, the list 3",
        "class tree (id 1) has no category",
    ]
    assert run(["mapping", "show", str(tmp_path / "m.toml")]) == 0
    assert "tree" in capsys.readouterr().out
    assert run(["mapping", "show", str(tmp_path / "none.toml")]) == 2
