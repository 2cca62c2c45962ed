"""What the whole house speaks of: severities, findings, verdicts and reports.

Nothing here knows how a file is read, how a rule judges or how a report is drawn.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from itertools import groupby
from typing import TypeAlias

from cocoproof.model import exit_codes
from cocoproof.model.notebook import NotebookFile, NotebookRule, notebook_html
from cocoproof.model.wording import count_of

__all__ = [
    "Accepted",
    "Comparison",
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

Id: TypeAlias = "int | str | None"
"""An id as a finding names it: a number, the text that stands where a number is due, or nothing."""


class Severity(str, enum.Enum):
    """How grave a finding is; the three levels are SARIF's (SARIF 2.1.0, 3.27.10)."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """0 for a note, 1 for a warning, 2 for an error."""
        return _RANKS[self]

    def at_least(self, other: Severity) -> bool:
        """Whether this severity is `other` or graver."""
        return self.rank >= other.rank


_RANKS = {Severity.NOTE: 0, Severity.WARNING: 1, Severity.ERROR: 2}


class Kind(str, enum.Enum):
    """What a COCO file is: which sections it has, and what stands in a row of them."""

    INSTANCES = "instances"
    KEYPOINTS = "keypoints"
    CAPTIONS = "captions"
    PANOPTIC = "panoptic"
    IMAGE_INFO = "image_info"
    LVIS = "lvis"
    RESULTS = "results"
    UNKNOWN = "unknown"


