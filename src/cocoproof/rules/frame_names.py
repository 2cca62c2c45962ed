"""Numbered sequences in file names: `clip7_000123.jpg` is number 123 of the sequence `clip7_#`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.images.file_names import plain
from cocoproof.model.budgets import NAME_CHARACTERS
from cocoproof.rules.split_roles import without_split_folders

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["FrameNames", "Neighbours", "find_neighbours", "names_a_video"]

_ADDED = re.compile(r"(?:[._-](?:jpe?g|png|bmp|webp|tiff?)\.rf\.[0-9A-Za-z]+|[-_ ]\d{2,5}x\d{2,5})$")
"""What tools append to a stem: Roboflow its hash, others the size."""
_EXTENSION = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,4}$")
_NUMBERED = re.compile(r"(.*?)(\d{1,18})(\D*)", re.DOTALL)
_VIDEO = re.compile(
    r"(?<![a-z])(?:frames?|frm|videos?|vid|clips?|mp4|avi|mov|mkv|webm|m4v|wmv|mpe?g|seq|sequences?|recordings?|footage|movies?|timelapse)"
    r"(?![a-z])|(?<![a-z])G[HX]\d{6}(?!\d)",
    re.IGNORECASE,
)
"""Words for frames, endings of videos, and GoPro's names of videos (its photos are GOPR and G followed by digits)."""
_FEW = 5
"""Distinct numbers under which a sequence has no spacing of its own: numbers are then taken as frames."""
_APART = (50, 25, 15)
"""Places in a sequence between an image and one that it is compared with as not a neighbour; the first that there is."""


@dataclass(frozen=True, eq=False)
class FrameNames:
    """The numbered sequences of a file's images.

    Attributes:
        sequences: Their names: folder and stem, with # for the number.
        codes: int64, shape (images,): the place of each image's sequence in `sequences`; -1 for a name without a number.
        numbers: int64, shape (images,).
    """

    sequences: tuple[str, ...]
    codes: NDArray[np.int64]
    numbers: NDArray[np.int64]

    @classmethod
    def of(cls, names: Sequence[str]) -> FrameNames:
        """The sequences of file names; folders that only name a split do not count."""
        places: dict[str, int] = {}
        codes, numbers = np.full(len(names), -1, np.int64), np.zeros(len(names), np.int64)
        for row, name in enumerate(names):
            found = _parsed(name)
            if found is not None:
                codes[row] = places.setdefault(found[0], len(places))
                numbers[row] = found[1]
        return cls(tuple(places), codes, numbers)


def _parsed(name: str) -> tuple[str, int] | None:
    if not name or len(name) > NAME_CHARACTERS:
        return None
    stem = _ADDED.sub("", _EXTENSION.sub("", without_split_folders(plain(name))))
    folder, slash, file = stem.rpartition("/")
    found = _NUMBERED.fullmatch(file)
    return None if found is None else (f"{folder}{slash}{found[1]}#{found[3]}", int(found[2]))


