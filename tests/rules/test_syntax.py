"""Text: where defects are placed, what still is judged beside them, and which integers are unsafe."""

from __future__ import annotations

import gzip
import json
import math
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocoproof.checking.check_file import check_source
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.model.findings import FileReport, Severity, Verdict
from cocoproof.reading.source import read_document
from cocoproof.rules.catalogue import RULES
from cocoproof.rules.examples import dataset, panoptic, results

from ..examples import thorough

if TYPE_CHECKING:
    from pathlib import Path

_MINE = [rule for rule in RULES if rule.code.startswith("COCO0")]
_SAFE = 2**53 - 1


def _check_file(path: Path, data: bytes) -> FileReport:
    path.write_bytes(data)
    return check_source(path, CheckSettings(rules=_MINE))


def _check(document: Any) -> FileReport:
    return check_source(read_document(document), CheckSettings(rules=_MINE))


def _places(report: FileReport) -> list[tuple[str, str]]:
    return [(finding.code, finding.pointer) for finding in report.findings]


@pytest.mark.parametrize("data", [b"", gzip.compress(b'{"images": []}')[:12], gzip.compress(b"")], ids=["empty", "cut-gzip", "empty-gzip"])
def test_a_file_without_a_document_is_unreadable_and_nothing_else_is_judged(tmp_path: Path, data: bytes) -> None:
    report = _check_file(tmp_path / "x.json", data)
    assert _places(report) == [("COCO001", "")]
    assert {rule.verdict for rule in report.rules if rule.code != "COCO001"} == {Verdict.SKIPPED}


def test_a_folder_and_a_missing_file_are_unreadable(tmp_path: Path) -> None:
    assert _places(check_source(tmp_path, CheckSettings(rules=_MINE))) == [("COCO001", "")]
    assert _places(check_source(tmp_path / "none.json", CheckSettings(rules=_MINE))) == [("COCO001", "")]


def test_a_sound_file_passes_packed_or_not(tmp_path: Path) -> None:
    data = json.dumps(dataset()).encode()
    for report in (_check_file(tmp_path / "a.json", data), _check_file(tmp_path / "a.json.gz", gzip.compress(data))):
        assert {rule.verdict for rule in report.rules} == {Verdict.PASSED}


def test_broken_json_is_placed_by_line_and_column(tmp_path: Path) -> None:
    report = _check_file(tmp_path / "x.json", b'{\n  "images": [],\n  "annotations": [1,, 2]\n}')
    (finding,) = report.findings
    assert (finding.code, finding.line, finding.column) == ("COCO002", 3, 21)


def test_all_defects_of_the_text_are_found_in_one_pass(tmp_path: Path) -> None:
    text = json.dumps(dataset([{}, {"id": 2**60}], images=[{"file_name": "half.jpg"}]), indent=1)
    text = text.replace("half", r"\ud83d").replace('"area": 320', '"area": NaN, "area": 1e999', 1)
    text = text.replace('"info"', f'"tree": {"[" * 2000}{"]" * 2000}, "info"')
    report = _check_file(tmp_path / "x.json", b"\xef\xbb\xbf" + text.encode())
    assert {finding.code for finding in report.findings} == {f"COCO00{k}" for k in (3, 4, 5, 6, 7, 8)}
    assert ("COCO005", "/annotations/0/area") in _places(report)
    assert ("COCO007", "/annotations/1/id") in _places(report)
    assert all(finding.line is not None for finding in report.findings)


@thorough(100)
@given(st.sampled_from([0, 5, _SAFE, _SAFE + 1, -_SAFE, -_SAFE - 1, 2**60, 2**63 - 1, -(2**63), 2**63, -(2**63) - 1, 2**64, 10**30]))
def test_an_id_is_safe_where_no_neighbour_shares_its_double(number: int) -> None:
    report = _check(dataset([{"id": number}]))
    safe = all(float(number) != float(number + step) for step in (-1, 1)) and abs(number) < 2**53
    stored = -(2**63) <= number < 2**63
    expected = [] if safe else [Severity.WARNING if stored else Severity.ERROR]
    assert [finding.severity for finding in report.findings] == expected
    assert report.summary.errors == (not stored)
    assert report.summary.warnings == (stored and not safe)


@pytest.mark.parametrize(
    ("document", "place"),
    [
        (dataset(images=[{"id": 2**53}]), "/images/0/id"),
        (dataset(images=[{"license": 2**53}]), "/images/0/license"),
        (dataset([{"image_id": 2**53}]), "/annotations/0/image_id"),
        (dataset([{"category_id": -(2**53)}]), "/annotations/0/category_id"),
        (dataset(categories=[{}, {"id": 2**53}]), "/categories/1/id"),
        (dataset(document={"licenses": [{"id": 2**53}]}), "/licenses/0/id"),
        (panoptic([{}, {"id": 2**53}]), "/annotations/0/segments_info/1/id"),
        (panoptic([{"category_id": 2**53}]), "/annotations/0/segments_info/0/category_id"),
        (results([{}, {"image_id": 2**53}]), "/1/image_id"),
        (results([{"category_id": 2**53}]), "/0/category_id"),
    ],
)
def test_every_id_and_reference_is_looked_at(document: Any, place: str) -> None:
    assert _places(_check(document)) == [("COCO007", place)]


def test_the_message_says_what_a_double_makes_of_the_id() -> None:
    (finding,) = _check(dataset([{"id": 2**53 + 1}])).findings
    assert str(int(float(2**53 + 1))) in finding.message
    assert math.isclose(float(2**53 + 1), 2**53)


@thorough(100)
@given(st.binary(max_size=60) | st.text(alphabet='{}[]",:01.eE-nultrfasNIy \\uid', max_size=60).map(str.encode))
def test_whatever_the_bytes_are_there_is_a_verdict(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_bytes(data)
    # With the rule for JSON that is no COCO: `0` alone is told to be that before anybody looks at what follows it.
    report = check_source(path, CheckSettings(rules=[*_MINE, *(rule for rule in RULES if rule.code == "COCO109")]))
    assert not any(rule.verdict is Verdict.CRASHED for rule in report.rules)
    try:
        json.loads(data.decode(), parse_constant=lambda _: 1 / 0)
    except (ValueError, ZeroDivisionError):
        # What a strict reader refuses is never passed over.
        assert report.summary.errors
