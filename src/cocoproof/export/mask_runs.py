"""The masks of one image, in any form that a source has, as runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from cocoproof.export.errors import ExportError
from cocoproof.export.rings import check_rings, rasterise
from cocoproof.geometry.ragged import Ragged
from cocoproof.geometry.rle import RleFault, check_runs, decode_counts, encode_mask

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["MaskStack", "Runs", "Segmentations", "mask_stack", "raw_segmentations"]


@dataclass(frozen=True, slots=True)
class Runs:
    """Masks as runs, for a source that has runs.

    Attributes:
        rows: Uncompressed COCO counts, one row per mask.
        size: Height and width of all of them.
    """

    rows: Ragged
    size: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Segmentations:
    """Masks in COCO's forms, for a source that has these: polygons are written unchanged.

    Attributes:
        values: One per detection: polygons (a list of lists of numbers), a run-length encoding (`size` and `counts`), or
            None for no mask.
    """

    values: Sequence[Any]


class MaskStack(Protocol):
    """The masks of one image."""

    def size(self) -> tuple[int, int] | None:
        """Height and width of all masks; None if each has its own."""

    def runs(self, index: int, size: tuple[int, int]) -> NDArray[np.int64] | None:
        """The runs of one mask; None if the detection has none.

        Args:
            index: Which detection.
            size: Height and width of the image.

        Raises:
            ExportError: If the mask does not fit the image.
        """

    def polygons(self, index: int) -> list[list[float]] | None:
        """The polygons that the source has for a detection, after `runs` has checked them; None if it has none."""


def mask_stack(mask: Any, n: int) -> MaskStack:
    """Masks in any form that `PlainDetections.mask` names.

    Raises:
        ExportError: If it has none of these forms, or not n masks.
    """
    stack: MaskStack
    if isinstance(mask, Runs):
        count, stack = len(mask.rows), _OfRuns(mask)
    elif isinstance(mask, Segmentations):
        count, stack = len(mask.values), _OfSegmentations(mask.values)
    elif hasattr(mask, "crop") and hasattr(mask, "offsets") and hasattr(mask, "image_shape"):
        count, stack = len(mask), _OfCrops(mask)
    else:
        array = np.asarray(mask)
        if array.ndim != 3:
            msg = f"mask has the shape {array.shape}; expected ({n}, height, width)"
            raise ExportError(msg, reason="mask-shape")
        count, stack = len(array), _Dense(_as_bool(array))
    if count != n:
        msg = f"there are {count} masks for {n} detections"
        raise ExportError(msg, reason="mask-shape")
    return stack


def raw_segmentations(column: Any) -> Segmentations:
    """supervision's column of segmentations that it did not decode; an empty one means no mask."""
    return Segmentations([value if value is not None and len(value) else None for value in column])


def _as_bool(array: NDArray[Any]) -> NDArray[np.bool_]:
    if array.dtype == np.bool_:
        return array
    if array.dtype.kind not in "iu":
        msg = f"mask is of dtype {array.dtype}; expected bool: apply your own threshold, such as mask > 0.5"
        raise ExportError(msg, reason="mask-dtype")
    if array.size and (array.min() < 0 or array.max() > 1):
        wrong = array.min() if array.min() < 0 else array.max()
        msg = f"mask is of dtype {array.dtype} and contains {wrong}; expected bool, or only 0 and 1"
        raise ExportError(msg, reason="mask-dtype")
    return array.astype(np.bool_)


@dataclass(frozen=True, slots=True)
class _Dense:
    """bool, shape (n, height, width)."""

    array: NDArray[np.bool_]

    def size(self) -> tuple[int, int] | None:
        return self.array.shape[1], self.array.shape[2]

    def runs(self, index: int, size: tuple[int, int]) -> NDArray[np.int64] | None:  # noqa: ARG002
        return encode_mask(self.array[index])

    def polygons(self, index: int) -> list[list[float]] | None:  # noqa: ARG002
        return None


