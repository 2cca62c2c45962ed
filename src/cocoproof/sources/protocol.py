"""What a source format is: its name, its options, what its detections have, and the function that opens a dataset.

A source format is one module with a constant `FORMAT`, listed in `sources.formats`. The command of `cocoproof export` follows from it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from cocoproof.export.image_entries import Orientation
    from cocoproof.export.inputs import Detected, ImageLike
    from cocoproof.export.refusals import Refusals

__all__ = [
    "IMAGES",
    "ORIENTATION",
    "SPLIT",
    "ClassReference",
    "ImageSource",
    "OpenSource",
    "OptionError",
    "SourceFormat",
    "SourceOption",
    "SourceRequest",
]

ClassReference: TypeAlias = Literal["id", "name", "either"]


class OptionError(ValueError):
    """The value of an option of a source format is not valid."""


class ImageSource(Protocol):
    """A dataset that was opened: its images in order, each with its detections, as `export_coco` takes them.

    What cannot be read goes to the `Refusals` of the request, while the source is iterated.
    """

    def __len__(self) -> int:
        """The number of images."""

    def __iter__(self) -> Iterator[tuple[ImageLike, Detected]]:
        """Images with their detections. Each call starts from the beginning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOption:
    """An option of a source format on the command line.

    Attributes:
        name: Without dashes at its start, such as `voc-base`.
        help: One line.
        choices: The values that it may have; empty for any text.
        default: Its value if it is not set; for choices.
        metavar: The placeholder of its value in the help.
        is_flag: Whether it has no value.
        is_folder: Whether its value is a folder.
    """

    name: str
    help: str
    choices: tuple[str, ...] = ()
    default: str | None = None
    metavar: str | None = None
    is_flag: bool = False
    is_folder: bool = False


SPLIT = SourceOption(name="split", metavar="NAME", help="Export only this split.")
IMAGES = SourceOption(name="images", metavar="DIR", is_folder=True, help="The folder that file names are relative to.")
ORIENTATION = SourceOption(
    name="orientation",
    choices=("stored", "exif"),
    default="stored",
    help="Image sizes as stored, or as rotated by EXIF (as OpenCV reads them).",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRequest:
    """What to open, and how.

    Attributes:
        path: The file or folder.
        classes: Class id -> name, if the user gave names; None if the source must have them.
        ids_only: Whether the mapping has class ids without names, so that any class id may occur. Only for formats whose
            `class_reference` is `either`.
        needs_image_sizes: Whether each image must have a size, or a file that has it.
        segment_boxes: Whether corners of oriented boxes are written as polygons, too.
        refusals: Collects what cannot be read.
        values: The values of the format's options, by name.
    """

    path: Path
    classes: Mapping[int, str] | None
    refusals: Refusals
    ids_only: bool = False
    needs_image_sizes: bool = True
    segment_boxes: bool = False
    values: Mapping[str, str | Path | bool | None] = field(default_factory=dict)

    def text(self, option: SourceOption) -> str | None:
        """The value of an option; None if it is not set."""
        value = self.values.get(option.name, option.default)
        return None if value is None else str(value)

    def flag(self, option: SourceOption) -> bool:
        """Whether a flag is set."""
        return bool(self.values.get(option.name))

    def folder(self, option: SourceOption) -> Path | None:
        """The folder that an option names; None if it is not set."""
        value = self.text(option)
        return None if value is None else Path(value)

    def orientation(self) -> Orientation:
        """The value of `ORIENTATION`."""
        return "exif" if self.text(ORIENTATION) == "exif" else "stored"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSource:
    """A dataset that was opened, and what is known of it before its images are read.

    Attributes:
        images: Its images with their detections.
        classes: Class id -> name.
        declared_classes: The names that the dataset itself has for its class ids; a mapping must agree. None if it has none.
        keypoint_names: The names of the keypoints; None if it has no keypoints, or no names for them.
        keypoints_are_numbered: Whether these names are only numbers, because the dataset has none.
    """

    images: ImageSource
    classes: Mapping[int, str]
    declared_classes: Mapping[int, str] | None = None
    keypoint_names: tuple[str, ...] | None = None
    keypoints_are_numbered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFormat:
    """One source format.

    Attributes:
        name: The command of `cocoproof export`.
        summary: What it writes, in one line; the beginning of its help.
        details: What SOURCE is, and where class names come from; the rest of its help.
        open: Opens a dataset; it may raise ExportError, MissingExtra, OSError and OptionError. None if
            the text of the file is edited instead (COCO): then only `name`, `summary`, `details` and `reads_stdin` count.
        class_reference: Whether detections name their class by `id`, by `name`, or by `either`.
        options: The options of its command, beside those of every export.
        has_keypoints: Whether detections may have keypoints.
        has_masks: Whether detections may have masks or polygons.
        has_scores: Whether detections may have scores, so that `--results` can write them.
        yields_paths: Whether images without a size are yielded as paths below `--images`, whose headers the exporter reads.
        reads_stdin: Whether SOURCE may be `-`.
    """

    name: str
    summary: str
    details: str
    open: Callable[[SourceRequest], OpenSource] | None
    class_reference: ClassReference = "name"
    options: tuple[SourceOption, ...] = ()
    has_keypoints: bool = False
    has_masks: bool = False
    has_scores: bool = False
    yields_paths: bool = False
    reads_stdin: bool = False
