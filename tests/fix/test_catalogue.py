"""Each rule says whether it can be mended, and it is so: held against the rule's own examples."""

from __future__ import annotations

import json

import pytest

from cocoproof.checking.check_settings import CheckSettings
from cocoproof.fix import FixOptions, NotFixable, fix
from cocoproof.reading.source import Source
from cocoproof.rules.catalogue import RULES
from cocoproof.rules.rule import ExampleWithFiles

FIXABLE = [rule for rule in RULES if rule.fix is not None]


ELSEWHERE = {"COCO005", "COCO102", "COCO505", "COCO602"}
"""Rules whose examples show the cases that have no right answer; `test_fixers` shows the others."""


def texts(rule):
    for example, _ in rule.reject:
        yield text_of(example)


def text_of(example):
    if isinstance(example, bytes):
        return example
    return json.dumps(example.document if isinstance(example, ExampleWithFiles) else example).encode()


def mend(rule, text, *, unsafe=True, rules=None):
    check = CheckSettings(rules=(rule,) if rules is None else rules, expected=rule.expected)
    return fix(Source("example.json", text), FixOptions(check, unsafe))


@pytest.mark.parametrize("rule", FIXABLE, ids=lambda rule: rule.code)
def test_what_a_rule_rejects_is_mended_as_it_says(rule):
    done = {"safe": False, "on request": False}
    for text in texts(rule):
        for unsafe in (False, True):
            found = mend(rule, text, unsafe=unsafe)
            for change in found.changes.made:
                assert change.code == rule.code
                done["safe" if getattr(change, "safe", True) else "on request"] = True
    assert rule.fix is not None
    assert not done["safe"] or rule.fix.safe
    assert not done["on request"] or rule.fix.on_request
    assert any(done.values()) or rule.code in ELSEWHERE


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.fix is None], ids=lambda rule: rule.code)
def test_a_rule_without_a_fix_is_left_alone(rule):
    for text in texts(rule):
        try:
            found = mend(rule, text)
        except NotFixable:
            continue
        assert found.same
        assert found.data == text


@pytest.mark.parametrize("rule", FIXABLE, ids=lambda rule: rule.code)
def test_what_a_rule_accepts_is_not_touched(rule):
    for example in rule.accept:
        text = text_of(example)
        if not text.startswith(b"\x1f\x8b"):
            assert mend(rule, text).data == text
