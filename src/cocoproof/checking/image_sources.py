"""Finds the folders of a document's image files and panoptic PNGs: as given by the user, or guessed from the document's path."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.images import OpenError, open_root
from cocoproof.images.dataset_files import ImageFiles, wanted_names
from cocoproof.images.decode_pool import PILLOW_EXTRA, pillow_installed
from cocoproof.images.guess_folder import guess_panoptic, guess_root
from cocoproof.images.segment_maps import SegmentMaps
from cocoproof.model.errors import CocoproofError
from cocoproof.model.findings import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cocoproof.columns.tables import TextColumn
    from cocoproof.images import Root
    from cocoproof.reading.document import Document

__all__ = ["ImageOptions", "ImagesError", "image_files", "open_folder", "segment_maps"]


class ImagesError(CocoproofError, ValueError):
    """A folder of images that cannot be opened, or images that cannot be decoded."""


@dataclass(frozen=True, kw_only=True)
class ImageOptions:
    """Where the image files of a document are, and how much of them is read.

    Raises ImagesError if images are to be decoded and Pillow is not installed.

    Attributes:
        root: The folder, or address, that `file_name` of an image is relative to.
        panoptic: The same for the PNGs of a panoptic file.
        guess: Whether to search beside the document for a folder that is None.
        decode: Whether images are decoded, or only their headers are read. Needs Pillow.
    """

    root: str | None = None
    panoptic: str | None = None
    guess: bool = True
    decode: bool = False

    def __post_init__(self) -> None:
        if self.decode and not pillow_installed():
            msg = f"images cannot be decoded: {PILLOW_EXTRA}"
            raise ImagesError(msg)

    @property
    def opens_images(self) -> bool:
        """Whether image files are opened, if they are found."""
        return self.guess or self.root is not None

    def check(self) -> None:
        """Check that the folders can be opened.

        Raises:
            ImagesError: If one cannot be opened.
        """
        for folder in (self.root, self.panoptic):
            if folder is not None:
                open_folder(folder).close()


def image_files(
    options: ImageOptions | None,
    document: Document,
    most_pixels: int,
    watch: Callable[[int, int], None] | None = None,
    *,
    opencv: bool = False,
) -> ImageFiles | None:
    """The image files of a document, if their folder is known.

    Args:
        options: The folder; None opens no files.
        document: The document.
        most_pixels: Images with more pixels are not decoded.
        watch: Called with the number of files done and of all files.
        opencv: Whether a rule compares what OpenCV makes of decoded images.

    Raises:
        ImagesError: If the given folder cannot be opened.
    """
    if options is None or document.dataset is None:
        return None
    images = (document.dataset.frames or document.dataset).images
    if not images.n:
        return None
    root = options.root or _found(options, document, images.file_name, guess_root)
    if root is None:
        return None
    guessed = options.root is None
    return ImageFiles(
        open_folder(root), images, guessed=guessed, decode=options.decode, opencv=opencv, most_pixels=most_pixels, watch=watch
    )


def segment_maps(
    options: ImageOptions | None, document: Document, most_pixels: int, watch: Callable[[int, int], None] | None = None
) -> SegmentMaps | None:
    """The PNGs of a panoptic document, if their folder is known. Arguments as for `image_files`.

    Raises:
        ImagesError: If the given folder cannot be opened.
    """
    if options is None or document.dataset is None or document.kind is not Kind.PANOPTIC:
        return None
    names = document.dataset.annotations.file_name
    root = options.panoptic or _found(options, document, names, guess_panoptic)
    if root is None:
        return None
    guessed = options.panoptic is None
    return SegmentMaps(open_folder(root), names.values, names.ok, guessed=guessed, most_pixels=most_pixels, watch=watch)


def open_folder(where: str) -> Root:
    """Open an image folder.

    Raises:
        ImagesError: If it cannot be opened.
    """
    try:
        return open_root(where)
    except OpenError as refused:
        msg = f"the folder of images {where} {refused.reason}"
        raise ImagesError(msg) from None


def _found(options: ImageOptions, document: Document, names: TextColumn, guess: Callable[[str, Sequence[str]], str | None]) -> str | None:
    source = document.source
    if not options.guess or not source.is_text or not os.path.isfile(source.path):  # noqa: PTH113 # says no where Path raises
        return None
    return guess(source.path, [names.values[row] for row in np.flatnonzero(wanted_names(names)).tolist()])
