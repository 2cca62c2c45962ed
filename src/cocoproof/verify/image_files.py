"""The files of a document's images: where they lie, and what is asked of them. They are looked at when the first rule asks."""

from __future__ import annotations

import os
import threading
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.pictures import Pictures, Refused, State, digest, open_root, survey
from cocoproof.pictures.formats import format_of_ending
from cocoproof.pictures.guess import guess_root
from cocoproof.pictures.names import parts_of, unsafe
from cocoproof.pictures.through_pillow import through_pillow
from cocoproof.pictures.workers import MOST_PIXELS, PILLOW_EXTRA, Workers, pillow_installed

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from cocoproof.coco.columns import Images
    from cocoproof.pictures import Root
    from cocoproof.reading.source import Source

__all__ = ["ImageFiles", "ImageOptions", "ImagesError", "folded", "image_files", "open_images"]


class ImagesError(ValueError):
    """A folder of images that cannot be opened, or pictures that nothing here can decode."""


@dataclass(frozen=True)
class ImageOptions:
    """Which pictures belong to a document, and how closely they are looked at.

    Raises ImagesError where pictures are to be decoded and Pillow is not installed.

    Attributes:
        root: The folder, or address, that `file_name` is relative to; None to look for it beside the document.
        decode: Whether pictures are decoded, or their headers read alone. Needs Pillow.
    """

    root: str | None = None
    decode: bool = False

    def __post_init__(self) -> None:
        if self.decode and not pillow_installed():
            msg = f"pictures cannot be decoded: {PILLOW_EXTRA}"
            raise ImagesError(msg)


class ImageFiles:
    """What the files of a document's images are. Rules that run side by side may share it. Use as a context manager.

    Attributes:
        root: Where they lie.
        guessed: Whether that was found by looking, and not given.
        asked: Whether a rule asked for anything.
    """

    def __init__(
        self,
        root: Root,
        images: Images,
        *,
        guessed: bool,
        decode: bool = False,
        most_pixels: int = MOST_PIXELS,
        watch: Callable[[int, int], None] | None = None,
    ) -> None:
        """Prepare to look.

        Args:
            root: Where the files lie; it is closed with this.
            images: The images.
            guessed: Whether the root was found by looking.
            decode: Whether pictures are decoded.
            most_pixels: Pixels above which none is decoded.
            watch: Told, from any thread, how many of how many files were looked at.
        """
        self.root = root
        self.guessed = guessed
        self.asked = False
        self._names = images.file_name.values
        self._wanted = wanted_names(images)
        self._decode = decode
        self._most_pixels = most_pixels
        self._watch = watch
        self._lock = threading.RLock()

    def __enter__(self) -> ImageFiles:
        return self

    def __exit__(self, *unused: object) -> None:
        self.root.close()

    @property
    def pictures(self) -> Pictures:
        """What was found of each image, one row an image."""
        with self._lock:
            self.asked = True
            return self._pictures

    @property
    def listing(self) -> list[str] | None:
        """Names of the pictures in the folder, in order, by their endings; None where that cannot be listed.

        Of a folder that was guessed, which may hold other things as well, those parts that images of the document lie in.
        """
        with self._lock:
            self.asked = True
            return self._listing

    @property
    def copies(self) -> list[list[int]]:
        """Rows whose files have the same bytes, two and more each, in order; entries of one and the same name count once."""
        with self._lock:
            return self._copies

    def near(self, name: str) -> str | None:
        """A file in the folder whose name is equal but for case or Unicode form, or lies in another folder of it; None where none does, or several do."""
        with self._lock:
            alike, elsewhere = self._by_name
        for candidates in (alike.get(folded(name), ()), elsewhere.get(folded(name.rpartition("/")[2]), ())):
            if len(candidates) == 1:
                return candidates[0]
        return None

    @cached_property
    def _by_name(self) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
        alike: dict[str, list[str]] = defaultdict(list)
        elsewhere: dict[str, list[str]] = defaultdict(list)
        for name in self._listing or ():
            alike[folded(name)].append(name)
            elsewhere[folded(name.rpartition("/")[2])].append(name)
        return alike, elsewhere

    @cached_property
    def _pictures(self) -> Pictures:
        total = int(self._wanted.sum())
        found = survey(self.root, self._names, self._wanted, self._watching(total))
        odd = int(np.equal(found.state, State.UNKNOWN).sum())
        if not self._decode and (not odd or not pillow_installed()):
            return found
        with Workers() as workers:
            watching = self._watching(total if self._decode else odd)
            return through_pillow(self.root, found, workers, decode=self._decode, pixels=self._most_pixels, watch=watching)

    def _watching(self, total: int) -> Callable[[int], None] | None:
        watch = self._watch
        return None if watch is None else lambda done: watch(done, total)

    @cached_property
    def _listing(self) -> list[str] | None:
        if not self.root.listed:
            return None
        used = None
        if self.guessed:
            used = frozenset("/".join(parts_of(self._names[row])[:-1]) for row in np.flatnonzero(self._wanted))
        return [name for name in self.root.names(below=used) if format_of_ending(name) is not None]

    @cached_property
    def _copies(self) -> list[list[int]]:
        pictures = self._pictures
        by_size: dict[tuple[int, int], dict[str, int]] = defaultdict(dict)
        for row in np.flatnonzero(pictures.size > 0).tolist():
            by_size[int(pictures.size[row]), int(pictures.head_sum[row])].setdefault("/".join(parts_of(self._names[row])), row)
        by_content: dict[tuple[int, bytes], list[int]] = defaultdict(list)
        for (size, _), rows in by_size.items():
            if len(rows) > 1:
                for name, row in rows.items():
                    try:
                        by_content[size, digest(self.root, name)].append(row)
                    except Refused:
                        continue  # it was there a moment ago; another run will tell
        return sorted(sorted(rows) for rows in by_content.values() if len(rows) > 1)


