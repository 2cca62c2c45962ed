"""COCO's run-length masks, in numpy alone.

A mask is a row of *runs*: pixel counts in column-major order, background first (its run may be 0), then foreground and
background in turn. A compressed mask is the same row as text. Both are validated here before they reach pycocotools, because
its C code trusts its input; formats and faults are those of `common/maskApi.c` in pycocotools 2.0.11.
A function with a `Ragged` works on all masks at once, one with an array of runs on one mask.
"""

from __future__ import annotations

import enum
from itertools import pairwise
from typing import TYPE_CHECKING, cast

import numpy as np

from cocoproof.geometry.kernels import kernels
from cocoproof.geometry.ragged import Ragged

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

__all__ = [
    "MAX_PIXELS",
    "RleFault",
    "areas",
    "boxes",
    "characters",
    "check_runs",
    "decode_counts",
    "decode_runs",
    "decode_spans",
    "encode_counts",
    "encode_mask",
    "intersection_area",
    "iou",
    "malformed",
    "measure_masks",
]

MAX_PIXELS = 2**24 - 1
"""The largest mask, in pixels, that is safe in pycocotools: five characters hold each run and difference of runs."""

_MAX_SIDE = 2**31 - 1
_MAX_GROUP = 6
_BLOCK = 2**17
_LEAST_PIECE = 64
"""Characters of a piece of a long row: enough for the three runs that are not written as differences."""


class RleFault(enum.IntEnum):
    """Why a mask must not reach pycocotools' C code; of several faults, the one with the lowest number.

    Up to `TOO_LARGE` the mask is malformed (COCO609). `SUM` is a plain mismatch between counts and size (COCO608).
    `OVERSIZE` is not a defect of the mask: it must only be processed in numpy.
    """

    OK = 0
    """None: the mask is safe."""
    EMPTY = 1
    """No counts. `rleMerge` and `rleIou` read the first run before they check how many there are."""
    BAD_CHARACTER = 2
    """A character outside ASCII 48..111 (`0` to `o`). It decodes to arbitrary bits; a NUL ends the text."""
    TRUNCATED = 3
    """The last character announces another one. `rleFrString` reads the final NUL as this one, and continues behind it."""
    OVERLONG = 4
    """A number of more than six characters, whose shift overflows an int; or one with more characters than necessary, which
    encoders do not write and pycocotools would not write back."""
    SIZE = 5
    """Height or width below 1 (`rleToBbox` divides by the height: SIGFPE), or above 2^31 - 1, as no image has it."""
    NEGATIVE = 6
    """A run below 0. It is stored unsigned, as a run of some four billion pixels."""
    ZERO_RUN = 7
    """A run of 0 that is not the first. `rleMerge` and `rleIou` take it as the end, and enough of them overflow a
    buffer of h * w + 1 runs."""
    TOO_LARGE = 8
    """A run above h * w. It is truncated to 32 bits, and `rleDecode` and `rleMerge` write beyond the mask."""
    SUM = 9
    """The counts do not sum to h * w. With another mask `rleMerge` and `rleIou` then never reach the end of both and
    loop endlessly; alone the mask is rejected, or its end is missing."""
    OVERSIZE = 10
    """More than `MAX_PIXELS` pixels, but otherwise valid: `rleToString` allocates six characters per run without room for
    the NUL, and products of 32 bits overflow."""


