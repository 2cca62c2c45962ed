"""A rule that fails inside is told as such, once, and takes no other verdict with it."""

from __future__ import annotations

import dataclasses

import pytest

from cocoproof.checking.check_file import check_source
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.model.findings import Report, Verdict
from cocoproof.readers.reload_run import ReloadMode
from cocoproof.reading.source import read_document
from cocoproof.rules.catalogue import RULES, select
from cocoproof.rules.examples import GONE, dataset
from cocoproof.rules.rule import Rule, RuleContext, Violations


def _broken(rule: Rule) -> Rule:
    def judge(context: RuleContext) -> Violations:
        msg = f"no luck with {len(context.defects)} defects"
        raise RuntimeError(msg)

    return dataclasses.replace(rule, check=judge)


def _verdicts(rules: tuple[Rule, ...], document: object) -> tuple[dict[str, Verdict], Report]:
    file = check_source(read_document(document), CheckSettings(rules=rules, reload=ReloadMode.NEVER))  # type: ignore[arg-type]
    codes = [rule.code for rule in file.rules]
    assert len(codes) == len(set(codes))
    assert codes == sorted(codes)
    return {rule.code: rule.verdict for rule in file.rules}, Report(files=(file,))


@pytest.mark.parametrize("listed", [True, False])
def test_a_crash_is_one_finding_and_exit_code_3(listed: bool) -> None:
    chosen = select(["COCO2", *(["COCO999"] if listed else [])])
    rules = tuple(_broken(rule) if rule.code == "COCO203" else rule for rule in chosen)
    verdicts, report = _verdicts(rules, dataset([{"id": 0}]))
    assert verdicts["COCO203"] is Verdict.CRASHED
    assert verdicts["COCO207"] is Verdict.FAILED
    assert verdicts["COCO202"] is Verdict.PASSED
    assert verdicts["COCO999"] is Verdict.FAILED
    assert [finding.code for finding in report.findings] == ["COCO207", "COCO999"]
    assert "COCO203" in report.findings[1].message
    assert "no luck with 0 defects" in report.findings[1].message
    assert report.summary.errors == 2
    assert report.exit_code() == 3


def test_without_a_crash_the_verdict_is_given_where_it_was_asked_for() -> None:
    verdicts, report = _verdicts(RULES, dataset())
    assert verdicts["COCO999"] is Verdict.PASSED
    assert report.exit_code() == 0
    verdicts, _ = _verdicts(select(["COCO2"]), dataset())
    assert "COCO999" not in verdicts


def test_a_document_that_cannot_be_judged_crashes_nothing() -> None:
    verdicts, report = _verdicts(RULES, {"type": "FeatureCollection"})
    assert verdicts["COCO999"] is Verdict.PASSED
    assert report.exit_code() == 1


def test_a_message_that_fails_is_a_crash_too() -> None:
    rule = next(rule for rule in RULES if rule.code == "COCO102")
    failing = dataclasses.replace(rule, check=lambda _: Violations(1, lambda k: [][k]))
    verdicts, report = _verdicts((failing,), dataset([{"bbox": GONE}]))
    assert verdicts == {"COCO102": Verdict.CRASHED, "COCO999": Verdict.FAILED}
    assert report.exit_code() == 3
