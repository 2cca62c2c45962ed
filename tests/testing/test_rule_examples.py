"""`check_rule_examples`: it accepts our rules, and finds each kind of wrong example."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cocoproof.rules.catalogue import RULES, find
from cocoproof.rules.examples import dataset
from cocoproof.testing import check_rule_examples

(RULE,) = find("COCO501")
BAD = dataset([{"bbox": [4, 5, 0, 16]}])


@pytest.mark.parametrize("code", ["COCO123", "COCO501", "COCO801", "COCO911"])
def test_our_rules(code: str) -> None:
    check_rule_examples(next(rule for rule in RULES if rule.code == code))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"accept": ()}, "has 0 examples that it should accept"),
        ({"reject": RULE.reject[:1]}, "has 1 examples that it should reject"),
        ({"accept": (dataset(), BAD)}, "accepted example 1: failed"),
        ({"reject": (RULE.reject[0], (dataset(), "/annotations/0/bbox"))}, "rejected example 1: passed, expected a violation"),
        ({"reject": (RULE.reject[0], (BAD, "/annotations/0"))}, "rejected example 1: the first violation is at '/annotations/0/bbox'"),
        ({"accept": (dataset(), dataset([{"image_id": 9}]))}, "accepted example 1 breaks another rule: COCO301"),
        ({"summary": "No stop"}, "the docstring needs"),
        ({"documentation": ""}, "the docstring needs"),
    ],
)
def test_what_is_wrong_with_a_rule_is_said(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(AssertionError) as caught:
        check_rule_examples(replace(RULE, **changes))
    assert message in str(caught.value)
