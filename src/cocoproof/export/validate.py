"""Validation of the detections on one image: what remains can be written as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.export.errors import ExportError
from cocoproof.export.json_values import json_column
from cocoproof.geometry.oriented_boxes import centre_form, skew
from cocoproof.geometry.ragged import Ragged
from cocoproof.geometry.rle import areas, boxes
from cocoproof.mapping import DROPPED, REFUSED
from cocoproof.model.suggestions import listed, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from cocoproof.export.detections import DetectionColumns
    from cocoproof.export.image_entries import ImageInfo
    from cocoproof.export.mask_options import BoxSource, MaskOptions, OrientedStyle
    from cocoproof.export.refusals import Refusals
    from cocoproof.export.tally import Tally
    from cocoproof.mapping import ClassMapping
    from cocoproof.model.json_types import JsonValue

__all__ = ["ValidatedDetections", "ValidationTerms", "validate", "validate_boxes"]

_HUGE = 1e150
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


_SKEW = 0.1
"""Pixels that corners may be off a rectangle, to be written as centre, size and angle: those of detectors are floats of 32 bits."""


@dataclass(frozen=True, slots=True)
class ValidationTerms:
    """What detections are validated against.

    Attributes:
        mapping: Which class becomes which category.
        names: Category id -> name.
        keypoints: Category id -> how many keypoints it defines.
        options: How masks are written.
        box_source: Whose box is written if there is a mask.
        columns: The `data` columns that become attributes; None for all.
        refusals: Collects what cannot be written.
        tally: Counts what the mapping drops.
        score_needed: Whether a detection must have a score, from 0 to 1.
        oriented: How oriented boxes are written.
    """

    mapping: ClassMapping
    names: Mapping[int, str]
    keypoints: Mapping[int, int]
    options: MaskOptions
    box_source: BoxSource
    columns: Collection[str] | None
    refusals: Refusals
    tally: Tally
    score_needed: bool = False
    oriented: OrientedStyle = "corners"

    @property
    def masks_wanted(self) -> bool:
        """Whether masks must be read."""
        options = self.options
        limited = options.min_area_share > 0 or options.max_area_share < 1
        return options.mode != "none" or self.box_source == "mask" or limited


def validate(columns: DetectionColumns, image: ImageInfo, terms: ValidationTerms) -> ValidatedDetections:
    """Validate the detections on one image.

    Raises:
        ExportError: For what cannot be written, unless it is skipped.
    """
    if not len(columns):
        return ValidatedDetections([], [], [], [], [])
    return _Validation(columns, image, terms).run()


def validate_boxes(images: Sequence[DetectionColumns], terms: ValidationTerms) -> ValidatedDetections | None:
    """Validate plain boxes of several images at once.

    Args:
        images: The detections on each: boxes, classes and perhaps scores, nothing else.
        terms: What they are validated against.

    Returns:
        The detections of all images; None if one of them cannot be written, or is dropped.
    """
    full = [columns for columns in images if len(columns)]
    if not full:
        return ValidatedDetections([], [], [], [], [])
    with_score = [columns.score for columns in full if columns.score is not None]
    if len(with_score) not in (0, len(full)) or any(columns.class_id.dtype == np.uint64 for columns in full):
        return None
    xyxy = np.concatenate([columns.xyxy for columns in full])
    class_ids = np.concatenate([columns.class_id for columns in full])
    category_ids = terms.mapping.resolve(class_ids)
    scores = np.concatenate(with_score) if with_score else None
    # Comparisons are False for NaN.
    if category_ids.min() < 0 or not np.abs(xyxy).max() < _HUGE or (scores is not None and not np.isfinite(scores).all()):
        return None
    xywh = np.concatenate([xyxy[:, :2] + 0.0, xyxy[:, 2:] - xyxy[:, :2]], axis=1)
    if not xywh[:, 2:].min() > 0:
        return None
    return ValidatedDetections(
        class_ids=class_ids.tolist(),
        category_ids=category_ids.tolist(),
        boxes=xywh.tolist(),
        box_areas=(xywh[:, 2] * xywh[:, 3]).tolist(),
        crowd=[0] * len(xyxy),
        scores=None if scores is None else scores.tolist(),
    )


class _Validation:
    """The validation of one image; `valid` marks the detections that no check has refused so far."""

    def __init__(self, columns: DetectionColumns, image: ImageInfo, terms: ValidationTerms) -> None:
        self._columns = columns
        self._image = image
        self._terms = terms
        self._valid = np.ones(len(columns), bool)
        self._runs: list[NDArray[np.int64] | None] | None = None

    def _refuse(self, bad: NDArray[np.bool_], reason: str, describe: Callable[[int], str]) -> None:
        """Refuse the valid detections where `bad`; `describe` gives the detail for an index."""
        bad = bad & self._valid
        if not bad.any():
            return
        for index in np.flatnonzero(bad).tolist():
            self._refuse_one(index, reason, describe(index))

    def _refuse_one(self, index: int, reason: str, detail: str, cause: Exception | None = None) -> None:
        self._valid[index] = False
        error = ExportError(detail, reason=reason, image=self._image.file_name, detection=index)
        error.__cause__ = cause
        self._terms.refusals.refuse(error)

    def run(self) -> ValidatedDetections:
        """The detections that pass all checks."""
        columns = self._columns
        class_ids = self._class_ids()
        category_ids = self._categories(class_ids)
        crowd = self._crowd()
        self._masks()
        xywh = self._boxes()
        self._scores()
        tracks = self._tracks()
        obb = self._oriented()
        self._finite(columns.keypoint_scores, "keypoints", "the scores of the keypoints")
        labelled = self._keypoints(category_ids)
        attributes = self._attributes()
        # A view costs less than a copy.
        kept: slice | NDArray[np.intp] = slice(None) if self._valid.all() else np.flatnonzero(self._valid)
        indices: Sequence[int] = range(len(columns)) if isinstance(kept, slice) else kept.tolist()
        xywh = xywh[kept]
        masks = columns.masks
        own = None if masks is None or self._runs is None else [masks.polygons(index) for index in indices]
        return ValidatedDetections(
            class_ids=class_ids[kept].tolist(),
            category_ids=category_ids[kept].tolist(),
            boxes=xywh.tolist(),
            box_areas=(xywh[:, 2] * xywh[:, 3]).tolist(),
            crowd=crowd[kept].tolist(),
            runs=None if self._runs is None else [self._runs[index] for index in indices],
            polygons=own,
            keypoints=None if columns.keypoints is None else [points.ravel().tolist() for points in columns.keypoints[kept]],
            labelled=None if labelled is None else labelled[kept].tolist(),
            keypoint_scores=None if columns.keypoint_scores is None else columns.keypoint_scores[kept].tolist(),
            scores=None if columns.score is None else columns.score[kept].tolist(),
            track_ids=None if tracks is None else [tracks[index] for index in indices],
            obb=None if obb is None else obb[kept].tolist(),
            attributes=None if attributes is None else [attributes[index] for index in indices],
        )

    def _class_ids(self) -> NDArray[np.int64]:
        """Class ids as int64; 0 for a detection that is refused."""
        given = self._columns.class_id
        if given is None:
            self._refuse(self._valid.copy(), "class-missing", lambda _: "class_id is None; every detection needs a class id")
            return np.zeros(len(self._columns), np.int64)
        if given.dtype.kind in "iu" and given.dtype != np.uint64:
            return np.asarray(given, np.int64)
        values = given.tolist()
        bad = np.array([type(value) is not int or not -(2**63) <= value < 2**63 for value in values])
        self._refuse(bad, "class-missing", lambda index: f"class_id is {quoted(values[index])}; expected an integer")
        return np.array([0 if wrong else value for wrong, value in zip(bad.tolist(), values, strict=True)], np.int64)

    def _categories(self, class_ids: NDArray[np.int64]) -> NDArray[np.int64]:
        mapping = self._terms.mapping
        resolved = mapping.resolve(class_ids)
        if resolved.min() >= 0:
            return resolved
        for index in np.flatnonzero((resolved == REFUSED) & self._valid).tolist():
            refusal = mapping.refusal(int(class_ids[index]))
            self._refuse_one(index, "class-unmapped", refusal.detail, refusal)
        dropped = (resolved == DROPPED) & self._valid
        self._terms.tally.dropped.update(class_ids[dropped].tolist())
        self._valid &= ~dropped
        return resolved

    def _crowd(self) -> NDArray[np.int64]:
        given = self._columns.crowd
        if given is None:
            return np.zeros(len(self._columns), np.int64)
        values = given.tolist()
        bad = np.array([value not in (0, 1) or isinstance(value, (float, str)) for value in values])
        self._refuse(bad, "iscrowd", lambda index: f"data['iscrowd'] is {quoted(values[index])}; expected 0 or 1")
        return np.array([int(value == 1) for value in values], np.int64)

    def _masks(self) -> None:
        """The runs of the masks of valid detections, if masks or their boxes are wanted."""
        masks, image = self._columns.masks, self._image
        if masks is None or not self._terms.masks_wanted:
            return
        size = (image.height, image.width)
        own = masks.size()
        if own is not None and own != size:
            detail = f"the masks are {own[0]}x{own[1]} (height x width), the image is {image.height}x{image.width} (height x width)"
            if own == size[::-1]:
                detail += "; if its EXIF orientation rotates the image, as OpenCV does, pass orientation='exif'"
            self._refuse(self._valid.copy(), "mask-shape", lambda _: detail)
            return
        self._runs = [None] * len(self._columns)
        for index in np.flatnonzero(self._valid).tolist():
            try:
                self._runs[index] = masks.runs(index, size)
            except ExportError as error:
                self._refuse_one(index, error.reason, error.detail)
        self._check_areas(size[0] * size[1])

    def _check_areas(self, pixels: int) -> None:
        options, runs = self._terms.options, self._runs or []
        there = [index for index, mask in enumerate(runs) if mask is not None]
        counts = areas(Ragged.from_rows([runs[index] for index in there], np.int64)).tolist() if there else []  # type: ignore[misc]
        for index, count in zip(there, counts, strict=True):
            if not count:
                if options.empty == "error":
                    detail = "its mask has no pixel; empty_masks='box' writes only the box, 'keep' an empty mask"
                    self._refuse_one(index, "mask-empty", detail)
                elif options.empty == "box":
                    runs[index] = None
                continue
            share = count / pixels
            if not options.min_area_share <= share <= options.max_area_share:
                self._valid[index] = False
                low = share < options.min_area_share
                limit = f"min_area_share {options.min_area_share:g}" if low else f"max_area_share {options.max_area_share:g}"
                detail = f"its mask has {count} px, {share:.3g} of the image; the limit is {limit}"
                reason = "mask-below-min-area-share" if low else "mask-above-max-area-share"
                self._terms.refusals.skip(ExportError(detail, reason=reason, image=self._image.file_name, detection=index))

    def _boxes(self) -> NDArray[np.float64]:
        """x, y, width, height; float64, shape (n, 4)."""
        xyxy = self._columns.xyxy
        xywh = np.empty_like(xyxy)
        small = np.abs(xyxy).max() < _HUGE  # False for NaN
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
            if self._columns.keypoints is not None and np.isnan(xyxy[index]).all():
                return "no keypoint is labelled, so the box is undefined"
            return f"the box is {xyxy[index].tolist()} (x1, y1, x2, y2); expected finite numbers"

        self._refuse(np.asarray(~finite), "box-not-finite", not_finite)
        hint = "; boxes='mask' writes the mask's own" if self._runs is not None else ""
        self._refuse(
            np.asarray(~good),
            "box-not-positive",
            lambda index: (
                f"the box {xyxy[index].tolist()} (x1, y1, x2, y2) is {xywh[index, 2]:g} x {xywh[index, 3]:g} px; "
                f"expected a width and a height above 0{hint}"
            ),
        )
        return xywh

    def _scores(self) -> None:
        score, needed = self._columns.score, self._terms.score_needed
        if score is None:
            if needed:
                self._refuse(self._valid.copy(), "score", lambda _: "the score (confidence) is missing, which a result needs")
            return
        if needed:
            bad = np.asarray(~((score >= 0) & (score <= 1)))
            self._refuse(bad, "score", lambda index: f"the score is {score[index]:g}; expected a number from 0 to 1")
        else:
            bad = np.asarray(~np.isfinite(score))
            self._refuse(bad, "score", lambda index: f"the score is {score[index]:g}; expected a finite number")

    def _tracks(self) -> list[int] | None:
        given = self._columns.track_id
        if given is None:
            return None
        values: list[int] = given.tolist()
        if given.dtype.kind not in "iu":
            bad = np.array([type(value) is not int for value in values])
            self._refuse(bad, "track-id", lambda index: f"tracker_id is {quoted(values[index])}; expected an integer")
        return values

    def _oriented(self) -> NDArray[np.float64] | None:
        """The oriented boxes as they are written, shape (n, 8) or (n, 5)."""
        obb = self._columns.obb
        self._finite(obb, "obb", "the oriented box")
        if obb is None or self._terms.oriented == "corners":
            return obb
        corners = obb.reshape(-1, 4, 2)
        with np.errstate(over="ignore", invalid="ignore"):  # what is not finite was refused
            off = skew(corners)
            found = centre_form(corners)
        self._refuse(
            np.asarray(off > _SKEW),
            "obb",
            lambda index: (
                f"the corners of the oriented box are {off[index]:.3g} px off a rectangle, which has no centre, size and angle; write corners"
            ),
        )
        return found

    def _finite(self, column: NDArray[np.float64] | None, reason: str, what: str) -> None:
        if column is not None and not np.isfinite(column).all():
            bad = np.asarray(~np.isfinite(column).all(axis=1))
            self._refuse(bad, reason, lambda index: f"{what}: found {column[index].tolist()}; expected finite numbers")

    def _keypoints(self, category_ids: NDArray[np.int64]) -> NDArray[np.int64] | None:
        points = self._columns.keypoints
        if points is None:
            return None
        count = points.shape[1]
        defined = np.array([self._terms.keypoints.get(number, 0) for number in category_ids.tolist()])

        def describe(index: int) -> str:
            name = quoted(self._terms.names.get(int(category_ids[index]), ""))
            if not defined[index]:
                return f"there are {count} keypoints, but category {name} defines none; give skeletons=Skeleton(...)"
            return f"there are {count} keypoints, but category {name} defines {defined[index]}"

        self._refuse(np.asarray(defined != count), "keypoints", describe)
        self._finite(points.reshape(len(points), -1), "keypoints", "the keypoints")
        labelled: NDArray[np.int64] = (points[:, :, 2] > 0).sum(axis=1)
        return labelled

    def _attributes(self) -> list[dict[str, JsonValue]] | None:
        chosen, data = self._terms.columns, self._columns.data
        names = [name for name in data if chosen is None or name in chosen]
        if not names:
            return None
        values = []
        for name in names:

            def refuse(index: int, detail: str, name: str = name) -> None:
                bad = np.zeros(len(self._valid), bool)
                bad[index] = True
                advice = f"attributes={listed([other for other in names if other != name])} leaves it out"
                self._refuse(bad, "attribute", lambda _: f"data[{name!r}]: {detail}; {advice}")

            values.append(json_column(data[name], self._valid, refuse))
        return [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]
