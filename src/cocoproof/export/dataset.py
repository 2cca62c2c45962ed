"""`export_coco`: detections to a COCO dataset file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from cocoproof.export.coco_rows import category_rows
from cocoproof.export.detections import read_columns
from cocoproof.export.errors import ExportError, ExportVerificationError
from cocoproof.export.inputs import Naming, Source, check_classes, length_of, root_of, source_images
from cocoproof.export.keypoint_input import Skeleton, with_skeletons
from cocoproof.export.mask_options import BoxSource, EmptyMask, MaskMode, MaskOptions, OnError, OrientedStyle, check_choice
from cocoproof.export.refusals import Refusals
from cocoproof.export.stream import DatasetStream
from cocoproof.export.tally import Tally
from cocoproof.export.validate import ValidationTerms
from cocoproof.export.writer import DatasetWriter

if TYPE_CHECKING:
    import os

    from cocoproof.export.image_entries import ImageInfo, Orientation
    from cocoproof.export.inputs import SourceImage
    from cocoproof.export.report import ExportReport
    from cocoproof.mapping import CategoryList, ClassMapping

__all__ = ["Progress", "check_first_id", "collector", "export_coco", "image_of", "verified"]

Progress: TypeAlias = Callable[[int, int | None], None]
"""Called after each image with the number of images done and the number of all, None if that is not known."""


def export_coco(
    source: Source,
    path: str | os.PathLike[str],
    *,
    mapping: ClassMapping,
    masks: MaskMode = "auto",
    verify: bool = False,
    on_error: OnError | Refusals = "raise",
    boxes: BoxSource = "source",
    min_iou: float | None = None,
    max_vertices: int | None = None,
    keep_vertices: float | None = None,
    min_area_share: float = 0.0,
    max_area_share: float = 1.0,
    empty_masks: EmptyMask = "error",
    segment_boxes: bool = False,
    skeletons: Mapping[str, Skeleton] | Skeleton | None = None,
    attributes: Collection[str] | None = None,
    images_dir: str | os.PathLike[str] | None = None,
    orientation: Orientation = "stored",
    oriented_boxes: OrientedStyle = "corners",
    first_image_id: int = 1,
    first_annotation_id: int = 1,
    info: Mapping[str, Any] | None = None,
    licenses: Sequence[Mapping[str, Any]] = (),
    indent: int | None = None,
    progress: Progress | None = None,
) -> ExportReport:
    """Write detections as a COCO dataset file.

    Values for which COCO has no field are written as `score` (confidence), `track_id` (tracker id), `obb` (corners of the
    oriented box), `keypoint_scores` and `attributes` (the other `data` columns); an image's `metadata` is written under that
    key of its entry. `iscrowd` is `data["iscrowd"]`, or 0. `area` is computed, never taken from `data["area"]`.

    Args:
        source: A `supervision.DetectionDataset`, or an iterable of `(image, detections)`. An image is a path (the size is
            read from the file's header), `(name, array)`, `(name, (width, height))` or an `ImageInfo`; `(path, array,
            detections)` is accepted as well. Detections are `supervision.Detections` or `KeyPoints`, `PlainDetections`, any
            object with their attributes, or None.
        path: The file. It appears, or replaces an old one, when everything is written.
        mapping: Which source class becomes which category; all its categories are listed.
        masks: pycocotools reads back both `polygon` and `rle` bit for bit. `auto` writes a polygon if the mask has no hole
            and the polygon's text is not longer, else run lengths. `none` writes no masks. A crowd is always
            run-length encoded.
        verify: Whether the written file is then checked, with the mapping as its category list.
        on_error: What to do with an image or a detection that cannot be written: `raise`, or `skip`, which counts and lists
            it in the report. Or the `Refusals` of the source, whose setting then applies, and whose counts are part of the
            report.
        boxes: Whose box is written if there is a mask: the source's, or the mask's own.
        min_iou: Simplify polygons as long as they keep this IoU with the mask, as pycocotools reads them.
        max_vertices: Simplify polygons to at most so many vertices per mask.
        keep_vertices: The same as a fraction of the exact polygons' vertices (supervision's `approximation_percentage` is one
            minus this).
        min_area_share: Detections whose mask covers a smaller fraction of the image are skipped, and counted.
        max_area_share: The same for a greater fraction.
        empty_masks: How to handle a mask without a pixel. `error`: it cannot be written. `box`: the box is written without
            a segmentation. `keep`: a run-length encoding without a pixel, with area 0, which evaluation never matches.
        segment_boxes: Write the box as a polygon if a detection has no mask. By default it then has no segmentation.
        skeletons: The keypoints of the categories, by name, or one skeleton for all; else those of the mapping's categories.
        attributes: The `data` columns to write; None for all.
        images_dir: The folder that file names are relative to. By default relative paths are not changed, and those of a
            dataset are relative to the folder that contains all its images.
        orientation: Sizes of image files as the pixels are `stored`, or after the `exif` orientation (as OpenCV, and so
            supervision, reads them).
        oriented_boxes: What `obb` is. `corners`: x, y of the four corners, nothing is lost. `centre`: centre x, centre y, width, height and the angle of the first edge in radians, clockwise,
            as hotcoco evaluates it; corners that are not a rectangle cannot be written so.
        first_image_id: At least 1.
        first_annotation_id: At least 1: pycocotools treats an annotation id of 0 as "no match".
        info: The section `info`; nothing is added to it.
        licenses: Rows of `licenses`.
        indent: Spaces per level; None writes one row per line.
        progress: Called after each image.

    Returns:
        What was written and what was not.

    Raises:
        ExportError: If an image or a detection cannot be written; no file is written then.
        ExportVerificationError: If the written file has findings of severity error; the file is not removed.
        ValueError: If an argument is out of its domain.
        TypeError: If the source has another form.
        MissingExtra: If a size must be read with Pillow (JPEG 2000, AVIF, PPM), which is not installed.
        OSError: If the file cannot be written.
    """
    options = MaskOptions(masks, min_iou, max_vertices, keep_vertices, min_area_share, max_area_share, empty_masks, segment_boxes)
    refusals = collector(on_error)
    check_choice("boxes", boxes, ("source", "mask"))
    check_choice("orientation", orientation, ("stored", "exif"))
    check_choice("oriented_boxes", oriented_boxes, ("corners", "centre"))
    check_first_id("first_image_id", first_image_id)
    check_first_id("first_annotation_id", first_annotation_id)
    check_classes(source, mapping)
    categories = with_skeletons(mapping.categories, skeletons)
    tally = Tally(refusals, tolerant=options.tolerant)
    terms = ValidationTerms(
        mapping,
        {category.id: category.name for category in categories if category.id is not None},
        {category.id: len(category.keypoints or ()) for category in categories if category.id is not None},
        options,
        boxes,
        attributes,
        refusals,
        tally,
        oriented=oriented_boxes,
    )
    naming = Naming(root_of(source, images_dir), orientation)
    seen: dict[str, str] = {}
    total = length_of(source)
    writer = DatasetWriter(path, categories=category_rows(categories), info=info, licenses=licenses, indent=indent)
    stream = DatasetStream(writer, terms, first_image_id, first_annotation_id)
    with writer:
        for done, (given, detections) in enumerate(source_images(source), 1):
            image = image_of(given, naming, seen, refusals)
            if image is not None:
                try:
                    columns = read_columns(detections)
                except ExportError as error:
                    refusals.refuse(error.on_image(image.file_name))
                    columns = read_columns(None)
                stream.add(image, columns)
            if progress is not None:
                progress(done, total)
        stream.flush()
    report = tally.report(Path(path), mapping, next_image_id=stream.next_image_id, next_annotation_id=stream.next_annotation_id)
    return verified(report, categories=mapping.category_list, gt=None) if verify else report


def collector(on_error: OnError | Refusals) -> Refusals:
    """The collector that the argument `on_error` is, or asks for.

    Raises:
        ValueError: If it is neither a collector nor `raise` or `skip`.
    """
    if isinstance(on_error, Refusals):
        return on_error
    check_choice("on_error", on_error, ("raise", "skip"))
    return Refusals(on_error)


def check_first_id(name: str, value: int) -> None:
    """Validate the id to start at.

    Raises:
        ValueError: If it is not an integer of at least 1.
    """
    if type(value) is not int or not 1 <= value < 2**53:
        msg = f"{name} is {value!r}; expected an integer of at least 1 (pycocotools treats annotation id 0 as no match)"
        raise ValueError(msg)


OF_THE_SOURCE = ("COCO306", "COCO307")
"""Rules about what the source contains, not about how it was written: no detection at all, or crowds alone."""


def verified(report: ExportReport, *, categories: CategoryList | None, gt: str | os.PathLike[str] | None) -> ExportReport:
    """The report with the result of checking the file.

    Raises:
        ExportVerificationError: If there are findings of severity error, or a rule crashed.
    """
    from cocoproof.api import check  # slow to import, and needed only here

    verification = check(report.path, categories=categories, gt=gt, images=False, ignore=OF_THE_SOURCE)
    with_result = replace(report, verification=verification)
    if not verification.ok():
        raise ExportVerificationError(with_result, verification)
    return with_result


def image_of(given: SourceImage, naming: Naming, seen: dict[str, str], refusals: Refusals) -> ImageInfo | None:
    """The image as it is written; None if it cannot be written and is skipped."""
    try:
        image = naming.image_info(given)
        if image.file_name in seen:
            before = seen[image.file_name]
            also = "" if before == given.name else f" (also of {before})"
            msg = f"the file name {image.file_name!r} is a duplicate{also}; each image may occur once"
            raise ExportError(msg, reason="duplicate-file-name")
    except ExportError as error:
        refusals.refuse(error.on_image(given.name))
        return None
    seen[image.file_name] = given.name
    return image