def wanted_names(images: Images) -> NDArray[np.bool_]:
    """Images whose `file_name` may be looked for: it is a text, and leads nowhere else. bool, shape (n,)."""
    out = images.file_name.ok.copy()
    out[[row for row in np.flatnonzero(out).tolist() if unsafe(images.file_name.values[row])]] = False
    return out


def folded(name: str) -> str:
    """A name as a file system sees it that knows no case and no Unicode form (Windows, macOS)."""
    return name.lower() if name.isascii() else unicodedata.normalize("NFC", name).casefold()


def image_files(
    options: ImageOptions | None,
    source: Source,
    images: Images,
    most_pixels: int = MOST_PIXELS,
    watch: Callable[[int, int], None] | None = None,
) -> ImageFiles | None:
    """The files of a document's images, where it is known in what folder they lie.

    Args:
        options: Which folder; None opens nothing.
        source: The document, to look beside it.
        images: Its images.
        most_pixels: Pixels above which none is decoded.
        watch: Told how many files were looked at.

    Raises:
        ImagesError: If the folder that was given cannot be opened.
    """
    if options is None or not images.n:
        return None
    if options.root is not None:
        root, guessed = options.root, False
    elif not source.is_text or not os.path.isfile(source.path):  # noqa: PTH113 # says no where Path raises
        return None
    else:
        found = guess_root(source.path, _usable(images))
        if found is None:
            return None
        root, guessed = found, True
    return ImageFiles(open_images(root), images, guessed=guessed, decode=options.decode, most_pixels=most_pixels, watch=watch)


def open_images(where: str) -> Root:
    """Open a folder of images.

    Raises:
        ImagesError: If that is not possible.
    """
    try:
        return open_root(where)
    except Refused as refused:
        msg = f"the folder of images {where} {refused.reason}"
        raise ImagesError(msg) from None


def _usable(images: Images) -> list[str]:
    names = images.file_name.values
    return [names[row] for row in np.flatnonzero(wanted_names(images)).tolist()]
