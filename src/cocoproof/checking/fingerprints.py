"""Fingerprints of findings: the same defect has the same one after rows were shuffled and ids numbered anew.

A fingerprint is made of the rule's code, of what the row at fault says (the name of its image and of its category, its box, its mask), of the
field, and of what is at fault where the field does not say it. Pointers, lines and ids have no part in it: they are what
an exporter changes when nothing else does. Two defects that are alike in all of this share a fingerprint; who compares
files counts them.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from cocoproof.columns.row_contents import RowContents, digest_text
from cocoproof.columns.row_digests import digest_columns
from cocoproof.rules.rule import Violation, ViolationScope

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cocoproof.rules.rule import RuleContext

__all__ = ["Fingerprints", "outcome"]

_LONGEST = 80

_Place: TypeAlias = "tuple[str | None, int | None, ViolationScope]"
"""Table, row, and what the violation is a property of."""


class Fingerprints:
    """Makes the fingerprints of one file's findings. What rows say is worked out for those at fault alone."""

    def __init__(self, context: RuleContext | None) -> None:
        """Prepare for a file; None is one that could not be judged, whose findings are all about the document."""
        self._contents = None if context is None else RowContents(context.coco, context.images, context.categories)

    def of(self, code: str, violations: Sequence[Violation]) -> list[str]:
        """The fingerprints of one rule's violations.

        Args:
            code: The rule's code.
            violations: All of them. Which of several rows that repeat each other is reported depends on their order; that is made up for
                among the violations that are given.

        Returns:
            For each violation 16 hexadecimal digits. Equal ones are defects that cannot be told apart.
        """
        if not violations:
            return []
        known: dict[tuple[object, ...], int] = {}
        about = np.fromiter((_about(code, violation, known) for violation in violations), np.uint64, len(violations))
        places: list[_Place] = [(violation.table, violation.row, violation.scope) for violation in violations]
        paired = [k for k, violation in enumerate(violations) if violation.others and violation.scope is ViolationScope.ROW]
        others: list[_Place] = [(violations[k].table, violations[k].others[0], ViolationScope.ROW) for k in paired]
        rows = self._rows(places + others)
        _settle(places + others, paired, rows)
        return [f"{digest:016x}" for digest in digest_columns([about, rows[: len(violations)]]).tolist()]

    def hint(self, violation: Violation) -> str:
        """Whom a violation concerns and where, for people: names and fields, no ids and no places."""
        parts = [str(part) if violation.row is not None or isinstance(part, str) else "*" for part in violation.path[_depth(violation) :]]
        what = " ".join(filter(None, ["/".join(parts), violation.about[:_LONGEST]]))
        if (
            self._contents is None
            or violation.table is None
            or violation.row is None
            or violation.scope in {ViolationScope.FILE, ViolationScope.OUTCOME}
        ):
            return what or "the file"
        names = self._contents.names(violation.table, violation.row)
        return ": ".join(filter(None, [", ".join(name[:_LONGEST] for name in names if name), what]))

    def _rows(self, places: Sequence[_Place]) -> NDArray[np.uint64]:
        """What the rows at fault say; uint64, shape (n,), 0 where it is the file as a whole."""
        out = np.zeros(len(places), np.uint64)
        if self._contents is None:
            return out
        groups: dict[tuple[str, ViolationScope], list[int]] = {}
        for k, (table, row, scope) in enumerate(places):
            if table is not None and row is not None and scope in {ViolationScope.ROW, ViolationScope.IMAGE}:
                groups.setdefault((table, scope), []).append(k)
        for (table, scope), members in groups.items():
            rows, back = np.unique(np.array([places[k][1] for k in members], np.int64), return_inverse=True)
            contents = (
                self._contents.of_image(rows)
                if scope is ViolationScope.IMAGE and table == "annotations"
                else self._contents.of(table, rows)
            )
            out[members] = contents[back]
        return out


def outcome(code: str) -> str:
    """The fingerprint of all that `ViolationScope.OUTCOME` says of a rule."""
    return Fingerprints(None).of(code, [Violation("", scope=ViolationScope.OUTCOME)])[0]


def _about(code: str, violation: Violation, known: dict[tuple[object, ...], int]) -> int:
    """A digest of what is at fault in a row, whichever row that is."""
    if violation.scope is ViolationScope.OUTCOME:
        return digest_text(code)
    placed = violation.row is not None
    key = (violation.table, placed, violation.about, violation.path[_depth(violation) :])
    digest = known.get(key)
    if digest is None:
        # Without a row to start from the numbers in a path are rows.
        parts = [part if placed or isinstance(part, str) else "*" for part in key[3]]
        digest = known[key] = digest_text(repr((code, *key[:3], *parts)))
    return digest


def _depth(violation: Violation) -> int:
    """How many parts of a violation's path lead to its row."""
    if violation.from_row or violation.row is None:
        return 0
    if violation.table == "segments":
        return 4  # annotations, 7, segments_info, 2
    return 1 if violation.path[:1] == (violation.row,) else 2


def _settle(places: Sequence[_Place], paired: Sequence[int], rows: NDArray[np.uint64]) -> None:
    """Make up for the order of rows that repeat each other, of which all but one are reported, mostly the first.

    Of the rows that hang together the one with the least digest counts as the original, wherever it stands: where it was
    reported, the finding speaks for a row that was not.

    Args:
        places: Of the violations, and then of the other row that each of `paired` names.
        paired: The violations that name another row.
        rows: What the rows say, shape (len(places),); changed in place.
    """
    first = len(places) - len(paired)
    parent: dict[_Place, _Place] = {}

    def root(place: _Place) -> _Place:
        while (above := parent.get(place, place)) != place:
            parent[place] = parent.get(above, above)
            place = above
        return place

    for k, violation in enumerate(paired, first):
        parent[root(places[violation])] = root(places[k])
    groups: dict[_Place, tuple[list[int], dict[_Place, int]]] = {}
    for k, violation in enumerate(paired, first):
        reported, members = groups.setdefault(root(places[k]), ([], {}))
        reported.append(violation)
        members.update({places[violation]: int(rows[violation]), places[k]: int(rows[k])})
    for reported, members in groups.values():
        due = Counter(sorted(members.values(), reverse=True)[: len(reported)])
        due.subtract(int(rows[violation]) for violation in reported)
        unspoken = list((+due).elements())
        for violation in reported:
            if due[int(rows[violation])] < 0:
                due[int(rows[violation])] += 1
                rows[violation] = unspoken.pop()