def malformed(faults: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which of these `RleFault`s mean that the mask is malformed (COCO609), and not only of a wrong sum or very large."""
    return np.asarray((faults != RleFault.OK) & (faults <= RleFault.TOO_LARGE))


def decode_counts(strings: Sequence[bytes | str]) -> tuple[Ragged, NDArray[np.uint8]]:
    """Decompress counts.

    Each number is a group of characters, six bits each above ASCII 48: bit 5 means that another follows, bits 0..4 are
    payload, the lowest first; the sign is bit 4 of the last. From index 3 on a number is the difference to the run two
    before it (`rleFrString`).

    Args:
        strings: The compressed counts, n of them, bytes and text in any mixture.

    Returns:
        The runs, int64, n rows, and an `RleFault` per string, shape (n,): `OK`, `EMPTY`, `BAD_CHARACTER`, `TRUNCATED` or
        `OVERLONG`. The row of a faulty string is empty. `check_runs` compares runs with a size.
    """
    offsets = _offsets(np.fromiter(map(len, strings), np.int64, len(strings)))
    faults = np.zeros(len(strings), np.uint8)
    counts = np.zeros(len(strings), np.int64)
    codes = characters(strings)
    # There are no more runs than characters; the unused part of this array takes no memory.
    values = np.empty(len(codes), np.int64)
    filled = 0
    for rows, block in _blocks(Ragged(codes, offsets)):
        if len(block) == 1 and len(block.values) > 2 * max(_BLOCK, _LEAST_PIECE):
            count, faults[rows] = _decode_long(block.values, values[filled:])
            counts[rows] = count
            filled += count
            continue
        runs, faults[rows] = _decode_block(block)
        counts[rows] = runs.lengths
        values[filled : filled + len(runs.values)] = runs.values
        filled += len(runs.values)
    return Ragged(values[:filled], _offsets(counts)), faults


def decode_spans(text: NDArray[np.uint8], spans: NDArray[np.int64], *, escaped: bool = False) -> tuple[Ragged, NDArray[np.uint8]]:
    """`decode_counts` of parts of one text.

    Args:
        text: uint8.
        spans: int64, shape (n, 2): where each of the compressed counts starts and ends.
        escaped: Whether each backslash is written as two.
    """
    library = kernels()
    if library is not None:
        return library.decode_counts(text, spans, escaped=escaped)
    texts = [text[start:end].tobytes() for start, end in spans.tolist()]
    return decode_counts([one.replace(b"\\\\", b"\\") for one in texts] if escaped else texts)


def _offsets(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Offsets of rows of these lengths, and the end of the last one."""
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets


def _blocks(rows: Ragged) -> Iterator[tuple[slice, Ragged]]:
    """The rows in blocks of about `_BLOCK` values: they fit a processor's cache, and temporaries stay small."""
    cuts = np.searchsorted(rows.offsets, np.arange(_BLOCK, rows.offsets[-1], _BLOCK))
    for first, last in pairwise(sorted({0, *cuts.tolist(), len(rows)})):
        begin, end = rows.offsets[first], rows.offsets[last]
        yield slice(first, last), Ragged(rows.values[begin:end], rows.offsets[first : last + 1] - begin)


def characters(strings: Sequence[bytes | str]) -> NDArray[np.uint8]:
    """All characters one after another, one value each; non-ASCII characters become some value above 127."""
    try:
        return np.frombuffer(b"".join(cast("Sequence[bytes]", strings)), np.uint8)
    except TypeError:
        text = "".join([each if isinstance(each, str) else each.decode("latin-1") for each in strings])
    if text.isascii():
        return np.frombuffer(text.encode("ascii"), np.uint8)
    # UTF-32 keeps one value per character, so that the lengths are unchanged; lone surrogates may come from JSON.
    code_points: NDArray[np.uint32] = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
    return np.minimum(code_points, 255).astype(np.uint8)


def _decode_block(characters: Ragged) -> tuple[Ragged, NDArray[np.uint8]]:
    """`decode_counts` on one block."""
    numbers, runs, faults = _numbers(characters)
    decoded = Ragged(_undo_differences(numbers, runs), runs)
    sound = faults == RleFault.OK
    if not sound.all():
        decoded = Ragged(decoded.take(sound).values, _offsets(np.where(sound, decoded.lengths, 0)))
    return decoded, faults


def _decode_long(characters: NDArray[np.uint8], out: NDArray[np.int64]) -> tuple[int, int]:
    """`decode_counts` on one long row, in pieces: temporaries of the entire row would take a hundred times its bytes.

    Args:
        characters: The row.
        out: The output buffer for the runs; at least as long as the row.

    Returns:
        The number of runs, 0 for a faulty row; and the `RleFault`.
    """
    found: set[int] = set()
    filled = begin = 0
    while begin < len(characters):
        end = min(begin + max(_BLOCK, _LEAST_PIECE), len(characters))
        if end < len(characters):
            tail = characters[end - _MAX_GROUP : end] - np.uint8(48)
            closing = np.flatnonzero((tail & 32) == 0)
            # A group that is longer than allowed may be split anywhere.
            end += int(closing[-1]) + 1 - _MAX_GROUP if len(closing) else 0
        numbers, _, fault = _numbers(Ragged(characters[begin:end], np.array([0, end - begin])))
        fault[(fault == RleFault.TRUNCATED) & (end < len(characters))] = RleFault.OVERLONG
        found.add(int(fault[0]))
        if found == {RleFault.OK}:
            if not filled:
                out[: len(numbers)] = _undo_differences(numbers, np.array([0, len(numbers)]))
            else:
                numbers[:2] += out[filled - 2 : filled][: len(numbers)]
                for parity in (0, 1):
                    np.cumsum(numbers[parity::2], out=out[filled + parity : filled + len(numbers) : 2])
            filled += len(numbers)
        begin = end
    worst = min(found - {int(RleFault.OK)}, default=int(RleFault.OK))
    return (filled if worst == RleFault.OK else 0), worst


def _numbers(characters: Ragged) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8]]:
    """The numbers of the groups of characters, the offsets of each row, and an `RleFault` per row."""
    offsets = characters.offsets
    filled = characters.lengths > 0
    faults = np.where(filled, RleFault.OK, RleFault.EMPTY).astype(np.uint8)
    sextets: NDArray[np.uint8] = characters.values - np.uint8(48)  # values below 48 wrap round to above 63
    closing = (sextets & 32) == 0
    last = offsets[1:][filled] - 1
    truncated = ~closing[last]
    closing[last] = True  # so that no group runs into the next row

    ends = np.flatnonzero(closing)
    runs = np.searchsorted(ends, offsets).astype(np.int64)
    top = sextets[ends] & 31
    # Horner's rule from the last, highest payload down, which extends its sign.
    numbers = ((top ^ 16).view(np.int8) - np.int8(16)).astype(np.int64)
    longer = np.flatnonzero(np.concatenate([[False], ~closing])[ends])  # two characters or more
    sizes = ends[longer] - np.where(longer > 0, ends[longer - 1], -1)
    # The last payload adds nothing if it repeats the sign bit of the one before it.
    sign = sextets[ends[longer] - 1] & 16
    needless = longer[top[longer] == np.where(sign != 0, 31, 0)]
    for place in range(1, _MAX_GROUP):
        numbers[longer] = (numbers[longer] << 5) | (sextets[ends[longer] - place] & 31)
        further = sizes > place + 1
        longer, sizes = longer[further], sizes[further]

    # The lowest fault is written last.
    faults[_rows_of(runs, np.concatenate([needless, longer]))] = RleFault.OVERLONG
    faults[np.flatnonzero(filled)[truncated]] = RleFault.TRUNCATED
    faults[_rows_of(offsets, np.flatnonzero(sextets > 63))] = RleFault.BAD_CHARACTER
    return numbers, runs, faults


