"""The runs of all masks of a file, decoded where they are asked for.

Decoded to int64, the runs of compressed masks take six times their text. So the text of the document stays what is stored, and lists of counts
are stored in 32 bits if they fit.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.geometry.ragged import Ragged
from cocoproof.geometry.rle import check_runs, decode_spans
from cocoproof.model.budgets import portions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["MaskRuns", "Stored", "check_masks"]

_PORTION = 1 << 18
"""Characters or runs that are decoded at a time."""


class Stored(enum.IntEnum):
    """Where the counts of a mask are."""

    DOCUMENT = 0
    """A text in the document, without escapes."""
    OWN = 1
    """A text in `MaskRuns.own`."""
    LISTED = 2
    """Runs in `MaskRuns.listed`."""
    ESCAPED = 3
    """A text in the document, where each backslash is written as two."""


@dataclass(frozen=True, eq=False)
class MaskRuns:
    """Rows of run lengths. What it returns is int64.

    Attributes:
        document: The bytes of the document, uint8.
        own: The texts that are not in the document as they are, uint8.
        listed: The runs of lists of counts, int32 or int64.
        stored: uint8 of `Stored`, shape (m,).
        spans: int64, shape (m, 2): where the counts of each mask start and end.
        lengths: int64, shape (m,): how many runs each mask has; 0 for a text that cannot be decoded.
    """

    document: NDArray[np.uint8]
    own: NDArray[np.uint8]
    listed: NDArray[np.int32] | NDArray[np.int64]
    stored: NDArray[np.uint8]
    spans: NDArray[np.int64]
    lengths: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.stored)

    def __getitem__(self, row: int) -> NDArray[np.int64]:
        """The runs of one mask; negative indices are not supported."""
        return self.take(np.array([row]))[0]

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Ragged:
        """The runs of some masks, by their indices or by a mask of them."""
        return self.decode(np.flatnonzero(rows) if rows.dtype == bool else np.asarray(rows, np.int64))[0]

    def decode(self, rows: NDArray[np.int64]) -> tuple[Ragged, NDArray[np.uint8]]:
        """The runs of some masks, and their faults as texts: see `geometry.rle.decode_counts`."""
        stored, faults = self.stored[rows], np.zeros(len(rows), np.uint8)
        parts: list[tuple[NDArray[np.int64], Ragged]] = []
        escaped = stored == Stored.ESCAPED
        # Texts in the document are decoded together: one without escapes has no backslash, and is the same read either way.
        in_document = escaped | (stored == Stored.DOCUMENT)
        for place, chosen in ((Stored.DOCUMENT, in_document), (Stored.OWN, stored == Stored.OWN), (Stored.LISTED, stored == Stored.LISTED)):
            own = np.flatnonzero(chosen)
            if not len(own):
                continue
            spans = self.spans[rows[own]]
            if place is Stored.LISTED:
                found = _gathered(self.listed, spans)
            elif place is Stored.OWN:
                found, faults[own] = decode_spans(self.own, spans)
            else:
                found, faults[own] = decode_spans(self.document, spans, escaped=bool(escaped.any()))
            if len(own) == len(rows):
                return found, faults
            parts.append((own, found))
        lengths = np.zeros(len(rows), np.int64)
        for own, found in parts:
            lengths[own] = found.lengths
        out = Ragged.from_lengths(np.empty(int(lengths.sum()), np.int64), lengths)
        for own, found in parts:
            places = np.arange(len(found.values)) + np.repeat(out.offsets[own] - found.offsets[:-1], found.lengths)
            out.values[places] = found.values
        return out, faults

    def portions(self, rows: NDArray[np.int64] | None = None) -> Iterator[tuple[slice, Ragged]]:
        """Some masks, or all, in portions: which of them, and their runs."""
        rows = np.arange(len(self)) if rows is None else rows
        for part in portions(self.lengths[rows], _PORTION):
            yield part, self.take(rows[part])


def check_masks(runs: MaskRuns, sizes: NDArray[np.int64]) -> tuple[MaskRuns, NDArray[np.uint8]]:
    """Decode all masks once.

    Args:
        runs: The masks; their lengths are not known yet.
        sizes: int64, shape (m, 2): height and width of each mask.

    Returns:
        The masks with their lengths, and an `RleFault` for each, shape (m,).
    """
    lengths, faults = np.zeros(len(runs), np.int64), np.zeros(len(runs), np.uint8)
    for part in portions(runs.spans[:, 1] - runs.spans[:, 0], _PORTION):
        found, unreadable = runs.decode(np.arange(part.start, part.stop))
        lengths[part] = found.lengths
        faults[part] = check_runs(found, sizes[part], unreadable)
    return MaskRuns(runs.document, runs.own, runs.listed, runs.stored, runs.spans, lengths), faults


def _gathered(values: NDArray[np.int32] | NDArray[np.int64], spans: NDArray[np.int64]) -> Ragged:
    """The values of spans, as int64."""
    lengths = spans[:, 1] - spans[:, 0]
    if len(spans) == 1:
        return Ragged.from_lengths(values[spans[0, 0] : spans[0, 1]].astype(np.int64), lengths)
    out = Ragged.from_lengths(np.empty(int(lengths.sum()), np.int64), lengths)
    out.values[:] = values[np.arange(len(out.values)) + np.repeat(spans[:, 0] - out.offsets[:-1], lengths)]
    return out
