"""The ground truth of results lists."""

from __future__ import annotations

import os

from cocoproof.model.errors import CocoproofError
from cocoproof.model.findings import Kind
from cocoproof.reading.defects import Unreadable
from cocoproof.reading.document import Document, read
from cocoproof.reading.source import read_source

__all__ = ["GroundTruthError", "read_truth"]


class GroundTruthError(CocoproofError, ValueError):
    """A ground truth that results cannot be compared with: unreadable, or not a COCO dataset."""


def read_truth(path: str | os.PathLike[str]) -> Document:
    """Read the ground truth of results.

    Raises:
        GroundTruthError: If it cannot be read, or is not a dataset.
    """
    try:
        document = read(read_source(path))
    except Unreadable as error:
        msg = f"ground truth {os.fspath(path)}: {error}"
        raise GroundTruthError(msg) from None
    if document.dataset is None or document.kind is Kind.RESULTS:
        why = document.defects[0].message if document.defects else "it is a list of results, not a dataset"
        msg = f"ground truth {os.fspath(path)}: {why}"
        raise GroundTruthError(msg)
    return document
