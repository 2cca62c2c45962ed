"""`--baseline` and `--update-baseline`: which defects are accepted, and how that is written down."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from cocoproof.cli.output import emit, require_place
from cocoproof.model.wording import count_of

if TYPE_CHECKING:
    from pathlib import Path

    from cocoproof.checking.baseline import Baseline
    from cocoproof.cli.configuration import Configuration
    from cocoproof.model.findings import Report

__all__ = ["open_baseline", "place_of", "remind", "update", "without"]


def place_of(configuration: Configuration, given: Path | None, *, none: bool, recording: bool) -> Path | None:
    """The baseline's file: of the command line, or else of the configuration.

    Raises:
        click.UsageError: If one is to be written and there is no place for it, or none that can be written to.
    """
    path = None if none else given or configuration.file("baseline")
    if recording and path is None:
        msg = "--update-baseline needs --baseline FILE, or the key baseline in the configuration"
        raise click.UsageError(msg)
    if recording and path is not None:
        require_place(path)
    return path


def open_baseline(path: Path, *, recording: bool) -> Baseline:
    """Read the baseline.

    Raises:
        click.UsageError: If it cannot be read, or is none.
    """
    from cocoproof.checking.baseline import BaselineError, read_baseline  # `--help` need not load it

    try:
        return read_baseline(path, recording=recording)
    except BaselineError as error:
        raise click.UsageError(str(error)) from None


def without(files: list[str], baseline: Path) -> list[str]:
    """The files but for the baseline, which may lie in a folder of them.

    Raises:
        click.UsageError: If none is left.
    """
    left = [file for file in files if os.path.realpath(file) != os.path.realpath(baseline)]
    if not left:
        msg = f"{baseline} is the baseline, and there is nothing else to judge"
        raise click.UsageError(msg)
    return left


def remind(report: Report) -> None:
    """Print on standard error how many findings of the baseline were not found."""
    gone = sum(entry.count for file in report.files if file.baseline is not None for entry in file.baseline.gone)
    if gone:
        click.echo(
            f"{count_of(gone, 'finding')} of the baseline {'was' if gone == 1 else 'were'} not found; --update-baseline removes them",
            err=True,
        )


def update(path: Path, before: Baseline, report: Report) -> None:
    """Write what was found as the new baseline, and say on standard error what changed.

    After a rule failed inside, nothing is written: what it would have found is not known.

    Raises:
        click.ClickException: If the file cannot be written.
    """
    if report.crashed:
        click.echo(f"{path} was left as it was, for a rule failed inside.", err=True)
        return
    after = before.updated(report.files)
    emit(after.render(), path)
    old, new = (
        {(name, one.code, one.fingerprint): one.count for name, entries in baseline.files.items() for one in entries}
        for baseline in (before, after)
    )
    added = sum(max(0, count - old.get(key, 0)) for key, count in new.items())
    dropped = sum(max(0, count - new.get(key, 0)) for key, count in old.items())
    files = len(after.files)
    click.echo(
        f"{path}: {sum(new.values()):,} accepted in {files:,} file{'s' * (files != 1)}; {added:,} added, {dropped:,} dropped", err=True
    )
