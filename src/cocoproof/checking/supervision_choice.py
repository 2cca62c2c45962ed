"""Whether supervision needs to load a file, to know what it makes of it.

Importing supervision takes longer than everything else that is done with a small file, and most files arrive in it as they are. The model of its
loader (`consumers.supervision`), which tests compare with the loader, says so from the columns. A file needs loading where the model does not cover
it, or expects an exception or a loss, and where something the model leaves open could change boxes, masks or names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.written_forms import other_forms
from cocoproof.consumers.account import account_of
from cocoproof.consumers.supervision import CONSUMER

if TYPE_CHECKING:
    from cocoproof.columns.tables import Dataset
    from cocoproof.reading.document import Document

__all__ = ["arrives_unchanged", "loading_not_needed"]

_LONGEST_NAME = 200
"""Bytes of a file name. `is_dir`, which supervision calls for each, raises an exception where a part of a path has over 255."""

_FARTHEST = 2.0**20
"""Coordinates beyond that may overflow where polygons are drawn, which is done in integers of 32 bits with a shift."""

_LARGEST_BOX = 2.0**100
"""Boxes are held as float32, which overflows at 2^128."""

_MOST_PIXELS = 2**31 - 1
"""Runs of an RLE are held as int32."""


def loading_not_needed(document: Document) -> str | None:
    """Why supervision need not load a file; None where it must, to know what it makes of it."""
    if document.dataset is None or document.defects or _installed() != CONSUMER.version or not arrives_unchanged(document.dataset):
        return None
    return (
        f"not loaded: by the model of its loader, supervision {CONSUMER.version} holds all of the file unchanged "
        "(--for supervision, and --reload always, load it)"
    )


def _installed() -> str | None:
    import importlib.metadata  # which imports the modules for e-mail

    try:
        return importlib.metadata.version(CONSUMER.package)
    except importlib.metadata.PackageNotFoundError:
        return None


def arrives_unchanged(coco: Dataset) -> bool:
    """Whether supervision certainly loads all images, annotations, classes and masks of a file as they are, boxes but for float32."""
    if other_forms(coco) or not _plain_values(coco):
        return False
    account = account_of(CONSUMER, coco)
    arrival = account.arrival
    kept = arrival.not_modelled is None and arrival.error is None and not account.losses and not account.changes
    return kept and arrival.masks is not None


def _plain_values(coco: Dataset) -> bool:
    """Whether no value is one of those that the model leaves open: far coordinates, long or shared names, masks beside none."""
    annotations, segmentation = coco.annotations, coco.annotations.segmentation
    with np.errstate(all="ignore"):
        boxes = annotations.bbox.floats[annotations.bbox.ok]
        near = bool((np.abs(boxes) <= _LARGEST_BOX).all() and (np.abs(segmentation.ring_bounds) <= _FARTHEST).all())
        pixels = coco.images.width.floats * coco.images.height.floats
    if not near or not bool((pixels <= _MOST_PIXELS).all()):
        return False
    # Beside annotations with a mask one without gets an empty mask.
    drawn = np.zeros(coco.images.n + 1, bool)
    drawn[annotations.image_row[segmentation.is_mask]] = True
    if (drawn[annotations.image_row] & ~segmentation.is_mask).any():
        return False
    names, ids = coco.categories.name.values, coco.categories.id.values
    if len(set(names)) < len(names) or len(np.unique(ids)) < len(ids):
        return False
    return all(
        len(name) <= _LONGEST_NAME // 4 or len(name.encode("utf-8", "surrogatepass")) <= _LONGEST_NAME
        for name in coco.images.file_name.values
    )
