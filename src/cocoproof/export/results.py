"""`export_results`: detections to the results list that `COCO.loadRes` takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from cocoproof.export.annotations import ResultTask, result_rows
from cocoproof.export.dataset import collector, verified
from cocoproof.export.detections import DetectionColumns, read_columns
from cocoproof.export.errors import ExportError
from cocoproof.export.ground_truth import GroundTruth, TruthImage, TruthLike, read_ground_truth, rebased
from cocoproof.export.image_entries import ImageInfo
from cocoproof.export.inputs import Source, check_classes, length_of, source_images
from cocoproof.export.mask_options import BoxSource, MaskOptions, OnError, OrientedStyle, check_choice
from cocoproof.export.tally import Tally
from cocoproof.export.validate import ValidationTerms, validate
from cocoproof.export.writer import ResultsWriter

if TYPE_CHECKING:
    import os
    from collections.abc import Collection

    from cocoproof.export.dataset import Progress
    from cocoproof.export.inputs import SourceImage
    from cocoproof.export.refusals import Refusals
    from cocoproof.export.report import ExportReport
    from cocoproof.mapping import ClassMapping

__all__ = ["export_results"]

Task: TypeAlias = Literal["auto", "bbox", "segm", "keypoints"]


def export_results(
    source: Source,
    path: str | os.PathLike[str],
    *,
    mapping: ClassMapping,
    gt: TruthLike,
    task: Task = "auto",
    verify: bool = False,
    on_error: OnError | Refusals = "raise",
    min_area_share: float = 0.0,
    max_area_share: float = 1.0,
    attributes: Collection[str] | None = (),
    allow_empty: bool = False,
    oriented_boxes: OrientedStyle = "corners",
    indent: int | None = None,
    progress: Progress | None = None,
) -> ExportReport:
    """Write detections as a COCO results file, with the ids of a ground truth, ready for COCOeval.

    A row has `image_id`, `category_id`, `score` and what the task needs: `bbox`; or `segmentation`, run-length encoded, and
    no `bbox`, because `loadRes` would take the box's area for the mask's; or `keypoints`. The image ids are those of the
    ground truth's images by file name (an image's path may have more folders in front), the category ids those of its
    categories by the names that the mapping's categories have.

    Args:
        source: As for `export_coco`; image files are not opened, because sizes are those of the ground truth.
        path: The file; it appears, or replaces an old one, when everything is written.
        mapping: Which source class becomes which category; only the names of its categories are used.
        gt: The ground truth: a COCO dataset file, a document, or a `pycocotools.coco.COCO`.
        task: The task of the results. `auto`: keypoints for key points, segm if there are masks, else bbox, by the first
            image with detections; one file has results of one task.
        verify: Whether the written file is then checked against the ground truth, which must be a file.
        on_error: As for `export_coco`.
        min_area_share: As for `export_coco`.
        max_area_share: As for `export_coco`.
        attributes: The `data` columns to write as well; None for all.
        allow_empty: Whether an empty list may be written, on which `loadRes` raises IndexError.
        oriented_boxes: As for `export_coco`.
        indent: Spaces per level; None writes one row per line.
        progress: Called after each image.

    Returns:
        What was written and what was not.

    Raises:
        ExportError: If an image is not in the ground truth, a category is not, a score is missing, or a detection cannot be
            written; no file is written then.
        ExportVerificationError: If the written file has findings of severity error; the file is not removed.
        ValueError: If an argument is out of its domain.
        TypeError: If the source has another form.
        OSError: If the file cannot be written.
    """
    refusals = collector(on_error)
    check_choice("task", task, ("auto", "bbox", "segm", "keypoints"))
    check_choice("oriented_boxes", oriented_boxes, ("corners", "centre"))
    truth_file = gt if isinstance(gt, str) or hasattr(gt, "__fspath__") else None
    if verify and truth_file is None:
        msg = "verify=True needs the ground truth as a file"
        raise ValueError(msg)
    check_classes(source, mapping)
    truth = read_ground_truth(gt)
    onto = rebased(mapping, truth)
    tally = Tally(refusals, tolerant=False)
    limited = MaskOptions("rle", min_area_share=min_area_share, max_area_share=max_area_share)
    names = {category.id: category.name for category in truth.categories if category.id is not None}
    points = {category.id: len(category.keypoints or ()) for category in truth.categories if category.id is not None}
    settled: ResultTask | None = None if task == "auto" else task
    seen: dict[int, str] = {}
    total = length_of(source)
    with ResultsWriter(path, indent=indent) as writer:
        for done, (given, detections) in enumerate(source_images(source), 1):
            try:
                columns = read_columns(detections)
                image, image_id = _image(given, truth, columns, seen)
                if len(columns):
                    settled = _task_of(columns) if settled is None else settled
                    _check_task(columns, settled, asked=task)
            except ExportError as error:
                refusals.refuse(error.on_image(given.name))
            else:
                tally.images += 1
                if len(columns) and settled is not None:
                    options = limited if settled == "segm" else _NO_MASKS
                    boxes: BoxSource = "mask" if settled == "segm" else "source"
                    terms = ValidationTerms(
                        onto, names, points, options, boxes, attributes, refusals, tally, score_needed=True, oriented=oriented_boxes
                    )
                    validated = validate(columns, image, terms)
                    rows = result_rows(validated, image, image_id, settled, tally)
                    writer.add(rows)
                    tally.annotations += len(rows)
                    tally.written.update(validated.class_ids)
            if progress is not None:
                progress(done, total)
        if not tally.annotations and not allow_empty:
            msg = "the list of results is empty, which COCO.loadRes cannot read; pass allow_empty=True to write it"
            raise ExportError(msg, reason="empty")
    report = tally.report(Path(path), onto, next_image_id=1, next_annotation_id=1)
    return verified(report, categories=None, gt=truth_file) if verify else report


_NO_MASKS = MaskOptions("none")


def _image(given: SourceImage, truth: GroundTruth, columns: DetectionColumns, seen: dict[int, str]) -> tuple[ImageInfo, int]:
    image = truth.find(given.path)
    if image.id in seen:
        msg = f"{seen[image.id]} is image {image.id} of the ground truth already; each image may occur once"
        raise ExportError(msg, reason="duplicate-file-name")
    size = _size(given, image, columns)
    seen[image.id] = given.name
    return ImageInfo(image.file_name, *size), image.id


def _size(given: SourceImage, image: TruthImage, columns: DetectionColumns) -> tuple[int, int]:
    """Width and height of the ground truth; if it has none, of the source."""
    own = given.size
    if image.width < 1 or image.height < 1:
        masks = columns.masks.size() if columns.masks is not None else None
        return own or (masks[::-1] if masks is not None else (1, 1))
    if own is not None and own != (image.width, image.height):
        msg = f"the image is {own[0]}x{own[1]} px (width x height), the ground truth has {image.width}x{image.height} px"
        raise ExportError(msg, reason="image-size")
    return image.width, image.height


def _task_of(columns: DetectionColumns) -> ResultTask:
    if columns.keypoints is not None:
        return "keypoints"
    return "segm" if columns.masks is not None else "bbox"


def _check_task(columns: DetectionColumns, task: ResultTask, *, asked: Task) -> None:
    """Refuse detections that cannot be results of this task."""
    own = _task_of(columns)
    if own == task or (task == "bbox" and own == "segm"):
        return
    if asked == "auto":
        msg = f"these would be {own} results, those before them are {task}; pass task=, or write two files"
    else:
        msg = f"these cannot be {task} results; they have what {own} results need"
    raise ExportError(msg, reason="task")
