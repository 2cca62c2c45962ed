"""The image files of a document. They are opened when the first rule needs them."""

from __future__ import annotations

import threading
from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.images import FileState, ImageScan, OpenError, digest, scan
from cocoproof.images.decode_pool import DecodePool, opencv_installed, pillow_installed
from cocoproof.images.file_formats import format_of_ending
from cocoproof.images.file_names import all_safe, parts_of, unsafe
from cocoproof.images.perceptual_hash import PerceptualHashes, hash_images
from cocoproof.images.pillow_reader import through_pillow
from cocoproof.model.normal_forms import normal_form
from cocoproof.sandbox.limits import MOST_PIXELS

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from cocoproof.columns.tables import Images, TextColumn
    from cocoproof.images import Root

__all__ = ["ImageFiles", "folded", "wanted_names"]


class ImageFiles:
    """The image files of a document. Rules in several threads may share it. Use as a context manager.

    Attributes:
        root: The folder, archive or address of the files.
        guessed: Whether the root was guessed, not given.
        asked: Whether a rule has used the files.
        decodes: Whether the images are decoded.
    """

    def __init__(
        self,
        root: Root,
        images: Images,
        *,
        guessed: bool,
        decode: bool = False,
        opencv: bool = False,
        most_pixels: int = MOST_PIXELS,
        watch: Callable[[int, int], None] | None = None,
    ) -> None:
        """Prepare; no file is opened yet.

        Args:
            root: Where the files are. `__exit__` closes it.
            images: The images.
            guessed: Whether the root was guessed.
            decode: Whether to decode the images.
            opencv: Whether to compare what OpenCV makes of the decoded images, if it is installed.
            most_pixels: Images with more pixels are not decoded.
            watch: Called from any thread with the number of files done and of all files.
        """
        self.root = root
        self.guessed = guessed
        self.asked = False
        self._names = images.file_name.values
        self._wanted = wanted_names(images.file_name)
        self.decodes = decode
        self._opencv = opencv and decode and opencv_installed()
        self._most_pixels = most_pixels
        self._watch = watch
        self._lock = threading.RLock()

    def __enter__(self) -> ImageFiles:
        return self

    def __exit__(self, *unused: object) -> None:
        self.root.close()

    @property
    def pictures(self) -> ImageScan:
        """The scan of the files, one row per image."""
        with self._lock:
            self.asked = True
            return self._pictures

    @property
    def looks(self) -> PerceptualHashes:
        """Perceptual hashes, one row per image. All images are decoded; needs Pillow."""
        with self._lock:
            self.asked = True
            return self._looks

    @property
    def listing(self) -> list[str] | None:
        """Sorted names of the files below the root that have an image format's extension; None if it cannot be listed.

        A guessed root may hold other things as well: only its subfolders with images of the document are listed.
        """
        with self._lock:
            self.asked = True
            return self._listing

    @property
    def copies(self) -> list[list[int]]:
        """Groups of two or more rows whose files have the same bytes, sorted. Entries with the same name count once."""
        with self._lock:
            return self._copies

    def near(self, name: str) -> str | None:
        """A file whose name differs only in case or Unicode form, or that is in another subfolder; None if there is no such file, or several."""
        with self._lock:
            alike, elsewhere = self._by_name
        for candidates in (alike.get(folded(name), ()), elsewhere.get(folded(name.rpartition("/")[2]), ())):
            if len(candidates) == 1 and candidates[0] != "/".join(parts_of(name)):  # a dangling link is listed under the name itself
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
    def _pictures(self) -> ImageScan:
        total = int(self._wanted.sum())
        found = scan(self.root, self._names, self._wanted, self._watching(total))
        unmeasured = int(np.equal(found.state, FileState.UNKNOWN).sum())
        if not self.decodes and (not unmeasured or not pillow_installed()):
            return found
        with DecodePool() as workers:
            watching = self._watching(total if self.decodes else unmeasured)
            return through_pillow(
                self.root, found, workers, decode=self.decodes, opencv=self._opencv, pixels=self._most_pixels, watch=watching
            )

    @cached_property
    def _looks(self) -> PerceptualHashes:
        found = self._pictures
        with DecodePool() as workers:
            return hash_images(self.root, found, workers, self._most_pixels, self._watching(int(found.ok.sum())))

    def _watching(self, total: int) -> Callable[[int], None] | None:
        watch = self._watch
        return None if watch is None else lambda done: watch(done, total)

    @cached_property
    def _listing(self) -> list[str] | None:
        if not self.root.listed:
            return None
        used = None
        if self.guessed:
            used = frozenset("/".join(parts_of(self._names[row])[:-1]) for row in np.flatnonzero(self._wanted).tolist())
        return [name for name in self.root.names(below=used) if format_of_ending(name) is not None]

    @cached_property
    def _copies(self) -> list[list[int]]:
        found = self._pictures
        by_size: dict[tuple[int, int], dict[str, int]] = defaultdict(dict)
        for row in np.flatnonzero(found.size > 0).tolist():
            by_size[int(found.size[row]), int(found.head_sum[row])].setdefault("/".join(parts_of(self._names[row])), row)
        by_content: dict[tuple[int, bytes], list[int]] = defaultdict(list)
        for (size, _), rows in by_size.items():
            if len(rows) > 1:
                for name, row in rows.items():
                    try:
                        by_content[size, digest(self.root, name)].append(row)
                    except OpenError:
                        continue  # the file was removed after the scan; the next run reports it
        return sorted(sorted(rows) for rows in by_content.values() if len(rows) > 1)


def wanted_names(names: TextColumn) -> NDArray[np.bool_]:
    """Rows whose `file_name` may be opened: a string that is not blank (COCO208) and stays below the root. bool, shape (n,)."""
    out: NDArray[np.bool_] = names.ok.copy()
    if all_safe(names.values):
        out[[row for row, name in enumerate(names.values) if not name.strip()]] = False
        return out
    out[[row for row in np.flatnonzero(out).tolist() if unsafe(names.values[row]) or not names.values[row].strip()]] = False
    return out


def folded(name: str) -> str:
    """A name as file systems compare it that ignore case and Unicode form (Windows, macOS)."""
    return name.lower() if name.isascii() else normal_form("NFC", name).casefold()
