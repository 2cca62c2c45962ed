"""References that miss their targets by one constant: ids counted from 0 on one side and from 1 on the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["constant_offset"]

_TRIED = 64
"""Offsets that are tried; with more possible ones none is certain."""

_FEWEST = 3
"""Ids that must be used where some references lead somewhere: with fewer, one missing and one unused target look the same."""


def constant_offset(used: NDArray[np.int64], known: NDArray[np.int64]) -> int | None:
    """The one number by which all references are too high; None if there is no such number, or more than one.

    If no reference leads anywhere, the number must be the only one with which all do; of one target and one id that is used there
    is always one. If some lead somewhere, the ids that are used must be as many as the targets, three or more, so that they are all of the targets' ids,
    moved.

    Args:
        used: The ids that occur as references, int64, ascending and each once.
        known: The ids of the targets, likewise.
    """
    if not len(used) or not len(known) or np.isin(used, known).all():
        return None
    if np.isin(used, known).any() and (len(used) != len(known) or len(used) < _FEWEST):
        return None
    # As Python's integers: the difference of two int64 need not be one.
    low, high = int(used[-1]) - int(known[-1]), int(used[0]) - int(known[0])
    if high - low >= _TRIED or max(abs(low), abs(high)) >= 2**62:
        return None
    fits = [by for by in range(low, high + 1) if np.isin(used - by, known, assume_unique=True).all()]
    return fits[0] if len(fits) == 1 else None
