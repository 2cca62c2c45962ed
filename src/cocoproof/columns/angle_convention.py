"""What the angles of a file's oriented boxes mean: stated by the file, shown by its other geometry, or assumed."""

from __future__ import annotations

import enum
import itertools
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from cocoproof.geometry.oriented_boxes import corner_distance, corners_of, envelopes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from cocoproof.model.json_types import JsonValue

__all__ = [
    "ANGLE_RANGES",
    "AngleConvention",
    "AngleEvidence",
    "AngleMeaning",
    "AngleRange",
    "Grounds",
    "every_meaning",
    "find_convention",
    "stated_convention",
]

_SHARE = 0.5
"""Of the rows that can show a meaning, so many must fit the best one."""

_TURN = 2 * math.pi * 1.001
_SLACK, _SHARE_OF_SIZE = 2.0, 0.01
"""Pixels, and the share of the longer side, that corners may be off: DOTA's corners are whole numbers."""


class Grounds(str, enum.Enum):
    """Why an angle is taken to mean something."""

    STATED = "stated"
    SHOWN = "shown"
    """By the segmentation or the envelope of the boxes themselves."""
    CUSTOMARY = "customary"
    """By the reader that the field is known from."""
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True)
class AngleMeaning:
    """What the numbers of a box with an angle mean.

    Attributes:
        degrees: Whether angles are degrees, and not radians.
        clockwise: Whether they grow clockwise, as the picture is seen.
        from_corner: Whether x and y are the top left corner of the box before it is turned, and not the centre.
        about_corner: Whether the box turns about that corner, and not about the centre.
    """

    degrees: bool
    clockwise: bool = True
    from_corner: bool = False
    about_corner: bool = False

    def corners(self, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        """The corners of boxes, float64, shape (n, 4, 2).

        Args:
            numbers: x, y, width, height and angle, shape (n, 5).
        """
        angles = np.deg2rad(numbers[:, 4]) if self.degrees else numbers[:, 4]
        boxes = numbers[:, :4].copy()
        if self.from_corner:
            boxes[:, :2] += boxes[:, 2:] / 2
        return corners_of(boxes, angles if self.clockwise else -angles, about_corner=self.about_corner)

    @property
    def unit(self) -> str:
        """degrees or radians."""
        return "degrees" if self.degrees else "radians"

    @property
    def direction(self) -> str:
        """clockwise or counter-clockwise."""
        return "clockwise" if self.clockwise else "counter-clockwise"


@dataclass(frozen=True, slots=True, kw_only=True)
class AngleRange:
    """A range of angles, in degrees.

    Attributes:
        low, high: Its ends.
        low_is_in, high_is_in: Whether they belong to it.
        long_edge: Whether the width is the longer side.
        text: The range for messages.
    """

    low: float
    high: float
    low_is_in: bool
    high_is_in: bool
    long_edge: bool
    text: str


_OPENCV = AngleRange(
    low=0, high=90, low_is_in=False, high_is_in=True, long_edge=False, text="(0, 90] degrees, as OpenCV 4.5.1 to 4.x and mmrotate's oc"
)

ANGLE_RANGES: dict[str, AngleRange] = {
    "oc": _OPENCV,
    "opencv": _OPENCV,
    # 0 was possible before 4.5.1, and -90 is what OpenCV 5.0 gives an upright box.
    "opencv-old": AngleRange(
        low=-90, high=0, low_is_in=True, high_is_in=True, long_edge=False, text="[-90, 0] degrees, as OpenCV before 4.5.1, and 5.0 again"
    ),
    "le90": AngleRange(
        low=-90, high=90, low_is_in=True, high_is_in=False, long_edge=True, text="[-90, 90) degrees of the longer side, as mmrotate's le90"
    ),
    "le135": AngleRange(
        low=-45,
        high=135,
        low_is_in=True,
        high_is_in=False,
        long_edge=True,
        text="[-45, 135) degrees of the longer side, as mmrotate's le135",
    ),
}
"""Ranges that `info.angle_version` can name. mmrotate has no name for OpenCV's old one."""


@dataclass(frozen=True, slots=True)
class AngleConvention:
    """The convention of a file.

    Attributes:
        meaning: The meaning by which corners are computed.
        unit_grounds: Why the unit is taken to be that.
        direction_grounds: Why the direction is.
        shown: The meaning that the geometry shows; None if it shows none.
        stated_unit: Whether the file states degrees (True) or radians (False); None if it does not say.
        range: The range that the file states; None if it does not.
        misfits: bool, shape (n,): rows that fit the other unit, and not this one.
    """

    meaning: AngleMeaning
    unit_grounds: Grounds
    direction_grounds: Grounds
    shown: AngleMeaning | None
    stated_unit: bool | None
    range: AngleRange | None
    misfits: NDArray[np.bool_]

    def of_file(self, misfits: NDArray[np.bool_]) -> AngleConvention:
        """The same convention, with misfits among all rows of the file."""
        return replace(self, misfits=misfits)


Stated: TypeAlias = "tuple[bool | None, bool | None, AngleRange | None]"
"""Degrees, clockwise, range; None for what is not stated."""

_UNITS = {"degrees": True, "degree": True, "deg": True, "radians": False, "radian": False, "rad": False}
_DIRECTIONS = {"clockwise": True, "cw": True, "counter-clockwise": False, "counterclockwise": False, "ccw": False}


def stated_convention(info: JsonValue) -> Stated:
    """What `info` says of angles: `angle_unit`, `angle_direction`, `angle_version`. Other values than the known ones say nothing."""
    if not isinstance(info, dict):
        return None, None, None
    words = {key: str(info.get(key, "")).strip().lower() for key in ("angle_unit", "angle_direction", "angle_version")}
    return _UNITS.get(words["angle_unit"]), _DIRECTIONS.get(words["angle_direction"]), ANGLE_RANGES.get(words["angle_version"])


@dataclass(frozen=True, eq=False, slots=True)
class AngleEvidence:
    """What a file has beside the numbers of its boxes.

    Attributes:
        numbers: x, y, width, height and angle, shape (n, 5); NaN where there is none.
        corners: Four corners of the same objects, from another field, shape (n, 4, 2); NaN where there are none.
        boxes: Their envelopes, from another field: least x, least y, greatest x, greatest y, shape (n, 4); NaN where there are none.
    """

    numbers: NDArray[np.float64]
    corners: NDArray[np.float64]
    boxes: NDArray[np.float64]

    def tolerance(self) -> NDArray[np.float64]:
        """Pixels that a corner may be off, shape (n,)."""
        out: NDArray[np.float64] = _SLACK + _SHARE_OF_SIZE * self.numbers[:, 2:4].max(axis=1)
        return out

    def fits(self, meaning: AngleMeaning) -> NDArray[np.bool_]:
        """Rows whose other geometry is that of a meaning, shape (n,); corners count more than envelopes."""
        mine = meaning.corners(self.numbers)
        off = corner_distance(mine, self.corners)
        whole, still = envelopes(mine), envelopes(AngleMeaning(True, True, meaning.from_corner).corners(self.numbers * (1, 1, 1, 1, 0)))
        enveloped = np.abs(whole - self.boxes).max(axis=1)
        # An envelope that is the box before it was turned shows no small angle: it may as well be a box whose rotation was lost.
        enveloped[np.abs(whole - still).max(axis=1) <= self.tolerance()] = np.nan
        out: NDArray[np.bool_] = np.where(np.isnan(off), enveloped, off) <= self.tolerance()
        return out


@np.errstate(over="ignore", invalid="ignore")  # a file may hold 1e300
def find_convention(
    evidence: AngleEvidence, customary: AngleMeaning, *, by_custom: bool, alternatives: Sequence[AngleMeaning], stated: Stated
) -> AngleConvention:
    """What the angles mean.

    Args:
        evidence: The boxes, and what else shows them.
        customary: What the field means to the reader that it is known from.
        by_custom: Whether there is such a reader; otherwise the meaning is assumed.
        alternatives: All meanings that are possible.
        stated: What the file states.
    """
    unit, clockwise, stated_range = stated
    many_turns = bool((np.abs(evidence.numbers[:, 4]) > _TURN).mean() > _SHARE)  # as radians, they fit by chance alone
    possible = [meaning for meaning in dict.fromkeys((customary, *alternatives)) if meaning.degrees or not many_turns]
    fits = {meaning: evidence.fits(meaning) for meaning in possible}
    distinguishing = _distinguishing(evidence, fits)
    shown = _best(fits, distinguishing)
    default = Grounds.CUSTOMARY if by_custom else Grounds.ASSUMED
    meaning, unit_grounds, direction_grounds = customary, default, default
    if shown is None:
        degrees = unit
        if degrees is None and not customary.degrees and np.nanmax(np.abs(evidence.numbers[:, 4]), initial=0) > _TURN:
            degrees, unit_grounds = True, Grounds.SHOWN  # several turns, as radians
        meaning = _with(meaning, degrees=degrees, clockwise=clockwise)
    else:
        same = [one for one in fits if (fits[one] & distinguishing).sum() == (fits[shown] & distinguishing).sum()]
        known_unit, known_way = len({one.degrees for one in same}) == 1, len({one.clockwise for one in same}) == 1
        meaning = _with(shown, degrees=None if known_unit else unit, clockwise=None if known_way else clockwise)
        unit_grounds = Grounds.SHOWN if known_unit else unit_grounds
        direction_grounds = Grounds.SHOWN if known_way else direction_grounds
    if unit is not None and unit_grounds is not Grounds.SHOWN:
        unit_grounds = Grounds.STATED
    if clockwise is not None and direction_grounds is not Grounds.SHOWN:
        direction_grounds = Grounds.STATED
    other = _with(meaning, degrees=not meaning.degrees)
    misfits = np.zeros(len(evidence.numbers), bool)
    if shown is not None:
        misfits = ~fits.get(meaning, evidence.fits(meaning)) & fits.get(other, evidence.fits(other))
    return AngleConvention(meaning, unit_grounds, direction_grounds, shown, unit, stated_range, misfits)


def _with(meaning: AngleMeaning, *, degrees: bool | None = None, clockwise: bool | None = None) -> AngleMeaning:
    return AngleMeaning(
        meaning.degrees if degrees is None else degrees,
        meaning.clockwise if clockwise is None else clockwise,
        meaning.from_corner,
        meaning.about_corner,
    )


def _distinguishing(evidence: AngleEvidence, fits: dict[AngleMeaning, NDArray[np.bool_]]) -> NDArray[np.bool_]:
    """Rows that some meanings fit and others do not: upright boxes, squares and rows without other geometry show nothing."""
    table = np.stack(list(fits.values()))
    return np.asarray(table.any(axis=0) & ~table.all(axis=0) & np.isfinite(evidence.numbers[:, 4]))


def _best(fits: dict[AngleMeaning, NDArray[np.bool_]], distinguishing: NDArray[np.bool_]) -> AngleMeaning | None:
    """The meaning that fits most of the distinguishing rows, the first of equal ones; None if it fits too few."""
    if not distinguishing.any():
        return None
    counts = {meaning: int((rows & distinguishing).sum()) for meaning, rows in fits.items()}
    best = max(counts, key=lambda meaning: counts[meaning])
    return best if counts[best] >= _SHARE * distinguishing.sum() else None


def every_meaning(*, from_corner: Sequence[bool] = (False,), about_corner: Sequence[bool] = (False,)) -> Iterator[AngleMeaning]:
    """All combinations of unit and direction, with the given places of x, y and of the pivot."""
    for degrees, clockwise, corner, about in itertools.product((True, False), (True, False), from_corner, about_corner):
        yield AngleMeaning(degrees, clockwise, corner, about)
