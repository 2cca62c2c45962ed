"""Guesses the image folder of a COCO file from the usual layouts. A folder is accepted if the file's names are found in it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from cocoproof.images.open_file import OpenError
from cocoproof.images.root import open_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["guess_panoptic", "guess_root"]

_SAMPLE = 16
"""The number of names that are tried, evenly spread over the file."""

_ENDING = re.compile(r"(?:\.json)?(?:\.gz)?\Z", re.IGNORECASE)
_SPLIT = re.compile(r"(?:.*[_-])?([A-Za-z]+[0-9]*)\Z")
"""The split at the end of a file's name: `val2017` of `instances_val2017`, `train` of `train`."""


def guess_root(document: str, names: Sequence[str]) -> str | None:
    """The folder with the images of a document, or None if none is found.

    The candidates are the document's own folder, its subfolders `images` and the name of the split, and the same subfolders of the
    parent folder, as in COCO (`annotations/instances_val2017.json` and `val2017/`). The result is the first candidate with the most
    names of a sample that are regular files, if it has half of them or more.

    Args:
        document: The path of the JSON file.
        names: The `file_name` of every image that has a usable one.
    """
    return _best(_candidates(Path(document)), names)


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
    match = _SPLIT.fullmatch(_stem(path))
    further = dict.fromkeys(["images", *([match[1], f"images/{match[1]}"] if match else [])])
    yield own
    yield from (own / name for name in further)
    above = own.parent if own.name not in {"", ".", ".."} else own / ".."
    yield from (above / name for name in further)
    yield above


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
