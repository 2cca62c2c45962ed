"""Which violations of a rule a baseline accepts, and which are new."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cocoproof.checking.fingerprints import Fingerprints, outcome
from cocoproof.model.findings import Accepted, RuleResult, Severity, Summary, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cocoproof.rules.rule import Rule, Violation, Violations

__all__ = ["BaselineMatch", "NewViolations", "match_baseline", "sift"]


@dataclass(frozen=True, slots=True)
class BaselineMatch:
    """One rule's violations, compared with a baseline.

    Attributes:
        new: The violations that are not accepted, by their place among those that are listed.
        unlisted: How many of those that are only counted are not accepted.
        accepted: How many are.
        resolved: Accepted fingerprints that were not found, with their counts.
        found: All current violations, as a baseline would hold them; empty where none is being recorded.
    """

    new: Sequence[int]
    unlisted: int
    accepted: int
    resolved: Counter[str]
    found: tuple[Accepted, ...] = ()

    def recorded(self, code: str, marks: Sequence[str], hints: Sequence[str], outcome_mark: str, unlisted: int) -> BaselineMatch:
        """The same with everything accepted and recorded.

        Args:
            code: The rule's code.
            marks: As in `sift`.
            hints: For each violation what it is about.
            outcome_mark: As in `sift`; it stands for all violations where some are only counted.
            unlisted: As in `sift`.
        """
        total = len(marks) + unlisted
        if unlisted:
            found = [Accepted(code=code, fingerprint=outcome_mark, count=total, hint="")]
        else:
            hint_of = dict(sorted(zip(marks, hints, strict=True), reverse=True))  # of several hints the least stays
            found = [Accepted(code=code, fingerprint=mark, count=count, hint=hint_of[mark]) for mark, count in Counter(marks).items()]
        return BaselineMatch((), 0, total, self.resolved, tuple(found))


def sift(marks: Sequence[str], outcome_mark: str, unlisted: int, known: Mapping[str, int]) -> BaselineMatch:
    """Separate new violations of a rule from accepted ones.

    Args:
        marks: The fingerprint of each violation that is listed.
        outcome_mark: The fingerprint that stands for all of the rule's violations: which and how many problems other programs have with a
            file depends on the order of its rows. Where it is known, all are accepted.
        unlisted: How many violations there are besides, of which only the number is known.
        known: How many are accepted, by fingerprint.
    """
    if outcome_mark in known:
        resolved = Counter() if marks or unlisted else Counter(known)
        return BaselineMatch((), 0, len(marks) + unlisted, resolved)
    left = Counter(known)
    new = []
    for k, mark in enumerate(marks):
        if left[mark] > 0:
            left[mark] -= 1
        else:
            new.append(k)
    left = +left
    # Those that are only counted are compared with what is left of the count.
    counted = unlisted + sum(marks[k] == outcome_mark for k in new)
    if not counted:
        return BaselineMatch(new, 0, len(marks) - len(new), left)
    spare = left.total()
    beyond = max(0, unlisted - spare)
    spare -= unlisted - beyond
    for k in [k for k in new if marks[k] == outcome_mark][:spare]:
        new.remove(k)
    return BaselineMatch(new, beyond, len(marks) - len(new) + unlisted - beyond, Counter())


@dataclass(frozen=True, slots=True)
class NewViolations:
    """The violations of a rule that are not accepted.

    Attributes:
        result: The verdict on those that are not accepted. Where all are, it is "skipped", with the reason, and never "passed".
        marks: The fingerprints of those that are listed, `match.new`.
        match: The comparison of all; None where the rule was skipped.
    """

    result: RuleResult
    marks: Sequence[str]
    match: BaselineMatch | None


def _sift_parts(
    code: str,
    violations: Sequence[Violation],
    marks: Sequence[str],
    outcome_mark: str,
    unlisted: int,
    known: Mapping[str, int],
    fingerprints: Fingerprints,
) -> BaselineMatch:
    """As `sift`; violations that are part of an accepted violation of the whole file are accepted first."""
    wholes: dict[tuple[object, ...], str] = {}
    parts: dict[int, str] = {}
    for k, violation in enumerate(violations) if known else ():
        for whole in violation.part_of:
            key = (whole.about, len(whole.path), whole.path[-1:])
            if key not in wholes:
                wholes[key] = fingerprints.of(code, [whole])[0]
            if wholes[key] in known:
                parts[k] = wholes[key]
    if not parts:
        return sift(marks, outcome_mark, unlisted, known)
    others = [k for k in range(len(marks)) if k not in parts]
    in_force = set(parts.values())
    left = {mark: count for mark, count in known.items() if mark not in in_force}
    match = sift([marks[k] for k in others], outcome_mark, unlisted, left)
    return replace(match, new=[others[k] for k in match.new], accepted=match.accepted + len(parts))


def match_baseline(
    known: Mapping[str, int],
    rule: Rule,
    result: RuleResult,
    listed: Sequence[tuple[Severity, Violation]],
    fingerprints: Fingerprints,
    *,
    explained: Sequence[Violations] = (),
    record: bool,
) -> NewViolations:
    """Compare a rule's violations with a baseline.

    Args:
        known: How many are accepted, by fingerprint.
        rule: The rule.
        result: Its verdict without a baseline.
        listed: All violations that can be listed, with severities.
        fingerprints: Those of the file.
        explained: Violations that follow from those of another rule. They are never new, but recorded too: if the cause disappears,
            because of a single row perhaps, they are still accepted.
        record: Whether a baseline is being recorded: all violations are accepted then.
    """
    if result.verdict is Verdict.SKIPPED and not result.explained:
        return NewViolations(result, (), None)
    hidden = [one.violation(k) for one in explained for k in range(one.count if one.listed is None else min(one.count, one.listed))]
    violations = [*hidden, *(violation for _, violation in listed)]
    marks, outcome_mark = fingerprints.of(rule.code, violations), outcome(rule.code)
    own_unlisted = result.count - len(listed)
    unlisted = own_unlisted + result.explained - len(hidden)
    match = _sift_parts(rule.code, violations, marks, outcome_mark, unlisted, known, fingerprints)
    if record:
        match = match.recorded(
            rule.code, marks, [fingerprints.hint(rule.code, violation) for violation in violations], outcome_mark, unlisted
        )
    new = [k - len(hidden) for k in match.new if k >= len(hidden)]
    beyond = min(match.unlisted, own_unlisted)
    match = replace(match, new=new, unlisted=beyond, accepted=result.count - len(new) - beyond)
    counts = Counter(listed[k][0] for k in match.new)
    if match.unlisted:  # those that are only counted get the highest severity of those that are listed
        counts[max((severity for severity, _ in listed), key=lambda severity: severity.rank, default=rule.severity)] += match.unlisted
    count = len(match.new) + match.unlisted
    if match.accepted:
        remark = f"{match.accepted:,} {'violation is' if match.accepted == 1 else 'violations are'} accepted by the baseline"
        reason = f"{remark}; {result.reason}" if result.reason else remark
        result = replace(result, verdict=Verdict.FAILED if count else Verdict.SKIPPED, reason=reason)
    summary = Summary(errors=counts[Severity.ERROR], warnings=counts[Severity.WARNING], notes=counts[Severity.NOTE])
    return NewViolations(
        replace(result, count=count, summary=summary, accepted=match.accepted), [marks[len(hidden) + k] for k in match.new], match
    )
