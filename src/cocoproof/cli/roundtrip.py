"""`cocoproof roundtrip`."""

from __future__ import annotations

import json
import math
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cocoproof.cli.numbers import FiniteRange
from cocoproof.cli.output import emit, style_for
from cocoproof.cli.param_types import ReportFile
from cocoproof.model import exit_codes as exits
from cocoproof.reports.roundtrip_text import as_text
from cocoproof.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cocoproof.export.mask_options import MaskMode
    from cocoproof.roundtrip import Loss, Reader, RoundTripReport, Tolerance
    from cocoproof.roundtrip.coco_source import CocoSource

__all__ = ["roundtrip"]

FORMAT_VERSION = 1

_READERS = ("pycocotools", "supervision", "own")


@click.command()
@click.argument("file", metavar="FILE")
@click.option(
    "--via",
    type=click.Choice(_READERS),
    multiple=True,
    help="The reader of the exported file. Repeatable.  [default: pycocotools and own]",
)
@click.option(
    "--masks", type=click.Choice(["auto", "polygon", "rle"]), default="auto", show_default=True, help="How the export writes masks."
)
@click.option(
    "--box-tolerance",
    type=FiniteRange(min=0),
    default=0.0,
    show_default=True,
    metavar="PX",
    help="Pixels that an edge of a box may be off.",
)
@click.option(
    "--mask-iou",
    type=FiniteRange(min=0, max=1),
    default=1.0,
    show_default=True,
    metavar="IOU",
    help="The least IoU of a mask with the one read back; 1 requires the same pixels.",
)
@click.option("--keep", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Keep the exported file as FILE.")
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
    "--examples", type=click.IntRange(min=1), default=3, show_default=True, metavar="N", help="Losses that the text shows of each kind."
)
@click.option("--color/--no-color", "colour", default=None, help="Colour the text.  [default: on a terminal]")
def roundtrip(
    file: str,
    via: tuple[Reader, ...],
    masks: MaskMode,
    box_tolerance: float,
    mask_iou: float,
    keep: Path | None,
    format_: str,
    output: Path | None,
    examples: int,
    colour: bool | None,
) -> int:
    """Export the detections of a COCO file, read the result back and compare it with the file.

    Everything in the file is compared: what the export cannot carry is a loss. Ids are assigned anew, areas and
    num_keypoints are computed anew: the report says of how many rows, and does not count them as losses.

    Exit codes: 0 nothing lost, 1 losses, 2 wrong usage or a file without detections, 3 the tool itself failed.
    """
    from cocoproof.cli.output import require_other_file
    from cocoproof.export import ExportError
    from cocoproof.mapping import CategoryListError, MappingError
    from cocoproof.model.errors import MissingExtra
    from cocoproof.reading.defects import Unreadable
    from cocoproof.reading.source import read_source
    from cocoproof.roundtrip import Tolerance
    from cocoproof.roundtrip.coco_source import NoDetections, read_coco_source

    require_other_file("--output", output, [file])
    require_other_file("--keep", keep, [file])
    if output is not None and keep is not None and output.absolute() == keep.absolute():
        msg = f"--output and --keep both name {output}"
        raise click.UsageError(msg)
    try:
        source = read_coco_source(read_source(file))
    except Unreadable as error:
        msg = f"{file}: {error}"
        raise click.UsageError(msg) from None
    except NoDetections as error:
        raise click.UsageError(str(error)) from None
    except (CategoryListError, MappingError) as error:
        msg = f"{file}: the categories cannot be exported: {error}"
        raise click.UsageError(msg) from None
    tolerance = Tolerance(box=box_tolerance, mask_iou=mask_iou)
    with tempfile.TemporaryDirectory() as folder:
        try:
            exported = Path(folder) / "exported.json" if keep is None else keep
            reports, notes = _export_and_compare(source, exported, via or ("pycocotools", "own"), masks, tolerance)
        except ExportError as error:
            msg = f"{file} cannot be exported: {error}"
            raise click.UsageError(msg) from None
        except MissingExtra as error:
            raise click.UsageError(str(error)) from None
        except OSError as error:
            msg = f"cannot write {exported}: {error.strerror or error}"
            raise click.ClickException(msg) from None
    if format_ == "json":
        emit(_as_json(file, reports, notes), output)
    else:
        emit("\n".join(as_text(file, reports, notes, style_for(False if output else colour, examples))) + "\n", output)
    return exits.CLEAN if all(report.ok for report in reports) else exits.FINDINGS


def _export_and_compare(
    source: CocoSource, exported: Path, readers: Sequence[Reader], masks: MaskMode, tolerance: Tolerance
) -> tuple[list[RoundTripReport], list[str]]:
    """Export, and compare through each reader."""
    from cocoproof.export import ImageInfo, PlainDetections, Segmentations, export_coco
    from cocoproof.roundtrip.coco_source import FileDetections
    from cocoproof.roundtrip.compare import compare_content

    items = []
    for image, found in source.items:
        entry = ImageInfo(image.file_name, image.width, image.height, image.fields)  # type: ignore[arg-type]  # they came from JSON
        if isinstance(found, FileDetections):
            mask = Segmentations(found.segmentations) if any(value is not None for value in found.segmentations) else None
            items.append((entry, PlainDetections(found.xyxy, found.class_id, mask, found.confidence, found.tracker_id, found.data)))
        else:
            items.append((entry, found))  # type: ignore[arg-type]  # key points
    report = export_coco(
        items,
        exported,
        mapping=source.mapping,
        masks=masks,
        on_error="skip",
        empty_masks="keep",
        info=source.info,
        licenses=source.licenses,
    )
    notes = [*source.notes]
    for example in report.examples[:20]:
        where = example.image if example.detection is None else f"{example.image}, detection {example.detection}"
        notes.append(f"not exported: image {where}: {example.detail}")
    return [compare_content(source.content, exported, via=via, tolerance=tolerance) for via in readers], notes


def _as_json(file: str, reports: Sequence[RoundTripReport], notes: Sequence[str]) -> str:
    document = {
        "format_version": FORMAT_VERSION,
        "tool": {"name": "cocoproof", "version": __version__},
        "path": file,
        "readers": [
            {
                "via": report.via,
                "images": report.images,
                "detections": report.detections,
                "counts": {kind.value: count for kind, count in report.counts.items()},
                "losses": [_loss(loss) for loss in report.losses],
                "notes": list(report.notes),
            }
            for report in reports
        ],
        "notes": list(notes),
    }
    return json.dumps(document, indent=1) + "\n"


def _loss(loss: Loss) -> dict[str, object]:
    return {
        "kind": loss.kind.value,
        "message": str(loss),
        "image": loss.image,
        "detection": loss.detection,
        "annotation": loss.annotation,
        "field": loss.field,
        "expected": loss.expected,
        "found": loss.found,
        # The difference of two doubles may be beyond a double, and JSON has no infinity.
        "measure": loss.measure if loss.measure is not None and math.isfinite(loss.measure) else None,
    }
