"""`cocoproof diff`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from cocoproof.cli.numbers import FiniteRange
from cocoproof.cli.output import emit, require_other_file, style_for
from cocoproof.cli.param_types import ReportFile
from cocoproof.model import exit_codes as exits
from cocoproof.reports.diff_text import as_text
from cocoproof.version import __version__

if TYPE_CHECKING:
    from pathlib import Path

    from cocoproof.diff.report import DiffReport

__all__ = ["diff"]

FORMAT_VERSION = 1


@click.command()
@click.argument("before", metavar="A.json")
@click.argument("after", metavar="B.json")
@click.option(
    "--box-tolerance",
    type=FiniteRange(min=0),
    default=0.0,
    show_default=True,
    metavar="PX",
    help="Pixels that an edge of a box, or a keypoint, may be off.",
)
@click.option(
    "--area-tolerance", type=FiniteRange(min=0), default=0.0, show_default=True, metavar="PX", help="Pixels that an area may be off."
)
@click.option(
    "--mask-iou",
    type=FiniteRange(min=0, max=1),
    default=1.0,
    show_default=True,
    metavar="IOU",
    help="The least IoU of masks that count as the same; 1 requires the same pixels.",
)
@click.option(
    "--score-tolerance", type=FiniteRange(min=0), default=0.0, show_default=True, metavar="X", help="How far scores may be apart."
)
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to write the report."
)
@click.option(
    "--output",
    "-o",
    type=ReportFile(),
    metavar="FILE",
    help="Write the report to this file; - is standard output.  [default: -]",
)
@click.option(
    "--examples", type=click.IntRange(min=1), default=3, show_default=True, metavar="N", help="Changes that the text shows of each kind."
)
@click.option("--color/--no-color", "colour", default=None, help="Colour the text.  [default: on a terminal]")
@click.option("--order", is_flag=True, help="Treat another order of rows as a change.")
@click.option(
    "--ignore",
    multiple=True,
    metavar="SECTION",
    help="Do not compare this top-level section, such as info. Repeatable; the report names it.",
)
def diff(
    before: str,
    after: str,
    box_tolerance: float,
    area_tolerance: float,
    mask_iou: float,
    score_tolerance: float,
    format_: str,
    output: Path | None,
    examples: int,
    colour: bool | None,
    order: bool,
    ignore: tuple[str, ...],
) -> int:
    """Show what changed between two COCO files in meaning.

    Every section and field is compared. Images are matched by file name, categories by name, annotations by content.
    Other ids, another order, and other ways to write the same mask or number are listed, and are not changes in meaning.

    Exit codes: 0 no change, 1 changes, 2 wrong usage or a file that cannot be compared, 3 the tool itself failed.
    """
    from cocoproof.diff.diff_files import diff as compare  # `--help` need not load it
    from cocoproof.diff.input import NotComparable
    from cocoproof.readers.comparison_options import Tolerance
    from cocoproof.reading.defects import Unreadable
    from cocoproof.reading.source import STDIN, read_source

    require_other_file("--output", output, [path for path in (before, after) if path != STDIN])
    if before == after == STDIN:
        msg = "standard input can be one of the two files, not both"
        raise click.UsageError(msg)
    sources = []
    for path in (before, after):
        try:
            sources.append(read_source(path))
        except Unreadable as error:
            msg = f"{path}: {error}"
            raise click.UsageError(msg) from None
    tolerance = Tolerance(box=box_tolerance, mask_iou=mask_iou, area=area_tolerance, score=score_tolerance, keypoint=box_tolerance)
    try:
        report = compare(*sources, tolerance=tolerance, order=order, ignore=ignore)
    except (NotComparable, ValueError) as error:
        raise click.UsageError(str(error)) from None
    if format_ == "json":
        emit(_as_json(report), output)
    else:
        emit("\n".join(as_text(report, style_for(False if output else colour, examples))) + "\n", output)
    return exits.CLEAN if report.same else exits.FINDINGS


def _as_json(report: DiffReport) -> str:
    """One JSON document, in ASCII, ending in a newline; the same files give the same text."""
    document = {
        "format_version": FORMAT_VERSION,
        "tool": {"name": "cocoproof", "version": __version__},
        "before": {"path": report.before, "counts": report.counts_before},
        "after": {"path": report.after, "counts": report.counts_after},
        "same": report.same,
        "counts": {kind.value: count for kind, count in report.counts.items()},
        "differences": [
            {
                "kind": one.kind.value,
                "message": one.message,
                "image": one.image,
                "id_before": one.id_before,
                "id_after": one.id_after,
                "before": one.before,
                "after": one.after,
                "measure": one.measure,
            }
            for one in report.differences
        ],
        "renumbered": {
            "images": report.renumbered.images,
            "annotations": report.renumbered.annotations,
            "categories": report.renumbered.categories,
            "licenses": report.renumbered.licenses,
            "videos": report.renumbered.videos,
            "tracks": report.renumbered.tracks,
        },
        "notes": list(report.notes),
        "compared": list(report.compared),
        "not_compared": list(report.not_compared),
    }
    return json.dumps(document, indent=1, allow_nan=False) + "\n"
