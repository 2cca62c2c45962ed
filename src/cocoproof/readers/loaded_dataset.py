"""What a reader built on pycocotools' masks holds after loading a file, compared with the file (COCO902)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from pycocotools import mask as rle_code

from cocoproof.model.findings import Kind
from cocoproof.readers.loaded_rows import ReloadLosses, Row, as_id, plain, rows_of, shown
from cocoproof.readers.reload_messages import Entered
from cocoproof.readers.reload_outcome import Counts, ReloadLoss, ReloadRequest, Stage
from cocoproof.readers.safe_masks import Mask, readable_masks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from cocoproof.readers.reload_messages import SendMessage

__all__ = ["LoadedDataset", "ReaderCalls", "compare"]

_MAX_DECODED = 2**28
"""The most pixels that are decoded, about a second's work. Further masks are compared as runs, which is equivalent and takes less memory."""


@dataclass(frozen=True, slots=True)
class ReaderCalls:
    """The methods of a reader that read masks.

    Attributes:
        reader: The reader's name.
        to_mask: From an annotation to its mask, uint8, shape (height, width).
        to_rle: From an annotation to its compressed RLE.
    """

    reader: str
    to_mask: Callable[[Row], NDArray[np.uint8]]
    to_rle: Callable[[Row], Any]


@dataclass(frozen=True, slots=True)
class LoadedDataset:
    """A loaded file: the reader's content and the file's.

    Attributes:
        calls: The reader's methods.
        document: The document, as the reader keeps it.
        images: The images by id.
        categories: The categories by id.
        annotations: The annotations by id.
        rows: The annotations or results of the file.
        root: Pointer to the list of `rows`.
    """

    calls: ReaderCalls
    document: Any
    images: Mapping[object, Row]
    categories: Mapping[object, Row]
    annotations: Mapping[object, Row]
    rows: list[Row]
    root: str


def compare(loaded: LoadedDataset, request: ReloadRequest, send: SendMessage) -> dict[int, Mask]:
    """Compare the content and the masks; a message is sent for each of the two stages.

    Returns:
        The masks that may be read, by place in `rows`.
    """
    send(Entered(Stage.COMPARE))
    losses = ReloadLosses()
    reader = loaded.calls.reader
    if request.kind is not Kind.RESULTS:
        for section, noun, index in (("images", "image", loaded.images), ("categories", "category", loaded.categories)):
            _collapsed(reader, rows_of(loaded.document, section), f"/{section}", noun, index, losses)
        _collapsed(reader, loaded.rows, loaded.root, "annotation", loaded.annotations, losses)
    _unreachable(loaded, request.kind, losses)
    held = len(loaded.images), len(loaded.annotations), len(loaded.categories)
    send(losses.held(Counts(*held)))

    send(Entered(Stage.MASKS))
    losses = ReloadLosses()
    masks, left_out = readable_masks(loaded.rows, loaded.images, request.unsafe_annotations)
    _read_masks(loaded, masks, losses)
    send(losses.held(Counts(*held, masks=len(masks), masks_left_out=left_out)))
    return masks


def _collapsed(reader: str, rows: Sequence[Row], root: str, noun: str, held: Mapping[object, Row], losses: ReloadLosses) -> None:
    """Rows that share an id, of which the reader keeps only the last: 1, 1.0 and true are the same key."""
    if len(held) == len(rows):
        return
    last = {row.get("id"): place for place, row in enumerate(rows)}
    for place, row in enumerate(rows):
        own = row.get("id")
        winner = last[own]
        if winner != place:
            theirs = rows[winner].get("id")
            spelt = "" if shown(own) == shown(theirs) else f" (there spelt {shown(theirs)})"
            losses.add(
                ReloadLoss(
                    f"{noun} {shown(own)}: duplicate id at {root}/{winner}{spelt}, and {reader} keeps only that {noun}",
                    f"{root}/{place}/id",
                    image_id=as_id(own if noun == "image" else row.get("image_id")),
                    annotation_id=as_id(own) if noun == "annotation" else None,
                    category_id=as_id(own if noun == "category" else row.get("category_id")),
                    other=f"{root}/{winner}",
                    sort=f"duplicate {noun} id",
                )
            )


