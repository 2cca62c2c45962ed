"""The source of an export: its images in order, each with its detections.

A source is a `DetectionDataset`, or any iterable of `(image, detections)`. The readers of files (`cocoproof.sources`) are such
iterables: they yield an `ImageInfo`, or a path, and `PlainDetections`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeGuard

from cocoproof.export.detections import DetectionsLike
from cocoproof.export.errors import ExportError
from cocoproof.export.image_entries import ImageInfo, Orientation, common_folder, file_name_of, header_size
from cocoproof.export.keypoint_input import KeyPointsLike
from cocoproof.model.suggestions import quoted

if TYPE_CHECKING:
    from cocoproof.mapping import ClassMapping

__all__ = [
    "DatasetLike",
    "Detected",
    "ImageLike",
    "Naming",
    "Source",
    "SourceImage",
    "check_classes",
    "length_of",
    "root_of",
    "source_images",
]

Pixels: TypeAlias = Any
"""An array of shape (height, width) or (height, width, channels)."""

ImageLike: TypeAlias = "str | os.PathLike[str] | ImageInfo | tuple[str | os.PathLike[str], tuple[int, int] | Pixels]"
"""A path, whose size is read from the file's header; or a name with an array, or with (width, height); or an `ImageInfo`."""

Detected: TypeAlias = DetectionsLike | KeyPointsLike | None


class DatasetLike(Protocol):
    """`supervision.DetectionDataset`, or any object with these attributes."""

    @property
    def classes(self) -> Sequence[str]:
        """Class names by class id."""

    @property
    def image_paths(self) -> Sequence[str]:
        """Paths of the images, in order."""

    @property
    def annotations(self) -> Mapping[str, DetectionsLike]:
        """The detections on each image, by its path."""


Source: TypeAlias = "DatasetLike | Iterable[tuple[ImageLike, Detected]] | Iterable[tuple[str | os.PathLike[str], Pixels, Detected]]"


