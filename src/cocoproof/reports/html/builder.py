"""File by file into an HTML report: what it shows is gathered while a file is in memory, and written at the end."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from cocoproof.model.findings import Severity
from cocoproof.reports.html.caps import ReportCaps
from cocoproof.reports.html.image_cache import ImageCache

if TYPE_CHECKING:
    from cocoproof.checking.check_file import CheckedFile
    from cocoproof.model.findings import Report
    from cocoproof.reports.html.file_section import FileSection

__all__ = ["HtmlReportBuilder", "MissingExtra"]


class MissingExtra(ImportError):
    """A package that HTML reports need is not installed; the message names the extra."""


class HtmlReportBuilder:
    """An HTML report in the making: `add` each file once it is judged, then `render`."""

    def __init__(self, files: int, images: str | None = None, limits: ReportCaps | None = None) -> None:
        """Begin a report.

        Args:
            files: How many files there will be, for each is to have its share of the pictures.
            images: The folder of images, or the address, of files that were judged without theirs, such as results. Other
                files have their own; where there are none annotations are drawn on an empty canvas.
            limits: How much to show.

        Raises:
            MissingExtra: If Jinja2 or Pillow is not installed.
        """
        missing = [name for module, name in (("jinja2", "Jinja2"), ("PIL", "Pillow")) if find_spec(module) is None]
        if missing:
            msg = f"the HTML report needs {' and '.join(missing)}: pip install 'cocoproof[html]'"
            raise MissingExtra(msg)
        self._limits = limits or ReportCaps()
        self._album = ImageCache(self._limits)
        self._images = images
        self._everything = files <= self._limits.files_in_detail
        self._to_come = files
        self._pictures = self._limits.pictures
        self._categories = self._limits.categories
        self._in_detail = 0
        self._exhibits: list[FileSection | None] = []

    def add(self, examined: CheckedFile) -> None:
        """Take in one file, and keep of it what the report shows."""
        from cocoproof.reports.html.file_section import exhibit_of
        from cocoproof.reports.html.thumbnails import FolderThumbnails

        exhibit = None
        # Of very many files those with findings are shown: the others have nothing to show but that they are clean.
        if self._everything or (examined.report.findings and self._in_detail < self._limits.files_in_detail):
            share = -(-self._pictures // max(min(self._to_come, self._limits.files_in_detail - self._in_detail), 1))
            rows = min(self._categories, self._limits.categories_per_file)
            with FolderThumbnails() as self._album.photographer:
                exhibit = exhibit_of(examined, self._images, self._album, self._limits, share, rows)
            self._in_detail += 1
            self._pictures -= len(exhibit.pictures)
            self._categories -= len(exhibit.categories.rows) if exhibit.categories else 0
        self._to_come -= 1
        self._exhibits.append(exhibit)

    def render(self, report: Report, fail_on: Severity = Severity.ERROR) -> str:
        """The report as an HTML document.

        Args:
            report: The verdicts on the files that were added, in that order.
            fail_on: The severity from which on a finding fails the run: what the verdict at the top goes by.

        Returns:
            UTF-8 text that ends in a newline. The same files and options give the same text.
        """
        from cocoproof.reports.html.page import render_page

        return render_page(report, self._exhibits, self._album, self._limits, fail_on)
