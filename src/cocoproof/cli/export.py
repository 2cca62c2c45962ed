"""`cocoproof export`: one command per source format, made of what the format declares."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cocoproof.cli.export_options import (
    ExportChoices,
    class_table,
    file_options,
    format_options,
    make_mapping,
    mapping_options,
    names_in,
    read_mapping,
    source_options,
)
from cocoproof.cli.export_run import as_click_errors, print_report, refuse_other_names, verify, write_source
from cocoproof.cli.group import CommandGroup
from cocoproof.cli.output import is_stream
from cocoproof.cli.progress import Progress
from cocoproof.model import exit_codes as exits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cocoproof.mapping import ClassMapping
    from cocoproof.sources.protocol import SourceFormat

__all__ = ["export"]


class _FormatCommands(CommandGroup):
    """A group with a command for each source format. The formats are imported when a command is used, or listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the formats."""
        from cocoproof.sources.formats import FORMATS

        del ctx
        return [one.name for one in FORMATS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a format; None if there is no such format."""
        from cocoproof.sources.formats import FORMATS

        found = next((one for one in FORMATS if one.name == cmd_name), None)
        return super().get_command(ctx, cmd_name) if found is None else _command(found)


@click.group(cls=_FormatCommands)
def export() -> None:
    """Write detections or annotations as COCO, through an explicit class mapping.

    The file is written in one step and then verified. Exit codes: 0 written and verified, 1 the source cannot be written as it is
    (nothing is written) or the written file has errors (it is kept), 2 wrong usage.
    """


def _command(source_format: SourceFormat) -> click.Command:
    """The command of a source format."""

    @click.pass_obj
    def run(choices: ExportChoices, source: Path, out: Path) -> int:
        if is_stream(out):
            msg = f"OUT must be a regular file, which is replaced in one step and read again to verify it; {out} is a stream"
            raise click.UsageError(msg)
        return _edit(choices, source, out) if source_format.open is None else _export(source_format, choices, source, out)

    path = click.Path(path_type=Path, exists=True, dir_okay=not source_format.reads_stdin, allow_dash=source_format.reads_stdin)
    callback: Any = file_options(run)
    if source_format.open is not None:
        callback = source_options(callback)
    callback = mapping_options(format_options(source_format.options)(callback))
    callback = click.argument("out", type=click.Path(path_type=Path, dir_okay=False))(callback)
    callback = click.argument("source", type=path)(callback)
    return click.command(source_format.name, help=f"{source_format.summary}\n\n{source_format.details}")(callback)


def _export(source_format: SourceFormat, choices: ExportChoices, path: Path, out: Path) -> int:
    """Write a dataset in another format."""
    from cocoproof.export import Refusals
    from cocoproof.sources.protocol import IMAGES, SourceRequest

    mapping = read_mapping(choices)
    refusals = Refusals(choices.on_error)
    with as_click_errors():
        ids_only = mapping is not None and source_format.class_reference == "either" and mapping.classes[0].name is None
        request = SourceRequest(
            path=path,
            classes=class_table(choices.classes) if mapping is None else {} if ids_only else _classes(mapping, source_format),
            refusals=refusals,
            ids_only=ids_only,
            needs_image_sizes=not choices.results,
            segment_boxes=choices.segment_boxes,
            values=choices.values,
        )
        source = source_format.open(request)  # type: ignore[misc]  # the caller has checked it
        if mapping is not None:
            refuse_other_names(source.declared_classes, mapping)
        if source.keypoints_are_numbered and choices.keypoints is None and not choices.results:
            note = "keypoints named by their numbers: the source has no names (--keypoints sets them)"
            refusals.notes[note] = len(source.keypoint_names or ())
        images = request.folder(IMAGES) if source_format.yields_paths else None
        return write_source(source, out, mapping or make_mapping(source.classes, choices), choices, refusals, images)


def _classes(mapping: ClassMapping, source_format: SourceFormat) -> Mapping[int, str]:
    """The classes of a mapping file, for a source; a source that only has ids needs no names.

    Raises:
        click.UsageError: If the source names classes, and the mapping has only ids.
    """
    if source_format.class_reference != "id":
        return names_in(mapping)
    return {row.id: row.name if row.name is not None else str(row.id) for row in mapping.classes}


def _edit(choices: ExportChoices, source: Path, out: Path) -> int:
    """Write a COCO file with other categories."""
    from cocoproof.sources import Refusals
    from cocoproof.sources.coco_categories import SourceCategory, named, own_mapping
    from cocoproof.sources.coco_remap import read_coco, remap_coco

    mapping = read_mapping(choices)
    refusals = Refusals(choices.on_error)
    with as_click_errors():
        file = read_coco(source)
        table = class_table(choices.classes)
        if file.is_results:
            if table is None and mapping is None:
                msg = "a results list has no categories; its ids need --classes FILE (the ground truth) or --mapping FILE"
                raise click.UsageError(msg)
            listed = table.items() if table is not None else [(row.id, row.name) for row in mapping.classes] if mapping is not None else []
            own = [SourceCategory(number, name) for number, name in listed]
        elif table is not None:
            msg = "the file lists its own categories; --classes is for results lists"
            raise click.UsageError(msg)
        else:
            own = file.source_categories()
        if mapping is None and choices.categories is None:
            mapping = own_mapping(own, rename=dict(choices.rename), drop=choices.drop, start=choices.start)
        elif mapping is None:
            mapping = make_mapping(named(own), choices)
        with Progress(len(file.annotations) or 1) as progress:
            report = remap_coco(
                file,
                out,
                mapping=mapping,
                categories=own,
                first_image_id=choices.first_image_id,
                first_annotation_id=choices.first_annotation_id,
                refusals=refusals,
                progress=lambda done, _: progress.show(f"{source.name}: mapping", done),
            )
        print_report(report, None if file.is_results else len(mapping.categories), choices)
        if not choices.verify:
            return exits.CLEAN
        return verify(out, None if file.is_results else mapping.category_list, None, choices, source)
