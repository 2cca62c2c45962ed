"""One cause is one finding: findings that follow from another rule's are counted under it, and not listed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from cocoproof.model.findings import Severity
    from cocoproof.rules.rule import Rule
    from cocoproof.rules.violations import Consequence, Violations

__all__ = ["Causes", "Explained", "explain", "undeclared"]

_NO_ROOT = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Causes:
    """Violations of one rule that no other rule explains.

    Attributes:
        violations: The violations.
        consequences: By the number of the violation: how many findings of each rule follow from it.
    """

    violations: Violations
    consequences: Mapping[int, Counter[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """The violations of one rule after those were removed that other rules explain.

    Attributes:
        left: Those that are left.
        removed: Those that were removed.
        by: The rules that explain them, in the order of their codes.
    """

    left: Sequence[Causes]
    removed: Sequence[Violations] = ()
    by: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many were removed."""
        return sum(violations.count for violations in self.removed)


def undeclared(rule: Rule, found: Iterable[Violations]) -> list[str]:
    """Codes that violations of a rule explain although the rule does not declare them."""
    return sorted({consequence.code for violations in found for consequence in violations.explains} - set(rule.explains))


@dataclass(slots=True)
class _Group:
    """Violations of one rule with one severity.

    Attributes:
        code: The rule.
        first: The number of its first violation among those of all groups.
        severity: Its severity.
        roots: For each violation the number of the violation that explains it and is not explained itself; None if none is explained.
    """

    code: str
    violations: Violations
    first: int
    severity: Severity
    roots: NDArray[np.int64] | None = None


def explain(
    found: Mapping[str, Sequence[Violations]], rules: Iterable[Rule], severity_of: Callable[[Rule, Violations], Severity]
) -> dict[str, Explained]:
    """Remove violations that follow from violations of other rules.

    What follows from a violation that is explained itself is counted under the cause of that one. A violation that two rules explain is
    counted under the first, in the order of the codes. A violation that is more severe than its cause is not removed: no error disappears
    behind a note.

    Args:
        found: The violations of each rule, by its code.
        rules: These rules, in the order of the codes.
        severity_of: The severity of violations of a rule.

    Returns:
        What is left, by code.
    """
    present = {rule.code: rule for rule in rules if rule.code in found}
    groups: list[_Group] = []
    for code, rule in present.items():
        for violations in found[code]:
            first = groups[-1].first + groups[-1].violations.count if groups else 0
            groups.append(_Group(code, violations, first, severity_of(rule, violations)))
    by_code: dict[str, list[_Group]] = {code: [] for code in present}
    for group in groups:
        by_code[group.code].append(group)
    for code in _causes_first(present):
        for cause in by_code[code]:
            for consequence in cause.violations.explains if cause.violations.count else ():
                for target in by_code.get(consequence.code, ()):
                    _take_up(cause, consequence, target)
    return _counted(groups, by_code)


def _causes_first(rules: Mapping[str, Rule]) -> list[str]:
    """The codes in an order in which each rule comes before those that it explains; what rules explain has no cycle."""
    order: list[str] = []
    seen: set[str] = set()

    def visit(code: str) -> None:
        if code in rules and code not in seen:
            seen.add(code)
            for other in sorted(rules[code].explains, reverse=True):
                visit(other)
            order.append(code)

    for code in sorted(rules, reverse=True):
        visit(code)
    return order[::-1]


def _take_up(cause: _Group, consequence: Consequence, target: _Group) -> None:
    """Put the violations of one group that follow from those of another under the roots of these."""
    follows = _following(consequence, target.violations)
    if follows is None or not cause.severity.at_least(target.severity):
        return
    if target.roots is None:
        target.roots = np.full(target.violations.count, _NO_ROOT, np.int64)
    follows &= target.roots == _NO_ROOT
    if not follows.any():
        return
    number = _explaining(cause.violations, target.violations)
    root = cause.first + number
    if cause.roots is not None:
        root = np.where(cause.roots[number] == _NO_ROOT, root, cause.roots[number])
    target.roots[follows] = root[follows]


def _following(consequence: Consequence, violations: Violations) -> NDArray[np.bool_] | None:
    """Which violations follow, bool, shape (count,); None if it cannot be any."""
    if not violations.count or (consequence.sort and consequence.sort != violations.sort):
        return None
    if consequence.rows is None:
        return np.ones(violations.count, bool)
    own = violations.covers if violations.rows is None else violations.rows
    if own is None or violations.table != consequence.table:
        return None
    rows = consequence.rows
    follows: NDArray[np.bool_] = np.asarray(rows[own] if rows.dtype == bool else np.isin(own, rows), bool)
    # A violation of the whole file follows only if it does so in all its rows.
    return follows if violations.rows is not None else np.array([bool(follows.all())] * violations.count)


def _explaining(cause: Violations, target: Violations) -> NDArray[np.int64]:
    """For each violation the number of the one that explains it, if any: that of the same row, or else the first."""
    number = np.zeros(target.count, np.int64)
    if cause.rows is not None and target.rows is not None and cause.table == target.table:
        order = np.argsort(cause.rows, kind="stable")
        at = np.searchsorted(cause.rows, target.rows, sorter=order)
        at = order[np.minimum(at, len(order) - 1)]
        number = np.where(cause.rows[at] == target.rows, at, 0)
    return number


def _counted(groups: Sequence[_Group], by_code: Mapping[str, Sequence[_Group]]) -> dict[str, Explained]:
    """What is left of each rule's violations, and what follows from them."""
    starts = np.array([group.first for group in groups], np.int64)
    consequences: dict[int, dict[int, Counter[str]]] = {}
    by: dict[str, set[str]] = {}
    for group in groups:
        if group.roots is None:
            continue
        roots, counts = np.unique(group.roots[group.roots != _NO_ROOT], return_counts=True)
        # Of groups that begin at the same number all but the last are empty.
        owners = np.searchsorted(starts, roots, side="right") - 1
        for root, count, owner in zip(roots.tolist(), counts.tolist(), owners.tolist(), strict=True):
            consequences.setdefault(owner, {}).setdefault(root - groups[owner].first, Counter())[group.code] += count
            by.setdefault(group.code, set()).add(groups[owner].code)
    index = {id(group): k for k, group in enumerate(groups)}
    out = {}
    for code, own in by_code.items():
        left, removed = [], []
        for group in own:
            k = index[id(group)]
            follows = consequences.get(k, {})
            violations = group.violations
            if group.roots is not None:
                explained = group.roots != _NO_ROOT
                violations = violations.without(explained)
                removed.append(group.violations.without(~explained))
                place = np.cumsum(~explained) - 1
                follows = {int(place[number]): counts for number, counts in follows.items()}
            left.append(Causes(violations=violations, consequences=follows))
        out[code] = Explained(left=left, removed=removed, by=tuple(sorted(by.get(code, ()))))
    return out