class Verdict(str, enum.Enum):
    """What came of one rule on one file."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    CRASHED = "crashed"


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A place in another file.

    Attributes:
        path: The file, as its own report names it.
        pointer: RFC 6901 pointer into it.
    """

    path: str
    pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One located breach of one rule.

    Attributes:
        code: The rule's code, such as `COCO501`.
        name: The rule's name, such as `box-not-positive`.
        severity: How grave it is, after the options had their say.
        message: What is wrong, with the value, the place and the other party, in one line of plain text. It may
            hold characters from the file: whoever prints it escapes it.
        pointer: RFC 6901 pointer into the document; the empty string is the document itself.
        line: Line of the value in the file, from 1; None where the document did not come from text.
        column: Column of the value in its line, in characters, from 1; None with `line`.
        image_id: Id of the image concerned.
        annotation_id: Id of the annotation concerned.
        category_id: Id of the category concerned.
        related: Pointers of the other rows that the message speaks of, such as the annotation of which this one is a copy.
        fingerprint: What this defect is told by in another state of the file, whatever its rows and ids are by then; None
            where nobody asked for it. Defects that cannot be told apart share it.
        elsewhere: The rows of other files that it speaks of, such as the image of another split.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingGroup:
    """The findings of one rule in one file.

    Attributes:
        code: The rule's code.
        name: The rule's name.
        count: How many findings there are, listed or not.
        findings: Those that are listed, at least one.
    """

    code: str
    name: str
    count: int
    findings: tuple[Finding, ...]

    @property
    def severity(self) -> Severity:
        """The highest severity of the findings."""
        return max((finding.severity for finding in self.findings), key=lambda severity: severity.rank)

    @property
    def counted(self) -> str:
        """The count with its noun: `1 error`, `12 warnings`; `3 findings` for several severities."""
        severities = {finding.severity for finding in self.findings}
        return count_of(self.count, self.severity.value if len(severities) == 1 else "finding")


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """How many breaches there are of each severity."""

    errors: int = 0
    warnings: int = 0
    notes: int = 0

    def __add__(self, other: Summary) -> Summary:
        return Summary(errors=self.errors + other.errors, warnings=self.warnings + other.warnings, notes=self.notes + other.notes)

    def of(self, severity: Severity) -> int:
        """How many breaches are of this severity."""
        return {Severity.ERROR: self.errors, Severity.WARNING: self.warnings, Severity.NOTE: self.notes}[severity]

    @property
    def worst(self) -> Severity | None:
        """The highest severity with a count above zero; None if there is none."""
        return next((severity for severity in Severity if self.of(severity)), None)

    def at_least(self, severity: Severity) -> int:
        """How many breaches are of this severity or graver."""
        per_rank = (self.notes, self.warnings, self.errors)
        return sum(per_rank[severity.rank :])


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleResult:
    """The verdict of one rule on one file.

    Attributes:
        code: The rule's code.
        verdict: Passed, failed, skipped or crashed.
        count: How many breaches there are, exact even where the list of findings was cut.
        reason: Why the rule was skipped or crashed, or which rows it could not judge; None where there is nothing to say.
        summary: The breaches by severity; exact too.
        accepted: How many breaches there are besides, which a baseline accepts.
    """

    code: str
    verdict: Verdict
    count: int = 0
    reason: str | None = None
    summary: Summary = Summary()
    accepted: int = 0

    @property
    def only_accepted(self) -> bool:
        """Whether the rule was not passed over, though it is "skipped": all that it found is accepted."""
        return self.verdict is Verdict.SKIPPED and self.accepted > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """Defects that a baseline accepts, or could.

    Attributes:
        code: The rule's code.
        fingerprint: What they are told by.
        count: How many of them there are.
        hint: Whom it concerns, for people who read the baseline: a file name, a category, a field.
    """

    code: str
    fingerprint: str
    count: int
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What became of the defects that a baseline accepts in one file.

    Attributes:
        accepted: How many breaches were found that it accepts: they are no findings, and no summary counts them.
        gone: Those that it accepts and that are not there any more.
        found: What a new baseline would accept, where one is being recorded.
    """

    accepted: int
    gone: tuple[Accepted, ...]
    found: tuple[Accepted, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFolder:
    """Where the image files of a document, or its panoptic PNGs, were looked for.

    Attributes:
        path: A folder, or the address of a remote one.
        guessed: Whether it was found beside the document, and not given.
    """

    path: str
    guessed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """All that was found out about one file.

    Attributes:
        path: The path as the caller gave it; `-` is standard input, `<document>` an object in memory.
        kind: What the file was judged as.
        counts: How many rows each section has: images, annotations, categories.
        findings: The breaches, by rule and then by place; each rule's list may be cut.
        rules: One verdict for each rule that was selected, in the order of the codes.
        summary: The exact count of breaches of each severity, cut or not.
        images: Where the image files were looked for; None where none were.
        panoptic: The same of the PNGs of a panoptic file.
        baseline: What became of the defects that are accepted; None without a baseline, or where the file could not be checked.
        was_read: Whether there was a COCO document to check; False for a file that is missing, is not JSON, or is not COCO.
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
    was_read: bool = True

    def by_rule(self) -> list[FindingGroup]:
        """The findings grouped by rule, the most severe first, then in the order of the codes."""
        totals = {rule.code: rule.count for rule in self.rules}
        by_code = {code: tuple(found) for code, found in groupby(self.findings, key=lambda finding: finding.code)}
        groups = [
            FindingGroup(code=code, name=found[0].name, count=max(totals.get(code, 0), len(found)), findings=found)
            for code, found in by_code.items()
        ]
        return sorted(groups, key=lambda group: (-group.severity.rank, group.code))

    @property
    def crashed(self) -> bool:
        """Whether a rule crashed: its verdict is unknown."""
        return any(rule.verdict is Verdict.CRASHED for rule in self.rules)

    def verdict(self, fail_on: Severity = Severity.ERROR) -> Verdict:
        """The verdict on the file: crashed if a rule crashed, failed if there is a finding at or above `fail_on`, else passed."""
        return Verdict.CRASHED if self.crashed else Verdict.FAILED if self.summary.at_least(fail_on) else Verdict.PASSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The verdict on one run over one file or many.

    Attributes:
        files: One report a file, in the order of the paths.
        profiles: The names of the profiles that the files were held to; none for the catalogue as it is.
    """

    files: tuple[FileReport, ...] = field(default=())
    profiles: tuple[str, ...] = ()

    @property
    def summary(self) -> Summary:
        """The exact count of breaches of each severity over all files."""
        return sum((file.summary for file in self.files), Summary())

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of all files."""
        return tuple(finding for file in self.files for finding in file.findings)

    @property
    def accepted(self) -> int:
        """How many breaches a baseline accepts, over all files."""
        return sum(file.baseline.accepted for file in self.files if file.baseline is not None)

    @property
    def crashed(self) -> bool:
        """Whether a rule crashed on any file: its verdict is unknown."""
        return any(file.crashed for file in self.files)

    def ok(self, fail_on: Severity = Severity.ERROR) -> bool:
        """Whether no finding is as grave as `fail_on` and every rule gave a verdict."""
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
        return [
            {
                "file": file.path,
                "kind": file.kind.value,
                "code": finding.code,
                "name": finding.name,
                "severity": finding.severity.value,
                "message": finding.message,
                "pointer": finding.pointer,
                "line": finding.line,
                "column": finding.column,
                "image_id": finding.image_id,
                "annotation_id": finding.annotation_id,
                "category_id": finding.category_id,
                "fingerprint": finding.fingerprint,
            }
            for file in self.files
            for finding in file.findings
        ]

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
    return NotebookFile(path=file.path, kind=file.kind.value, counts=counts, verdict=file.verdict().value, rules=tuple(rules))
