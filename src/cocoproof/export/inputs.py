"""Where images and detections come from, brought to one form.

A source that has no Python object of its own (a folder of YOLO text files, a JSON-lines file) is a function that yields
`(image, detections)` like any other iterable: an `ImageInfo`, or a path, and `PlainDetections`.
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

__all__ = ["DatasetLike", "ImageLike", "InputImage", "Naming", "Source", "check_classes", "given_items", "length_of", "root_of"]

Pixels: TypeAlias = Any
"""An array of shape (height, width) or (height, width, channels)."""

ImageLike: TypeAlias = "str | os.PathLike[str] | ImageInfo | tuple[str | os.PathLike[str], tuple[int, int] | Pixels]"
"""A path, whose file's header says the size; or a name with an array, or with (width, height); or all that is known."""

Found: TypeAlias = DetectionsLike | KeyPointsLike | None


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
        """What is on each image, by its path."""


Source: TypeAlias = "DatasetLike | Iterable[tuple[ImageLike, Found]] | Iterable[tuple[str | os.PathLike[str], Pixels, Found]]"


@dataclass(frozen=True, slots=True)
class InputImage:
    """One image as the source has it.

    Attributes:
        image: The image, its name not yet made relative, its size not yet read.
        detections: What is on it.
    """

    image: ImageLike
    detections: Found

    @property
    def name(self) -> str:
        """What a message calls the image."""
        image = self.image[0] if isinstance(self.image, tuple) else self.image
        return image.file_name if isinstance(image, ImageInfo) else str(image)

    @property
    def path(self) -> str | os.PathLike[str]:
        """The image's path or name as it came."""
        image = self.image[0] if isinstance(self.image, tuple) else self.image
        return image.file_name if isinstance(image, ImageInfo) else image

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height, where the source says; None where the file must be asked.

        Raises:
            ExportError: If it is no size.
        """
        if isinstance(self.image, ImageInfo):
            return self.image.width, self.image.height
        return _size_of(self.image[1], self.name) if isinstance(self.image, tuple) else None


@dataclass(frozen=True, slots=True)
class Naming:
    """How images are named and measured.

    Attributes:
        folder: The folder that file names are relative to; None takes relative paths as they are.
        orientation: Whether the size of an image file is the stored one, or as its EXIF orientation turns it.
    """

    folder: str | None
    orientation: Orientation

    def image(self, given: InputImage) -> ImageInfo:
        """The image as it is written.

        Raises:
            ExportError: If its name or its size cannot be had.
        """
        if isinstance(given.image, ImageInfo):
            name = file_name_of(given.image.file_name, None)
            return ImageInfo(name, given.image.width, given.image.height, given.image.fields)
        size = given.size
        name = file_name_of(given.path, self.folder, is_name=size is not None)
        return ImageInfo(name, *(size or header_size(given.path, self.orientation)))


def given_items(source: Source) -> Iterator[InputImage]:
    """The images of a source in order, each with what is on it.

    A `DetectionDataset` is asked for its paths and annotations, and no picture is decoded. But one whose class overrides
    `__iter__` or `__getitem__` is iterated, as such a class changes there what it gives (classes remapped, boxes shifted),
    and the annotations that it was made with are not what it stands for; so is one that holds its pictures in memory.

    Raises:
        TypeError: If an item is none of the forms that a source may have.
    """
    if _is_dataset(source) and not _iterates_its_own_way(source):
        annotations = source.annotations
        for path in source.image_paths:
            yield InputImage(path, annotations[path])
        return
    if isinstance(source, (str, bytes, Mapping)) or not isinstance(source, Iterable):
        msg = f"the source is a {type(source).__name__}; expected a DetectionDataset or an iterable of (image, detections)"
        raise TypeError(msg)
    for place, item in enumerate(source):
        yield _given(item, place)


def _given(item: object, place: int) -> InputImage:
    if isinstance(item, (tuple, list)):
        if len(item) == 2 and _is_image(item[0]):
            return InputImage(item[0], item[1])
        if len(item) == 3 and isinstance(item[0], (str, os.PathLike)):
            path, pixels, detections = item
            return InputImage(path if pixels is None else (path, pixels), detections)
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
    # A look-alike without the method has nothing of its own to say there.
    return "supervision" if owner is None else owner.__module__


def length_of(source: object) -> int | None:
    """How many images there are, where that is known."""
    return len(source) if hasattr(source, "__len__") else None


def root_of(source: Source, images_dir: str | os.PathLike[str] | None) -> str | None:
    """The folder that file names are relative to: as told, or the one that holds all of a dataset's images."""
    if images_dir is not None:
        return os.fspath(images_dir)
    return common_folder(source.image_paths) if _is_dataset(source) else None


def check_classes(source: Source, mapping: ClassMapping) -> None:
    """Refuse a mapping that calls a dataset's classes otherwise than the dataset does.

    Only where the dataset's own class ids are what is exported, and where both know names.

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
