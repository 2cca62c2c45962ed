"""Which violations of a rule a baseline accepts, and which are new."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cocoproof.checking.fingerprints import Fingerprints, outcome
from cocoproof.model.findings import Accepted, RuleResult, Severity, Summary, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cocoproof.rules.rule import Rule, Violation

__all__ = ["BaselineMatch", "NewViolations", "match_baseline", "sift"]


@dataclass(frozen=True, slots=True)
class BaselineMatch:
    """What a baseline makes of one rule's violations.

    Attributes:
        new: The violations that are not accepted, by their place among those that are told.
        unlisted: How many of those that nobody can tell of are not accepted.
        accepted: How many are.
        gone: Accepted fingerprints that were not found, with their counts.
        found: All that there is now, as a baseline would hold it; empty where none is being recorded.
    """

    new: Sequence[int]
    unlisted: int
    accepted: int
    gone: Counter[str]
    found: tuple[Accepted, ...] = ()

    def recorded(self, code: str, marks: Sequence[str], hints: Sequence[str], whole: str, unlisted: int) -> BaselineMatch:
        """The same with everything accepted, and written down.

        Args:
            code: The rule's code.
            marks: As in `sift`.
            hints: For each violation whom it concerns.
            whole: As in `sift`; it stands for all violations where some cannot be told of.
            unlisted: As in `sift`.
        """
        total = len(marks) + unlisted
        if unlisted:
            found = [Accepted(code=code, fingerprint=whole, count=total, hint="")]
        else:
            said = dict(sorted(zip(marks, hints, strict=True), reverse=True))  # of several hints the least stays
            found = [Accepted(code=code, fingerprint=mark, count=count, hint=said[mark]) for mark, count in Counter(marks).items()]
        return BaselineMatch((), 0, total, self.gone, tuple(found))


def sift(marks: Sequence[str], whole: str, unlisted: int, known: Mapping[str, int]) -> BaselineMatch:
    """Tell new violations of a rule from accepted ones.

    Args:
        marks: The fingerprint of each violation that is told.
        whole: The fingerprint that stands for the rule as a whole: of what other programs make of a file, which and how many
            violations there are depends on the order of its rows. Where it is known, all of the rule's violations are accepted.
        unlisted: How many violations there are besides, of which only the number is known.
        known: How many are accepted, by fingerprint.
    """
    if whole in known:
        gone = Counter() if marks or unlisted else Counter(known)
        return BaselineMatch((), 0, len(marks) + unlisted, gone)
    left = Counter(known)
    new = []
    for k, mark in enumerate(marks):
        if left[mark] > 0:
            left[mark] -= 1
        else:
            new.append(k)
    left = +left
    # What can only be counted is held to what is left of the count.
    counted = unlisted + sum(marks[k] == whole for k in new)
    if not counted:
        return BaselineMatch(new, 0, len(marks) - len(new), left)
    spare = left.total()
    beyond = max(0, unlisted - spare)
    spare -= unlisted - beyond
    for k in [k for k in new if marks[k] == whole][:spare]:
        new.remove(k)
    return BaselineMatch(new, beyond, len(marks) - len(new) + unlisted - beyond, Counter())


@dataclass(frozen=True, slots=True)
class NewViolations:
    """What is left of a rule's violations.

    Attributes:
        result: The verdict on those that are not accepted. Where all are, it is "skipped", and says so: they are no pass.
        violations: Those of them that can be told, each with severity and fingerprint.
        sifted: What the baseline makes of all; None where the rule could not judge.
    """

    result: RuleResult
    breaches: Sequence[tuple[Severity, Violation, str]]
    sifted: BaselineMatch | None


def match_baseline(
    known: Mapping[str, int],
    rule: Rule,
    result: RuleResult,
    told: Sequence[tuple[Severity, Violation]],
    fingerprints: Fingerprints,
    *,
    record: bool,
) -> NewViolations:
    """Hold a rule's violations to a baseline.

    Args:
        known: How many are accepted, by fingerprint.
        rule: The rule.
        result: Its verdict without a baseline.
        told: All violations that can be told.
        fingerprints: Those of the file.
        record: Whether a baseline is being recorded: all violations are accepted then.
    """
    if result.verdict is Verdict.SKIPPED:
        return NewViolations(result, (), None)
    violations = [violation for _, violation in told]
    marks, whole, unlisted = fingerprints.of(rule.code, violations), outcome(rule.code), result.count - len(violations)
    sifted = sift(marks, whole, unlisted, known)
    if record:
        sifted = sifted.recorded(rule.code, marks, [fingerprints.hint(violation) for violation in violations], whole, unlisted)
    counts = Counter(told[k][0] for k in sifted.new)
    if sifted.unlisted:  # those that nobody can tell of count as the gravest that are told
        counts[max((severity for severity, _ in told), key=lambda severity: severity.rank, default=rule.severity)] += sifted.unlisted
    count = len(sifted.new) + sifted.unlisted
    if sifted.accepted:
        remark = f"{sifted.accepted:,} {'violation is' if sifted.accepted == 1 else 'violations are'} accepted by the baseline"
        reason = f"{remark}; {result.reason}" if result.reason else remark
        result = replace(result, verdict=Verdict.FAILED if count else Verdict.SKIPPED, reason=reason)
    summary = Summary(errors=counts[Severity.ERROR], warnings=counts[Severity.WARNING], notes=counts[Severity.NOTE])
    return NewViolations(
        replace(result, count=count, summary=summary, accepted=sifted.accepted), [(*told[k], marks[k]) for k in sifted.new], sifted
    )
