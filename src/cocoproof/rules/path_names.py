"""Rules about file names, as far as the document alone shows."""

from __future__ import annotations

import numpy as np

from cocoproof.images.file_names import all_safe, unsafe
from cocoproof.model.findings import Severity
from cocoproof.rules.examples import dataset
from cocoproof.rules.reader_failures import NOT_LOADED
from cocoproof.rules.rule import DATASETS, RuleContext, Violations, quote, rule

__all__ = ["RULES"]


@rule(
    "COCO805",
    severity=Severity.ERROR,
    frames=True,
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
    explains=("COCO904",),
)
def image_path_unsafe(context: RuleContext) -> Violations:
    r"""A `file_name` is absolute, climbs with `..`, or has a NUL, a backslash, a drive or a URL.

    Readers join the image folder and the name. An absolute name throws the folder away (`os.path.join` does), `..` leaves
    it, and a file from someone else can then make a tool open, or a web server hand out, any file of the machine. A
    backslash is a separator on Windows and part of the name everywhere else, so the same file finds its images on one
    system alone. Write names relative to the image folder, with `/` between folders.
    """
    names = context.coco.images.file_name.values
    rows = np.array([] if all_safe(names) else [row for row, name in enumerate(names) if unsafe(name)], np.int64)
    found = Violations.of_rows("images", rows, lambda row: f"file_name {quote(names[row])} {unsafe(names[row])}", field="file_name")
    leaves = any(names[row].startswith(("/", "../")) for row in rows.tolist())
    return found.explaining(NOT_LOADED) if leaves else found


RULES = (image_path_unsafe,)
