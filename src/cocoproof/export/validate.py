"""The detections of one image, judged: what is left of them can be written as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.export.errors import ExportError
from cocoproof.export.json_values import json_column
from cocoproof.geometry.ragged import Ragged
from cocoproof.geometry.rle import areas, boxes
from cocoproof.mapping import DROPPED, REFUSED
from cocoproof.model.suggestions import listed, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from cocoproof.export.detections import DetectionColumns
    from cocoproof.export.image_entries import ImageInfo
    from cocoproof.export.options import BoxSource, MaskOptions
    from cocoproof.export.tally import Tally
    from cocoproof.mapping import ClassMapping
    from cocoproof.model.json_types import JsonValue

__all__ = ["HUGE", "ValidatedDetections", "ValidationTerms", "judge"]

HUGE = 1e150
"""Coordinates below it have finite differences and areas."""


@dataclass(frozen=True, slots=True)
class ValidatedDetections:
    """Detections that can be written, in the source's order, in columns of one length.

    Attributes:
        class_ids: Of the source.
        category_ids: Of the mapping.
        boxes: x, y, width, height in pixels.
        box_areas: Width times height.
        crowd: 0 or 1.
        runs: The mask of each; None where it has none, or where none are to be written.
        polygons: The polygons that the source has for each, or None.
        keypoints: x, y, v of each keypoint, flat.
        labelled: Keypoints whose v is not 0.
        keypoint_scores: One a keypoint.
        scores: The detections' own.
        track_ids: The tracks.
        obb: Corners of the oriented boxes, flat.
        attributes: The further columns, a dict a detection.
    """

    class_ids: list[int]
    category_ids: list[int]
    boxes: list[list[float]]
    box_areas: list[float]
    crowd: list[int]
    runs: list[NDArray[np.int64] | None] | None = None
    polygons: list[list[list[float]] | None] | None = None
    keypoints: list[list[float]] | None = None
    labelled: list[int] | None = None
    keypoint_scores: list[list[float]] | None = None
    scores: list[float] | None = None
    track_ids: list[int] | None = None
    obb: list[list[float]] | None = None
    attributes: list[dict[str, JsonValue]] | None = None

    def __len__(self) -> int:
        return len(self.class_ids)


@dataclass(frozen=True, slots=True)
class ValidationTerms:
    """What detections are judged by.

    Attributes:
        mapping: Which class becomes which category.
        names: Category id -> name.
        keypoints: Category id -> how many keypoints it defines.
        options: What is asked of the masks.
        box_source: Whose box is written where there is a mask.
        columns: The `data` columns that become attributes; None for all.
        score_needed: Whether a detection must have a score, from 0 to 1.
        tally: Where what is refused goes.
    """

    mapping: ClassMapping
    names: Mapping[int, str]
    keypoints: Mapping[int, int]
    options: MaskOptions
    box_source: BoxSource
    columns: Collection[str] | None
    tally: Tally
    score_needed: bool = False

    @property
    def masks_wanted(self) -> bool:
        """Whether masks must be looked at."""
        options = self.options
        limited = options.min_area_share > 0 or options.max_area_share < 1
        return options.mode != "none" or self.box_source == "mask" or limited


def judge(found: DetectionColumns, image: ImageInfo, terms: ValidationTerms) -> ValidatedDetections:
    """Judge what was found on one image.

    Raises:
        ExportError: For what cannot be written, unless such things are to be skipped.
    """
    if not len(found):
        return ValidatedDetections([], [], [], [], [])
    return _Case(found, image, terms).judged()


class _Case:
    """The judging of one image."""

    def __init__(self, found: DetectionColumns, image: ImageInfo, terms: ValidationTerms) -> None:
        self._found = found
        self._image = image
        self._terms = terms
        self._alive = np.ones(len(found), bool)
        self._runs: list[NDArray[np.int64] | None] | None = None

    def _refuse(self, bad: NDArray[np.bool_], reason: str, say: Callable[[int], str]) -> None:
        """Refuse the living detections where `bad`; `say` gives the detail for an index."""
        bad = bad & self._alive
        if not bad.any():
            return
        for index in np.flatnonzero(bad).tolist():
            self._refuse_one(index, reason, say(index))

    def _refuse_one(self, index: int, reason: str, detail: str, cause: Exception | None = None) -> None:
        self._alive[index] = False
        error = ExportError(detail, reason=reason, image=self._image.file_name, detection=index)
        error.__cause__ = cause
        self._terms.tally.refuse(error)

    def judged(self) -> ValidatedDetections:
        """What is left, after all checks in turn."""
        found = self._found
        class_ids = self._class_ids()
        category_ids = self._categories(class_ids)
        crowd = self._crowd()
        self._masks()
        xywh = self._boxes()
        self._scores()
        tracks = self._tracks()
        self._finite(found.obb, "obb", "the oriented box")
        self._finite(found.keypoint_scores, "keypoints", "the scores of the keypoints")
        labelled = self._keypoints(category_ids)
        attributes = self._attributes()
        # A view costs less than a copy.
        kept: slice | NDArray[np.intp] = slice(None) if self._alive.all() else np.flatnonzero(self._alive)
        indices: Sequence[int] = range(len(found)) if isinstance(kept, slice) else kept.tolist()
        xywh = xywh[kept]
        masks = found.masks
        own = None if masks is None or self._runs is None else [masks.polygons(index) for index in indices]
        return ValidatedDetections(
            class_ids=class_ids[kept].tolist(),
            category_ids=category_ids[kept].tolist(),
            boxes=xywh.tolist(),
            box_areas=(xywh[:, 2] * xywh[:, 3]).tolist(),
            crowd=crowd[kept].tolist(),
            runs=None if self._runs is None else [self._runs[index] for index in indices],
            polygons=own,
            keypoints=None if found.keypoints is None else [points.ravel().tolist() for points in found.keypoints[kept]],
            labelled=None if labelled is None else labelled[kept].tolist(),
            keypoint_scores=None if found.keypoint_scores is None else found.keypoint_scores[kept].tolist(),
            scores=None if found.score is None else found.score[kept].tolist(),
            track_ids=None if tracks is None else [tracks[index] for index in indices],
            obb=None if found.obb is None else found.obb[kept].tolist(),
            attributes=None if attributes is None else [attributes[index] for index in indices],
        )

    def _class_ids(self) -> NDArray[np.int64]:
        """Class ids as int64; 0 where there is none and the detection is refused."""
        given = self._found.class_id
        if given is None:
            self._refuse(self._alive.copy(), "class-missing", lambda _: "class_id is None; every detection needs a class id")
            return np.zeros(len(self._found), np.int64)
        if given.dtype.kind in "iu" and given.dtype != np.uint64:
            return np.asarray(given, np.int64)
        values = given.tolist()
        bad = np.array([type(value) is not int or not -(2**63) <= value < 2**63 for value in values])
        self._refuse(bad, "class-missing", lambda index: f"class_id is {quoted(values[index])}; expected a whole number")
        return np.array([0 if wrong else value for wrong, value in zip(bad.tolist(), values, strict=True)], np.int64)

    def _categories(self, class_ids: NDArray[np.int64]) -> NDArray[np.int64]:
        mapping, tally = self._terms.mapping, self._terms.tally
        resolved = mapping.resolve(class_ids)
        if resolved.min() >= 0:
            return resolved
        for index in np.flatnonzero((resolved == REFUSED) & self._alive).tolist():
            refusal = mapping.refusal(int(class_ids[index]))
            self._refuse_one(index, "class-unmapped", refusal.detail, refusal)
        dropped = (resolved == DROPPED) & self._alive
        tally.dropped.update(class_ids[dropped].tolist())
        self._alive &= ~dropped
        return resolved

    def _crowd(self) -> NDArray[np.int64]:
        given = self._found.crowd
        if given is None:
            return np.zeros(len(self._found), np.int64)
        values = given.tolist()
        bad = np.array([value not in (0, 1) or isinstance(value, (float, str)) for value in values])
        self._refuse(bad, "iscrowd", lambda index: f"data['iscrowd'] is {quoted(values[index])}; expected 0 or 1")
        return np.array([int(value == 1) for value in values], np.int64)

    def _masks(self) -> None:
        """The runs of the living detections' masks, where masks or the boxes of masks are asked for."""
        masks, image = self._found.masks, self._image
        if masks is None or not self._terms.masks_wanted:
            return
        size = (image.height, image.width)
        own = masks.size()
        if own is not None and own != size:
            say = f"the masks are {own[0]}x{own[1]} (height x width), the image is {image.height}x{image.width} (height x width)"
            if own == size[::-1]:
                say += "; if its EXIF orientation turns the picture, as OpenCV does, say orientation='exif'"
            self._refuse(self._alive.copy(), "mask-shape", lambda _: say)
            return
        self._runs = [None] * len(self._found)
        for index in np.flatnonzero(self._alive).tolist():
            try:
                self._runs[index] = masks.runs(index, size)
            except ExportError as error:
                self._refuse_one(index, error.reason, error.detail)
        self._judge_areas(size[0] * size[1])

    def _judge_areas(self, pixels: int) -> None:
        options, tally, runs = self._terms.options, self._terms.tally, self._runs or []
        there = [index for index, mask in enumerate(runs) if mask is not None]
        counts = areas(Ragged.from_rows([runs[index] for index in there], np.int64)).tolist() if there else []  # type: ignore[misc]
        for index, count in zip(there, counts, strict=True):
            if not count:
                if options.empty == "error":
                    say = "its mask has no pixel; empty_masks='box' writes the box alone, 'keep' a mask without a pixel"
                    self._refuse_one(index, "mask-empty", say)
                elif options.empty == "box":
                    runs[index] = None
                continue
            share = count / pixels
            if not options.min_area_share <= share <= options.max_area_share:
                self._alive[index] = False
                low = share < options.min_area_share
                limit = f"min_area_share {options.min_area_share:g}" if low else f"max_area_share {options.max_area_share:g}"
                detail = f"its mask has {count} px, {share:.3g} of the image; the limit is {limit}"
                reason = "mask-below-min-area-share" if low else "mask-above-max-area-share"
                tally.leave_out(ExportError(detail, reason=reason, image=self._image.file_name, detection=index))

    def _boxes(self) -> NDArray[np.float64]:
        """x, y, width, height; float64, shape (n, 4)."""
        xyxy = self._found.xyxy
        xywh = np.empty_like(xyxy)
        small = np.abs(xyxy).max() < HUGE  # False for NaN
        if small:
            xywh[:, :2] = xyxy[:, :2] + 0.0  # no -0.0
            xywh[:, 2:] = xyxy[:, 2:] - xyxy[:, :2]
        else:
            with np.errstate(over="ignore", invalid="ignore"):
                xywh[:, :2] = xyxy[:, :2] + 0.0
                xywh[:, 2:] = xyxy[:, 2:] - xyxy[:, :2]
        if self._terms.box_source == "mask" and self._runs is not None:
            there = [index for index, mask in enumerate(self._runs) if mask is not None and len(mask) > 1]
            if there:
                rows = Ragged.from_rows([self._runs[index] for index in there], np.int64)  # type: ignore[misc]
                xywh[there] = boxes(rows, np.full(len(there), self._image.height))
        if small and xywh[:, 2:].min() > 0:
            return xywh
        with np.errstate(over="ignore", invalid="ignore"):
            finite = np.asarray(np.isfinite(xywh).all(axis=1) & np.isfinite(xywh[:, 2] * xywh[:, 3]))
        good = np.asarray((xywh[:, 2:] > 0).all(axis=1))

        def not_finite(index: int) -> str:
            if self._found.keypoints is not None and np.isnan(xyxy[index]).all():
                return "no keypoint is labelled, so there is no box"
            return f"the box is {xyxy[index].tolist()} (x1, y1, x2, y2); expected finite numbers"

        self._refuse(np.asarray(~finite), "box-not-finite", not_finite)
        hint = "; boxes='mask' writes the mask's own" if self._runs is not None else ""
        self._refuse(
            np.asarray(~good),
            "box-not-positive",
            lambda index: (
                f"the box {xyxy[index].tolist()} (x1, y1, x2, y2) is {xywh[index, 2]:g} x {xywh[index, 3]:g} px; "
                f"expected more than 0 both ways{hint}"
            ),
        )
        return xywh

    def _scores(self) -> None:
        score, needed = self._found.score, self._terms.score_needed
        if score is None:
            if needed:
                self._refuse(self._alive.copy(), "score", lambda _: "there is no score (confidence), which a result needs")
            return
        if needed:
            bad = np.asarray(~((score >= 0) & (score <= 1)))
            self._refuse(bad, "score", lambda index: f"the score is {score[index]:g}; expected a number from 0 to 1")
        else:
            bad = np.asarray(~np.isfinite(score))
            self._refuse(bad, "score", lambda index: f"the score is {score[index]:g}; expected a finite number")

    def _tracks(self) -> list[int] | None:
        given = self._found.track_id
        if given is None:
            return None
        values: list[int] = given.tolist()
        if given.dtype.kind not in "iu":
            bad = np.array([type(value) is not int for value in values])
            self._refuse(bad, "track-id", lambda index: f"tracker_id is {quoted(values[index])}; expected a whole number")
        return values

    def _finite(self, column: NDArray[np.float64] | None, reason: str, what: str) -> None:
        if column is not None and not np.isfinite(column).all():
            bad = np.asarray(~np.isfinite(column).all(axis=1))
            self._refuse(bad, reason, lambda index: f"{what}: found {column[index].tolist()}; expected finite numbers")

    def _keypoints(self, category_ids: NDArray[np.int64]) -> NDArray[np.int64] | None:
        points = self._found.keypoints
        if points is None:
            return None
        count = points.shape[1]
        defined = np.array([self._terms.keypoints.get(number, 0) for number in category_ids.tolist()])

        def say(index: int) -> str:
            name = quoted(self._terms.names.get(int(category_ids[index]), ""))
            if not defined[index]:
                return f"there are {count} keypoints, but category {name} defines none; give skeletons=Skeleton(...)"
            return f"there are {count} keypoints, but category {name} defines {defined[index]}"

        self._refuse(np.asarray(defined != count), "keypoints", say)
        self._finite(points.reshape(len(points), -1), "keypoints", "the keypoints")
        labelled: NDArray[np.int64] = (points[:, :, 2] > 0).sum(axis=1)
        return labelled

    def _attributes(self) -> list[dict[str, JsonValue]] | None:
        chosen, data = self._terms.columns, self._found.data
        names = [name for name in data if chosen is None or name in chosen]
        if not names:
            return None
        columns = []
        for name in names:

            def refuse(index: int, detail: str, name: str = name) -> None:
                bad = np.zeros(len(self._alive), bool)
                bad[index] = True
                advice = f"attributes={listed([other for other in names if other != name])} leaves it out"
                self._refuse(bad, "attribute", lambda _: f"data[{name!r}]: {detail}; {advice}")

            columns.append(json_column(data[name], self._alive, refuse))
        return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]
