"""The content of a file by pycocotools; masks are decoded by `annToMask`, if they are safe for its C code."""

from __future__ import annotations

import contextlib
import io
import os
from typing import TYPE_CHECKING, Any

from cocoproof.readers.content import CategoryOf, FileContent, ImageOf
from cocoproof.readers.mask_decoding import decode_by_pycocotools
from cocoproof.readers.raw_rows import category_of, detection_of, further_fields, further_sections, size_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cocoproof.readers.comparison_options import FieldNames
    from cocoproof.readers.mask_decoding import Decoded

__all__ = ["reimport"]


def reimport(path: str | os.PathLike[str], keys: FieldNames) -> FileContent:
    """Load a file with `pycocotools.coco.COCO`.

    Raises:
        Exception: Any exception of pycocotools for a file that it cannot load.
    """
    from pycocotools.coco import COCO

    with contextlib.redirect_stdout(io.StringIO()):
        coco: Any = COCO(os.fspath(path))
    categories: dict[object, CategoryOf] = {}
    for row in coco.dataset.get("categories", []):
        categories[row["id"]] = category_of(coco.cats[row["id"]])
    images = []
    seen: set[object] = set()
    for row in coco.dataset.get("images", []):
        if row["id"] in seen:
            continue  # of images with the same id pycocotools has only the last
        seen.add(row["id"])
        image = coco.imgs[row["id"]]
        size = size_of(image)
        detections = []
        for place, annotation in enumerate(coco.imgToAnns.get(row["id"], [])):
            mask = _mask_of(coco, annotation, None if size is None else (size[1], size[0]))
            category = categories.get(annotation.get("category_id"))
            detections.append(detection_of(annotation, place, category, mask, keys))
        metadata = image.get(keys.metadata)
        images.append(
            ImageOf(
                str(image.get("file_name")),
                size,
                tuple(detections),
                metadata if isinstance(metadata, dict) else {},
                fields=further_fields(image),
                id=image["id"],
            )
        )
    strays = sum(len(rows) for image_id, rows in coco.imgToAnns.items() if image_id not in seen)
    return FileContent(tuple(images), tuple(categories.values()), strays=strays, sections=further_sections(coco.dataset))


def _mask_of(coco: Any, annotation: dict[str, Any], size: tuple[int, int] | None) -> Decoded:
    def ann_to_mask(safe: dict[str, object]) -> NDArray[Any]:
        pixels: NDArray[Any] = coco.annToMask({**annotation, **safe})
        return pixels

    return decode_by_pycocotools(annotation.get("segmentation"), size, ann_to_mask)
