"""The report as one HTML file: no script, nothing from the network, and pictures of what was found."""

from cocoproof.reports.html.gathering import HtmlReport, MissingExtra
from cocoproof.reports.html.limits import Limits

__all__ = ["HtmlReport", "Limits", "MissingExtra"]