def _unreachable(loaded: LoadedDataset, kind: Kind, losses: ReloadLosses) -> None:
    """Annotations that are not reachable by image or by category, as training and evaluation access them; captions have no category."""
    for field, noun, section, held in (
        ("image_id", "image", "images", loaded.images),
        ("category_id", "category", "categories", loaded.categories),
    ):
        if section not in loaded.document or (section == "categories" and kind is Kind.CAPTIONS):
            continue
        for place, row in enumerate(loaded.rows):
            if row.get(field) not in held:
                losses.add(
                    _loss(
                        loaded,
                        place,
                        field,
                        f"{field} {shown(row.get(field))} refers to no {noun}: {loaded.calls.reader} finds it under none",
                        sort=f"no {noun}",
                    )
                )


def _read_masks(loaded: LoadedDataset, masks: Mapping[int, Mask], losses: ReloadLosses) -> None:
    """Compare each mask of the reader with the file's runs, and check that each polygon sets a pixel."""
    budget = _MAX_DECODED
    for index, mask in masks.items():
        row = loaded.rows[index]
        pixels = mask.size[0] * mask.size[1]
        decode = pixels <= budget
        budget -= pixels if decode else 0
        trouble = None
        if mask.segmentation:
            try:
                trouble = _trouble(loaded.calls, {**row, "segmentation": mask.segmentation}, mask, decode=decode)
            except MemoryError:
                raise
            except Exception as error:  # any exception of the reader is the finding
                trouble = _Trouble(f"{loaded.calls.to_mask.__name__} raises {type(error).__name__}: {plain(str(error))}", "mask raises")
        elif mask.enclosed >= 1:
            trouble = _vanished(loaded.calls.reader, mask)
        if trouble:
            losses.add(_loss(loaded, index, "segmentation", trouble.text, sort=trouble.sort))


@dataclass(frozen=True, slots=True)
class _Trouble:
    """What is wrong with a mask, and its sort."""

    text: str
    sort: str


def _trouble(calls: ReaderCalls, annotation: Row, mask: Mask, *, decode: bool) -> _Trouble | None:
    """What is wrong with the reader's mask of an annotation, or None."""
    to_mask, to_rle = calls.to_mask.__name__, calls.to_rle.__name__
    if decode:
        made: NDArray[np.uint8] = calls.to_mask(annotation)
        if made.shape != mask.size:
            text = f"{to_mask} gives {made.shape[1]}x{made.shape[0]} px, the image is {mask.size[1]}x{mask.size[0]} px"
            return _Trouble(text, "mask size")
        if mask.runs is not None and not np.array_equal(made.ravel(order="F"), _pixels(mask.runs)):
            said = f"the file's runs say {int(mask.runs[1::2].sum())} px or other ones"
            return _Trouble(f"{to_mask} gives {np.count_nonzero(made)} px set, {said}", "mask pixels")
        empty = mask.runs is None and not made.any()
    else:
        area = int(rle_code.area(calls.to_rle(annotation)))
        if mask.runs is not None and area != int(mask.runs[1::2].sum()):
            return _Trouble(f"{to_rle} gives {area} px set, the file's runs say {int(mask.runs[1::2].sum())} px", "mask pixels")
        empty = mask.runs is None and area == 0
    return _vanished(calls.reader, mask) if empty and mask.enclosed >= 1 else None


def _pixels(runs: NDArray[np.int64]) -> NDArray[np.uint8]:
    """The pixels of a mask in column-major order: runs of 0 and 1 in turn."""
    return np.repeat((np.arange(len(runs)) % 2).astype(np.uint8), runs)


_SLIVER = 16.0
"""Square pixels; a polygon a fifth of a pixel wide and of this area may pass between the pixels' centres."""
_THIN = ": it is too thin"


def _vanished(reader: str, mask: Mask) -> _Trouble:
    """A polygon that sets no pixel."""
    thin = mask.enclosed < _SLIVER
    text = f"the polygon encloses {mask.enclosed:.9g} px and {reader} sets none of them{_THIN if thin else ''}"
    return _Trouble(text, "thin polygon" if thin else "polygon without pixels")


def _loss(loaded: LoadedDataset, place: int, field: str, trouble: str, *, sort: str) -> ReloadLoss:
    """A loss about an annotation or a result."""
    row = loaded.rows[place]
    own = row.get("id") if loaded.root else None  # the reader numbers results itself
    named = f"annotation {shown(own)}" if loaded.root else "the result"
    pointer = f"{loaded.root}/{place}" + (f"/{field}" if field in row else "")
    ids = as_id(row.get("image_id")), as_id(own), as_id(row.get("category_id"))
    return ReloadLoss(f"{named}: {trouble}", pointer, *ids, slight=trouble.endswith(_THIN), sort=sort)
