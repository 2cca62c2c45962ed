"""What a rule is: one small pure function over columns, with everything about it in one place."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from cocoproof.diagnosis.comparison import ResultsComparison
from cocoproof.model.findings import Kind, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from cocoproof.columns.tables import Categories, Dataset, Images
    from cocoproof.images.dataset_files import ImageFiles
    from cocoproof.images.segment_maps import SegmentMaps
    from cocoproof.mapping import CategoryList
    from cocoproof.model.json_types import JsonPath, JsonValue
    from cocoproof.readers.reload_run import Reloads
    from cocoproof.reading.defects import Defect
    from cocoproof.rules.earlier_splits import EarlierSplits
    from cocoproof.rules.thresholds import Thresholds

__all__ = [
    "ALL_KINDS",
    "DATASETS",
    "OBJECTS",
    "Example",
    "ExampleWithFiles",
    "Fix",
    "Rule",
    "RuleContext",
    "RuleSkipped",
    "RunResource",
    "Violation",
    "ViolationScope",
    "Violations",
    "over_budget",
    "quote",
    "rule",
]

OBJECTS = frozenset({Kind.INSTANCES, Kind.KEYPOINTS, Kind.LVIS})
"""Kinds whose annotations are objects with boxes."""
DATASETS = OBJECTS | {Kind.CAPTIONS, Kind.PANOPTIC, Kind.IMAGE_INFO}
"""Kinds with images of their own."""
ALL_KINDS = DATASETS | {Kind.RESULTS}

RunResource: TypeAlias = str
"""What a run may lack: `categories` (a class list), `truth` (a ground truth), `splits` (other files that are to be compared with this one), `images` (the image files), `panoptic` (the PNGs of panoptic files), `consumers` (who is to read the file), `pycocotools` or `supervision` (a reload)."""


@dataclass(frozen=True, eq=False, kw_only=True)
class RuleContext:
    """What a rule sees: one file and what it is compared with, never the command line.

    Attributes:
        coco: The file's columns.
        defects: What reading found wrong.
        thresholds: The numbers to compare with.
        expected: The expected categories, where the user gave a list.
        contiguous: Whether the user asked for contiguous category ids.
        truth: The ground truth of a results list.
        reloads: What pycocotools and supervision made of the file; asking for one waits for it.
        splits: The splits checked before this file, if the run compares splits.
        files: The files of the images, where it is known in what folder they lie; asking opens them.
        segment_maps: The PNGs of a panoptic file, the same.
        consumers: The kinds of files that each consumer takes, by its name, where the run names some.
    """

    coco: Dataset
    defects: tuple[Defect, ...]
    thresholds: Thresholds
    expected: CategoryList | None = None
    contiguous: bool = False
    truth: Dataset | None = None
    reloads: Reloads | None = None
    splits: EarlierSplits | None = None
    files: ImageFiles | None = None
    segment_maps: SegmentMaps | None = None
    consumers: Mapping[str, frozenset[Kind]] | None = None

    @cached_property
    def comparison(self) -> ResultsComparison:
        """The results beside their ground truth.

        Raises:
            RuleSkipped: If the run has no ground truth.
        """
        if self.truth is None:
            raise RuleSkipped("needs a ground truth (--gt FILE)")
        return ResultsComparison(results=self.coco.annotations, truth=self.truth)

    @property
    def images(self) -> Images:
        """The images that annotations refer to: for results, those of the ground truth."""
        return self.coco.images if self.truth is None else self.truth.images

    @property
    def categories(self) -> Categories:
        """The categories that annotations refer to: for results, those of the ground truth."""
        return self.coco.categories if self.truth is None else self.truth.categories


class RuleSkipped(Exception):
    """Raised by a rule that cannot check a file; the message is the reason, and the verdict is "skipped"."""


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


@dataclass(frozen=True, slots=True)
class Violations:
    """Violations of one rule: how many, and a function that describes each. Only messages that are shown are formatted.

    Attributes:
        count: How many.
        violation: Describes violation number k, from 0, in the order of the document.
        severity: The severity of all of them, where it differs from the rule's.
        remark: An addition to the verdict, such as that only a sample was checked.
        listed: How many of them can be described, from the first; None for all.
        rows: The row of each violation, for who needs no messages; None where the violations are not those of one table's rows.
        unchecked: Why some of the file was not checked; None where all of it was. Without a violation the verdict is then "skipped".
    """

    count: int
    violation: Callable[[int], Violation]
    severity: Severity | None = None
    remark: str | None = None
    listed: int | None = None
    rows: NDArray[np.int64] | None = None
    unchecked: str | None = None

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

        return cls(len(index), violation, severity, rows=index.astype(np.int64, copy=False))

    def with_remark(self, remark: str) -> Violations:
        """The same violations, with something for the verdict to say."""
        return replace(self, remark=remark)

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


@dataclass(frozen=True, eq=False)
class ExampleWithFiles:
    """An example whose images are there, too.

    Attributes:
        document: The document, as `json.load` gives it.
        files: Content by `file_name`, of images and of panoptic PNGs.
    """

    document: JsonValue
    files: Mapping[str, bytes]


Example: TypeAlias = "JsonValue | bytes | ExampleWithFiles"
"""A document, as `json.load` gives it, or as text where JSON values cannot show the point; with files where the rule looks at them."""


@dataclass(frozen=True, slots=True)
class Fix:
    """What `cocoproof fix` does about the violations of a rule.

    Attributes:
        safe: What it does by default: there is one right answer, and it follows from the file. "" where there is none.
        on_request: What it does with `--unsafe-fixes`: the answer is likely, but another one may be meant, or something is
            lost. "" where there is nothing to ask for.

    Raises:
        ValueError: If both are empty: a rule without a fix has None.
    """

    safe: str = ""
    on_request: str = ""

    def __post_init__(self) -> None:
        if not (self.safe or self.on_request):
            msg = "a fix does something; a rule without one has None"
            raise ValueError(msg)


@dataclass(frozen=True, eq=False, kw_only=True)
class Rule:
    """One rule of the catalogue.

    Attributes:
        code: Such as `COCO501`.
        name: What the rule is called in options and reports: the function's name with dashes.
        severity: The default severity of a violation.
        summary: One line: what a violation is.
        documentation: Why it matters and what to do, in Markdown.
        check: The function.
        kinds: The kinds of files that it checks.
        needs: Facts that the rule builds on, such as `annotations.bbox`; see `rules.preconditions`. Rows for which another
            rule reported one of them as broken are skipped.
        requires: What the run must provide.
        accept: Documents that the rule finds nothing in.
        reject: Documents that the rule finds fault with, and the pointer of the first finding.
        expected: The class list for the examples.
        truth: The ground truth for the examples.
        earlier: The split that the examples are compared with.
        consumers: The consumers, with the kinds that they take, for the examples.
        fix: What can be done about violations; None where only a person can know.
    """

    code: str
    name: str
    severity: Severity
    summary: str
    documentation: str
    check: Callable[[RuleContext], Iterable[Violations] | Violations]
    kinds: frozenset[Kind]
    needs: tuple[str, ...]
    requires: tuple[RunResource, ...]
    accept: tuple[Example, ...]
    reject: tuple[tuple[Example, str], ...]
    expected: CategoryList | None = field(default=None)
    truth: JsonValue = None
    earlier: JsonValue = None
    consumers: Mapping[str, frozenset[Kind]] | None = None
    fix: Fix | None = None


def rule(
    code: str,
    *,
    severity: Severity,
    accept: Sequence[Example],
    reject: Sequence[tuple[Example, str]],
    kinds: frozenset[Kind] = ALL_KINDS,
    needs: Sequence[str] = (),
    requires: Sequence[RunResource] = (),
    expected: CategoryList | None = None,
    truth: JsonValue = None,
    earlier: JsonValue = None,
    consumers: Mapping[str, frozenset[Kind]] | None = None,
    fix: Fix | None = None,
) -> Callable[[Callable[[RuleContext], Iterable[Violations] | Violations]], Rule]:
    """Make a rule of a function.

    The function's name is the rule's name, the first line of its docstring the summary, the rest its documentation.

    Args:
        code: The rule's code.
        severity: The default severity.
        accept: Documents that the rule finds nothing in.
        reject: Documents that it finds fault with, and the pointer of the first finding.
        kinds: The kinds that it checks.
        needs: Facts that it builds on.
        requires: What the run must provide.
        expected: The class list for the examples.
        truth: The ground truth for the examples.
        earlier: The split that the examples are compared with.
        consumers: The consumers, with the kinds that they take, for the examples.
        fix: What can be done about violations.
    """

    def make(check: Callable[[RuleContext], Iterable[Violations] | Violations]) -> Rule:
        summary, _, body = (check.__doc__ or "").partition("\n")
        documentation = re.sub(r"^ {4}", "", body, flags=re.MULTILINE).strip()
        return Rule(
            code=code,
            name=check.__name__.replace("_", "-"),
            severity=severity,
            summary=summary.strip(),
            documentation=documentation,
            check=check,
            kinds=kinds,
            needs=tuple(needs),
            requires=tuple(requires),
            accept=tuple(accept),
            reject=tuple(reject),
            expected=expected,
            truth=truth,
            earlier=earlier,
            consumers=consumers,
            fix=fix,
        )

    return make


def over_budget(count: int, total: int, rows: str, why: str) -> str | None:
    """What a verdict says of rows that were not checked because it would take too many operations; None where there are none.

    Args:
        count: How many were not checked.
        total: Of how many.
        rows: What they are, in the plural.
        why: What takes the operations.
    """
    return f"{count} of {total} {rows} not checked, over the budget of operations: {why}" if count else None


def quote(text: str, limit: int = 200) -> str:
    """A text of the file in a message: in quotes, cut at 200 characters."""
    return f'"{text}"' if len(text) <= limit else f'"{text[:limit]}..."'
