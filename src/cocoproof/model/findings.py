"""Severities, findings, verdicts and reports: the data that all packages share.

Nothing here depends on how a file is read, how a rule works or how a report is rendered.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from cocoproof.model import exit_codes
from cocoproof.model.baseline_comparison import Accepted, Comparison
from cocoproof.model.dialects import Dialect, kind_with_dialects
from cocoproof.model.json_types import Id  # findings.Id is its public name
from cocoproof.model.notebook import NotebookFile, NotebookRule, notebook_html
from cocoproof.model.wording import count_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cocoproof.model.arrivals import Arrival

__all__ = [
    "Accepted",
    "Comparison",
    "Dialect",
    "Elsewhere",
    "FileReport",
    "Finding",
    "FindingGroup",
    "Id",
    "ImageFolder",
    "Kind",
    "Report",
    "RuleResult",
    "Severity",
    "Summary",
    "Verdict",
]


class Severity(str, enum.Enum):
    """The severity of a finding; the three levels are those of SARIF (2.1.0, 3.27.10)."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """0 for a note, 1 for a warning, 2 for an error."""
        return _RANKS[self]

    def at_least(self, other: Severity) -> bool:
        """Whether this severity is `other` or higher."""
        return self.rank >= other.rank


_RANKS = {Severity.NOTE: 0, Severity.WARNING: 1, Severity.ERROR: 2}


class Kind(str, enum.Enum):
    """The kind of a COCO file: which sections it has, and what their rows contain."""

    INSTANCES = "instances"
    KEYPOINTS = "keypoints"
    CAPTIONS = "captions"
    PANOPTIC = "panoptic"
    IMAGE_INFO = "image_info"
    LVIS = "lvis"
    RESULTS = "results"
    VIDEO_INSTANCES = "video_instances"
    """YouTube-VIS and OVIS: an annotation is a track, with lists of a value for each frame of its video."""
    VIDEO_RESULTS = "video_results"
    UNKNOWN = "unknown"


class Verdict(str, enum.Enum):
    """The verdict of one rule on one file."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    CRASHED = "crashed"


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A place in another file.

    Attributes:
        path: The file, as in its own report.
        pointer: RFC 6901 pointer into it.
    """

    path: str
    pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One located violation of a rule.

    Attributes:
        code: The rule's code, such as `COCO501`.
        name: The rule's name, such as `box-not-positive`.
        severity: Its severity, with profiles and options applied.
        message: What is wrong, with the value and the rows concerned, in one line of plain text. It may
            contain text from the file, which is not escaped.
        pointer: RFC 6901 pointer into the document; the empty string is the document itself.
        line: Line of the value in the file, from 1; None if the document was not read from text.
        column: Column of the value in its line, in characters, from 1; None with `line`.
        image_id: Id of the image concerned.
        annotation_id: Id of the annotation concerned.
        category_id: Id of the category concerned.
        related: Pointers of other rows that the message mentions, such as the annotation that this one repeats.
        fingerprint: Identifies the finding in later versions of the file, whatever the order of its rows and the ids; None
            if fingerprints were not computed. Findings that cannot be distinguished share it.
        elsewhere: Rows of other files that the message mentions, such as the image of another split.
        consequences: How many findings of other rules follow from this one, by code. They are not listed and not counted otherwise.
    """

    code: str
    name: str
    severity: Severity
    message: str
    pointer: str
    line: int | None = None
    column: int | None = None
    image_id: Id = None
    annotation_id: Id = None
    category_id: Id = None
    related: tuple[str, ...] = ()
    fingerprint: str | None = None
    elsewhere: tuple[Elsewhere, ...] = ()
    consequences: Mapping[str, int] = field(default_factory=dict, hash=False)

    def to_record(self) -> dict[str, Id]:
        """Its fields as JSON has them, by name, without the related places."""
        return {
            "code": self.code,
            "name": self.name,
            "severity": self.severity.value,
            "message": self.message,
            "pointer": self.pointer,
            "line": self.line,
            "column": self.column,
            "image_id": self.image_id,
            "annotation_id": self.annotation_id,
            "category_id": self.category_id,
            "fingerprint": self.fingerprint,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingGroup:
    """The findings of one rule in one file.

    Attributes:
        code: The rule's code.
        name: The rule's name.
        count: How many findings there are, listed or not.
        findings: Those that are listed, at least one.
        consequences: How many findings of other rules follow from them, by code.
    """

    code: str
    name: str
    count: int
    findings: tuple[Finding, ...]
    consequences: Mapping[str, int] = field(default_factory=dict)

    @property
    def severity(self) -> Severity:
        """The highest severity of the findings."""
        return max((finding.severity for finding in self.findings), key=lambda severity: severity.rank)

    @property
    def counted(self) -> str:
        """The count with its noun: `1 error`, `12 warnings`; `3 findings` for several severities."""
        severities = {finding.severity for finding in self.findings}
        return count_of(self.count, self.severity.value if len(severities) == 1 else "finding")

    @property
    def explained(self) -> str:
        """What follows from the findings, as a sentence without its end: `explains 2,065 x COCO502, 12 x COCO503`; empty if nothing does."""
        counts = ", ".join(f"{count:,} x {code}" for code, count in sorted(self.consequences.items()))
        return f"explains {counts}" if counts else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """How many findings there are of each severity, listed or not."""

    errors: int = 0
    warnings: int = 0
    notes: int = 0

    def __add__(self, other: Summary) -> Summary:
        return Summary(errors=self.errors + other.errors, warnings=self.warnings + other.warnings, notes=self.notes + other.notes)

    def of(self, severity: Severity) -> int:
        """How many findings have this severity."""
        return {Severity.ERROR: self.errors, Severity.WARNING: self.warnings, Severity.NOTE: self.notes}[severity]

    @property
    def worst(self) -> Severity | None:
        """The highest severity with a count above zero; None if there is none."""
        return next((severity for severity in Severity if self.of(severity)), None)

    def at_least(self, severity: Severity) -> int:
        """How many findings have this severity or a higher one."""
        per_rank = (self.notes, self.warnings, self.errors)
        return sum(per_rank[severity.rank :])


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleResult:
    """The verdict of one rule on one file.

    Attributes:
        code: The rule's code.
        verdict: Passed, failed, skipped or crashed.
        count: How many findings there are, exact even if not all are listed.
        reason: Why the rule was skipped or crashed, or which rows it could not check; else None.
        summary: The findings by severity, exact.
        accepted: How many other findings the baseline accepts.
        explained: How many other findings follow from those of other rules; they are counted there, in `consequences`.
        consequences: How many findings of other rules follow from those of this one, by code.
    """

    code: str
    verdict: Verdict
    count: int = 0
    reason: str | None = None
    summary: Summary = Summary()
    accepted: int = 0
    explained: int = 0
    consequences: Mapping[str, int] = field(default_factory=dict, hash=False)

    @property
    def only_explained(self) -> bool:
        """Whether the verdict is "skipped" only because all findings of the rule follow from those of other rules."""
        return self.verdict is Verdict.SKIPPED and self.explained > 0 and not self.accepted

    @property
    def only_accepted(self) -> bool:
        """Whether the verdict is "skipped" only because the baseline accepts all findings of the rule."""
        return self.verdict is Verdict.SKIPPED and self.accepted > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFolder:
    """The folder in which the image files of a document, or its panoptic PNGs, were looked for.

    Attributes:
        path: A folder, or the address of a remote one.
        guessed: Whether it was found beside the document and not given.
    """

    path: str
    guessed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """The report on one file.

    Attributes:
        path: The path as given; `-` is standard input, `<document>` an object in memory.
        kind: The kind that the file was checked as.
        counts: How many rows each section has: images, annotations, categories.
        findings: The listed findings, by rule and then by place.
        rules: One verdict for each selected rule, in the order of the codes.
        summary: How many findings there are of each severity, exact.
        images: Where the image files were looked for; None if none were opened.
        panoptic: The same for the PNGs of a panoptic file.
        baseline: The comparison with the baseline; None without one, or if the file could not be checked.
        arrives: What arrives in each consumer that the run names, in that order.
        was_read: Whether there was a COCO document to check; False for a file that is missing, is not JSON, or is not COCO.
        dialects: What it has beside the fields of its kind, such as oriented boxes.
    """

    path: str
    kind: Kind
    counts: dict[str, int]
    findings: tuple[Finding, ...]
    rules: tuple[RuleResult, ...]
    summary: Summary
    images: ImageFolder | None = None
    panoptic: ImageFolder | None = None
    baseline: Comparison | None = None
    arrives: tuple[Arrival, ...] = ()
    was_read: bool = True
    dialects: tuple[Dialect, ...] = ()

    @property
    def kind_name(self) -> str:
        """The kind with the dialects, for people: `instances + oriented boxes`."""
        return kind_with_dialects(self.kind.value, self.dialects)

    def by_rule(self) -> list[FindingGroup]:
        """The findings grouped by rule, the most severe first, then in the order of the codes."""
        totals = {rule.code: rule for rule in self.rules}
        by_code = {code: tuple(found) for code, found in groupby(self.findings, key=lambda finding: finding.code)}
        groups = [
            FindingGroup(
                code=code,
                name=found[0].name,
                count=max(totals[code].count if code in totals else 0, len(found)),
                findings=found,
                consequences=totals[code].consequences if code in totals else {},
            )
            for code, found in by_code.items()
        ]
        return sorted(groups, key=lambda group: (-group.severity.rank, group.code))

    @property
    def crashed(self) -> bool:
        """Whether a rule of cocoproof crashed: its verdict is unknown. One of a plug-in is an error of the file's report (COCO999), and not of the run."""
        return any(rule.verdict is Verdict.CRASHED and rule.code.startswith("COCO") for rule in self.rules)

    def verdict(self, fail_on: Severity = Severity.ERROR) -> Verdict:
        """The verdict on the file: crashed if a rule crashed, failed if there is a finding at or above `fail_on`, else passed."""
        return Verdict.CRASHED if self.crashed else Verdict.FAILED if self.summary.at_least(fail_on) else Verdict.PASSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The report on a run over one or more files.

    Attributes:
        files: One report per file, in the order of the paths.
        profiles: The names of the profiles that set the severities; empty for the defaults.
    """

    files: tuple[FileReport, ...] = field(default=())
    profiles: tuple[str, ...] = ()

    @property
    def summary(self) -> Summary:
        """How many findings there are of each severity over all files, exact."""
        return sum((file.summary for file in self.files), Summary())

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of all files."""
        return tuple(finding for file in self.files for finding in file.findings)

    @property
    def accepted(self) -> int:
        """How many findings the baseline accepts, over all files."""
        return sum(file.baseline.accepted for file in self.files if file.baseline is not None)

    @property
    def crashed(self) -> bool:
        """Whether a rule of cocoproof crashed on any file: its verdict is unknown."""
        return any(file.crashed for file in self.files)

    def ok(self, fail_on: Severity = Severity.ERROR) -> bool:
        """Whether there is no finding at or above `fail_on` and no rule crashed."""
        return not self.crashed and self.summary.at_least(fail_on) == 0

    def exit_code(self, fail_on: Severity = Severity.ERROR) -> int:
        """The process exit code: 0 clean, 1 findings at or above `fail_on`, 3 a rule crashed."""
        if self.crashed:
            return exit_codes.FAILED
        return exit_codes.CLEAN if self.ok(fail_on) else exit_codes.FINDINGS

    def to_records(self) -> list[dict[str, str | int | None]]:
        """The findings as rows for `pandas.DataFrame` and the like: one flat dict each, all with the same keys.

        Returns:
            Per finding: `file` and `kind` of its file; `code`, `name`, `severity`, `message`, `pointer`, `line`, `column`, `image_id`,
            `annotation_id`, `category_id` and `fingerprint`, as in the JSON report. Text from a file is not escaped.
        """
        return [{"file": file.path, "kind": file.kind.value, **finding.to_record()} for file in self.files for finding in file.findings]

    def _repr_html_(self) -> str:
        """The report as notebooks show it. The verdict is that of `ok()`."""
        verdict = Verdict.CRASHED if self.crashed else Verdict.PASSED if self.ok() else Verdict.FAILED
        return notebook_html(verdict.value, [_notebook_file(file) for file in self.files], self.profiles)


def _notebook_file(file: FileReport) -> NotebookFile:
    rules = [
        NotebookRule(
            code=group.code,
            name=group.name,
            severity=group.severity.value,
            count=group.count,
            message=group.findings[0].message,
            pointer=group.findings[0].pointer,
        )
        for group in file.by_rule()
    ]
    counts = (file.summary.errors, file.summary.warnings, file.summary.notes)
    return NotebookFile(path=file.path, kind=file.kind_name, counts=counts, verdict=file.verdict().value, rules=tuple(rules))
