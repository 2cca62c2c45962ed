"""Masks as small transparent pictures, for an RLE has no outline that could be drawn as a path."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Bitmap", "Colour", "NoBitmap", "bitmap_of_runs"]

Colour: TypeAlias = tuple[int, int, int]
"""Red, green, blue, 0 to 255."""

_MOST_PIXELS = 2**26
"""Pixels above which a mask is not drawn: it is decoded for that."""

_SIDE = 320
"""Pixels of the longer side of a picture of a mask."""


class NoBitmap(Exception):
    """A mask that cannot be drawn; the message says why."""


@dataclass(frozen=True, slots=True)
class Bitmap:
    """A mask as a picture, and its place in the image.

    Attributes:
        uri: A PNG as a data URI: one colour, faint inside and strong along the edge.
        extent: Least x, least y, greatest x, greatest y, in pixels of the image.
    """

    uri: str
    extent: tuple[float, float, float, float]


def bitmap_of_runs(runs: NDArray[np.int64], size: NDArray[np.int64], colour: Colour) -> tuple[Bitmap | None, str | None]:
    """Draw the runs of an RLE, valid or not.

    Args:
        runs: Run lengths, int64, of any value.
        size: Height and width, int64, of any value.
        colour: The colour of the mask.

    Returns:
        The picture, None if no pixel is set; and what is wrong with the runs, None if nothing is.

    Raises:
        NoBitmap: If there is nothing to draw.
    """
    height, width = (int(side) for side in size)
    if not len(runs):
        raise NoBitmap("its counts cannot be read")
    if height < 1 or width < 1:
        raise NoBitmap(f"its size is {height} x {width}")
    pixels = height * width
    if pixels > _MOST_PIXELS:
        raise NoBitmap(f"{height} x {width} pixels are too many")
    remark = "a run is negative" if (runs < 0).any() else None
    kept = runs[: pixels + 2]  # valid runs are not more than this, and their sums do not overflow
    ends = np.cumsum(np.clip(kept, 0, pixels))
    if remark is None and (ends[-1] != pixels or len(kept) < len(runs)):
        remark = f"its counts do not sum to {height} x {width}"
    ends = np.minimum(ends, pixels)
    lengths = np.diff(ends, prepend=0)
    mask = np.zeros(pixels, bool)
    mask[: int(ends[-1])] = np.repeat(np.arange(len(lengths)) % 2 == 1, lengths)
    return _bitmap(mask.reshape(width, height).T, colour), remark


def _bitmap(mask: NDArray[np.bool_], colour: Colour) -> Bitmap | None:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    left, top, right, bottom = int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
    window = mask[top:bottom, left:right]
    step = max(1, -(-max(window.shape) // _SIDE))
    window = np.pad(window, ((0, -window.shape[0] % step), (0, -window.shape[1] % step)))
    height, width = window.shape[0] // step, window.shape[1] // step
    small = np.asarray(window.reshape(height, step, width, step).any(axis=(1, 3)))
    extent = (float(left), float(top), float(left + width * step), float(top + height * step))
    return Bitmap(_png(small, colour), extent)


def _png(mask: NDArray[np.bool_], colour: Colour) -> str:
    """A mask as a PNG in a data URI: 0 is clear, 1 the inside, 2 the pixels of the edge."""
    from PIL import Image

    padded = np.pad(mask, 1)
    inside = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    shades = mask.astype(np.uint8) + (mask & ~inside)
    picture = Image.frombytes("P", (shades.shape[1], shades.shape[0]), shades.tobytes())
    picture.putpalette([0, 0, 0, *colour, *colour])
    stream = io.BytesIO()
    picture.save(stream, "PNG", bits=2, transparency=bytes([0, 110, 235]), optimize=True)
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode("ascii")
