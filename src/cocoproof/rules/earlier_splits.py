"""What a run keeps of the splits checked before a file: enough to find what they share."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.row_contents import RowContents
from cocoproof.columns.row_digests import digest_columns
from cocoproof.images.file_names import plain
from cocoproof.model.wording import shown_id
from cocoproof.rules.frame_names import FrameNames
from cocoproof.rules.image_groups import certain_videos
from cocoproof.rules.split_contents import SplitContents
from cocoproof.rules.split_roles import is_training

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cocoproof.columns.tables import Column, Dataset, TextColumn
    from cocoproof.images import ImageScan
    from cocoproof.images.perceptual_hash import PerceptualHashes
    from cocoproof.rules.image_groups import GroupBy, ImageGroups

__all__ = ["EarlierSplits", "OwnSplit", "SplitRecord", "annotation_digests"]


@dataclass(frozen=True, eq=False)
class OwnSplit:
    """The file that is compared with the splits before it; what is worked out of it is kept for the files after it.

    Attributes:
        path: As the report names it.
        coco: The file.
        group_by: Which images belong together.
    """

    path: str
    coco: Dataset
    group_by: GroupBy | None = None

    @cached_property
    def digests(self) -> NDArray[np.uint64]:
        """A digest of each annotation; see `annotation_digests`."""
        return annotation_digests(self.coco)

    @cached_property
    def sizes(self) -> NDArray[np.int64]:
        """Width and height of the images, int64, shape (images, 2); 0 where unusable."""
        images = self.coco.images
        return np.stack([np.where(side.ok, side.values, 0) for side in (images.width, images.height)], axis=1).astype(np.int64)

    @cached_property
    def frames(self) -> FrameNames:
        """The numbered sequences of the file names."""
        return FrameNames.of(self.coco.images.file_name.values)

    @cached_property
    def contents(self) -> SplitContents:
        """What the annotations come to."""
        return SplitContents.of(self.coco)

    @cached_property
    def videos(self) -> ImageGroups | None:
        """The videos of the images, where the file names them for certain."""
        return certain_videos(self.coco)

    @cached_property
    def groups(self) -> ImageGroups | None:
        """The groups of the images, where the run says what these are."""
        return None if self.group_by is None else self.group_by.of(self.coco)


@dataclass(frozen=True, eq=False, kw_only=True)
class SplitRecord:
    """One split as the others see it.

    Attributes:
        path: As the report names it.
        file_names: The `file_name` of each image, "" where it is unusable.
        image_ids: Ids of the images.
        sizes: Their width and height, int64, shape (images, 2); 0 where unusable.
        category_ids: Ids of the categories, in the order of the list.
        category_names: Their names.
        annotation_ids: Usable annotation ids, int64, ascending.
        digests: A digest of the row with each of these ids, uint64; see `annotation_digests`.
        frames: The numbered sequences of the file names.
        contents: What the annotations come to.
        videos: The videos of the images, where the file names them for certain; see `certain_videos`.
        groups: The groups of the images, where the run says what these are.
        pictures: What was found of the image files, where they were looked at.
        looks: How they look, where that was asked.
    """

    path: str
    file_names: TextColumn
    image_ids: Column
    sizes: NDArray[np.int64]
    category_ids: Column
    category_names: TextColumn
    annotation_ids: NDArray[np.int64]
    digests: NDArray[np.uint64]
    frames: FrameNames
    contents: SplitContents
    videos: ImageGroups | None = None
    groups: ImageGroups | None = None
    pictures: ImageScan | None = None
    looks: PerceptualHashes | None = None

    @classmethod
    def of(cls, split: OwnSplit, pictures: ImageScan | None = None, looks: PerceptualHashes | None = None) -> SplitRecord:
        """What is remembered of a file."""
        coco = split.coco
        ids, rows = coco.annotations.id_index
        return cls(
            path=split.path,
            file_names=coco.images.file_name,
            image_ids=coco.images.id,
            sizes=split.sizes,
            category_ids=coco.categories.id,
            category_names=coco.categories.name,
            annotation_ids=ids,
            digests=split.digests[rows],
            frames=split.frames,
            contents=split.contents,
            videos=split.videos,
            groups=split.groups,
            pictures=pictures,
            looks=looks,
        )

    @cached_property
    def image_by_name(self) -> dict[str, int]:
        """The first row with each usable file_name, as `plain` writes it."""
        names = self.file_names.values
        return {plain(names[row]): row for row in reversed(np.flatnonzero(self.file_names.ok).tolist()) if names[row]}

    @cached_property
    def image_by_id(self) -> dict[int, int]:
        """The first row with each usable image id."""
        return _first_rows(self.image_ids)

    @cached_property
    def category_by_id(self) -> dict[int, int]:
        """The first row with each usable category id."""
        return _first_rows(self.category_ids)

    @cached_property
    def category_by_name(self) -> dict[str, int]:
        """The first row with each usable category name."""
        names = self.category_names.values
        return {names[row]: row for row in reversed(np.flatnonzero(self.category_names.ok).tolist()) if names[row]}

    def image(self, row: int) -> str:
        """An image as a message names it: `image 3 of train.json`."""
        name = f"image {shown_id(self.image_ids.written(row))}" if self.image_ids.ok[row] else f"image at index {row}"
        return f"{name} of {self.path}"


@dataclass(frozen=True, kw_only=True)
class EarlierSplits:
    """The splits checked before a file, in the order of the command line.

    Attributes:
        sides: Those that could be read.
        unread: Paths of those that could not, or that are not datasets.
        similar: Whether images are to be compared by how they look, too.
        group_by: Which images belong together; None for the videos that files name.
        training: Paths of the training splits of the run; None to go by the name of each file.
        own: The file that is compared with these; None between two files.
    """

    sides: tuple[SplitRecord, ...] = field(default=())
    unread: tuple[str, ...] = field(default=())
    similar: bool = False
    group_by: GroupBy | None = None
    training: tuple[str, ...] | None = None
    own: OwnSplit | None = None

    def before(self, path: str, coco: Dataset) -> EarlierSplits:
        """The same, as a file is compared with them."""
        return replace(self, own=OwnSplit(path, coco, self.group_by))

    def plus(
        self, path: str, coco: Dataset | None, pictures: ImageScan | None = None, looks: PerceptualHashes | None = None
    ) -> EarlierSplits:
        """These and one more; what was worked out while it was compared is not worked out again."""
        if coco is None:
            return replace(self, unread=(*self.unread, path), own=None)
        own = self.own if self.own is not None and self.own.coco is coco else OwnSplit(path, coco, self.group_by)
        return replace(self, sides=(*self.sides, SplitRecord.of(own, pictures, looks)), own=None)

    def trains(self, path: str) -> bool:
        """Whether a file is a training split."""
        return is_training(path) if self.training is None else path in self.training

    @property
    def training_to_come(self) -> bool:
        """Whether a training split follows the file."""
        known = {side.path for side in self.sides}.union(self.unread, () if self.own is None else [self.own.path])
        return self.training is not None and any(path not in known for path in self.training)


def annotation_digests(coco: Dataset) -> NDArray[np.uint64]:
    """What each annotation says, whatever its ids, its mask and its scores: a digest of its image, its category and its box.

    Returns:
        uint64, shape (annotations,).
    """
    annotations = coco.annotations
    contents, rows = RowContents(coco, coco.images, coco.categories), np.arange(annotations.n)
    box = np.where(annotations.bbox.ok[:, None], annotations.bbox.floats, -1.0)
    return digest_columns([contents.of_image(rows), contents.of_category(rows), *np.ascontiguousarray(box.T)])


def _first_rows(ids: Column) -> dict[int, int]:
    values = ids.values.tolist()
    return {values[row]: row for row in reversed(np.flatnonzero(ids.ok).tolist())}