@dataclass(frozen=True, slots=True)
class _OfCrops:
    """supervision's CompactMask: a crop per mask, and its offset; the full frame is never allocated."""

    mask: Any

    def size(self) -> tuple[int, int] | None:
        height, width = self.mask.image_shape
        return int(height), int(width)

    def runs(self, index: int, size: tuple[int, int]) -> NDArray[np.int64] | None:
        left, top = (int(edge) for edge in self.mask.offsets[index])
        try:
            return encode_mask(np.asarray(self.mask.crop(index), np.bool_), (left, top), size)
        except ValueError as error:
            raise ExportError(str(error), reason="mask-shape") from None

    def polygons(self, index: int) -> list[list[float]] | None:  # noqa: ARG002
        return None


@dataclass(frozen=True, slots=True)
class _OfRuns:
    """Runs of the source."""

    masks: Runs

    def size(self) -> tuple[int, int] | None:
        return self.masks.size

    def runs(self, index: int, size: tuple[int, int]) -> NDArray[np.int64] | None:
        return _checked(self.masks.rows[index], size)

    def polygons(self, index: int) -> list[list[float]] | None:  # noqa: ARG002
        return None


class _OfSegmentations:
    """COCO segmentations of the source."""

    def __init__(self, values: Sequence[Any]) -> None:
        self._values = values

    def size(self) -> tuple[int, int] | None:
        return None

    def runs(self, index: int, size: tuple[int, int]) -> NDArray[np.int64] | None:
        value = self._values[index]
        if value is None:
            return None
        if isinstance(value, dict):
            return _of_rle(value, size)
        return rasterise(check_rings(value), size)

    def polygons(self, index: int) -> list[list[float]] | None:
        value = self._values[index]
        return None if value is None or isinstance(value, dict) else check_rings(value)


def _of_rle(value: dict[str, Any], size: tuple[int, int]) -> NDArray[np.int64]:
    own = value.get("size")
    if not isinstance(own, list | tuple) or [type(one) for one in own] != [int, int] or tuple(own) != size:
        msg = f"the mask's size is {own!r} (height, width), the image is {size[1]}x{size[0]} px (width x height)"
        raise ExportError(msg, reason="mask-shape")
    counts = value.get("counts")
    if isinstance(counts, str | bytes):
        rows, faults = decode_counts([counts])
        if faults[0]:
            raise _malformed(int(faults[0]))
        return _checked(rows[0], size)
    if not isinstance(counts, list) or not all(type(run) is int and 0 <= run < 2**62 for run in counts):
        msg = "the mask's counts are neither text nor a list of integers"
        raise ExportError(msg, reason="mask-malformed")
    return _checked(np.array(counts, np.int64), size)


def _checked(runs: NDArray[np.int64], size: tuple[int, int]) -> NDArray[np.int64]:
    """These runs in pycocotools' normal form: only the first run may be zero."""
    rows = Ragged.from_lengths(runs, [len(runs)])
    fault = int(check_runs(rows, np.array([size], np.int64))[0])
    if fault == RleFault.ZERO_RUN:
        ends = np.cumsum(runs)
        if ends[-1] == size[0] * size[1]:
            inner = ends[:-1]
            # An edge that occurs an even number of times cancels out.
            edges, times = np.unique(inner, return_counts=True)
            edges = edges[(times % 2 == 1) & (edges < ends[-1])]
            return np.asarray(np.diff(edges, prepend=0, append=ends[-1]), np.int64)
        fault = RleFault.SUM
    if fault not in (RleFault.OK, RleFault.OVERSIZE):
        raise _malformed(fault)
    return runs


def _malformed(fault: int) -> ExportError:
    name = RleFault(fault).name.lower().replace("_", " ")
    return ExportError(f"the run-length encoded mask is malformed ({name})", reason="mask-malformed")
