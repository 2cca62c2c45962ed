"""What a report format is: its name, what it needs from a run, and the function or class that writes it.

A format is one module with a constant `FORMAT`, listed in `reports.formats`. Command line, completion and documentation follow from it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol

from cocoproof.model.errors import MissingExtra
from cocoproof.model.findings import Severity
from cocoproof.reports.style import Style

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cocoproof.checking.check_file import CheckedFile
    from cocoproof.model.findings import Report

__all__ = ["RenderContext", "ReportFormat", "ReportRenderer", "from_report", "require_extra"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderContext:
    """What a renderer needs to know besides the report.

    Attributes:
        style: How text is printed.
        fail_on: The lowest severity that fails the run.
        files: How many files there are.
        images: The folder of images given for the run; None if none was given.
    """

    style: Style = field(default_factory=Style)
    fail_on: Severity = Severity.ERROR
    files: int = 1
    images: str | None = None


class ReportRenderer(Protocol):
    """Writes the report of one run in one format."""

    def add(self, checked: CheckedFile) -> None:
        """Take from a file what the report shows besides its findings. Called only for formats that `needs_documents`.

        Args:
            checked: The file, still in memory. Keep only what the report shows.
        """

    def render(self, report: Report) -> str:
        """The complete report, ending in a newline. The same report and context give the same text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFormat:
    """One report format.

    Attributes:
        name: As `--format` takes it.
        audience: Who reads it; for the documentation.
        contents: What it holds; for the documentation and for completion in a shell.
        extension: The usual extension of its files, with the dot.
        start: Makes the renderer of a run. It may raise MissingExtra.
        needs_fingerprints: Whether the findings need fingerprints. Computing them costs time.
        needs_documents: Whether `add` is called with each file while it is in memory.
        lists_resolved: Whether the report itself lists entries of the baseline that were not found. For the others, a line on
            standard error does.
        appends_to_job_summary: Whether a report that goes to the file of `$GITHUB_STEP_SUMMARY` is appended to it.
        extra: The extra that it needs, such as `html`; None for none.
    """

    name: str
    audience: str
    contents: str
    extension: str
    start: Callable[[RenderContext], ReportRenderer]
    needs_fingerprints: bool = False
    needs_documents: bool = False
    lists_resolved: bool = False
    appends_to_job_summary: bool = False
    extra: str | None = None


@dataclass(frozen=True, slots=True)
class _FromReport:
    """Renderer of a format that needs nothing but the report."""

    function: Callable[[Report, RenderContext], str]
    context: RenderContext

    def add(self, checked: CheckedFile) -> None:
        del checked

    def render(self, report: Report) -> str:
        return self.function(report, self.context)


def from_report(function: Callable[[Report, RenderContext], str]) -> Callable[[RenderContext], ReportRenderer]:
    """The `start` of a format whose report is a function of the findings."""
    return lambda context: _FromReport(function, context)


def require_extra(extra: str, what: str, packages: Mapping[str, str]) -> None:
    """Check that the packages of an extra are installed.

    Args:
        extra: The extra of cocoproof.
        what: What needs it, such as "the HTML report".
        packages: Import name to the name of the package.

    Raises:
        MissingExtra: If one of them is not installed.
    """
    missing = [package for module, package in packages.items() if find_spec(module) is None]
    if missing:
        msg = f"{what} needs {' and '.join(missing)}: pip install 'cocoproof[{extra}]'"
        raise MissingExtra(msg)
