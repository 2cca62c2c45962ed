"""The report formats. A new one is a module with a `FORMAT`, and its line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cocoproof.reports import github, gitlab, html, json_report, junit, markdown, sarif, text_report

if TYPE_CHECKING:
    from cocoproof.reports.report_format import ReportFormat

__all__ = ["FORMATS", "FORMAT_NAMES", "find_format"]

FORMATS: tuple[ReportFormat, ...] = (
    text_report.FORMAT,
    json_report.FORMAT,
    html.FORMAT,
    sarif.FORMAT,
    junit.FORMAT,
    github.FORMAT,
    gitlab.FORMAT,
    markdown.FORMAT,
)
"""Every format, in the order of the documentation. The modules are light: what is heavy is imported when a report is written."""

FORMAT_NAMES = tuple(one.name for one in FORMATS)
"""Their names, as `--format` takes them."""


def find_format(name: str) -> ReportFormat:
    """The format of this name.

    Raises:
        KeyError: If there is none.
    """
    return {one.name: one for one in FORMATS}[name]
