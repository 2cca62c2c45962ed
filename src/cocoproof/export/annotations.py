"""Validated detections as rows of a dataset or of a results list."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

from msgspec import UNSET, UnsetType

from cocoproof.export.coco_rows import AnnotationEntry, ResultEntry
from cocoproof.export.errors import ExportError
from cocoproof.export.mask_encoding import add_segmentations, rle_segmentations

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cocoproof.export.coco_rows import Segmentation
    from cocoproof.export.image_entries import ImageInfo
    from cocoproof.export.mask_options import MaskOptions
    from cocoproof.export.tally import Tally
    from cocoproof.export.validate import ValidatedDetections

__all__ = ["ResultTask", "annotation_rows", "result_rows"]

ResultTask: TypeAlias = Literal["bbox", "segm", "keypoints"]

T = TypeVar("T")


def annotation_rows(
    detections: ValidatedDetections, image: ImageInfo, image_ids: Iterable[int], first_id: int, options: MaskOptions, tally: Tally
) -> list[AnnotationEntry]:
    """Rows of `annotations`, with ids from `first_id`.

    `area` is the number of pixels that pycocotools reads back from the segmentation; without one, the area of the box. A detection without a mask has no `segmentation`, unless the options ask for its box as a polygon.

    Args:
        detections: The detections; of several images, if they have no masks.
        image: The image of the masks.
        image_ids: The id of the image of each detection; may be infinite.
        first_id: The first annotation's id.
        options: How masks are written.
        tally: Counts masks.
    """
    rows = list(
        map(
            AnnotationEntry,
            range(first_id, first_id + len(detections)),
            image_ids,
            detections.category_ids,
            detections.boxes,
            detections.box_areas,
            detections.crowd,
            repeat(UNSET),
            _or_unset(detections.keypoints),
            _or_unset(detections.labelled),
            _or_unset(detections.keypoint_scores),
            _or_unset(detections.scores),
            _or_unset(detections.track_ids),
            _or_unset(detections.obb),
            _or_unset(detections.attributes),
        )
    )
    add_segmentations(rows, detections, (image.height, image.width), options, tally)
    return rows


def result_rows(detections: ValidatedDetections, image: ImageInfo, image_id: int, task: ResultTask, tally: Tally) -> list[ResultEntry]:
    """Rows of a results list for one task, as `COCO.loadRes` takes them; masks are run-length encoded.

    Raises:
        ExportError: If a detection has no mask and the task is `segm`.
    """
    segmentations: Iterable[Segmentation | UnsetType] = repeat(UNSET)
    if task == "segm":
        masks = []
        for index, runs in enumerate(detections.runs or repeat(None, len(detections))):
            if runs is None:
                msg = f"detection {index} of those that can be written has no mask, which a segm result needs"
                raise ExportError(msg, reason="mask-missing", image=image.file_name)
            masks.append(runs)
        segmentations = rle_segmentations(masks, (image.height, image.width))
        tally.masks["rle"] += len(masks)
    return list(
        map(
            ResultEntry,
            repeat(image_id),
            detections.category_ids,
            detections.scores or (),
            detections.boxes if task == "bbox" else repeat(UNSET),
            segmentations,
            _or_unset(detections.keypoints if task == "keypoints" else None),
            _or_unset(detections.keypoint_scores),
            _or_unset(detections.track_ids),
            _or_unset(detections.obb),
            _or_unset(detections.attributes),
        )
    )


def _or_unset(column: list[T] | None) -> Iterable[T | UnsetType]:
    return repeat(UNSET) if column is None else column