def _rows_of(offsets: NDArray[np.int64], positions: NDArray[np.int64]) -> NDArray[np.int64]:
    """The row of each flat position."""
    return np.searchsorted(offsets, positions, side="right") - 1


def _undo_differences(numbers: NDArray[np.int64], offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Runs from differences: c[i] = x[i] + c[i - 2] from i = 3, c[i] = x[i] below.

    The odd runs of a row are one running sum, the even ones but the first another; both on a stride of two.
    """
    begins = offsets[:-1][np.diff(offsets) > 0]
    firsts = numbers[begins]
    numbers[begins] = 0
    out = np.empty_like(numbers)
    for parity in (0, 1):
        below = (offsets + 1 - parity) // 2  # the number of flat positions of this parity before each row
        sums = _offsets(numbers[parity::2])
        out[parity::2] = sums[1:] - np.repeat(sums[below[:-1]], np.diff(below))
    out[begins] = firsts
    return out


def check_runs(runs: Ragged, sizes: NDArray[np.int64], faults: NDArray[np.uint8] | None = None) -> NDArray[np.uint8]:
    """Whether runs may reach pycocotools, compressed or as a list.

    Args:
        runs: int64, n rows, of any value: overflows of sums are detected.
        sizes: int64, shape (n, 2): height and width of each mask, of any value.
        faults: The faults from `decode_counts`; kept if they are not `OK`.

    Returns:
        An `RleFault` per mask, shape (n,).
    """
    height, width = sizes[:, 0], sizes[:, 1]
    possible = (height >= 1) & (width >= 1) & (height <= _MAX_SIDE) & (width <= _MAX_SIDE)
    pixels = np.where(possible, height, 0) * np.where(possible, width, 0)  # below 2^62
    largest = runs.reduce(np.maximum)
    differ = runs.reduce(np.add) != pixels
    # A sum that wrapped round to the right value is 2^64 too large, which a sum in float64 reveals.
    if len(runs) and float(largest.max()) * float(runs.lengths.max()) >= 2.0**63:
        differ |= runs.reduce(np.add, values=runs.values.astype(np.float64)) >= 2.0**63
    zeros = np.flatnonzero(runs.values == 0)
    owners = _rows_of(runs.offsets, zeros)

    # The lowest fault is written last.
    out = np.where(pixels > MAX_PIXELS, RleFault.OVERSIZE, RleFault.OK).astype(np.uint8)
    out[differ] = RleFault.SUM
    out[largest > pixels] = RleFault.TOO_LARGE
    out[owners[zeros != runs.offsets[owners]]] = RleFault.ZERO_RUN
    out[_rows_of(runs.offsets, np.flatnonzero(runs.values < 0))] = RleFault.NEGATIVE
    out[~possible] = RleFault.SIZE
    out[runs.lengths == 0] = RleFault.EMPTY
    return out if faults is None else np.where(faults == RleFault.OK, out, faults)


def encode_counts(runs: Ragged) -> list[bytes]:
    """Compress n rows of runs, int64, to n strings; byte for byte what pycocotools' `rleToString` writes.

    Raises:
        ValueError: If a run is negative.
    """
    if len(runs.values) and runs.values.min() < 0:
        msg = "a run is negative"
        raise ValueError(msg)
    return [text for _, block in _blocks(runs) for text in _encode_block(block)]


def _encode_block(runs: Ragged) -> list[bytes]:
    """`encode_counts` on one block."""
    values, offsets = runs.values, runs.offsets
    numbers = values.copy()
    numbers[2:] -= values[:-2]
    for index in range(3):  # the first three runs of a row are written as they are
        begins = offsets[:-1][runs.lengths > index] + index
        numbers[begins] = values[begins]
    # A number takes one character for every five bits begun, its sign bit counted.
    limits = np.int64(16) << 5 * np.arange(12)
    sizes = 1 + np.searchsorted(limits, np.where(numbers < 0, ~numbers, numbers), side="right")
    places = _offsets(sizes)
    text = np.empty(places[-1], np.uint8)
    text[places[:-1]] = (numbers & 31) + 48 + (sizes > 1) * 32
    longer = np.flatnonzero(sizes > 1)
    for place in range(1, int(sizes.max(initial=0))):
        longer = longer[sizes[longer] > place]
        follows = (sizes[longer] > place + 1) * 32
        text[places[longer] + place] = ((numbers[longer] >> (5 * place)) & 31) + 48 + follows
    joined = text.tobytes()
    return [joined[begin:end] for begin, end in pairwise(places[offsets].tolist())]


def measure_masks(runs: Ragged, heights: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The `areas` and `boxes` of masks, in one pass where the native library is."""
    library = kernels()
    found = None if library is None else library.measure_masks(runs, heights)
    return (areas(runs), boxes(runs, heights)) if found is None else found


def areas(runs: Ragged) -> NDArray[np.int64]:
    """Set pixels of each mask: the sum of its odd runs, shape (n,)."""
    out = np.empty(len(runs), np.int64)
    for parity in (0, 1):
        below = (runs.offsets + 1 - parity) // 2
        within = np.diff(_offsets(runs.values[parity::2])[below])
        # In a row that begins at an odd position, its odd runs are at even ones.
        rows = runs.offsets[:-1] % 2 != parity
        out[rows] = within[rows]
    return out


def boxes(runs: Ragged, heights: NDArray[np.int64]) -> NDArray[np.float64]:
    """The tight box of each mask, as `pycocotools.mask.toBbox` returns it.

    A run that continues in the next column makes the box as high as the mask: it contains the bottom of one column and the
    top of the next.

    Args:
        runs: int64, n rows, none of which has a fault other than `ZERO_RUN`, `SUM` or `OVERSIZE`.
        heights: int64, shape (n,), each at least 1.

    Returns:
        float64, shape (n, 4): x, y, width, height in pixels; zeros where no pixel is set.
    """
    out = np.zeros((len(runs), 4))
    for rows, block in _blocks(runs):
        large = len(block) == 1 and len(block.values) > 2 * _BLOCK
        out[rows] = _box_of_long(block.values, int(heights[rows][0])) if large else _boxes_of_block(block, heights[rows])
    return out


def _box_of_long(runs: NDArray[np.int64], height: int) -> NDArray[np.float64]:
    """`boxes` of one long row, in pieces: temporaries of the entire row would take a hundred times its text."""
    corners: list[tuple[int, int, int, int]] = []
    done = 0
    for begin in range(0, len(runs), _BLOCK // 2 * 2 or 2):
        piece = runs[begin : begin + (_BLOCK // 2 * 2 or 2)]
        ends = np.cumsum(piece) + done
        done = int(ends[-1])
        some = piece[1::2] > 0
        if some.any():
            left, top = np.divmod((ends[1::2] - piece[1::2])[some], height)
            right, bottom = np.divmod(ends[1::2][some] - 1, height)
            spans = left < right
            low, high = np.where(spans, 0, top).min(), np.where(spans, height - 1, bottom).max()
            corners.append((int(left.min()), int(low), int(right.max()), int(high)))
    if not corners:
        return np.zeros(4)
    x0, y0, x1, y1 = zip(*corners, strict=True)
    return np.array([min(x0), min(y0), max(x1) - min(x0) + 1, max(y1) - min(y0) + 1], np.float64)


def _boxes_of_block(runs: Ragged, heights: NDArray[np.int64]) -> NDArray[np.float64]:
    """`boxes` on one block."""
    owners = runs.owners()
    sums = _offsets(runs.values)
    base = sums[runs.offsets[:-1]]
    odd = (np.arange(len(runs.values)) - runs.offsets[owners]) % 2 == 1
    spots = np.flatnonzero(odd & (runs.values > 0))  # runs of foreground
    owners = owners[spots]
    height = heights[owners]
    left, top = np.divmod(sums[spots] - base[owners], height)
    right, bottom = np.divmod(sums[spots + 1] - base[owners] - 1, height)
    spans = left < right
    spread = Ragged.from_lengths(spots, np.bincount(owners, minlength=len(runs)))
    lows = [spread.reduce(np.minimum, values=edge) for edge in (left, np.where(spans, 0, top))]
    highs = [spread.reduce(np.maximum, -1, edge) for edge in (right, np.where(spans, height - 1, bottom))]
    corners = np.stack(lows + highs, axis=1)
    corners[:, 2:] -= corners[:, :2] - 1
    return corners.astype(np.float64)


def encode_mask(mask: NDArray[np.bool_], corner: tuple[int, int] = (0, 0), size: tuple[int, int] | None = None) -> NDArray[np.int64]:
    """Runs of one mask, int64, in the one way that pycocotools' `encode` has: no zero run but the first.

    Only the smallest rectangle that holds the set pixels is turned to column-major order; that turn is what costs.

    Args:
        mask: bool, shape (height, width); the whole mask, or a part with background all around.
        corner: x and y of the part's first pixel in the whole.
        size: Height and width of the whole, if `mask` is a part.

    Raises:
        ValueError: If the part does not lie within the whole.
    """
    (left, top), (full_height, full_width) = corner, size or mask.shape
    if min(corner) < 0 or left + mask.shape[1] > full_width or top + mask.shape[0] > full_height:
        msg = f"a part of shape {mask.shape} at {corner} is not within a mask of shape {(full_height, full_width)}"
        raise ValueError(msg)
    rows = np.flatnonzero(mask.any(axis=1))
    if not len(rows):
        return np.array([full_height * full_width], np.int64)
    crop = mask[rows[0] : rows[-1] + 1]
    columns = np.flatnonzero(crop.any(axis=0))
    crop = crop[:, columns[0] : columns[-1] + 1]
    height, width = crop.shape
    # A cell of background below each column keeps it apart from the next; at full height runs do go on into it.
    step = height if height == full_height else height + 1
    cells = np.zeros(width * step + 2, bool)
    cells[1:-1].reshape(width, step)[:, :height] = crop.T
    column, row = np.divmod(np.flatnonzero(cells[1:] != cells[:-1]), step)
    edges = (column + left + columns[0]) * full_height + row + top + rows[0]
    runs: NDArray[np.int64] = np.diff(edges, prepend=0, append=full_height * full_width)
    return runs if runs[-1] else runs[:-1]


def decode_runs(runs: NDArray[np.int64], size: tuple[int, int]) -> NDArray[np.bool_]:
    """The mask of one row of runs: bool, shape `size` (height, width), in Fortran order as pycocotools gives it.

    Raises:
        ValueError: If a run is negative, or the runs do not sum to height times width.
    """
    height, width = size
    if (runs < 0).any() or (runs > height * width).any() or int(runs.sum()) != height * width:
        msg = f"the runs do not fit a mask of {width}x{height} px"
        raise ValueError(msg)
    return np.repeat(np.arange(len(runs)) % 2 == 1, runs).reshape(width, height).T


def intersection_area(a: NDArray[np.int64], b: NDArray[np.int64]) -> int:
    """Pixels set in both of two masks of one size, each given by its runs.

    Raises:
        ValueError: If the two do not sum to the same number of pixels.
    """
    begins = np.concatenate([[0], np.cumsum(a)])
    edges = np.concatenate([[0], np.cumsum(b)])
    if begins[-1] != edges[-1]:
        msg = f"a mask of {begins[-1]} px and one of {edges[-1]} px have no common pixels"
        raise ValueError(msg)
    # Pixels of `a` set before each edge of `b`: whole runs of foreground, and a part of the run that the edge is in.
    set_before = np.concatenate([[0], np.cumsum(a * (np.arange(len(a)) % 2))])
    run = np.searchsorted(begins, edges, side="right") - 1
    before = set_before[run] + np.where(run % 2 == 1, edges - begins[run], 0)
    return int(np.diff(before)[1::2].sum())


def iou(a: NDArray[np.int64], b: NDArray[np.int64]) -> float:
    """Intersection over union of two masks of one size; 0 where they have no common pixel, as in pycocotools.

    Raises:
        ValueError: If the two do not sum to the same number of pixels.
    """
    common = intersection_area(a, b)
    return common / (int(a[1::2].sum()) + int(b[1::2].sum()) - common) if common else 0.0
