"""Each rule beside its examples, and in a run."""

from __future__ import annotations

import pytest
from cocoproof_acme import RULES

import cocoproof
from cocoproof.plugin import Rule, dataset
from cocoproof.testing import check_rule_examples


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_examples(rule: Rule) -> None:
    check_rule_examples(rule)


def test_in_a_run() -> None:
    report = cocoproof.check(dataset(), select="ACME")
    assert [(one.code, one.pointer) for one in report.findings] == [("ACME001", "/images/0/file_name")]
