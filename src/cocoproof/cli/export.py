"""`cocoproof export`: one command per source format."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from cocoproof.cli.export_options import (
    ExportChoices,
    class_table,
    file_options,
    make_mapping,
    mapping_options,
    names_in,
    read_mapping,
    source_options,
)
from cocoproof.cli.export_run import as_click_errors, print_report, refuse_other_names, verify, write_source
from cocoproof.cli.group import CommandGroup
from cocoproof.cli.progress import Progress
from cocoproof.model import exit_codes as exits

if TYPE_CHECKING:
    from cocoproof.export.image_entries import Orientation
    from cocoproof.sources.yolo_rows import Task

__all__ = ["export"]

_SOURCE = click.argument("source", type=click.Path(path_type=Path, exists=True))
_OUT = click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
_IMAGES = click.option(
    "--images", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="The folder that file names are relative to."
)
_SPLIT = click.option("--split", metavar="NAME", help="Export only this split.")
_ORIENTATION = click.option(
    "--orientation",
    type=click.Choice(["stored", "exif"]),
    default="stored",
    show_default=True,
    help="Image sizes as stored, or as rotated by EXIF (as OpenCV reads them).",
)


@click.group(cls=CommandGroup)
def export() -> None:
    """Write detections or annotations as COCO, through an explicit class mapping.

    The file is written in one step and then verified. Exit codes: 0 written and verified, 1 the source cannot be written as it is
    (nothing is written) or the written file has errors (it is kept), 2 wrong usage.
    """


@export.command()
@_SOURCE
@_OUT
@mapping_options
@click.option(
    "--rows",
    type=click.Choice(["auto", "detect", "segment", "pose", "obb"]),
    default="auto",
    show_default=True,
    help="The rows of the label files. Nine columns are a polygon, with obb an oriented box.",
)
@_SPLIT
@click.option("--track-ids", is_flag=True, help="Each row ends with a score and a track id.")
@click.option("--kpt-shape", metavar="K,D", help="Keypoints per pose and columns per keypoint (2 or 3), if data.yaml does not give them.")
@click.option("--keypoint-scores", is_flag=True, help="The third column of a keypoint is its score, as in predictions, not its visibility.")
@_IMAGES
@_ORIENTATION
@source_options
@file_options
@click.pass_obj
def yolo(
    choices: ExportChoices,
    source: Path,
    out: Path,
    rows: Task,
    split: str | None,
    track_ids: bool,
    kpt_shape: str | None,
    keypoint_scores: bool,
    images: Path | None,
    orientation: Orientation,
) -> int:
    """Write a YOLO dataset: boxes, polygons, poses or oriented boxes.

    SOURCE is its folder, or its data.yaml. Class names are those of data.yaml or classes.txt.
    """
    from cocoproof.sources import Refusals, YoloSource

    mapping = read_mapping(choices)
    refusals = Refusals(choices.on_error)
    with as_click_errors():
        given = class_table(choices.classes)
        known = given if mapping is None else {row.id: row.name if row.name is not None else str(row.id) for row in mapping.classes}
        dataset = YoloSource(
            source,
            classes=known,
            split=split,
            task=rows,
            keypoints=_kpt_shape(kpt_shape),
            track_ids=track_ids,
            point_scores=keypoint_scores,
            segment_boxes=choices.segment_boxes,
            images_dir=images,
            orientation=orientation,
            refusals=refusals,
        )
        if mapping is not None:
            refuse_other_names(dataset.declared, mapping)
        numbered = dataset.keypoint_names is not None and dataset.keypoint_names[0] == "1" and choices.keypoints is None
        if numbered and not choices.results:
            refusals.notes["keypoints named by their numbers: the source has no names (--keypoints sets them)"] = len(
                dataset.keypoint_names or ()
            )
        return write_source(dataset, out, mapping or make_mapping(dataset.classes, choices), choices, refusals, dataset.keypoint_names)


@export.command()
@_SOURCE
@_OUT
@mapping_options
@click.option(
    "--voc-base",
    type=click.Choice(["1", "0"]),
    default="1",
    show_default=True,
    help="1: pixels counted from 1, the last one included (w = xmax - xmin + 1). 0: edges counted from 0 (w = xmax - xmin).",
)
@_SPLIT
@_IMAGES
@_ORIENTATION
@source_options
@file_options
@click.pass_obj
def voc(
    choices: ExportChoices,
    source: Path,
    out: Path,
    voc_base: Literal["0", "1"],
    split: str | None,
    images: Path | None,
    orientation: Orientation,
) -> int:
    """Write a folder of Pascal VOC XML files.

    SOURCE contains Annotations and JPEGImages, or the XML files. Sizes are compared with the image files that exist.
    """
    from cocoproof.sources import Refusals, VocSource

    mapping = read_mapping(choices)
    refusals = Refusals(choices.on_error)
    with as_click_errors():
        dataset = VocSource(
            source,
            classes=class_table(choices.classes) if mapping is None else names_in(mapping),
            split=split,
            base=1 if voc_base == "1" else 0,
            images_dir=images,
            orientation=orientation,
            refusals=refusals,
        )
        return write_source(dataset, out, mapping or make_mapping(dataset.classes, choices), choices, refusals, None)


@export.command()
@_SOURCE
@_OUT
@mapping_options
@_IMAGES
@source_options
@file_options
@click.pass_obj
def jsonl(choices: ExportChoices, source: Path, out: Path, images: Path | None) -> int:
    """Write detections from JSON Lines: one image per line.

    docs/formats.md describes the format.
    """
    from cocoproof.sources import JsonLinesSource, Refusals

    mapping = read_mapping(choices)
    refusals = Refusals(choices.on_error)
    with as_click_errors():
        ids_alone = mapping is not None and mapping.classes[0].name is None
        dataset = JsonLinesSource(
            source,
            classes=class_table(choices.classes) if mapping is None else {} if ids_alone else names_in(mapping),
            ids_alone=ids_alone,
            sizes_needed=not choices.results,
            images_dir=images,
            refusals=refusals,
        )
        return write_source(dataset, out, mapping or make_mapping(dataset.classes, choices), choices, refusals, None, images)


@export.command()
@click.argument("source", type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True))
@_OUT
@mapping_options
@file_options
@click.pass_obj
def coco(choices: ExportChoices, source: Path, out: Path) -> int:
    """Write a COCO file with other categories; every other byte stays the same.

    Category ids, names and order come from the mapping; without --categories they are those of the file, renamed, dropped and merged.
    A results list needs --classes: the file that defines its category ids. SOURCE may be gzip, or - for standard input.
    """
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


def _kpt_shape(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    numbers = text.replace("x", ",").split(",")
    if len(numbers) == 2 and numbers[0].isdecimal() and int(numbers[0]) and numbers[1] in ("2", "3"):
        return int(numbers[0]), int(numbers[1])
    msg = f"--kpt-shape takes K,D: the number of keypoints, and 2 or 3 columns each, such as 17,3; not {text!r}"
    raise click.UsageError(msg)
