"""Builds an HTML report file by file: what it shows of a file is gathered while the file is in memory, and written at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cocoproof.model.findings import Severity
from cocoproof.reports.html.caps import ReportCaps
from cocoproof.reports.html.image_cache import ImageCache
from cocoproof.reports.report_format import require_extra

if TYPE_CHECKING:
    from cocoproof.checking.check_file import CheckedFile
    from cocoproof.model.findings import Report
    from cocoproof.reports.html.file_section import FileSection

__all__ = ["HtmlReportBuilder"]


class HtmlReportBuilder:
    """Builds one HTML report: `add` each file after it was checked, then `render`."""

    def __init__(self, files: int, images: str | None = None, limits: ReportCaps | None = None) -> None:
        """Begin a report.

        Args:
            files: How many files there will be. The pictures are shared out between them.
            images: The folder of images, or its address, for files that were checked without images, such as results. Other
                files have their own. Without images, annotations are drawn on an empty canvas.
            limits: How much to show.

        Raises:
            MissingExtra: If Jinja2 or Pillow is not installed.
        """
        require_extra("html", "the HTML report", {"jinja2": "Jinja2", "PIL": "Pillow"})
        self._limits = limits or ReportCaps()
        self._cache = ImageCache(self._limits)
        self._images = images
        self._all_in_detail = files <= self._limits.files_in_detail
        self._to_come = files
        self._pictures = self._limits.pictures
        self._categories = self._limits.categories
        self._in_detail = 0
        self._sections: list[FileSection | None] = []

    def add(self, checked: CheckedFile) -> None:
        """Gather what the report shows of one file."""
        from cocoproof.reports.html.file_section import section_of
        from cocoproof.reports.html.thumbnails import FolderThumbnails

        section = None
        # If there are very many files, those with findings get a section: there is nothing to show of the others.
        if self._all_in_detail or (checked.report.findings and self._in_detail < self._limits.files_in_detail):
            share = -(-self._pictures // max(min(self._to_come, self._limits.files_in_detail - self._in_detail), 1))
            rows = min(self._categories, self._limits.categories_per_file)
            with FolderThumbnails() as self._cache.maker:
                section = section_of(checked, self._images, self._cache, self._limits, pictures=share, categories=rows)
            self._in_detail += 1
            self._pictures -= len(section.pictures)
            self._categories -= len(section.categories.rows) if section.categories else 0
        self._to_come -= 1
        self._sections.append(section)

    def render(self, report: Report, fail_on: Severity = Severity.ERROR) -> str:
        """The report as an HTML document.

        Args:
            report: The reports on the files that were added, in that order.
            fail_on: The lowest severity that fails the run, for the verdict at the top.

        Returns:
            UTF-8 text that ends in a newline. The same files and options give the same text.
        """
        from cocoproof.reports.html.page import render_page

        return render_page(report, self._sections, self._cache, self._limits, fail_on)
