"""Guesses the image folder of a COCO file from the usual layouts. A folder is accepted if the file's names are found in it.

Splits often have images of the same names (`train/1.jpg`, `val/1.jpg`), so a folder of another split than the file's is not tried.
"""

from __future__ import annotations

import os
import re
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from cocoproof.images.open_file import OpenError
from cocoproof.images.root import open_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["guess_panoptic", "guess_root"]

_SAMPLE = 16
"""The number of names that are tried, evenly spread over the file."""

_ENDING = re.compile(r"(?:\.json)?(?:\.gz|\.zst)?\Z", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z]+[0-9]*")
_SPLIT_ENDING = re.compile(r"(?:.*[_-])?([A-Za-z]+[0-9]*)\Z")
"""The split at the end of a file's name: `val2017` of `instances_val2017`, `train` of `train`."""

_SPLITS = {"train": "train", "val": "val", "dev": "val", "minival": "val", "test": "test"}
"""Starts of words that name a split, and the split."""
_IMAGES = ("image", "img", "jpeg", "jpg", "png", "picture", "photo", "frame")
"""Starts of words that folders of images have in their names."""
_ANNOTATIONS = ("annotation", "anno", "ann", "label", "json", "coco", "meta")
"""The same of folders of annotations."""

_ENTRIES = 1 << 13
"""The most entries of a folder that are looked at for subfolders."""
_FOLDERS = 64
"""The most folders that are tried."""


def guess_root(document: str, names: Sequence[str]) -> str | None:
    """The folder with the images of a document, or None if none is found.

    The candidates are the document's own folder, its subfolders `images` and the name of the split, and the same subfolders of the
    parent folder, as in COCO (`annotations/instances_val2017.json` and `val2017/`); after them other subfolders whose names have a word of the
    file's name, or one for images (`input_images`), to two levels (`train/images`), in the document's folder, and beside it if its name is that
    of a part of a dataset (`annotations`, `train`). The result is the first candidate with the most
    names of a sample that are regular files, if it has half of them or more.

    Args:
        document: The path of the JSON file.
        names: The `file_name` of every image that has a usable one.
    """
    return _best(islice(_candidates(Path(document)), _FOLDERS), names)


def guess_panoptic(document: str, names: Sequence[str]) -> str | None:
    """The folder with the PNGs of a panoptic document, or None if none is found.

    The candidates are `panoptic_val2017/` beside `panoptic_val2017.json`, as in COCO, and the document's own folder.

    Args:
        document: The path of the JSON file.
        names: The `file_name` of every annotation that has a usable one.
    """
    path = Path(document)
    return _best((path.with_name(_stem(path)), path.parent), names)


def _best(candidates: Iterable[Path], names: Sequence[str]) -> str | None:
    """The first folder with the most names of a sample that are regular files, if it has half of them or more."""
    step = max(len(names) // _SAMPLE, 1)
    sample = names[::step][:_SAMPLE]
    if not sample:
        return None
    best, most = None, (len(sample) - 1) // 2
    for folder in candidates:
        found = _found(folder, sample)
        if found > most:
            best, most = folder, found
        if found == len(sample):
            break
    return None if best is None else str(best)


def _stem(path: Path) -> str:
    return _ENDING.sub("", path.name) or path.name


def _candidates(path: Path) -> Iterator[Path]:
    own = path.parent
    stem = _stem(path)
    match = _SPLIT_ENDING.fullmatch(stem)
    further = dict.fromkeys(["images", *([match[1], f"images/{match[1]}"] if match else [])])
    above = own.parent if own.name not in {"", ".", ".."} else own / ".."
    yield own
    yield from (own / name for name in further)
    yield from (above / name for name in further)
    yield above
    words = _words(stem)
    bases = [own]
    # Only the folders beside one of the dataset's parts: elsewhere they may be other datasets, with images of the same names.
    parts = _words(Path(os.path.abspath(own)).name)  # noqa: PTH100 (resolve() would follow links)
    if parts and all(word.startswith((*_SPLITS, *_IMAGES, *_ANNOTATIONS)) for word in parts):
        bases.append(above)
        if not _splits(words):
            words |= parts
    for base in bases:
        for folder in _likely(base, words):
            yield folder
            yield from _likely(folder, words)


def _words(name: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(name)}


def _splits(words: Iterable[str]) -> set[str]:
    return {split for word in words for start, split in _SPLITS.items() if word.startswith(start)}


def _likely(base: Path, words: set[str]) -> list[Path]:
    """The subfolders that may have the images of a file with these words in its name, those with one of the words first."""
    try:
        with os.scandir(base) as entries:
            names = sorted(entry.name for entry in islice(entries, _ENTRIES) if entry.is_dir())
    except OSError:
        return []
    splits = _splits(words)
    ranked: list[tuple[bool, str]] = []
    for name in names:
        own = _words(name)
        if _splits(own) - splits:
            continue  # another split, or one of which the file's name does not speak
        shared = bool(own & words or _splits(own))
        if shared or any(word.startswith(_IMAGES) for word in own):
            ranked.append((not shared, name))
    return [base / name for _, name in sorted(ranked)]


def _found(folder: Path, names: Sequence[str]) -> int:
    """How many of the names are regular files below a folder."""
    count = 0
    try:
        with open_folder(folder) as root:
            for name in names:
                try:
                    root.open(name).close()
                except OpenError:
                    continue
                count += 1
    except OpenError:
        return 0
    return count
