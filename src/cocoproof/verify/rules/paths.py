"""Rules about file names, as far as the document alone tells."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.findings import Severity
from cocoproof.verify.examples import dataset
from cocoproof.verify.rule import DATASETS, Case, Hits, quote, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["RULES"]

_UNSAFE = (
    (re.compile(r"\0"), "holds a NUL byte, which no file system takes"),
    (re.compile(r"^[A-Za-z][A-Za-z0-9+.-]+:/"), "is a URL, not a path under the image folder"),
    (re.compile(r"^[A-Za-z]:"), "starts with a Windows drive: it is right on one machine alone"),
    (re.compile(r"\\"), "holds a backslash: a separator on Windows, a letter of the name elsewhere; write /"),
    (re.compile(r"^/"), "is absolute: it is right on one machine alone; write it relative to the image folder"),
    (re.compile(r"(?:^|/)\.\.(?:/|$)"), "climbs out with ..: readers open a file outside the image folder, or refuse"),
)
"""What makes a name unsafe and what to say of it; of several reasons the first is told."""

_SUSPICIOUS = re.compile(r"[\0\\:]|^/|(?:^|/)\.\.(?:/|$)")


@rule(
    "COCO805",
    severity=Severity.ERROR,
    kinds=DATASETS,
    needs=("images.file_name",),
    accept=[
        dataset(images=[{"file_name": "train/2014/a..b.jpg"}]),
        dataset(images=[{"file_name": "..hidden/c:d e.jpg"}]),
        dataset(images=[{"file_name": "12:30.jpg"}]),
    ],
    reject=[
        (dataset(images=[{"file_name": "/data/a.jpg"}]), "/images/0/file_name"),
        (dataset(images=[{}, {"file_name": "../a.jpg"}]), "/images/1/file_name"),
        (dataset(images=[{"file_name": "train\\a.jpg"}]), "/images/0/file_name"),
        (dataset(images=[{"file_name": "C:/data/a.jpg"}]), "/images/0/file_name"),
        (dataset(images=[{"file_name": "https://example.org/a.jpg"}]), "/images/0/file_name"),
        (dataset(images=[{"file_name": "a\0.jpg"}]), "/images/0/file_name"),
    ],
)
def image_path_unsafe(case: Case) -> Hits:
    r"""A `file_name` is absolute, climbs with `..`, or has a NUL, a backslash, a drive or a URL.

    Readers join the image folder and the name. An absolute name throws the folder away (`os.path.join` does), `..` leaves
    it, and a file from someone else can then make a tool open, or a web server hand out, any file of the machine. A
    backslash is a separator on Windows and part of the name everywhere else, so the same file finds its images on one
    system alone. Write names relative to the image folder, with `/` between folders.
    """
    names = case.coco.images.file_name.values
    rows = np.array([row for row, name in enumerate(names) if _SUSPICIOUS.search(name) and _reason(name)], np.int64)
    return Hits.of_rows("images", rows, lambda row: f"file_name {quote(names[row])} {_reason(names[row])}", field="file_name")


def _reason(name: str) -> str:
    return next(_reasons(name), "")


def _reasons(name: str) -> Iterator[str]:
    return (said for pattern, said in _UNSAFE if pattern.search(name))


RULES = (image_path_unsafe,)
