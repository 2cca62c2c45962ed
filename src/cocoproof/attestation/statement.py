"""An in-toto statement with the predicate of test results: which files passed which rules.

The layout is that of https://github.com/in-toto/attestation, spec/v1/statement.md and spec/predicates/test-result.md (v0.1). `files` and
`skippedTests` are extension fields, and so is `notedTests`: what was not checked, or has findings, is not among what passed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cocoproof.model.findings import Severity, Verdict
from cocoproof.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cocoproof.model.findings import FileReport, Report, RuleResult

__all__ = ["PREDICATE", "STATEMENT", "Configuration", "HashedFile", "as_bytes", "make_statement"]

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://in-toto.io/attestation/test-result/v0.1"


@dataclass(frozen=True, slots=True)
class HashedFile:
    """A file and its digest.

    Attributes:
        name: Its path below the root of the dataset, with forward slashes.
        sha256: In hexadecimal.
    """

    name: str
    sha256: str

    def descriptor(self) -> dict[str, Any]:
        """The file as a ResourceDescriptor."""
        return {"name": self.name, "digest": {"sha256": self.sha256}}


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """What the files were checked by.

    Attributes:
        fail_on: The lowest severity that fails the run.
        options: The options that were given, as JSON values by name.
        inputs: The files that they name, such as a category list.
    """

    fail_on: Severity
    options: Mapping[str, Any]
    inputs: Sequence[HashedFile] = ()

    def descriptors(self, profiles: Sequence[str]) -> list[dict[str, Any]]:
        """ResourceDescriptors of the tool with its settings, and of the files."""
        settings = {"version": __version__, "profiles": list(profiles), "fail_on": self.fail_on.value, "options": dict(self.options)}
        tool = {"name": "cocoproof", "uri": f"pkg:pypi/cocoproof@{__version__}", "annotations": settings}
        return [tool, *(one.descriptor() for one in self.inputs)]


def make_statement(report: Report, names: Sequence[str], files: Iterable[HashedFile], configuration: Configuration) -> dict[str, Any]:
    """The statement of a report: it holds no time, no path outside of the dataset and no name of a machine.

    The same files, options, releases of cocoproof and of the packages that it uses give the same statement.

    Args:
        report: The report of the files.
        names: The name of each of its files, as in `files`.
        files: All files that the statement is about, images included.
        configuration: What they were checked by.
    """
    per_rule: dict[str, list[RuleResult]] = {}
    for file in report.files:
        for result in file.rules:
            per_rule.setdefault(result.code, []).append(result)
    groups: dict[str, list[str]] = {"failedTests": [], "warnedTests": [], "notedTests": [], "passedTests": [], "skippedTests": []}
    for code, results in sorted(per_rule.items()):
        groups[_group(results, configuration.fail_on)].append(code)
    overall = "FAILED" if groups["failedTests"] or report.crashed else "WARNED" if groups["warnedTests"] else "PASSED"
    return {
        "_type": STATEMENT,
        "subject": [one.descriptor() for one in sorted(set(files), key=lambda one: one.name)],
        "predicateType": PREDICATE,
        "predicate": {
            "result": overall,
            "configuration": configuration.descriptors(report.profiles),
            **groups,
            "files": [_of_file(name, file) for name, file in zip(names, report.files, strict=True)],
        },
    }


def _group(results: Sequence[RuleResult], fail_on: Severity) -> str:
    """Where a rule is listed: by its worst verdict; it passed only if it passed for a file and was violated in none."""
    if any(result.verdict is Verdict.CRASHED or result.summary.at_least(fail_on) for result in results):
        return "failedTests"
    if any(result.summary.at_least(Severity.WARNING) or result.accepted for result in results):
        return "warnedTests"
    if any(result.count or result.explained for result in results):
        return "notedTests"
    return "passedTests" if any(result.verdict is Verdict.PASSED for result in results) else "skippedTests"


def _of_file(name: str, file: FileReport) -> dict[str, Any]:
    return {
        "name": name,
        "kind": file.kind.value,
        "dialects": [dialect.value for dialect in file.dialects],
        "counts": dict(file.counts),
        "findings": {"errors": file.summary.errors, "warnings": file.summary.warnings, "notes": file.summary.notes},
        "accepted": sum(result.accepted for result in file.rules),
        "passed": [result.code for result in file.rules if result.verdict is Verdict.PASSED],
        "failed": {result.code: result.count for result in file.rules if result.verdict is Verdict.FAILED},
        "skipped": {result.code: result.reason or "" for result in file.rules if result.verdict is Verdict.SKIPPED},
    }


def as_bytes(statement: Mapping[str, Any]) -> bytes:
    """The statement as JSON: ASCII, indented by one blank, with a line feed at the end."""
    return (json.dumps(statement, indent=1, allow_nan=False) + "\n").encode("ascii")
