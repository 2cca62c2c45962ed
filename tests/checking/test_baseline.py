"""Baselines: what is accepted, what is new, what is resolved; the file; and that nothing is accepted by accident."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.shuffling import shuffled

import cocoproof
from cocoproof.checking.baseline import Baseline, BaselineError, read_baseline
from cocoproof.checking.baseline_matching import sift
from cocoproof.checking.check_file import check_source
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.model.findings import Accepted, FileReport, Kind, Severity, Verdict
from cocoproof.readers.reload_run import ReloadMode
from cocoproof.reading.source import Source
from cocoproof.rules.catalogue import RULES, select
from cocoproof.rules.examples import GONE, dataset
from cocoproof.rules.rule import ALL_KINDS, RuleContext, Violation, Violations, ViolationScope, rule

FIXTURES = Path(__file__).parents[2] / "fixtures"
BOX = {"bbox": [4, 5, 0, 16]}
HERE = str(Path.cwd())


def judge(document: Any, baseline: Baseline | None = None, *codes: str, path: str = "a.json", **others: Any) -> FileReport:
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    options = CheckSettings(rules=select(codes), reload=ReloadMode.NEVER, baseline=baseline, **others)
    return check_source(Source(path, data), options)


def made(document: Any, *codes: str, before: Baseline | None = None, path: str = "a.json", **others: Any) -> Baseline:
    """A baseline that accepts what is wrong with a document, as its file has it."""
    recording = replace(before or Baseline(HERE), recording=True)
    report = judge(document, recording, *codes, path=path, **others)
    return recording.updated([report])


def codes_of(report: FileReport) -> list[str]:
    return [finding.code for finding in report.findings]


@pytest.mark.parametrize("path", sorted((FIXTURES / "reject").glob("*.json")), ids=lambda path: path.stem[:7])
def test_a_baseline_of_a_broken_file_accepts_it_shuffled_and_nothing_more(path: Path) -> None:
    data = path.read_bytes()
    before = judge(data)
    baseline = made(data)
    after = judge(data, baseline)
    if before.counts == {"images": 0, "annotations": 0, "categories": 0}:
        assert after.findings == before.findings != ()  # nobody could judge it: that is never accepted
        assert after.baseline is None
        return
    assert after.findings == ()
    assert after.summary.at_least(Severity.NOTE) == 0
    assert after.baseline is not None
    assert after.baseline.accepted == before.summary.at_least(Severity.NOTE)
    assert after.baseline.resolved == ()
    if before.kind is not Kind.INSTANCES or "COCO008" in codes_of(before):  # Python's json cannot take the latter
        return
    document = json.loads(path.read_text(encoding="utf-8-sig"))
    changed = shuffled(document, 3)
    assert judge(changed, baseline).findings == ()
    # One more defect, of a kind that is told apart by its row.
    changed["annotations"].insert(0, {"id": 10**6, "image_id": 10**9, "category_id": "new"})
    new = judge(changed, baseline)
    assert {finding.pointer.split("/")[2] for finding in new.findings if finding.pointer.startswith("/annotations/")} == {"0"}
    assert {"COCO103"} <= set(codes_of(new))


def test_of_defects_that_are_alike_the_count_decides() -> None:
    copies = [BOX | {"segmentation": GONE}] * 3
    baseline = made(dataset(copies), "COCO501")
    assert [entry.count for entries in baseline.files.values() for entry in entries] == [3]
    assert codes_of(judge(dataset(copies), baseline, "COCO501")) == []
    assert codes_of(judge(dataset(copies * 2), baseline, "COCO501")) == ["COCO501"] * 3
    report = judge(dataset(copies[:1]), baseline, "COCO501")
    assert report.baseline is not None
    assert [(entry.code, entry.count) for entry in report.baseline.resolved] == [("COCO501", 2)]


def test_the_verdict_on_accepted_breaches_is_no_pass() -> None:
    baseline = made(dataset([BOX]), "COCO501")
    (own,) = (one for one in judge(dataset([BOX]), baseline, "COCO501").rules if one.code == "COCO501")
    assert (own.verdict, own.count, own.accepted, own.reason) == (Verdict.SKIPPED, 0, 1, "1 violation is accepted by the baseline")
    both = dataset([BOX, {"bbox": [4, 5, -1, 16]}])
    (own,) = (one for one in judge(both, baseline, "COCO501").rules if one.code == "COCO501")
    assert (own.verdict, own.count, own.accepted, own.summary.errors) == (Verdict.FAILED, 1, 1, 1)


def test_the_list_is_cut_after_accepted_ones_were_taken_out() -> None:
    many = [{"bbox": [k, 5, 0, 16]} for k in range(30)]
    baseline = made(dataset(many[:20]), "COCO501")
    report = judge(dataset(many), baseline, "COCO501", max_findings=3)
    assert [finding.pointer for finding in report.findings] == [f"/annotations/{k}/bbox" for k in (20, 21, 22)]
    assert report.summary.errors == 10
    assert judge(dataset(many[:20]), made(dataset(many[:20]), "COCO501", max_findings=1), "COCO501").findings == ()


def test_defects_of_another_file_or_rule_are_not_accepted() -> None:
    baseline = made(dataset([BOX]), "COCO501")
    assert codes_of(judge(dataset([BOX]), baseline, "COCO501", path="b.json")) == ["COCO501"]
    assert codes_of(judge(dataset([BOX | {"id": 0}]), baseline, "COCO501", "COCO207")) == ["COCO207"]


def test_what_was_not_judged_is_neither_gone_nor_dropped() -> None:
    broken = dataset([BOX | {"id": 0}])
    both = made(broken, "COCO501", "COCO207")
    sound = judge(dataset(), both, "COCO501")
    assert sound.baseline is not None
    assert [entry.code for entry in sound.baseline.resolved] == ["COCO501"]
    again = made(dataset(), "COCO501", before=both)
    assert [entry.code for entries in again.files.values() for entry in entries] == ["COCO207"]
    # A row that another rule found broken hides what is wrong with it.
    hidden = judge(dataset([BOX | {"id": 0, "bbox": None}]), both, "COCO501", "COCO103")
    assert hidden.baseline is not None
    assert hidden.baseline.resolved == ()
    # A file that cannot be read keeps all.
    assert made(b"{", before=both).files == both.files
    assert codes_of(judge(b"{", both)) == ["COCO002"]


@rule("COCO990", severity=Severity.ERROR, kinds=ALL_KINDS, accept=[], reject=[])
def bursts(context: RuleContext) -> Violations:
    """Fails inside."""
    raise ZeroDivisionError(context.coco.kind.value)


def test_a_rule_that_fails_inside_is_never_accepted() -> None:
    options = CheckSettings(rules=[*RULES[:1], bursts], reload=ReloadMode.NEVER, baseline=Baseline(HERE, recording=True))
    report = check_source(Source("a.json", json.dumps(dataset()).encode()), options)
    assert codes_of(report) == ["COCO999"]
    assert cocoproof.Report(files=(report,)).exit_code() == 3


def listed_in_part(count: int, *, whole: bool = False) -> Any:
    scope = ViolationScope.OUTCOME if whole else ViolationScope.ROW

    @rule("COCO990", severity=Severity.WARNING, kinds=ALL_KINDS, accept=[], reject=[])
    def found(context: RuleContext) -> Violations:
        """Some can be told, the others are only counted."""
        return Violations(
            count,
            lambda k: Violation("told", ("bbox",), "annotations", k % context.coco.annotations.n, from_row=True, scope=scope),
            listed=2,
        )

    return found


@pytest.mark.parametrize(("first", "then", "new"), [(5, 5, 0), (5, 9, 0), (2, 2, 0), (2, 5, 3)])
def test_breaches_that_are_only_counted(first: int, then: int, new: int) -> None:
    data = json.dumps(dataset([{}, {}, {}])).encode()

    def run(count: int, baseline: Baseline) -> FileReport:
        return check_source(
            Source("a.json", data), CheckSettings(rules=[listed_in_part(count)], reload=ReloadMode.NEVER, baseline=baseline)
        )

    recording = Baseline(HERE, recording=True)
    baseline = recording.updated([run(first, recording)])
    assert run(then, baseline).summary.warnings == new


def test_the_outcome_of_a_reload_is_accepted_as_a_whole() -> None:
    assert sift(["w", "w", "w"], "w", 0, {"w": 1}).new == ()
    assert sift(["w", "w", "w"], "w", 0, {}).new == [0, 1, 2]
    assert sift(["w", "w", "w"], "w", 0, {"a": 2}).new == [2]  # it was told row by row when it was accepted
    assert sift(["a", "b"], "w", 0, {"w": 7}).new == ()
    assert sift([], "w", 0, {"w": 1}).resolved == Counter("w")
    counted = sift(["a"], "w", 5, {"a": 1, "b": 3})
    assert (counted.unlisted, counted.accepted, counted.resolved) == (2, 4, Counter())
    assert sift(["a", "a", "b"], "w", 0, {"a": 1, "c": 2}).resolved == Counter("cc")


def test_the_file_is_sorted_ascii_and_holds_no_ids() -> None:
    document = dataset([BOX, {"bbox": [4, 5, 0, 17]}], images=[{"file_name": "Z\u00fcrich\u202e.jpg"}], document={"info": GONE})
    text = made(document, "COCO501", "COCO107", path="sub/b.json", before=made(dataset([BOX]), "COCO501")).render()
    assert text.isascii()
    assert text == made(shuffled(document, 1), "COCO501", "COCO107", path="sub/b.json", before=made(dataset([BOX]), "COCO501")).render()
    lines = text.splitlines()
    assert lines[0:4] == ["{", ' "format_version": 2,', ' "files": {', '  "a.json": [']
    hints = [json.loads(line.strip().rstrip(","))["hint"] for line in lines if '"hint"' in line]
    assert hints == ["cat, 1.jpg: bbox", "info", "cat, Z\u00fcrich\u202e.jpg: bbox", "cat, Z\u00fcrich\u202e.jpg: bbox"]


def test_the_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    baseline = made(dataset([BOX, {"id": 0}]), before=made(dataset([{"area": GONE}]), path="\u202e/b.json"))
    path = tmp_path / "baseline.json"
    path.write_text(baseline.render(), encoding="ascii")
    again = read_baseline(path)
    assert {name: Counter(entries) for name, entries in again.files.items()} == {name: Counter(e) for name, e in baseline.files.items()}
    assert again.render() == baseline.render()
    path.write_text(Baseline(HERE).render(), encoding="ascii")
    assert read_baseline(path).files == {}


ENTRY = '{"code": "COCO501", "fingerprint": "0123456789abcdef", "count": 1, "hint": ""}'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "invalid JSON: the text ends before the document does (line 1, column 1)"),
        ("{}", "format_version"),
        ("[]", "expected object, got array"),
        ('{"format_version": 3, "files": {}}', "format_version is 3, and this release reads 2"),
        (
            '{"format_version": 1, "files": {}}',
            "format_version is 1, and this release reads 2: fingerprints of version 1 do not hold the wrong value",
        ),
        ('{"format_version": 2}', "files"),
        ('{"format_version": 2, "files": {"a": [' + ENTRY.replace("501", "5") + "]}}", "files[...][0].code: expected str matching regex"),
        ('{"format_version": 2, "files": {"a": [' + ENTRY.replace("abc", "xyz") + "]}}", "matching regex"),
        ('{"format_version": 2, "files": {"a": [' + ENTRY.replace(": 1,", ": 0,") + "]}}", ">= 1"),
        ('{"format_version": 2, "files": {"a": [' + ENTRY.replace(": 1,", ": 1.5,") + "]}}", "int"),
        ('{"format_version": 2, "files": {"a": [' + ENTRY.replace('"hint"', '"why"') + "]}}", "why"),
        ("<<<<<<< HEAD\n{}", "invalid JSON: a value is expected (line 1, column 1)"),
        ("[" * 5000, "nested too deep (line 1, column 201)"),
        ("\udcff", "invalid JSON: not UTF-8 (line 1, column 1)"),
    ],
)
def test_what_is_no_baseline_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "baseline.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(BaselineError, match=f"baseline .*{re.escape(said)}"):
        read_baseline(path)
    with pytest.raises(BaselineError):
        read_baseline(path, recording=True)  # what is there is not thrown away


def test_places_that_no_baseline_can_be_read_from(tmp_path: Path) -> None:
    with pytest.raises(BaselineError, match="--update-baseline writes one"):
        read_baseline(tmp_path / "missing.json")
    assert read_baseline(tmp_path / "missing.json", recording=True).files == {}
    with pytest.raises(BaselineError, match="not a regular file"):
        read_baseline(tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="POSIX paths")
def test_paths_are_relative_to_the_baseline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    baseline = read_baseline(Path("config/baseline.json"), recording=True)
    assert baseline.name_of("data/a.json") == "../data/a.json"
    assert baseline.name_of(str(tmp_path / "data" / "a.json")) == "../data/a.json"
    assert baseline.name_of("./data/../data/a.json") == "../data/a.json"
    assert baseline.name_of("-") == "-"


def test_files_stand_in_the_order_of_their_paths_and_sound_ones_not_at_all() -> None:
    later = made(dataset([BOX]), "COCO501", path="b.json")
    both = made(dataset([BOX]), "COCO501", path="a.json", before=later)
    assert list(json.loads(both.render())["files"]) == ["a.json", "b.json"]
    assert made(dataset(), "COCO501", path="b.json", before=later).files == {}


def test_hints_of_entries_stay_as_they_were() -> None:
    before = made(dataset([BOX]), "COCO501")
    ((name, (entry,)),) = before.files.items()
    kept = replace(before, files={name: (replace(entry, hint="seen by QA, harmless"),)})
    assert made(dataset([BOX]), "COCO501", before=kept).files == kept.files


def test_from_python(tmp_path: Path) -> None:
    path, baseline = tmp_path / "a.json", tmp_path / "baseline.json"
    path.write_text(json.dumps(dataset([{"id": 0}])), encoding="ascii")
    held = CheckSettings(rules=RULES, reload=ReloadMode.NEVER, baseline=read_baseline(baseline, recording=True))
    assert held.baseline is not None
    baseline.write_text(held.baseline.updated([check_source(str(path), held)]).render(), encoding="ascii")
    report = cocoproof.check(path, baseline=baseline, reload="never")
    assert report.ok(Severity.NOTE)
    plain = cocoproof.check(path, reload="never")
    assert not plain.ok()
    assert report.accepted == plain.summary.at_least(Severity.NOTE) > 0


def test_accepted_defects_are_values() -> None:
    assert Accepted(code="COCO501", fingerprint="0" * 16, count=1, hint="") == Accepted(
        code="COCO501", fingerprint="0" * 16, count=1, hint=""
    )
