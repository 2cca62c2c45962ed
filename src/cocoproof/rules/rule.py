"""What a rule is: one small pure function over columns, with everything about it in one place."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from cocoproof.consumers.account import Account, account_of
from cocoproof.diagnosis.comparison import ResultsComparison
from cocoproof.model.dialects import OF_OWN_READERS
from cocoproof.model.findings import Kind, Severity
from cocoproof.rules.shared_results import SharedResults
from cocoproof.rules.violations import Consequence, Violation, Violations, ViolationScope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from cocoproof.columns.tables import Categories, Dataset, Images
    from cocoproof.consumers.consumer import Consumer
    from cocoproof.dataset_contract import DatasetContract
    from cocoproof.images.dataset_files import ImageFiles
    from cocoproof.images.segment_maps import SegmentMaps
    from cocoproof.mapping import CategoryList
    from cocoproof.model.dialects import Dialect
    from cocoproof.model.json_types import JsonPath, JsonValue
    from cocoproof.readers.reload_run import Reloads
    from cocoproof.reading.defects import Defect
    from cocoproof.rules.earlier_splits import EarlierSplits
    from cocoproof.rules.thresholds import Thresholds

__all__ = [
    "ALL_KINDS",
    "DATASETS",
    "OBJECTS",
    "TRACKS",
    "Consequence",
    "Example",
    "ExampleWithFiles",
    "Fix",
    "Replacement",
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
TRACKS = frozenset({Kind.VIDEO_INSTANCES})
"""Kinds whose annotations are tracks, each with a category, an id and a crowd flag."""
ALL_KINDS = DATASETS | TRACKS | {Kind.RESULTS, Kind.VIDEO_RESULTS}

RunResource: TypeAlias = str
"""What a run may lack: `categories` (a class list), `contract` (a dataset contract), `truth` (a ground truth), `splits` (other files that are to be compared with this one), `images` (the image files), `panoptic` (the PNGs of panoptic files), `opencv` (OpenCV, and decoded images), `consumers` (who is to read the file), `pycocotools` or `supervision` (a reload)."""


@dataclass(frozen=True, eq=False, kw_only=True)
class RuleContext:
    """What a rule sees: one file and what it is compared with, never the command line.

    Attributes:
        coco: The file's columns.
        defects: What reading found wrong.
        thresholds: The numbers to compare with.
        expected: The expected categories, where the user gave a list.
        contract: What the project demands of the dataset, where the user gave a contract.
        contiguous: Whether the user asked for contiguous category ids.
        truth: The ground truth of a results list.
        reloads: What pycocotools and supervision made of the file; asking for one waits for it.
        splits: The splits checked before this file, if the run compares splits.
        files: The files of the images, where it is known in what folder they lie; asking opens them.
        segment_maps: The PNGs of a panoptic file, the same.
        consumers: The programs that are to read the file, where the run names some.
        results: What rules computed for others.
    """

    coco: Dataset
    defects: tuple[Defect, ...]
    thresholds: Thresholds
    expected: CategoryList | None = None
    contract: DatasetContract | None = None
    contiguous: bool = False
    truth: Dataset | None = None
    reloads: Reloads | None = None
    splits: EarlierSplits | None = None
    files: ImageFiles | None = None
    segment_maps: SegmentMaps | None = None
    consumers: tuple[Consumer, ...] | None = None

    results: SharedResults = field(init=False, default_factory=SharedResults)

    @cached_property
    def accounts(self) -> tuple[Account, ...]:
        """What arrives in each consumer; empty if the run names none, for a list of results, and for files that none of them reads."""
        consumers = () if self.coco.kind is Kind.RESULTS or OF_OWN_READERS.intersection(self.coco.dialects) else self.consumers or ()
        classes = None if self.expected is None else tuple(category.name for category in self.expected.categories)
        return tuple(account_of(consumer, self.coco, classes) for consumer in consumers)

    @cached_property
    def comparison(self) -> ResultsComparison:
        """The results beside their ground truth.

        Raises:
            RuleSkipped: If the run has no ground truth.
        """
        if self.truth is None:
            raise RuleSkipped("needs a ground truth (--gt FILE)")
        return ResultsComparison(results=self.coco.annotations, truth=self.truth)

    @cached_property
    def of_frames(self) -> RuleContext | None:
        """The same for the frames of a YouTube-VIS file, whose defects are those of the file itself; None for other files."""
        frames = self.coco.frames
        if frames is None:
            return None
        truth = None if self.truth is None else self.truth.frames
        return replace(self, coco=frames, truth=truth, defects=(), reloads=None, splits=None, segment_maps=None, consumers=None)

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


@dataclass(frozen=True, slots=True)
class Replacement:
    """A value that the fix of a plug-in's rule writes.

    Attributes:
        path: The place from the document's root, such as `("images", 3, "file_name")`: a value that is there, or a new key of an object.
        value: What is written.
        safe: Whether the file holds the one right value; otherwise it is written on request only.
    """

    path: JsonPath
    value: JsonValue
    safe: bool = True


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
        contract: The dataset contract for the examples, as plain values.
        truth: The ground truth for the examples.
        earlier: The split that the examples are compared with.
        consumers: The programs that are to read the examples.
        fix: What can be done about violations; None where only a person can know.
        explains: The rules whose findings can follow from a violation of this one alone.
        dialect: The dialect without which a file is not checked; None for every file of the kinds.
        frames: Whether the rule also applies to each frame of the tracks of a YouTube-VIS file, as to the annotations of an image.
        plugin: The distribution that it comes from, with its version; "" for the rules of cocoproof.
        fixer: What proposes the values that `fix` describes, for rules of plug-ins; those of cocoproof have theirs in `fix.fixers`.
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
    contract: Mapping[str, object] | None = None
    truth: JsonValue = None
    earlier: JsonValue = None
    consumers: tuple[Consumer, ...] | None = None
    fix: Fix | None = None
    explains: tuple[str, ...] = ()
    dialect: Dialect | None = None
    frames: bool = False
    plugin: str = ""
    fixer: Callable[[RuleContext], Iterable[Replacement]] | None = None


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
    contract: Mapping[str, object] | None = None,
    truth: JsonValue = None,
    earlier: JsonValue = None,
    consumers: tuple[Consumer, ...] | None = None,
    fix: Fix | None = None,
    explains: Sequence[str] = (),
    dialect: Dialect | None = None,
    frames: bool = False,
    fixer: Callable[[RuleContext], Iterable[Replacement]] | None = None,
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
        contract: The dataset contract for the examples, as plain values.
        truth: The ground truth for the examples.
        earlier: The split that the examples are compared with.
        consumers: The programs that are to read the examples.
        fix: What can be done about violations.
        explains: The rules whose findings can follow from a violation of this one alone.
        dialect: The dialect without which a file is not checked.
        frames: Whether the rule also applies to each frame of the tracks of a YouTube-VIS file.
        fixer: What proposes the values that `fix` describes, for rules of plug-ins.
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
            contract=contract,
            truth=truth,
            earlier=earlier,
            consumers=consumers,
            fix=fix,
            explains=tuple(explains),
            dialect=dialect,
            frames=frames,
            fixer=fixer,
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
