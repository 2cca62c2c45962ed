"""Preconditions of rules: which rows a rule skips because another rule reports what it depends on."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.keypoint_triples import misfits
from cocoproof.geometry.rle import RleFault
from cocoproof.images import FileState
from cocoproof.rules.detected_formats import no_pixel_box
from cocoproof.rules.shared_results import shared

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from cocoproof.rules.rule import RuleContext

__all__ = ["PRECONDITIONS", "unmet_precondition"]


def _column(table: str, name: str) -> Callable[[RuleContext], NDArray[np.bool_]]:
    def defective(context: RuleContext) -> NDArray[np.bool_]:
        rows: NDArray[np.bool_] = getattr(getattr(context.coco, table), name).defective
        return rows

    return defective


def _no_number(table: str) -> Callable[[RuleContext], NDArray[np.bool_]]:
    """Rows whose id is a text that is not a number to the other ids of the file."""

    def named(context: RuleContext) -> NDArray[np.bool_]:
        ids = getattr(context.coco, table).id
        rows: NDArray[np.bool_] = ids.ok & ~ids.numeric
        return rows

    return named


def _no_image(context: RuleContext) -> NDArray[np.bool_]:
    """Annotations that name an image which is not there, or not usable."""
    annotations = context.coco.annotations
    return (annotations.image_row < 0) & annotations.image_id.present


def _no_image_size(context: RuleContext) -> NDArray[np.bool_]:
    """Annotations on an image whose width or height is not usable."""
    annotations, images = context.coco.annotations, context.images
    sized = np.append(images.width.ok & images.height.ok, True)
    return ~sized[annotations.image_row]


def _nowhere(context: RuleContext) -> NDArray[np.bool_]:
    """Annotations on no image that is listed: it is absent, or is referred to by another id or by one of another type."""
    return context.coco.annotations.image_row < 0


def _no_category(context: RuleContext) -> NDArray[np.bool_]:
    annotations = context.coco.annotations
    return (annotations.category_row < 0) & annotations.category_id.present


def _no_segment_category(context: RuleContext) -> NDArray[np.bool_]:
    return (context.coco.segments.category_row < 0) & context.coco.segments.category_id.present


@shared
def _malformed_mask(context: RuleContext) -> NDArray[np.bool_]:
    """Annotations whose segmentation another rule calls broken: no segmentation, unsound rings or runs."""
    segmentation = context.coco.annotations.segmentation
    out = segmentation.defective.copy()
    # A mask that is merely too large for pycocotools is sound.
    faulty = (segmentation.rle_faults != RleFault.OK) & (segmentation.rle_faults != RleFault.OVERSIZE)
    out[segmentation.rle_rows[faulty]] = True
    lengths = segmentation.rings.lengths
    out[segmentation.ring_rows[(lengths % 2 != 0) | (lengths < 6)]] = True
    return out


def _broken_keypoint_definition(context: RuleContext) -> NDArray[np.bool_]:
    return context.categories.keypoints_broken


def _broken_category_lists(context: RuleContext) -> NDArray[np.bool_]:
    lists = context.coco.images.lvis
    return np.zeros(context.coco.images.n, bool) if lists is None else lists.negative.defective | lists.not_exhaustive.defective


def _misfit_keypoints(context: RuleContext) -> NDArray[np.bool_]:
    """Annotations whose keypoints have another length than their category's definition asks for."""
    return misfits(context.coco.annotations, context.categories)


def _no_name_to_look_for(context: RuleContext) -> NDArray[np.bool_]:
    """Images whose `file_name` is not there, not usable or unsafe."""
    return np.full(context.coco.images.n, True) if context.files is None else np.equal(context.files.pictures.state, FileState.UNASKED)


def _no_judged_picture(context: RuleContext) -> NDArray[np.bool_]:
    """Images whose file could not be read by what is installed here."""
    return np.full(context.coco.images.n, True) if context.files is None else np.equal(context.files.pictures.state, FileState.UNKNOWN)


def _no_picture(context: RuleContext) -> NDArray[np.bool_]:
    """Images whose file is missing, or whose header cannot be read."""
    return np.full(context.coco.images.n, True) if context.files is None else ~context.files.pictures.ok


PRECONDITIONS: Mapping[str, tuple[str, str, Callable[[RuleContext], NDArray[np.bool_]]]] = {
    **{
        f"{table}.{name}": (table, f"usable {name}", _column(table, name))
        for table, names in {
            "images": ("id", "width", "height", "file_name", "license"),
            "annotations": (
                "id",
                "image_id",
                "category_id",
                "bbox",
                "area",
                "iscrowd",
                "score",
                "keypoints",
                "num_keypoints",
                "segmentation",
                "file_name",
                "caption",
            ),
            "categories": ("id", "name", "skeleton", "isthing"),
            "segments": ("id", "category_id", "area", "bbox", "iscrowd"),
        }.items()
        for name in names
    },
    "images.category_lists": ("images", "usable lists of categories", _broken_category_lists),
    **{f"{table}.number": (table, "id that is a number", _no_number(table)) for table in ("images", "annotations", "categories")},
    "images.safe_name": ("images", "file_name that may be looked for", _no_name_to_look_for),
    "images.judged_picture": ("images", "file that could be read here", _no_judged_picture),
    "images.picture": ("images", "file with a readable header (COCO801, COCO802)", _no_picture),
    "annotations.image": ("annotations", "image", _no_image),
    "annotations.listed_image": ("annotations", "image that is listed", _nowhere),
    "annotations.image_size": ("annotations", "image with a usable width and height", _no_image_size),
    "annotations.category": ("annotations", "category", _no_category),
    "annotations.pixel_box": ("annotations", "box in pixels as [x, y, width, height] (COCO504, COCO505)", no_pixel_box),
    "annotations.mask": ("annotations", "well-formed segmentation", _malformed_mask),
    "annotations.keypoint_length": ("annotations", "keypoints of the due length", _misfit_keypoints),
    "categories.keypoints": ("categories", "usable keypoints", _broken_keypoint_definition),
    "segments.category": ("segments", "category", _no_segment_category),
}
"""For each need: the table, what its rows lack, and the rows, bool, that lack it because of another rule's finding."""


_PARTS = {"annotations.image_size": ("annotations.listed_image", "annotations.image_size")}
"""Needs of which another is a part: an annotation on no image has no size of an image either, but another reason."""


def unmet_precondition(context: RuleContext, needs: tuple[str, ...]) -> str | None:
    """Why some rows, or all, were not checked; None if all were."""
    parts = (part for one in needs for part in _PARTS.get(one, (one,)))
    return "; ".join(filter(None, (context.results.of(part, partial(_unmet, context, part)) for part in parts))) or None


def _unmet(context: RuleContext, need: str) -> str:
    """How many rows lack one need; "" if none do."""
    table, what, defective = PRECONDITIONS[need]
    rows = defective(context)
    count = int(np.count_nonzero(rows))
    return f"{count} of {len(rows)} {table} have no {what}" if count else ""