def names_a_video(sequence: str, others: frozenset[str] = frozenset()) -> bool:
    """Whether the name of a sequence has a word for video, clip or frame that is not one of `others`, in small letters.

    >>> names_a_video("park_mp4-#"), names_a_video("paper_clip_#", frozenset({"paper", "clip"})), names_a_video("IMG_#")
    (True, False, False)
    """
    return any(word.lower() not in others for word in _VIDEO.findall(sequence))


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Images of a split, each with the nearest image of its sequence in an earlier split.

    Arrays of shape (m,):

    Attributes:
        rows: The image, int64, ascending.
        side: Which of the earlier splits has the neighbour, int64.
        there: Its row there, int64.
        steps: How far the numbers are apart, as a multiple of the sequence's spacing, float64.
        spacing: The median difference of consecutive numbers of the sequence in all splits, float64.
        sequence: The place of the sequence in the `sequences` of the split, int64.
        far_side: As `side`, of an image further away in the same sequence; -1 where there is none.
        far: Its row.
    """

    rows: NDArray[np.int64]
    side: NDArray[np.int64]
    there: NDArray[np.int64]
    steps: NDArray[np.float64]
    spacing: NDArray[np.float64]
    sequence: NDArray[np.int64]
    far_side: NDArray[np.int64]
    far: NDArray[np.int64]

    def take(self, kept: NDArray[np.bool_]) -> Neighbours:
        """Some of them."""
        return Neighbours(
            self.rows[kept],
            self.side[kept],
            self.there[kept],
            self.steps[kept],
            self.spacing[kept],
            self.sequence[kept],
            self.far_side[kept],
            self.far[kept],
        )


def find_neighbours(here: FrameNames, earlier: Sequence[FrameNames]) -> Neighbours:
    """The nearest image in earlier splits of each image that has one in its sequence; one sort of all numbers."""
    places = {name: place for place, name in enumerate(here.sequences)}
    codes, numbers, side, rows = [here.codes], [here.numbers], [np.full(len(here.codes), -1)], [np.arange(len(here.codes))]
    for k, other in enumerate(earlier):
        common = np.array([*(places.get(name, -1) for name in other.sequences), -1], np.int64)
        codes.append(common[other.codes])
        numbers.append(other.numbers)
        side.append(np.full(len(other.codes), k))
        rows.append(np.arange(len(other.codes)))
    code, number, which, row = (np.concatenate(parts).astype(np.int64) for parts in (codes, numbers, side, rows))
    shared = np.zeros(len(here.sequences) + 1, bool)
    shared[code[which >= 0]] = True
    kept = (code >= 0) & shared[code]
    order = np.flatnonzero(kept)[np.lexsort((which[kept], number[kept], code[kept]))]
    code, number, which, row = code[order], number[order], which[order], row[order]
    spacing = _spacings(code, number, len(here.sequences))
    own, others = np.flatnonzero(which < 0), np.flatnonzero(which >= 0)
    if not len(own) or not len(others):
        nothing = np.empty(0, np.int64)
        return Neighbours(nothing, nothing, nothing, np.empty(0), np.empty(0), nothing, nothing, nothing)
    after = np.searchsorted(others, own)
    best, gap = np.zeros(len(own), np.int64), np.full(len(own), np.inf)
    for place in (after - 1, after):
        at = others[place.clip(0, len(others) - 1)]
        fits = (place >= 0) & (place < len(others)) & (code[at] == code[own])
        far = np.abs(number[at] - number[own]).astype(np.float64)
        better = fits & (far < gap)
        best[better], gap[better] = place[better], far[better]
    found = np.isfinite(gap)
    own, best, gap = own[found], best[found], gap[found]
    near, step = others[best], spacing[code[own]]
    apart_side, apart = np.full(len(own), -1, np.int64), np.full(len(own), -1, np.int64)
    for offset in (sign * size for size in _APART for sign in (1, -1)):
        place = best + offset
        at = others[place.clip(0, len(others) - 1)]
        fits = (apart_side < 0) & (place >= 0) & (place < len(others)) & (code[at] == code[own])
        apart_side[fits], apart[fits] = which[at[fits]], row[at[fits]]
    by_row = np.argsort(row[own], kind="stable")
    return Neighbours(row[own], which[near], row[near], gap / step, step, code[own], apart_side, apart).take(by_row)  # type: ignore[arg-type]  # row numbers


def _spacings(code: NDArray[np.int64], number: NDArray[np.int64], sequences: int) -> NDArray[np.float64]:
    """The median difference of consecutive numbers of each sequence; 1 where there are few. Rows are sorted by sequence and number."""
    out = np.ones(sequences)
    steps = np.flatnonzero((code[1:] == code[:-1]) & (number[1:] > number[:-1]))
    if not len(steps):
        return out
    owner, gap = code[steps], number[steps + 1] - number[steps]
    order = np.lexsort((gap, owner))
    owner, gap = owner[order], gap[order]
    starts = np.flatnonzero(np.append(True, owner[1:] != owner[:-1]))
    counts = np.diff(np.append(starts, len(owner)))
    enough = counts >= _FEW - 1
    out[owner[starts[enough]]] = gap[starts[enough] + counts[enough] // 2]
    return out
