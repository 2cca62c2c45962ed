"""The rule about the rules themselves."""

from __future__ import annotations

from cocoproof.findings import Severity
from cocoproof.verify.examples import dataset, results
from cocoproof.verify.rule import Case, Hits, rule

__all__ = ["RULES"]


@rule("COCO999", severity=Severity.ERROR, accept=[dataset(), results()], reject=[])
def rule_crashed(case: Case) -> Hits:  # noqa: ARG001 # the engine itself sees what becomes of the other rules
    """A rule failed inside: its verdict is unknown, never passed.

    This is a fault of cocoproof, not of the file, and the exit code is 3. The verdicts of all other rules stand. Please report
    it, with the message and if possible the file; until it is mended, `--ignore` with the code of the rule that failed leaves that
    rule out.
    """
    return Hits.of_document(())


RULES = (rule_crashed,)
