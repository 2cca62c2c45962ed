"""`cocoproof demo`: a small broken dataset, and what there is to say about it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from cocoproof.cli import exits
from cocoproof.cli.output import emit, style_for

__all__ = ["demo"]


@click.command()
@click.option("--keep", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Make the dataset here, and leave it.")
def demo(keep: Path | None) -> int:
    """Make a small dataset with the faults that exporters make, and judge it.

    Its eight faults are real ones: each was found in public files. Exits with 0: the findings are the point.
    """
    from cocoproof.demonstration import make_demonstration
    from cocoproof.reports import text  # `--help` need not load it
    from cocoproof.verify.api import check

    with tempfile.TemporaryDirectory(prefix="cocoproof-demo-") as scratch:
        folder = keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        demonstration = make_demonstration(folder)
        click.echo(f"cocoproof demo: {demonstration.story}\n")
        report = check(demonstration.annotations, categories=demonstration.categories)
        style = style_for(None, 2)
        emit(text.render(report, style).replace(str(folder), "demo"), None)
        click.echo()
        click.echo(f"Left in {folder}." if keep else "Keep the files with: cocoproof demo --keep DIR")
        click.echo("Next: cocoproof explain COCO207; cocoproof check YOUR_FILE.json")
    return exits.CLEAN
