"""Violations of rules: what is wrong at which places, and which findings of other rules follow from it."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from cocoproof.model.findings import Severity
    from cocoproof.model.json_types import JsonPath
    from cocoproof.reading.defects import Defect

__all__ = ["FILE_WIDE", "Consequence", "Violation", "ViolationScope", "Violations"]

FILE_WIDE = 10
"""In a section of this many rows or more, what is so in every row is a property of the file, and one violation."""


class ViolationScope(str, enum.Enum):
    """What a violation is a property of, where the place is only one of those at which it shows."""

    ROW = "row"
    IMAGE = "image"
    """All rows on one image, such as too many of them."""
    FILE = "file"
    """The file, such as the order of its rows."""
    OUTCOME = "outcome"
    """What another program makes of the file: at which rows it shows, and at how many, depends on their order."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One violation, before it is located and named.

    Attributes:
        message: What is wrong with the row, without naming the row: the engine puts that before it.
        path: The place: inside the row where `from_row` says so, else from the document's root.
        table: The table that the row is of: images, annotations, categories or segments; None for the document.
        row: The row.
        from_row: Whether the path starts at the row; only the engine knows where tables are in the document.
        offset: The place as a byte offset, where reading knows it.
        others: Rows of the same table that the message speaks of besides.
        elsewhere: Rows of the same table in other files that it speaks of: path and row.
        scope: What the violation is a property of.
        about: What else is wrong, where path, row and the wrong value do not say it: the name of a field that is absent, the size of the
            image that a box reaches out of. With other text the finding is another one, and no baseline that holds this one accepts it.
        from_reading: Whether reading found it, so that the wrong value is the text at the path.
        part_of: The violations of the whole file that contain this one, where the file has it: a baseline that accepts one of them accepts this one, so that a
            single row that is put right does not bring back all others.
    """

    message: str
    path: JsonPath = ()
    table: str | None = None
    row: int | None = None
    offset: int | None = None
    from_row: bool = False
    others: tuple[int, ...] = ()
    elsewhere: tuple[tuple[str, int], ...] = ()
    scope: ViolationScope = ViolationScope.ROW
    about: str = ""
    from_reading: bool = False
    part_of: tuple[Violation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequence:
    """Findings of another rule that follow from a violation alone: they are counted under it, and not listed.

    Attributes:
        code: The other rule.
        rows: The rows whose findings follow: a mask over the table, or row numbers. None for all findings of the rule.
        table: The table of `rows`.
        sort: The findings that follow are those of `Violations` of this sort; "" for every sort.
    """

    code: str
    rows: NDArray[np.bool_] | NDArray[np.int64] | None = None
    table: str = "annotations"
    sort: str = ""


@dataclass(frozen=True, slots=True)
class Violations:
    """Violations of one rule: how many, and a function that describes each. Only messages that are shown are formatted.

    Attributes:
        count: How many.
        violation: Describes violation number k, from 0, in the order of the document.
        severity: The severity of all of them, where it differs from the rule's.
        remark: An addition to the verdict, such as that only a sample was checked.
        listed: How many of them can be described, from the first; None for all.
        at_most: How many are listed, where the others of the kind show nothing more; None for all that can be described.
        rows: The row of each violation, for who needs no messages; None where the violations are not those of one table's rows.
        unchecked: Why some of the file was not checked; None where all of it was. Without a violation the verdict is then "skipped".
        table: The table of `rows`; None where there are none.
        explains: What follows from these violations. The rule declares the codes (`explains` of its decorator).
        sort: What kind of violations these are, for rules that explain only some of a rule's.
        covers: Rows of `table` that a single violation of the whole file is about, for who needs the rows; None where `rows` has them.
    """

    count: int
    violation: Callable[[int], Violation]
    severity: Severity | None = None
    remark: str | None = None
    listed: int | None = None
    rows: NDArray[np.int64] | None = None
    unchecked: str | None = None
    table: str | None = None
    explains: tuple[Consequence, ...] = ()
    sort: str = ""
    covers: NDArray[np.int64] | None = None
    at_most: int | None = None

    @classmethod
    def of_rows(
        cls,
        table: str,
        rows: NDArray[np.bool_] | NDArray[np.int64],
        say: Callable[[int], str],
        *,
        field: str | None = None,
        inside: Callable[[int], JsonPath] | None = None,
        severity: Severity | None = None,
        other: Callable[[int], int] | None = None,
        elsewhere: Callable[[int], tuple[tuple[str, int], ...]] | None = None,
        scope: ViolationScope = ViolationScope.ROW,
        about: Callable[[int], str] | None = None,
    ) -> Violations:
        """Violations by rows of one table.

        Args:
            table: images, annotations, categories or segments.
            rows: A mask over the table, or row numbers, which may repeat.
            say: Row number -> message. With `inside`, the number of the violation, from 0, instead.
            field: The field at fault, which the pointer then names.
            inside: Number of the violation -> the place inside the row, where it is deeper than a field.
            severity: Where it differs from the rule's.
            other: As `say`, to the other row of the table that the message speaks of.
            elsewhere: Row number -> rows of the same table in other files that the message speaks of: path and row.
            scope: What the violations are a property of.
            about: As `say`, to what else is wrong, where the place and the value there do not say it.
        """
        index = np.flatnonzero(rows) if rows.dtype == bool else rows

        def violation(k: int) -> Violation:
            row = int(index[k])
            place: JsonPath = inside(k) if inside is not None else (() if field is None else (field,))
            others = () if other is None else (other(k if inside is not None else row),)
            what = "" if about is None else about(k if inside is not None else row)
            far = () if elsewhere is None else elsewhere(row)
            said = say(k if inside is not None else row)
            return Violation(said, place, table, row, from_row=True, others=others, elsewhere=far, scope=scope, about=what)

        return cls(len(index), violation, severity, rows=index.astype(np.int64, copy=False), table=table)

    def with_remark(self, remark: str) -> Violations:
        """The same violations, with something for the verdict to say."""
        return replace(self, remark=remark)

    def part_of(self, *wholes: Callable[[int], tuple[JsonPath, str]] | tuple[JsonPath, str]) -> Violations:
        """The same violations, as parts of violations of the whole file (`of_file`) that are not reported here because some rows are right.

        Args:
            wholes: Path and `about` of a violation of the whole file; or a function of the number of the violation that gives them.
        """

        def violation(k: int) -> Violation:
            places = [one(k) if callable(one) else one for one in wholes]
            files = tuple(Violation("", path, scope=ViolationScope.FILE, about=about) for path, about in places)
            return replace(self.violation(k), part_of=files)

        return replace(self, violation=violation)

    def explaining(self, *consequences: Consequence) -> Violations:
        """The same violations, with what follows from them.

        The findings of a row with a violation follow from that violation; those of other rows, and of the document, from the first one.
        """
        return replace(self, explains=(*self.explains, *consequences))

    def without(self, removed: NDArray[np.bool_]) -> Violations:
        """The violations but some.

        Args:
            removed: Which are left out, shape (count,).
        """
        left = np.flatnonzero(~removed)
        return replace(
            self,
            count=len(left),
            violation=lambda k: self.violation(int(left[k])),
            rows=None if self.rows is None else self.rows[left],
            listed=None if self.listed is None else int((left < self.listed).sum()),
        )

    @classmethod
    def of_file(cls, message: str, path: JsonPath, *, table: str, rows: NDArray[np.bool_], about: str = "") -> Violations:
        """One violation of the file as a whole, for all these rows of a table.

        Args:
            message: What is wrong.
            path: The place, from the document's root.
            table: images, annotations, categories or segments.
            rows: The rows that it is about, bool, shape (n,).
            about: As in `Violation`.
        """
        violation = Violation(message, path, scope=ViolationScope.FILE, about=about)
        return cls(1, lambda _: violation, table=table, covers=np.flatnonzero(rows))

    @classmethod
    def of_defects(cls, defects: Sequence[Defect]) -> Violations:
        """Violations that reading found."""

        def violation(k: int) -> Violation:
            defect = defects[k]
            return Violation(defect.message, defect.path, defect.table, defect.row, defect.offset, from_reading=True)

        return cls(len(defects), violation)

    @classmethod
    def of_document(cls, violations: Sequence[Violation]) -> Violations:
        """Violations of the document as a whole, one by one; their paths start at its root."""
        return cls(len(violations), lambda k: violations[k])
