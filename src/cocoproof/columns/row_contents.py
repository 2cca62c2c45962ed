"""Digests of the contents of rows, independent of ids and positions, and the same in every run and on every machine.

The content of an image is its file name, that of a category its name, that of an annotation both of them with its box, mask, keypoints,
caption and score. Fields that may be wrong without changing the identity of the object (`area`, `iscrowd`, `num_keypoints`) are excluded.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.row_digests import digest_columns, digest_masks, digest_rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from cocoproof.columns.tables import Categories, Column, Dataset, Images, Table

__all__ = ["RowContents", "digest_text"]

_NOWHERE = np.uint64(0)
"""Replaces a reference to a missing row: its id is not part of the annotation's content."""


def digest_text(text: str) -> int:
    """A digest of a text, 64 bits; lone surrogates are allowed."""
    import hashlib

    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


@dataclass(frozen=True, eq=False)
class RowContents:
    """Digests of the rows of a file.

    Attributes:
        coco: The file.
        images: The images that its annotations refer to, which for a results list are those of its ground truth.
        categories: The categories that they refer to.
    """

    coco: Dataset
    images: Images
    categories: Categories

    def of(self, table: str, rows: NDArray[np.int64]) -> NDArray[np.uint64]:
        """Digests of some rows.

        Args:
            table: images, annotations, categories or segments; the rows of other tables have no content.
            rows: Row numbers, int64, shape (n,).

        Returns:
            uint64, shape (n,).
        """
        if table == "images":
            return self._of_images[rows]
        if table == "categories":
            return self._of_categories[rows]
        if table == "annotations":
            return self._of_annotations(rows) if self.coco.frames is None else self._of_tracks(self.coco.frames, rows)
        if table == "videos":
            return self._of_videos[rows]
        return self._of_segments(rows) if table == "segments" else np.zeros(len(rows), np.uint64)

    def of_image(self, annotations: NDArray[np.int64]) -> NDArray[np.uint64]:
        """Digests of the images of some annotations; uint64, shape (n,)."""
        rows = self.coco.annotations
        return _referred(self.images, self._of_images, rows.image_row, rows.image_id, annotations)

    def names(self, table: str, row: int) -> tuple[str, ...]:
        """The names of a row for messages: of its category and image; "" if it has none."""
        annotations = self.coco.annotations
        if table == "images":
            return (self.images.file_name.values[row],)
        if table == "categories":
            return (self.categories.name.values[row],)
        if table == "videos":
            return () if self.coco.videos is None else (self.coco.videos.name.values[row],)
        if table == "segments":
            return self._category_name(int(self.coco.segments.category_row[row])), *self.names(
                "annotations", int(self.coco.segments.owner[row])
            )
        if table != "annotations":
            return ()
        if self.coco.frames is not None:
            return (self._category_name(int(annotations.category_row[row])),)
        image = int(annotations.image_row[row])
        return self._category_name(int(annotations.category_row[row])), "" if image < 0 else self.images.file_name.values[image]

    def _category_name(self, row: int) -> str:
        return "" if row < 0 else self.categories.name.values[row]

    def of_category(self, annotations: NDArray[np.int64]) -> NDArray[np.uint64]:
        """Digests of the categories of some annotations; uint64, shape (n,)."""
        rows = self.coco.annotations
        return _referred(self.categories, self._of_categories, rows.category_row, rows.category_id, annotations)

    @cached_property
    def _of_images(self) -> NDArray[np.uint64]:
        images = self.images
        sizes = digest_columns([_bits(images.width), _bits(images.height)])
        return np.where(images.file_name.ok, _texts(images.file_name.values), sizes)

    @cached_property
    def _of_categories(self) -> NDArray[np.uint64]:
        return _texts(self.categories.name.values)

    def _of_annotations(self, rows: NDArray[np.int64]) -> NDArray[np.uint64]:
        annotations = self.coco.annotations
        return digest_columns(
            [
                self.of_image(rows),
                self.of_category(rows),
                *_bits(annotations.bbox, rows).T,
                digest_masks(annotations.segmentation, rows),
                digest_rows(annotations.keypoints.rows.take(rows)),
                _texts(annotations.caption.values[row] for row in rows.tolist()),
                _texts(annotations.file_name.values[row] for row in rows.tolist()),
                _bits(annotations.score, rows),
            ]
        )

    def _of_tracks(self, frames: Dataset, rows: NDArray[np.int64]) -> NDArray[np.uint64]:
        """Digests of tracks: of all of their frames, in any order."""
        places = frames.annotations.places
        own = np.zeros(self.coco.annotations.n, np.uint64)
        if places is not None:
            members = np.flatnonzero(np.isin(places.owner, rows))
            contents = RowContents(frames, frames.images, frames.categories).of("annotations", members)
            np.add.at(own, places.owner[members], contents)
        return digest_columns([own[rows], self.of_category(rows), _bits(self.coco.annotations.score, rows)])

    @cached_property
    def _of_videos(self) -> NDArray[np.uint64]:
        """Digests of videos: of their names, and of those of their frames."""
        videos, frames = self.coco.videos, self.coco.frames
        if videos is None:
            return np.zeros(0, np.uint64)
        own = np.zeros(videos.n, np.uint64)
        if frames is not None and frames.images.places is not None:
            np.add.at(own, frames.images.places.owner, _texts(frames.images.file_name.values))
        return digest_columns([own, _texts(videos.name.values)])

    def _of_segments(self, rows: NDArray[np.int64]) -> NDArray[np.uint64]:
        segments = self.coco.segments
        owners = segments.owner[rows]
        names = _texts(self.coco.annotations.file_name.values[owner] for owner in owners.tolist())
        category = _referred(self.categories, self._of_categories, segments.category_row, segments.category_id, rows)
        return digest_columns([self.of_image(owners), names, category, *_bits(segments.bbox, rows).T, _bits(segments.area, rows)])


def _referred(
    table: Table, contents: NDArray[np.uint64], found: NDArray[np.int64], ids: Column, rows: NDArray[np.int64]
) -> NDArray[np.uint64]:
    """Digests of the rows that are referred to.

    Args:
        table: The table referred to. If the file has none (results without their ground truth), the id is used instead.
        contents: Digests of its rows.
        found: The row of each reference, -1 for none.
        ids: The references.
        rows: The rows that refer.
    """
    if not table.n:
        return digest_columns([_bits(ids, rows)])
    known, holders = table.id_index
    first = np.flatnonzero(np.append(True, known[1:] != known[:-1])) if len(known) else np.empty(0, np.int64)
    if len(first) < len(known):  # of several rows with the same id, which one is found depends on their order, so all are used
        contents = contents.copy()
        contents[holders] = np.repeat(np.minimum.reduceat(contents[holders], first), np.diff(np.append(first, len(known))))
    return np.append(contents, _NOWHERE)[found[rows]]


def _bits(column: Column, rows: NDArray[np.int64] | None = None) -> NDArray[np.int64] | NDArray[np.float64]:
    """The values of some rows, None for all; 0 if a value must not be used."""
    values, ok = (column.values, column.ok) if rows is None else (column.values[rows], column.ok[rows])
    return np.where(ok[:, None] if values.ndim == 2 else ok, values, values.dtype.type(0))


def _texts(texts: Iterable[str]) -> NDArray[np.uint64]:
    known: dict[str, int] = {}
    out = []
    for text in texts:
        digest = known.get(text)
        if digest is None:
            digest = known[text] = digest_text(text)
        out.append(digest)
    return np.array(out, np.uint64)
