"""The formats of reports: which there are, which were asked for, and where each goes."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import click

from cocoproof.cli.output import emit, require_place, style_for
from cocoproof.reports import github, gitlab, json_report, junit, markdown, sarif
from cocoproof.reports import text_report as text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from cocoproof.checking.check_file import CheckedFile
    from cocoproof.model.findings import Report, Severity

__all__ = ["FINGERPRINTED", "FORMATS", "OutputTarget", "RenderContext", "Renderer", "wanted", "write_all"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderContext:
    """What a renderer has to know besides the report.

    Attributes:
        style: How text is dressed where it goes to.
        fail_on: From which severity on a finding is a failure.
        files: How many files there are.
        images: The folder of images that was given, if one was.
    """

    style: text.Style
    fail_on: Severity
    files: int
    images: str | None


class Renderer(Protocol):
    """Writes the report of a run in one format."""

    def add(self, examined: CheckedFile) -> None:
        """Take from a file what the report is to show besides its findings, while it is in memory."""

    def render(self, report: Report) -> str:
        """The whole text."""


@dataclass(frozen=True, slots=True)
class _Plain:
    """A format that the findings are enough for."""

    function: Callable[[Report], str]

    def add(self, examined: CheckedFile) -> None:
        del examined

    def render(self, report: Report) -> str:
        return self.function(report)


def _sarif(report: Report, dress: RenderContext) -> str:
    from cocoproof.rules.catalogue import RULES  # `--help` need not load it

    return sarif.render(report, RULES, dress.fail_on)


def _junit(report: Report, dress: RenderContext) -> str:
    from cocoproof.rules.catalogue import RULES

    return junit.render(report, {rule.code: rule.name for rule in RULES}, dress.fail_on)


class _Page:
    """The HTML report, which shows pictures of the files."""

    def __init__(self, dress: RenderContext) -> None:
        """Prepare the page.

        Raises:
            click.UsageError: If the extra that it needs is not installed.
        """
        from cocoproof.reports.html import HtmlReportBuilder, MissingExtra  # it loads what no other format needs

        self._fail_on = dress.fail_on
        try:
            self._page = HtmlReportBuilder(dress.files, dress.images)
        except MissingExtra as error:
            raise click.UsageError(str(error)) from None

    def add(self, examined: CheckedFile) -> None:
        self._page.add(examined)

    def render(self, report: Report) -> str:
        return self._page.render(report, self._fail_on)


_RENDERERS: Mapping[str, Callable[[RenderContext], Renderer]] = {
    "text": lambda dress: _Plain(lambda report: text.render(report, dress.style)),
    "json": lambda _: _Plain(json_report.render),
    "html": _Page,
    "sarif": lambda dress: _Plain(lambda report: _sarif(report, dress)),
    "junit": lambda dress: _Plain(lambda report: _junit(report, dress)),
    "github": lambda dress: _Plain(lambda report: github.render(report, dress.style)),
    "gitlab": lambda _: _Plain(gitlab.render),
    "markdown": lambda dress: _Plain(lambda report: markdown.render(report, dress.style.examples)),
}
"""Every format: a new one is a line here."""

FORMATS = tuple(_RENDERERS)
"""Their names, as `--format` takes them."""

FINGERPRINTED = frozenset({"sarif", "gitlab"})
"""Formats that tell findings apart across runs."""


@dataclass(frozen=True, slots=True)
class OutputTarget:
    """One report that was asked for.

    Attributes:
        format: Its format.
        path: The file that it goes to; None for standard output.
    """

    format: str
    path: Path | None

    def renderer(self, colour: bool | None, examples: int, fail_on: Severity, files: int, images: str | None) -> Renderer:
        """What writes it.

        Raises:
            click.UsageError: If the format needs an extra that is not installed.
        """
        style = style_for(colour if self.path is None else False, examples)
        return _RENDERERS[self.format](RenderContext(style=style, fail_on=fail_on, files=files, images=images))


def wanted(format_: str, output: Path | None, others: Sequence[tuple[str, Path]], kept: Mapping[str, str]) -> list[OutputTarget]:
    """The reports to write.

    Args:
        format_: The word of `--format`.
        output: The file of `--output`; None for standard output.
        others: The pairs of `--output-format`.
        kept: Files that must not be written over, and why.

    Raises:
        click.UsageError: If two reports would go into one file, or one over a file that is to be kept, or where none can be written.
    """
    reports = [OutputTarget(format_, output), *(OutputTarget(name, path) for name, path in others)]
    taken = {os.path.realpath(path): why for path, why in kept.items() if path != "-"}
    for report in reports:
        if report.path is None:
            continue
        if str(report.path) == "-":
            msg = "- is no file; --format is what goes to standard output"
            raise click.UsageError(msg)
        place = os.path.realpath(report.path)
        if place in taken:
            msg = f"the {report.format} report cannot be written to {report.path}: {taken[place]}"
            raise click.UsageError(msg)
        taken[place] = f"the {report.format} report goes there"
        require_place(report.path)
    return reports


def write_all(report: Report, renderers: Sequence[tuple[OutputTarget, Renderer]]) -> None:
    """Write the reports: those in files first, each whole or not at all, and none if one cannot be rendered.

    Raises:
        click.ClickException: If a file cannot be written.
    """
    texts = [(one, renderer.render(report)) for one, renderer in renderers]
    for one, shown in sorted(texts, key=lambda entry: entry[0].path is None):
        emit(_after_what_is_there(one.path) + shown if one.format == "markdown" else shown, one.path)


def _after_what_is_there(path: Path | None) -> str:
    """The summary of a GitHub job so far: other commands of the step have written into the same file."""
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if path is None or not summary or os.path.realpath(path) != os.path.realpath(summary):
        return ""
    try:
        before = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return before if not before or before.endswith("\n") else before + "\n"
