"""Which image and which annotation of a reader is which of the file."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

from cocoproof.testing.importing.oracle import MaskError, pixels_of

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from cocoproof.testing.importing.imported import ImportedAnnotation, ImportedDataset, ImportedImage

__all__ = ["Pair", "Paired", "annotation_pairs", "image_pairs"]

T = TypeVar("T")


@dataclass(frozen=True)
class Pair(Generic[T]):
    """One row of the file, and what the reader has of it.

    Attributes:
        wanted: The file's.
        found: The reader's.
        place: Its place among those of the reader.
        sure: Whether it is certainly this one: by its name, its id or its content, not by its place alone.
    """

    wanted: T
    found: T
    place: int
    sure: bool


@dataclass(frozen=True)
class Paired(Generic[T]):
    """Rows of a file beside those of a reader.

    Attributes:
        pairs: In the order of the file.
        missing: Rows that the reader does not have.
        extra: Rows that the file does not have.
    """

    pairs: tuple[Pair[T], ...]
    missing: tuple[T, ...]
    extra: tuple[T, ...]

    @property
    def in_order(self) -> bool:
        """Whether those that are surely the same come in the order of the file."""
        places = [pair.place for pair in self.pairs if pair.sure]
        return places == sorted(places)


def image_pairs(wanted: ImportedDataset, found: ImportedDataset) -> Paired[ImportedImage]:
    """Images by name, then by id; what is left by place, if it is as many."""
    keys: list[Callable[[ImportedImage], Hashable]] = [lambda image: image.file_name, lambda image: image.id]
    return _paired(wanted.images, found.images, keys)


def annotation_pairs(wanted: ImportedImage, found: ImportedImage) -> Paired[ImportedAnnotation]:
    """Annotations of one image by id, if the reader keeps ids; else by category, box and mask, then by box, and what is left by place."""
    ids = {own.id for own in found.annotations}
    if None not in ids and len(ids) == len(found.annotations) and ids & {own.id for own in wanted.annotations}:
        return _paired(wanted.annotations, found.annotations, [lambda own: own.id])
    size = (wanted.height or 0, wanted.width or 0)
    # Masks and flags are compared only where several annotations have the same box.
    boxes = [_box(own) for own in wanted.annotations]
    keys: list[Callable[[ImportedAnnotation], Hashable]] = [lambda own: (own.category, _box(own)), _box]
    if len(set(boxes)) < len(boxes):
        keys.insert(0, lambda own: (own.category, _box(own), own.iscrowd, _mask(own, size)))
    return _paired(wanted.annotations, found.annotations, keys)


def _box(own: ImportedAnnotation) -> tuple[float, ...]:
    """The box in fifteen digits: it may have passed through its corners."""
    return tuple(float(f"{float(side):.9g}") for side in own.bbox or ())


def _mask(own: ImportedAnnotation, size: tuple[int, int]) -> bytes | None:
    try:
        pixels = pixels_of(own.segmentation, size)
    except MaskError:
        return None
    return None if pixels is None else np.packbits(pixels).tobytes()


def _paired(wanted: Sequence[Any], found: Sequence[Any], keys: Sequence[Callable[[Any], Hashable]]) -> Paired[Any]:
    pairs: dict[int, Pair[Any]] = {}
    left_wanted, left_found = list(range(len(wanted))), list(range(len(found)))
    for key in keys:
        places: defaultdict[Hashable, list[int]] = defaultdict(list)
        for place in left_found:
            places[key(found[place])].append(place)
        for number in left_wanted:
            own = key(wanted[number])
            if own is not None and places.get(own):
                place = places[own].pop(0)
                pairs[number] = Pair(wanted[number], found[place], place, sure=True)
        taken = {pair.place for pair in pairs.values()}
        left_wanted = [number for number in left_wanted if number not in pairs]
        left_found = [place for place in left_found if place not in taken]
    if len(left_wanted) == len(left_found):
        for number, place in zip(left_wanted, left_found, strict=True):
            pairs[number] = Pair(wanted[number], found[place], place, sure=False)
        left_wanted, left_found = [], []
    return Paired(
        tuple(pairs[number] for number in sorted(pairs)),
        tuple(wanted[number] for number in left_wanted),
        tuple(found[place] for place in left_found),
    )
