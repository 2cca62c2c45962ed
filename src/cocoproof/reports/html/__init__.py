"""The report as one HTML file: no script, nothing from the network, and pictures of the findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cocoproof.model.errors import MissingExtra
from cocoproof.reports.html.builder import HtmlReportBuilder
from cocoproof.reports.html.caps import ReportCaps
from cocoproof.reports.report_format import ReportFormat

if TYPE_CHECKING:
    from cocoproof.checking.check_file import CheckedFile
    from cocoproof.model.findings import Report
    from cocoproof.reports.report_format import RenderContext

__all__ = ["FORMAT", "HtmlReportBuilder", "MissingExtra", "ReportCaps"]


class _HtmlRenderer:
    """A builder for one run."""

    def __init__(self, context: RenderContext) -> None:
        self._builder = HtmlReportBuilder(context.files, context.images)
        self._fail_on = context.fail_on

    def add(self, checked: CheckedFile) -> None:
        self._builder.add(checked)

    def render(self, report: Report) -> str:
        return self._builder.render(report, self._fail_on)


FORMAT = ReportFormat(
    name="html",
    audience="people in a browser",
    contents="findings with pictures of the annotations, plots",
    extension=".html",
    start=_HtmlRenderer,
    needs_documents=True,
    lists_resolved=True,
    extra="html",
)