@dataclass(frozen=True, slots=True)
class SourceImage:
    """One image as the source has it: its name is not relative yet, and its size not read.

    Attributes:
        image: The image.
    """

    image: ImageLike

    @property
    def name(self) -> str:
        """The name of the image in messages."""
        return str(self.path)

    @property
    def path(self) -> str | os.PathLike[str]:
        """The image's path or name as it came."""
        image = self.image[0] if isinstance(self.image, tuple) else self.image
        return image.file_name if isinstance(image, ImageInfo) else image

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height, if the source has them; None if they must be read from the file.

        Raises:
            ExportError: If it is not a size.
        """
        if isinstance(self.image, ImageInfo):
            return self.image.width, self.image.height
        return _size_of(self.image[1], self.name) if isinstance(self.image, tuple) else None


@dataclass(frozen=True, slots=True)
class Naming:
    """How images are named and measured.

    Attributes:
        folder: The folder that file names are relative to; None takes relative paths as they are.
        orientation: Whether the size of an image file is the stored one, or that after its EXIF orientation.
    """

    folder: str | None
    orientation: Orientation

    def image_info(self, given: SourceImage) -> ImageInfo:
        """The image as it is written.

        Raises:
            ExportError: If its name cannot be written, or its size cannot be read.
        """
        if isinstance(given.image, ImageInfo):
            name = file_name_of(given.image.file_name, None)
            return ImageInfo(name, given.image.width, given.image.height, given.image.fields)
        size = given.size
        name = file_name_of(given.path, self.folder, is_name=size is not None)
        return ImageInfo(name, *(size or header_size(given.path, self.orientation)))


def source_images(source: Source) -> Iterator[tuple[SourceImage, Detected]]:
    """The images of a source in order, each with its detections.

    Of a `DetectionDataset`, paths and annotations are read, and no image is decoded. But if its class overrides `__iter__` or
    `__getitem__`, it is iterated: such a class changes there what it yields (classes remapped, boxes shifted), so its
    `annotations` are not what it represents. A dataset that holds its images in memory is iterated as well.

    Raises:
        TypeError: If an item has none of the forms that a source may have.
    """
    if _is_dataset(source) and not _iterates_its_own_way(source):
        annotations = source.annotations
        for path in source.image_paths:
            yield SourceImage(path), annotations[path]
        return
    if isinstance(source, (str, bytes, Mapping)) or not isinstance(source, Iterable):
        msg = f"the source is a {type(source).__name__}; expected a DetectionDataset or an iterable of (image, detections)"
        raise TypeError(msg)
    for place, item in enumerate(source):
        yield _item(item, place)


def _item(item: object, place: int) -> tuple[SourceImage, Detected]:
    if isinstance(item, (tuple, list)):
        if len(item) == 2 and _is_image(item[0]):
            return SourceImage(item[0]), item[1]
        if len(item) == 3 and isinstance(item[0], (str, os.PathLike)):
            path, pixels, detections = item
            return SourceImage(path if pixels is None else (path, pixels)), detections
    what = f"a tuple of {len(item)}" if isinstance(item, (tuple, list)) else f"a {type(item).__name__}"
    msg = (
        f"item {place} of the source is {what}; expected (image, detections), where image is a path, (name, array), "
        "(name, (width, height)) or an ImageInfo; or (path, array, detections)"
    )
    raise TypeError(msg)


def _is_image(value: object) -> bool:
    if isinstance(value, tuple):
        return len(value) == 2 and isinstance(value[0], (str, os.PathLike))
    return isinstance(value, (str, os.PathLike, ImageInfo))


def _size_of(value: object, name: str) -> tuple[int, int]:
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple) and len(shape) in (2, 3):
        return int(shape[1]), int(shape[0])
    if isinstance(value, (tuple, list)) and len(value) == 2:
        width, height = value
        if all(hasattr(side, "__index__") and not isinstance(side, bool) for side in value):
            return int(width), int(height)
    msg = f"its size is {quoted(value)}; expected (width, height), or an array of shape (height, width[, channels])"
    raise ExportError(msg, reason="image-size", image=name)


def _is_dataset(source: object) -> TypeGuard[DatasetLike]:
    return all(hasattr(source, name) for name in ("image_paths", "annotations", "classes"))


def _iterates_its_own_way(source: object) -> bool:
    if getattr(source, "_images_in_memory", None):
        return True
    return any(_home(type(source), method).split(".")[0] != "supervision" for method in ("__iter__", "__getitem__"))


def _home(kind: type, method: str) -> str:
    """The module of the class that defines a method of this class."""
    owner = next((one for one in kind.__mro__ if method in vars(one)), None)
    # An object without the method overrides nothing.
    return "supervision" if owner is None else owner.__module__


def length_of(source: object) -> int | None:
    """The number of images, if it is known."""
    return len(source) if hasattr(source, "__len__") else None


def root_of(source: Source, images_dir: str | os.PathLike[str] | None) -> str | None:
    """The folder that file names are relative to: the given one, or the one that contains all images of a dataset."""
    if images_dir is not None:
        return os.fspath(images_dir)
    return common_folder(source.image_paths) if _is_dataset(source) else None


def check_classes(source: Source, mapping: ClassMapping) -> None:
    """Refuse a mapping whose class names differ from those of a dataset.

    Only if the dataset's own class ids are exported, and both have names.

    Raises:
        ExportError: With the first class id on which they differ.
    """
    if not _is_dataset(source) or _iterates_its_own_way(source):
        return
    names = list(source.classes)
    for row in mapping.classes:
        if row.name is not None and row.id < len(names) and str(names[row.id]) != row.name:
            msg = (
                f"the dataset calls class {row.id} {quoted(names[row.id])}, the mapping {quoted(row.name)}; "
                "make the mapping from the dataset's own list: ClassMapping.from_names(dataset.classes, ...)"
            )
            raise ExportError(msg, reason="classes")
