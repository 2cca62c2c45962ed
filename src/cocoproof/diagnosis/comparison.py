"""A results list beside its ground truth, compared once for all rules that ask."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.diagnosis.classes import ClassMap, find_class_map
from cocoproof.diagnosis.coverage import ShiftedImages, Uncovered, find_shifted_images, find_uncovered
from cocoproof.diagnosis.overlap import Boxes, BoxPairs, Detected, detect, pair_iou, pairs_on_images
from cocoproof.diagnosis.transforms import BoxTransform, find_transform

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cocoproof.columns.tables import Annotations, Dataset

__all__ = ["ResultsComparison"]


@dataclass(frozen=True, kw_only=True, eq=False)
class ResultsComparison:
    """A results list beside its ground truth. Each comparison is made when it is first asked for.

    Attributes:
        results: The rows of the results list; `image_row` and `category_row` point into the ground truth.
        truth: The ground truth.
    """

    results: Annotations
    truth: Dataset

    @cached_property
    def result_rows(self) -> NDArray[np.int64]:
        """Results with a box and a known image, ordered by image, int64, shape (n,)."""
        return self._usable(self.results)

    @cached_property
    def object_rows(self) -> NDArray[np.int64]:
        """Annotations of the ground truth that an evaluation counts: not crowds, with a box and a known image, ordered by image; int64, shape (m,)."""
        annotations = self.truth.annotations
        rows = self._usable(annotations)
        return rows[~annotations.crowd[rows] & (annotations.category_row[rows] >= 0)]

    @cached_property
    def boxes(self) -> Boxes:
        """The results of `result_rows`."""
        return self._boxes(self.results, self.result_rows)

    @cached_property
    def objects(self) -> Boxes:
        """The objects of `object_rows`."""
        return self._boxes(self.truth.annotations, self.object_rows)

    @cached_property
    def pairs(self) -> BoxPairs:
        """Every result with every object of its image, or of a sample of images."""
        return pairs_on_images(self.boxes, self.objects, self.truth.images.n)

    @cached_property
    def detected(self) -> Detected:
        """Which result detects which object, whatever the classes."""
        iou = pair_iou(self.boxes.corners[self.pairs.result], self.objects.corners[self.pairs.object])
        return detect(self.pairs, iou, self.boxes.score)

    @property
    def transform(self) -> BoxTransform | None:
        """The transform of the boxes that explains why results do not lie on objects; None where a shift of the images explains more."""
        found, other = self._transform, self._shifted_images
        return None if found is None or (other is not None and other.found_after > found.found_after) else found

    @property
    def shifted_images(self) -> ShiftedImages | None:
        """The shift of the images that explains why results do not lie on objects; None where a transform of the boxes explains as much."""
        return self._shifted_images if self.transform is None else None

    @cached_property
    def _transform(self) -> BoxTransform | None:
        images = self.truth.images
        sizes = np.stack([np.where(side.ok & (side.values > 0), side.values, np.nan) for side in (images.width, images.height)], axis=1)
        box = _box_of(self.results)[self.result_rows]
        return find_transform(box, self.boxes, self.objects, self.pairs, sizes)

    @cached_property
    def class_map(self) -> ClassMap | None:
        """The renumbering of category ids that explains the classes of results; None where the boxes or images are at fault."""
        if self._transform is not None or self._shifted_images is not None:
            return None
        categories = self.truth.categories
        rows = np.flatnonzero(categories.id.ok)
        detected = self.detected
        return find_class_map(
            self.objects.category[detected.object],
            self.boxes.category[detected.result],
            categories.id.values[rows].astype(np.int64),
            [categories.name.values[row] for row in rows.tolist()],
        )

    @cached_property
    def _shifted_images(self) -> ShiftedImages | None:
        if self.pairs.sampled:
            return None
        images = self.truth.images
        orders = [("file", np.arange(images.n))]
        if images.id.ok.all():
            orders.append(("id", np.argsort(images.id.values, kind="stable")))
        if images.file_name.ok.all():
            orders.append(("name", np.argsort(np.array(images.file_name.values, object), kind="stable")))
        return find_shifted_images(self.boxes, self.objects, images.n, orders)

    @cached_property
    def uncovered(self) -> Uncovered | None:
        """Images with objects and without results, more of them than a score threshold explains."""
        known = self.results.image_row[self.results.image_row >= 0]
        per_image = np.bincount(known, minlength=self.truth.images.n)
        return find_uncovered(per_image, np.bincount(self.objects.image, minlength=self.truth.images.n))

    def _usable(self, annotations: Annotations) -> NDArray[np.int64]:
        box = _box_of(annotations)
        with np.errstate(invalid="ignore"):
            good = np.isfinite(box).all(axis=1) & (box[:, 2] > 0) & (box[:, 3] > 0) & (np.abs(box) < 1e9).all(axis=1)
        rows = np.flatnonzero(good & (annotations.image_row >= 0) & annotations.category_id.ok)
        return rows[np.argsort(annotations.image_row[rows], kind="stable")]

    def _boxes(self, annotations: Annotations, rows: NDArray[np.int64]) -> Boxes:
        box = _box_of(annotations)[rows]
        score = np.where(annotations.score.ok, annotations.score.floats, 0.0)[rows]
        return Boxes(
            corners=np.concatenate([box[:, :2], box[:, :2] + box[:, 2:]], axis=1),
            image=annotations.image_row[rows],
            category=annotations.category_id.values[rows].astype(np.int64),
            score=np.nan_to_num(score),
        )


def _box_of(annotations: Annotations) -> NDArray[np.float64]:
    """[x, y, width, height] of each row, float64, shape (n, 4): its box, or the envelope of its mask where it has none; else NaN."""
    box = annotations.bbox.floats.copy()
    lacking = ~annotations.bbox.ok
    if lacking.any() and annotations.segmentation.is_mask[lacking].any():
        envelope = annotations.segmentation.envelopes[lacking]
        box[lacking] = np.concatenate([envelope[:, :2], envelope[:, 2:] - envelope[:, :2]], axis=1)
    else:
        box[lacking] = np.nan
    return box
