"""The reports that a run writes: in which formats, and where each goes."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from cocoproof.cli.output import STDOUT, emit, is_stream, require_place, style_for
from cocoproof.model.errors import MissingExtra
from cocoproof.reports.formats import FORMAT_NAMES, FORMATS, find_format
from cocoproof.reports.report_format import RenderContext

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from click.shell_completion import CompletionItem

    from cocoproof.model.findings import Report, Severity
    from cocoproof.reports.report_format import ReportFormat, ReportRenderer

__all__ = ["FormatName", "OutputTarget", "wanted", "write_all"]


class FormatName(click.Choice):  # type: ignore[type-arg]  # generic since click 8.2
    """The name of a report format; completion in a shell shows what each holds."""

    def __init__(self) -> None:
        super().__init__(FORMAT_NAMES)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The formats whose name begins like this, each with what it holds."""
        from click.shell_completion import CompletionItem

        del ctx, param
        return [CompletionItem(one.name, help=one.contents) for one in FORMATS if one.name.startswith(incomplete)]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputTarget:
    """One report to write.

    Attributes:
        format: Its format.
        path: The file that it goes to; None for standard output.
    """

    format: ReportFormat
    path: Path | None

    def renderer(
        self, *, colour: bool | None, examples: int, fail_on: Severity, files: int, images: str | None, fold_notes: bool = False
    ) -> ReportRenderer:
        """The renderer for a run.

        Raises:
            click.UsageError: If the format needs an extra that is not installed.
        """
        style = style_for(colour if self.path is None else False, examples, fold_notes=fold_notes)
        try:
            return self.format.start(RenderContext(style=style, fail_on=fail_on, files=files, images=images))
        except MissingExtra as error:
            raise click.UsageError(str(error)) from None


def wanted(format_: str, output: Path | None, others: Sequence[tuple[str, Path | None]], kept: Mapping[str, str]) -> list[OutputTarget]:
    """The reports to write.

    Args:
        format_: The name given with `--format`.
        output: The file of `--output`; None for standard output.
        others: The pairs of `--output-format`; None for standard output.
        kept: Files that must not be overwritten, and why.

    Raises:
        click.UsageError: If two reports would go into one file, one would overwrite a file of `kept`, or one cannot be written.
    """
    named = [(format_, output), *others]
    reports = [OutputTarget(format=find_format(name), path=path) for name, path in named]
    if sum(report.path is None for report in reports) > 1:
        msg = "two reports cannot be written to standard output; -o FILE names a file for that of --format"
        raise click.UsageError(msg)
    taken = {os.path.realpath(path): why for path, why in kept.items() if path != STDOUT}
    for report in reports:
        if report.path is None or is_stream(report.path):
            continue
        place = os.path.realpath(report.path)
        if place in taken:
            msg = f"the {report.format.name} report cannot be written to {report.path}: {taken[place]}"
            raise click.UsageError(msg)
        taken[place] = f"the {report.format.name} report goes there"
        require_place(report.path)
    return reports


def write_all(report: Report, renderers: Sequence[tuple[OutputTarget, ReportRenderer]]) -> None:
    """Write the reports, those to files first. Each file is replaced in one step; none is written if one cannot be rendered.

    Raises:
        click.ClickException: If a file cannot be written.
    """
    texts = [(target, renderer.render(report)) for target, renderer in renderers]
    for target, text in sorted(texts, key=lambda entry: entry[0].path is None):
        emit(_job_summary_so_far(target.path) + text if target.format.appends_to_job_summary else text, target.path)


def _job_summary_so_far(path: Path | None) -> str:
    """The summary of a GitHub job so far, if this is its file: other commands of the step write into the same file."""
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if path is None or not summary or os.path.realpath(path) != os.path.realpath(summary):
        return ""
    try:
        before = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return before if not before or before.endswith("\n") else before + "\n"
