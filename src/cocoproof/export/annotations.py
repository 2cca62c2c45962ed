"""Judged detections as rows of a dataset or of a results list."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

from msgspec import UNSET, UnsetType

from cocoproof.export.coco_rows import AnnotationEntry, ResultEntry
from cocoproof.export.errors import ExportError
from cocoproof.export.mask_encoding import EncodedMask, write_masks
from cocoproof.export.options import MaskOptions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cocoproof.export.image_entries import ImageInfo
    from cocoproof.export.mask_encoding import Segmentation
    from cocoproof.export.tally import Tally
    from cocoproof.export.validate import ValidatedDetections

__all__ = ["ResultTask", "annotation_rows", "result_rows"]

ResultTask: TypeAlias = Literal["bbox", "segm", "keypoints"]

T = TypeVar("T")

_AS_RLE = MaskOptions(mode="rle")


def annotation_rows(
    judged: ValidatedDetections, image: ImageInfo, image_ids: Iterable[int], first_id: int, options: MaskOptions, tally: Tally
) -> list[AnnotationEntry]:
    """Rows of `annotations`, with ids from `first_id` on.

    `area` is the number of pixels that pycocotools reads back from the segmentation, or the box's area where none is
    written. A detection without a mask has no `segmentation` unless the options say that its box is to be one.

    Args:
        judged: The detections; of several images, if they have no masks.
        image: The image of the masks.
        image_ids: For each detection the id of its image; may go on for ever.
        first_id: The first annotation's id.
        options: What was asked of the masks.
        tally: Where masks are counted.
    """
    masks = _written(judged, image, options)
    areas: list[float] = judged.box_areas
    segmentations: Iterable[Segmentation | UnsetType] = repeat(UNSET)
    if masks is not None:
        areas = [box if mask is None else mask.area for box, mask in zip(judged.box_areas, masks, strict=True)]
        segmentations = [UNSET if mask is None else mask.segmentation for mask in masks]
        for annotation_id, mask in enumerate(masks, first_id):
            if mask is not None:
                tally.keep_iou(annotation_id, mask.iou)
        written = [mask for mask in masks if mask is not None]
        polygons = sum(mask.is_polygon for mask in written)
        tally.masks.update(polygon=polygons, rle=len(written) - polygons, none=len(masks) - len(written))
    else:
        tally.masks["none"] += len(judged)
    return list(
        map(
            AnnotationEntry,
            range(first_id, first_id + len(judged)),
            image_ids,
            judged.category_ids,
            judged.boxes,
            areas,
            judged.crowd,
            segmentations,
            _or_unset(judged.keypoints),
            _or_unset(judged.labelled),
            _or_unset(judged.keypoint_scores),
            _or_unset(judged.scores),
            _or_unset(judged.track_ids),
            _or_unset(judged.obb),
            _or_unset(judged.attributes),
        )
    )


def result_rows(judged: ValidatedDetections, image: ImageInfo, image_id: int, task: ResultTask, tally: Tally) -> list[ResultEntry]:
    """Rows of a results list for one task, as `COCO.loadRes` takes them; masks are run-length encoded.

    Raises:
        ExportError: If a detection has no mask where the task is `segm`.
    """
    segmentations: Iterable[Segmentation | UnsetType] = repeat(UNSET)
    if task == "segm":
        for index, runs in enumerate(judged.runs or repeat(None, len(judged))):
            if runs is None:
                msg = f"detection {index} of those that can be written has no mask, which a segm result needs"
                raise ExportError(msg, reason="mask-missing", image=image.file_name)
        masks = write_masks(
            [runs for runs in judged.runs or () if runs is not None],
            [None] * len(judged),
            [False] * len(judged),
            (image.height, image.width),
            _AS_RLE,
        )
        segmentations = [mask.segmentation for mask in masks]
        tally.masks["rle"] += len(masks)
    return list(
        map(
            ResultEntry,
            repeat(image_id),
            judged.category_ids,
            judged.scores or (),
            judged.boxes if task == "bbox" else repeat(UNSET),
            segmentations,
            _or_unset(judged.keypoints if task == "keypoints" else None),
            _or_unset(judged.keypoint_scores),
            _or_unset(judged.track_ids),
            _or_unset(judged.obb),
            _or_unset(judged.attributes),
        )
    )


def _or_unset(column: list[T] | None) -> Iterable[T | UnsetType]:
    return repeat(UNSET) if column is None else column


def _written(judged: ValidatedDetections, image: ImageInfo, options: MaskOptions) -> list[EncodedMask | None] | None:
    """Each detection's mask as it is written; None where it has none, or as a whole where no detection has one."""
    if options.mode == "none" or (judged.runs is None and not options.segment_boxes):
        return None
    out: list[EncodedMask | None] = [None] * len(judged)
    runs = judged.runs or [None] * len(judged)
    there = [index for index, mask in enumerate(runs) if mask is not None]
    polygons = judged.polygons or [None] * len(judged)
    written = write_masks(
        [mask for mask in runs if mask is not None],
        [polygons[index] for index in there],
        [judged.crowd[index] == 1 for index in there],
        (image.height, image.width),
        options,
    )
    for index, mask in zip(there, written, strict=True):
        out[index] = mask
    if options.segment_boxes:
        for index, (x, y, width, height) in enumerate(judged.boxes):
            if out[index] is None:
                ring = [x, y, x + width, y, x + width, y + height, x, y + height]
                out[index] = EncodedMask([ring], judged.box_areas[index], is_polygon=True)
    return out
