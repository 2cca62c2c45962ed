"""`export_results`: detections to the results list that `COCO.loadRes` takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from cocoproof.export.annotations import ResultTask, result_rows
from cocoproof.export.dataset import verified
from cocoproof.export.detections import DetectionColumns, read_found
from cocoproof.export.errors import ExportError
from cocoproof.export.ground_truth import GroundTruth, TruthImage, TruthLike, read_ground_truth, rebased
from cocoproof.export.image_entries import ImageInfo
from cocoproof.export.inputs import Source, check_classes, given_items, length_of
from cocoproof.export.options import MaskOptions, OnError, check_choice
from cocoproof.export.tally import Tally
from cocoproof.export.validate import ValidationTerms, judge
from cocoproof.export.writer import ResultsWriter

if TYPE_CHECKING:
    import os
    from collections.abc import Collection

    from cocoproof.export.dataset import Progress
    from cocoproof.export.inputs import InputImage
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
    on_error: OnError = "raise",
    min_area_share: float = 0.0,
    max_area_share: float = 1.0,
    attributes: Collection[str] | None = (),
    allow_empty: bool = False,
    indent: int | None = None,
    progress: Progress | None = None,
) -> ExportReport:
    """Write detections as a COCO results file, with the ids of a ground truth, so that COCOeval runs on it at once.

    A row has `image_id`, `category_id`, `score` and what the task needs: `bbox`; or `segmentation`, run-length encoded, and
    no `bbox`, for `loadRes` would take the box's area for the mask's; or `keypoints`. The image ids are those of the
    ground truth's images by file name (an image's path may have more folders in front), the category ids those of its
    categories by the names that the mapping's categories have.

    Args:
        source: As for `export_coco`; image files are not opened, for the ground truth says their sizes.
        path: The file, replaced as a whole when all is written.
        mapping: Which source class becomes which category; only the names of its categories count.
        gt: The ground truth: a COCO dataset file, a document, or a `pycocotools.coco.COCO`.
        task: What the results are of. `auto`: keypoints for key points, segm where there are masks, else bbox, as the first
            image with detections has it; one file holds results of one task.
        verify: Whether the written file is then judged by the verifier against the ground truth, which must be a file.
        on_error: As for `export_coco`.
        min_area_share: As for `export_coco`.
        max_area_share: As for `export_coco`.
        attributes: The `data` columns to write as well; None for all.
        allow_empty: Whether a list without a result may be written, on which `loadRes` raises IndexError.
        indent: Spaces a level; None writes one row a line.
        progress: Called after each image.

    Returns:
        What was written and what was not.

    Raises:
        ExportError: If an image is not in the ground truth, a category is not, there is no score, or a detection cannot be
            written; nothing is there then.
        ExportVerificationError: If the written file has findings of severity error; the file is left.
        ValueError: If an argument is out of its domain.
        TypeError: If the source has another form.
        OSError: If the file cannot be written.
    """
    check_choice("on_error", on_error, ("raise", "skip"))
    check_choice("task", task, ("auto", "bbox", "segm", "keypoints"))
    truth_file = gt if isinstance(gt, str) or hasattr(gt, "__fspath__") else None
    if verify and truth_file is None:
        msg = "verify=True needs the ground truth as a file"
        raise ValueError(msg)
    check_classes(source, mapping)
    truth = read_ground_truth(gt)
    onto = rebased(mapping, truth)
    tally = Tally(on_error, tolerant=False)
    limited = MaskOptions("rle", min_area_share=min_area_share, max_area_share=max_area_share)
    names = {category.id: category.name for category in truth.categories if category.id is not None}
    points = {category.id: len(category.keypoints or ()) for category in truth.categories if category.id is not None}
    settled: ResultTask | None = None if task == "auto" else task
    seen: dict[int, str] = {}
    total = length_of(source)
    with ResultsWriter(path, indent=indent) as writer:
        for done, given in enumerate(given_items(source), 1):
            try:
                found = read_found(given.detections)
                image, image_id = _image(given, truth, found, seen)
                if len(found):
                    settled = _task_of(found) if settled is None else settled
                    _check_task(found, settled, asked=task)
            except ExportError as error:
                tally.refuse(error.on_image(given.name))
            else:
                tally.images += 1
                if len(found) and settled is not None:
                    options = limited if settled == "segm" else _NO_MASKS
                    terms = ValidationTerms(
                        onto, names, points, options, "mask" if settled == "segm" else "source", attributes, tally, score_needed=True
                    )
                    judged = judge(found, image, terms)
                    rows = result_rows(judged, image, image_id, settled, tally)
                    writer.add(rows)
                    tally.annotations += len(rows)
                    tally.written.update(judged.class_ids)
            if progress is not None:
                progress(done, total)
        if not tally.annotations and not allow_empty:
            msg = "there is no result, and COCO.loadRes cannot take an empty list; say allow_empty=True to write it"
            raise ExportError(msg, reason="empty")
    report = tally.report(Path(path), onto, next_image_id=1, next_annotation_id=1)
    return verified(report, categories=None, gt=truth_file) if verify else report


_NO_MASKS = MaskOptions("none")


def _image(given: InputImage, truth: GroundTruth, found: DetectionColumns, seen: dict[int, str]) -> tuple[ImageInfo, int]:
    image = truth.find(given.path)
    if image.id in seen:
        msg = f"{seen[image.id]} is image {image.id} of the ground truth already; each image may stand once"
        raise ExportError(msg, reason="duplicate-file-name")
    size = _size(given, image, found)
    seen[image.id] = given.name
    return ImageInfo(image.file_name, *size), image.id


def _size(given: InputImage, image: TruthImage, found: DetectionColumns) -> tuple[int, int]:
    """Width and height, as the ground truth has them; where it has none, as the source does."""
    own = given.size
    if image.width < 1 or image.height < 1:
        masks = found.masks.size() if found.masks is not None else None
        return own or (masks[::-1] if masks is not None else (1, 1))
    if own is not None and own != (image.width, image.height):
        msg = f"the image is {own[0]}x{own[1]} px (width x height), the ground truth says {image.width}x{image.height} px"
        raise ExportError(msg, reason="image-size")
    return image.width, image.height


def _task_of(found: DetectionColumns) -> ResultTask:
    if found.keypoints is not None:
        return "keypoints"
    return "segm" if found.masks is not None else "bbox"


def _check_task(found: DetectionColumns, task: ResultTask, *, asked: Task) -> None:
    """Refuse what cannot be results of this task."""
    own = _task_of(found)
    if own == task or (task == "bbox" and own == "segm"):
        return
    if asked == "auto":
        msg = f"these would be {own} results, those before them are {task}; say which with task=, or write two files"
    else:
        msg = f"these cannot be {task} results; they hold what {own} results need"
    raise ExportError(msg, reason="task")
