"""The JSON report: its schema describes it completely, and the keys of the first release are as they were."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from cocoproof.cli.main import run
from cocoproof.rules.examples import dataset

from .hostile import HOSTILE
from .test_injection import report_with

if TYPE_CHECKING:
    from collections.abc import Iterator

from cocoproof.reports import json_report

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "schemas" / "report" / "v1.json").read_text(encoding="utf-8"))

FIRST_RELEASE = {
    "": ["format_version", "tool", "files", "summary"],
    "tool": ["name", "version"],
    "files": ["path", "kind", "counts", "images", "panoptic", "findings", "rules"],
    "files/findings": [
        *("code", "name", "severity", "message", "pointer", "line", "column"),
        *("image_id", "annotation_id", "category_id"),
    ],
    "files/rules": ["code", "verdict", "count", "reason"],
    "summary": ["errors", "warnings", "notes"],
}
"""The keys that programs were written against, in their order."""


def closed(schema: Any) -> Any:
    """The schema with every object limited to the keys that it describes."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    out = {key: closed(value) for key, value in schema.items()}
    return {"additionalProperties": False} | out if out.get("type") == "object" else out


VALIDATOR = Draft202012Validator(closed(SCHEMA))


def objects(value: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of a report, with the keys that lead to it."""
    if isinstance(value, list):
        for one in value:
            yield from objects(one, place)
    elif isinstance(value, dict):
        yield place, value
        for key, one in value.items():
            yield from objects(one, f"{place}/{key}".strip("/"))


def check(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert run(["check", "--reload", "never", "--format", "json", *arguments]) in {0, 1}
    report = json.loads(capsys.readouterr().out)
    VALIDATOR.validate(report)
    return report


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["properties"]["format_version"] == {"description": "Version of this format.", "const": json_report.FORMAT_VERSION}


def test_every_fixture_gives_a_report_that_the_schema_describes(capsys: pytest.CaptureFixture[str]) -> None:
    folder = ROOT / "fixtures"
    report = check(capsys, str(folder / "accept"), str(folder / "reject"), "--no-images")
    assert len(report["files"]) > 100
    assert {rule["verdict"] for file in report["files"] for rule in file["rules"]} == {"passed", "failed", "skipped"}
    assert {file["kind"] for file in report["files"]} == set(SCHEMA["$defs"]["file"]["properties"]["kind"]["enum"])
    for finding in (finding for file in report["files"] for finding in file["findings"]):
        assert finding["fingerprint"]


@pytest.mark.parametrize("name", HOSTILE, ids=[ascii(name)[:40] for name in HOSTILE])
def test_hostile_names(name: str) -> None:
    VALIDATOR.validate(json.loads(json_report.render(report_with(name))))


def test_the_keys_of_the_first_release_are_all_there_and_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.json").write_text(json.dumps(dataset([{"id": 0}])), encoding="utf-8")
    report = check(capsys, str(tmp_path / "a.json"))
    seen = set()
    for place, value in objects(report):
        if place in FIRST_RELEASE:
            assert list(value)[: len(FIRST_RELEASE[place])] == FIRST_RELEASE[place]
            seen.add(place)
    assert seen == set(FIRST_RELEASE)


def test_related_places_in_this_file_and_in_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("train.json", "val.json"):
        (tmp_path / name).write_text(json.dumps(dataset([{}, {"id": 1}])), encoding="utf-8")
    report = check(capsys, "train.json", "val.json", "--splits", "--no-images")
    related = {finding["code"]: finding["related"] for file in report["files"] for finding in file["findings"] if finding["related"]}
    assert {"path": "val.json", "pointer": "/annotations/0"} in related["COCO202"]
    assert related["COCO851"] == [{"path": "train.json", "pointer": "/images/0"}]


def test_profiles_and_the_baseline(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "a.json"
    path.write_text(json.dumps(dataset([{"id": 0}, {"bbox": [4, 5, 0, 16]}])), encoding="utf-8")
    plain = check(capsys, "a.json")
    assert plain["profiles"] == []
    assert plain["files"][0]["baseline"] is None
    assert check(capsys, "a.json", "--for", "pycocotools")["profiles"] == ["pycocotools"]
    accepted = check(capsys, "a.json", "--baseline", "accepted.json", "--update-baseline")
    assert accepted["files"][0]["baseline"] == {"accepted": len(plain["files"][0]["findings"]), "resolved": []}
    path.write_text(json.dumps(dataset([{"id": 0}, {}])), encoding="utf-8")
    (file,) = check(capsys, "a.json", "--baseline", "accepted.json")["files"]
    assert "COCO501" in {entry["code"] for entry in file["baseline"]["resolved"]}
    entry = next(entry for entry in file["baseline"]["resolved"] if entry["code"] == "COCO501")
    fingerprints = [finding["fingerprint"] for finding in plain["files"][0]["findings"] if finding["code"] == "COCO501"]
    assert (entry["fingerprint"], entry["count"]) == (fingerprints[0], 1)
    rules = {rule["code"]: rule for rule in file["rules"]}
    assert rules["COCO207"]["accepted"] == 1
    assert sum(rule["accepted"] for rule in rules.values()) == file["baseline"]["accepted"]
    assert file["summary"] == {"errors": 0, "warnings": 0, "notes": 0}
