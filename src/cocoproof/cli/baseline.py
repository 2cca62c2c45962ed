"""`--update-baseline`, and what a run reports about the baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cocoproof.cli.output import emit
from cocoproof.model.wording import count_of

if TYPE_CHECKING:
    from pathlib import Path

    from cocoproof.checking.baseline import Baseline
    from cocoproof.model.findings import Report

__all__ = ["remind", "update"]


def remind(report: Report) -> None:
    """Print on standard error how many findings of the baseline were not found."""
    resolved = sum(entry.count for file in report.files if file.baseline is not None for entry in file.baseline.resolved)
    if resolved:
        click.echo(
            f"{count_of(resolved, 'finding')} of the baseline {'was' if resolved == 1 else 'were'} not found; --update-baseline removes them",
            err=True,
        )


def update(path: Path, before: Baseline, report: Report) -> None:
    """Write the findings as the new baseline, and report on standard error what changed.

    If a rule crashed, nothing is written: what it would have found is unknown.

    Raises:
        click.ClickException: If the file cannot be written.
    """
    if report.crashed:
        click.echo(f"{path} was not changed, because a rule crashed.", err=True)
        return
    after = before.updated(report.files)
    emit(after.render(), path)
    old, new = (
        {(name, one.code, one.fingerprint): one.count for name, entries in baseline.files.items() for one in entries}
        for baseline in (before, after)
    )
    added = sum(max(0, count - old.get(key, 0)) for key, count in new.items())
    removed = sum(max(0, count - new.get(key, 0)) for key, count in old.items())
    files = len(after.files)
    click.echo(f"{path}: {sum(new.values()):,} accepted in {count_of(files, 'file')}; {added:,} added, {removed:,} removed", err=True)
