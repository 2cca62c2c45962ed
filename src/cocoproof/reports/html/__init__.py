"""The report as one HTML file: no script, nothing from the network, and pictures of what was found."""

from cocoproof.reports.html.builder import HtmlReportBuilder, MissingExtra
from cocoproof.reports.html.caps import ReportCaps

__all__ = ["HtmlReportBuilder", "MissingExtra", "ReportCaps"]
