"""Fingerprints of findings. A defect keeps its fingerprint if rows are shuffled or ids renumbered; another wrong value changes it.

A fingerprint is made from the rule's code, the content of the row (the name of its image and of its category, its box, its mask), the
field, the wrong value, and what else the rule adds (`about`): the size of the image that a box exceeds, the order of the categories.
Pointers, lines and ids are not part of it, because an exporter changes them even if nothing else changes. An id is part of it if it is
itself the wrong value: a dangling reference. Two findings that are equal in all of this share a fingerprint, so comparisons of files
count them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from cocoproof.checking.frame_rules import FRAME_TABLES
from cocoproof.checking.wrong_values import WrongValues, readable
from cocoproof.columns.row_contents import RowContents, digest_text
from cocoproof.columns.row_digests import digest_columns
from cocoproof.rules.rule import Violation, ViolationScope

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cocoproof.model.json_types import JsonPath
    from cocoproof.reading.document import Document
    from cocoproof.rules.rule import RuleContext

__all__ = ["Fingerprints", "outcome"]

_LONGEST = 80

_Place: TypeAlias = "tuple[str | None, int | None, ViolationScope]"
"""Table, row, and scope of the violation."""


class Fingerprints:
    """Computes the fingerprints of one file's findings. Only the content of rows with findings is digested.

    Args:
        context: The context of the rules; None for a file that could not be checked, whose findings are all about the document.
        document: The document that was read; None if `context` is.
    """

    def __init__(self, context: RuleContext | None, document: Document | None) -> None:
        self._contents = None if context is None else RowContents(context.coco, context.images, context.categories)
        frames = None if context is None else context.of_frames
        self._of_frames = None if frames is None else RowContents(frames.coco, frames.images, frames.categories)
        self._values = None if context is None or document is None else WrongValues(context, document)

    def of(self, code: str, violations: Sequence[Violation]) -> list[str]:
        """The fingerprints of one rule's violations.

        Args:
            code: The rule's code.
            violations: All of them. Which of several duplicate rows is reported depends on their order; this is compensated
                among these violations.

        Returns:
            For each violation 16 hexadecimal digits. Equal fingerprints are defects that cannot be distinguished.
        """
        if not violations:
            return []
        known: dict[tuple[object, ...], int] = {}
        about = np.fromiter((_about(code, one, self._value(code, one), known) for one in violations), np.uint64, len(violations))
        places: list[_Place] = [(violation.table, violation.row, violation.scope) for violation in violations]
        paired = [k for k, violation in enumerate(violations) if violation.others and violation.scope is ViolationScope.ROW]
        others: list[_Place] = [(violations[k].table, violations[k].others[0], ViolationScope.ROW) for k in paired]
        rows = self._rows(places + others)
        _settle(places + others, paired, rows)
        return [f"{digest:016x}" for digest in digest_columns([about, rows[: len(violations)]]).tolist()]

    def _value(self, code: str, violation: Violation) -> str:
        return "" if self._values is None or violation.scope is ViolationScope.OUTCOME else self._values.of(code, violation)

    def hint(self, code: str, violation: Violation) -> str:
        """A description of a violation: names, the field and the wrong value, without ids of rows and positions."""
        parts = [str(part) if violation.row is not None or isinstance(part, str) else "*" for part in _inside(violation)]
        value = readable(self._value(code, violation))[:_LONGEST]
        what = " ".join(filter(None, ["/".join(parts), value, violation.about[:_LONGEST]]))
        if (
            self._contents is None
            or violation.table is None
            or violation.row is None
            or violation.scope in {ViolationScope.FILE, ViolationScope.OUTCOME}
        ):
            return what or "the file"
        contents, table = self._with_table(self._contents, violation.table)
        names = contents.names(table, violation.row)
        return ": ".join(filter(None, [", ".join(name[:_LONGEST] for name in names if name), what]))

    def _rows(self, places: Sequence[_Place]) -> NDArray[np.uint64]:
        """The content of the rows; uint64, shape (n,), 0 if the finding is about the file."""
        out = np.zeros(len(places), np.uint64)
        if self._contents is None:
            return out
        groups: dict[tuple[str, ViolationScope], list[int]] = {}
        for k, (table, row, scope) in enumerate(places):
            if table is not None and row is not None and scope in {ViolationScope.ROW, ViolationScope.IMAGE}:
                groups.setdefault((table, scope), []).append(k)
        for (table, scope), members in groups.items():
            rows, back = np.unique(np.array([places[k][1] for k in members], np.int64), return_inverse=True)
            own, name = self._with_table(self._contents, table)
            contents = own.of_image(rows) if scope is ViolationScope.IMAGE and name == "annotations" else own.of(name, rows)
            out[members] = contents[back]
        return out

    def _with_table(self, contents: RowContents, table: str) -> tuple[RowContents, str]:
        """The contents of the rows of a table, and what it is called there: the frames of a YouTube-VIS file are a dataset of their own."""
        for name, renamed in FRAME_TABLES.items():
            if table == renamed and self._of_frames is not None:
                return self._of_frames, name
        return contents, table


def outcome(code: str) -> str:
    """The fingerprint of all violations of a rule with `ViolationScope.OUTCOME`."""
    return Fingerprints(None, None).of(code, [Violation("", scope=ViolationScope.OUTCOME)])[0]


def _about(code: str, violation: Violation, value: str, known: dict[tuple[object, ...], int]) -> int:
    """A digest of what is wrong in a row, independent of the row."""
    if violation.scope is ViolationScope.OUTCOME:
        return digest_text(code)
    placed = violation.row is not None
    key = (violation.table, placed, violation.about, value, _inside(violation))
    digest = known.get(key)
    if digest is None:
        # If the path does not start with a row, its numbers are rows.
        parts = [part if placed or isinstance(part, str) else "*" for part in key[4]]
        digest = known[key] = digest_text(repr((code, *key[:3], *parts, *([("=", value)] if value else []))))
    return digest


def _inside(violation: Violation) -> JsonPath:
    """The path of a violation inside its row."""
    path = violation.path
    if violation.from_row or violation.row is None:
        return path
    in_list = path[:1] == (violation.row,) or (bool(path) and isinstance(path[0], int))
    if violation.table in FRAME_TABLES.values():
        owner = 1 if in_list else 2  # annotations, 7, bboxes, 2
        return (*path[owner : owner + 1], *path[owner + 2 :])
    if violation.table == "segments":
        return path[4:]  # annotations, 7, segments_info, 2
    return path[1 if in_list else 2 :]


def _settle(places: Sequence[_Place], paired: Sequence[int], rows: NDArray[np.uint64]) -> None:
    """Compensate for the order of duplicate rows, of which all but one are reported, mostly the first.

    Of a group of duplicate rows the one with the least digest counts as the original, wherever it is in the file: if it was
    reported, the finding represents a row that was not. Each of the others is digested with the one before it, in the order of the
    digests, because a duplicate of another row is another defect. One more row changes at most two of these digests.

    Args:
        places: The places of the violations, then of the other row of each of `paired`.
        paired: The violations with another row.
        rows: The digests of the rows, shape (len(places),); changed in place.
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
    pairs: dict[int, tuple[int, int]] = {}
    for reported, members in groups.values():
        ordered = sorted(members.values())
        before: dict[int, list[int]] = {}
        for own, other in zip(ordered[:0:-1], ordered[-2::-1], strict=True):
            before.setdefault(own, []).append(other)
        # Each violation gets a pair with its own row if there is one, else one of the remaining pairs.
        for violation in reported:
            own = int(rows[violation])
            if before.get(own):
                pairs[violation] = own, before[own].pop(0)
        unspoken = [(own, other) for own, others in before.items() for other in others]
        for violation in reported:
            if violation not in pairs:
                pairs[violation] = unspoken.pop(0) if unspoken else (int(rows[violation]), ordered[0])
    if pairs:
        rows[list(pairs)] = digest_columns(list(np.array(list(pairs.values()), np.uint64).T))
