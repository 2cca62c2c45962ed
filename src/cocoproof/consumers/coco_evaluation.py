"""`COCOeval` with its default parameters, as pycocotools, hotcoco and faster-coco-eval have it: which boxes a result can match.

An annotation arrives if a result that repeats its box counts as a match in the AP over all areas (`iouType="bbox"`, IoU 0.5).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.model.arrivals import LossNotice

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cocoproof.consumers.loading import Loading

__all__ = ["drop_unmatched"]

_MAX_DETECTIONS = 100
"""`Params.maxDets[-1]`"""

_MAX_AREA = 1e5**2
"""`Params.areaRng[0][1]`"""


def drop_unmatched(loading: Loading, *, no_match: NDArray[np.bool_], reason: str = "", notice: LossNotice = LossNotice.SILENT) -> None:
    """Drop annotations that are ignored, and those that no result matches.

    Args:
        loading: The file, with the annotations that the evaluation is given.
        no_match: Annotations whose match counts as none because of their id, bool, shape (n,).
        reason: Why, as a predicate.
        notice: Whether the consumer mentions that.
    """
    annotations = loading.coco.annotations
    area = annotations.area.floats
    loading.drop_annotations(loading.crowd, "have iscrowd 1, which makes them regions to ignore", LossNotice.DEFINED)
    in_turn = _turn(loading)
    loading.drop_annotations((area < 0) | (area > _MAX_AREA), "have an area outside 0 to 10^10, and are ignored", cause="COCO507")
    loading.drop_annotations(~_is_found(annotations.bbox.floats), "have a box without extent, whose IoU with any box is 0", cause="COCO501")
    loading.drop_annotations(no_match, reason, notice, cause="COCO207")
    loading.drop_annotations(in_turn >= _MAX_DETECTIONS, "are beyond the 100 results per image and class that are counted")


def _turn(loading: Loading) -> NDArray[np.int64]:
    """The position of each annotation that is left among those of its image and class, from 0; int64, shape (n,)."""
    annotations = loading.coco.annotations
    out = np.zeros(annotations.n, np.int64)
    rows = np.flatnonzero(loading.annotations)
    order = rows[np.lexsort((rows, annotations.category_row[rows], annotations.image_row[rows]))]
    if len(order):
        image, category = annotations.image_row[order], annotations.category_row[order]
        begins = np.concatenate([[True], (np.diff(image) != 0) | (np.diff(category) != 0)])
        starts = np.flatnonzero(begins)
        out[order] = np.arange(len(order)) - np.repeat(starts, np.diff([*starts, len(order)]))
    return out


def _is_found(box: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether a box overlaps itself by IoU 0.5, in the arithmetic of `maskApi.c`; bool, shape (n,)."""
    overlap = (box[:, :2] + box[:, 2:]) - box[:, :2]
    shared = overlap[:, 0] * overlap[:, 1]
    own = box[:, 2] * box[:, 3]
    return (overlap > 0).all(axis=1) & ~(shared / (own + own - shared) < 0.5)
