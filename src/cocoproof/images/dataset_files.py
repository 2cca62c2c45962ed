"""The files of a document's images: where they lie, and what is asked of them. They are looked at when the first rule asks."""

from __future__ import annotations

import threading
import unicodedata
from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.images import FileState, ImageScan, OpenError, digest, scan
from cocoproof.images.decode_pool import DecodePool, pillow_installed
from cocoproof.images.file_formats import format_of_ending
from cocoproof.images.file_names import parts_of, unsafe
from cocoproof.images.perceptual_hash import PerceptualHashes, hash_images
from cocoproof.images.pillow_reader import through_pillow
from cocoproof.sandbox.limits import MOST_PIXELS

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from cocoproof.columns.tables import Images, TextColumn
    from cocoproof.images import Root

__all__ = ["ImageFiles", "folded", "wanted_names"]


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
        self._wanted = wanted_names(images.file_name)
        self._decode = decode
        self._most_pixels = most_pixels
        self._watch = watch
        self._lock = threading.RLock()

    def __enter__(self) -> ImageFiles:
        return self

    def __exit__(self, *unused: object) -> None:
        self.root.close()

    @property
    def pictures(self) -> ImageScan:
        """What was found of each image, one row an image."""
        with self._lock:
            self.asked = True
            return self._pictures

    @property
    def looks(self) -> PerceptualHashes:
        """How each picture looks, one row an image. Decodes all of them; needs Pillow."""
        with self._lock:
            self.asked = True
            return self._looks

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
        odd = int(np.equal(found.state, FileState.UNKNOWN).sum())
        if not self._decode and (not odd or not pillow_installed()):
            return found
        with DecodePool() as workers:
            watching = self._watching(total if self._decode else odd)
            return through_pillow(self.root, found, workers, decode=self._decode, pixels=self._most_pixels, watch=watching)

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
                    except OpenError:
                        continue  # it was there a moment ago; another run will tell
        return sorted(sorted(rows) for rows in by_content.values() if len(rows) > 1)


def wanted_names(names: TextColumn) -> NDArray[np.bool_]:
    """Rows whose `file_name` may be looked for: it is a text that is not blank (COCO208), and leads nowhere else. bool, shape (n,)."""
    out: NDArray[np.bool_] = names.ok.copy()
    out[[row for row in np.flatnonzero(out).tolist() if unsafe(names.values[row]) or not names.values[row].strip()]] = False
    return out


def folded(name: str) -> str:
    """A name as a file system sees it that knows no case and no Unicode form (Windows, macOS)."""
    return name.lower() if name.isascii() else unicodedata.normalize("NFC", name).casefold()
