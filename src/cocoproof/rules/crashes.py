"""The rule about the rules themselves."""

from __future__ import annotations

from cocoproof.model.findings import Severity
from cocoproof.rules.examples import dataset, results
from cocoproof.rules.rule import RuleContext, Violations, rule

__all__ = ["RULES"]


@rule("COCO999", severity=Severity.ERROR, accept=[dataset(), results()], reject=[])
def rule_crashed(context: RuleContext) -> Violations:  # noqa: ARG001 # the engine itself records crashes of the other rules
    """A rule failed inside: its verdict is unknown, never passed.

    This is a fault of cocoproof, not of the file, and the exit code is 3. All other verdicts are valid. Please report
    it, with the message and if possible the file; until it is fixed, `--ignore` with the code of the rule that failed leaves that
    rule out.
    """
    return Violations.of_document(())


RULES = (rule_crashed,)
