"""`cocoproof check`."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import click

from cocoproof.cli.baseline import remind, update
from cocoproof.cli.formats import FormatName, wanted, write_all
from cocoproof.cli.output import require_place
from cocoproof.cli.param_types import ReportFile
from cocoproof.cli.progress import Progress
from cocoproof.cli.settings_options import config_option, settings_options, usage_errors

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cocoproof.checking.check_file import CheckedFile
    from cocoproof.checking.check_settings import CheckSettings
    from cocoproof.model.findings import Report
    from cocoproof.rules.rule import Rule
    from cocoproof.settings.layer import SettingsLayer

__all__ = ["TakesFiles", "check", "run_check"]


class TakesFiles(Protocol):
    """What needs more of a checked file than its report."""

    def add(self, checked: CheckedFile, /) -> None:
        """Take the next file."""


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@settings_options()
@click.option("--update-baseline", is_flag=True, help="Accept all findings of this run: write them to the file of --baseline.")
@click.option("--format", "format_", type=FormatName(), default="text", show_default=True, help="Format of the report.")
@click.option(
    "--output",
    "-o",
    type=ReportFile(),
    metavar="FILE",
    help="Write the report to this file; - is standard output.  [default: -]",
)
@click.option(
    "--output-format",
    "others",
    type=(FormatName(), ReportFile()),
    multiple=True,
    metavar="FORMAT FILE",
    help="Write a report in this format to this file, in addition to that of --format. Repeatable.",
)
@click.option(
    "--examples",
    type=click.IntRange(min=1),
    default=3,
    show_default=True,
    metavar="N",
    help="Findings that the text report shows per rule and file.",
)
@click.option(
    "--fold-notes/--no-fold-notes", default=False, help="Show the notes of a file in one line of the text report, without messages."
)
@click.option("--color/--no-color", "colour", default=None, help="Colour the text report.  [default: terminals only]")
@config_option
def check(
    paths: tuple[str, ...],
    given: SettingsLayer,
    update_baseline: bool,
    format_: str,
    output: Path | None,
    others: tuple[tuple[str, Path | None], ...],
    examples: int,
    fold_notes: bool,
    colour: bool | None,
    config: Path | None,
) -> int:
    """Check COCO files by the rules.

    PATH is a file, a folder, a glob, or - for standard input; plain JSON, gzip or zstd.
    """
    from cocoproof.settings.configuration_file import read_configuration_here  # `--help` need not load it
    from cocoproof.settings.path_arguments import expand_paths, without_baseline
    from cocoproof.settings.resolve import baseline_path, resolve_settings

    with usage_errors():
        layers = [read_configuration_here(config), given]
        accepted = baseline_path(layers)
        if update_baseline and accepted is None:
            msg = "--update-baseline needs --baseline FILE, or the key baseline in the configuration"
            raise click.UsageError(msg)
        files = without_baseline(expand_paths(paths), accepted)
        settings = resolve_settings(layers, files=files, record_baseline=update_baseline)
    if update_baseline and accepted is not None:
        require_place(accepted)
    reports = wanted(format_, output, others, dict.fromkeys(files, "it is checked") | dict(settings.inputs))
    settings = replace(settings, fingerprints=any(one.format.needs_fingerprints for one in reports))
    root = settings.images.root if settings.images else None
    renderers = [
        (
            one,
            one.renderer(colour=colour, examples=examples, fail_on=settings.fail_on, files=len(files), images=root, fold_notes=fold_notes),
        )
        for one in reports
    ]
    report = run_check(files, settings, [renderer for one, renderer in renderers if one.format.needs_documents])
    write_all(report, renderers)
    if update_baseline and accepted is not None and settings.baseline is not None:
        update(accepted, settings.baseline, report)
    elif not any(one.format.lists_resolved for one in reports):
        remind(report)
    return report.exit_code(settings.fail_on)


def run_check(files: Sequence[str], settings: CheckSettings, renderers: Sequence[TakesFiles]) -> Report:
    """Check files, with a progress bar.

    Args:
        files: Their paths.
        settings: The settings.
        renderers: What takes each file when it is checked.
    """
    from cocoproof.checking.check_file import check_file, next_settings, start_readers
    from cocoproof.model.findings import Report

    steps = len(settings.rules)
    places = {rule.code: place for place, rule in enumerate(settings.rules)}
    reading = max(steps // 2, 1)  # reading a file takes about as long as half the rules
    reports = []
    with Progress(len(files) * (reading + steps)) as progress, start_readers(settings) as readers:
        for k, file in enumerate(files):
            name, done = os.path.basename(file), k * (reading + steps)  # noqa: PTH119 # `-` is not a path
            progress.show(f"{name}: reading", done)

            def tick(rule: Rule, name: str = name, start: int = done + reading) -> None:
                progress.show(f"{name}: {rule.code} {rule.name}", start + places.get(rule.code, 0))

            def watch(read: int, total: int, name: str = name) -> None:
                progress.update_label(f"{name}: image files {read:,} of {total:,}")

            def on_bytes(read: int, total: int | None, name: str = name) -> None:
                progress.show_bytes(name, read, total)

            checked = check_file(file, settings, readers, tick=tick, watch=watch, on_bytes=on_bytes)
            settings = next_settings(settings, checked)
            reports.append(checked.report)
            for renderer in renderers:
                renderer.add(checked)
    return Report(files=tuple(reports), profiles=settings.policy.names)
