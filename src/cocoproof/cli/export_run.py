"""What the commands of `cocoproof export` do with an open source: write, report, verify."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from cocoproof.cli.export_options import ExportChoices, names_of
from cocoproof.cli.output import emit, style_for
from cocoproof.cli.progress import Progress
from cocoproof.model import exit_codes as exits
from cocoproof.model.escaping import escape

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from cocoproof.export import ExportReport, Refusals, Skeleton
    from cocoproof.mapping import CategoryList, ClassMapping
    from cocoproof.sources import RemapReport
    from cocoproof.sources.protocol import OpenSource

__all__ = ["as_click_errors", "print_report", "refuse_other_names", "verify", "write_source"]

_USAGE = frozenset({"category-not-in-ground-truth", "classes", "ground-truth", "no-image", "skeleton", "split"})
"""Reasons of errors in the command line, not in the data: other options or another source can fix them."""


@contextmanager
def as_click_errors() -> Iterator[None]:
    """Turn the errors of an export into click's errors and exit codes.

    Raises:
        click.exceptions.Exit: With 1 if the source cannot be written as it is; reported on standard error.
        click.ClickException: If the command line is wrong, an extra is missing, or the file cannot be written.
    """
    from cocoproof.export import ExportError
    from cocoproof.mapping import CategoryListError, ClassIdError, MappingError
    from cocoproof.model.errors import MissingExtra
    from cocoproof.sources.protocol import OptionError

    try:
        yield
    except ExportError as error:
        if error.reason in _USAGE:
            raise click.UsageError(str(error)) from None
        advice = " --on-error skip omits what cannot be written, and counts it." if error.skippable else ""
        click.echo(f"Error: {escape(str(error))}\nNothing was written.{advice}", err=True)
        raise click.exceptions.Exit(exits.FINDINGS) from None
    except (MappingError, CategoryListError, ClassIdError) as error:
        raise click.UsageError(str(error)) from None
    except MissingExtra as error:
        raise click.UsageError(str(error)) from None
    except OptionError as error:
        raise click.UsageError(str(error)) from None
    except OSError as error:
        where = f" {error.filename}" if error.filename else ""
        msg = f"cannot read or write{where}: {error.strerror or error}"
        raise click.ClickException(msg) from None


def refuse_other_names(declared: Mapping[int, str] | None, mapping: ClassMapping) -> None:
    """Refuse a mapping file that has another name for a class than the source.

    Raises:
        click.UsageError: With the first class id whose names differ.
    """
    for row in mapping.classes:
        own = (declared or {}).get(row.id)
        if row.name is not None and own is not None and own != row.name:
            msg = f"class {row.id} is {own!r} in the source and {row.name!r} in the mapping"
            raise click.UsageError(msg)


def write_source(
    source: OpenSource,
    out: Path,
    mapping: ClassMapping,
    choices: ExportChoices,
    refusals: Refusals,
    images: Path | None,
) -> int:
    """Write a source as a dataset or as results, report what was written, and verify it.

    Args:
        source: The source.
        out: The file to write.
        mapping: Which class becomes which category.
        choices: The options.
        refusals: Collects what the source cannot read and the exporter cannot write.
        images: The folder that paths of the source are relative to, if it yields paths.

    Returns:
        The exit code.
    """
    from cocoproof.export import export_coco, export_results
    from cocoproof.export.mask_options import MaskOptions

    _check(choices)
    try:
        MaskOptions(choices.masks, choices.min_iou, choices.max_vertices, empty=choices.empty_masks, segment_boxes=choices.segment_boxes)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    report: ExportReport
    total = len(source.images)
    with Progress(total) as progress:

        def tick(done: int, _: int | None) -> None:
            progress.show(f"{done:,} of {total:,} images", done)

        if choices.results and choices.gt is not None:
            report = export_results(
                source.images,
                out,
                mapping=mapping,
                gt=choices.gt,
                task=choices.task,  # type: ignore[arg-type]  # click has checked the choice
                on_error=refusals,
                oriented_boxes=choices.oriented_boxes,
                indent=choices.indent,
                progress=tick,
            )
        else:
            report = export_coco(
                source.images,
                out,
                mapping=mapping,
                masks=choices.masks,
                on_error=refusals,
                min_iou=choices.min_iou,
                max_vertices=choices.max_vertices,
                empty_masks=choices.empty_masks,
                segment_boxes=choices.segment_boxes,
                oriented_boxes=choices.oriented_boxes,
                skeletons=_skeletons(mapping, choices, source.keypoint_names),
                images_dir=images,
                first_image_id=choices.first_image_id or 1,
                first_annotation_id=choices.first_annotation_id or 1,
                indent=choices.indent,
                progress=tick,
            )
    print_report(report, None if choices.results else len(mapping.categories), choices)
    if not choices.verify:
        return exits.CLEAN
    return verify(out, None if choices.results else mapping.category_list, choices.gt, choices, None)


def _check(choices: ExportChoices) -> None:
    if choices.results and choices.gt is None:
        msg = "--results needs --gt FILE: results use the ids of the ground truth"
        raise click.UsageError(msg)
    if choices.gt is not None and not choices.results:
        msg = "--gt needs --results"
        raise click.UsageError(msg)
    set_options = {
        "--masks": choices.masks != "auto",
        "--min-iou": choices.min_iou is not None,
        "--max-vertices": choices.max_vertices is not None,
        "--segment-boxes": choices.segment_boxes,
        "--first-image-id": choices.first_image_id is not None,
        "--first-annotation-id": choices.first_annotation_id is not None,
    }
    wrong = next((option for option, given in set_options.items() if given), None)
    if choices.results and wrong is not None:
        msg = f"{wrong} cannot be used with --results: their ids are those of the ground truth, and their masks are run-length encoded"
        raise click.UsageError(msg)


def _skeletons(mapping: ClassMapping, choices: ExportChoices, keypoints: tuple[str, ...] | None) -> dict[str, Skeleton] | None:
    """Skeletons for the categories without keypoints."""
    from cocoproof.export import Skeleton

    names = keypoints if choices.keypoints is None else names_of(choices.keypoints, "--keypoints").names
    if names is None:
        return None
    return {category.name: Skeleton(tuple(names)) for category in mapping.categories if not category.keypoints}


def print_report(report: ExportReport | RemapReport, categories: int | None, choices: ExportChoices) -> None:
    """Print what was written."""
    from cocoproof.cli.export_summary import render_export

    emit(render_export(report, categories=categories, style=style_for(choices.colour, 3)), None)


def verify(out: Path, categories: CategoryList | None, gt: Path | None, choices: ExportChoices, source: Path | None) -> int:
    """Check the written file.

    Args:
        out: The file.
        categories: The expected categories.
        gt: The ground truth of results.
        choices: The options.
        source: The COCO file that it was made from: errors that are there too are not the export's.

    Returns:
        The exit code: 0 without errors, 1 with errors, 3 if a rule crashed.
    """
    from cocoproof.api import check
    from cocoproof.cli.export_summary import errors_by_rule, render_verification
    from cocoproof.export.dataset import OF_THE_SOURCE
    from cocoproof.reports import text_report as text

    style = style_for(choices.colour, 3)
    with Progress(1) as progress:
        progress.show(f"{out.name}: verifying", 0)
        verification = check(out, categories=categories, gt=gt, images=False, ignore=OF_THE_SOURCE)
        if verification.ok():
            emit(render_verification(verification, str(out), style), None)
            return exits.CLEAN
        before = errors_by_rule(check(source, images=False)) if source is not None and source != out and source.is_file() else {}
    emit("\n" + text.render(verification, style), None)
    message = f"{out} was written and has errors; it was kept."
    errors = errors_by_rule(verification)
    if before and all(count <= before.get(code, 0) for code, count in errors.items()):
        message += f" {source} has the same errors: the new categories did not cause them."
    click.echo(escape(message), err=True)
    return verification.exit_code()
